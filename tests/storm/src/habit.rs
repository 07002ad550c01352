//! When a client tries again.

use crate::Ms;
use crate::rng::Rng;

/// Why an attempt came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nobody listens.
    Refused,
    /// Its own time was up.
    TimedOut,
    /// The broker's CONNACK says that it is busy (0x89).
    Busy,
}

/// What decides when a client tries again. Each call but [`opened`](Self::opened) and
/// [`accepted`](Self::accepted) gives the moment of the next step.
pub trait Habit {
    /// The broker has ended the connection: when to try again.
    fn lost(&mut self, now: Ms) -> Ms;

    /// An attempt begins: when it is given up.
    fn begin(&mut self, now: Ms) -> Ms;

    /// The TCP connection is there; CONNECT goes out.
    fn opened(&mut self, now: Ms) {
        let _ = now;
    }

    /// CONNACK came.
    fn accepted(&mut self, now: Ms) {
        let _ = now;
    }

    /// The attempt came to nothing: when to try again.
    fn failed(&mut self, now: Ms, failure: Failure) -> Ms;
}

/// A delay that grows by a factor, from one attempt to the next, and begins anew at CONNACK.
#[derive(Clone, Copy, Debug)]
pub struct Growing {
    /// The first one.
    pub first: Ms,
    /// By how much it grows; 1: not at all.
    pub factor: u32,
    /// It does not grow beyond this.
    pub most: Ms,
    /// It is longer or shorter by up to this part of itself, by chance.
    pub spread: f64,
    /// An attempt is given up after this time.
    pub connect_timeout: Ms,
    next: Ms,
    rng: Rng,
}

impl Growing {
    /// Always the same delay.
    pub const fn fixed(delay: Ms, connect_timeout: Ms) -> Self {
        Growing {
            first: delay,
            factor: 1,
            most: delay,
            spread: 0.0,
            connect_timeout,
            next: delay,
            rng: Rng::new(0),
        }
    }

    /// Twice as long each time.
    pub const fn doubling(first: Ms, most: Ms, connect_timeout: Ms) -> Self {
        Growing {
            factor: 2,
            most,
            ..Growing::fixed(first, connect_timeout)
        }
    }

    /// With chance: by up to `spread` of itself.
    #[must_use]
    pub const fn spread(self, spread: f64, seed: u64) -> Self {
        Growing {
            spread,
            rng: Rng::new(seed),
            ..self
        }
    }

    fn wait(&mut self, now: Ms) -> Ms {
        let delay = self.next;
        self.next = delay.saturating_mul(self.factor).min(self.most);
        let chance = (2.0 * self.rng.fraction() - 1.0) * self.spread;
        now + (f64::from(delay) * (1.0 + chance)) as Ms
    }
}

impl Habit for Growing {
    fn lost(&mut self, now: Ms) -> Ms {
        self.wait(now)
    }

    fn begin(&mut self, now: Ms) -> Ms {
        now + self.connect_timeout
    }

    fn accepted(&mut self, _: Ms) {
        self.next = self.first;
    }

    fn failed(&mut self, now: Ms, _: Failure) -> Ms {
        self.wait(now)
    }
}
