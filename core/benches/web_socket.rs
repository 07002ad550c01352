//! What WebSocket costs beside the system's calls. `cargo bench -p mqttka-core --bench web_socket`.
//!
//! Each sample writes or reads [`TOTAL`] bytes of the MQTT stream; `copy` is what there is to
//! compare with: one pass without a mask.

use std::io;
use std::time::Duration;

use bytes::BytesMut;
use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use mqttka_core::proto::Progress;
use mqttka_core::transport::options::{Server, Transport, WebSocketOptions};
use mqttka_core::transport::{Handshake, Read, Stream, UpgradeRequest, WebSocket};
use tungstenite::handshake::derive_accept_key;

const TOTAL: usize = 1024 * 1024;

/// A broker that is always ready: takes everything, and has always more of the same.
#[derive(Default)]
struct Broker {
    request: Vec<u8>,
    input: Vec<u8>,
    position: usize,
    upgraded: bool,
}

impl Stream for Broker {
    fn try_read(&mut self, into: &mut BytesMut, max: usize) -> io::Result<Read> {
        if !self.upgraded {
            self.upgraded = true;
            let text = std::str::from_utf8(&self.request).expect("text");
            let from = text.find("Key: ").expect("a key") + 5;
            let accept = derive_accept_key(text[from..].trim_end().as_bytes());
            let answer = format!(
                "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\
                 Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
            );
            into.extend_from_slice(answer.as_bytes());
            return Ok(Read::bytes(answer.len(), false));
        }
        if self.position == self.input.len() {
            self.position = 0;
        }
        let count = max.min(self.input.len() - self.position);
        into.extend_from_slice(&self.input[self.position..][..count]);
        self.position += count;
        Ok(Read::bytes(count, true))
    }

    fn try_write(&mut self, head: &[u8], tail: &[u8]) -> io::Result<usize> {
        if !self.upgraded {
            self.request.extend_from_slice(head);
        }
        Ok(black_box(head).len() + black_box(tail).len())
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

fn main() {
    divan::main();
}

fn open(input: Vec<u8>) -> WebSocket<Broker> {
    let mut server = Server::new("broker");
    server.transport = Transport::WebSocket;
    let request = UpgradeRequest::new(&server, &WebSocketOptions::default()).expect("a request");
    let broker = Broker {
        input,
        ..Broker::default()
    };
    let mut ws = WebSocket::new(broker, 0, request).expect("random bytes");
    while !matches!(ws.handshake().expect("an upgrade"), Handshake::Complete) {}
    ws
}

/// What a server's frames of this payload look like, about 64 KiB of them.
fn frames(payload: usize) -> Vec<u8> {
    let mut frame = vec![0x82];
    if payload < 126 {
        frame.push(payload as u8);
    } else {
        frame.push(126);
        frame.extend((payload as u16).to_be_bytes());
    }
    frame.resize(frame.len() + payload, b'x');
    frame.repeat((64 * 1024 / frame.len()).max(1))
}

#[divan::bench(args = [4, 64, 256, 1024, 16 * 1024, 64 * 1024])]
fn write(bencher: Bencher<'_, '_>, batch: usize) {
    let mut ws = open(Vec::new());
    // Packets of 131 bytes, as the engine hands them over; the last one may lack its end.
    let mut batch = vec![0x80; batch];
    for packet in batch.chunks_mut(131) {
        packet[0] = 0x30;
        if let Some(length) = packet.get_mut(2) {
            *length = 1;
        }
    }
    bencher.counter(BytesCount::new(TOTAL)).bench_local(|| {
        let mut left = TOTAL;
        while left > 0 {
            let mut rest = &batch[..];
            while !rest.is_empty() {
                let count = ws.try_write(rest, &[]).expect("room");
                rest = &rest[count..];
            }
            ws.flush().expect("room");
            left = left.saturating_sub(batch.len());
        }
    });
}

#[divan::bench(args = [256, 1024, 16 * 1024, 64 * 1024])]
fn copy(bencher: Bencher<'_, '_>, batch: usize) {
    let batch = vec![b'x'; batch];
    let mut copied = Vec::new();
    bencher.counter(BytesCount::new(TOTAL)).bench_local(|| {
        for _ in 0..TOTAL / batch.len() {
            for part in batch.chunks(16 * 1024) {
                copied.clear();
                copied.extend_from_slice(part);
                black_box(&copied);
            }
        }
    });
}

#[divan::bench(args = [4, 64, 256, 1024, 16 * 1024, 65_000])]
fn read(bencher: Bencher<'_, '_>, payload: usize) {
    let mut ws = open(frames(payload));
    let mut buffer = BytesMut::with_capacity(64 * 1024);
    bencher.counter(BytesCount::new(TOTAL)).bench_local(|| {
        let mut left = TOTAL;
        while left > 0 {
            buffer.clear();
            let read = ws.try_read(&mut buffer, 64 * 1024).expect("bytes");
            left = left.saturating_sub(read.count);
            black_box(&buffer);
        }
    });
}
