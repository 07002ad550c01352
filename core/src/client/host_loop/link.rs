//! One stream of the loop's: from a name to a socket, and its bytes.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::poller::Poller;
use super::resolver::{Answer, Lookups};
use super::{READ, UNREAD, is_nothing};
use crate::client::hosted::Hosted;
use crate::error::{Stage, TransportError};
use crate::transport::Sockets;
use crate::transport::options::{Server, Transport};
use crate::transport::polled::{Failures, Place, Polled, Race, Raced, connect_unix, place};
use crate::types::Instant;

/// How long what is left is sent when nobody reads any more.
const LINGER: Duration = Duration::from_secs(2);

/// When the full queue of a Unix socket's listener is tried again: no readiness tells.
const FULL_QUEUE: Duration = Duration::from_millis(20);

enum Step {
    /// Nothing was begun, or it has failed, and the client is told.
    Over,
    Resolving,
    Racing(Race),
    /// A Unix socket whose listener has no room.
    Full(Instant),
    Open(Polled),
}

pub(super) struct Link {
    stream: u64,
    port: u16,
    path: String,
    step: Step,
    address: Option<SocketAddr>,
    /// Something came, perhaps.
    pub(super) readable: bool,
    /// What the socket has not taken, from `sent` on.
    out: Vec<u8>,
    sent: usize,
    /// How much of it the client knows of.
    told: usize,
    /// Nothing is written any more when that has gone.
    finishing: bool,
    /// Nobody reads any more; until then it may go.
    closing: Option<Instant>,
    /// The peer sends no more, or the socket failed.
    ended: bool,
    /// What the poller looks for.
    watched: (bool, bool),
}

/// What a link needs of what is around it.
pub(super) struct Outside<'a> {
    pub(super) hosted: &'a mut Hosted,
    pub(super) poller: &'a Poller,
    pub(super) failures: &'a mut Failures,
    pub(super) buffer: &'a mut Vec<u8>,
}

pub(super) enum Driven {
    Lives,
    Over,
}

impl Link {
    pub(super) fn new(stream: u64, server: &Server) -> Self {
        Link {
            stream,
            port: server.effective_port(),
            path: server.path.clone(),
            step: Step::Over,
            address: None,
            readable: false,
            out: Vec::new(),
            sent: 0,
            told: 0,
            finishing: false,
            closing: None,
            ended: false,
            watched: (true, true),
        }
    }

    #[allow(clippy::too_many_arguments, reason = "each is a part of the loop")]
    pub(super) fn begin(
        &mut self,
        now: Instant,
        server: &Server,
        lookups: &mut Lookups,
        time_left: Duration,
        failures: &Failures,
        sockets: &Arc<Sockets>,
        hosted: &mut Hosted,
    ) {
        if server.transport == Transport::Unix {
            self.step = Step::Full(now);
            return;
        }
        match place(&server.host) {
            Ok(Place::Address(address)) => {
                self.resolved(now, Ok(vec![address]), failures, sockets, hosted);
            }
            Ok(Place::Name(name)) => {
                self.step = Step::Resolving;
                lookups.ask(self.stream, name, time_left);
            }
            Err(error) => hosted.handle_open_failed(now, self.stream, Stage::Dns, error),
        }
    }

    /// The name has these addresses.
    pub(super) fn resolved(
        &mut self,
        now: Instant,
        answer: Answer,
        failures: &Failures,
        sockets: &Arc<Sockets>,
        hosted: &mut Hosted,
    ) {
        match answer {
            Ok(addresses) => {
                hosted.handle_stage(now, self.stream, Stage::Tcp);
                let race = Race::new(&addresses, self.port, failures, Arc::clone(sockets));
                self.step = Step::Racing(race);
            }
            Err(error) => {
                self.step = Step::Over;
                hosted.handle_open_failed(now, self.stream, Stage::Dns, error);
            }
        }
    }

    /// Goes on as far as it can now.
    pub(super) fn drive(&mut self, now: Instant, outside: &mut Outside<'_>) -> Driven {
        if self.closing.is_some() && !matches!(self.step, Step::Open(_)) {
            return Driven::Over;
        }
        match &mut self.step {
            Step::Over | Step::Resolving => {}
            Step::Racing(race) => {
                let stream = self.stream;
                let poller = outside.poller;
                let raced = race.poll(now, |socket| poller.add(socket, stream, true));
                match raced {
                    Raced::Runs => {}
                    Raced::Won(polled, address) => {
                        race.note(outside.failures);
                        self.address = Some(address);
                        self.open(now, polled, outside);
                    }
                    Raced::Lost(error) => {
                        race.note(outside.failures);
                        self.fail(now, error, outside);
                    }
                }
            }
            Step::Full(again_at) if *again_at <= now => match connect_unix(&self.path) {
                Ok(polled) => match outside.poller.add(&polled, self.stream, true) {
                    Ok(()) => self.open(now, polled, outside),
                    Err(error) => self.fail(now, error.into(), outside),
                },
                Err(error) if is_nothing(&error) => self.step = Step::Full(now + FULL_QUEUE),
                Err(error) => self.fail(now, error.into(), outside),
            },
            Step::Full(_) => {}
            Step::Open(_) => return self.transfer(now, outside),
        }
        Driven::Lives
    }

    fn open(&mut self, now: Instant, polled: Polled, outside: &mut Outside<'_>) {
        if let Some(end) = outside.hosted.end(self.stream) {
            end.set_below(polled.below());
        }
        outside.hosted.handle_opened(now, self.stream, self.address);
        self.step = Step::Open(polled);
    }

    fn fail(&mut self, now: Instant, error: TransportError, outside: &mut Outside<'_>) {
        self.step = Step::Over;
        outside
            .hosted
            .handle_open_failed(now, self.stream, Stage::Tcp, error);
    }

    /// Reads and writes.
    fn transfer(&mut self, now: Instant, outside: &mut Outside<'_>) -> Driven {
        let Step::Open(polled) = &self.step else {
            return Driven::Lives;
        };
        let reads = self.closing.is_none() && !self.ended;
        let mut room = outside.hosted.unread(self.stream) < UNREAD;
        if self.readable && reads && room {
            outside.buffer.resize(READ, 0);
            match polled.read(outside.buffer) {
                Ok(0) => {
                    self.ended = true;
                    outside.hosted.handle_end(self.stream);
                }
                Ok(count) => {
                    let bytes = Bytes::copy_from_slice(&outside.buffer[..count]);
                    // What filled the buffer has perhaps more behind it.
                    self.readable = count == READ;
                    outside.hosted.handle_received(self.stream, bytes);
                    room = outside.hosted.unread(self.stream) < UNREAD;
                }
                Err(error) if is_nothing(&error) => self.readable = false,
                Err(error) => self.failed(error, outside.hosted),
            }
        }
        let Step::Open(polled) = &self.step else {
            return Driven::Lives;
        };
        while self.sent < self.out.len() {
            match polled.write(&self.out[self.sent..]) {
                Ok(0) => break,
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_nothing(&error) => break,
                Err(error) => {
                    (self.sent, self.out) = (0, Vec::new());
                    // What the broker said before it ended the stream is read first.
                    if self.closing.is_some() || self.ended {
                        return Driven::Over;
                    }
                    self.failed(error, outside.hosted);
                    break;
                }
            }
        }
        let waiting = self.out.len() - self.sent;
        if waiting == 0 {
            (self.sent, self.out) = (0, Vec::new());
        }
        if self.closing.is_none() && (waiting > 0 || self.told > 0) {
            self.told = waiting;
            outside.hosted.handle_buffered(now, self.stream, waiting);
        }
        let Step::Open(polled) = &self.step else {
            return Driven::Lives;
        };
        if waiting == 0 && std::mem::take(&mut self.finishing) {
            polled.finish();
        }
        if let Some(until) = self.closing
            && (waiting == 0 || until <= now)
        {
            return Driven::Over;
        }
        let watch = (reads && !self.ended && room, waiting > 0);
        if watch != self.watched {
            self.watched = watch;
            if let Err(error) = outside.poller.modify(polled, self.stream, watch.0, watch.1) {
                self.failed(error, outside.hosted);
            }
        }
        Driven::Lives
    }

    fn failed(&mut self, error: io::Error, hosted: &mut Hosted) {
        if !std::mem::replace(&mut self.ended, true) {
            hosted.handle_failed(self.stream, error.into());
        }
    }

    /// The client writes.
    pub(super) fn write(&mut self, bytes: Vec<u8>) {
        // Not told yet, and to be told even where all of it goes at once.
        self.told += bytes.len();
        if self.out.is_empty() {
            self.out = bytes;
        } else {
            self.out.extend_from_slice(&bytes);
        }
    }

    pub(super) fn finish(&mut self) {
        self.finishing = true;
    }

    /// Nobody reads any more.
    pub(super) fn close(&mut self, now: Instant) {
        self.closing = Some(now + LINGER);
        if !matches!(self.step, Step::Open(_)) {
            self.step = Step::Over;
            self.closing = Some(now);
        }
    }

    pub(super) fn abort(self, failures: &mut Failures) {
        if let Step::Open(polled) = &self.step {
            polled.abort();
            if let Some(address) = self.address {
                match polled.is_established() {
                    true => drop(failures.remove(address)),
                    // TCP came about, CONNACK did not (rule L13).
                    false => failures.add(address, true),
                }
            }
        }
    }

    /// When it has something to do although nothing comes.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.step {
            Step::Racing(race) => race.deadline(),
            Step::Full(again_at) => Some(*again_at),
            _ => self.closing,
        }
    }
}
