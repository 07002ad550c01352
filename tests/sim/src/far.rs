//! The broker's end of a connection: TCP, and the layers over it.

mod tls;
mod web_socket;

use std::io::{Read, Write};

use bytes::{Buf, BytesMut};
use rustls::ServerConnection;

use crate::rng::Rng;
use crate::tcp::Tcp;
use web_socket::WebSocket;

pub use tls::authority;

/// Which layers lie between TCP and MQTT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layers {
    /// TLS.
    pub tls: bool,
    /// WebSocket, over TLS where there is TLS.
    pub web_socket: bool,
}

impl Layers {
    /// Whether there are some.
    pub fn any(self) -> bool {
        self.tls || self.web_socket
    }
}

/// What the broker reads from and writes to.
#[derive(Debug)]
pub struct Far {
    /// The system's part.
    pub tcp: Tcp,
    layers: Option<Box<Stack>>,
}

#[derive(Debug)]
struct Stack {
    tls: Option<ServerConnection>,
    web_socket: Option<WebSocket>,
    /// Of the MQTT stream, not yet read by the broker.
    plain: BytesMut,
    /// For the wire, and where it begins there.
    out: BytesMut,
    written: u64,
    /// Which bytes on the wire carry none of the MQTT stream.
    control: Vec<(u64, u64)>,
    finished: bool,
    rng: Rng,
}

impl Far {
    /// Over this TCP. `seed`: for the boundaries of records and frames.
    pub fn new(tcp: Tcp, layers: Layers, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let layers = layers.any().then(|| {
            Box::new(Stack {
                tls: layers
                    .tls
                    .then(|| tls::server(rng.range(64, 16_384) as usize)),
                web_socket: layers.web_socket.then(WebSocket::default),
                plain: BytesMut::new(),
                out: BytesMut::new(),
                written: 0,
                control: Vec::new(),
                finished: false,
                rng,
            })
        });
        Far { tcp, layers }
    }

    /// Moves up to `most` received bytes of the MQTT stream to the end of `into`.
    pub fn read(&mut self, into: &mut BytesMut, most: usize) -> usize {
        let Some(stack) = &mut self.layers else {
            return self.tcp.read(into, most);
        };
        let mut wire = BytesMut::new();
        self.tcp.read(&mut wire, most);
        stack.receive(wire);
        stack.flush(&mut self.tcp);
        let count = stack.plain.len().min(most);
        into.extend_from_slice(&stack.plain.split_to(count));
        count
    }

    /// Received bytes that wait.
    pub fn readable(&self) -> usize {
        let plain = self.layers.as_ref().map_or(0, |stack| stack.plain.len());
        self.tcp.readable() + plain
    }

    /// Takes what there is room for, and says how much.
    pub fn write(&mut self, bytes: &[u8]) -> usize {
        let Some(stack) = &mut self.layers else {
            return self.tcp.write(bytes);
        };
        stack.flush(&mut self.tcp);
        if !stack.out.is_empty() || !stack.is_open() {
            return 0;
        }
        let most = stack.rng.magnitude(1.0, 40_000.0) as usize;
        let count = bytes.len().min(most);
        stack.send(&bytes[..count]);
        stack.flush(&mut self.tcp);
        count
    }

    /// Goes on writing what there was no room for.
    pub fn flush(&mut self) {
        if let Some(stack) = &mut self.layers {
            stack.flush(&mut self.tcp);
        }
    }

    /// A WebSocket ping, or a TLS record without a byte of the stream: life of somebody, but not of
    /// the broker.
    pub fn chatter(&mut self) {
        if let Some(stack) = &mut self.layers
            && stack.is_open()
            && !stack.finished
        {
            stack.chatter();
            stack.flush(&mut self.tcp);
        }
    }

    /// No more bytes follow.
    pub fn finish(&mut self) {
        if let Some(stack) = &mut self.layers {
            if !std::mem::replace(&mut stack.finished, true) {
                stack.say_goodbye();
            }
            stack.flush(&mut self.tcp);
            if !stack.out.is_empty() {
                return;
            }
        }
        self.tcp.finish();
    }

    /// The client's stream has ended and all of it was read.
    pub fn is_eof(&self) -> bool {
        self.tcp.is_eof() && self.layers.as_ref().is_none_or(|it| it.plain.is_empty())
    }

    /// Whether the byte at this place on the wire is part of something that carries none of the
    /// MQTT stream; and where that ends.
    pub fn control_at(&self, offset: u64) -> Option<u64> {
        let control = &self.layers.as_ref()?.control;
        let index = control.partition_point(|(start, _)| *start <= offset);
        let (_, end) = control[..index].last()?;
        (offset < *end).then_some(*end)
    }
}

impl Stack {
    fn is_open(&self) -> bool {
        self.tls.as_ref().is_none_or(|tls| !tls.is_handshaking())
            && self.web_socket.as_ref().is_none_or(WebSocket::is_open)
    }

    fn receive(&mut self, wire: BytesMut) {
        let mut decrypted = BytesMut::new();
        match &mut self.tls {
            None => decrypted = wire,
            Some(tls) => {
                let mut rest = &wire[..];
                while !rest.is_empty() {
                    if tls.read_tls(&mut rest).is_err() {
                        break;
                    }
                    let _ = tls.process_new_packets();
                    let mut more = Vec::new();
                    // WouldBlock where it has no more.
                    let _ = tls.reader().read_to_end(&mut more);
                    decrypted.extend_from_slice(&more);
                }
                self.take_records(true);
            }
        }
        let Some(web_socket) = &mut self.web_socket else {
            self.plain.extend_from_slice(&decrypted);
            return;
        };
        let mut answers = BytesMut::new();
        web_socket.receive(&decrypted, &mut self.plain, &mut answers);
        if !answers.is_empty() {
            self.encrypt(&answers, true);
        }
    }

    /// What TLS has for the wire.
    fn take_records(&mut self, control: bool) {
        let start = self.written + self.out.len() as u64;
        if let Some(tls) = &mut self.tls {
            let mut records = Vec::new();
            while tls.wants_write() {
                if tls.write_tls(&mut records).is_err() {
                    break;
                }
            }
            self.out.extend_from_slice(&records);
        }
        self.note(start, control);
    }

    /// What was put out since then carries the stream or not.
    fn note(&mut self, start: u64, control: bool) {
        let end = self.written + self.out.len() as u64;
        if control && start < end {
            self.control.push((start, end));
        }
    }

    fn encrypt(&mut self, bytes: &[u8], control: bool) {
        match &mut self.tls {
            None => {
                let start = self.written + self.out.len() as u64;
                self.out.extend_from_slice(bytes);
                self.note(start, control);
            }
            Some(tls) => {
                let _ = tls.writer().write_all(bytes);
                self.take_records(control);
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) {
        if self.web_socket.is_none() {
            return self.encrypt(bytes, false);
        }
        let mut rest = bytes;
        let mut first = true;
        while !rest.is_empty() {
            let most = self.rng.magnitude(1.0, 80_000.0) as usize;
            let (part, left) = rest.split_at(rest.len().min(most));
            let frame = WebSocket::header(first, left.is_empty(), part.len());
            if self.tls.is_some() {
                // Header and payload share a record, so that each record has payload.
                let whole = [&frame[..], part].concat();
                self.encrypt(&whole, false);
            } else {
                self.encrypt(&frame, true);
                self.encrypt(part, false);
            }
            if !left.is_empty() && self.rng.chance(0.2) {
                self.encrypt(&WebSocket::ping(), true);
            }
            (rest, first) = (left, false);
        }
    }

    fn chatter(&mut self) {
        if self.web_socket.is_some() {
            self.encrypt(&WebSocket::ping(), true);
        } else if let Some(tls) = &mut self.tls
            && tls.refresh_traffic_keys().is_ok()
        {
            self.take_records(true);
        }
    }

    fn say_goodbye(&mut self) {
        if self.web_socket.is_some() && self.is_open() {
            self.encrypt(&WebSocket::close(), true);
        }
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
            self.take_records(true);
        }
    }

    fn flush(&mut self, tcp: &mut Tcp) {
        while !self.out.is_empty() {
            let count = tcp.write(&self.out);
            if count == 0 {
                return;
            }
            self.out.advance(count);
            self.written += count as u64;
        }
        if self.finished {
            tcp.finish();
        }
    }
}
