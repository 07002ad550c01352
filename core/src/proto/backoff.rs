//! How long to wait before an attempt: exponential backoff with full jitter.

use std::time::Duration;

use super::Reconnect;

/// The delays of one client. Two with the same seed and options draw the same delays.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    factor: f64,
    most: Duration,
    /// How many delays were drawn since the last [`reset`](Self::reset).
    step: u32,
    random: Random,
}

impl Backoff {
    /// Delays by these options; `seed` decides the jitter.
    pub fn new(options: &Reconnect, seed: u64) -> Self {
        Backoff {
            first: options.first_delay,
            factor: options.factor,
            most: options.max_delay,
            step: 0,
            random: Random(seed),
        }
    }

    /// The next delay, between zero and [`bound`](Self::bound).
    pub fn next_delay(&mut self) -> Duration {
        let bound = self.bound();
        self.step = self.step.saturating_add(1);
        bound.mul_f64(self.random.fraction())
    }

    /// The next delay where the broker said that it is busy: between [`bound`](Self::bound) and
    /// twice that, as each attempt that it has to refuse keeps it from taking others in.
    pub fn next_busy_delay(&mut self) -> Duration {
        self.bound() + self.next_delay()
    }

    /// What the next delay cannot pass, unless the broker is busy.
    pub fn bound(&self) -> Duration {
        let exponent = i32::try_from(self.step).unwrap_or(i32::MAX);
        let seconds = self.first.as_secs_f64() * self.factor.powi(exponent);
        if seconds.is_finite() && seconds < self.most.as_secs_f64() {
            Duration::from_secs_f64(seconds)
        } else {
            self.most
        }
    }

    /// A connection has lasted: delays begin anew.
    pub fn reset(&mut self) {
        self.step = 0;
    }
}

/// SplitMix64: enough to keep clients apart, and the same everywhere.
#[derive(Clone, Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Evenly in 0 (included) to 1 (excluded).
    fn fraction(&mut self) -> f64 {
        const BITS: u32 = 53;
        (self.next() >> (64 - BITS)) as f64 / (1u64 << BITS) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn bounds_grow_by_the_factor_up_to_the_largest() {
        let options = Reconnect {
            first_delay: ms(100),
            factor: 3.0,
            max_delay: ms(2000),
            ..Reconnect::default()
        };
        let mut backoff = Backoff::new(&options, 7);
        let mut bounds = Vec::new();
        for _ in 0..5 {
            bounds.push(backoff.bound().as_millis());
            let bound = backoff.bound();
            assert!(backoff.next_delay() <= bound);
        }
        assert_eq!(bounds, [100, 300, 900, 2000, 2000]);
        backoff.reset();
        assert_eq!(backoff.bound(), ms(100));
        backoff.step = u32::MAX;
        assert_eq!(backoff.bound(), ms(2000));
    }

    #[test]
    fn a_busy_broker_is_given_a_bound_more() {
        let mut backoff = Backoff::new(&Reconnect::default(), 7);
        for seconds in [1, 2, 4] {
            let delay = backoff.next_busy_delay();
            let bound = ms(seconds * 1000);
            assert!((bound..bound * 2).contains(&delay), "{delay:?}");
        }
    }

    /// Full jitter: evenly from zero to the bound, and different for each seed.
    #[test]
    fn delays_are_spread_over_the_whole_bound() {
        let options = Reconnect::default();
        let first: Vec<f64> = (0..10_000)
            .map(|seed| Backoff::new(&options, seed).next_delay().as_secs_f64())
            .collect();
        let mean = first.iter().sum::<f64>() / first.len() as f64;
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
        for tenth in 0..10 {
            let (low, high) = (f64::from(tenth) / 10.0, f64::from(tenth + 1) / 10.0);
            let count = first.iter().filter(|d| (low..high).contains(*d)).count();
            assert!((850..1150).contains(&count), "{tenth}: {count}");
        }
    }
}
