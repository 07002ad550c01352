//! Errors
//!
//! Functions that can fail return MQTTKA_OK (0) or one of these numbers. They are one sequence
//! for calls and for the results of operations; a number is never reused for anything else.
use std::ffi::CStr;

/// Success.
pub const MQTTKA_OK: i32 = 0;

/// An argument or option has a value that it cannot have; mqttka_last_error() names it.
pub const MQTTKA_ERROR_INVALID_ARGUMENT: i32 = 1;
/// A topic name or topic filter breaks a rule of section 4.7 of the specification.
pub const MQTTKA_ERROR_INVALID_TOPIC: i32 = 2;
/// A string is not one that MQTT can carry (section 1.5.4): UTF-8, no U+0000, at most 65,535
/// bytes.
pub const MQTTKA_ERROR_INVALID_STRING: i32 = 3;
/// What was asked needs a connection, and there is none; operations only where the client does not
/// come back by itself (MQTTKA_OPTION_RECONNECT).
pub const MQTTKA_ERROR_NOT_CONNECTED: i32 = 4;
/// mqttka_client_connect() while connecting, connected or disconnecting.
pub const MQTTKA_ERROR_ALREADY_CONNECTED: i32 = 5;
/// The outbound queue is at its limit of messages or bytes; try again after completions came.
pub const MQTTKA_ERROR_QUEUE_FULL: i32 = 6;
/// The packet would be larger than the broker takes or than the protocol allows.
pub const MQTTKA_ERROR_PACKET_TOO_LARGE: i32 = 7;
/// The client was destroyed (as a result: before the outcome was known).
pub const MQTTKA_ERROR_CLOSED: i32 = 8;
/// The process was forked after the library had started its threads, and this is the child.
pub const MQTTKA_ERROR_FORKED: i32 = 9;
/// The library's threads could not be started.
pub const MQTTKA_ERROR_STARTUP: i32 = 10;
/// The system gives no memory for a copy of this size; mqttka_last_error() names it. Nothing was
/// changed.
pub const MQTTKA_ERROR_OUT_OF_MEMORY: i32 = 11;
/// mqttka_client_connect(): more than 1,024 events wait because a callback does not return.
pub const MQTTKA_ERROR_EVENTS_NOT_TAKEN: i32 = 12;
/// What was asked for is not in the MQTT version that is spoken; mqttka_last_error() says what it
/// needs. Nothing was done.
pub const MQTTKA_ERROR_NOT_SUPPORTED: i32 = 13;
/// Result only: the broker refused the operation; mqttka_result_reason_code() says why.
pub const MQTTKA_ERROR_REFUSED: i32 = 20;
/// Result only: the connection ended before the outcome was known, and no session keeps the
/// operation. Only where the client does not come back by itself.
pub const MQTTKA_ERROR_DISCONNECTED: i32 = 21;
/// Result only: the broker no longer had the session in which this publish was sent and not yet
/// acknowledged; it may or may not have arrived.
pub const MQTTKA_ERROR_SESSION_LOST: i32 = 22;
/// Result only: what the broker announced at CONNACK rules the operation out. It was not sent, but
/// for a QoS 2 publish that the broker answered by PUBACK (MQTTKA_FAULT_PUBACK_FOR_QOS2).
pub const MQTTKA_ERROR_NOT_SUPPORTED_BY_SERVER: i32 = 23;
/// Result only: the broker sent not one reason code per topic filter, so that it is unknown which
/// filter got which. The connection ends for it.
pub const MQTTKA_ERROR_WRONG_REASON_CODE_COUNT: i32 = 24;
/// Result only: the message's own expiry interval (MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL) passed
/// before it was sent.
pub const MQTTKA_ERROR_EXPIRED: i32 = 25;
/// Result only: the time passed that the publish had (mqttka_publish_options); where it was sent
/// already, it may have arrived.
pub const MQTTKA_ERROR_OPERATION_TIMED_OUT: i32 = 26;
/// Result only: the outbound queue was full, and the operation gave up its place
/// (MQTTKA_OPTION_QUEUE_POLICY).
pub const MQTTKA_ERROR_DROPPED: i32 = 27;
/// Result only: the broker ended connection after connection at this operation
/// (MQTTKA_OPTION_POISON_AFTER).
pub const MQTTKA_ERROR_POISON: i32 = 28;
/// Result only: the program cancelled it before it was sent (mqttka_canceller_cancel()).
pub const MQTTKA_ERROR_CANCELLED: i32 = 29;
/// Result only: a re-authentication failed on this side (mqttka_client_reauthenticate()).
pub const MQTTKA_ERROR_AUTHENTICATION: i32 = 30;
/// A pointer that must not be NULL is NULL.
pub const MQTTKA_ERROR_NULL: i32 = 40;
/// This version of the library does not know this option, property or key, or it is of another
/// type than the function's.
pub const MQTTKA_ERROR_UNKNOWN_OPTION: i32 = 41;
/// The header that the program was compiled with and the library do not fit together.
pub const MQTTKA_ERROR_ABI_MISMATCH: i32 = 42;
/// mqttka_client_destroy_and_wait() inside a callback of the same client; nothing was changed.
pub const MQTTKA_ERROR_WOULD_DEADLOCK: i32 = 43;
/// mqttka_client_destroy_and_wait(): the time is over and callbacks still run. mqttka_stream_next():
/// it is over, and no message came.
pub const MQTTKA_ERROR_TIMED_OUT: i32 = 44;
/// A getter: this event, message, result or client has no such value (now).
pub const MQTTKA_ERROR_NOT_PRESENT: i32 = 45;
/// A bug in mqttka, caught before it reached your program. Please report it with
/// mqttka_last_error().
pub const MQTTKA_ERROR_PANIC: i32 = 46;
/// mqttka_stream_next(): the stream's subscription was ended, and no message is left.
pub const MQTTKA_ERROR_UNSUBSCRIBED: i32 = 47;
/// mqttka_connection_request_*(): the request was answered before; nothing was done.
pub const MQTTKA_ERROR_ALREADY_ANSWERED: i32 = 48;

/// The meaning of an error number in English.
pub(crate) fn text_of(error: i32) -> &'static CStr {
    match error {
        MQTTKA_OK => c"success",
        MQTTKA_ERROR_INVALID_ARGUMENT => c"invalid argument",
        MQTTKA_ERROR_INVALID_TOPIC => c"invalid topic",
        MQTTKA_ERROR_INVALID_STRING => c"invalid string",
        MQTTKA_ERROR_NOT_CONNECTED => c"not connected",
        MQTTKA_ERROR_ALREADY_CONNECTED => c"already connecting or connected",
        MQTTKA_ERROR_QUEUE_FULL => c"the outbound queue is full",
        MQTTKA_ERROR_PACKET_TOO_LARGE => c"packet too large",
        MQTTKA_ERROR_CLOSED => c"the client is closed",
        MQTTKA_ERROR_FORKED => c"the process was forked after mqttka started its threads",
        MQTTKA_ERROR_STARTUP => c"could not start the library's threads",
        MQTTKA_ERROR_EVENTS_NOT_TAKEN => c"too many events wait for the event callback",
        MQTTKA_ERROR_OUT_OF_MEMORY => c"out of memory",
        MQTTKA_ERROR_NOT_SUPPORTED => c"not in this MQTT version",
        MQTTKA_ERROR_REFUSED => c"refused by the broker",
        MQTTKA_ERROR_DISCONNECTED => c"disconnected before the outcome was known",
        MQTTKA_ERROR_SESSION_LOST => c"the broker lost the session; delivery is unknown",
        MQTTKA_ERROR_NOT_SUPPORTED_BY_SERVER => c"not possible with this broker",
        MQTTKA_ERROR_WRONG_REASON_CODE_COUNT => c"the broker sent a wrong number of reason codes",
        MQTTKA_ERROR_EXPIRED => c"the message expired before it was sent",
        MQTTKA_ERROR_OPERATION_TIMED_OUT => c"timed out before the outcome was known",
        MQTTKA_ERROR_DROPPED => c"dropped from the full outbound queue",
        MQTTKA_ERROR_POISON => c"the broker ended connection after connection at it",
        MQTTKA_ERROR_CANCELLED => c"cancelled before it was sent",
        MQTTKA_ERROR_AUTHENTICATION => c"re-authentication failed",
        MQTTKA_ERROR_NULL => c"a required pointer is NULL",
        MQTTKA_ERROR_UNKNOWN_OPTION => c"unknown option, property or key",
        MQTTKA_ERROR_ABI_MISMATCH => c"header and library do not fit together",
        MQTTKA_ERROR_WOULD_DEADLOCK => c"a blocking destroy inside a callback would never return",
        MQTTKA_ERROR_TIMED_OUT => c"timed out",
        MQTTKA_ERROR_NOT_PRESENT => c"no such value",
        MQTTKA_ERROR_PANIC => c"internal error in mqttka",
        MQTTKA_ERROR_UNSUBSCRIBED => c"unsubscribed",
        MQTTKA_ERROR_ALREADY_ANSWERED => c"the request was answered before",
        _ => c"unknown error",
    }
}
