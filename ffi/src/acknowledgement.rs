//! The functions of the chapter that `refusal` opens which are about a message.
use std::ffi::c_char;

use mqttka_core::client::Acknowledgement;

use crate::guard::{self, Failure};
use crate::handle;
use crate::message::mqttka_message;
use crate::refusal::{mqttka_refusal, refusal};

fn of(message: &mqttka_message) -> Result<&Acknowledgement, Failure> {
    message
        .acknowledgement
        .as_ref()
        .ok_or_else(Failure::not_present)
}

/// The program has consumed the message. Only the first word counts, of this and of
/// mqttka_message_refuse(), of the message and its clones. In a forked child it does nothing.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (the message is not the program's to
/// acknowledge: QoS 0, or it acknowledges by itself).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_message_acknowledge(message: *const mqttka_message) -> i32 {
    guard::status("mqttka_message_acknowledge", || {
        // SAFETY: a valid message, by the header's contract.
        of(unsafe { handle::borrow(message, "message") }?)?.acknowledge();
        Ok(())
    })
}

/// The program does not want the message: the broker hears why, and does not send it again (sections
/// 3.4.2 and 3.5.2). MQTT 5.0 only.
///
/// reason_code: as for mqttka_refusal_new(). reason: words for whoever looks for the reason; NULL
/// with length 0 for none; reason_length: in bytes, or MQTTKA_NUL_TERMINATED.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_INVALID_STRING,
/// MQTTKA_ERROR_NOT_SUPPORTED (MQTT 3.1.1 knows no refusal: nothing was said),
/// MQTTKA_ERROR_NOT_PRESENT (as for mqttka_message_acknowledge()), MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_message_refuse(
    message: *const mqttka_message,
    reason_code: i32,
    reason: *const c_char,
    reason_length: usize,
) -> i32 {
    guard::status("mqttka_message_refuse", || {
        // SAFETY: a valid message, by the header's contract.
        let message = unsafe { handle::borrow(message, "message") }?;
        let mut refusal = refusal(reason_code)?;
        // SAFETY: a readable string, by the header's contract.
        let reason = unsafe { handle::text(reason, reason_length, "reason") }?;
        if !reason.is_empty() {
            refusal = refusal.with_reason_string(reason);
        }
        Ok(of(message)?.refuse(refusal)?)
    })
}

/// As mqttka_message_refuse(), with all that a refusal can say. The refusal is copied; it stays the
/// caller's and can be used again.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_SUPPORTED, MQTTKA_ERROR_NOT_PRESENT,
/// MQTTKA_ERROR_FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_message_refuse_with(
    message: *const mqttka_message,
    refusal: *const mqttka_refusal,
) -> i32 {
    guard::status("mqttka_message_refuse_with", || {
        // SAFETY: a valid message and refusal, by the header's contract.
        let (message, refusal) = unsafe {
            (
                handle::borrow(message, "message")?,
                handle::borrow(refusal, "refusal")?,
            )
        };
        Ok(of(message)?.refuse(refusal.refusal.clone())?)
    })
}
