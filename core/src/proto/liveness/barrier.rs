//! PINGREQs that follow what was queued, so that their answers say that it was read (rule L6). They
//! are in Q as all others, in the order of the stream, and are no reason for which one that is due
//! (rule L5) would wait, before the socket took them.

use super::{Liveness, Ping};
use crate::types::Instant;

impl Liveness {
    /// A PINGREQ was put behind everything queued, and ends at `end`.
    pub fn on_barrier_queued(&mut self, now: Instant, end: u64) {
        let ping = Ping {
            barrier: true,
            ..self.ping(now, end)
        };
        self.pings.push_back(ping);
    }

    /// Where the oldest unanswered PINGREQ ends: what is before it was read when a PINGRESP comes.
    pub fn oldest_ping_end(&self) -> Option<u64> {
        self.pings.front().map(|ping| ping.end)
    }

    /// Where the newest one ends.
    pub fn last_ping_end(&self) -> Option<u64> {
        self.pings.back().map(|ping| ping.end)
    }

    /// How many are unanswered.
    pub fn unanswered(&self) -> usize {
        self.pings.len()
    }

    /// Whether one that follows what is queued waits for the socket.
    pub fn has_unsent_barrier(&self) -> bool {
        let mut pings = self.pings.iter();
        pings.any(|ping| ping.barrier && ping.handed_over_at.is_none())
    }

    /// Whether nothing asks the broker for a sign of life: what waits behind a backlog does not yet.
    pub(super) fn asks_nothing(&self) -> bool {
        self.pings
            .iter()
            .all(|ping| ping.barrier && ping.handed_over_at.is_none())
    }

    pub(super) fn ping(&self, now: Instant, end: u64) -> Ping {
        Ping {
            end,
            queued_at: now,
            silence: now.saturating_since(self.inbound().max(self.last_outbound)),
            barrier: false,
            handed_over_at: None,
            reached_at: None,
        }
    }

    /// Takes one that went ahead of others: they end two bytes later.
    pub(super) fn insert(&mut self, ping: Ping) {
        let begin = ping.end - 2;
        let place = self.pings.partition_point(|it| it.end <= begin);
        for later in self.pings.iter_mut().skip(place) {
            later.end += 2;
        }
        self.pings.insert(place, ping);
    }
}
