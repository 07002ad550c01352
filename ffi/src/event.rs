//! Events
//!
//! Lifecycle events, as the event callback receives them. Every MQTTKA_EVENT_CONNECTED is
//! followed by exactly one MQTTKA_EVENT_DISCONNECTED with the first cause; an attempt that does
//! not come so far ends in exactly one MQTTKA_EVENT_CONNECT_FAILED. Where the program did not ask
//! for such an end, and the client comes back by itself, exactly one MQTTKA_EVENT_RECONNECTING or
//! MQTTKA_EVENT_RECONNECT_STOPPED follows; every MQTTKA_EVENT_RECONNECTING is followed by exactly
//! one MQTTKA_EVENT_CONNECTED, _CONNECT_FAILED or _RECONNECT_STOPPED. After a DISCONNECTED or
//! CONNECT_FAILED whose MQTTKA_EVENT_WILL_RECONNECT is 0, and after a RECONNECT_STOPPED, the client
//! does nothing until mqttka_client_connect(). An event is valid until its callback returns; within
//! that time any thread may read it.
use std::ffi::{CString, c_char};
use std::time::Duration;

use mqttka_core::client::{Event, EventKind, Properties, Stage};

use crate::event_values::{attempted, number, proxy, string};
use crate::guard::{self, Failure};
use crate::handle;
use crate::names;
use crate::once::Once;

/// The broker accepted the connection.
pub const MQTTKA_EVENT_CONNECTED: i32 = 1;
/// The connection ended.
pub const MQTTKA_EVENT_DISCONNECTED: i32 = 2;
/// The connection attempt ended without a connection.
pub const MQTTKA_EVENT_CONNECT_FAILED: i32 = 3;
/// The client tries again by itself after MQTTKA_EVENT_DELAY_MS, or sooner where
/// mqttka_client_reconnect_now(), mqttka_client_connect() or a hint asks for it.
pub const MQTTKA_EVENT_RECONNECTING: i32 = 4;
/// The client does not try again by itself; mqttka_client_connect() begins anew. Not told where the
/// program ended the connection or the attempt itself, nor without MQTTKA_OPTION_RECONNECT.
pub const MQTTKA_EVENT_RECONNECT_STOPPED: i32 = 5;
/// Subscriptions that the client held are no more: the broker has lost the session, and did not
/// grant them again. mqttka_event_lost_filter_at() tells which.
pub const MQTTKA_EVENT_SUBSCRIPTIONS_LOST: i32 = 6;
/// Something that was sent has been unanswered for several round trips. No verdict: one
/// MQTTKA_EVENT_ALIVE or the connection's MQTTKA_EVENT_DISCONNECTED follows.
pub const MQTTKA_EVENT_SUSPECT: i32 = 7;
/// A sign of life came after a MQTTKA_EVENT_SUSPECT.
pub const MQTTKA_EVENT_ALIVE: i32 = 8;
/// The connection goes on over another network, without a gap (MQTTKA_OPTION_MAKE_BEFORE_BREAK). It
/// has the next number from now on, and what MQTTKA_EVENT_CONNECTED has, of the broker's new
/// CONNACK.
pub const MQTTKA_EVENT_MOVED: i32 = 9;

/// Number: counts connection attempts, from 1. The messages of a connection bear it too, so that
/// both lanes can be brought into one order. All events.
pub const MQTTKA_EVENT_CONNECTION_NUMBER: i32 = 1;
/// Number: counts attempts since the last connection that came about, from 1. All events.
pub const MQTTKA_EVENT_ATTEMPT_NUMBER: i32 = 2;
/// Number: why. DISCONNECTED: MQTTKA_CAUSE_*. CONNECT_FAILED: MQTTKA_CONNECT_ERROR_*. The two have
/// no number in common, and mqttka_cause_string() knows both. RECONNECTING, RECONNECT_STOPPED: that
/// of what ended last, with all that its own event says of it.
pub const MQTTKA_EVENT_CAUSE: i32 = 3;
/// Number: the reason code of the broker's CONNACK or DISCONNECT, or the one that its protocol
/// error deserves. MQTT 3.1.1's return codes appear as the reason codes of the same meaning.
pub const MQTTKA_EVENT_REASON_CODE: i32 = 4;
/// Number: MQTTKA_STAGE_*, how far the attempt came. CONNECT_FAILED, and RECONNECTING and
/// RECONNECT_STOPPED after one.
pub const MQTTKA_EVENT_STAGE: i32 = 5;
/// Number: the operating system's error number (errno), where it reported one.
pub const MQTTKA_EVENT_OS_ERROR: i32 = 6;
/// Number: 1 where the broker still had the session (section 3.2.2.1.1), else 0. CONNECTED,
/// MOVED.
pub const MQTTKA_EVENT_SESSION_PRESENT: i32 = 7;
/// Number: the effective keep-alive in seconds: the broker's, where it imposes one (section
/// 3.2.2.3.14). CONNECTED, MOVED, DISCONNECTED.
pub const MQTTKA_EVENT_KEEP_ALIVE: i32 = 8;
/// Number: milliseconds from the last byte of the broker to the event. DISCONNECTED, SUSPECT,
/// ALIVE.
pub const MQTTKA_EVENT_LAST_INBOUND_AGE_MS: i32 = 9;
/// Number: milliseconds from the last sign of life (a byte of the broker, or its system's
/// acknowledgement of bytes of ours) to the event. DISCONNECTED, SUSPECT, ALIVE.
pub const MQTTKA_EVENT_LAST_EVIDENCE_AGE_MS: i32 = 10;
/// Number: how many PINGREQs had no answer. DISCONNECTED, SUSPECT, ALIVE.
pub const MQTTKA_EVENT_UNANSWERED_PINGS: i32 = 11;
/// Number: milliseconds from the oldest of them to the event. DISCONNECTED, SUSPECT, ALIVE, where
/// there was one.
pub const MQTTKA_EVENT_OLDEST_PING_AGE_MS: i32 = 12;
/// Number: how many unacknowledged QoS 1 and 2 messages the broker takes. CONNECTED, MOVED.
pub const MQTTKA_EVENT_SERVER_RECEIVE_MAXIMUM: i32 = 13;
/// Number: the largest packet the broker takes, in bytes. CONNECTED, MOVED.
pub const MQTTKA_EVENT_SERVER_MAXIMUM_PACKET_SIZE: i32 = 14;
/// Number: the highest QoS the broker takes. CONNECTED, MOVED.
pub const MQTTKA_EVENT_SERVER_MAXIMUM_QOS: i32 = 15;
/// Number: 1 where the broker keeps retained messages, else 0. CONNECTED, MOVED.
pub const MQTTKA_EVENT_SERVER_RETAIN_AVAILABLE: i32 = 16;
/// Number: the port that was tried. CONNECTED, CONNECT_FAILED; not of a Unix socket.
pub const MQTTKA_EVENT_PORT: i32 = 17;
/// Number: MQTTKA_TRANSPORT_ERROR_*: what the transport reported. With the causes
/// MQTTKA_CAUSE_TRANSPORT, MQTTKA_CAUSE_RECLAIMED_BY_SYSTEM and MQTTKA_CONNECT_ERROR_TRANSPORT.
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
/// Number: 1 where the client goes on by itself, so that a RECONNECTING follows, else 0.
/// DISCONNECTED, CONNECT_FAILED.
pub const MQTTKA_EVENT_WILL_RECONNECT: i32 = 23;
/// Number: the MQTTKA_EVENT_ATTEMPT_NUMBER that the attempt to come will have. RECONNECTING.
pub const MQTTKA_EVENT_NEXT_ATTEMPT_NUMBER: i32 = 24;
/// Number: milliseconds until that attempt begins. RECONNECTING.
pub const MQTTKA_EVENT_DELAY_MS: i32 = 25;
/// Number: MQTTKA_STOP_*: why the client does not come back by itself. RECONNECT_STOPPED.
pub const MQTTKA_EVENT_STOP_REASON: i32 = 26;
/// Number: 1 where the client had a session that was to outlive the connection and the broker lost
/// it, else 0. CONNECTED, MOVED.
pub const MQTTKA_EVENT_SESSION_LOST: i32 = 27;
/// Number: milliseconds for which there was no connection. CONNECTED, MOVED; not of the client's
/// first connection.
pub const MQTTKA_EVENT_OFFLINE_MS: i32 = 28;
/// Number: how many topic filters are subscribed again because the broker no longer has them.
/// CONNECTED, MOVED.
pub const MQTTKA_EVENT_RESUBSCRIBED: i32 = 29;
/// Number: how many QoS 1 and 2 publishes of earlier connections are sent again. CONNECTED, MOVED.
pub const MQTTKA_EVENT_SENT_AGAIN: i32 = 30;
/// Number: how many publishes were lost with their session since the last connection began; they
/// ended with MQTTKA_ERROR_SESSION_LOST. CONNECTED, MOVED.
pub const MQTTKA_EVENT_LOST: i32 = 31;
/// Number: milliseconds until the connection is declared dead if nothing comes. DISCONNECTED,
/// SUSPECT, ALIVE, unless keep-alive and dead-peer timeout are both off.
pub const MQTTKA_EVENT_VERDICT_IN_MS: i32 = 32;
/// Number: the smoothed round trip to the broker in microseconds. DISCONNECTED, SUSPECT, ALIVE,
/// where one was measured.
pub const MQTTKA_EVENT_ROUND_TRIP_US: i32 = 33;
/// Number: 1 where the connection was under suspicion (MQTTKA_EVENT_SUSPECT), else 0. DISCONNECTED,
/// SUSPECT, ALIVE.
pub const MQTTKA_EVENT_SUSPECTED: i32 = 34;
/// Number: how many filters mqttka_event_lost_filter_at() has. SUBSCRIPTIONS_LOST.
pub const MQTTKA_EVENT_LOST_FILTERS: i32 = 35;
/// Number: how long the broker keeps the session after the connection, in seconds; 4,294,967,295:
/// for ever. In MQTT 3.1.1 0 after a clean start, else for ever. CONNECTED, MOVED.
pub const MQTTKA_EVENT_SESSION_EXPIRY_INTERVAL: i32 = 36;
/// Number: how many topic aliases the broker takes. CONNECTED, MOVED.
pub const MQTTKA_EVENT_SERVER_TOPIC_ALIAS_MAXIMUM: i32 = 37;
/// Number: 1 where the broker takes filters with wildcards, else 0. CONNECTED, MOVED.
pub const MQTTKA_EVENT_SERVER_WILDCARD_SUBSCRIPTION_AVAILABLE: i32 = 38;
/// Number: 1 where the broker takes subscription identifiers, else 0. CONNECTED, MOVED.
pub const MQTTKA_EVENT_SERVER_SUBSCRIPTION_IDENTIFIERS_AVAILABLE: i32 = 39;
/// Number: 1 where the broker takes `$share/group/filter`, else 0; 1 in MQTT 3.1.1, too, which says
/// nothing of it. CONNECTED, MOVED.
pub const MQTTKA_EVENT_SERVER_SHARED_SUBSCRIPTION_AVAILABLE: i32 = 40;
/// String: the broker's Reason String (section 3.2.2.3.9), where it sent one; of SUBSCRIPTIONS_LOST
/// that of the SUBACK that refuses.
pub const MQTTKA_EVENT_REASON_STRING: i32 = 100;
/// String: the Client Identifier that the broker assigned. CONNECTED, MOVED, where it did.
pub const MQTTKA_EVENT_ASSIGNED_CLIENT_ID: i32 = 101;
/// String: another server to use (section 4.11), where the broker names one. CONNECTED, MOVED,
/// DISCONNECTED, CONNECT_FAILED, RECONNECTING, RECONNECT_STOPPED.
pub const MQTTKA_EVENT_SERVER_REFERENCE: i32 = 102;
/// String: the broker's Response Information (section 3.2.2.3.15). CONNECTED, MOVED, where it sent
/// some.
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
/// String: why the connection provider gave nothing. With the cause MQTTKA_CONNECT_ERROR_PROVIDER.
pub const MQTTKA_EVENT_PROVIDER_MESSAGE: i32 = 108;
/// String: the authentication method that was used (section 3.2.2.3.17). CONNECTED, MOVED, where
/// there was one.
pub const MQTTKA_EVENT_AUTHENTICATION_METHOD: i32 = 109;
/// String: the flight record as a JSON object, on one line: the last 32 packets (directions,
/// types, sizes, times, packet identifiers), the last 8 round trips of pings, what was queued, and
/// how long each stage took; no topic, no payload, no credentials. Its members are only added to.
/// DISCONNECTED, CONNECT_FAILED.
pub const MQTTKA_EVENT_RECORD_JSON: i32 = 110;
/// String: mqttka_event_description(), and below it the flight record in words where there is one,
/// some forty lines. All events.
pub const MQTTKA_EVENT_DETAIL: i32 = 111;

/// The last key of a number.
pub(crate) const LAST_NUMBER: i32 = MQTTKA_EVENT_SERVER_SHARED_SUBSCRIPTION_AVAILABLE;

/// A lifecycle event. Valid until its callback returns.
pub struct mqttka_event<'a> {
    event: &'a Event,
    // Made where somebody asks for them.
    description: Once<CString>,
    address: Once<String>,
    record: Once<String>,
    detail: Once<String>,
}

impl<'a> mqttka_event<'a> {
    pub(crate) fn new(event: &'a Event) -> Self {
        mqttka_event {
            event,
            description: Once::new(),
            address: Once::new(),
            record: Once::new(),
            detail: Once::new(),
        }
    }
}

/// What happened: MQTTKA_EVENT_CONNECTED (1) to MQTTKA_EVENT_MOVED (9); 0 for NULL. Later versions
/// may add types: ignore those you do not know.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_event_type(event: *const mqttka_event<'_>) -> i32 {
    guard::value_or("mqttka_event_type", 0, || {
        // SAFETY: a valid event, by the header's contract.
        let event = unsafe { handle::borrow(event, "event") }?;
        Ok(match &event.event.kind {
            EventKind::Connected(_) => MQTTKA_EVENT_CONNECTED,
            EventKind::Disconnected(_) => MQTTKA_EVENT_DISCONNECTED,
            EventKind::ConnectFailed(_) => MQTTKA_EVENT_CONNECT_FAILED,
            EventKind::Reconnecting(_) => MQTTKA_EVENT_RECONNECTING,
            EventKind::ReconnectStopped(_) => MQTTKA_EVENT_RECONNECT_STOPPED,
            EventKind::SubscriptionsLost(_) => MQTTKA_EVENT_SUBSCRIPTIONS_LOST,
            EventKind::Suspect(_) => MQTTKA_EVENT_SUSPECT,
            EventKind::Alive(_) => MQTTKA_EVENT_ALIVE,
            EventKind::Moved(_) => MQTTKA_EVENT_MOVED,
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
    guard::status("mqttka_event_get_int", || {
        // SAFETY: a valid event and out-parameter, by the header's contract.
        let (event, out) = unsafe {
            (
                handle::borrow(event, "event")?,
                handle::out(value, "value")?,
            )
        };
        if !(MQTTKA_EVENT_CONNECTION_NUMBER..=LAST_NUMBER).contains(&key) {
            return Err(Failure::unknown("key", names::EVENT_KEYS, key));
        }
        out.set(number(event.event, key).ok_or_else(Failure::not_present)?);
        Ok(())
    })
}

pub(crate) fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

pub(crate) fn microseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
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
    guard::status("mqttka_event_get_string", || {
        // SAFETY: valid out-parameters, by the header's contract.
        let out = unsafe { handle::OutBytes::new(value, length) }?;
        // SAFETY: a valid event, by the header's contract.
        let event = unsafe { handle::borrow(event, "event") }?;
        let value = match key {
            MQTTKA_EVENT_ADDRESS => address(event),
            MQTTKA_EVENT_HOST => attempted(event.event).map(|it| it.host.as_bytes()),
            MQTTKA_EVENT_PROXY => proxy(event.event),
            MQTTKA_EVENT_RECORD_JSON => record(event),
            MQTTKA_EVENT_DETAIL => {
                Some(event.detail.get_or_make(|| event.event.detail()).as_bytes())
            }
            MQTTKA_EVENT_REASON_STRING..=MQTTKA_EVENT_AUTHENTICATION_METHOD => {
                string(event.event, key)
            }
            _ => return Err(Failure::unknown("key", names::EVENT_KEYS, key)),
        };
        out.set(value.ok_or_else(Failure::not_present)?);
        Ok(())
    })
}

fn address<'a>(event: &'a mqttka_event<'_>) -> Option<&'a [u8]> {
    let address = attempted(event.event)?.address?;
    let text = event.address.get_or_make(|| address.ip().to_string());
    Some(text.as_bytes())
}

fn record<'a>(event: &'a mqttka_event<'_>) -> Option<&'a [u8]> {
    let record = event.event.record.as_ref()?;
    Some(event.record.get_or_make(|| record.to_json()).as_bytes())
}

/// Reads a filter that is no longer subscribed (MQTTKA_EVENT_SUBSCRIPTIONS_LOST).
///
/// index: from 0; MQTTKA_EVENT_LOST_FILTERS tells how many there are.
/// value, length: receive the topic filter; it is NOT NUL-terminated, and valid until the callback
/// returns. error: receives why it is lost, MQTTKA_ERROR_REFUSED for example; may be NULL.
/// reason_code: receives the broker's reason code, -1 where there is none; may be NULL.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (past the last, or another event). On
/// failure *value is NULL and *length 0, where these pointers are not NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_event_lost_filter_at(
    event: *const mqttka_event<'_>,
    index: usize,
    value: *mut *const c_char,
    length: *mut usize,
    error: *mut i32,
    reason_code: *mut i32,
) -> i32 {
    guard::status("mqttka_event_lost_filter_at", || {
        // SAFETY: valid out-parameters, by the header's contract.
        let out = unsafe { handle::OutBytes::new(value, length) }?;
        // SAFETY: a valid event, by the header's contract.
        let event = unsafe { handle::borrow(event, "event") }?.event;
        let lost = match &event.kind {
            EventKind::SubscriptionsLost(lost) => lost.filters.get(index),
            _ => None,
        };
        let (filter, why) = lost.ok_or_else(Failure::not_present)?;
        out.set(filter.as_bytes());
        // SAFETY: NULL or valid out-parameters, by the header's contract.
        let (error, reason_code) = unsafe {
            (
                handle::out(error, "error"),
                handle::out(reason_code, "reason_code"),
            )
        };
        if let Ok(error) = error {
            error.set(why.code());
        }
        if let Ok(reason_code) = reason_code {
            reason_code.set(why.reason_code().map_or(-1, |code| code as i32));
        }
        Ok(())
    })
}

/// How many User Properties the broker sent with what the event tells of: with CONNACK for
/// CONNECTED and MOVED, with the CONNACK that refuses for CONNECT_FAILED, with DISCONNECT for
/// DISCONNECTED, with the SUBACK that refuses for SUBSCRIPTIONS_LOST. At most 10,000; 0 for other
/// events, or for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_event_user_property_count(event: *const mqttka_event<'_>) -> usize {
    guard::value_or("mqttka_event_user_property_count", 0, || {
        // SAFETY: a valid event, by the header's contract.
        let event = unsafe { handle::borrow(event, "event") }?.event;
        Ok(properties(event).user_properties().len())
    })
}

/// Reads the User Property at index, from 0, in the broker's order; as fast for the last as for the
/// first. The strings are NOT NUL-terminated; they are valid until the callback returns.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (past the last). On failure the strings
/// are NULL and their lengths 0, where these pointers are not NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_event_user_property_at(
    event: *const mqttka_event<'_>,
    index: usize,
    name: *mut *const c_char,
    name_length: *mut usize,
    value: *mut *const c_char,
    value_length: *mut usize,
) -> i32 {
    guard::status("mqttka_event_user_property_at", || {
        // SAFETY: valid out-parameters, by the header's contract.
        let out = unsafe { handle::OutPair::new(name, name_length, value, value_length) }?;
        // SAFETY: a valid event, by the header's contract.
        let event = unsafe { handle::borrow(event, "event") }?.event;
        out.set(properties(event).user_property(index))
    })
}

/// Those of the packet that the event tells of.
fn properties(event: &Event) -> &Properties {
    match &event.kind {
        EventKind::Connected(connected) | EventKind::Moved(connected) => &connected.properties,
        _ => &event.properties,
    }
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
    guard::status("mqttka_event_stage_time_us", || {
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
        out.set(microseconds(time));
        Ok(())
    })
}

/// The event in one line of English, NUL-terminated; for logs. Never NULL. Valid until the
/// callback returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_event_description(event: *const mqttka_event<'_>) -> *const c_char {
    guard::value_or("mqttka_event_description", c"".as_ptr(), || {
        // SAFETY: a valid event, by the header's contract.
        let event = unsafe { handle::borrow(event, "event") }?;
        let text = event.description.get_or_make(|| {
            let line = event.event.to_string();
            let line: String = line
                .chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect();
            // No NUL is left: it is a control character.
            CString::new(line).unwrap_or_default()
        });
        Ok(text.as_ptr())
    })
}
