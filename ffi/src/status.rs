//! Status
//!
//! What is known of a client at this moment; for health checks and metrics.
use std::ffi::c_char;

use mqttka_core::client::Status;

use crate::client::{borrow, mqttka_client};
use crate::event::{microseconds, milliseconds};
use crate::guard::{self, Failure};
use crate::handle;
use crate::hint::number_of;
use crate::names;

/// MQTTKA_STATE_*.
pub const MQTTKA_STATUS_STATE: i32 = 1;
/// The number of the last connection attempt; 0 before the first.
pub const MQTTKA_STATUS_CONNECTION_NUMBER: i32 = 2;
/// The effective keep-alive of the connection in seconds; what was asked for where there is none.
pub const MQTTKA_STATUS_KEEP_ALIVE: i32 = 3;
/// Milliseconds since the last byte of the broker. While connected.
pub const MQTTKA_STATUS_LAST_INBOUND_AGE_MS: i32 = 4;
/// Milliseconds since the last sign of life: a byte of the broker, or its system's acknowledgement
/// of bytes of ours. While connected.
pub const MQTTKA_STATUS_LAST_EVIDENCE_AGE_MS: i32 = 5;
/// PINGREQs that have no answer yet. While connected.
pub const MQTTKA_STATUS_UNANSWERED_PINGS: i32 = 6;
/// Milliseconds since the oldest of them. While connected and one waits.
pub const MQTTKA_STATUS_OLDEST_PING_AGE_MS: i32 = 7;
/// Milliseconds until the connection is declared dead if nothing comes. While connected, unless
/// keep-alive and dead-peer timeout are both off.
pub const MQTTKA_STATUS_VERDICT_IN_MS: i32 = 8;
/// Bytes of the MQTT stream received, over all connections.
pub const MQTTKA_STATUS_BYTES_RECEIVED: i32 = 9;
/// Bytes of the MQTT stream sent, over all connections.
pub const MQTTKA_STATUS_BYTES_SENT: i32 = 10;
/// Messages received, over all connections, dropped ones included.
pub const MQTTKA_STATUS_MESSAGES_RECEIVED: i32 = 11;
/// QoS 0 messages dropped because the message callback was too slow
/// (MQTTKA_OPTION_INBOUND_QUEUE_MAX_BYTES).
pub const MQTTKA_STATUS_MESSAGES_DROPPED: i32 = 12;
/// Operations that wait to be sent or acknowledged.
pub const MQTTKA_STATUS_OUTBOUND_QUEUE_MESSAGES: i32 = 13;
/// Their bytes.
pub const MQTTKA_STATUS_OUTBOUND_QUEUE_BYTES: i32 = 14;
/// Bytes of messages that wait for the message callback, or for streams and other callbacks.
pub const MQTTKA_STATUS_INBOUND_QUEUE_BYTES: i32 = 15;
/// Messages that no callback and no stream took within MQTTKA_OPTION_UNCLAIMED_TIMEOUT_MS. They were
/// acknowledged and dropped.
pub const MQTTKA_STATUS_MESSAGES_UNCLAIMED: i32 = 16;
/// Messages that wait in the stream that withholds the acknowledgements of all later ones. While
/// one does; it matters where MQTTKA_STATUS_HELD_BACK_SINCE_MS is long.
pub const MQTTKA_STATUS_HELD_BACK_MESSAGES: i32 = 17;
/// Their bytes. While a stream holds back.
pub const MQTTKA_STATUS_HELD_BACK_BYTES: i32 = 18;
/// Milliseconds for which the oldest of them has waited. While a stream holds back.
pub const MQTTKA_STATUS_HELD_BACK_SINCE_MS: i32 = 19;
/// Milliseconds until the next attempt begins by itself. While MQTTKA_STATE_RECONNECTING.
pub const MQTTKA_STATUS_NEXT_ATTEMPT_IN_MS: i32 = 20;
/// Milliseconds for which there has been no connection. After the first one, while there is none.
pub const MQTTKA_STATUS_OFFLINE_MS: i32 = 21;
/// MQTTKA_NETWORK_*: what was last said of the system's network, by the program
/// (mqttka_client_network_changed(), _network_is()) or by the library's monitor. Once something was.
pub const MQTTKA_STATUS_NETWORK_CHANGE: i32 = 22;
/// Whether its traffic costs: MQTTKA_UNKNOWN, MQTTKA_NO or MQTTKA_YES. As the one before.
pub const MQTTKA_STATUS_NETWORK_METERED: i32 = 23;
/// Whether the system has found the internet behind it: MQTTKA_UNKNOWN, MQTTKA_NO or MQTTKA_YES. As
/// the one before.
pub const MQTTKA_STATUS_NETWORK_VALIDATED: i32 = 24;
/// Whether a captive portal stands before the internet: MQTTKA_UNKNOWN, MQTTKA_NO or MQTTKA_YES. As
/// the one before.
pub const MQTTKA_STATUS_NETWORK_CAPTIVE_PORTAL: i32 = 25;
/// The smoothed round trip to the broker in microseconds. While connected, once it was measured.
pub const MQTTKA_STATUS_ROUND_TRIP_US: i32 = 26;
/// 1 where something that was sent has been unanswered for several round trips
/// (MQTTKA_EVENT_SUSPECT), else 0. While connected.
pub const MQTTKA_STATUS_SUSPECTED: i32 = 27;
/// String: the filters of the stream that holds back, or of the handler that acknowledges itself,
/// separated by spaces; "#" for one of all messages. While one does.
pub const MQTTKA_STATUS_HELD_BACK_FILTER: i32 = 100;
/// String: the name of the network of MQTTKA_STATUS_NETWORK_CHANGE. Where one was given.
pub const MQTTKA_STATUS_NETWORK_ID: i32 = 101;

/// Not connected, and not trying.
pub const MQTTKA_STATE_IDLE: i32 = 0;
/// A connection attempt is under way.
pub const MQTTKA_STATE_CONNECTING: i32 = 1;
/// Connected.
pub const MQTTKA_STATE_CONNECTED: i32 = 2;
/// mqttka_client_disconnect() was called; the DISCONNECT is on its way.
pub const MQTTKA_STATE_DISCONNECTING: i32 = 3;
/// Destroyed.
pub const MQTTKA_STATE_CLOSED: i32 = 4;
/// Not connected; the next attempt comes by itself.
pub const MQTTKA_STATE_RECONNECTING: i32 = 5;

/// Reads a number of a client: MQTTKA_STATUS_*. Cheap, and works after a destroy too, as long as
/// the pointer is valid.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_NOT_PRESENT (there is
/// no such value now), MQTTKA_ERROR_FORKED. On failure *value is left as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_get_int(
    client: *mut mqttka_client,
    status: i32,
    value: *mut i64,
) -> i32 {
    guard::client_status("mqttka_client_get_int", || {
        // SAFETY: a valid client and out-parameter, by the header's contract.
        let (client, out) = unsafe { (borrow(client)?, handle::out(value, "value")?) };
        if !(MQTTKA_STATUS_STATE..=MQTTKA_STATUS_SUSPECTED).contains(&status) {
            return Err(Failure::unknown("status", names::STATUSES, status));
        }
        let number = number(&client.open()?.status(), status);
        out.set(number.ok_or_else(Failure::not_present)?);
        Ok(())
    })
}

/// Reads a string of a client, into memory of the caller: MQTTKA_STATUS_HELD_BACK_FILTER or
/// MQTTKA_STATUS_NETWORK_ID.
///
/// buffer: receives the string with a NUL behind it; cut where capacity bytes, NUL included, are too
/// few. NULL with capacity 0: only its length is asked for.
/// length: receives the whole length in bytes, without the NUL.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_NOT_PRESENT (there is
/// no such value now), MQTTKA_ERROR_FORKED. On failure nothing is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_get_string(
    client: *mut mqttka_client,
    status: i32,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> i32 {
    guard::client_status("mqttka_client_get_string", || {
        // SAFETY: a valid client and out-parameter, by the header's contract.
        let (client, out) = unsafe { (borrow(client)?, handle::out(length, "length")?) };
        if buffer.is_null() && capacity > 0 {
            return Err(handle::null("buffer"));
        }
        let known = client.open()?.status();
        let text = match status {
            MQTTKA_STATUS_HELD_BACK_FILTER => known.held_back.map(|it| it.filter),
            MQTTKA_STATUS_NETWORK_ID => network_id(&known),
            _ => {
                return Err(Failure::unknown("status", names::STATUSES, status));
            }
        };
        let text = text.ok_or_else(Failure::not_present)?;
        // SAFETY: `capacity` bytes may be written, by the header's contract.
        unsafe { handle::write_string(text.as_bytes(), buffer, capacity) };
        out.set(text.len());
        Ok(())
    })
}

fn network_id(status: &Status) -> Option<String> {
    let id = &status.network.as_ref()?.id;
    (!id.is_empty()).then(|| id.as_str().to_owned())
}

fn number(status: &Status, key: i32) -> Option<i64> {
    let counted = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let liveness = status.liveness.as_ref();
    Some(match key {
        MQTTKA_STATUS_STATE => status.state as i64,
        MQTTKA_STATUS_CONNECTION_NUMBER => counted(status.connection_number),
        MQTTKA_STATUS_KEEP_ALIVE => i64::from(status.keep_alive),
        MQTTKA_STATUS_LAST_INBOUND_AGE_MS => milliseconds(liveness?.last_inbound_age),
        MQTTKA_STATUS_LAST_EVIDENCE_AGE_MS => milliseconds(liveness?.last_evidence_age),
        MQTTKA_STATUS_UNANSWERED_PINGS => i64::from(liveness?.unanswered_pings),
        MQTTKA_STATUS_OLDEST_PING_AGE_MS => milliseconds(liveness?.oldest_ping_age?),
        MQTTKA_STATUS_VERDICT_IN_MS => milliseconds(liveness?.verdict_in?),
        MQTTKA_STATUS_BYTES_RECEIVED => counted(status.bytes_received),
        MQTTKA_STATUS_BYTES_SENT => counted(status.bytes_sent),
        MQTTKA_STATUS_MESSAGES_RECEIVED => counted(status.messages_received),
        MQTTKA_STATUS_MESSAGES_DROPPED => counted(status.messages_dropped),
        MQTTKA_STATUS_OUTBOUND_QUEUE_MESSAGES => counted(status.outbound_queue_messages),
        MQTTKA_STATUS_OUTBOUND_QUEUE_BYTES => counted(status.outbound_queue_bytes),
        MQTTKA_STATUS_INBOUND_QUEUE_BYTES => counted(status.inbound_queue_bytes),
        MQTTKA_STATUS_MESSAGES_UNCLAIMED => counted(status.messages_unclaimed),
        MQTTKA_STATUS_HELD_BACK_MESSAGES => counted(status.held_back.as_ref()?.messages),
        MQTTKA_STATUS_HELD_BACK_BYTES => counted(status.held_back.as_ref()?.bytes),
        MQTTKA_STATUS_HELD_BACK_SINCE_MS => milliseconds(status.held_back.as_ref()?.since),
        MQTTKA_STATUS_NEXT_ATTEMPT_IN_MS => milliseconds(status.next_attempt_in?),
        MQTTKA_STATUS_OFFLINE_MS => milliseconds(status.offline?),
        MQTTKA_STATUS_NETWORK_CHANGE => status.network.as_ref()?.change as i64,
        MQTTKA_STATUS_NETWORK_METERED => number_of(status.network.as_ref()?.metered),
        MQTTKA_STATUS_NETWORK_VALIDATED => number_of(status.network.as_ref()?.validated),
        MQTTKA_STATUS_NETWORK_CAPTIVE_PORTAL => number_of(status.network.as_ref()?.captive_portal),
        MQTTKA_STATUS_ROUND_TRIP_US => microseconds(liveness?.round_trip?),
        MQTTKA_STATUS_SUSPECTED => i64::from(liveness?.suspect),
        _ => return None,
    })
}
