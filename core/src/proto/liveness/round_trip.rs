//! How long answers take: an average and its deviation, as TCP keeps them (RFC 6298).

use std::time::Duration;

/// A smoothed time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Smoothed {
    mean: Duration,
    deviation: Duration,
    known: Known,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Known {
    #[default]
    Nothing,
    /// Something that it cannot be longer than.
    AtMost,
    Measured,
}

impl Smoothed {
    /// No longer than this; the first measured one takes its place.
    pub(super) fn at_most(time: Duration) -> Self {
        Smoothed {
            mean: time,
            deviation: Duration::ZERO,
            known: Known::AtMost,
        }
    }

    /// One was measured.
    pub(super) fn add(&mut self, time: Duration) {
        if self.known == Known::Measured {
            self.deviation = self.deviation * 3 / 4 + self.mean.abs_diff(time) / 4;
            self.mean = self.mean * 7 / 8 + time / 8;
        } else {
            (self.mean, self.deviation) = (time, time / 2);
        }
        self.known = Known::Measured;
    }

    /// The average, where anything is known.
    pub(super) fn mean(&self) -> Option<Duration> {
        (self.known != Known::Nothing).then_some(self.mean)
    }

    /// What takes longer is out of the ordinary: several times the average, or far from it where
    /// they differ.
    pub(super) fn ordinary(&self) -> Duration {
        (self.mean * 3).max(self.mean + self.deviation * 4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn what_is_measured_takes_the_place_of_what_is_assumed() {
        let mut time = Smoothed::default();
        assert_eq!((time.mean(), time.ordinary()), (None, ms(0)));
        time = Smoothed::at_most(ms(900));
        assert_eq!((time.mean(), time.ordinary()), (Some(ms(900)), ms(2700)));
        time.add(ms(40));
        assert_eq!((time.mean(), time.ordinary()), (Some(ms(40)), ms(120)));
    }

    #[test]
    fn one_that_is_long_is_remembered_for_a_while() {
        let mut time = Smoothed::default();
        for _ in 0..20 {
            time.add(ms(40));
        }
        time.add(ms(8000));
        assert!(time.ordinary() > ms(8000), "{time:?}");
        for _ in 0..40 {
            time.add(ms(40));
        }
        assert!(time.ordinary() < ms(200), "{time:?}");
    }

    #[test]
    fn steady_ones_are_ordinary_however_long() {
        let mut time = Smoothed::default();
        for _ in 0..100 {
            time.add(ms(6500));
        }
        assert!(time.ordinary() >= ms(19_000), "{time:?}");
    }
}
