//! Goodbye
//!
//! How connections and clients end. A goodbye is all that was queued before, then DISCONNECT, then
//! waiting until the broker has closed: within half the keep-alive, at most 2 s.
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use mqttka_core::client::{Error, ReasonCode};

use crate::client::{borrow, mqttka_client};
use crate::error::{MQTTKA_ERROR_TIMED_OUT, MQTTKA_ERROR_WOULD_DEADLOCK};
use crate::guard::{self, Failure};
use crate::handle;
use crate::lanes::inside_callback_of;
use crate::options::DAY_MS;

/// Disconnects as mqttka_client_disconnect_with() does with reason code 0x00 (Normal
/// disconnection): the broker discards the Will.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_disconnect(client: *mut mqttka_client) -> i32 {
    guard::client_status("mqttka_client_disconnect", || {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        Ok(client.usable()?.disconnect(ReasonCode::Success)?)
    })
}

/// Ends the connection, or the attempt. What was queued before is sent first; then DISCONNECT
/// (section 3.14), and nothing more; then the library waits for the broker to close, all within
/// half the keep-alive, at most 2 s; then MQTTKA_EVENT_DISCONNECTED comes with
/// MQTTKA_CAUSE_DISCONNECT_REQUESTED, or MQTTKA_EVENT_CONNECT_FAILED with
/// MQTTKA_CONNECT_ERROR_DISCONNECT_REQUESTED. It does not wait for acknowledgements: operations that
/// have none yet end with MQTTKA_ERROR_DISCONNECTED, unless the session keeps them or the client
/// comes back by itself: they then wait for the next mqttka_client_connect().
/// mqttka_client_disconnect_after() waits for them. Where the client waits to try again
/// (MQTTKA_STATE_RECONNECTING), it stops: MQTTKA_EVENT_RECONNECT_STOPPED with
/// MQTTKA_STOP_DISCONNECT_REQUESTED.
///
/// reason_code: 0x00, 0x04 (Disconnect with Will Message: the broker publishes the Will), or from
/// 0x80 what a client may send (section 3.14.2.1). MQTT 3.1.1 has no reason codes: there the
/// broker discards the Will on any DISCONNECT.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_NOT_CONNECTED,
/// MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_disconnect_with(
    client: *mut mqttka_client,
    reason_code: i32,
) -> i32 {
    guard::client_status("mqttka_client_disconnect_with", || {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        Ok(client.usable()?.disconnect(known(reason_code)?)?)
    })
}

/// As mqttka_client_disconnect_with(), but first waits until all that was queued before is
/// acknowledged: completions have their outcomes before MQTTKA_EVENT_DISCONNECTED. Never blocks
/// the caller. New operations are meanwhile for the next connection, where the session keeps them or
/// the client comes back by itself; else they are refused with MQTTKA_ERROR_NOT_CONNECTED.
///
/// drain_timeout_ms: how long to wait for acknowledgements at most, in milliseconds, 0 to
/// 86,400,000 (a day); then the goodbye follows without them. A connection that ends meanwhile
/// ends with its own cause.
///
/// Errors as for mqttka_client_disconnect_with().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_disconnect_after(
    client: *mut mqttka_client,
    reason_code: i32,
    drain_timeout_ms: i64,
) -> i32 {
    guard::client_status("mqttka_client_disconnect_after", || {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        let reason_code = known(reason_code)?;
        let timeout = handle::number(drain_timeout_ms, 0..=DAY_MS, "drain_timeout_ms")?;
        Ok(client
            .usable()?
            .disconnect_after(reason_code, Duration::from_millis(timeout))?)
    })
}

pub(crate) fn known(reason_code: i32) -> Result<ReasonCode, Failure> {
    u8::try_from(reason_code)
        .ok()
        .and_then(ReasonCode::from_u8)
        .ok_or_else(|| {
            Failure::invalid(format!(
                "reason_code is {reason_code:#x}; it must be one of a client's DISCONNECT"
            ))
        })
}

/// Ends the client, after a goodbye. Never blocks.
///
/// What follows, in this order: where there is a connection, the goodbye as by
/// mqttka_client_disconnect(), unless one is under way; MQTTKA_EVENT_DISCONNECTED or _CONNECT_FAILED
/// with the cause "client closed", or that of what was under way, where there was a connection or
/// an attempt, or MQTTKA_EVENT_RECONNECT_STOPPED where the client waited to try again; completions
/// with MQTTKA_ERROR_CLOSED for the operations that have no outcome;
/// `terminated`; the destructor of user_data. An attempt ends at once. The pointer stays valid
/// until `terminated` has returned; until then other calls return MQTTKA_ERROR_CLOSED. From inside
/// any callback too.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_CLOSED (it was destroyed before; nothing was done),
/// MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_destroy(client: *mut mqttka_client) -> i32 {
    guard::client_status("mqttka_client_destroy", || {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        // SAFETY: from mqttka_client_new. It keeps the client alive where `terminated` returns
        // before `close` has.
        let client = unsafe { client.end() }.ok_or(Error::Closed)?;
        client.open()?.close();
        Ok(())
    })
}

/// Closes the client at once, without a word to the broker, which therefore publishes the Will. The
/// callbacks follow as after mqttka_client_destroy(), and calls return MQTTKA_ERROR_CLOSED. The
/// client is still to be destroyed: its pointer is valid until then, although `terminated` may
/// have come. After mqttka_client_destroy(), as long as the pointer is valid, it cuts the goodbye
/// short. Never blocks.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_abort(client: *mut mqttka_client) -> i32 {
    guard::client_status("mqttka_client_abort", || {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        // Keeps the core alive where `terminated` returns on a lane before `abort` has.
        let core = client.open()?.clone();
        core.abort();
        Ok(())
    })
}

/// Ends the client as mqttka_client_destroy() does, and waits until `terminated` and the destructor
/// of user_data have returned. After MQTTKA_OK no callback of this client runs or will run, and the
/// pointer is no longer valid. Call it instead of mqttka_client_destroy(); behind one, only where
/// `terminated` cannot have returned yet.
///
/// timeout_ms: how long to wait, in milliseconds; negative: for ever. MQTTKA_ERROR_TIMED_OUT says
/// that a callback still runs: the client is destroyed all the same, and its pointer stays valid
/// (a few hundred bytes) until a later call of this function returned MQTTKA_OK.
///
/// Inside a callback of the same client it returns MQTTKA_ERROR_WOULD_DEADLOCK and changes
/// nothing; use mqttka_client_destroy() there. Two clients that wait for each other from inside
/// their callbacks are not detected.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_WOULD_DEADLOCK, MQTTKA_ERROR_TIMED_OUT,
/// MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_destroy_and_wait(
    client: *mut mqttka_client,
    timeout_ms: i64,
) -> i32 {
    guard::client_status("mqttka_client_destroy_and_wait", || {
        // SAFETY: a valid client, by the header's contract.
        let borrowed = unsafe { borrow(client) }?;
        if inside_callback_of(client) {
            return Err(Failure::new(
                MQTTKA_ERROR_WOULD_DEADLOCK,
                "mqttka_client_destroy_and_wait inside a callback of the same client would wait \
                 for itself; mqttka_client_destroy does not wait",
            ));
        }
        // SAFETY: the pointer came from an Arc (`mqttka_client_new`) that is still alive.
        let kept = unsafe {
            Arc::increment_strong_count(client);
            Arc::from_raw(client.cast_const())
        };
        // SAFETY: as above.
        if let Some(client) = unsafe { borrowed.end() } {
            client.open()?.close();
        }
        if kept.wait_finished(timeout_ms) {
            if kept.kept_for_waiter.swap(false, Ordering::AcqRel) {
                // SAFETY: the reference that a timed-out wait left for this one.
                unsafe { Arc::decrement_strong_count(client.cast_const()) }
            }
            return Ok(());
        }
        if !kept.kept_for_waiter.swap(true, Ordering::AcqRel) {
            std::mem::forget(kept);
        }
        Err(Failure::new(
            MQTTKA_ERROR_TIMED_OUT,
            format!("callbacks still run after {timeout_ms} ms"),
        ))
    })
}
