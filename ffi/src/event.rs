//! Events
//!
//! Lifecycle events, as the event callback receives them. Every MQTTKA_EVENT_CONNECTED is
//! followed by exactly one MQTTKA_EVENT_DISCONNECTED with the first cause; an attempt that does
//! not come so far ends in exactly one MQTTKA_EVENT_CONNECT_FAILED. An event is valid until its
//! callback returns; within that time any thread may read it.
use std::ffi::{CString, c_char};
use std::time::Duration;

use mqttka_core::client::{
    Attempted, ConnectError, Connected, DisconnectCause, Disconnected, Event, EventKind,
    PropertyId, ReasonCode, Stage, Transport, TransportError,
};

use crate::guard::{self, Failure};
use crate::handle;
use crate::once::Once;

/// The broker accepted the connection.
pub const MQTTKA_EVENT_CONNECTED: i32 = 1;
/// The connection ended.
pub const MQTTKA_EVENT_DISCONNECTED: i32 = 2;
/// The connection attempt ended without a connection.
pub const MQTTKA_EVENT_CONNECT_FAILED: i32 = 3;

/// Number: counts connection attempts, from 1. The messages of a connection bear it too, so that
/// both lanes can be brought into one order. All events.
pub const MQTTKA_EVENT_CONNECTION_NUMBER: i32 = 1;
/// Number: counts attempts since the last connection that came about, from 1. All events.
pub const MQTTKA_EVENT_ATTEMPT_NUMBER: i32 = 2;
/// Number: why. DISCONNECTED: MQTTKA_CAUSE_*. CONNECT_FAILED: MQTTKA_CONNECT_ERROR_*. The two have
/// no number in common, and mqttka_cause_string() knows both.
pub const MQTTKA_EVENT_CAUSE: i32 = 3;
/// Number: the reason code of the broker's CONNACK or DISCONNECT, or the one that its protocol
/// error deserves. MQTT 3.1.1's return codes appear as the reason codes of the same meaning.
pub const MQTTKA_EVENT_REASON_CODE: i32 = 4;
/// Number: MQTTKA_STAGE_*, how far the attempt came. CONNECT_FAILED.
pub const MQTTKA_EVENT_STAGE: i32 = 5;
/// Number: the operating system's error number (errno), where it reported one.
pub const MQTTKA_EVENT_OS_ERROR: i32 = 6;
/// Number: 1 where the broker still had the session (section 3.2.2.1.1), else 0. CONNECTED.
pub const MQTTKA_EVENT_SESSION_PRESENT: i32 = 7;
/// Number: the effective keep-alive in seconds: the broker's, where it imposes one (section
/// 3.2.2.3.14). CONNECTED, DISCONNECTED.
pub const MQTTKA_EVENT_KEEP_ALIVE: i32 = 8;
/// Number: milliseconds from the last byte of the broker to the end. DISCONNECTED.
pub const MQTTKA_EVENT_LAST_INBOUND_AGE_MS: i32 = 9;
/// Number: milliseconds from the last sign of life (a byte of the broker, or its system's
/// acknowledgement of bytes of ours) to the end. DISCONNECTED.
pub const MQTTKA_EVENT_LAST_EVIDENCE_AGE_MS: i32 = 10;
/// Number: how many PINGREQs had no answer at the end. DISCONNECTED.
pub const MQTTKA_EVENT_UNANSWERED_PINGS: i32 = 11;
/// Number: milliseconds from the oldest of them to the end. DISCONNECTED, where there was one.
pub const MQTTKA_EVENT_OLDEST_PING_AGE_MS: i32 = 12;
/// Number: how many unacknowledged QoS 1 and 2 messages the broker takes. CONNECTED.
pub const MQTTKA_EVENT_SERVER_RECEIVE_MAXIMUM: i32 = 13;
/// Number: the largest packet the broker takes, in bytes. CONNECTED.
pub const MQTTKA_EVENT_SERVER_MAXIMUM_PACKET_SIZE: i32 = 14;
/// Number: the highest QoS the broker takes. CONNECTED.
pub const MQTTKA_EVENT_SERVER_MAXIMUM_QOS: i32 = 15;
/// Number: 1 where the broker keeps retained messages, else 0. CONNECTED.
pub const MQTTKA_EVENT_SERVER_RETAIN_AVAILABLE: i32 = 16;
/// Number: the port that was tried. CONNECTED, CONNECT_FAILED; not of a Unix socket.
pub const MQTTKA_EVENT_PORT: i32 = 17;
/// Number: MQTTKA_TRANSPORT_ERROR_*: what the transport reported. DISCONNECTED with
/// MQTTKA_CAUSE_TRANSPORT, CONNECT_FAILED with MQTTKA_CONNECT_ERROR_TRANSPORT.
pub const MQTTKA_EVENT_TRANSPORT_ERROR: i32 = 18;
/// Number: what the peer gave with it: the number of a TLS alert, an HTTP status (proxy, WebSocket
/// upgrade), a SOCKS reply, a WebSocket close code. Where there is one.
pub const MQTTKA_EVENT_TRANSPORT_STATUS: i32 = 19;
/// Number: which of the servers it was, from 0: the last that was tried. CONNECTED, CONNECT_FAILED.
pub const MQTTKA_EVENT_SERVER_INDEX: i32 = 20;
/// Number: MQTTKA_TRANSPORT_*: what carries MQTT. CONNECTED, CONNECT_FAILED.
pub const MQTTKA_EVENT_TRANSPORT: i32 = 21;
/// Number: 1 where the resolver had not answered for a second, and an address that an earlier
/// attempt had found was tried, else 0. CONNECTED, CONNECT_FAILED.
pub const MQTTKA_EVENT_REMEMBERED_ADDRESS: i32 = 22;
/// String: the broker's Reason String (section 3.2.2.3.9), where it sent one.
pub const MQTTKA_EVENT_REASON_STRING: i32 = 100;
/// String: the Client Identifier that the broker assigned. CONNECTED, where it did.
pub const MQTTKA_EVENT_ASSIGNED_CLIENT_ID: i32 = 101;
/// String: another server to use (section 4.11), where the broker names one. DISCONNECTED,
/// CONNECT_FAILED.
pub const MQTTKA_EVENT_SERVER_REFERENCE: i32 = 102;
/// String: the broker's Response Information (section 3.2.2.3.15). CONNECTED, where it sent some.
pub const MQTTKA_EVENT_RESPONSE_INFORMATION: i32 = 103;
/// String: the IP address that was tried last, such as "192.0.2.7", the proxy's where there is one.
/// CONNECTED, CONNECT_FAILED, where the attempt came so far; not of a Unix socket.
pub const MQTTKA_EVENT_ADDRESS: i32 = 104;
/// String: the host that was tried, as it was set; the path of a Unix socket. CONNECTED,
/// CONNECT_FAILED.
pub const MQTTKA_EVENT_HOST: i32 = 105;
/// String: the proxy between, as host:port. CONNECTED, CONNECT_FAILED, where there is one.
pub const MQTTKA_EVENT_PROXY: i32 = 106;
/// String: MQTTKA_EVENT_TRANSPORT_ERROR in words, such as the names that a certificate has. Where
/// there is one.
pub const MQTTKA_EVENT_TRANSPORT_MESSAGE: i32 = 107;

/// A lifecycle event. Valid until its callback returns.
pub struct mqttka_event<'a> {
    event: &'a Event,
    // Made where somebody asks for them.
    description: Once<CString>,
    address: Once<String>,
}

impl<'a> mqttka_event<'a> {
    pub(crate) fn new(event: &'a Event) -> Self {
        mqttka_event {
            event,
            description: Once::new(),
            address: Once::new(),
        }
    }
}

/// What happened: MQTTKA_EVENT_CONNECTED, _DISCONNECTED or _CONNECT_FAILED; 0 for NULL. Later
/// versions may add types: ignore those you do not know.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_event_type(event: *const mqttka_event<'_>) -> i32 {
    guard::value_or(0, || {
        // SAFETY: a valid event, by the header's contract.
        let event = unsafe { handle::borrow(event, "event") }?;
        Ok(match &event.event.kind {
            EventKind::Connected(_) => MQTTKA_EVENT_CONNECTED,
            EventKind::Disconnected(_) => MQTTKA_EVENT_DISCONNECTED,
            EventKind::ConnectFailed(_) => MQTTKA_EVENT_CONNECT_FAILED,
            _ => 0,
        })
    })
}

/// Reads a number of an event; the MQTTKA_EVENT_* keys that are described as numbers say which
/// events have it.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_NOT_PRESENT. On failure
/// *value is left as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_event_get_int(
    event: *const mqttka_event<'_>,
    key: i32,
    value: *mut i64,
) -> i32 {
    guard::status(|| {
        // SAFETY: a valid event and out-parameter, by the header's contract.
        let (event, out) = unsafe {
            (
                handle::borrow(event, "event")?,
                handle::out(value, "value")?,
            )
        };
        if !(MQTTKA_EVENT_CONNECTION_NUMBER..=MQTTKA_EVENT_REMEMBERED_ADDRESS).contains(&key) {
            return Err(Failure::unknown("key", key, "mqttka_event_get_int"));
        }
        out.set(number(event.event, key).ok_or_else(Failure::not_present)?);
        Ok(())
    })
}

fn number(event: &Event, key: i32) -> Option<i64> {
    let attempted = || attempted(event);
    match (key, &event.kind) {
        (MQTTKA_EVENT_CONNECTION_NUMBER, _) => i64::try_from(event.connection_number).ok(),
        (MQTTKA_EVENT_ATTEMPT_NUMBER, _) => Some(i64::from(event.attempt_number)),
        (MQTTKA_EVENT_OS_ERROR, _) => transport_error(event)?.os_error.map(i64::from),
        (MQTTKA_EVENT_TRANSPORT_ERROR, _) => Some(transport_error(event)?.kind as i64),
        (MQTTKA_EVENT_TRANSPORT_STATUS, _) => transport_error(event)?.status.map(i64::from),
        (MQTTKA_EVENT_SERVER_INDEX, _) => i64::try_from(attempted()?.server_index).ok(),
        (MQTTKA_EVENT_TRANSPORT, _) => Some(attempted()?.transport as i64),
        (MQTTKA_EVENT_REMEMBERED_ADDRESS, _) => Some(i64::from(attempted()?.remembered_address)),
        (MQTTKA_EVENT_PORT, _) => {
            let attempted = attempted()?;
            (attempted.transport != Transport::Unix).then(|| i64::from(attempted.port))
        }
        (_, EventKind::Connected(connected)) => connected_number(connected, key),
        (_, EventKind::Disconnected(disconnected)) => disconnected_number(disconnected, key),
        (_, EventKind::ConnectFailed(error)) => connect_error_number(error, key),
        _ => None,
    }
}

/// What was tried, in the events of an attempt's end.
fn attempted(event: &Event) -> Option<&Attempted> {
    match &event.kind {
        EventKind::ConnectFailed(error) => error.attempted(),
        _ => None,
    }
    .or(event.attempted.as_deref())
}

fn transport_error(event: &Event) -> Option<&TransportError> {
    match &event.kind {
        EventKind::Disconnected(disconnected) => match &disconnected.cause {
            DisconnectCause::Transport(error) => Some(error),
            _ => None,
        },
        EventKind::ConnectFailed(error) => match &**error {
            ConnectError::Transport { error, .. } => Some(error),
            _ => None,
        },
        _ => None,
    }
}

fn connected_number(connected: &Connected, key: i32) -> Option<i64> {
    Some(match key {
        MQTTKA_EVENT_REASON_CODE => ReasonCode::Success as i64,
        MQTTKA_EVENT_SESSION_PRESENT => i64::from(connected.session_present),
        MQTTKA_EVENT_KEEP_ALIVE => i64::from(connected.keep_alive),
        MQTTKA_EVENT_SERVER_RECEIVE_MAXIMUM => i64::from(connected.receive_maximum),
        MQTTKA_EVENT_SERVER_MAXIMUM_PACKET_SIZE => i64::from(connected.maximum_packet_size),
        MQTTKA_EVENT_SERVER_MAXIMUM_QOS => connected.maximum_qos as i64,
        MQTTKA_EVENT_SERVER_RETAIN_AVAILABLE => i64::from(connected.retain_available),
        _ => return None,
    })
}

fn disconnected_number(disconnected: &Disconnected, key: i32) -> Option<i64> {
    let liveness = &disconnected.liveness;
    Some(match key {
        MQTTKA_EVENT_CAUSE => i64::from(disconnected.cause.code()),
        MQTTKA_EVENT_REASON_CODE => match &disconnected.cause {
            DisconnectCause::ServerDisconnect { reason_code, .. } => *reason_code as i64,
            DisconnectCause::Protocol(error) => error.reason_code() as i64,
            _ => return None,
        },
        MQTTKA_EVENT_KEEP_ALIVE => i64::from(disconnected.keep_alive),
        MQTTKA_EVENT_LAST_INBOUND_AGE_MS => milliseconds(liveness.last_inbound_age),
        MQTTKA_EVENT_LAST_EVIDENCE_AGE_MS => milliseconds(liveness.last_evidence_age),
        MQTTKA_EVENT_UNANSWERED_PINGS => i64::from(liveness.unanswered_pings),
        MQTTKA_EVENT_OLDEST_PING_AGE_MS => milliseconds(liveness.oldest_ping_age?),
        _ => return None,
    })
}

fn connect_error_number(error: &ConnectError, key: i32) -> Option<i64> {
    Some(match key {
        MQTTKA_EVENT_CAUSE => i64::from(error.code()),
        MQTTKA_EVENT_REASON_CODE => match error {
            ConnectError::Refused { reason_code, .. } => *reason_code as i64,
            ConnectError::Protocol(error) => error.reason_code() as i64,
            _ => return None,
        },
        MQTTKA_EVENT_STAGE => error.stage()? as i64,
        _ => return None,
    })
}

pub(crate) fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Reads a string of an event. *value is NOT NUL-terminated; it is *length bytes of UTF-8, valid
/// until the callback returns.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_NOT_PRESENT. On failure
/// *value is NULL and *length 0, where these pointers are not NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_event_get_string(
    event: *const mqttka_event<'_>,
    key: i32,
    value: *mut *const c_char,
    length: *mut usize,
) -> i32 {
    guard::status(|| {
        // SAFETY: valid out-parameters, by the header's contract.
        let out = unsafe { handle::OutBytes::new(value, length) }?;
        // SAFETY: a valid event, by the header's contract.
        let event = unsafe { handle::borrow(event, "event") }?;
        let value = match key {
            MQTTKA_EVENT_REASON_STRING..=MQTTKA_EVENT_RESPONSE_INFORMATION => {
                string(event.event, key)
            }
            MQTTKA_EVENT_ADDRESS => address(event),
            MQTTKA_EVENT_HOST => attempted(event.event).map(|it| it.host.as_bytes()),
            MQTTKA_EVENT_PROXY => proxy(event.event),
            MQTTKA_EVENT_TRANSPORT_MESSAGE => {
                transport_error(event.event).map(|it| it.message.as_bytes())
            }
            _ => return Err(Failure::unknown("key", key, "mqttka_event_get_string")),
        };
        out.set(value.ok_or_else(Failure::not_present)?);
        Ok(())
    })
}

fn string(event: &Event, key: i32) -> Option<&[u8]> {
    match &event.kind {
        EventKind::Connected(connected) => match key {
            MQTTKA_EVENT_ASSIGNED_CLIENT_ID => connected
                .assigned_client_identifier
                .as_ref()
                .map(|text| text.as_bytes()),
            MQTTKA_EVENT_RESPONSE_INFORMATION => connected
                .response_information
                .as_ref()
                .map(|text| text.as_bytes()),
            MQTTKA_EVENT_REASON_STRING => connected
                .properties
                .get_text(PropertyId::ReasonString)
                .map(|text| text.as_bytes()),
            _ => None,
        },
        EventKind::Disconnected(disconnected) => match (&disconnected.cause, key) {
            (
                DisconnectCause::ServerDisconnect { reason_string, .. },
                MQTTKA_EVENT_REASON_STRING,
            ) => reason_string.as_deref().map(str::as_bytes),
            (
                DisconnectCause::ServerDisconnect {
                    server_reference, ..
                },
                MQTTKA_EVENT_SERVER_REFERENCE,
            ) => server_reference.as_deref().map(str::as_bytes),
            _ => None,
        },
        EventKind::ConnectFailed(error) => match (&**error, key) {
            (ConnectError::Refused { reason_string, .. }, MQTTKA_EVENT_REASON_STRING) => {
                reason_string.as_deref().map(str::as_bytes)
            }
            (
                ConnectError::Refused {
                    server_reference, ..
                },
                MQTTKA_EVENT_SERVER_REFERENCE,
            ) => server_reference.as_deref().map(str::as_bytes),
            _ => None,
        },
        _ => None,
    }
}

fn address<'a>(event: &'a mqttka_event<'_>) -> Option<&'a [u8]> {
    let address = attempted(event.event)?.address?;
    let text = event.address.get_or_make(|| address.ip().to_string());
    Some(text.as_bytes())
}

fn proxy(event: &Event) -> Option<&[u8]> {
    Some(attempted(event)?.proxy.as_deref()?.as_bytes())
}

/// Reads how long a stage of the attempt took, in microseconds, so that a person sees where the
/// time went. CONNECTED and CONNECT_FAILED have each stage that the attempt entered; the last one
/// may have failed. Where several servers were tried, they are those of the last one.
///
/// stage: MQTTKA_STAGE_*.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (no such stage),
/// MQTTKA_ERROR_NOT_PRESENT (the attempt did not enter it). On failure *value is left as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_event_stage_time_us(
    event: *const mqttka_event<'_>,
    stage: i32,
    value: *mut i64,
) -> i32 {
    guard::status(|| {
        // SAFETY: a valid event and out-parameter, by the header's contract.
        let (event, out) = unsafe {
            (
                handle::borrow(event, "event")?,
                handle::out(value, "value")?,
            )
        };
        let known = Stage::ALL.into_iter().find(|it| *it as i32 == stage);
        let stage = known.ok_or_else(|| {
            Failure::invalid(format!("stage is {stage}; it must be an MQTTKA_STAGE_*"))
        })?;
        let time = attempted(event.event).and_then(|it| it.stages.get(stage));
        let time = time.ok_or_else(Failure::not_present)?;
        out.set(i64::try_from(time.as_micros()).unwrap_or(i64::MAX));
        Ok(())
    })
}

/// The event in one line of English, NUL-terminated; for logs. Never NULL. Valid until the
/// callback returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_event_description(event: *const mqttka_event<'_>) -> *const c_char {
    guard::value_or(c"".as_ptr(), || {
        // SAFETY: a valid event, by the header's contract.
        let event = unsafe { handle::borrow(event, "event") }?;
        let text = event.description.get_or_make(|| {
            let line: String = describe(event.event)
                .chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect();
            // No NUL is left: it is a control character.
            CString::new(line).unwrap_or_default()
        });
        Ok(text.as_ptr())
    })
}

fn describe(event: &Event) -> String {
    let number = event.connection_number;
    match &event.kind {
        EventKind::Connected(connected) => {
            let session = if connected.session_present {
                "resumed"
            } else {
                "new"
            };
            let keep_alive = connected.keep_alive;
            let (to, times) = match attempted(event) {
                Some(it) => (format!(" to {it}"), format!("; {}", it.stages)),
                None => Default::default(),
            };
            format!(
                "connection {number}: connected{to}, keep-alive {keep_alive} s, session {session}\
                 {times}"
            )
        }
        EventKind::Disconnected(disconnected) => format!(
            "connection {number}: disconnected, {} ({}); last byte {:.3} s ago, last sign of life \
             {:.3} s ago, {} unanswered pings",
            disconnected.cause.name(),
            disconnected.cause,
            disconnected.liveness.last_inbound_age.as_secs_f64(),
            disconnected.liveness.last_evidence_age.as_secs_f64(),
            disconnected.liveness.unanswered_pings,
        ),
        EventKind::ConnectFailed(error) => {
            let times = match attempted(event) {
                Some(it) => format!("; {}", it.stages),
                None => String::new(),
            };
            format!("connection {number}: connect failed, {error}{times}")
        }
        _ => format!("connection {number}: an event this version of the C library does not know"),
    }
}
