//! The functions of the chapter that `options` opens: what the client calls.
use std::ffi::c_void;

use crate::callbacks::{
    mqttka_destructor_fn, mqttka_event_fn, mqttka_message_fn, mqttka_terminated_fn,
};
use crate::guard;
use crate::handle;
use crate::options::mqttka_options;
use crate::user_data::{OwnedUserData, UserPointer};

/// Sets the callback for lifecycle events; NULL: none, the default.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL (options).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_set_event_callback(
    options: *mut mqttka_options,
    callback: mqttka_event_fn,
) -> i32 {
    guard::status("mqttka_options_set_event_callback", || {
        // SAFETY: valid options, by the header's contract.
        unsafe { handle::borrow_mut(options, "options") }?
            .callbacks
            .event = callback;
        Ok(())
    })
}

/// Sets the callback for the messages that no stream and no subscription's callback takes; NULL:
/// none, the default (such messages wait, see MQTTKA_OPTION_UNCLAIMED_TIMEOUT_MS).
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL (options).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_set_message_callback(
    options: *mut mqttka_options,
    callback: mqttka_message_fn,
) -> i32 {
    guard::status("mqttka_options_set_message_callback", || {
        // SAFETY: valid options, by the header's contract.
        unsafe { handle::borrow_mut(options, "options") }?
            .callbacks
            .message = callback;
        Ok(())
    })
}

/// Sets the last callback; NULL: none, the default.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL (options).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_set_terminated_callback(
    options: *mut mqttka_options,
    callback: mqttka_terminated_fn,
) -> i32 {
    guard::status("mqttka_options_set_terminated_callback", || {
        // SAFETY: valid options, by the header's contract.
        unsafe { handle::borrow_mut(options, "options") }?
            .callbacks
            .terminated = callback;
        Ok(())
    })
}

/// Sets what the event, message and terminated callbacks receive as user_data. Default NULL. It
/// is used on the library's threads.
///
/// destructor: releases user_data; NULL: nothing to release, and any number of clients may be made
/// with it. With a destructor user_data passes to the first client that is made, which calls it
/// once, after `terminated`; until then it is these options', and mqttka_options_free() calls it,
/// or this function where it replaces user_data (but not where it sets the same pointer again).
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL (options; user_data then stays the caller's).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_options_set_user_data(
    options: *mut mqttka_options,
    user_data: *mut c_void,
    destructor: mqttka_destructor_fn,
) -> i32 {
    guard::status("mqttka_options_set_user_data", || {
        // SAFETY: valid options, by the header's contract.
        let options = unsafe { handle::borrow_mut(options, "options") }?;
        let pointer = UserPointer::new(user_data);
        let owned = destructor.map(|destructor| OwnedUserData {
            pointer,
            destructor,
        });
        options.set_user_data(pointer, owned);
        Ok(())
    })
}
