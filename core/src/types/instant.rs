use std::fmt;
use std::ops::{Add, AddAssign, Sub};
use std::time::Duration;

/// A point on a monotonic clock that also counts while the device sleeps, in
/// nanoseconds since an origin that only the engine's clock knows.
///
/// Unlike `std::time::Instant` it can be made from a number, so tests drive the pure core in
/// virtual time. Arithmetic saturates: no schedule, however extreme, panics.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(u64);

impl Instant {
    /// The clock's origin.
    pub const ORIGIN: Instant = Instant(0);

    /// The point `nanos` nanoseconds after the origin.
    pub const fn from_nanos(nanos: u64) -> Self {
        Instant(nanos)
    }

    /// Nanoseconds since the origin.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Time from `earlier` to `self`; zero where `earlier` is later.
    pub const fn saturating_since(self, earlier: Instant) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// The first of these; none where there is none. The clock's end, some 584 years away, is never.
    ///
    /// What is not there counts as that end: `flatten().min()` became a comparison of what is not there, too, whose result nobody
    /// used, and valgrind reported it to whoever looked for faults of his own program.
    #[inline]
    pub(crate) fn earliest(all: impl IntoIterator<Item = Option<Instant>>) -> Option<Instant> {
        const END: Instant = Instant(u64::MAX);
        let times = all.into_iter().map(|it| it.unwrap_or(END));
        let earliest = times.fold(END, Ord::min);
        (earliest != END).then_some(earliest)
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl Add<Duration> for Instant {
    type Output = Instant;
    fn add(self, duration: Duration) -> Instant {
        Instant(self.0.saturating_add(nanos(duration)))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

impl Sub<Duration> for Instant {
    type Output = Instant;
    fn sub(self, duration: Duration) -> Instant {
        Instant(self.0.saturating_sub(nanos(duration)))
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6}s", self.0 as f64 / 1e9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_is_of_those_that_are_there() {
        let [first, second] = [5, 9].map(Instant::from_nanos);
        assert_eq!(Instant::earliest([]), None);
        assert_eq!(Instant::earliest([None, None]), None);
        assert_eq!(Instant::earliest([None, Some(second)]), Some(second));
        let all = [Some(second), None, Some(first)];
        assert_eq!(Instant::earliest(all), Some(first));
        assert_eq!(
            Instant::earliest([None, Some(Instant::ORIGIN)]),
            Some(Instant::ORIGIN)
        );
    }

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        assert_eq!(Instant::ORIGIN - Duration::from_secs(1), Instant::ORIGIN);
        assert_eq!(
            Instant::from_nanos(u64::MAX) + Duration::MAX,
            Instant::from_nanos(u64::MAX)
        );
        assert_eq!(
            Instant::ORIGIN.saturating_since(Instant::from_nanos(5)),
            Duration::ZERO
        );
    }
}
