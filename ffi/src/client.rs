//! Client
//!
//! A mqttka_client is one MQTT client: at most one connection at a time, any number of them one
//! after the other. Its functions may be called from any thread at any time, also from inside
//! its callbacks; none of them blocks, except mqttka_client_destroy_and_wait(). After a destroy
//! they return MQTTKA_ERROR_CLOSED.
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use mqttka_core::client::{Client, Completion, Error, ReasonCode};

use crate::callbacks::{
    Callbacks, CompletionCall, Lanes, OwnedUserData, UserPointer, inside_callback_of,
    mqttka_completion_fn,
};
use crate::error::{MQTTKA_ERROR_TIMED_OUT, MQTTKA_ERROR_WOULD_DEADLOCK};
use crate::guard::{self, Failure};
use crate::handle;
use crate::options::mqttka_options;

/// A client. From mqttka_client_new(); valid until its `terminated` callback has returned.
pub struct mqttka_client {
    // Set before C sees the pointer.
    client: OnceLock<Client>,
    pub(crate) callbacks: Callbacks,
    pub(crate) user_pointer: UserPointer,
    user_data: Mutex<Option<OwnedUserData>>,
    destroyed: AtomicBool,
    // Whether `terminated` and the destructor have returned.
    finished: Mutex<bool>,
    finishing: Condvar,
    // Whether a timed-out wait keeps the pointer valid for the next one.
    kept_for_waiter: AtomicBool,
}

impl mqttka_client {
    pub(crate) fn take_user_data(&self) -> Option<OwnedUserData> {
        lock(&self.user_data).take()
    }

    pub(crate) fn finish(&self) {
        *lock(&self.finished) = true;
        self.finishing.notify_all();
    }

    pub(crate) fn open(&self) -> Result<&Client, Failure> {
        self.client.get().ok_or_else(|| Error::Closed.into())
    }

    pub(crate) fn usable(&self) -> Result<&Client, Failure> {
        if self.destroyed.load(Ordering::Acquire) {
            return Err(Error::Closed.into());
        }
        self.client.get().ok_or_else(|| Error::Closed.into())
    }

    pub(crate) fn completion(
        &self,
        callback: mqttka_completion_fn,
        user_data: *mut c_void,
    ) -> Completion {
        let Some(callback) = callback else {
            return Completion::none();
        };
        let call = CompletionCall {
            callback,
            client: self,
            user_data: UserPointer::new(user_data),
        };
        Completion::call(move |outcome| call.run(outcome))
    }
}

// A panic while one of these is held leaves them as they are: every change is one store.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Borrows a client.
///
/// # Safety
/// `client` is NULL or a client whose `terminated` callback has not returned.
pub(crate) unsafe fn borrow<'a>(
    client: *const mqttka_client,
) -> Result<&'a mqttka_client, Failure> {
    // SAFETY: the caller's promise; a client is only changed through its locks and atomics.
    unsafe { handle::borrow(client, "client") }
}

/// Makes a client and starts the library's threads where they do not run yet. It opens no
/// connection; mqttka_client_connect() does.
///
/// options: what the client is made with; copied. They stay the caller's, can be freed or changed
/// at once, and may be used for further clients. Only a user_data that has a destructor passes to
/// the client: such options make no second client (MQTTKA_ERROR_INVALID_ARGUMENT) until
/// mqttka_options_set_user_data() was called again.
/// client: receives the client; NULL where this fails. To be ended with mqttka_client_destroy().
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (such as no MQTTKA_OPTION_HOST),
/// MQTTKA_ERROR_STARTUP, MQTTKA_ERROR_FORKED. On failure user_data stays with the options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_new(
    options: *mut mqttka_options,
    client: *mut *mut mqttka_client,
) -> i32 {
    guard::status(|| {
        // SAFETY: the application's pointers, by the header's contract.
        let out = unsafe { handle::out(client, "client") }?;
        out.set(std::ptr::null_mut());
        guard::not_in_child()?;
        // SAFETY: as above.
        let options = unsafe { handle::borrow_mut(options, "options") }?;
        let (core_options, callbacks, user_pointer) = options.for_client()?;
        let made = Arc::new(mqttka_client {
            client: OnceLock::new(),
            callbacks,
            user_pointer,
            user_data: Mutex::new(None),
            destroyed: AtomicBool::new(false),
            finished: Mutex::new(false),
            finishing: Condvar::new(),
            kept_for_waiter: AtomicBool::new(false),
        });
        let core = Client::new(core_options, Lanes(Arc::clone(&made)))?;
        // Nothing has been called yet: callbacks need a connect or a destroy.
        *lock(&made.user_data) = options.hand_over_user_data();
        let _ = made.client.set(core);
        // The reference in `Lanes` is what keeps it alive from here on.
        out.set(Arc::as_ptr(&made).cast_mut());
        Ok(())
    })
}

/// Starts a connection attempt: name resolution, TCP, CONNECT and CONNACK, within
/// MQTTKA_OPTION_CONNECT_TIMEOUT_MS.
///
/// Each call that returns MQTTKA_OK is followed by exactly one event: MQTTKA_EVENT_CONNECTED or
/// MQTTKA_EVENT_CONNECT_FAILED. The client does not try again by itself; calling this from inside
/// the event callback is fine.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_ALREADY_CONNECTED, MQTTKA_ERROR_CLOSED,
/// MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_connect(client: *mut mqttka_client) -> i32 {
    guard::client_status(|| {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        Ok(client.usable()?.connect()?)
    })
}

/// Disconnects as mqttka_client_disconnect_with() does with reason code 0x00 (Normal
/// disconnection): the broker discards the Will.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_disconnect(client: *mut mqttka_client) -> i32 {
    guard::client_status(|| {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        Ok(client.usable()?.disconnect(ReasonCode::Success)?)
    })
}

/// Ends the connection, or the attempt. What was queued before is sent first; then DISCONNECT
/// (section 3.14) if the path takes it within min(keep-alive / 2, 2 s); then
/// MQTTKA_EVENT_DISCONNECTED with MQTTKA_CAUSE_DISCONNECT_REQUESTED, or
/// MQTTKA_EVENT_CONNECT_FAILED with MQTTKA_CONNECT_ERROR_DISCONNECT_REQUESTED. It does not wait for
/// acknowledgements: operations that have none yet end with MQTTKA_ERROR_DISCONNECTED, unless the
/// session keeps them. Disconnect after their completions where that matters.
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
    guard::client_status(|| {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        let reason_code = u8::try_from(reason_code)
            .ok()
            .and_then(ReasonCode::from_u8)
            .ok_or_else(|| {
                Failure::invalid(format!("reason_code is {reason_code:#x}, which is none"))
            })?;
        Ok(client.usable()?.disconnect(reason_code)?)
    })
}

/// Ends the client. Never blocks. It aborts a connection without DISCONNECT (so that the broker
/// publishes the Will); call mqttka_client_disconnect() and wait for its event for a clean end.
///
/// What follows, in this order: MQTTKA_EVENT_DISCONNECTED or _CONNECT_FAILED with the cause
/// "client closed" where there was a connection or an attempt; completions with
/// MQTTKA_ERROR_CLOSED for all operations under way; `terminated`; the destructor of user_data.
/// The pointer stays valid until `terminated` has returned; until then other calls return
/// MQTTKA_ERROR_CLOSED. From inside any callback too.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_CLOSED (it was destroyed before; nothing was done),
/// MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_destroy(client: *mut mqttka_client) -> i32 {
    guard::client_status(|| {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        let core = client.open()?;
        if client.destroyed.swap(true, Ordering::AcqRel) {
            return Err(Error::Closed.into());
        }
        // Keeps the core alive where `terminated` runs on a lane before `close` has returned.
        let core = core.clone();
        core.close();
        Ok(())
    })
}

/// Ends the client as mqttka_client_destroy() does (where that was not called yet), and waits
/// until `terminated` and the destructor of user_data have returned. After MQTTKA_OK no callback
/// of this client runs or will run, and the pointer is no longer valid.
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
    guard::client_status(|| {
        // SAFETY: a valid client, by the header's contract.
        let borrowed = unsafe { borrow(client) }?;
        let core = borrowed.open()?;
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
        if !kept.destroyed.swap(true, Ordering::AcqRel) {
            core.clone().close();
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

impl mqttka_client {
    fn wait_finished(&self, timeout_ms: i64) -> bool {
        // Longer than a century is for ever; it would overflow the clock of the wait.
        const FOR_EVER_MS: u64 = 100 * 365 * 24 * 3_600_000;
        let finished = lock(&self.finished);
        match u64::try_from(timeout_ms) {
            Ok(timeout_ms) if timeout_ms < FOR_EVER_MS => {
                let timeout = Duration::from_millis(timeout_ms);
                let waited = self
                    .finishing
                    .wait_timeout_while(finished, timeout, |finished| !*finished);
                *waited.unwrap_or_else(PoisonError::into_inner).0
            }
            _ => {
                let waited = self.finishing.wait_while(finished, |finished| !*finished);
                *waited.unwrap_or_else(PoisonError::into_inner)
            }
        }
    }
}
