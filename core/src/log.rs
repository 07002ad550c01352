//! What the library says of itself: as `tracing` events of the target `mqttka`, and, where
//! somebody wants it, as text. Never a payload or a credential; a topic where nobody takes its messages.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

/// How much a record matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Level {
    /// The library cannot do what it should.
    Error = 1,
    /// Something needs the application's attention.
    Warn = 2,
    /// Not used today.
    Info = 3,
    /// What happens to a connection: attempts, CONNACK, subscriptions, pings, its end.
    Debug = 4,
    /// Each packet: its kind, size and identifier.
    Trace = 5,
}

impl Level {
    /// Its name, such as `warn`.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warn => "warn",
            Level::Info => "info",
            Level::Debug => "debug",
            Level::Trace => "trace",
        }
    }
}

/// One thing that the library says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// How much it matters.
    pub level: Level,
    /// The words, in one line.
    pub text: String,
}

/// Up to this level somebody wants text; 0 is nobody.
static WANTED: AtomicU8 = AtomicU8::new(0);

/// Takes records; it must not block.
static SINK: OnceLock<fn(Record)> = OnceLock::new();

/// From now on `sink` takes what is at this level and above; `None`: nothing.
pub(crate) fn send_to(level: Option<Level>, sink: fn(Record)) {
    SINK.get_or_init(|| sink);
    WANTED.store(level.map_or(0, |level| level as u8), Ordering::Relaxed);
}

/// Whether anybody wants records of this level.
pub(crate) fn enabled(level: Level) -> bool {
    level as u8 <= WANTED.load(Ordering::Relaxed) || traced::enabled(level)
}

/// Not under a lock: a `tracing` subscriber is the application's.
pub(crate) fn write(level: Level, text: fmt::Arguments<'_>) {
    traced::write(level, text);
    if level as u8 <= WANTED.load(Ordering::Relaxed)
        && let Some(sink) = SINK.get()
    {
        let text = text.to_string();
        sink(Record { level, text });
    }
}

/// As events of `tracing`.
#[cfg(feature = "engine")]
mod traced {
    use std::fmt;

    use super::Level;

    pub(super) fn enabled(level: Level) -> bool {
        match level {
            Level::Error => tracing::enabled!(target: "mqttka", tracing::Level::ERROR),
            Level::Warn => tracing::enabled!(target: "mqttka", tracing::Level::WARN),
            Level::Info => tracing::enabled!(target: "mqttka", tracing::Level::INFO),
            Level::Debug => tracing::enabled!(target: "mqttka", tracing::Level::DEBUG),
            Level::Trace => tracing::enabled!(target: "mqttka", tracing::Level::TRACE),
        }
    }

    pub(super) fn write(level: Level, text: fmt::Arguments<'_>) {
        match level {
            Level::Error => tracing::error!(target: "mqttka", "{text}"),
            Level::Warn => tracing::warn!(target: "mqttka", "{text}"),
            Level::Info => tracing::info!(target: "mqttka", "{text}"),
            Level::Debug => tracing::debug!(target: "mqttka", "{text}"),
            Level::Trace => tracing::trace!(target: "mqttka", "{text}"),
        }
    }
}

/// A host has no `tracing`: the callback is all that there is.
#[cfg(not(feature = "engine"))]
mod traced {
    use std::fmt;

    use super::Level;

    pub(super) fn enabled(_: Level) -> bool {
        false
    }

    pub(super) fn write(_: Level, _: fmt::Arguments<'_>) {}
}

/// `log!(Debug, "...", ...)`: the arguments are only looked at where somebody wants them.
macro_rules! log {
    ($level:ident, $($text:tt)+) => {
        if $crate::log::enabled($crate::log::Level::$level) {
            $crate::log::write($crate::log::Level::$level, format_args!($($text)+));
        }
    };
}

pub(crate) use log;
