//! TCP connections to several addresses of one broker, raced (RFC 8305), by a loop that polls.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;

use socket2::Socket;

use super::{Failures, Polled};
use crate::error::TransportError;
use crate::transport::Sockets;
use crate::transport::dial::MAX_ADDRESSES;
use crate::transport::failures::Candidate;
use crate::transport::race::{ATTEMPT_DELAY, MUTE_DELAY, interleave, rank};
use crate::transport::socket::ack_meter;
use crate::types::Instant;

struct Runner {
    address: SocketAddr,
    socket: Socket,
    made_for: ack_meter::Protocol,
}

/// The first connection that comes about wins; the others are given up when this is dropped.
pub(crate) struct Race {
    waiting: VecDeque<Candidate>,
    runners: Vec<Runner>,
    sockets: Arc<Sockets>,
    /// When the next address is tried, whatever becomes of those that are.
    next_at: Option<Instant>,
    failed: Vec<SocketAddr>,
    worst: Option<(SocketAddr, io::Error)>,
}

/// How a race stands.
pub(crate) enum Raced {
    Runs,
    Won(Polled, SocketAddr),
    /// Of the addresses that failed, the error that tells most.
    Lost(TransportError),
}

impl Race {
    /// Tries these addresses with this port, in an order that `failures` has a say in.
    pub(crate) fn new(
        addresses: &[SocketAddr],
        port: u16,
        failures: &Failures,
        sockets: Arc<Sockets>,
    ) -> Self {
        // Where none suits, the attempts say why.
        let any = addresses.iter().any(|address| sockets.suit(address));
        let suiting = interleave(addresses).filter(|address| !any || sockets.suit(address));
        let mut candidates = failures.order(suiting.map(|mut address| {
            address.set_port(port);
            address
        }));
        candidates.truncate(MAX_ADDRESSES);
        Race {
            waiting: candidates.into(),
            runners: Vec::new(),
            sockets,
            next_at: None,
            failed: Vec::new(),
            worst: None,
        }
    }

    /// Goes on. `watch`: a socket that is to be polled until it can be written to.
    pub(crate) fn poll(
        &mut self,
        now: Instant,
        mut watch: impl FnMut(&Socket) -> io::Result<()>,
    ) -> Raced {
        loop {
            let before = self.runners.len();
            if let Some((polled, address)) = self.winner() {
                return Raced::Won(polled, address);
            }
            let next_is_mute = self.waiting.front().is_some_and(|next| next.mute);
            // Where one has failed, the next need not wait for its time.
            let start = self.runners.is_empty()
                || self.runners.len() < before && !next_is_mute
                || self.next_at.is_some_and(|at| at <= now);
            if !start {
                return Raced::Runs;
            }
            let Some(next) = self.waiting.pop_front() else {
                self.next_at = None;
                if self.runners.is_empty() {
                    return Raced::Lost(self.lost());
                }
                return Raced::Runs;
            };
            let begun = self.sockets.connect_here(next.address);
            let begun = begun.and_then(|(socket, made_for)| {
                watch(&socket)?;
                Ok(Runner {
                    address: next.address,
                    socket,
                    made_for,
                })
            });
            match begun {
                Ok(runner) => self.runners.push(runner),
                Err(error) => self.fail(next.address, error),
            }
            let delay = match self.waiting.front() {
                Some(Candidate { mute: true, .. }) => MUTE_DELAY,
                _ => ATTEMPT_DELAY,
            };
            self.next_at = (!self.waiting.is_empty()).then(|| now + delay);
        }
    }

    fn winner(&mut self) -> Option<(Polled, SocketAddr)> {
        let mut index = 0;
        while let Some(runner) = self.runners.get(index) {
            let connected = match runner.socket.take_error() {
                Ok(None) => runner.socket.peer_addr().map(drop),
                Ok(Some(error)) | Err(error) => Err(error),
            };
            match connected {
                Ok(()) => {
                    let runner = self.runners.remove(index);
                    let polled = Polled::tcp(runner.socket, runner.made_for);
                    return Some((polled, runner.address));
                }
                Err(error) if error.kind() == ErrorKind::NotConnected => index += 1,
                Err(error) => {
                    let address = self.runners.remove(index).address;
                    self.fail(address, error);
                }
            }
        }
        None
    }

    fn fail(&mut self, address: SocketAddr, error: io::Error) {
        self.failed.push(address);
        let tells_more = |(_, worst): &(SocketAddr, io::Error)| rank(&error) > rank(worst);
        if self.worst.as_ref().is_none_or(tells_more) {
            self.worst = Some((address, error));
        }
    }

    fn lost(&mut self) -> TransportError {
        let none = || io::Error::new(ErrorKind::AddrNotAvailable, "no address to connect to");
        let worst = self.worst.take().map_or_else(none, |(_, error)| error);
        worst.into()
    }

    /// When [`poll`](Self::poll) has something to do although nothing came.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.next_at
    }

    /// Tells which addresses did not come about.
    pub(crate) fn note(&self, failures: &mut Failures) {
        for address in &self.failed {
            failures.add(*address, false);
        }
    }
}
