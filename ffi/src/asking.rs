//! Requests and responses
//!
//! Requests of MQTT 5.0 (section 4.10): a message with the topic for its response, and data that
//! the response bears, too. Both are the library's doing. A client subscribes to its response
//! topic with its first request: `mqttka/response/`, the Client Identifier where there is one, and
//! a number that nobody can guess; or what the broker gave instead
//! (MQTTKA_OPTION_REQUEST_RESPONSE_INFORMATION).
use std::ffi::c_void;
use std::sync::Arc;
use std::time::Duration;

use mqttka_core::client::{Bytes, Completion, Failed, Message, RequestOptions};

use crate::callbacks::{mqttka_completion_fn, mqttka_destructor_fn};
use crate::canceller::mqttka_canceller;
use crate::client::{borrow, mqttka_client};
use crate::guard::{self, Failure};
use crate::handle;
use crate::lanes::{self, Inside};
use crate::message::mqttka_message;
use crate::options::YEAR_MS;
use crate::result::mqttka_result;
use crate::subscribe_request::mqttka_subscribe_request;
use crate::user_data::{OwnedUserData, Ownership, UserPointer};

/// The end of a request: called exactly once for each mqttka_client_request() that returned
/// MQTTKA_OK, on the message lane. response: the response, NULL where there is none. result:
/// MQTTKA_OK with a response, else why there is none, with the words and user properties of a
/// broker that refused. Both are valid until the callback returns; mqttka_message_clone() keeps the
/// response. user_data is the request's own.
pub type mqttka_response_fn = Option<
    unsafe extern "C" fn(
        client: *mut mqttka_client,
        response: *const mqttka_message,
        result: *const mqttka_result<'_>,
        user_data: *mut c_void,
    ),
>;

/// A request of others. Called on the message lane. Its answer is what mqttka_reply_set_payload()
/// gives; without that there is none. request and reply are valid until the callback returns.
/// user_data is that of mqttka_client_respond().
pub type mqttka_responder_fn = Option<
    unsafe extern "C" fn(
        client: *mut mqttka_client,
        request: *const mqttka_message,
        reply: *mut mqttka_reply,
        user_data: *mut c_void,
    ),
>;

type ResponseFn = unsafe extern "C" fn(
    *mut mqttka_client,
    *const mqttka_message,
    *const mqttka_result<'_>,
    *mut c_void,
);
type ResponderFn =
    unsafe extern "C" fn(*mut mqttka_client, *const mqttka_message, *mut mqttka_reply, *mut c_void);

/// The answer to a request in the making; valid until mqttka_responder_fn returns.
pub struct mqttka_reply {
    payload: Option<Bytes>,
}

/// What waits for a response.
struct Asks {
    callback: ResponseFn,
    client: *const mqttka_client,
    user_data: UserPointer,
}

// SAFETY: the client is only passed on; it is Sync, and `Lanes` keeps it alive: responses come on
// the message lane, which ends before `on_terminated`.
unsafe impl Send for Asks {}

impl Asks {
    fn run(self, answer: Result<Message, Failed>) {
        let (response, ended) = match answer {
            // Over which connection it came says nothing: it may have been asked for over another.
            Ok(message) => (Some(mqttka_message::received(message, 0)), Ok(())),
            Err(failed) => (None, Err(failed)),
        };
        let response = response
            .as_ref()
            .map_or(std::ptr::null(), std::ptr::from_ref);
        let result = mqttka_result::of_answer(ended);
        let _inside = Inside::of(self.client);
        // SAFETY: the application's function with the arguments that its type promises; the client
        // is alive (see Send), and the others until the function returns.
        unsafe {
            (self.callback)(
                self.client.cast_mut(),
                response,
                &result,
                self.user_data.get(),
            )
        }
    }
}

/// Publishes a request, and gives its response to a callback. MQTT 5.0 only.
///
/// Each request ends exactly once: with its response; with MQTTKA_ERROR_OPERATION_TIMED_OUT; with
/// MQTTKA_ERROR_REFUSED where the broker refuses it, or says that nobody subscribes to its topic
/// (reason code 0x10, QoS 1 and 2); with what else a publish ends with; with
/// MQTTKA_ERROR_DISCONNECTED where the client has stopped; with MQTTKA_ERROR_CLOSED. While the
/// client comes back by itself, it waits.
///
/// message: as for mqttka_client_publish_message(); its response topic and correlation data are
/// replaced.
/// timeout_ms: how long to wait for the response, in milliseconds, 1 to 31,536,000,000 (365 days);
/// 0: 30,000.
/// callback, user_data: called with the response, or why there is none; not NULL.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_SUPPORTED (MQTT 3.1.1), MQTTKA_ERROR_QUEUE_FULL
/// (also where MQTTKA_OPTION_OUTBOUND_QUEUE_MAX_MESSAGES requests have no response yet), and those
/// of mqttka_client_publish().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_request(
    client: *mut mqttka_client,
    message: *const mqttka_message,
    timeout_ms: i64,
    callback: mqttka_response_fn,
    user_data: *mut c_void,
) -> i32 {
    guard::client_status("mqttka_client_request", || {
        // SAFETY: as this function, by the header's contract.
        unsafe {
            request(
                client,
                message,
                timeout_ms,
                std::ptr::null(),
                callback,
                user_data,
            )
        }
    })
}

/// As mqttka_client_request(), and can be cancelled until its response is there: it ends with
/// MQTTKA_ERROR_CANCELLED then, at once, and its place is free. Where it was sent, a response that
/// comes is nobody's.
///
/// canceller: what cancels it; shared, and can be freed at once. NULL: nothing.
///
/// As mqttka_client_request(); MQTTKA_ERROR_INVALID_ARGUMENT for a canceller that an operation of
/// another client has, too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_request_cancellable(
    client: *mut mqttka_client,
    message: *const mqttka_message,
    timeout_ms: i64,
    canceller: *const mqttka_canceller,
    callback: mqttka_response_fn,
    user_data: *mut c_void,
) -> i32 {
    guard::client_status("mqttka_client_request_cancellable", || {
        // SAFETY: as this function, by the header's contract.
        unsafe { request(client, message, timeout_ms, canceller, callback, user_data) }
    })
}

/// # Safety
/// `client` and `message` are valid, `canceller` is so or NULL.
unsafe fn request(
    client: *mut mqttka_client,
    message: *const mqttka_message,
    timeout_ms: i64,
    canceller: *const mqttka_canceller,
    callback: mqttka_response_fn,
    user_data: *mut c_void,
) -> Result<(), Failure> {
    // SAFETY: the caller's promise.
    let (borrowed, message) = unsafe { (borrow(client)?, handle::borrow(message, "message")?) };
    let callback = callback.ok_or_else(|| handle::null("callback"))?;
    let mut options = RequestOptions::default();
    match handle::number(timeout_ms, 0..=YEAR_MS, "timeout_ms")? {
        0 => {}
        timeout => options.timeout = Duration::from_millis(timeout),
    }
    let asks = Asks {
        callback,
        client,
        user_data: UserPointer::new(user_data),
    };
    let answered = move |answer| asks.run(answer);
    let core = borrowed.usable()?;
    let message = message.to_publish();
    // SAFETY: the caller's promise.
    match unsafe { canceller.as_ref() } {
        None => core.request_with(message, &options, answered)?,
        Some(canceller) => {
            core.request_cancelled_by(message, &options, canceller.of(borrowed)?, answered)?
        }
    }
    Ok(())
}

/// What answers requests.
struct Responds {
    callback: ResponderFn,
    client: *const mqttka_client,
    user_pointer: UserPointer,
    /// Until it is dropped, which is after the last request.
    ownership: Option<Arc<Ownership>>,
}

// SAFETY: as for `Asks`: requests come on the message lane.
unsafe impl Send for Responds {}
// SAFETY: as above; nothing in it changes.
unsafe impl Sync for Responds {}

impl Responds {
    fn respond(&self, request: &Message) -> Option<Bytes> {
        if self.ownership.as_ref().is_some_and(|it| it.is_refused()) {
            return None;
        }
        let request = mqttka_message::received(request.clone(), 0);
        let mut reply = mqttka_reply { payload: None };
        let _inside = Inside::of(self.client);
        // SAFETY: the application's function with the arguments that its type promises; the client
        // is alive (see Send), and the others until the function returns.
        unsafe {
            (self.callback)(
                self.client.cast_mut(),
                &request,
                &mut reply,
                self.user_pointer.get(),
            );
        }
        reply.payload
    }
}

impl Drop for Responds {
    fn drop(&mut self) {
        let _inside = Inside::of(self.client);
        drop(self.ownership.take());
    }
}

/// Subscribes to all filters of a request in one SUBSCRIBE packet, and answers the requests that
/// come: the payload that the callback gives is published to each one's response topic, with its
/// correlation data and at its QoS. Messages that are no requests are dropped. To answer later, or
/// several at a time: mqttka_client_subscribe_requests(); with more than a payload:
/// mqttka_client_subscribe_with() and mqttka_message_reply_new(). A filter `$share/group/filter`
/// divides the requests among all responders of a group. MQTT 5.0 only.
///
/// It lasts as what mqttka_client_subscribe_with() began, and ends with
/// mqttka_client_unsubscribe_from(). request is copied.
///
/// callback: as mqttka_responder_fn says; not NULL.
/// user_data: what callback receives. destructor: releases it, once, after the last call of
/// callback; NULL: nothing to release. Where this function fails user_data stays the caller's.
/// completion, completion_user_data: called with the broker's SUBACK; may be NULL.
/// subscription: receives a number, never 0, for mqttka_client_unsubscribe_from(); may be NULL.
///
/// Errors as for mqttka_client_send_subscribe(), and MQTTKA_ERROR_NOT_SUPPORTED (MQTT 3.1.1).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_respond(
    client: *mut mqttka_client,
    request: *const mqttka_subscribe_request,
    callback: mqttka_responder_fn,
    user_data: *mut c_void,
    destructor: mqttka_destructor_fn,
    completion: mqttka_completion_fn,
    completion_user_data: *mut c_void,
    subscription: *mut u64,
) -> i32 {
    guard::client_status("mqttka_client_respond", || {
        // SAFETY: a valid client and request, by the header's contract.
        let (borrowed, request) = unsafe { (borrow(client)?, handle::borrow(request, "request")?) };
        let callback = callback.ok_or_else(|| handle::null("callback"))?;
        let core = borrowed.usable()?;
        let (subscriptions, properties) = request.to_send()?;
        let completion = lanes::completion(borrowed, completion, completion_user_data);
        let completion: Completion = request.cancellable(borrowed, completion)?;
        let user_pointer = UserPointer::new(user_data);
        let ownership = Ownership::new(destructor.map(|destructor| OwnedUserData {
            pointer: user_pointer,
            destructor,
        }));
        let responds = Responds {
            callback,
            client,
            user_pointer,
            ownership: Some(Arc::clone(&ownership)),
        };
        let respond = move |request: &Message| responds.respond(request);
        let id =
            ownership.decide(|| core.respond(subscriptions, properties, respond, completion))?;
        // SAFETY: NULL or a valid out-parameter, by the header's contract.
        if let Ok(out) = unsafe { handle::out(subscription, "subscription") } {
            out.set(id.get());
        }
        Ok(())
    })
}

/// Gives the answer to a request. Copied; the last one counts.
///
/// payload: any bytes, and payload_length of them; NULL with 0 for none, MQTTKA_NUL_TERMINATED for
/// text.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_OUT_OF_MEMORY. Inside mqttka_responder_fn.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_reply_set_payload(
    reply: *mut mqttka_reply,
    payload: *const c_void,
    payload_length: usize,
) -> i32 {
    guard::status("mqttka_reply_set_payload", || {
        // SAFETY: a valid reply, by the header's contract.
        let reply = unsafe { handle::borrow_mut(reply, "reply") }?;
        // SAFETY: a readable payload, by the header's contract.
        let payload = unsafe { handle::bytes(payload, payload_length, "payload") }?;
        reply.payload = Some(handle::copy(&[payload])?);
        Ok(())
    })
}

/// Makes the answer to a request that was received: a message to its response topic, with its
/// correlation data and its QoS, to be published.
///
/// payload: any bytes, and payload_length of them; NULL with 0 for none, MQTTKA_NUL_TERMINATED for
/// text. Copied.
/// reply: receives the message, to be freed with mqttka_message_free(); NULL where this fails.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (the message is no request: it has
/// no MQTTKA_PROPERTY_RESPONSE_TOPIC), MQTTKA_ERROR_INVALID_TOPIC, MQTTKA_ERROR_OUT_OF_MEMORY. Any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_message_reply_new(
    request: *const mqttka_message,
    payload: *const c_void,
    payload_length: usize,
    reply: *mut *mut mqttka_message,
) -> i32 {
    guard::status("mqttka_message_reply_new", || {
        // SAFETY: a valid out-parameter, by the header's contract.
        let out = unsafe { handle::out(reply, "reply") }?;
        out.set(std::ptr::null_mut());
        // SAFETY: a valid message and a readable payload, by the header's contract.
        let (request, payload) = unsafe {
            (
                handle::borrow(request, "request")?,
                handle::bytes(payload, payload_length, "payload")?,
            )
        };
        let reply = request.message.reply_to(handle::copy(&[payload])?)?;
        out.set(Box::into_raw(Box::new(mqttka_message::owned(reply))));
        Ok(())
    })
}
