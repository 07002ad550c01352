mod double;
mod ending;
mod random;
mod reading;
mod requests;
mod turns;
mod upgrading;
mod writing;

use std::io::{Cursor, ErrorKind};

use bytes::BytesMut;
use tungstenite::handshake::machine::TryParse;
use tungstenite::handshake::server::{Request, create_response};
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};
use tungstenite::protocol::frame::{Frame, FrameHeader};

use super::*;
use crate::transport::options::{Server, Transport, WebSocketOptions};
use double::{Below, Item};

const BINARY: OpCode = OpCode::Data(Data::Binary);
const PING: OpCode = OpCode::Control(Control::Ping);
const PONG: OpCode = OpCode::Control(Control::Pong);
const CLOSE: OpCode = OpCode::Control(Control::Close);

/// Bytes of the stream below before the upgrade, as of a proxy's handshake.
const BEFORE: u64 = 1000;

fn server() -> Server {
    let mut server = Server::new("broker.test");
    server.transport = Transport::WebSocket;
    server
}

fn request() -> UpgradeRequest {
    UpgradeRequest::new(&server(), &WebSocketOptions::default()).expect("a request")
}

/// What tungstenite's server answers to this request, but for the subprotocol.
fn answer_to(request: &[u8]) -> String {
    let (size, request) = Request::try_parse(request)
        .expect("a request that can be read")
        .expect("a whole request");
    assert!(size > 0);
    let response = create_response(&request).expect("a request that can be upgraded");
    let mut text = format!("HTTP/1.1 {}\r\n", response.status());
    for (name, value) in response.headers() {
        text.push_str(&format!("{name}: {}\r\n", value.to_str().expect("text")));
    }
    text
}

/// A WebSocket after its upgrade, and what is below it. Its wire is at the number that is returned.
fn open() -> (WebSocket<Below>, Below, u64) {
    let below = Below::default();
    let mut ws = WebSocket::new(below.clone(), BEFORE, request()).expect("random bytes");
    assert!(matches!(
        ws.handshake(),
        Ok(Handshake::Waiting { blocked: false })
    ));
    let request = below.take_output();
    let answer = answer_to(&request) + "sec-websocket-protocol: mqtt\r\n\r\n";
    below.feed(answer);
    assert!(matches!(ws.handshake(), Ok(Handshake::Complete)));
    *below.0.borrow_mut() = double::Wire::default();
    (ws, below, BEFORE + request.len() as u64)
}

/// A server's frame.
fn frame(opcode: OpCode, last: bool, payload: &[u8]) -> Vec<u8> {
    let header = FrameHeader {
        is_final: last,
        opcode,
        ..FrameHeader::default()
    };
    let mut bytes = Vec::new();
    let frame = Frame::from_payload(header, payload.to_vec().into());
    frame.format(&mut bytes).expect("a frame");
    bytes
}

/// A client's frames: opcodes, and payloads without their masks.
fn frames(mut bytes: &[u8]) -> Vec<(OpCode, Vec<u8>)> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let mut cursor = Cursor::new(bytes);
        let (header, length) = FrameHeader::parse(&mut cursor)
            .expect("a frame")
            .expect("a whole header");
        assert!(header.is_final && !header.rsv1 && !header.rsv2 && !header.rsv3);
        let mask = header.mask.expect("a mask");
        let rest = &bytes[usize::try_from(cursor.position()).expect("a position")..];
        let (payload, rest) = rest.split_at(usize::try_from(length).expect("a length"));
        let unmasked = payload
            .iter()
            .enumerate()
            .map(|(i, byte)| byte ^ mask[i % 4]);
        frames.push((header.opcode, unmasked.collect()));
        bytes = rest;
    }
    frames
}

/// Reads until there is nothing more: what came, the kinds of the reads, and the error, if one was.
fn read_all(ws: &mut WebSocket<Below>) -> (Vec<u8>, Vec<ReadKind>, Option<TransportError>) {
    let mut buffer = BytesMut::new();
    let mut kinds = Vec::new();
    loop {
        let before = buffer.len();
        match ws.try_read(&mut buffer, 64 * 1024) {
            Ok(read) => {
                assert_eq!(buffer.len() - before, read.count);
                assert_eq!(read.kind == ReadKind::Bytes, read.count > 0);
                kinds.push(read.kind);
                if !read.more || read.kind == ReadKind::End {
                    return (buffer.to_vec(), kinds, None);
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                return (buffer.to_vec(), kinds, None);
            }
            Err(error) => return (buffer.to_vec(), kinds, Some(error.into())),
        }
    }
}
