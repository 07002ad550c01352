//! Between driver and owner: what the engine itself wants to know of an event, and what it knows of
//! an attempt that the machine does not.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::driver::{Host, SeenPacket, Wanted};
use crate::error::{Attempted, ConnectError};
use crate::proto::{AuthenticationQuestion, Command, Delivered, Event, EventKind, Machine, Usage};
use crate::types::Instant;

/// Who knows what an attempt tries.
pub(crate) trait Attempts {
    /// What the attempt under way, or the one that has ended last, tried.
    fn attempted(&self, now: Instant) -> Option<Attempted>;

    /// CONNACK came.
    fn worked(&mut self);

    /// The attempt came to nothing, or its broker serves nobody.
    fn failed(&mut self);

    /// The broker says that another server is to be used; `for_good`: from now on.
    fn refer(&mut self, reference: &str, for_good: bool);
}

/// Passes everything on; tells the connector what failed or worked (rule L13), and the events of an
/// attempt what was tried.
pub(crate) struct Tap<'a, O, C> {
    pub(crate) owner: &'a mut O,
    pub(crate) connector: &'a mut C,
    /// The time of the turn.
    pub(crate) now: Instant,
}

impl<O, C: Attempts> Tap<'_, O, C> {
    fn failed(&mut self, error: &mut ConnectError, attempted: Option<&Attempted>) {
        if let Some(attempted) = attempted {
            error.set_attempted(attempted.clone());
        }
        match error.broker_answered() {
            Some(true) => self.connector.worked(),
            Some(false) => self.connector.failed(),
            None => {}
        }
    }
}

impl<T, O: Host<T>, C: Attempts> Host<T> for Tap<'_, O, C> {
    fn take_commands(&mut self, into: &mut VecDeque<Command<T>>) {
        self.owner.take_commands(into);
    }

    fn publish_state(&mut self, machine: &Machine<T>, now: Instant) {
        self.owner.publish_state(machine, now);
    }

    fn released(&mut self, usage: Usage) {
        self.owner.released(usage);
    }

    fn takes_events(&self) -> bool {
        self.owner.takes_events()
    }

    fn provide(&mut self, machine: &Machine<T>, now: Instant) {
        self.owner.provide(machine, now);
    }

    fn authenticate(&mut self, question: AuthenticationQuestion) {
        self.owner.authenticate(question);
    }

    fn refer(&mut self, reference: &str, for_good: bool) {
        self.connector.refer(reference, for_good);
    }

    fn event(&mut self, mut event: Event) {
        let attempted = match &mut event.kind {
            EventKind::ConnectFailed(error) => {
                let attempted = self.connector.attempted(self.now);
                self.failed(error, attempted.as_ref());
                attempted
            }
            EventKind::Connected(_) | EventKind::Moved(_) => {
                self.connector.worked();
                self.connector.attempted(self.now)
            }
            _ => None,
        };
        event.attempted = attempted.map(Arc::new);
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

    fn wants_packets(&self) -> Wanted {
        self.owner.wants_packets()
    }

    fn packet(&mut self, packet: SeenPacket<'_>) {
        self.owner.packet(packet);
    }

    fn deadline(&self) -> Option<Instant> {
        self.owner.deadline()
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.owner.handle_timeout(now);
    }
}
