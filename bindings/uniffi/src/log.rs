//! The library's own words, for the host's logger.

use std::sync::Arc;

use mqttka_core::client::log::{self, Level, Record};
use mqttka_core::client::process_is_ending;

use crate::{ListenerError, MqttkaError};

/// How much a record matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum LogLevel {
    /// The library cannot do what it should.
    Error,
    /// Something needs the application's attention.
    Warn,
    /// Not used today.
    Info,
    /// What happens to a connection: attempts, CONNACK, subscriptions, pings, its end.
    Debug,
    /// Each packet: its kind, size and identifier.
    Trace,
}

/// One thing that the library says; never a payload, a topic of a packet or a credential.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct LogRecord {
    /// How much it matters.
    pub level: LogLevel,
    /// The words, in one line.
    pub text: String,
}

/// Hears what the library says, one call at a time, in order, on a thread of the library's own.
#[uniffi::export(foreign)]
pub trait LogListener: Send + Sync {
    /// The library says something.
    fn on_record(&self, record: LogRecord) -> Result<(), ListenerError>;
}

/// Calls `listener` with all records at this level and above (`Warn` hears `Error`, too); none:
/// nobody any more. There is one for the process; the last one set stands. It may block: up to
/// 1,024 records then wait, and further ones are counted and dropped.
#[uniffi::export]
pub fn set_log_listener(
    level: LogLevel,
    listener: Option<Arc<dyn LogListener>>,
) -> Result<(), MqttkaError> {
    let callback = listener.map(|listener| -> log::Callback {
        Arc::new(move |record| {
            // The foreign language's runtime may be gone.
            if process_is_ending() {
                return;
            }
            // Nobody but itself could be told that it failed.
            let _ = listener.on_record(record.into());
        })
    });
    Ok(log::set_callback(level.into(), callback)?)
}

impl From<LogLevel> for Level {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Error => Level::Error,
            LogLevel::Warn => Level::Warn,
            LogLevel::Info => Level::Info,
            LogLevel::Debug => Level::Debug,
            LogLevel::Trace => Level::Trace,
        }
    }
}

impl From<&Record> for LogRecord {
    fn from(record: &Record) -> Self {
        LogRecord {
            level: match record.level {
                Level::Error => LogLevel::Error,
                Level::Warn => LogLevel::Warn,
                Level::Info => LogLevel::Info,
                Level::Debug => LogLevel::Debug,
                Level::Trace => LogLevel::Trace,
            },
            text: record.text.clone(),
        }
    }
}
