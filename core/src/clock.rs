//! The only file that reads a clock (rule L2).
//!
//! | system | `now` | counts while the system sleeps |
//! |---|---|---|
//! | Linux, Android | CLOCK_BOOTTIME | yes |
//! | macOS, iOS | CLOCK_MONOTONIC_RAW (mach_continuous_time) | yes |
//! | Windows, others | `std::time::Instant` | Windows: yes; others: not promised |
//! | WebAssembly | what the host tells | not promised |
//!
//! `awake` is the clock that stands still meanwhile, where the system has one; the difference
//! tells that the system slept (rule L10).

#[cfg(feature = "engine")]
use std::time::Duration;

use crate::types::Instant;

/// Both clocks at one moment.
#[cfg(feature = "engine")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// Monotonic, counts sleep.
    pub(crate) now: Instant,
    /// Monotonic, does not count sleep.
    pub(crate) awake: Instant,
}

#[cfg(feature = "engine")]
impl Reading {
    /// How long the system slept between `earlier` and this reading.
    pub(crate) fn slept_since(&self, earlier: &Reading) -> Duration {
        let all = self.now.saturating_since(earlier.now);
        all.saturating_sub(self.awake.saturating_since(earlier.awake))
    }
}

/// The time now.
pub(crate) fn now() -> Instant {
    system::now()
}

/// The time now, on both clocks.
#[cfg(feature = "engine")]
pub(crate) fn read() -> Reading {
    // In this order a delay between the two looks like less sleep, never like more.
    let now = system::now();
    let awake = system::awake();
    Reading { now, awake }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use rustix::time::{ClockId, Timespec, clock_gettime};

    use crate::types::Instant;

    fn instant(time: Timespec) -> Instant {
        let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
        let nanos = u64::try_from(time.tv_nsec).unwrap_or_default();
        Instant::from_nanos(seconds.saturating_mul(1_000_000_000).saturating_add(nanos))
    }

    pub(super) fn now() -> Instant {
        instant(clock_gettime(ClockId::Boottime))
    }

    #[cfg(feature = "engine")]
    pub(super) fn awake() -> Instant {
        instant(clock_gettime(ClockId::Monotonic))
    }
}

#[cfg(target_vendor = "apple")]
mod system {
    use crate::types::Instant;

    fn read(clock: libc::clockid_t) -> Instant {
        let mut time = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: `time` is a valid place for a timespec for the whole call.
        let result = unsafe { libc::clock_gettime(clock, &raw mut time) };
        // These clocks always exist; a failure leaves zero, which stops time but breaks nothing.
        debug_assert_eq!(result, 0);
        let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
        let nanos = u64::try_from(time.tv_nsec).unwrap_or_default();
        Instant::from_nanos(seconds.saturating_mul(1_000_000_000).saturating_add(nanos))
    }

    pub(super) fn now() -> Instant {
        // mach_continuous_time: the ticks of `awake` and those of sleep. Apple's CLOCK_MONOTONIC
        // follows corrections of the wall clock; beside `awake` they would look like sleep.
        read(libc::CLOCK_MONOTONIC_RAW)
    }

    #[cfg(feature = "engine")]
    pub(super) fn awake() -> Instant {
        read(libc::CLOCK_UPTIME_RAW)
    }
}

/// Sets the clock where there is none.
#[cfg(target_family = "wasm")]
pub(crate) fn set(now: Instant) {
    system::set(now);
}

/// Whoever drives the client tells the time.
#[cfg(target_family = "wasm")]
mod system {
    use std::sync::atomic::{AtomicU64, Ordering};

    use crate::types::Instant;

    static NOW: AtomicU64 = AtomicU64::new(0);

    pub(super) fn set(now: Instant) {
        NOW.fetch_max(now.as_nanos(), Ordering::Relaxed);
    }

    pub(super) fn now() -> Instant {
        Instant::from_nanos(NOW.load(Ordering::Relaxed))
    }

    #[cfg(feature = "engine")]
    pub(super) fn awake() -> Instant {
        now()
    }
}

#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_vendor = "apple",
    target_family = "wasm"
)))]
mod system {
    use std::sync::OnceLock;

    use crate::types::Instant;

    #[allow(clippy::disallowed_methods, reason = "this is the clock")]
    pub(super) fn now() -> Instant {
        static ORIGIN: OnceLock<std::time::Instant> = OnceLock::new();
        let origin = *ORIGIN.get_or_init(std::time::Instant::now);
        let nanos = u64::try_from(origin.elapsed().as_nanos()).unwrap_or(u64::MAX);
        // Not the origin itself, so that "before the start" can be said.
        Instant::from_nanos(nanos.saturating_add(1_000_000_000))
    }

    #[cfg(feature = "engine")]
    pub(super) fn awake() -> Instant {
        now()
    }
}

#[cfg(all(test, feature = "engine"))]
mod tests {
    use super::*;

    #[test]
    fn goes_forward_and_a_machine_that_is_awake_has_not_slept() {
        let first = read();
        let second = read();
        assert!(second.now >= first.now);
        assert!(second.slept_since(&first) < Duration::from_secs(1));
    }
}
