//! The bodies of the WebSocket's fuzz targets, fed with generated input.

use mqttka_fuzz::{web_socket_answer, web_socket_frames};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Frames to put together and to damage.
const FRAMES: &[&[u8]] = &[
    b"\x82\x02\xd0\x00",
    b"\x82\x00",
    b"\x02\x01a",
    b"\x00\x01b",
    b"\x80\x01c",
    b"\x80\x00",
    b"\x82\x7e\x00\x80................................................................\
      ................................................................",
    b"\x82\x7f\x00\x00\x00\x00\x00\x00\x00\x02ab",
    b"\x82\x7f\x00\x00\x00\x00\x10\x00\x00\x04largest",
    b"\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00",
    b"\x89\x00",
    b"\x89\x04ping",
    b"\x8a\x04pong",
    b"\x89\x7d.............................................................\
      ................................................................",
    b"\x89\x7e\x00\x02ab",
    b"\x88\x00",
    b"\x88\x01\x03",
    b"\x88\x02\x03\xe8",
    b"\x88\x05\x03\xe9bye",
    b"\x88\x04\x03\xe8\xc3\xa4",
    b"\x88\x04\x03\xed\xc3(",
    b"\x81\x01t",
    b"\x82\x81\x01\x02\x03\x04x",
    b"\xc2\x01x",
    b"\x83\x00",
    b"\x8b\x00",
];

/// Lines of answers to put together and to damage.
const LINES: &[&[u8]] = &[
    b"HTTP/1.1 101 Switching Protocols\r\n",
    b"HTTP/1.0 101 x\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 103 x\nLink: x\n\n",
    b"HTTP/1.1 404 Not Found\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: wss://else/\r\n",
    b"HTTP/1.1 503\r\n",
    b"Upgrade: websocket\r\n",
    b"Connection: keep-alive, Upgrade\r\n",
    b"Sec-WebSocket-Accept: {accept}\r\n",
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
    b"Sec-WebSocket-Protocol: mqtt\r\n",
    b"Sec-WebSocket-Protocol: other\r\n",
    b"Sec-WebSocket-Extensions: permessage-deflate\r\n",
    b"X: \xff\r\n",
    b" folded\r\n",
    b"\r\n",
    b"\n",
    b"\x82\x02\xd0\x00",
];

/// What a server has to answer.
const RIGHT: &[&[u8]] = &[LINES[0], LINES[7], LINES[8], LINES[9], LINES[11], b"\r\n"];

type Damage = Vec<(prop::sample::Index, u8)>;

fn damage(most: usize) -> impl Strategy<Value = Damage> {
    vec((any::<prop::sample::Index>(), any::<u8>()), 0..most)
}

fn damaged(piece: u8, mut bytes: Vec<u8>, damage: &Damage) -> Vec<u8> {
    for (index, byte) in damage {
        if !bytes.is_empty() {
            let index = index.index(bytes.len());
            bytes[index] = *byte;
        }
    }
    bytes.insert(0, piece);
    bytes
}

#[test]
fn the_seeds_themselves() {
    for piece in [0, 1, 7] {
        for frame in FRAMES {
            web_socket_frames(&[&[piece], *frame].concat());
        }
        for line in LINES {
            web_socket_answer(&[&[piece], *line].concat());
        }
        web_socket_answer(&[&[piece], &RIGHT.concat()[..], FRAMES[0]].concat());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]

    #[test]
    fn frames(piece: u8, frames in vec(select(FRAMES), 1..8), damage in damage(2)) {
        web_socket_frames(&damaged(piece, frames.concat(), &damage));
    }

    #[test]
    fn noise_as_frames(data in vec(any::<u8>(), 0..100)) {
        web_socket_frames(&data);
    }

    #[test]
    fn answers(piece: u8, lines in vec(select(LINES), 1..10), damage in damage(2)) {
        web_socket_answer(&damaged(piece, lines.concat(), &damage));
    }

    #[test]
    fn right_answers(piece: u8, behind in vec(select(FRAMES), 0..3), damage in damage(2)) {
        let answer = [&RIGHT.concat()[..], &behind.concat()].concat();
        web_socket_answer(&damaged(piece, answer, &damage));
    }
}
