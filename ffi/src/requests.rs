//! The functions of the chapter that `asking` opens which are about requests that are answered
//! later.
use std::ffi::c_void;

use mqttka_core::client::{ReceivedRequest, Requests, forked};

use crate::callbacks::mqttka_completion_fn;
use crate::client::{borrow, mqttka_client};
use crate::error::MQTTKA_ERROR_TIMED_OUT;
use crate::guard::{self, Failure};
use crate::handle;
use crate::lanes;
use crate::message::mqttka_message;
use crate::once::Once;
use crate::open::Open;
use crate::result::mqttka_result;
use crate::stream::{end_number, wait};
use crate::subscribe_request::mqttka_subscribe_request;

/// Requests of others, fetched by the program and answered later, several at a time. From
/// mqttka_client_subscribe_requests(); to be closed with mqttka_requests_close(). Any thread may
/// use it; of several that wait, each request goes to one.
pub struct mqttka_requests {
    requests: Requests,
    client: *const mqttka_client,
    // Why there is no subscription; C may have a pointer to it.
    failed: Once<mqttka_result<'static>>,
}

/// A request of somebody else, to be answered once, from any thread. From mqttka_requests_next(),
/// and the program's own: to be freed with mqttka_received_request_free().
pub struct mqttka_received_request {
    message: mqttka_message,
    open: Open<ReceivedRequest>,
}

/// Subscribes to all filters of a request in one SUBSCRIBE packet, for requests that the program
/// fetches, and answers when and where it likes, several at a time. Messages that are no requests
/// are dropped. The request is copied. MQTT 5.0 only.
///
/// Each that was fetched is under way until it is answered, declined or freed. At most 1024 are so
/// at a time, and no further one comes while those have 1 MiB of payload or more; the others wait
/// as the messages of a stream do. A request of QoS 1 or 2 is acknowledged when it was answered or
/// declined, after the answer was queued; until then it holds back the acknowledgements of all
/// later messages.
///
/// It outlives connections, and ends with mqttka_requests_unsubscribe(), mqttka_requests_close() or
/// the client. A filter `$share/group/filter` divides the requests among all responders of a group.
///
/// completion, user_data: called with the broker's SUBACK; may be NULL. Where the broker grants
/// none of the filters, it has ended.
/// requests: receives it; NULL where this fails.
///
/// Errors as for mqttka_client_send_subscribe(), and MQTTKA_ERROR_NOT_SUPPORTED (MQTT 3.1.1).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_subscribe_requests(
    client: *mut mqttka_client,
    request: *const mqttka_subscribe_request,
    completion: mqttka_completion_fn,
    user_data: *mut c_void,
    requests: *mut *mut mqttka_requests,
) -> i32 {
    guard::status("mqttka_client_subscribe_requests", || {
        // SAFETY: a valid out-parameter, by the header's contract.
        let out = unsafe { handle::out(requests, "requests") }?;
        out.set(std::ptr::null_mut());
        guard::not_in_child()?;
        // SAFETY: a valid client and request, by the header's contract.
        let (borrowed, request) = unsafe { (borrow(client)?, handle::borrow(request, "request")?) };
        let core = borrowed.usable()?;
        let (subscriptions, properties) = request.to_send()?;
        let completion = lanes::completion(borrowed, completion, user_data);
        let completion = request.cancellable(borrowed, completion)?;
        let requests = core.responding(subscriptions, properties, completion)?;
        out.set(Box::into_raw(Box::new(mqttka_requests {
            requests,
            client,
            failed: Once::new(),
        })));
        Ok(())
    })
}

/// Waits for the next request, and for room among those under way.
///
/// timeout_ms: how long to wait, in milliseconds; 0: not at all; negative: for ever. It blocks the
/// calling thread only; in a callback, that callback's lane.
/// request: receives the request, the program's own from here on; NULL where there is none.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_TIMED_OUT (nothing came), MQTTKA_ERROR_FORKED; after
/// the last request, again and again: MQTTKA_ERROR_REFUSED or another error of an operation (the
/// broker granted none of the filters, at first or when it had lost the session;
/// mqttka_requests_result() has what it said), MQTTKA_ERROR_UNSUBSCRIBED, MQTTKA_ERROR_CLOSED (the
/// client was destroyed).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_requests_next(
    requests: *mut mqttka_requests,
    timeout_ms: i64,
    request: *mut *mut mqttka_received_request,
) -> i32 {
    guard::status("mqttka_requests_next", || {
        // SAFETY: a valid out-parameter, by the header's contract.
        let out = unsafe { handle::out(request, "request") }?;
        out.set(std::ptr::null_mut());
        guard::not_in_child()?;
        // SAFETY: valid requests, by the header's contract.
        let requests = unsafe { handle::borrow(requests, "requests") }?;
        match requests.requests.next_timeout(wait(timeout_ms)) {
            Some(Ok(received)) => {
                let message = received.message().clone();
                let message = mqttka_message::received(message, received.connection_number());
                out.set(Box::into_raw(Box::new(mqttka_received_request {
                    message,
                    open: Open::new(received),
                })));
                Ok(())
            }
            Some(Err(end)) => {
                if let Some(failed) = mqttka_result::of_end(&end) {
                    requests.failed.get_or_make(|| failed);
                }
                Err(Failure::new(end_number(&end), end.to_string()))
            }
            None => Err(Failure::new(
                MQTTKA_ERROR_TIMED_OUT,
                format!("no request came within {timeout_ms} ms"),
            )),
        }
    })
}

/// Why there is no subscription (any more), with the broker's words and User Properties; valid
/// until the requests are closed. NULL where mqttka_requests_next() has not said an error of an
/// operation, such as MQTTKA_ERROR_REFUSED, or for NULL. Works in a forked child too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_requests_result(
    requests: *const mqttka_requests,
) -> *const mqttka_result<'static> {
    guard::value_or("mqttka_requests_result", std::ptr::null(), || {
        // SAFETY: valid requests, by the header's contract.
        let requests = unsafe { handle::borrow(requests, "requests") }?;
        let failed = requests.failed.get();
        Ok(failed.map_or(std::ptr::null(), std::ptr::from_ref))
    })
}

/// Ends the subscription, with UNSUBSCRIBE for those of its filters that no other subscription of
/// the client needs. Requests come until the broker has answered; then mqttka_requests_next() says
/// MQTTKA_ERROR_UNSUBSCRIBED. It is still to be closed.
///
/// completion, user_data: called with the broker's UNSUBACK; may be NULL.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_CONNECTED, MQTTKA_ERROR_QUEUE_FULL,
/// MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_requests_unsubscribe(
    requests: *mut mqttka_requests,
    completion: mqttka_completion_fn,
    user_data: *mut c_void,
) -> i32 {
    guard::client_status("mqttka_requests_unsubscribe", || {
        // SAFETY: valid requests, by the header's contract.
        let requests = unsafe { handle::borrow(requests, "requests") }?;
        let completion = lanes::completion(requests.client, completion, user_data);
        Ok(requests.requests.unsubscribe(completion)?)
    })
}

/// Closes it and frees it; NULL is fine. Its subscription ends with UNSUBSCRIBE, where
/// mqttka_requests_unsubscribe() was not called. What was fetched stays the program's, and can
/// still be answered. Not while another thread is inside a function of it. Before or after the
/// client's end. In a forked child it does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_requests_close(requests: *mut mqttka_requests) {
    guard::value("mqttka_requests_close", (), || {
        // What it has of the client may be locked for ever.
        if !forked() {
            // SAFETY: from mqttka_client_subscribe_requests and not used again.
            unsafe { handle::free(requests) }
        }
    })
}

/// The request itself; valid until mqttka_received_request_free(). NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_received_request_message(
    request: *const mqttka_received_request,
) -> *const mqttka_message {
    guard::value_or("mqttka_received_request_message", std::ptr::null(), || {
        // SAFETY: a valid request, by the header's contract.
        Ok(std::ptr::from_ref(
            &unsafe { handle::borrow(request, "request") }?.message,
        ))
    })
}

/// Publishes this answer to the request's response topic, with its correlation data and at its QoS.
/// The request is no more under way. An answer that cannot be published (no connection, a full
/// queue, a response topic that is none) is logged: one requester's mistake ends nobody else's
/// service.
///
/// payload: any bytes, and payload_length of them; NULL with 0 for none, MQTTKA_NUL_TERMINATED for
/// text. Copied.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_ALREADY_ANSWERED, MQTTKA_ERROR_OUT_OF_MEMORY,
/// MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_received_request_reply(
    request: *mut mqttka_received_request,
    payload: *const c_void,
    payload_length: usize,
) -> i32 {
    guard::client_status("mqttka_received_request_reply", || {
        // SAFETY: a valid request, by the header's contract.
        let request = unsafe { handle::borrow(request, "request") }?;
        // SAFETY: a readable payload, by the header's contract.
        let payload = unsafe { handle::bytes(payload, payload_length, "payload") }?;
        let payload = handle::copy(&[payload])?;
        request.open.take()?.reply(payload);
        Ok(())
    })
}

/// There is no answer, or it was published otherwise (mqttka_message_reply_new()): the request is
/// acknowledged, and no more under way.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_ALREADY_ANSWERED, MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_received_request_decline(
    request: *mut mqttka_received_request,
) -> i32 {
    guard::client_status("mqttka_received_request_decline", || {
        // SAFETY: a valid request, by the header's contract.
        let request = unsafe { handle::borrow(request, "request") }?;
        request.open.take()?.decline();
        Ok(())
    })
}

/// Frees a request; NULL is fine. One of QoS 1 or 2 that was neither answered nor declined is given
/// back: it comes again. Before or after the end of its client and of its requests. In a forked
/// child it does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_received_request_free(request: *mut mqttka_received_request) {
    guard::value("mqttka_received_request_free", (), || {
        // What it has of the client may be locked for ever.
        if !forked() {
            // SAFETY: from mqttka_requests_next and not used again.
            unsafe { handle::free(request) }
        }
    })
}
