//! Subscriptions with a callback of their own
//!
//! Messages that match such a subscription go to its callback, and not to that of
//! mqttka_options_set_message_callback(). A message that several subscriptions or streams match
//! goes to all of them.
use std::ffi::c_void;
use std::sync::Arc;

use mqttka_core::client::{SubscriptionId, SubscriptionOptions};

use crate::callbacks::{mqttka_completion_fn, mqttka_destructor_fn, mqttka_message_fn};
use crate::client::{borrow, mqttka_client};
use crate::guard;
use crate::handle;
use crate::lanes::{self, SubscriptionCall};
use crate::subscribe_request::mqttka_subscribe_request;
use crate::user_data::{OwnedUserData, Ownership, UserPointer};

/// Subscribes to all filters of a request in one SUBSCRIBE packet, with a callback of their own. The
/// callback is there before the packet is sent, so that no message is lost, a retained one
/// included. The subscription outlives connections: a client that comes back by itself subscribes
/// again where the broker has lost the session; another one's lasts as long as that session. Where
/// the broker grants none of its filters it has ended. The request is copied.
///
/// callback: as mqttka_message_fn says; not NULL.
/// user_data: what callback receives. destructor: releases it, once, after the last call of
/// callback; NULL: nothing to release. Where this function fails user_data stays the caller's.
/// completion, completion_user_data: called with the broker's SUBACK; may be NULL.
/// subscription: receives a number, never 0, for mqttka_client_unsubscribe_from(); may be NULL.
///
/// Errors as for mqttka_client_send_subscribe().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_subscribe_with(
    client: *mut mqttka_client,
    request: *const mqttka_subscribe_request,
    callback: mqttka_message_fn,
    user_data: *mut c_void,
    destructor: mqttka_destructor_fn,
    completion: mqttka_completion_fn,
    completion_user_data: *mut c_void,
    subscription: *mut u64,
) -> i32 {
    guard::client_status("mqttka_client_subscribe_with", || {
        // SAFETY: a valid client and request, by the header's contract.
        let (borrowed, request) = unsafe { (borrow(client)?, handle::borrow(request, "request")?) };
        let callback = callback.ok_or_else(|| handle::null("callback"))?;
        let core = borrowed.usable()?;
        let (subscriptions, properties) = request.to_send()?;
        let user_pointer = UserPointer::new(user_data);
        let ownership = Ownership::new(destructor.map(|destructor| OwnedUserData {
            pointer: user_pointer,
            destructor,
        }));
        let call = SubscriptionCall {
            callback,
            client,
            user_pointer,
            ownership: Some(Arc::clone(&ownership)),
        };
        let completion = lanes::completion(borrowed, completion, completion_user_data);
        let completion = request.cancellable(borrowed, completion)?;
        let mut options = SubscriptionOptions::default();
        options.manual_acknowledgement = request.manual_acknowledgement;
        let id = ownership.decide(|| {
            core.subscribe_with_options(subscriptions, properties, options, call, completion)
        })?;
        // SAFETY: NULL or a valid out-parameter, by the header's contract.
        if let Ok(out) = unsafe { handle::out(subscription, "subscription") } {
            out.set(id.get());
        }
        Ok(())
    })
}

/// Ends what mqttka_client_subscribe_with() began, with UNSUBSCRIBE for those of its filters that no
/// other subscription of this client needs. The callback is called until the broker has answered;
/// then the destructor of its user_data runs.
///
/// subscription: the number that mqttka_client_subscribe_with() gave.
/// completion, user_data: called with the broker's UNSUBACK; may be NULL.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (there is no such subscription any
/// more), MQTTKA_ERROR_FORKED; MQTTKA_ERROR_NOT_CONNECTED, MQTTKA_ERROR_QUEUE_FULL,
/// MQTTKA_ERROR_CLOSED: nothing is sent, and the subscription has ended here all the same.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_unsubscribe_from(
    client: *mut mqttka_client,
    subscription: u64,
    completion: mqttka_completion_fn,
    user_data: *mut c_void,
) -> i32 {
    guard::client_status("mqttka_client_unsubscribe_from", || {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        let core = client.usable()?;
        let completion = lanes::completion(client, completion, user_data);
        Ok(core.unsubscribe_from(SubscriptionId::from(subscription), completion)?)
    })
}
