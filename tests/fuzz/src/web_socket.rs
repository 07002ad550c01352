//! A WebSocket whose server's bytes are the fuzzer's.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::rc::Rc;
use std::time::Duration;

use bytes::BytesMut;
use mqttka_core::error::{TransportError, TransportErrorKind};
use mqttka_core::proto::Progress;
use mqttka_core::transport::options::{Server, Transport, WebSocketOptions};
use mqttka_core::transport::{Handshake, Read, ReadKind, Stream, UpgradeRequest, WebSocket};
use tungstenite::handshake::derive_accept_key;

/// What an input has in place of the value that Sec-WebSocket-Accept must have.
pub const ACCEPT: &[u8] = b"{accept}";

/// The largest payload of a data frame.
const MAX_DATA: u64 = 268_435_460;

/// What came, and how it ended.
type Outcome = (Vec<u8>, Option<TransportError>);

#[derive(Clone, Default)]
struct Peer(Rc<RefCell<Wire>>);

#[derive(Default)]
struct Wire {
    input: VecDeque<Vec<u8>>,
    output: Vec<u8>,
}

impl Peer {
    /// Sends these bytes in pieces of this size.
    fn send(&self, bytes: &[u8], piece: usize) {
        let pieces = bytes.chunks(piece).map(<[u8]>::to_vec);
        self.0.borrow_mut().input.extend(pieces);
    }

    fn take_output(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.borrow_mut().output)
    }
}

impl Stream for Peer {
    fn try_read(&mut self, into: &mut BytesMut, max: usize) -> io::Result<Read> {
        let mut wire = self.0.borrow_mut();
        let mut piece = wire.input.pop_front().ok_or(ErrorKind::WouldBlock)?;
        let count = piece.len().min(max);
        into.extend_from_slice(&piece[..count]);
        if count < piece.len() {
            wire.input.push_front(piece.split_off(count));
        }
        Ok(Read::bytes(count, !wire.input.is_empty()))
    }

    fn try_write(&mut self, head: &[u8], tail: &[u8]) -> io::Result<usize> {
        let output = &mut self.0.borrow_mut().output;
        output.extend_from_slice(head);
        output.extend_from_slice(tail);
        Ok(head.len() + tail.len())
    }

    fn progress(&mut self) -> Option<Progress> {
        None
    }

    fn acknowledge_now(&mut self) {}

    fn has_local_address(&self) -> bool {
        true
    }

    fn established(&mut self) {}

    fn finish(&mut self, _: Option<Duration>) {}

    fn abort(self) {}
}

/// A WebSocket that has sent its request, and what the server has to say to its key.
fn asked() -> (WebSocket<Peer>, Peer, String) {
    let mut address = Server::new("broker");
    address.transport = Transport::WebSocket;
    let request = UpgradeRequest::new(&address, &WebSocketOptions::default()).expect("a request");
    let server = Peer::default();
    let mut ws = WebSocket::new(server.clone(), 0, request).expect("random bytes");
    let waiting = ws.handshake().expect("nothing was answered");
    assert!(matches!(waiting, Handshake::Waiting { blocked: false }));
    let request = String::from_utf8(server.take_output()).expect("text");
    let key = request.split("Sec-WebSocket-Key: ").nth(1).expect("a key");
    let accept = derive_accept_key(key.trim_end().as_bytes());
    (ws, server, accept)
}

/// Reads everything.
fn read(ws: &mut WebSocket<Peer>) -> Outcome {
    let mut buffer = BytesMut::new();
    loop {
        let before = buffer.len();
        match ws.try_read(&mut buffer, 64 * 1024) {
            Ok(read) => {
                assert_eq!(buffer.len() - before, read.count);
                assert_eq!(read.kind == ReadKind::Bytes, read.count > 0);
                // Sent at once, so that pongs are not joined: whatever the server sent is small.
                ws.flush().expect("room");
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                return (buffer.to_vec(), None);
            }
            Err(error) => return (buffer.to_vec(), Some(error.into())),
        }
    }
}

/// The server sends `data` after its upgrade, whole and in pieces: both have to be understood as a
/// plain reading of the specification has it.
///
/// The first byte chooses the size of the pieces.
///
/// # Panics
/// Where the WebSocket breaks one of these rules.
pub fn web_socket_frames(data: &[u8]) {
    let [piece, frames @ ..] = data else {
        return;
    };
    let whole = read_frames(frames, frames.len().max(1));
    let pieces = read_frames(frames, usize::from(*piece % 16) + 1);
    assert_eq!(whole, pieces);
    let (payload, end) = model(frames);
    assert_eq!(whole.0, payload);
    assert_eq!(whole.1.map(|error| (error.kind, error.status)), end);
}

fn read_frames(frames: &[u8], piece: usize) -> Outcome {
    let (mut ws, server, accept) = asked();
    let answer = format!(
        "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
    );
    // A part of the frames comes with the answer.
    let early = frames.len() / 3;
    server.send(&[answer.as_bytes(), &frames[..early]].concat(), usize::MAX);
    let opened = ws.handshake().expect("an upgrade");
    assert!(matches!(opened, Handshake::Complete));
    server.send(&frames[early..], piece);
    let outcome = read(&mut ws);
    let answers = server.take_output();
    assert!(answers.len() <= frames.len() * 8, "more answers than bytes");
    outcome
}

/// The payload of these frames, and the kind and status of the error at which they end.
fn model(frames: &[u8]) -> (Vec<u8>, Option<(TransportErrorKind, Option<u16>)>) {
    let violation = Some((TransportErrorKind::WebSocketProtocol, None));
    let (mut payload, mut rest, mut fragmented) = (Vec::new(), frames, false);
    loop {
        let [first, second, behind @ ..] = rest else {
            return (payload, None);
        };
        let (first, second) = (*first, *second);
        let width = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let masked = second & 0x80 != 0;
        if behind.len() < width + if masked { 4 } else { 0 } {
            return (payload, None);
        }
        let (length, behind) = behind.split_at(width);
        let length = match width {
            0 => u64::from(second & 0x7f),
            _ => length
                .iter()
                .fold(0, |all, byte| all << 8 | u64::from(*byte)),
        };
        let (last, control) = (first & 0x80 != 0, first & 0x08 != 0);
        let right = first & 0x70 == 0
            && !masked
            && match first & 0x0f {
                0 => fragmented && length <= MAX_DATA,
                2 => !fragmented && length <= MAX_DATA,
                8..=10 => last && length <= 125,
                _ => false,
            };
        if !right {
            return (payload, violation);
        }
        let there = usize::try_from(length).map_or(behind.len(), |it| it.min(behind.len()));
        let (body, behind) = behind.split_at(there);
        if !control {
            payload.extend_from_slice(body);
            fragmented = !last;
        }
        if (there as u64) < length {
            return (payload, None);
        }
        if first & 0x0f == 8 {
            let end = match body {
                [] => Some((TransportErrorKind::WebSocketClosed, None)),
                [_] => violation,
                [high, low, reason @ ..] => {
                    let code = u16::from_be_bytes([*high, *low]);
                    let allowed = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
                    if allowed && std::str::from_utf8(reason).is_ok() {
                        Some((TransportErrorKind::WebSocketClosed, Some(code)))
                    } else {
                        violation
                    }
                }
            };
            return (payload, end);
        }
        rest = behind;
    }
}

/// The server answers the upgrade with `data`, whole and in pieces: both have the same outcome, and
/// only an answer with the right key opens. [`ACCEPT`] in it stands for that key.
///
/// The first byte chooses the size of the pieces.
///
/// # Panics
/// Where the WebSocket breaks one of these rules.
pub fn web_socket_answer(data: &[u8]) {
    let [piece, answer @ ..] = data else {
        return;
    };
    let whole = upgrade(answer, answer.len() + 100);
    let pieces = upgrade(answer, usize::from(*piece % 16) + 1);
    assert_eq!(whole, pieces);
    if whole.is_ok_and(|opened| opened.is_some()) {
        assert!(find(answer, ACCEPT).is_some());
    }
}

/// What the reader gets behind the answer; nothing where the answer is not whole.
fn upgrade(answer: &[u8], piece: usize) -> Result<Option<Outcome>, TransportError> {
    let (mut ws, server, accept) = asked();
    let mut wire = answer.to_vec();
    while let Some(at) = find(&wire, ACCEPT) {
        wire.splice(at..at + ACCEPT.len(), accept.bytes());
    }
    server.send(&wire, piece);
    match ws.handshake()? {
        Handshake::Complete => Ok(Some(read(&mut ws))),
        other => {
            assert!(
                server.0.borrow().input.is_empty(),
                "{other:?} with bytes to read"
            );
            Ok(None)
        }
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|part| part == what)
}
