//! The deadlines of a connection, one place for all of them: an enum indexes a table.
//!
//! Liveness is not in it. What it waits for follows from what it knows
//! ([`Liveness::deadline`](super::liveness::Liveness::deadline)), and would have to be copied
//! here with every byte that comes or goes.

use crate::types::Instant;

/// What a deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// From the call of `connect` to CONNACK.
    Connect,
    /// From the hint to CONNACK of a connection that is to take the place of a living one.
    Standby,
    /// How long a re-authentication may take.
    Authentication,
    /// When the next attempt begins by itself.
    Reconnect,
    /// How long `disconnect` waits for acknowledgements before the goodbye begins.
    Drain,
    /// When an operation expires, or nobody waits for it any more. It outlives connections.
    Operations,
    /// When what is cancelled is looked for. It outlives connections, too.
    Sweep,
    /// When the limit on the rate of operations lets the next one go.
    Pace,
    /// When DISCONNECT goes out, whatever is still queued.
    Farewell,
    /// The end of a goodbye.
    Goodbye,
}

const COUNT: usize = Timer::Goodbye as usize + 1;

/// Which deadlines are set.
#[derive(Clone, Debug, Default)]
pub(super) struct Timers([Option<Instant>; COUNT]);

impl Timers {
    pub(super) fn set(&mut self, timer: Timer, at: Instant) {
        self.0[timer as usize] = Some(at);
    }

    /// Sets it to this moment, unless it is set to an earlier one.
    pub(super) fn advance(&mut self, timer: Timer, at: Instant) {
        let slot = &mut self.0[timer as usize];
        *slot = Some(slot.map_or(at, |earlier| earlier.min(at)));
    }

    pub(super) fn clear(&mut self, timer: Timer) {
        self.0[timer as usize] = None;
    }

    /// All but what outlives a connection.
    pub(super) fn end_connection(&mut self) {
        let outlives = [Timer::Operations, Timer::Sweep].map(|timer| (timer, self.get(timer)));
        *self = Timers::default();
        for (timer, at) in outlives {
            self.0[timer as usize] = at;
        }
    }

    pub(super) fn get(&self, timer: Timer) -> Option<Instant> {
        self.0[timer as usize]
    }

    /// Whether this deadline is set and has come. It stays set.
    pub(super) fn is_due(&self, timer: Timer, now: Instant) -> bool {
        self.0[timer as usize].is_some_and(|at| now >= at)
    }

    /// The earliest.
    pub(super) fn next(&self) -> Option<Instant> {
        Instant::earliest(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_that_is_set_counts() {
        let at = Instant::from_nanos;
        let mut timers = Timers::default();
        assert_eq!(timers.next(), None);
        assert!(!timers.is_due(Timer::Connect, at(u64::MAX)));
        timers.set(Timer::Goodbye, at(7));
        timers.set(Timer::Connect, at(5));
        assert_eq!(timers.next(), Some(at(5)));
        assert!(timers.is_due(Timer::Connect, at(5)));
        assert!(!timers.is_due(Timer::Goodbye, at(6)));
        timers.clear(Timer::Connect);
        assert_eq!(timers.next(), Some(at(7)));
        timers.advance(Timer::Goodbye, at(8));
        assert_eq!(timers.next(), Some(at(7)));
        timers.advance(Timer::Goodbye, at(3));
        timers.advance(Timer::Drain, at(9));
        assert_eq!(timers.next(), Some(at(3)));
        assert!(timers.is_due(Timer::Drain, at(9)));
    }
}
