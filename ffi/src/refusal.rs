//! Acknowledging
//!
//! Where the program acknowledges itself (MQTTKA_OPTION_MANUAL_ACKNOWLEDGEMENT,
//! mqttka_subscribe_request_set_manual_acknowledgement()), each QoS 1 and 2 message that it is given
//! is to be acknowledged or refused: in the callback, or later, with a mqttka_message_clone(). It
//! may do so in any order among messages, in any thread; PUBACK and PUBREC leave in the order in
//! which the messages came [MQTT-4.6.0-2], so one that is never acknowledged holds those of all
//! later ones back, until the broker sends no more (MQTTKA_OPTION_RECEIVE_MAXIMUM).
//!
//! Where the callback returns, or the last clone is freed, or the stream says done, and neither was
//! said, the message is given back: it comes again, marked mqttka_message_dup(), to the stream that
//! it came from; to the callback that it came to, after a second; where these are gone, to others
//! that match. When the connection is over, acknowledging does no harm, and the broker sends the
//! message again where it keeps the session. A message for several subscriptions is acknowledged
//! when the last of them has taken it, and refused where one refused it.
use std::ffi::c_char;

use mqttka_core::client::{ReasonCode, Refusal};

use crate::guard::{self, Failure};
use crate::handle;

/// A negative acknowledgement in the making. From mqttka_refusal_new(); to be freed with
/// mqttka_refusal_free(). Used by one thread at a time.
pub struct mqttka_refusal {
    pub(crate) refusal: Refusal,
}

/// A refusal with this code, where it can be one.
pub(crate) fn refusal(reason_code: i32) -> Result<Refusal, Failure> {
    let code = u8::try_from(reason_code).ok().and_then(ReasonCode::from_u8);
    let code = code.filter(|code| Refusal::REASON_CODES.contains(code));
    let code = code.ok_or_else(|| {
        Failure::invalid(format!(
            "reason_code is {reason_code:#x}; it must be one of 0x80 or above that a PUBACK or \
             PUBREC can have"
        ))
    })?;
    Ok(Refusal::new(code)?)
}

/// Makes a refusal.
///
/// reason_code: 0x80 (Unspecified error), 0x83 (Implementation specific error), 0x87 (Not
/// authorized), 0x90 (Topic Name invalid), 0x91 (Packet Identifier in use), 0x97 (Quota exceeded) or
/// 0x99 (Payload format invalid): sections 3.4.2.1 and 3.5.2.1.
/// refusal: receives the refusal; NULL where this fails.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_refusal_new(
    reason_code: i32,
    refusal: *mut *mut mqttka_refusal,
) -> i32 {
    guard::status("mqttka_refusal_new", || {
        // SAFETY: a valid out-parameter, by the header's contract.
        let out = unsafe { handle::out(refusal, "refusal") }?;
        out.set(std::ptr::null_mut());
        let refusal = self::refusal(reason_code)?;
        out.set(Box::into_raw(Box::new(mqttka_refusal { refusal })));
        Ok(())
    })
}

/// Frees a refusal; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_refusal_free(refusal: *mut mqttka_refusal) {
    guard::value("mqttka_refusal_free", (), || {
        // SAFETY: from mqttka_refusal_new and not used again, by the header's contract.
        unsafe { handle::free(refusal) }
    })
}

/// Sets words for whoever looks for the reason (section 3.4.2.2.2). Copied. Left out where the
/// packet would become larger than the broker takes. reason_length: in bytes, or
/// MQTTKA_NUL_TERMINATED.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_STRING.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_refusal_set_reason_string(
    refusal: *mut mqttka_refusal,
    reason: *const c_char,
    reason_length: usize,
) -> i32 {
    guard::status("mqttka_refusal_set_reason_string", || {
        // SAFETY: a valid refusal, by the header's contract.
        let refusal = unsafe { handle::borrow_mut(refusal, "refusal") }?;
        // SAFETY: a readable string, by the header's contract.
        let reason = unsafe { handle::text(reason, reason_length, "reason") }?;
        refusal.refusal = refusal.refusal.clone().with_reason_string(reason);
        Ok(())
    })
}

/// Adds a User Property (section 3.4.2.2.3), 10,000 at most; they keep their order, and names may
/// repeat. Copied. They are left out where the packet would become larger than the broker takes.
/// Lengths: in bytes, or MQTTKA_NUL_TERMINATED.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_INVALID_STRING.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_refusal_add_user_property(
    refusal: *mut mqttka_refusal,
    name: *const c_char,
    name_length: usize,
    value: *const c_char,
    value_length: usize,
) -> i32 {
    guard::status("mqttka_refusal_add_user_property", || {
        // SAFETY: a valid refusal, by the header's contract.
        let refusal = unsafe { handle::borrow_mut(refusal, "refusal") }?;
        // SAFETY: readable strings, by the header's contract.
        let (name, value) = unsafe {
            (
                handle::text(name, name_length, "name")?,
                handle::text(value, value_length, "value")?,
            )
        };
        refusal.refusal = refusal.refusal.clone().with_user_property(name, value)?;
        Ok(())
    })
}
