//! How clients and connections begin: the functions of the chapter that `client` opens. Apart from
//! the type, which the callbacks are called with, while these functions need options and callbacks.
use std::sync::Arc;

use mqttka_core::client::Client;

use crate::client::{borrow, mqttka_client};
use crate::guard;
use crate::handle;
use crate::lanes::Lanes;
use crate::options::mqttka_options;

/// Makes a client and starts the library's threads where they do not run yet. It opens no
/// connection; mqttka_client_connect() does.
///
/// options: what the client is made with; copied. They stay the caller's, can be freed or changed
/// at once, and may be used for further clients. Only a user_data of mqttka_options_set_user_data()
/// that has a destructor passes to the client: such options make no second client
/// (MQTTKA_ERROR_INVALID_ARGUMENT) until that function was called again.
/// client: receives the client; NULL where this fails. To be ended with mqttka_client_destroy().
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (such as no MQTTKA_OPTION_HOST, or a
/// file of certificates that cannot be read; mqttka_last_error() names the option),
/// MQTTKA_ERROR_STARTUP, MQTTKA_ERROR_FORKED. On failure user_data stays with the options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_new(
    options: *mut mqttka_options,
    client: *mut *mut mqttka_client,
) -> i32 {
    guard::status("mqttka_client_new", || {
        // SAFETY: the application's pointers, by the header's contract.
        let out = unsafe { handle::out(client, "client") }?;
        out.set(std::ptr::null_mut());
        guard::not_in_child()?;
        // SAFETY: as above.
        let options = unsafe { handle::borrow_mut(options, "options") }?;
        let (core_options, callbacks, user_pointer) = options.for_client()?;
        let made = mqttka_client::new();
        let lanes = Lanes {
            client: Arc::clone(&made),
            callbacks,
            user_pointer,
        };
        let core = match callbacks.message {
            Some(_) => Client::new(core_options, lanes),
            // Messages that nobody takes must not be acknowledged as if somebody had.
            None => Client::with_streams(core_options, lanes),
        }?;
        // Nothing has been called yet: callbacks need a connect or a destroy.
        let hooks = options.share_hooks();
        made.begin(core, options.hand_over_user_data(), hooks);
        // This reference is the application's until it ends the client; that in `Lanes` lasts until
        // `terminated` has returned. The one alone would not do: an engine that cannot go on ends
        // clients that the application still uses.
        out.set(Arc::into_raw(made).cast_mut());
        Ok(())
    })
}

/// Starts a connection attempt: name resolution, TCP, where they are wanted the proxy's tunnel, TLS
/// and WebSocket, then CONNECT and CONNACK, all within MQTTKA_OPTION_CONNECT_TIMEOUT_MS.
///
/// Each call that returns MQTTKA_OK is followed by exactly one event that tells how the attempt
/// ends: MQTTKA_EVENT_CONNECTED or MQTTKA_EVENT_CONNECT_FAILED. From then on the client comes back
/// by itself until mqttka_client_disconnect() or _destroy(), or until it stops
/// (MQTTKA_EVENT_RECONNECT_STOPPED); without MQTTKA_OPTION_RECONNECT it does not, and calling this
/// from inside the event callback is fine. Where the client waits to try again
/// (MQTTKA_STATE_RECONNECTING), it tries now.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_ALREADY_CONNECTED, MQTTKA_ERROR_EVENTS_NOT_TAKEN,
/// MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_connect(client: *mut mqttka_client) -> i32 {
    guard::client_status("mqttka_client_connect", || {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        Ok(client.usable()?.connect()?)
    })
}
