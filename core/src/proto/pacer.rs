//! A token bucket for operations ([`RateLimit`]), kept as the moment at which what was sent so far is
//! paid for: nothing ticks, and nothing is rounded up to more than the limit.

use super::RateLimit;
use crate::types::Instant;

const SECOND: u64 = 1_000_000_000;

/// What may leave now. It outlives connections.
#[derive(Clone, Debug)]
pub(super) struct Pacer {
    /// What one operation takes, in nanoseconds; 0: nothing.
    operation: u64,
    bytes_per_second: u64,
    /// Nanoseconds that may be made up for.
    burst: u64,
    /// When the operations so far are paid for.
    operations_paid: u64,
    /// When their bytes are.
    bytes_paid: u64,
}

impl Pacer {
    pub(super) fn new(limit: &RateLimit) -> Self {
        let per_second = u64::from(limit.messages_per_second);
        Pacer {
            operation: if per_second == 0 {
                0
            } else {
                SECOND.div_ceil(per_second)
            },
            bytes_per_second: limit.bytes_per_second.into(),
            burst: u64::try_from(limit.burst.as_nanos()).unwrap_or(u64::MAX),
            operations_paid: 0,
            bytes_paid: 0,
        }
    }

    /// From when on the next operation may leave.
    pub(super) fn ready_at(&self) -> Instant {
        let paid = self.operations_paid.max(self.bytes_paid);
        Instant::from_nanos(paid.saturating_sub(self.burst))
    }

    /// An operation of so many bytes leaves.
    pub(super) fn spend(&mut self, now: Instant, bytes: u64) {
        let now = now.as_nanos();
        let operation = self.operation;
        self.operations_paid = self.operations_paid.max(now).saturating_add(operation);
        if self.bytes_per_second > 0 {
            let time = bytes.saturating_mul(SECOND).div_ceil(self.bytes_per_second);
            self.bytes_paid = self.bytes_paid.max(now).saturating_add(time);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// When each of so many operations leaves that wait from `start` on, in milliseconds.
    fn leave(pacer: &mut Pacer, start: u64, count: usize, bytes: u64) -> Vec<u64> {
        let mut now = Instant::from_nanos(start * 1_000_000);
        (0..count)
            .map(|_| {
                now = now.max(pacer.ready_at());
                pacer.spend(now, bytes);
                now.as_nanos() / 1_000_000
            })
            .collect()
    }

    fn burst(limit: RateLimit, millis: u64) -> Pacer {
        Pacer::new(&RateLimit {
            burst: Duration::from_millis(millis),
            ..limit
        })
    }

    #[test]
    fn what_was_not_used_is_made_up_for_within_the_burst() {
        let mut pacer = burst(RateLimit::messages(100), 30);
        let times = leave(&mut pacer, 1000, 7, 5000);
        assert_eq!(times, [1000, 1000, 1000, 1000, 1010, 1020, 1030]);
        // However long the pause was, not more than that.
        let times = leave(&mut pacer, 9000, 6, 5000);
        assert_eq!(times, [9000, 9000, 9000, 9000, 9010, 9020]);
    }

    #[test]
    fn without_a_burst_they_are_evenly_spaced() {
        let mut pacer = burst(RateLimit::messages(10), 0);
        let times = leave(&mut pacer, 500, 4, 1);
        assert_eq!(times, [500, 600, 700, 800]);
    }

    #[test]
    fn a_large_one_leaves_and_those_that_follow_wait_for_it() {
        let mut pacer = burst(RateLimit::bytes(1000), 100);
        assert_eq!(leave(&mut pacer, 0, 1, 5000), [0]);
        assert_eq!(leave(&mut pacer, 0, 3, 100), [4900, 5000, 5100]);
    }

    #[test]
    fn both_limits_hold() {
        let mut pacer = burst(
            RateLimit {
                messages_per_second: 10,
                ..RateLimit::bytes(1000)
            },
            0,
        );
        assert_eq!(leave(&mut pacer, 0, 3, 10), [0, 100, 200]);
        assert_eq!(leave(&mut pacer, 300, 3, 300), [300, 600, 900]);
    }

    /// A limit that does not divide a second is not exceeded by rounding, and the largest of all
    /// panics nowhere.
    #[test]
    fn no_limit_is_exceeded_by_rounding() {
        let mut pacer = burst(RateLimit::messages(7), 0);
        let mut now = Instant::from_nanos(1);
        for _ in 0..7000 {
            pacer.spend(now, 0);
            now = pacer.ready_at();
        }
        assert!(now.as_nanos() > 1000 * SECOND, "{now:?}");
        let mut pacer = Pacer::new(&RateLimit {
            messages_per_second: u32::MAX,
            bytes_per_second: 1,
            burst: Duration::MAX,
        });
        for _ in 0..3 {
            pacer.spend(Instant::from_nanos(u64::MAX), 268_435_460);
        }
        assert_eq!(pacer.ready_at(), Instant::from_nanos(0));
    }
}
