//! Client
//!
//! A mqttka_client is one MQTT client: at most one connection at a time, any number of them one
//! after the other. Its functions may be called from any thread at any time, also from inside
//! its callbacks; none of them blocks, except mqttka_client_destroy_and_wait() and
//! mqttka_stream_next(). After a destroy they return MQTTKA_ERROR_CLOSED.
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use mqttka_core::client::{Client, Completion, Error};

use crate::callbacks::{
    Callbacks, CompletionCall, Lanes, OwnedUserData, UserPointer, mqttka_completion_fn,
};
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
    pub(crate) kept_for_waiter: AtomicBool,
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

    /// Takes the application's reference back, once: `None` where the client was ended before.
    ///
    /// # Safety
    /// `self` is what `mqttka_client_new` gave.
    pub(crate) unsafe fn end(&self) -> Option<Arc<Self>> {
        if self.destroyed.swap(true, Ordering::AcqRel) {
            return None;
        }
        // SAFETY: from Arc::into_raw in `mqttka_client_new`, and taken back nowhere else.
        Some(unsafe { Arc::from_raw(self) })
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
        completion(self, callback, user_data)
    }
}

/// What calls C with an outcome. The client is only passed on.
pub(crate) fn completion(
    client: *const mqttka_client,
    callback: mqttka_completion_fn,
    user_data: *mut c_void,
) -> Completion {
    let Some(callback) = callback else {
        return Completion::none();
    };
    let call = CompletionCall {
        callback,
        client,
        user_data: UserPointer::new(user_data),
    };
    Completion::call(move |outcome| call.run(outcome))
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
        let lanes = Lanes(Arc::clone(&made));
        let core = match callbacks.message {
            Some(_) => Client::new(core_options, lanes),
            // Messages that nobody takes must not be acknowledged as if somebody had.
            None => Client::with_streams(core_options, lanes),
        }?;
        // Nothing has been called yet: callbacks need a connect or a destroy.
        *lock(&made.user_data) = options.hand_over_user_data();
        let _ = made.client.set(core);
        // This reference is the application's until it ends the client; that in `Lanes` lasts until
        // `terminated` has returned. The one alone would not do: an engine that cannot go on ends
        // clients that the application still uses.
        out.set(Arc::into_raw(made).cast_mut());
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
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_ALREADY_CONNECTED, MQTTKA_ERROR_EVENTS_NOT_TAKEN,
/// MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_connect(client: *mut mqttka_client) -> i32 {
    guard::client_status(|| {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        Ok(client.usable()?.connect()?)
    })
}

impl mqttka_client {
    pub(crate) fn wait_finished(&self, timeout_ms: i64) -> bool {
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
