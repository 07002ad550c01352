//! Callbacks
//!
//! Every callback is optional. The order of events, and what may be called from inside one, is
//! at the top of this header.
use std::cell::Cell;
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mqttka_core::client::{Event, Handler, Message, MessageHandler, Outcome};

use crate::client::mqttka_client;
use crate::event::mqttka_event;
use crate::message::mqttka_message;
use crate::result::mqttka_result;

/// A lifecycle event: MQTTKA_EVENT_CONNECTED, _DISCONNECTED or _CONNECT_FAILED. Called on the
/// lifecycle lane, one at a time, also while a message callback is stuck. The event is valid
/// until the callback returns. user_data is that of mqttka_options_set_user_data().
pub type mqttka_event_fn = Option<
    unsafe extern "C" fn(
        client: *mut mqttka_client,
        event: *const mqttka_event<'_>,
        user_data: *mut c_void,
    ),
>;

/// A message from the broker. Called on the message lane, one at a time, in the order in which
/// the messages came. The message is valid until the callback returns; mqttka_message_clone()
/// keeps it, without copying the payload. A QoS 1 or 2 message is acknowledged after the
/// callback has returned, and all others have who take the same message. user_data is that of
/// mqttka_options_set_user_data(), or of mqttka_client_subscribe_with().
pub type mqttka_message_fn = Option<
    unsafe extern "C" fn(
        client: *mut mqttka_client,
        message: *const mqttka_message,
        user_data: *mut c_void,
    ),
>;

/// The last callback of a client, once, after mqttka_client_destroy() and after every other
/// callback of this client has returned. When it returns the mqttka_client pointer is no longer
/// valid. user_data is that of mqttka_options_set_user_data().
pub type mqttka_terminated_fn = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// The outcome of one operation: called exactly once for each call that returned MQTTKA_OK, and
/// never for one that returned an error. On the message lane, in order with the messages.
/// Operations that are under way at a destroy end with MQTTKA_ERROR_CLOSED, before `terminated`.
/// The result is valid until the callback returns. user_data is the operation's own.
pub type mqttka_completion_fn = Option<
    unsafe extern "C" fn(
        client: *mut mqttka_client,
        result: *const mqttka_result<'_>,
        user_data: *mut c_void,
    ),
>;

/// Releases user_data: called once, after the last callback that receives it has returned, or by
/// mqttka_options_free() where no client took the user_data over.
pub type mqttka_destructor_fn = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// A pointer that is the application's and that this library only passes on.
#[derive(Clone, Copy)]
pub(crate) struct UserPointer(*mut c_void);

// SAFETY: never dereferenced here; that it may be used on the library's threads is what the
// header says of user_data.
unsafe impl Send for UserPointer {}
// SAFETY: as above.
unsafe impl Sync for UserPointer {}

impl UserPointer {
    pub(crate) const NULL: UserPointer = UserPointer(std::ptr::null_mut());

    pub(crate) fn new(pointer: *mut c_void) -> Self {
        UserPointer(pointer)
    }

    // A method, so that closures capture the wrapper and not the bare pointer.
    pub(crate) fn get(self) -> *mut c_void {
        self.0
    }
}

/// user_data together with the duty to release it, exactly once: by dropping this.
pub(crate) struct OwnedUserData {
    pub(crate) pointer: UserPointer,
    pub(crate) destructor: unsafe extern "C" fn(*mut c_void),
}

impl OwnedUserData {
    /// Ends the duty without releasing: the application owns it again.
    pub(crate) fn give_back(self) {
        std::mem::forget(self);
    }
}

impl Drop for OwnedUserData {
    fn drop(&mut self) {
        // SAFETY: the application gave the two together for this one call.
        unsafe { (self.destructor)(self.pointer.get()) }
    }
}

/// The callbacks as set in the options.
#[derive(Clone, Copy, Default)]
pub(crate) struct Callbacks {
    pub(crate) event: mqttka_event_fn,
    pub(crate) message: mqttka_message_fn,
    pub(crate) terminated: mqttka_terminated_fn,
}

thread_local! {
    /// The client whose callback this thread is in.
    static CURRENT: Cell<*const mqttka_client> = const { Cell::new(std::ptr::null()) };
}

/// Whether this thread is inside a callback of this client.
pub(crate) fn inside_callback_of(client: *const mqttka_client) -> bool {
    CURRENT
        .try_with(Cell::get)
        .is_ok_and(|current| current == client)
}

/// Marks the thread as inside a callback, until dropped.
struct Inside(*const mqttka_client);

impl Inside {
    fn of(client: *const mqttka_client) -> Self {
        Inside(
            CURRENT
                .try_with(|current| current.replace(client))
                .unwrap_or(client),
        )
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        let _ = CURRENT.try_with(|current| current.set(self.0));
    }
}

/// What the lanes call: the C callbacks of one client. Its reference keeps the client's pointer
/// valid until `terminated` has returned.
pub(crate) struct Lanes(pub(crate) Arc<mqttka_client>);

impl Handler for Lanes {
    fn on_event(&self, event: &Event) {
        let Some(callback) = self.0.callbacks.event else {
            return;
        };
        let client = Arc::as_ptr(&self.0);
        let event = mqttka_event::new(event);
        let _inside = Inside::of(client);
        // SAFETY: the application's function with the arguments that its type promises; all
        // pointers live until it returns.
        unsafe { callback(client.cast_mut(), &event, self.0.user_pointer.get()) }
    }

    fn on_message(&self, message: Message, connection_number: u64) {
        let Some(callback) = self.0.callbacks.message else {
            return;
        };
        let client = Arc::as_ptr(&self.0);
        let message = mqttka_message::received(message, connection_number);
        let _inside = Inside::of(client);
        // SAFETY: as in `on_event`.
        unsafe { callback(client.cast_mut(), &message, self.0.user_pointer.get()) }
    }

    fn on_terminated(&self) {
        let inside = Inside::of(Arc::as_ptr(&self.0));
        if let Some(callback) = self.0.callbacks.terminated {
            // SAFETY: as in `on_event`.
            unsafe { callback(self.0.user_pointer.get()) }
        }
        // Here and not where the last reference goes: it is due after this callback, on this
        // lane, and before a blocking destroy returns.
        drop(self.0.take_user_data());
        drop(inside);
        self.0.finish();
    }
}

/// A completion's C half.
pub(crate) struct CompletionCall {
    pub(crate) callback:
        unsafe extern "C" fn(*mut mqttka_client, *const mqttka_result<'_>, *mut c_void),
    pub(crate) client: *const mqttka_client,
    pub(crate) user_data: UserPointer,
}

// SAFETY: the client is only passed on; it is Sync, and `Lanes` keeps it alive: completions run
// on the message lane, which ends before `on_terminated`.
unsafe impl Send for CompletionCall {}

impl CompletionCall {
    pub(crate) fn run(self, outcome: &Outcome) {
        let result = mqttka_result::new(outcome);
        let _inside = Inside::of(self.client);
        // SAFETY: the application's function with the arguments that its type promises; the
        // client is alive (see Send), and the result until the function returns.
        unsafe { (self.callback)(self.client.cast_mut(), &result, self.user_data.get()) }
    }
}

/// Whose user_data that of a subscription is: the application's again where subscribing fails.
pub(crate) struct Ownership {
    user_data: Option<OwnedUserData>,
    /// Held by who subscribes until it is known.
    deciding: Mutex<()>,
    refused: AtomicBool,
}

impl Ownership {
    pub(crate) fn new(user_data: Option<OwnedUserData>) -> Arc<Self> {
        Arc::new(Ownership {
            user_data,
            deciding: Mutex::new(()),
            refused: AtomicBool::new(false),
        })
    }

    /// Runs `subscribe`, whose messages wait meanwhile. Where it fails, the application may free
    /// user_data as soon as it hears of it: no message comes, and the destructor does not run.
    pub(crate) fn decide<T, E>(&self, subscribe: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let _deciding = self.wait();
        let result = subscribe();
        self.refused.store(result.is_err(), Ordering::Release);
        result
    }

    fn wait(&self) -> MutexGuard<'_, ()> {
        self.deciding.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_refused(&self) -> bool {
        drop(self.wait());
        self.refused.load(Ordering::Acquire)
    }
}

impl Drop for Ownership {
    fn drop(&mut self) {
        if let Some(user_data) = self.user_data.take() {
            if *self.refused.get_mut() {
                user_data.give_back();
            } else {
                drop(user_data);
            }
        }
    }
}

/// The C callback of one subscription, with its user_data.
pub(crate) struct SubscriptionCall {
    pub(crate) callback:
        unsafe extern "C" fn(*mut mqttka_client, *const mqttka_message, *mut c_void),
    pub(crate) client: *const mqttka_client,
    pub(crate) user_pointer: UserPointer,
    /// Until it is dropped, which is after the last message.
    pub(crate) ownership: Option<Arc<Ownership>>,
}

// SAFETY: the client is only passed on; it is Sync, and `Lanes` keeps it alive: messages are
// delivered on the message lane, which ends before `on_terminated`.
unsafe impl Send for SubscriptionCall {}
// SAFETY: as above; nothing in it changes.
unsafe impl Sync for SubscriptionCall {}

impl MessageHandler for SubscriptionCall {
    fn on_message(&self, message: Message, connection_number: u64) {
        if self.ownership.as_ref().is_some_and(|it| it.is_refused()) {
            return;
        }
        let message = mqttka_message::received(message, connection_number);
        let _inside = Inside::of(self.client);
        // SAFETY: the application's function with the arguments that its type promises; the
        // client is alive (see Send), and the message until the function returns.
        unsafe { (self.callback)(self.client.cast_mut(), &message, self.user_pointer.get()) }
    }
}

impl Drop for SubscriptionCall {
    fn drop(&mut self) {
        let _inside = Inside::of(self.client);
        drop(self.ownership.take());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    static RELEASED: AtomicUsize = AtomicUsize::new(0);

    unsafe extern "C" fn release(_: *mut c_void) {
        RELEASED.fetch_add(1, Ordering::Relaxed);
    }

    #[test]
    fn user_data_is_released_once_and_not_where_subscribing_failed() {
        for (result, expected) in [(Ok(()), 1), (Err(()), 0)] {
            for handler_first in [false, true] {
                RELEASED.store(0, Ordering::Relaxed);
                let ownership = Ownership::new(Some(OwnedUserData {
                    pointer: UserPointer::NULL,
                    destructor: release,
                }));
                let handler = Arc::clone(&ownership);
                let mut held = Some(handler);
                let decided = ownership.decide(|| {
                    if handler_first {
                        // The broker refuses before the call has returned.
                        drop(held.take());
                    }
                    result
                });
                assert_eq!(decided, result);
                drop(ownership);
                drop(held);
                assert_eq!(RELEASED.load(Ordering::Relaxed), expected);
            }
        }
    }
}
