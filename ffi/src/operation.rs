//! Operations
//!
//! Publish, subscribe, unsubscribe. Each call that returns MQTTKA_OK is followed by exactly one
//! call of its completion callback, where it has one.
//!
//! A client that comes back by itself (MQTTKA_OPTION_RECONNECT, the default) accepts them at any
//! time, before its first connection and between connections too: they wait in the outbound queue,
//! which MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_MESSAGES and _MAX_BYTES bound. Another one accepts them
//! while connected, and while connecting (they are sent when the connection is there); QoS 1 and 2
//! publishes at any time where the session outlives the connection
//! (MQTTKA_OPTION_SESSION_EXPIRY_INTERVAL, or MQTTKA_OPTION_CLEAN_START 0 in MQTT 3.1.1).
use std::ffi::{c_char, c_void};
use std::time::Duration;

use mqttka_core::client::{Properties, PublishOptions, Subscription};

use crate::callbacks::mqttka_completion_fn;
use crate::canceller::{cancelled_by, mqttka_canceller};
use crate::client::{borrow, mqttka_client};
use crate::guard::{self, Failure};
use crate::handle;
use crate::lanes;
use crate::message::mqttka_message;
use crate::options::YEAR_MS;
use crate::packed::copied;
use crate::subscribe_request::mqttka_subscribe_request;

/// How a message is published; a program begins with all bytes 0: `mqttka_publish_options options =
/// {sizeof options};` in C, and sets what it wants. Those of an earlier header, with fewer fields,
/// are fine.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mqttka_publish_options {
    /// sizeof(mqttka_publish_options) in the program, so that later versions can have more at its
    /// end.
    pub size: usize,
    /// How long the publish may wait for its outcome, from the call on, in milliseconds, 1 to
    /// 31,536,000,000 (365 days). Then it leaves the queue, or what was sent is sent no more, and it
    /// ends with MQTTKA_ERROR_OPERATION_TIMED_OUT. 0: for ever.
    pub timeout_ms: i64,
    /// Any of MQTTKA_PUBLISH_*.
    pub flags: u64,
    /// What can cancel the publish; NULL: nothing. It is shared, and can be freed at once.
    pub canceller: *const mqttka_canceller,
}

/// QoS 0: the completion comes when the broker has read the message (MQTTKA_RECEIPT_READ), as it
/// answered a ping that followed it; else when the message was handed to the operating system. At
/// most one ping more goes with each write, whatever the number of messages in it. Where the
/// connection ends first, the publish ends with MQTTKA_ERROR_DISCONNECTED, and may have arrived.
/// Without effect for QoS 1 and 2, and without a completion.
pub const MQTTKA_PUBLISH_RECEIPT: u64 = 0x1;

// SAFETY: it begins with its size, consists of numbers and a pointer, and had a timeout first.
unsafe impl handle::WithSize for mqttka_publish_options {
    const FIRST_SIZE: usize = std::mem::offset_of!(mqttka_publish_options, flags);
}

/// Publishes a message (section 3.3) without properties. Topic and payload are copied.
///
/// topic: a topic name, without wildcards; topic_length: in bytes, or MQTTKA_NUL_TERMINATED.
/// payload: any bytes, and payload_length of them; NULL with 0 for none, MQTTKA_NUL_TERMINATED for
/// text. qos: 0, 1 or 2. retain: whether the broker keeps it for later subscribers.
/// completion, user_data: called with the outcome; NULL where it does not matter. QoS 0 is
/// complete when it was handed to the operating system (mqttka_result_receipt()), QoS 1 and 2 when
/// the broker acknowledged.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_INVALID_TOPIC,
/// MQTTKA_ERROR_NOT_CONNECTED, MQTTKA_ERROR_QUEUE_FULL, MQTTKA_ERROR_PACKET_TOO_LARGE,
/// MQTTKA_ERROR_OUT_OF_MEMORY (for the payload), MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_publish(
    client: *mut mqttka_client,
    topic: *const c_char,
    topic_length: usize,
    payload: *const c_void,
    payload_length: usize,
    qos: i32,
    retain: bool,
    completion: mqttka_completion_fn,
    user_data: *mut c_void,
) -> i32 {
    guard::client_status("mqttka_client_publish", || {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        let core = client.usable()?;
        // SAFETY: readable topic and payload, by the header's contract.
        let message = unsafe { copied(topic, topic_length, payload, payload_length, qos, retain) }?;
        Ok(core.publish(message, lanes::completion(client, completion, user_data))?)
    })
}

/// Publishes a message with its properties, as mqttka_client_publish() does. The message is not
/// copied but shared; it stays the caller's and can be freed or changed at once. A received message
/// can be published as it is: what only its own delivery had (dup, subscription identifiers) stays
/// behind.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_publish_message(
    client: *mut mqttka_client,
    message: *const mqttka_message,
    completion: mqttka_completion_fn,
    user_data: *mut c_void,
) -> i32 {
    guard::client_status("mqttka_client_publish_message", || {
        // SAFETY: a valid client and message, by the header's contract.
        let (client, message) = unsafe { (borrow(client)?, handle::borrow(message, "message")?) };
        let core = client.usable()?;
        Ok(core.publish(
            message.to_publish(),
            lanes::completion(client, completion, user_data),
        )?)
    })
}

/// Publishes a message as mqttka_client_publish_message() does, with options.
///
/// options: copied; NULL: none, as there. Fields that a later header adds behind those of this one
/// are not read.
///
/// Errors as for mqttka_client_publish(), and MQTTKA_ERROR_INVALID_ARGUMENT for a size smaller than
/// the first version's, a timeout out of its bounds, flags that are not known, or a canceller that
/// an operation of another client has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_publish_with(
    client: *mut mqttka_client,
    message: *const mqttka_message,
    options: *const mqttka_publish_options,
    completion: mqttka_completion_fn,
    user_data: *mut c_void,
) -> i32 {
    guard::client_status("mqttka_client_publish_with", || {
        // SAFETY: a valid client and message, by the header's contract.
        let (client, message) = unsafe { (borrow(client)?, handle::borrow(message, "message")?) };
        let mut core_options = PublishOptions::default();
        let mut completion = lanes::completion(client, completion, user_data);
        if !options.is_null() {
            // SAFETY: a struct of its size, by the header's contract.
            let options = unsafe { handle::sized(options, "options") }?;
            let timeout = handle::number(options.timeout_ms, 0..=YEAR_MS, "timeout_ms")?;
            core_options.timeout = (timeout > 0).then(|| Duration::from_millis(timeout));
            if options.flags & !MQTTKA_PUBLISH_RECEIPT != 0 {
                return Err(Failure::invalid(format!(
                    "flags are {:#x}; {MQTTKA_PUBLISH_RECEIPT:#x} are known",
                    options.flags
                )));
            }
            core_options.receipt = options.flags & MQTTKA_PUBLISH_RECEIPT != 0;
            // SAFETY: NULL or a valid canceller, by the header's contract.
            if let Some(canceller) = unsafe { options.canceller.as_ref() } {
                completion = canceller.cancels(client, completion)?;
            }
        }
        let core = client.usable()?;
        Ok(core.publish_with(message.to_publish(), &core_options, completion)?)
    })
}

/// Subscribes to one topic filter (section 3.8) without options or properties.
///
/// filter: may have wildcards, and may be `$share/group/filter`. qos: 0, 1 or 2, the highest at
/// which messages come. completion, user_data: called with the broker's SUBACK; may be NULL.
/// Messages can come before the completion does. A client that comes back by itself subscribes
/// again where the broker has lost the session; MQTTKA_EVENT_SUBSCRIPTIONS_LOST tells what it no
/// longer grants.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_INVALID_TOPIC,
/// MQTTKA_ERROR_NOT_CONNECTED, MQTTKA_ERROR_QUEUE_FULL, MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_subscribe(
    client: *mut mqttka_client,
    filter: *const c_char,
    filter_length: usize,
    qos: i32,
    completion: mqttka_completion_fn,
    user_data: *mut c_void,
) -> i32 {
    guard::client_status("mqttka_client_subscribe", || {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        let core = client.usable()?;
        // SAFETY: a readable filter, by the header's contract.
        let filter = unsafe { handle::filter(filter, filter_length, "filter") }?;
        let subscription = Subscription::new(filter, handle::qos(qos)?);
        let completion = lanes::completion(client, completion, user_data);
        Ok(core.subscribe(vec![subscription], Properties::new(), completion)?)
    })
}

/// Removes the subscription to one topic filter (section 3.10), written as it was subscribed.
///
/// completion, user_data: called with the broker's UNSUBACK; may be NULL. Errors as for
/// mqttka_client_subscribe().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_unsubscribe(
    client: *mut mqttka_client,
    filter: *const c_char,
    filter_length: usize,
    completion: mqttka_completion_fn,
    user_data: *mut c_void,
) -> i32 {
    guard::client_status("mqttka_client_unsubscribe", || {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        let core = client.usable()?;
        // SAFETY: a readable filter, by the header's contract.
        let filter = unsafe { handle::filter(filter, filter_length, "filter") }?;
        let completion = lanes::completion(client, completion, user_data);
        Ok(core.unsubscribe(vec![filter], Properties::new(), completion)?)
    })
}

/// Subscribes to all filters of a request in one SUBSCRIBE packet. The request is copied; it
/// stays the caller's and can be sent again.
///
/// completion, user_data: called once; mqttka_result_reason_code_at() tells each filter's
/// outcome, in the order in which they were added. Errors as for mqttka_client_subscribe(), and
/// MQTTKA_ERROR_INVALID_ARGUMENT for a request without filters.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_send_subscribe(
    client: *mut mqttka_client,
    request: *const mqttka_subscribe_request,
    completion: mqttka_completion_fn,
    user_data: *mut c_void,
) -> i32 {
    guard::client_status("mqttka_client_send_subscribe", || {
        // SAFETY: a valid client and request, by the header's contract.
        let (client, request) = unsafe { (borrow(client)?, handle::borrow(request, "request")?) };
        let core = client.usable()?;
        let (subscriptions, properties) = request.to_send()?;
        let completion = lanes::completion(client, completion, user_data);
        let completion = request.cancellable(client, completion)?;
        Ok(core.subscribe(subscriptions, properties, completion)?)
    })
}

/// Tells when the broker has read everything that was asked for before: publishes, subscribes and
/// unsubscribes have left, and it answered a ping that followed them on the same connection. That
/// is no acknowledgement: QoS 1 and 2 have their own outcomes. It works without a keep-alive, too.
/// Between connections it waits for the next one, as what it follows does. Where the connection
/// ends after all of that was sent, and before the answer, it ends with MQTTKA_ERROR_DISCONNECTED:
/// what had QoS 0 may be lost.
///
/// timeout_ms: how long it may wait, in milliseconds, 1 to 31,536,000,000 (365 days); then it ends
/// with MQTTKA_ERROR_OPERATION_TIMED_OUT. 0: for ever.
/// completion, user_data: called with the outcome.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_NOT_CONNECTED,
/// MQTTKA_ERROR_QUEUE_FULL (beside a full queue, 1,024 may wait), MQTTKA_ERROR_CLOSED,
/// MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_flush(
    client: *mut mqttka_client,
    timeout_ms: i64,
    completion: mqttka_completion_fn,
    user_data: *mut c_void,
) -> i32 {
    guard::client_status("mqttka_client_flush", || {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        let timeout = handle::number(timeout_ms, 0..=YEAR_MS, "timeout_ms")?;
        let timeout = (timeout > 0).then(|| Duration::from_millis(timeout));
        let completion = lanes::completion(client, completion, user_data);
        Ok(client.usable()?.flush(timeout, completion)?)
    })
}

/// As mqttka_client_flush(), and can be cancelled: nobody waits then, it ends with
/// MQTTKA_ERROR_CANCELLED, and its place in the queue is free. What it follows goes on.
///
/// canceller: what cancels it; shared, and can be freed at once. NULL: nothing.
///
/// As mqttka_client_flush(); MQTTKA_ERROR_INVALID_ARGUMENT for a canceller that an operation of
/// another client has, too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_flush_cancellable(
    client: *mut mqttka_client,
    timeout_ms: i64,
    canceller: *const mqttka_canceller,
    completion: mqttka_completion_fn,
    user_data: *mut c_void,
) -> i32 {
    guard::client_status("mqttka_client_flush_cancellable", || {
        // SAFETY: a valid client, by the header's contract.
        let client = unsafe { borrow(client) }?;
        let timeout = handle::number(timeout_ms, 0..=YEAR_MS, "timeout_ms")?;
        let timeout = (timeout > 0).then(|| Duration::from_millis(timeout));
        let core = client.usable()?;
        let completion = lanes::completion(client, completion, user_data);
        // SAFETY: NULL or a valid canceller, by the header's contract.
        let completion = unsafe { cancelled_by(canceller, client, completion) }?;
        Ok(core.flush(timeout, completion)?)
    })
}
