//! What the core's lanes call, and which client's callback a thread is in.
use std::cell::Cell;
use std::ffi::c_void;
use std::sync::Arc;

use mqttka_core::client::{Completion, Event, Handler, Message, MessageHandler, Outcome, Received};

use crate::callbacks::{Callbacks, mqttka_completion_fn};
use crate::client::mqttka_client;
use crate::event::mqttka_event;
use crate::message::mqttka_message;
use crate::result::mqttka_result;
use crate::user_data::{Ownership, UserPointer};

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
pub(crate) struct Inside(*const mqttka_client);

impl Inside {
    pub(crate) fn of(client: *const mqttka_client) -> Self {
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
pub(crate) struct Lanes {
    pub(crate) client: Arc<mqttka_client>,
    pub(crate) callbacks: Callbacks,
    pub(crate) user_pointer: UserPointer,
}

impl Lanes {
    fn call_with(&self, message: &mqttka_message) {
        let Some(callback) = self.callbacks.message else {
            return;
        };
        let client = Arc::as_ptr(&self.client);
        let _inside = Inside::of(client);
        // SAFETY: as in `on_event`.
        unsafe { callback(client.cast_mut(), message, self.user_pointer.get()) }
    }
}

impl Handler for Lanes {
    fn on_event(&self, event: &Event) {
        let Some(callback) = self.callbacks.event else {
            return;
        };
        let client = Arc::as_ptr(&self.client);
        let event = mqttka_event::new(event);
        let _inside = Inside::of(client);
        // SAFETY: the application's function with the arguments that its type promises; all
        // pointers live until it returns.
        unsafe { callback(client.cast_mut(), &event, self.user_pointer.get()) }
    }

    fn on_message(&self, message: Message, connection_number: u64) {
        self.call_with(&mqttka_message::received(message, connection_number));
    }

    fn on_received(&self, received: Received) {
        self.call_with(&mqttka_message::with_acknowledgement(received));
    }

    fn on_terminated(&self) {
        let inside = Inside::of(Arc::as_ptr(&self.client));
        if let Some(callback) = self.callbacks.terminated {
            // SAFETY: as in `on_event`.
            unsafe { callback(self.user_pointer.get()) }
        }
        // Here and not where the last reference goes: it is due after this callback, on this
        // lane, and before a blocking destroy returns.
        drop(self.client.take_user_data());
        drop(self.client.take_hooks());
        drop(inside);
        self.client.finish();
    }
}

/// A completion's C half.
struct CompletionCall {
    callback: unsafe extern "C" fn(*mut mqttka_client, *const mqttka_result<'_>, *mut c_void),
    client: *const mqttka_client,
    user_data: UserPointer,
}

// SAFETY: the client is only passed on; it is Sync, and `Lanes` keeps it alive: completions run
// on the message lane, which ends before `on_terminated`.
unsafe impl Send for CompletionCall {}

impl CompletionCall {
    fn run(self, outcome: &Outcome) {
        let result = mqttka_result::new(outcome);
        let _inside = Inside::of(self.client);
        // SAFETY: the application's function with the arguments that its type promises; the
        // client is alive (see Send), and the result until the function returns.
        unsafe { (self.callback)(self.client.cast_mut(), &result, self.user_data.get()) }
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
        self.call_with(&mqttka_message::received(message, connection_number));
    }

    fn on_received(&self, received: Received) {
        self.call_with(&mqttka_message::with_acknowledgement(received));
    }
}

impl SubscriptionCall {
    fn call_with(&self, message: &mqttka_message) {
        if self.ownership.as_ref().is_some_and(|it| it.is_refused()) {
            return;
        }
        let _inside = Inside::of(self.client);
        // SAFETY: the application's function with the arguments that its type promises; the
        // client is alive (see Send), and the message until the function returns.
        unsafe { (self.callback)(self.client.cast_mut(), message, self.user_pointer.get()) }
    }
}

impl Drop for SubscriptionCall {
    fn drop(&mut self) {
        let _inside = Inside::of(self.client);
        drop(self.ownership.take());
    }
}
