//! Between driver and owner: what the engine itself wants to know of an event, and what it knows of
//! an attempt that the machine does not.

use std::collections::VecDeque;
use std::net::SocketAddr;

use crate::codec::PacketNote;
use crate::driver::{Direction, Host};
use crate::error::{Attempted, ConnectError, Stage};
use crate::proto::{Command, Delivered, Event, EventKind, Machine, Usage};
use crate::transport::Dialer;
use crate::types::Instant;

/// Passes everything on; tells the dialer which address failed or worked (rule L13), and the error
/// of an attempt what was tried.
pub(super) struct Tap<'a, O> {
    pub(super) owner: &'a mut O,
    pub(super) dialer: &'a mut Dialer,
    /// The address of the stream, where there is one.
    pub(super) peer: Option<SocketAddr>,
}

impl<O> Tap<'_, O> {
    fn failed(&mut self, error: &mut ConnectError) {
        let tried = self.dialer.attempted();
        error.set_attempted(Attempted {
            host: tried.host.to_string(),
            port: tried.port,
            address: self.peer.or(tried.address),
        });
        if error.stage() == Some(Stage::Mqtt)
            && let Some(peer) = self.peer
        {
            match error.broker_answered() {
                Some(true) => self.dialer.worked(peer),
                Some(false) => self.dialer.failed(peer),
                None => {}
            }
        }
    }
}

impl<T, O: Host<T>> Host<T> for Tap<'_, O> {
    fn take_commands(&mut self, into: &mut VecDeque<Command<T>>) {
        self.owner.take_commands(into);
    }

    fn publish_state(&mut self, machine: &Machine<T>, now: Instant) {
        self.owner.publish_state(machine, now);
    }

    fn released(&mut self, usage: Usage) {
        self.owner.released(usage);
    }

    fn event(&mut self, mut event: Event) {
        match &mut event.kind {
            EventKind::ConnectFailed(error) => self.failed(error),
            EventKind::Connected(_) => {
                if let Some(peer) = self.peer {
                    self.dialer.worked(peer);
                }
            }
            EventKind::Disconnected(_) => {}
        }
        self.owner.event(event);
    }

    fn deliver(&mut self, items: &mut Vec<Delivered<T>>, now: Instant) {
        self.owner.deliver(items, now);
    }

    fn received(&mut self, bytes: usize) {
        self.owner.received(bytes);
    }

    fn sent(&mut self, bytes: usize) {
        self.owner.sent(bytes);
    }

    fn wants_packets(&self) -> bool {
        self.owner.wants_packets()
    }

    fn packet(&mut self, direction: Direction, note: PacketNote) {
        self.owner.packet(direction, note);
    }

    fn deadline(&self) -> Option<Instant> {
        self.owner.deadline()
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.owner.handle_timeout(now);
    }
}
