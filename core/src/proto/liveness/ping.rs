//! When a PINGREQ leaves (rule L5).
//!
//! A radio that sleeps costs far more to wake than two bytes cost to send. So a PINGREQ that is not
//! due yet goes along where the radio or the engine is awake anyway: with whatever is written, from P/2
//! of silence on; where the engine runs for another reason, such as another client's ping, from P/5
//! before it is due. Who writes more often than P is therefore never woken by a ping. What counts
//! here is the peer's silence (I), not the last acknowledgement (E): the ping that is saved waits for I.

use std::time::Duration;

use super::times::Times;
use super::{Liveness, send_margin};
use crate::types::Instant;

impl Liveness {
    /// No silence longer than this, whatever a long Keep Alive allows
    /// ([`Config::adaptive_ping`](crate::proto::Config::adaptive_ping)).
    pub fn set_silence(&mut self, silence: Duration) {
        self.judged = self.judged_by.map(|k| Times::with_silence(k, silence));
    }

    /// The longest silence that may be set: P.
    pub fn longest_silence(&self) -> Option<Duration> {
        self.judged_by.map(|k| Times::new(k).ping)
    }

    /// The silence before the oldest ping, where nothing was heard since.
    pub fn unanswered_silence(&self) -> Option<Duration> {
        let ping = self.pings.front()?;
        (self.evidence() <= ping.queued_at).then_some(ping.silence)
    }

    /// Whether a PINGREQ is due. Never while an earlier one still waits for the socket.
    pub fn ping_due(&self, now: Instant) -> bool {
        self.ping_now && self.may_ping() || self.ping_at().is_some_and(|at| now >= at)
    }

    /// Whether a PINGREQ is to go with what is written now.
    pub fn rides_with_write(&self, now: Instant) -> bool {
        self.pings.is_empty()
            && self
                .judged
                .is_some_and(|times| now >= self.inbound() + times.ping / 2)
    }

    /// From when on a PINGREQ goes where the engine is awake for another reason; `None` where one is
    /// on its way.
    pub fn early_at(&self) -> Option<Instant> {
        if !self.pings.is_empty() {
            return None;
        }
        let quiet = self
            .judged
            .map(|times| self.inbound() + times.ping - times.ping / 5);
        let wire = self.wire.map(|k| {
            let after = k - send_margin(k);
            self.last_outbound + after - after / 5
        });
        Instant::earliest([quiet, wire])
    }

    pub(super) fn may_ping(&self) -> bool {
        // One that follows what is queued may wait for long, and no other does for it.
        self.pings
            .iter()
            .all(|ping| ping.barrier || ping.handed_over_at.is_some())
    }

    pub(super) fn ping_at(&self) -> Option<Instant> {
        if !self.may_ping() {
            return None;
        }
        let quiet = match self.judged {
            Some(times) if self.asks_nothing() => Some(self.inbound() + times.ping),
            _ => None,
        };
        let wire = self.wire.map(|k| self.last_outbound + (k - send_margin(k)));
        Instant::earliest([quiet, wire])
    }
}
