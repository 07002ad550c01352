//! What time it is for one client.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::clock;
use crate::types::Instant;

/// The system's, or what a host tells that has a time of its own.
#[derive(Debug, Default)]
pub(super) struct Time {
    /// In nanoseconds; 0: the system's clock knows.
    told: AtomicU64,
}

impl Time {
    pub(super) fn now(&self) -> Instant {
        match self.told.load(Ordering::Relaxed) {
            0 => clock::now(),
            nanos => Instant::from_nanos(nanos),
        }
    }

    /// From now on nothing else counts.
    pub(super) fn tell(&self, now: Instant) {
        let nanos = now.as_nanos().max(1);
        self.told.store(nanos, Ordering::Relaxed);
    }
}
