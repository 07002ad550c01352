//! What was negotiated
//!
//! The present connection's CONNACK (section 3.2) with its defaults filled in, at any time: from
//! before MQTTKA_EVENT_CONNECTED is told until the connection's end, and that of the newer one from
//! MQTTKA_EVENT_MOVED on. The keys are those of these events.
use std::ffi::c_char;
use std::sync::Arc;

use mqttka_core::client::Connected;

use crate::client::{borrow, mqttka_client};
use crate::event::{
    LAST_NUMBER, MQTTKA_EVENT_AUTHENTICATION_METHOD, MQTTKA_EVENT_CONNECTION_NUMBER,
    MQTTKA_EVENT_REASON_STRING,
};
use crate::event_values::{connected_number, connected_string};
use crate::guard::{self, Failure};
use crate::handle;
use crate::names;

fn negotiated(client: &mqttka_client) -> Result<Arc<Connected>, Failure> {
    let negotiated = client.open()?.negotiated();
    negotiated.ok_or_else(Failure::not_present)
}

/// Reads a number that was negotiated.
///
/// key: MQTTKA_EVENT_*, one that MQTTKA_EVENT_CONNECTED has of the broker or of the session, such
/// as MQTTKA_EVENT_SERVER_MAXIMUM_QOS.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_NOT_PRESENT (there is
/// no connection, or it has no such value), MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED. On failure
/// *value is left as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_get_negotiated_int(
    client: *mut mqttka_client,
    key: i32,
    value: *mut i64,
) -> i32 {
    guard::client_status("mqttka_client_get_negotiated_int", || {
        // SAFETY: a valid client and out-parameter, by the header's contract.
        let (client, out) = unsafe { (borrow(client)?, handle::out(value, "value")?) };
        if !(MQTTKA_EVENT_CONNECTION_NUMBER..=LAST_NUMBER).contains(&key) {
            return Err(Failure::unknown("key", names::EVENT_KEYS, key));
        }
        let connected = negotiated(client)?;
        let number = connected_number(&connected, key);
        out.set(number.ok_or_else(Failure::not_present)?);
        Ok(())
    })
}

/// Reads a string that was negotiated, into memory of the caller.
///
/// key: MQTTKA_EVENT_ASSIGNED_CLIENT_ID, _RESPONSE_INFORMATION, _SERVER_REFERENCE, _REASON_STRING
/// or _AUTHENTICATION_METHOD.
/// buffer: receives the string with a NUL behind it; cut where capacity bytes, NUL included, are
/// too few. NULL with capacity 0: only its length is asked for.
/// length: receives the whole length in bytes, without the NUL.
///
/// Errors as for mqttka_client_get_negotiated_int(). On failure nothing is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_get_negotiated_string(
    client: *mut mqttka_client,
    key: i32,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> i32 {
    guard::client_status("mqttka_client_get_negotiated_string", || {
        // SAFETY: a valid client and out-parameter, by the header's contract.
        let (client, out) = unsafe { (borrow(client)?, handle::out(length, "length")?) };
        if buffer.is_null() && capacity > 0 {
            return Err(handle::null("buffer"));
        }
        if !(MQTTKA_EVENT_REASON_STRING..=MQTTKA_EVENT_AUTHENTICATION_METHOD).contains(&key) {
            return Err(Failure::unknown("key", names::EVENT_KEYS, key));
        }
        let connected = negotiated(client)?;
        let text = connected_string(&connected, key).ok_or_else(Failure::not_present)?;
        // SAFETY: `capacity` bytes may be written, by the header's contract.
        unsafe { handle::write_string(text, buffer, capacity) };
        out.set(text.len());
        Ok(())
    })
}

/// How many User Properties the present connection's CONNACK has, at most 10,000; 0 where there is
/// no connection, in a forked child, or for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_negotiated_user_property_count(
    client: *mut mqttka_client,
) -> usize {
    guard::value_or("mqttka_client_negotiated_user_property_count", 0, || {
        guard::not_in_child()?;
        // SAFETY: a valid client, by the header's contract.
        let connected = negotiated(unsafe { borrow(client) }?)?;
        Ok(connected.properties.user_properties().len())
    })
}

/// Reads the User Property at index, from 0, of the present connection's CONNACK, into memory of
/// the caller: it may be another connection's the next time.
///
/// name, value: receive the strings with a NUL behind them; cut where name_capacity and
/// value_capacity bytes, NUL included, are too few. NULL with capacity 0: only the length is asked
/// for. name_length, value_length: receive the whole lengths in bytes, without the NUL.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (past the last, or there is no
/// connection), MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED. On failure nothing is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_get_negotiated_user_property(
    client: *mut mqttka_client,
    index: usize,
    name: *mut c_char,
    name_capacity: usize,
    name_length: *mut usize,
    value: *mut c_char,
    value_capacity: usize,
    value_length: *mut usize,
) -> i32 {
    guard::client_status("mqttka_client_get_negotiated_user_property", || {
        // SAFETY: a valid client and out-parameters, by the header's contract.
        let (client, name_out, value_out) = unsafe {
            (
                borrow(client)?,
                handle::out(name_length, "name_length")?,
                handle::out(value_length, "value_length")?,
            )
        };
        if name.is_null() && name_capacity > 0 {
            return Err(handle::null("name"));
        }
        if value.is_null() && value_capacity > 0 {
            return Err(handle::null("value"));
        }
        let connected = negotiated(client)?;
        let pair = connected.properties.user_property(index);
        let (theirs, its) = pair.ok_or_else(Failure::not_present)?;
        // SAFETY: so many bytes may be written, by the header's contract.
        unsafe {
            handle::write_string(theirs.as_bytes(), name, name_capacity);
            handle::write_string(its.as_bytes(), value, value_capacity);
        }
        name_out.set(theirs.len());
        value_out.set(its.len());
        Ok(())
    })
}
