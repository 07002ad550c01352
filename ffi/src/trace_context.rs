//! The trace that a message belongs to: two user properties of the W3C's names.
use std::ffi::c_char;

use mqttka_core::client::TraceContext;

use crate::guard::{self, Failure};
use crate::handle;
use crate::message::mqttka_message;

/// How many bytes a traceparent has, its NUL included.
pub const MQTTKA_TRACEPARENT_SIZE: usize = 56;
/// How many bytes a tracestate has at most, its NUL included.
pub const MQTTKA_TRACESTATE_SIZE: usize = 513;

/// Puts the message into a trace (W3C Trace Context), in place of one in which it was: as its user
/// properties `traceparent` and `tracestate`. Copied. In MQTT 3.1.1, which has no properties, that
/// does nothing.
///
/// traceparent: such as "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".
/// tracestate: what vendors add, at most 32 members key=value of 512 characters together; NULL with
/// length 0: nothing. Lengths: in bytes, or MQTTKA_NUL_TERMINATED.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT (one of them is not valid),
/// MQTTKA_ERROR_INVALID_STRING.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_message_set_trace_context(
    message: *mut mqttka_message,
    traceparent: *const c_char,
    traceparent_length: usize,
    tracestate: *const c_char,
    tracestate_length: usize,
) -> i32 {
    guard::status("mqttka_message_set_trace_context", || {
        // SAFETY: a valid message, by the header's contract.
        let message = unsafe { handle::borrow_mut(message, "message") }?;
        // SAFETY: readable strings, by the header's contract.
        let (parent, state) = unsafe {
            (
                handle::text(traceparent, traceparent_length, "traceparent")?,
                handle::text(tracestate, tracestate_length, "tracestate")?,
            )
        };
        let context = parent.as_str().parse::<TraceContext>();
        let context = context
            .and_then(|context| context.with_state(state.as_str()))
            .map_err(|error| Failure::invalid(error.to_string()))?;
        message.message.set_trace_context(&context);
        Ok(())
    })
}

/// Reads the trace that the message belongs to; both NUL-terminated.
///
/// traceparent: room for MQTTKA_TRACEPARENT_SIZE bytes. tracestate: room for MQTTKA_TRACESTATE_SIZE
/// bytes; receives "" where there is none, or it is not valid; may be NULL.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (there is none, or it is not valid;
/// nothing was written).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_message_get_trace_context(
    message: *const mqttka_message,
    traceparent: *mut c_char,
    tracestate: *mut c_char,
) -> i32 {
    guard::status("mqttka_message_get_trace_context", || {
        // SAFETY: a valid message, by the header's contract.
        let message = unsafe { handle::borrow(message, "message") }?;
        if traceparent.is_null() {
            return Err(handle::null("traceparent"));
        }
        let context = message.message.trace_context();
        let context = context.ok_or_else(Failure::not_present)?;
        let parent = context.traceparent();
        // SAFETY: so many bytes may be written, by the header's contract.
        unsafe {
            handle::write_string(parent.as_bytes(), traceparent, MQTTKA_TRACEPARENT_SIZE);
            if !tracestate.is_null() {
                let state = context.state().as_bytes();
                handle::write_string(state, tracestate, MQTTKA_TRACESTATE_SIZE);
            }
        }
        Ok(())
    })
}
