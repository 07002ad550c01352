//! Reasons to stop
//!
//! Why a client does not try again by itself: the values of MQTTKA_EVENT_STOP_REASON. After those of
//! 1 to 9 trying again cannot help, as a rule; MQTTKA_OPTION_RECONNECT_RETRY_ON makes the client try
//! all the same.
use std::ffi::c_char;

use crate::guard;

/// The broker refused the User Name, the Password or the client's rights.
pub const MQTTKA_STOP_CREDENTIALS: i32 = 1;
/// The broker refused the Client Identifier.
pub const MQTTKA_STOP_CLIENT_IDENTIFIER: i32 = 2;
/// The broker has banned the client.
pub const MQTTKA_STOP_BANNED: i32 = 3;
/// Another client with the same Client Identifier has connected.
pub const MQTTKA_STOP_SESSION_TAKEN_OVER: i32 = 4;
/// The broker does not speak the protocol version.
pub const MQTTKA_STOP_PROTOCOL_VERSION: i32 = 5;
/// The server's certificate is not valid or not trusted, or the server wants another one of the
/// client.
pub const MQTTKA_STOP_CERTIFICATE: i32 = 6;
/// The broker does not take what CONNECT says, the Will for example.
pub const MQTTKA_STOP_CONFIGURATION: i32 = 7;
/// The broker says that another server is to be used, and MQTTKA_OPTION_MAX_REDIRECTS does not let
/// the client follow, or it followed that often.
pub const MQTTKA_STOP_MOVED: i32 = 8;
/// Connections in a row ended because the broker's bytes were not what the specification or the
/// client's limits allow.
pub const MQTTKA_STOP_PROTOCOL: i32 = 9;
/// As many attempts failed as MQTTKA_OPTION_RECONNECT_MAX_ATTEMPTS allows.
pub const MQTTKA_STOP_MAX_ATTEMPTS: i32 = 20;
/// MQTTKA_OPTION_RECONNECT_MAX_TIME_MS has passed.
pub const MQTTKA_STOP_MAX_TIME: i32 = 21;
/// mqttka_client_disconnect() was called while the client waited to try again.
pub const MQTTKA_STOP_DISCONNECT_REQUESTED: i32 = 22;
/// mqttka_client_destroy() was called while the client waited to try again.
pub const MQTTKA_STOP_CLIENT_CLOSED: i32 = 23;
/// The connection provider said that there is nothing to connect with.
pub const MQTTKA_STOP_PROVIDER: i32 = 24;
/// The library's own engine ended; see MQTTKA_CAUSE_ENGINE_FAILED.
pub const MQTTKA_STOP_ENGINE_FAILED: i32 = 25;

/// The name of an MQTTKA_STOP_* number as logs print it, such as "session_taken_over",
/// NUL-terminated. Never NULL; "unknown" for other numbers. Static; not to be freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_stop_reason_string(reason: i32) -> *const c_char {
    guard::value("mqttka_stop_reason_string", c"unknown".as_ptr(), || {
        match reason {
            MQTTKA_STOP_CREDENTIALS => c"credentials",
            MQTTKA_STOP_CLIENT_IDENTIFIER => c"client_identifier",
            MQTTKA_STOP_BANNED => c"banned",
            MQTTKA_STOP_SESSION_TAKEN_OVER => c"session_taken_over",
            MQTTKA_STOP_PROTOCOL_VERSION => c"protocol_version",
            MQTTKA_STOP_CERTIFICATE => c"certificate",
            MQTTKA_STOP_CONFIGURATION => c"configuration",
            MQTTKA_STOP_MOVED => c"moved",
            MQTTKA_STOP_PROTOCOL => c"protocol",
            MQTTKA_STOP_MAX_ATTEMPTS => c"max_attempts",
            MQTTKA_STOP_MAX_TIME => c"max_time",
            MQTTKA_STOP_DISCONNECT_REQUESTED => c"disconnect_requested",
            MQTTKA_STOP_CLIENT_CLOSED => c"client_closed",
            MQTTKA_STOP_PROVIDER => c"provider",
            MQTTKA_STOP_ENGINE_FAILED => c"engine_failed",
            _ => c"unknown",
        }
        .as_ptr()
    })
}
