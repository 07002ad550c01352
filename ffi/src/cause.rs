//! Causes
//!
//! Why a connection or an attempt ended: the values of MQTTKA_EVENT_CAUSE and
//! MQTTKA_EVENT_STAGE. No number is both a cause (below 100) and a connect error (from 101).
use std::ffi::c_char;

use crate::guard;

/// No sign of life came over the path for 1.5 times the keep-alive.
pub const MQTTKA_CAUSE_KEEP_ALIVE_TIMEOUT: i32 = 1;
/// The broker's system acknowledged our PINGREQ, but its process did not answer it.
pub const MQTTKA_CAUSE_SERVER_UNRESPONSIVE: i32 = 2;
/// The broker closed the connection without DISCONNECT.
pub const MQTTKA_CAUSE_CLOSED_BY_SERVER: i32 = 3;
/// The operating system ended the connection (reset, unreachable, ...), or TLS or WebSocket did:
/// MQTTKA_EVENT_TRANSPORT_ERROR says what.
pub const MQTTKA_CAUSE_TRANSPORT: i32 = 4;
/// The broker sent DISCONNECT; MQTTKA_EVENT_REASON_CODE says why.
pub const MQTTKA_CAUSE_SERVER_DISCONNECT: i32 = 5;
/// The broker's bytes were not what the specification allows.
pub const MQTTKA_CAUSE_PROTOCOL: i32 = 6;
/// The message callback was so slow that the limit was passed
/// (MQTTKA_OPTION_INBOUND_QUEUE_MAX_BYTES).
pub const MQTTKA_CAUSE_INBOUND_OVERFLOW: i32 = 7;
/// mqttka_client_disconnect() was called.
pub const MQTTKA_CAUSE_DISCONNECT_REQUESTED: i32 = 8;
/// mqttka_client_destroy() was called.
pub const MQTTKA_CAUSE_CLIENT_CLOSED: i32 = 9;
/// The system no longer has the connection's local address; found after
/// mqttka_client_network_changed().
pub const MQTTKA_CAUSE_NETWORK_LOST: i32 = 10;
/// The library's own engine ended: the program closed its descriptors or the system took what it
/// runs on, or it has a bug.
pub const MQTTKA_CAUSE_ENGINE_FAILED: i32 = 11;
/// The system took the socket away, as it does with an app that was frozen or a device that slept.
pub const MQTTKA_CAUSE_RECLAIMED_BY_SYSTEM: i32 = 12;
/// A re-authentication failed on this side; mqttka_event_description() says why.
pub const MQTTKA_CAUSE_AUTHENTICATION: i32 = 13;

/// The attempt took too long; MQTTKA_EVENT_STAGE says in which stage it stood.
pub const MQTTKA_CONNECT_ERROR_TIMEOUT: i32 = 101;
/// The name did not resolve, the port refused, the certificate has expired, ...; MQTTKA_EVENT_STAGE
/// says which stage failed, MQTTKA_EVENT_TRANSPORT_ERROR why.
pub const MQTTKA_CONNECT_ERROR_TRANSPORT: i32 = 102;
/// The broker closed the connection before CONNACK.
pub const MQTTKA_CONNECT_ERROR_CLOSED_BY_SERVER: i32 = 103;
/// The broker's CONNACK refused; MQTTKA_EVENT_REASON_CODE says why.
pub const MQTTKA_CONNECT_ERROR_REFUSED: i32 = 104;
/// The broker's bytes were not what the specification allows.
pub const MQTTKA_CONNECT_ERROR_PROTOCOL: i32 = 105;
/// mqttka_client_disconnect() was called.
pub const MQTTKA_CONNECT_ERROR_DISCONNECT_REQUESTED: i32 = 106;
/// mqttka_client_destroy() was called.
pub const MQTTKA_CONNECT_ERROR_CLIENT_CLOSED: i32 = 107;
/// The library's own engine ended; see MQTTKA_CAUSE_ENGINE_FAILED.
pub const MQTTKA_CONNECT_ERROR_ENGINE_FAILED: i32 = 108;
/// The connection provider gave nothing to connect with; MQTTKA_EVENT_PROVIDER_MESSAGE says why.
pub const MQTTKA_CONNECT_ERROR_PROVIDER: i32 = 109;
/// The authenticator gave up, or found that the broker is not the right one;
/// mqttka_event_description() says why.
pub const MQTTKA_CONNECT_ERROR_AUTHENTICATION: i32 = 110;

/// Resolving the broker's name.
pub const MQTTKA_STAGE_DNS: i32 = 1;
/// Opening the TCP connection, to the proxy where there is one; or the Unix socket.
pub const MQTTKA_STAGE_TCP: i32 = 2;
/// The TLS handshake.
pub const MQTTKA_STAGE_TLS: i32 = 3;
/// The WebSocket upgrade.
pub const MQTTKA_STAGE_WEBSOCKET: i32 = 4;
/// Waiting for CONNACK.
pub const MQTTKA_STAGE_MQTT: i32 = 5;
/// The proxy's tunnel: between MQTTKA_STAGE_TCP and MQTTKA_STAGE_TLS.
pub const MQTTKA_STAGE_PROXY: i32 = 6;
/// Waiting for the connection provider: before MQTTKA_STAGE_DNS.
pub const MQTTKA_STAGE_PROVIDER: i32 = 7;

/// The name of an MQTTKA_CAUSE_* or MQTTKA_CONNECT_ERROR_* number as logs print it, such as
/// "keep_alive_timeout" or "refused", NUL-terminated. Never NULL; "unknown" for other numbers.
/// Static; not to be freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_cause_string(cause: i32) -> *const c_char {
    guard::value("mqttka_cause_string", c"unknown".as_ptr(), || {
        match cause {
            MQTTKA_CAUSE_KEEP_ALIVE_TIMEOUT => c"keep_alive_timeout",
            MQTTKA_CAUSE_SERVER_UNRESPONSIVE => c"server_unresponsive",
            MQTTKA_CAUSE_SERVER_DISCONNECT => c"server_disconnect",
            MQTTKA_CAUSE_INBOUND_OVERFLOW => c"inbound_overflow",
            MQTTKA_CAUSE_NETWORK_LOST => c"network_lost",
            MQTTKA_CAUSE_RECLAIMED_BY_SYSTEM => c"reclaimed_by_system",
            MQTTKA_CONNECT_ERROR_PROVIDER => c"provider",
            MQTTKA_CAUSE_AUTHENTICATION | MQTTKA_CONNECT_ERROR_AUTHENTICATION => c"authentication",
            MQTTKA_CONNECT_ERROR_TIMEOUT => c"timeout",
            MQTTKA_CONNECT_ERROR_REFUSED => c"refused",
            MQTTKA_CAUSE_CLOSED_BY_SERVER | MQTTKA_CONNECT_ERROR_CLOSED_BY_SERVER => {
                c"closed_by_server"
            }
            MQTTKA_CAUSE_TRANSPORT | MQTTKA_CONNECT_ERROR_TRANSPORT => c"transport",
            MQTTKA_CAUSE_PROTOCOL | MQTTKA_CONNECT_ERROR_PROTOCOL => c"protocol",
            MQTTKA_CAUSE_DISCONNECT_REQUESTED | MQTTKA_CONNECT_ERROR_DISCONNECT_REQUESTED => {
                c"disconnect_requested"
            }
            MQTTKA_CAUSE_CLIENT_CLOSED | MQTTKA_CONNECT_ERROR_CLIENT_CLOSED => c"client_closed",
            MQTTKA_CAUSE_ENGINE_FAILED | MQTTKA_CONNECT_ERROR_ENGINE_FAILED => c"engine_failed",
            _ => c"unknown",
        }
        .as_ptr()
    })
}

/// The name of an MQTTKA_STAGE_* number as logs print it, such as "tcp", NUL-terminated. Never
/// NULL; "unknown" for other numbers. Static; not to be freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_stage_string(stage: i32) -> *const c_char {
    guard::value("mqttka_stage_string", c"unknown".as_ptr(), || {
        match stage {
            MQTTKA_STAGE_DNS => c"dns",
            MQTTKA_STAGE_TCP => c"tcp",
            MQTTKA_STAGE_TLS => c"tls",
            MQTTKA_STAGE_WEBSOCKET => c"web_socket",
            MQTTKA_STAGE_MQTT => c"mqtt",
            MQTTKA_STAGE_PROXY => c"proxy",
            MQTTKA_STAGE_PROVIDER => c"provider",
            _ => c"unknown",
        }
        .as_ptr()
    })
}
