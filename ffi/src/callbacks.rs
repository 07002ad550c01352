//! Callbacks
//!
//! Every callback is optional. The order of events, and what may be called from inside one, is
//! at the top of this header.
use std::ffi::c_void;

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

/// The callbacks as set in the options.
#[derive(Clone, Copy, Default)]
pub(crate) struct Callbacks {
    pub(crate) event: mqttka_event_fn,
    pub(crate) message: mqttka_message_fn,
    pub(crate) terminated: mqttka_terminated_fn,
}
