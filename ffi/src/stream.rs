//! Streams
//!
//! Messages that the program fetches, instead of being called with them: for programs with a loop
//! of their own. A stream's messages go to it, and not to the callback of
//! mqttka_options_set_message_callback(); a message that several streams or subscriptions match
//! goes to all of them.
//!
//! A message is lent by mqttka_stream_next() until mqttka_stream_done() says that the program has
//! consumed it: only then is it acknowledged. What a stream holds withholds the acknowledgements of
//! all later messages of the client (their order is the specification's): read it, or close it. The
//! status says which stream does (MQTTKA_STATUS_HELD_BACK_SINCE_MS). Where the program acknowledges
//! itself (mqttka_subscribe_request_set_manual_acknowledgement()), it does so before it says done;
//! what it then says done of without a word is given back.
//!
//! A stream is used by one thread at a time. It keeps what it needs of its client alive:
//! after mqttka_client_destroy() it says MQTTKA_ERROR_CLOSED, after its last message.
use std::collections::VecDeque;
use std::ffi::{c_char, c_void};
use std::time::Duration;

use mqttka_core::client::{Messages, StreamEnd, SubscriptionOptions, forked};

use crate::callbacks::mqttka_completion_fn;
use crate::client::{borrow, mqttka_client};
use crate::error::{
    MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_DISCONNECTED, MQTTKA_ERROR_TIMED_OUT,
    MQTTKA_ERROR_UNSUBSCRIBED,
};
use crate::guard::{self, Failure};
use crate::handle;
use crate::lanes;
use crate::message::mqttka_message;
use crate::result::mqttka_result;
use crate::subscribe_request::mqttka_subscribe_request;

/// The stream goes on also where the client does not come back by itself, until the next
/// mqttka_client_connect(), and ends with the client or its subscription.
pub const MQTTKA_STREAM_OUTLIVES_CONNECTIONS: u32 = 0x1;

/// Messages taken out of the core at once.
const BATCH: usize = 64;

/// A stream of messages. From mqttka_client_open_stream() or mqttka_client_subscribe_stream(); to
/// be closed with mqttka_stream_close().
pub struct mqttka_stream {
    messages: Messages,
    client: *const mqttka_client,
    // Taken, and not given to C yet.
    waiting: VecDeque<mqttka_message>,
    // Given to C, which has pointers to them, and not done.
    lent: VecDeque<Box<mqttka_message>>,
    end: Option<StreamEnd>,
    // Why there is no subscription; C may have a pointer to it.
    failed: Option<Box<mqttka_result<'static>>>,
    // Where it has no subscription: a client's stop is told once.
    goes_on: bool,
}

impl mqttka_stream {
    fn into_c(messages: Messages, client: *const mqttka_client, goes_on: bool) -> *mut Self {
        Box::into_raw(Box::new(mqttka_stream {
            messages,
            client,
            waiting: VecDeque::new(),
            lent: VecDeque::new(),
            end: None,
            failed: None,
            goes_on,
        }))
    }

    /// Takes what is there.
    fn take(&mut self) {
        match self.messages.take(BATCH) {
            Ok(batch) => {
                let batch = batch.into_iter().map(mqttka_message::with_acknowledgement);
                self.waiting.extend(batch);
            }
            Err(end) => {
                if self.failed.is_none() {
                    self.failed = mqttka_result::of_end(&end).map(Box::new);
                }
                self.end = Some(end);
            }
        }
    }

    /// The next message, waiting for it; an error where there is none.
    fn next(&mut self, timeout_ms: i64) -> Result<&mqttka_message, Failure> {
        if self.goes_on {
            self.end.take_if(|end| *end != StreamEnd::Closed);
        }
        if self.waiting.is_empty() {
            self.take();
        }
        if self.waiting.is_empty() && self.end.is_none() && timeout_ms != 0 {
            self.messages.wait_timeout(wait(timeout_ms));
            self.take();
        }
        if let Some(message) = self.waiting.pop_front() {
            self.lent.push_back(Box::new(message));
        } else {
            return Err(match &self.end {
                Some(end) => Failure::new(end_number(end), end.to_string()),
                None => Failure::new(
                    MQTTKA_ERROR_TIMED_OUT,
                    format!("no message came within {timeout_ms} ms"),
                ),
            });
        }
        self.lent
            .back()
            .map(|message| &**message)
            .ok_or_else(Failure::not_present)
    }
}

/// Negative is for ever; longer than a century too, as it would overflow the clock of the wait.
pub(crate) fn wait(timeout_ms: i64) -> Duration {
    const FOR_EVER_MS: u64 = 100 * 365 * 24 * 3_600_000;
    Duration::from_millis(
        u64::try_from(timeout_ms)
            .unwrap_or(FOR_EVER_MS)
            .min(FOR_EVER_MS),
    )
}

pub(crate) fn end_number(end: &StreamEnd) -> i32 {
    match end {
        StreamEnd::Disconnected(_) | StreamEnd::ConnectFailed(_) => MQTTKA_ERROR_DISCONNECTED,
        StreamEnd::SubscribeFailed(failed) => failed.error.code(),
        StreamEnd::Unsubscribed => MQTTKA_ERROR_UNSUBSCRIBED,
        _ => MQTTKA_ERROR_CLOSED,
    }
}

/// Opens a stream of the messages that match a filter, from now on, and of those that wait for a
/// taker. It subscribes to nothing itself, and outlives connections: where the client stops for
/// good and nobody asked for that, mqttka_stream_next() says MQTTKA_ERROR_DISCONNECTED once; called
/// again, it waits for the messages of later connections.
///
/// filter, filter_length: a topic filter, copied; NULL with length 0: all messages.
/// stream: receives the stream; NULL where this fails.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_INVALID_TOPIC,
/// MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_open_stream(
    client: *mut mqttka_client,
    filter: *const c_char,
    filter_length: usize,
    stream: *mut *mut mqttka_stream,
) -> i32 {
    guard::status("mqttka_client_open_stream", || {
        // SAFETY: a valid out-parameter, by the header's contract.
        let out = unsafe { handle::out(stream, "stream") }?;
        out.set(std::ptr::null_mut());
        guard::not_in_child()?;
        // SAFETY: a valid client, by the header's contract.
        let core = unsafe { borrow(client) }?.usable()?;
        let filter = if filter.is_null() && filter_length == 0 {
            None
        } else {
            // SAFETY: a readable filter, by the header's contract.
            Some(unsafe { handle::filter(filter, filter_length, "filter") }?)
        };
        out.set(mqttka_stream::into_c(core.messages(filter)?, client, true));
        Ok(())
    })
}

/// Opens a stream of the messages that match one of a request's filters, and then subscribes to
/// them in one SUBSCRIBE packet: no message is lost, a retained one included. The request is
/// copied. The subscription ends with the stream.
///
/// flags: MQTTKA_STREAM_OUTLIVES_CONNECTIONS, or 0: the stream ends, and says so, with the
/// connection or attempt after which the client does not come back by itself.
/// completion, user_data: called with the broker's SUBACK; may be NULL. Where the broker grants
/// none of the filters, the stream ends too.
/// stream: receives the stream; NULL where this fails.
///
/// Errors as for mqttka_client_send_subscribe().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_client_subscribe_stream(
    client: *mut mqttka_client,
    request: *const mqttka_subscribe_request,
    flags: u32,
    completion: mqttka_completion_fn,
    user_data: *mut c_void,
    stream: *mut *mut mqttka_stream,
) -> i32 {
    guard::status("mqttka_client_subscribe_stream", || {
        // SAFETY: a valid out-parameter, by the header's contract.
        let out = unsafe { handle::out(stream, "stream") }?;
        out.set(std::ptr::null_mut());
        guard::not_in_child()?;
        // SAFETY: a valid client and request, by the header's contract.
        let (borrowed, request) = unsafe { (borrow(client)?, handle::borrow(request, "request")?) };
        let core = borrowed.usable()?;
        if flags & !MQTTKA_STREAM_OUTLIVES_CONNECTIONS != 0 {
            return Err(Failure::invalid(format!(
                "flags are {flags:#x}; {MQTTKA_STREAM_OUTLIVES_CONNECTIONS:#x} are known"
            )));
        }
        let (subscriptions, properties) = request.to_send()?;
        let mut options = SubscriptionOptions::default();
        options.outlives_connections = flags & MQTTKA_STREAM_OUTLIVES_CONNECTIONS != 0;
        options.manual_acknowledgement = request.manual_acknowledgement;
        let completion = lanes::completion(borrowed, completion, user_data);
        let completion = request.cancellable(borrowed, completion)?;
        let messages = core.subscription(subscriptions, properties, options, completion)?;
        out.set(mqttka_stream::into_c(messages, client, false));
        Ok(())
    })
}

/// Waits for the stream's next message.
///
/// timeout_ms: how long to wait, in milliseconds; 0: not at all; negative: for ever. It blocks the
/// calling thread only; in a callback, that callback's lane.
/// message: receives the message, lent: valid until mqttka_stream_done() counts it or the stream is
/// closed (mqttka_message_clone() keeps it). NULL where there is none.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_TIMED_OUT (nothing came), MQTTKA_ERROR_FORKED; after
/// the last message of a stream that has ended, again and again: MQTTKA_ERROR_DISCONNECTED (with
/// the connection, or the attempt; mqttka_stream_cause() says why), MQTTKA_ERROR_REFUSED or another
/// error of an operation (the broker granted none of its filters), MQTTKA_ERROR_UNSUBSCRIBED,
/// MQTTKA_ERROR_CLOSED (the client was destroyed). What the broker said where it granted none of
/// them, at first or when it had lost the session, mqttka_stream_result() has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_stream_next(
    stream: *mut mqttka_stream,
    timeout_ms: i64,
    message: *mut *const mqttka_message,
) -> i32 {
    guard::status("mqttka_stream_next", || {
        // SAFETY: a valid out-parameter, by the header's contract.
        let out = unsafe { handle::out(message, "message") }?;
        out.set(std::ptr::null());
        guard::not_in_child()?;
        // SAFETY: a valid stream that one thread uses, by the header's contract.
        let stream = unsafe { handle::borrow_mut(stream, "stream") }?;
        out.set(stream.next(timeout_ms)?);
        Ok(())
    })
}

/// Says that the program has consumed the oldest messages that it was lent. QoS 1 and 2 are
/// acknowledged; the messages are no longer valid.
///
/// count: how many; SIZE_MAX: all that are lent. More than are lent are as many as are lent.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_stream_done(stream: *mut mqttka_stream, count: usize) -> i32 {
    guard::client_status("mqttka_stream_done", || {
        // SAFETY: a valid stream that one thread uses, by the header's contract.
        let stream = unsafe { handle::borrow_mut(stream, "stream") }?;
        let count = count.min(stream.lent.len());
        stream.lent.drain(..count);
        stream.messages.done(count);
        Ok(())
    })
}

/// Ends the stream's subscription, with UNSUBSCRIBE for those of its filters that no other
/// subscription of the client needs. Messages come until the broker has answered; then
/// mqttka_stream_next() says MQTTKA_ERROR_UNSUBSCRIBED. The stream is still to be closed.
///
/// completion, user_data: called with the broker's UNSUBACK; may be NULL.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (a stream without a subscription),
/// MQTTKA_ERROR_NOT_CONNECTED, MQTTKA_ERROR_QUEUE_FULL, MQTTKA_ERROR_CLOSED, MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_stream_unsubscribe(
    stream: *mut mqttka_stream,
    completion: mqttka_completion_fn,
    user_data: *mut c_void,
) -> i32 {
    guard::client_status("mqttka_stream_unsubscribe", || {
        // SAFETY: a valid stream, by the header's contract.
        let stream = unsafe { handle::borrow(stream, "stream") }?;
        let completion = lanes::completion(stream.client, completion, user_data);
        Ok(stream.messages.unsubscribe(completion)?)
    })
}

/// Why the stream's connection ended: MQTTKA_CAUSE_*, or MQTTKA_CONNECT_ERROR_* where the attempt
/// failed that the stream waited for. 0 where mqttka_stream_next() has not said
/// MQTTKA_ERROR_DISCONNECTED, or for NULL. Works in a forked child too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_stream_cause(stream: *const mqttka_stream) -> i32 {
    guard::value_or("mqttka_stream_cause", 0, || {
        // SAFETY: a valid stream, by the header's contract.
        Ok(match &unsafe { handle::borrow(stream, "stream") }?.end {
            Some(StreamEnd::Disconnected(cause)) => cause.code(),
            Some(StreamEnd::ConnectFailed(error)) => error.code(),
            _ => 0,
        })
    })
}

/// Why the stream has no subscription (any more), with the broker's words and User Properties;
/// valid until the stream is closed. NULL where mqttka_stream_next() has not said an error of an
/// operation, such as MQTTKA_ERROR_REFUSED, or for NULL. Works in a forked child too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_stream_result(
    stream: *const mqttka_stream,
) -> *const mqttka_result<'static> {
    guard::value_or("mqttka_stream_result", std::ptr::null(), || {
        // SAFETY: a valid stream, by the header's contract.
        let failed = &unsafe { handle::borrow(stream, "stream") }?.failed;
        Ok(failed
            .as_deref()
            .map_or(std::ptr::null(), std::ptr::from_ref))
    })
}

/// Closes a stream and frees it; NULL is fine. Its subscription ends with UNSUBSCRIBE, where
/// mqttka_stream_unsubscribe() was not called. Messages that are not done (lent ones are no longer
/// valid) go to others who take them, or wait for MQTTKA_OPTION_UNCLAIMED_TIMEOUT_MS. Not while
/// another thread is inside a function of this stream. Before or after the client's end. In a
/// forked child it does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_stream_close(stream: *mut mqttka_stream) {
    guard::value("mqttka_stream_close", (), || {
        // What it has of the client may be locked for ever.
        if !forked() {
            // SAFETY: from mqttka_client_open_stream or _subscribe_stream and not used again.
            unsafe { handle::free(stream) }
        }
    })
}
