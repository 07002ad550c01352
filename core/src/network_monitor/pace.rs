//! How often the monitor looks, at most.

use std::time::Duration;

use crate::types::Instant;

/// What comes within this time of the first notice is one change.
const SHORTEST: Duration = Duration::from_millis(100);

/// Where notices do not end, as where containers come and go: one look in this time.
const LONGEST: Duration = Duration::from_secs(1);

/// Waits longer the longer notices go on, and is quick again after a pause.
#[derive(Debug)]
pub(super) struct Pace {
    wait: Duration,
    looked: Option<Instant>,
}

impl Pace {
    pub(super) fn new() -> Self {
        Pace {
            wait: SHORTEST,
            looked: None,
        }
    }

    /// A notice came: how long to wait before looking.
    pub(super) fn wait(&mut self, now: Instant) -> Duration {
        let goes_on = self
            .looked
            .is_some_and(|looked| now.saturating_since(looked) < LONGEST);
        self.wait = if goes_on {
            (self.wait * 2).min(LONGEST)
        } else {
            SHORTEST
        };
        self.wait
    }

    /// It was looked at.
    pub(super) fn looked(&mut self, now: Instant) {
        self.looked = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::from_nanos(millis * 1_000_000)
    }

    #[test]
    fn notices_that_do_not_end_cost_one_look_in_a_second() {
        let mut pace = Pace::new();
        let (mut now, mut looks) = (0, 0);
        while now < 60_000 {
            // The next notice is there at once.
            now += u64::try_from(pace.wait(at(now)).as_millis()).unwrap();
            pace.looked(at(now));
            looks += 1;
        }
        assert!(looks < 65, "{looks}");
    }

    #[test]
    fn after_a_pause_it_is_quick_again() {
        let mut pace = Pace::new();
        assert_eq!(pace.wait(at(0)), SHORTEST);
        pace.looked(at(100));
        assert_eq!(pace.wait(at(150)), 2 * SHORTEST);
        pace.looked(at(350));
        assert_eq!(pace.wait(at(1_350)), SHORTEST);
    }
}
