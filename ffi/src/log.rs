//! Logs
//!
//! What the library says of itself, for people who look for a fault: never a payload or a password,
//! and topics in two warnings alone: of messages that nobody takes, and of a stream that nobody
//! reads. Without a callback it says nothing, and it writes nowhere.
use std::ffi::{CString, c_char, c_void};
use std::sync::Arc;

use mqttka_core::client::log::{Callback, Level, Record, set_callback};

use crate::guard;
use crate::handle;
use crate::user_data::UserPointer;

/// The library cannot do what it should.
pub const MQTTKA_LOG_ERROR: i32 = 1;
/// Something needs attention: a stream that nobody reads, messages that nobody took.
pub const MQTTKA_LOG_WARN: i32 = 2;
/// Not used today.
pub const MQTTKA_LOG_INFO: i32 = 3;
/// What happens to a connection: name resolution, attempts, CONNACK, subscriptions, pings, its end.
pub const MQTTKA_LOG_DEBUG: i32 = 4;
/// Each packet: its kind, size and identifier.
pub const MQTTKA_LOG_TRACE: i32 = 5;

/// One thing that the library says. Called on a thread of the library, one call at a time, in order;
/// never inside one of your calls. text: one line of English, NUL-terminated, valid until the
/// callback returns. user_data is that of mqttka_set_log_callback().
pub type mqttka_log_fn =
    Option<unsafe extern "C" fn(level: i32, text: *const c_char, user_data: *mut c_void)>;

/// Sets the callback for logs, one for the process: it hears of all clients. The last one set
/// stands; an earlier one may still be called once while this returns. It may block: up to 1,024
/// records then wait, and further ones are dropped and counted in a record of their own. Before the
/// first mqttka_client_new() or later. Any thread.
///
/// level: MQTTKA_LOG_*; records of this level and of smaller numbers come.
/// callback: NULL: nobody any more. user_data: what callback receives; used on the library's
/// threads until the process ends or another callback was set and none of this one runs.
///
/// MQTTKA_OK, MQTTKA_ERROR_INVALID_ARGUMENT (level), MQTTKA_ERROR_STARTUP, MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_set_log_callback(
    level: i32,
    callback: mqttka_log_fn,
    user_data: *mut c_void,
) -> i32 {
    guard::client_status("mqttka_set_log_callback", || {
        let level = match handle::number(i64::from(level), 1..=5, "level")? {
            MQTTKA_LOG_ERROR => Level::Error,
            MQTTKA_LOG_WARN => Level::Warn,
            MQTTKA_LOG_INFO => Level::Info,
            MQTTKA_LOG_DEBUG => Level::Debug,
            _ => Level::Trace,
        };
        let user_data = UserPointer::new(user_data);
        let callback = callback.map(|callback| -> Callback {
            Arc::new(move |record: &Record| {
                let text = record.text.replace('\0', " ");
                // No NUL is left.
                let text = CString::new(text).unwrap_or_default();
                // SAFETY: the application's function with the arguments that its type promises.
                unsafe { callback(record.level as i32, text.as_ptr(), user_data.get()) }
            })
        });
        Ok(set_callback(level, callback)?)
    })
}
