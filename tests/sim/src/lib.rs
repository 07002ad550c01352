//! The promise of mqttka, tested in virtual time.
//!
//! The pure state machine of `mqttka-core` runs against models that are pure themselves: two
//! directions of a [`link`], a [`tcp`] endpoint at each end, a [`broker`], and an application.
//! The [`world`] steps from one moment at which something happens to the next, so hours of
//! keep-alive take milliseconds; nothing sleeps, and a seed repeats every run.
//!
//! The [`oracle`] sees what the client cannot: when the last byte truly arrived, in either
//! direction. It judges by that truth, and by nothing that the client reports of itself.
//!
//! The random schedules of `tests/random.rs` print the seed of each failure. `MQTTKA_SEED=n` runs
//! one of them again, `MQTTKA_SCHEDULES=n` says how many are run.

pub mod app;
pub mod broker;
pub mod days;
pub mod far;
pub mod link;
pub mod load;
pub mod oracle;
pub mod rng;
pub mod schedule;
pub mod script;
pub mod tcp;
pub mod world;

use std::time::Duration;

use mqttka_core::types::Instant;

/// Milliseconds, for readable schedules.
pub const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Seconds, for readable schedules.
pub const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// The moment this long after the beginning of the world.
pub fn at(after: Duration) -> Instant {
    Instant::ORIGIN + after
}

/// The earliest of several moments, some of which never come.
pub(crate) fn earliest(moments: impl IntoIterator<Item = Option<Instant>>) -> Option<Instant> {
    moments.into_iter().flatten().min()
}
