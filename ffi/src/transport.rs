//! Transports
//!
//! What carries MQTT to the broker, and what can be wrong with it: the values of
//! MQTTKA_OPTION_TRANSPORT, MQTTKA_EVENT_TRANSPORT and MQTTKA_EVENT_TRANSPORT_ERROR.
use std::ffi::c_char;

use crate::guard;

/// TCP: mqtt://, port 1883.
pub const MQTTKA_TRANSPORT_TCP: i32 = 1;
/// TLS over TCP: mqtts://, port 8883.
pub const MQTTKA_TRANSPORT_TLS: i32 = 2;
/// WebSocket over TCP: ws://, port 80.
pub const MQTTKA_TRANSPORT_WEB_SOCKET: i32 = 3;
/// WebSocket over TLS: wss://, port 443.
pub const MQTTKA_TRANSPORT_WEB_SOCKET_TLS: i32 = 4;
/// A Unix socket: unix://.
pub const MQTTKA_TRANSPORT_UNIX: i32 = 5;

/// The operating system's; MQTTKA_EVENT_OS_ERROR has its number, where there is one.
pub const MQTTKA_TRANSPORT_ERROR_SYSTEM: i32 = 1;
/// The peer closed the connection in the middle of a stage.
pub const MQTTKA_TRANSPORT_ERROR_CLOSED: i32 = 2;
/// The socket hook refused the socket, or has not returned from an earlier call.
pub const MQTTKA_TRANSPORT_ERROR_SOCKET_HOOK: i32 = 3;
/// This build of the library has no such transport.
pub const MQTTKA_TRANSPORT_ERROR_NOT_BUILT: i32 = 4;
/// The system does not let the program reach devices of the local network: it has not the user's
/// permission.
pub const MQTTKA_TRANSPORT_ERROR_PERMISSION_LOCAL_NETWORK: i32 = 5;
/// The server's certificate has expired.
pub const MQTTKA_TRANSPORT_ERROR_CERTIFICATE_EXPIRED: i32 = 10;
/// The server's certificate is not valid yet: its time has not come, or this device's clock is
/// wrong.
pub const MQTTKA_TRANSPORT_ERROR_CERTIFICATE_NOT_YET_VALID: i32 = 11;
/// No trusted authority has issued the server's certificate.
pub const MQTTKA_TRANSPORT_ERROR_UNKNOWN_ISSUER: i32 = 12;
/// The server's certificate is for other names; MQTTKA_EVENT_TRANSPORT_MESSAGE says which.
pub const MQTTKA_TRANSPORT_ERROR_WRONG_HOST: i32 = 13;
/// The server's certificate was revoked.
pub const MQTTKA_TRANSPORT_ERROR_CERTIFICATE_REVOKED: i32 = 14;
/// The server's certificate is invalid for another reason, or the verifier refused it.
pub const MQTTKA_TRANSPORT_ERROR_CERTIFICATE_INVALID: i32 = 15;
/// The server's public key is none of the pins.
pub const MQTTKA_TRANSPORT_ERROR_PIN_MISMATCH: i32 = 16;
/// The server refused with a TLS alert; MQTTKA_EVENT_TRANSPORT_STATUS has its number,
/// MQTTKA_EVENT_TRANSPORT_MESSAGE its name.
pub const MQTTKA_TRANSPORT_ERROR_TLS_ALERT: i32 = 17;
/// Server and client have no TLS version in common.
pub const MQTTKA_TRANSPORT_ERROR_NO_COMMON_TLS_VERSION: i32 = 18;
/// Server and client have no cipher suite or key exchange in common.
pub const MQTTKA_TRANSPORT_ERROR_NO_COMMON_CIPHER: i32 = 19;
/// The server's bytes are not TLS as its specification has it.
pub const MQTTKA_TRANSPORT_ERROR_TLS_PROTOCOL: i32 = 20;
/// The server did not upgrade to WebSocket; MQTTKA_EVENT_TRANSPORT_STATUS has its HTTP status.
pub const MQTTKA_TRANSPORT_ERROR_UPGRADE_REFUSED: i32 = 30;
/// The server's bytes are not WebSocket as its specification has it.
pub const MQTTKA_TRANSPORT_ERROR_WEB_SOCKET_PROTOCOL: i32 = 31;
/// The server closed the WebSocket; MQTTKA_EVENT_TRANSPORT_STATUS has its close code,
/// MQTTKA_EVENT_TRANSPORT_MESSAGE its reason.
pub const MQTTKA_TRANSPORT_ERROR_WEB_SOCKET_CLOSED: i32 = 32;
/// The proxy did not open a tunnel; MQTTKA_EVENT_TRANSPORT_STATUS has its HTTP status or SOCKS
/// reply.
pub const MQTTKA_TRANSPORT_ERROR_PROXY_REFUSED: i32 = 40;
/// The proxy wants other credentials; MQTTKA_EVENT_TRANSPORT_STATUS has its HTTP status, where it
/// is an HTTP proxy.
pub const MQTTKA_TRANSPORT_ERROR_PROXY_AUTHENTICATION: i32 = 41;
/// The proxy's bytes are not its protocol.
pub const MQTTKA_TRANSPORT_ERROR_PROXY_PROTOCOL: i32 = 42;

/// The name of an MQTTKA_TRANSPORT_* number as logs print it, such as "web_socket_tls",
/// NUL-terminated. Never NULL; "unknown" for other numbers. Static; not to be freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_transport_string(transport: i32) -> *const c_char {
    guard::value("mqttka_transport_string", c"unknown".as_ptr(), || {
        match transport {
            MQTTKA_TRANSPORT_TCP => c"tcp",
            MQTTKA_TRANSPORT_TLS => c"tls",
            MQTTKA_TRANSPORT_WEB_SOCKET => c"web_socket",
            MQTTKA_TRANSPORT_WEB_SOCKET_TLS => c"web_socket_tls",
            MQTTKA_TRANSPORT_UNIX => c"unix",
            _ => c"unknown",
        }
        .as_ptr()
    })
}

/// The name of an MQTTKA_TRANSPORT_ERROR_* number as logs print it, such as "unknown_issuer",
/// NUL-terminated. Never NULL; "unknown" for other numbers. Static; not to be freed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_transport_error_string(error: i32) -> *const c_char {
    guard::value("mqttka_transport_error_string", c"unknown".as_ptr(), || {
        match error {
            MQTTKA_TRANSPORT_ERROR_SYSTEM => c"system",
            MQTTKA_TRANSPORT_ERROR_CLOSED => c"closed",
            MQTTKA_TRANSPORT_ERROR_SOCKET_HOOK => c"socket_hook",
            MQTTKA_TRANSPORT_ERROR_NOT_BUILT => c"not_built",
            MQTTKA_TRANSPORT_ERROR_PERMISSION_LOCAL_NETWORK => c"permission_local_network",
            MQTTKA_TRANSPORT_ERROR_CERTIFICATE_EXPIRED => c"certificate_expired",
            MQTTKA_TRANSPORT_ERROR_CERTIFICATE_NOT_YET_VALID => c"certificate_not_yet_valid",
            MQTTKA_TRANSPORT_ERROR_UNKNOWN_ISSUER => c"unknown_issuer",
            MQTTKA_TRANSPORT_ERROR_WRONG_HOST => c"wrong_host",
            MQTTKA_TRANSPORT_ERROR_CERTIFICATE_REVOKED => c"certificate_revoked",
            MQTTKA_TRANSPORT_ERROR_CERTIFICATE_INVALID => c"certificate_invalid",
            MQTTKA_TRANSPORT_ERROR_PIN_MISMATCH => c"pin_mismatch",
            MQTTKA_TRANSPORT_ERROR_TLS_ALERT => c"tls_alert",
            MQTTKA_TRANSPORT_ERROR_NO_COMMON_TLS_VERSION => c"no_common_tls_version",
            MQTTKA_TRANSPORT_ERROR_NO_COMMON_CIPHER => c"no_common_cipher",
            MQTTKA_TRANSPORT_ERROR_TLS_PROTOCOL => c"tls_protocol",
            MQTTKA_TRANSPORT_ERROR_UPGRADE_REFUSED => c"upgrade_refused",
            MQTTKA_TRANSPORT_ERROR_WEB_SOCKET_PROTOCOL => c"web_socket_protocol",
            MQTTKA_TRANSPORT_ERROR_WEB_SOCKET_CLOSED => c"web_socket_closed",
            MQTTKA_TRANSPORT_ERROR_PROXY_REFUSED => c"proxy_refused",
            MQTTKA_TRANSPORT_ERROR_PROXY_AUTHENTICATION => c"proxy_authentication",
            MQTTKA_TRANSPORT_ERROR_PROXY_PROTOCOL => c"proxy_protocol",
            _ => c"unknown",
        }
        .as_ptr()
    })
}
