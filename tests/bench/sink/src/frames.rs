//! The least of WebSocket that the sink needs: the upgrade, and frames in and out. Pings and pongs are ignored.

use std::io;

use ring::digest;

const MAGIC: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const BINARY_FINAL: u8 = 0x82;
const CLOSE: u8 = 8;
const FIRST_CONTROL: u8 = 8;

/// A client's side of the stream, as far as it has come.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// The request, until its empty line.
    Request(Vec<u8>),
    Frames(Unframer),
}

/// Takes frames apart, wherever reads cut them.
#[derive(Debug, Default)]
pub(crate) struct Unframer {
    /// The start of a header whose end has not come.
    header: Vec<u8>,
    mask: [u8; 4],
    /// Bytes of the current frame's payload to come.
    left: usize,
    control: bool,
    pub(crate) closed: bool,
}

/// The answer to a request of `head`.
pub(crate) fn accept(head: &[u8]) -> io::Result<Vec<u8>> {
    let text = std::str::from_utf8(head).map_err(io::Error::other)?;
    let key = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"))
        .map(|(_, value)| value.trim())
        .ok_or_else(|| io::Error::other("no Sec-WebSocket-Key"))?;
    let whole = [key.as_bytes(), MAGIC].concat();
    let accept = base64(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &whole).as_ref());
    Ok(format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
    )
    .into_bytes())
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, index| {
            bits << 8 | usize::from(chunk.get(index).copied().unwrap_or(0))
        });
        for digit in 0..4 {
            text.push(if digit <= chunk.len() {
                char::from(DIGITS[bits >> (18 - 6 * digit) & 63])
            } else {
                '='
            });
        }
    }
    text
}

impl Unframer {
    /// Turns `bytes` into their payload, in place and at the front; returns its length.
    pub(crate) fn unframe(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let (mut read, mut written) = (0, 0);
        while read < bytes.len() {
            if self.left == 0 {
                read += self.take_header(&bytes[read..])?;
                continue;
            }
            let count = self.left.min(bytes.len() - read);
            if !self.control {
                bytes.copy_within(read..read + count, written);
                self.unmask(&mut bytes[written..written + count]);
                written += count;
            }
            self.left -= count;
            read += count;
        }
        Ok(written)
    }

    /// Takes what belongs to the header; returns how much that was.
    fn take_header(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let before = self.header.len();
        // The longest header has 14 bytes.
        let known = 14 - before;
        self.header.extend(bytes.iter().take(known));
        let Some(&second) = self.header.get(1) else {
            return Ok(bytes.len());
        };
        if second & 0x80 == 0 {
            return Err(io::Error::other("a frame of a client without a mask"));
        }
        let extended = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let length = 2 + extended + 4;
        if self.header.len() < length {
            return Ok(bytes.len());
        }
        let opcode = self.header[0] & 15;
        self.closed |= opcode == CLOSE;
        self.control = opcode >= FIRST_CONTROL;
        self.left = match extended {
            0 => usize::from(second & 0x7f),
            _ => self.header[2..2 + extended]
                .iter()
                .fold(0, |value, byte| value << 8 | usize::from(*byte)),
        };
        self.mask.copy_from_slice(&self.header[length - 4..length]);
        self.header.clear();
        Ok(length - before)
    }

    /// The next bytes of the current frame. Four at a time, which compilers turn into many at a time.
    fn unmask(&mut self, bytes: &mut [u8]) {
        let mask = self.mask;
        let mut chunks = bytes.chunks_exact_mut(4);
        for chunk in &mut chunks {
            for (byte, mask) in chunk.iter_mut().zip(mask) {
                *byte ^= mask;
            }
        }
        let rest = chunks.into_remainder();
        for (byte, mask) in rest.iter_mut().zip(mask) {
            *byte ^= mask;
        }
        self.mask.rotate_left(rest.len());
    }
}

/// Appends what `packet` appends, as a frame of its own.
pub(crate) fn frame(out: &mut Vec<u8>, packet: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[BINARY_FINAL, 0]);
    packet(out);
    let length = out.len() - start - 2;
    if length < 126 {
        out[start + 1] = length as u8;
    } else if let Ok(short) = u16::try_from(length) {
        out[start + 1] = 126;
        out.splice(start + 2..start + 2, short.to_be_bytes());
    } else {
        out[start + 1] = 127;
        out.splice(start + 2..start + 2, (length as u64).to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_of_the_rfc() {
        let answer =
            accept(b"GET / HTTP/1.1\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        let answer = String::from_utf8(answer.unwrap()).unwrap();
        assert!(answer.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    }

    #[test]
    fn frames_come_apart_wherever_they_are_cut() {
        for length in [0, 1, 125, 126, 300, 70_000] {
            let payload: Vec<u8> = (0..length).map(|index| index as u8).collect();
            let mut masked = Vec::new();
            for _ in 0..2 {
                let mut one = Vec::new();
                frame(&mut one, |out| out.extend_from_slice(&payload));
                let header = one.len() - payload.len();
                one[1] |= 0x80;
                masked.extend_from_slice(&one[..header]);
                let mask = [1, 2, 3, 250];
                masked.extend_from_slice(&mask);
                masked.extend((0..length).map(|index| payload[index] ^ mask[index % 4]));
            }
            for step in [1, 3, 7, 64, 100_000] {
                let mut unframer = Unframer::default();
                let mut plain = Vec::new();
                for piece in masked.chunks(step) {
                    let mut piece = piece.to_vec();
                    let count = unframer.unframe(&mut piece).unwrap();
                    plain.extend_from_slice(&piece[..count]);
                }
                assert!(
                    plain == [&payload[..], &payload[..]].concat(),
                    "{length} {step}"
                );
            }
        }
    }
}
