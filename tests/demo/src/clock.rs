//! The one clock of the demo: `CLOCK_BOOTTIME`, which the C program reads as well.

use rustix::time::{ClockId, clock_gettime};

/// A moment, in nanoseconds since boot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) i64);

impl Moment {
    /// The present.
    pub(crate) fn now() -> Self {
        let now = clock_gettime(ClockId::Boottime);
        Self(now.tv_sec * 1_000_000_000 + now.tv_nsec)
    }

    /// Reads `seconds.nanoseconds`, as the C program writes it (nine decimals).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (seconds, nanoseconds) = text.split_once('.')?;
        if nanoseconds.len() != 9 {
            return None;
        }
        let seconds: i64 = seconds.parse().ok()?;
        let nanoseconds: i64 = nanoseconds.parse().ok()?;
        Some(Self(seconds * 1_000_000_000 + nanoseconds))
    }

    /// Seconds from `earlier` until this moment.
    pub(crate) fn since(self, earlier: Self) -> f64 {
        (self.0 - earlier.0) as f64 / 1e9
    }

    /// This moment, `seconds` later.
    pub(crate) fn plus(self, seconds: f64) -> Self {
        Self(self.0 + (seconds * 1e9) as i64)
    }
}
