//! Disconnect request
//!
//! How a connection is to end, and what the broker is told of it (section 3.14). A request is used
//! by one thread at a time.
use std::ffi::c_char;
use std::time::Duration;

use mqttka_core::client::DisconnectOptions;

use crate::client::{borrow, mqttka_client};
use crate::goodbye::known;
use crate::guard::{self, Failure};
use crate::handle;
use crate::names;
use crate::options::DAY_MS;

/// The reason code, 0 by default: see mqttka_client_disconnect_with().
pub const MQTTKA_DISCONNECT_REASON_CODE: i32 = 1;
/// First wait until all that was queued before is acknowledged, so many milliseconds at most, 0 to
/// 86,400,000 (a day): see mqttka_client_disconnect_after(). Not set by default: it waits for no
/// acknowledgements.
pub const MQTTKA_DISCONNECT_DRAIN_TIMEOUT_MS: i32 = 2;
/// How long the broker is to keep the session from now on, in seconds, 0 to 4,294,967,295 = for ever
/// (section 3.14.2.2.2); above 0 only where MQTTKA_OPTION_SESSION_EXPIRY_INTERVAL is. The next
/// connection asks for what that option says again. Not set by default: as it is. MQTT 5.0 only.
pub const MQTTKA_DISCONNECT_SESSION_EXPIRY_INTERVAL: i32 = 3;

/// One goodbye in the making. From mqttka_disconnect_request_new(); to be freed with
/// mqttka_disconnect_request_free().
#[derive(Default)]
pub struct mqttka_disconnect_request {
    options: DisconnectOptions,
}

/// Makes a request that is a mqttka_client_disconnect(). Never NULL, short of a bug in mqttka. Any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_disconnect_request_new() -> *mut mqttka_disconnect_request {
    guard::value(
        "mqttka_disconnect_request_new",
        std::ptr::null_mut(),
        || Box::into_raw(Box::new(mqttka_disconnect_request::default())),
    )
}

/// Frees a request; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_disconnect_request_free(request: *mut mqttka_disconnect_request) {
    guard::value("mqttka_disconnect_request_free", (), || {
        // SAFETY: from mqttka_disconnect_request_new and not used again, by the header's contract.
        unsafe { handle::free(request) }
    })
}

/// Sets a number: MQTTKA_DISCONNECT_*.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_disconnect_request_set_int(
    request: *mut mqttka_disconnect_request,
    key: i32,
    value: i64,
) -> i32 {
    guard::status("mqttka_disconnect_request_set_int", || {
        const U32: i64 = u32::MAX as i64;
        // SAFETY: a valid request, by the header's contract.
        let options = &mut unsafe { handle::borrow_mut(request, "request") }?.options;
        match key {
            MQTTKA_DISCONNECT_REASON_CODE => {
                let name = "MQTTKA_DISCONNECT_REASON_CODE";
                options.reason_code = known(handle::number(value, 0..=255, name)?)?;
            }
            MQTTKA_DISCONNECT_DRAIN_TIMEOUT_MS => {
                let name = "MQTTKA_DISCONNECT_DRAIN_TIMEOUT_MS";
                let timeout = handle::number(value, 0..=DAY_MS, name)?;
                options.drain_timeout = Some(Duration::from_millis(timeout));
            }
            MQTTKA_DISCONNECT_SESSION_EXPIRY_INTERVAL => {
                let name = "MQTTKA_DISCONNECT_SESSION_EXPIRY_INTERVAL";
                options.session_expiry_interval = Some(handle::number(value, 0..=U32, name)?);
            }
            _ => return Err(Failure::unknown("key", names::DISCONNECTS, key)),
        }
        Ok(())
    })
}

/// Sets the reason in words, for diagnostics (section 3.14.2.2.3). Copied. Not sent in MQTT 3.1.1,
/// nor where the packet would be larger than the broker takes. length: in bytes, or
/// MQTTKA_NUL_TERMINATED.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_disconnect_request_set_reason_string(
    request: *mut mqttka_disconnect_request,
    reason: *const c_char,
    reason_length: usize,
) -> i32 {
    guard::status("mqttka_disconnect_request_set_reason_string", || {
        // SAFETY: a valid request, by the header's contract.
        let request = unsafe { handle::borrow_mut(request, "request") }?;
        // SAFETY: a readable string, by the header's contract.
        let reason = unsafe { handle::text(reason, reason_length, "reason") }?;
        request.options.reason_string = Some(reason);
        Ok(())
    })
}

/// Adds a User Property (section 3.14.2.2.4); they keep their order, and names may repeat. Copied.
/// Not sent in MQTT 3.1.1, nor where the packet would be larger than the broker takes. Lengths: in
/// bytes, or MQTTKA_NUL_TERMINATED.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_INVALID_STRING.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_disconnect_request_add_user_property(
    request: *mut mqttka_disconnect_request,
    name: *const c_char,
    name_length: usize,
    value: *const c_char,
    value_length: usize,
) -> i32 {
    guard::status("mqttka_disconnect_request_add_user_property", || {
        // SAFETY: a valid request, by the header's contract.
        let request = unsafe { handle::borrow_mut(request, "request") }?;
        // SAFETY: readable strings, by the header's contract.
        let pair = unsafe {
            (
                handle::text(name, name_length, "name")?,
                handle::text(value, value_length, "value")?,
            )
        };
        handle::push(&mut request.options.user_properties, pair)
    })
}

/// Ends the connection, or the attempt, as mqttka_client_disconnect_with() and
/// mqttka_client_disconnect_after() do, and tells the broker what the request says. The request is
/// copied; it stays the caller's and can be sent again. Where a wait for acknowledgements is under
/// way, it can only be cut short: what the broker is told is what the first call said.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (a reason code that a client's
/// DISCONNECT cannot have, or a session expiry that the specification rules out),
/// MQTTKA_ERROR_NOT_SUPPORTED (a session expiry in MQTT 3.1.1), MQTTKA_ERROR_NOT_CONNECTED,
/// MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_send_disconnect(
    client: *mut mqttka_client,
    request: *const mqttka_disconnect_request,
) -> i32 {
    guard::client_status("mqttka_client_send_disconnect", || {
        // SAFETY: a valid client and request, by the header's contract.
        let (client, request) = unsafe { (borrow(client)?, handle::borrow(request, "request")?) };
        Ok(client.usable()?.disconnect_with(&request.options)?)
    })
}
