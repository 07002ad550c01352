//! The server's side of WebSocket, as far as a broker needs it.

use bytes::{Buf, BytesMut};
use tungstenite::handshake::derive_accept_key;

#[derive(Debug, Default)]
pub(super) struct WebSocket {
    open: bool,
    input: BytesMut,
    /// Of a data frame: its mask, where in the mask it stands, and what of it is to come.
    frame: Option<([u8; 4], usize, usize)>,
}

impl WebSocket {
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// Bytes of the client come: payload goes to `plain`, answers go back.
    pub(super) fn receive(&mut self, bytes: &[u8], plain: &mut BytesMut, answers: &mut BytesMut) {
        self.input.extend_from_slice(bytes);
        if !self.open && !self.upgrade(answers) {
            return;
        }
        loop {
            if let Some((mask, at, left)) = self.frame {
                let count = left.min(self.input.len());
                let payload = self.input.split_to(count);
                plain.extend(
                    payload
                        .iter()
                        .enumerate()
                        .map(|(index, byte)| byte ^ mask[(at + index) % 4]),
                );
                if count < left {
                    self.frame = Some((mask, (at + count) % 4, left - count));
                    return;
                }
                self.frame = None;
            }
            let Some((opcode, length, head)) = self.peek() else {
                return;
            };
            if opcode < 8 {
                let mut mask = [0; 4];
                mask.copy_from_slice(&self.input[head - 4..head]);
                self.input.advance(head);
                self.frame = Some((mask, 0, length));
                continue;
            }
            if self.input.len() < head + length {
                return;
            }
            self.input.advance(head + length);
            if opcode == 8 {
                answers.extend_from_slice(&WebSocket::close());
            }
        }
    }

    /// The opcode of the next frame, the length of its payload and of its header.
    fn peek(&self) -> Option<(u8, usize, usize)> {
        let (first, second) = (*self.input.first()?, *self.input.get(1)?);
        assert!(second & 0x80 != 0, "a client's frame that is not masked");
        let (length, head) = match second & 0x7f {
            126 => {
                let bytes = self.input.get(2..4)?;
                (usize::from(u16::from_be_bytes([bytes[0], bytes[1]])), 8)
            }
            127 => {
                let bytes: [u8; 8] = self.input.get(2..10)?.try_into().ok()?;
                (u64::from_be_bytes(bytes) as usize, 14)
            }
            short => (usize::from(short), 6),
        };
        (self.input.len() >= head).then_some((first & 0x0f, length, head))
    }

    fn upgrade(&mut self, answers: &mut BytesMut) -> bool {
        let end = self.input.windows(4).position(|four| four == b"\r\n\r\n");
        let Some(end) = end else {
            return false;
        };
        let head = self.input.split_to(end + 4);
        let head = String::from_utf8_lossy(&head).into_owned();
        let key = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("sec-websocket-key")
                .then(|| value.trim())
        });
        let accept = derive_accept_key(key.unwrap_or_default().as_bytes());
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        answers.extend_from_slice(answer.as_bytes());
        self.open = true;
        true
    }

    /// The header of a part of a message.
    pub(super) fn header(first: bool, last: bool, length: usize) -> Vec<u8> {
        let mut header = vec![u8::from(last) << 7 | if first { 2 } else { 0 }];
        match length {
            0..=125 => header.push(length as u8),
            126..=0xffff => {
                header.push(126);
                header.extend_from_slice(&(length as u16).to_be_bytes());
            }
            _ => {
                header.push(127);
                header.extend_from_slice(&(length as u64).to_be_bytes());
            }
        }
        header
    }

    pub(super) fn ping() -> Vec<u8> {
        vec![0x89, 3, b'h', b'i', b'?']
    }

    pub(super) fn close() -> Vec<u8> {
        vec![0x88, 2, 0x03, 0xe8]
    }
}
