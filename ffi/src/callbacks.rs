//! Callbacks
//!
//! Every callback is optional. The order of events, and what may be called from inside one, is
//! at the top of this header.
use std::ffi::{c_char, c_int, c_void};

use crate::client::mqttka_client;
use crate::event::mqttka_event;
use crate::message::mqttka_message;
use crate::result::mqttka_result;

/// A lifecycle event: MQTTKA_EVENT_CONNECTED, _DISCONNECTED, _CONNECT_FAILED and the others that
/// the chapter of events lists. Called on the lifecycle lane, one at a time, also while a message
/// callback is stuck. The event is valid until the callback returns. user_data is that of
/// mqttka_options_set_user_data().
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
/// callback has returned, and all others have who take the same message, unless the program
/// acknowledges itself (mqttka_message_acknowledge()). user_data is that of
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

/// Gets each TCP socket before it connects, as Android's Network.bindSocket needs it; also those to
/// a proxy, but not Unix sockets. Returns 0, or an errno for which the attempt to this address fails
/// (MQTTKA_TRANSPORT_ERROR_SOCKET_HOOK with MQTTKA_EVENT_OS_ERROR).
///
/// Called on a thread of the library that does nothing else meanwhile, never on a lane: beside this
/// client's callbacks, and beside calls of the same hook for other clients. It may block, which
/// costs the attempt its time and nothing else; while a call has not returned, further attempts of
/// the client fail. It must not close the socket nor use it after it returned. It may call
/// everything; it must return (no longjmp, no C++ exception, no pthread_exit). A call may begin or
/// go on while the client is being destroyed, and ends by itself then: destroying does not wait for
/// it. user_data is that of mqttka_options_set_socket_hook().
pub type mqttka_socket_hook_fn =
    Option<unsafe extern "C" fn(socket: c_int, user_data: *mut c_void) -> c_int>;

/// Judges a server's certificate: returns 0 to trust it; or why it refuses, one of
/// MQTTKA_TRANSPORT_ERROR_CERTIFICATE_EXPIRED, _CERTIFICATE_NOT_YET_VALID, _UNKNOWN_ISSUER,
/// _WRONG_HOST, _CERTIFICATE_REVOKED and _PIN_MISMATCH, which becomes MQTTKA_EVENT_TRANSPORT_ERROR;
/// any other number refuses as MQTTKA_TRANSPORT_ERROR_CERTIFICATE_INVALID.
///
/// certificates, lengths: what the server sent, in DER, its own certificate first: count pointers,
/// and the length of each in bytes. count is 1 at least.
/// server_name: NUL-terminated; the name that the certificate should have: the host, or
/// MQTTKA_OPTION_TLS_SERVER_NAME.
/// reason: room for reason_size bytes, where it refuses: why, in UTF-8, NUL-terminated; it becomes
/// MQTTKA_EVENT_TRANSPORT_MESSAGE. It holds "" at first.
///
/// All pointers are valid until it returns. It is called where mqttka_socket_hook_fn is, may block
/// and call as that one, and must return. user_data is that of mqttka_options_set_tls_verifier().
pub type mqttka_tls_verifier_fn = Option<
    unsafe extern "C" fn(
        certificates: *const *const u8,
        lengths: *const usize,
        count: usize,
        server_name: *const c_char,
        reason: *mut c_char,
        reason_size: usize,
        user_data: *mut c_void,
    ) -> i32,
>;

/// The callbacks as set in the options.
#[derive(Clone, Copy, Default)]
pub(crate) struct Callbacks {
    pub(crate) event: mqttka_event_fn,
    pub(crate) message: mqttka_message_fn,
    pub(crate) terminated: mqttka_terminated_fn,
}
