//! Results of operations
//!
//! What a completion callback receives, valid until the callback returns; and why the subscription
//! of a stream has failed, valid until the stream is closed.
use std::borrow::Cow;
use std::ffi::{CString, c_char};
use std::sync::Arc;

use mqttka_core::client::{Failed, Outcome, Properties, ReasonCode, StreamEnd};

use crate::error::{MQTTKA_ERROR_PANIC, MQTTKA_OK};
use crate::guard::{self, Failure};
use crate::handle;
use crate::once::Once;

/// QoS 0: it was handed to the operating system. The broker may have it or not.
pub const MQTTKA_RECEIPT_WRITTEN: i32 = 0;
/// QoS 0 with MQTTKA_PUBLISH_RECEIPT: the broker has read it. What it made of it is not known.
pub const MQTTKA_RECEIPT_READ: i32 = 1;
/// QoS 1 and 2: the broker acknowledged it, with mqttka_result_reason_code().
pub const MQTTKA_RECEIPT_ACKNOWLEDGED: i32 = 2;

/// The outcome of an operation. Valid until its callback returns, or its stream is closed.
pub struct mqttka_result<'a> {
    outcome: Cow<'a, Outcome>,
    // Those of a failure, which others may have, too, in place of the outcome's.
    shared: Option<Arc<Properties>>,
}

impl<'a> mqttka_result<'a> {
    pub(crate) fn new(outcome: &'a Outcome) -> Self {
        mqttka_result {
            outcome: Cow::Borrowed(outcome),
            shared: None,
        }
    }

    fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    fn properties(&self) -> &Properties {
        self.shared.as_deref().unwrap_or(&self.outcome.properties)
    }
}

impl mqttka_result<'static> {
    /// How a request ended.
    pub(crate) fn of_answer(answer: Result<(), Failed>) -> Self {
        let (result, reason_string, shared) = match answer {
            Ok(()) => (Ok(ReasonCode::Success), None, None),
            Err(failed) => (
                Err(failed.error),
                failed.reason_string,
                Some(failed.properties),
            ),
        };
        let outcome = Outcome {
            result,
            packet_id: None,
            reason_codes: Vec::new(),
            reason_string,
            properties: Properties::new(),
            receipt: None,
        };
        mqttka_result {
            outcome: Cow::Owned(outcome),
            shared,
        }
    }

    /// Why there is no subscription, where that is a stream's end.
    pub(crate) fn of_end(end: &StreamEnd) -> Option<Self> {
        match end {
            StreamEnd::SubscribeFailed(failed) => Some(Self::of_answer(Err(failed.clone()))),
            _ => None,
        }
    }
}

/// MQTTKA_OK where the operation succeeded, else MQTTKA_ERROR_REFUSED, _DISCONNECTED,
/// _SESSION_LOST, _NOT_SUPPORTED_BY_SERVER, _EXPIRED, _OPERATION_TIMED_OUT, _DROPPED, _POISON,
/// _CANCELLED, _CLOSED, or _INVALID_ARGUMENT where no packet can say it; MQTTKA_ERROR_NULL for
/// NULL. A subscribe of several filters succeeded only where the broker granted all of them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_result_error(result: *const mqttka_result<'_>) -> i32 {
    let mut error = MQTTKA_ERROR_PANIC;
    let failed = guard::status("mqttka_result_error", || {
        // SAFETY: a valid result, by the header's contract.
        let result = unsafe { handle::borrow(result, "result") }?;
        error = match &result.outcome().result {
            Ok(_) => MQTTKA_OK,
            Err(error) => error.code(),
        };
        Ok(())
    });
    if failed == MQTTKA_OK { error } else { failed }
}

/// The broker's reason code (section 2.4): of several filters the first that failed, else the
/// first. 0 for QoS 0. -1 where there is none, or for NULL. MQTT 3.1.1's return codes appear as the
/// reason codes of the same meaning.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_result_reason_code(result: *const mqttka_result<'_>) -> i32 {
    guard::value_or("mqttka_result_reason_code", -1, || {
        // SAFETY: a valid result, by the header's contract.
        let outcome = unsafe { handle::borrow(result, "result") }?.outcome();
        Ok(match &outcome.result {
            Ok(code) => *code as i32,
            Err(error) => error.reason_code().map_or(-1, |code| code as i32),
        })
    })
}

/// How far a publish came: MQTTKA_RECEIPT_*. -1 where it failed, for other operations, or for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_result_receipt(result: *const mqttka_result<'_>) -> i32 {
    guard::value_or("mqttka_result_receipt", -1, || {
        // SAFETY: a valid result, by the header's contract.
        let outcome = unsafe { handle::borrow(result, "result") }?.outcome();
        Ok(outcome.receipt.map_or(-1, |receipt| receipt as i32))
    })
}

/// How many filters the broker answered: those of the SUBSCRIBE or UNSUBSCRIBE (none for an
/// UNSUBACK of MQTT 3.1.1, which says nothing of them); 0 for a publish, for an operation that the
/// broker did not answer, or for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_result_reason_code_count(
    result: *const mqttka_result<'_>,
) -> usize {
    guard::value_or("mqttka_result_reason_code_count", 0, || {
        // SAFETY: a valid result, by the header's contract.
        Ok(unsafe { handle::borrow(result, "result") }?
            .outcome()
            .reason_codes
            .len())
    })
}

/// The reason code of the filter at index, from 0, in the order of the request; -1 past the last
/// one, or for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_result_reason_code_at(
    result: *const mqttka_result<'_>,
    index: usize,
) -> i32 {
    guard::value_or("mqttka_result_reason_code_at", -1, || {
        // SAFETY: a valid result, by the header's contract.
        let outcome = unsafe { handle::borrow(result, "result") }?.outcome();
        Ok(outcome
            .reason_codes
            .get(index)
            .map_or(-1, |code| *code as i32))
    })
}

/// The Packet Identifier that the operation had, 1 to 65,535; 0 for QoS 0, for what was never sent,
/// or for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_result_packet_id(result: *const mqttka_result<'_>) -> i32 {
    guard::value_or("mqttka_result_packet_id", 0, || {
        // SAFETY: a valid result, by the header's contract.
        let outcome = unsafe { handle::borrow(result, "result") }?.outcome();
        Ok(outcome.packet_id.map_or(0, |id| i32::from(id.get())))
    })
}

/// The broker's Reason String, where it sent one. *value is NOT NUL-terminated; it is *length bytes
/// of UTF-8, valid until the callback returns.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT. On failure *value is NULL and *length 0,
/// where these pointers are not NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_result_get_reason_string(
    result: *const mqttka_result<'_>,
    value: *mut *const c_char,
    length: *mut usize,
) -> i32 {
    guard::status("mqttka_result_get_reason_string", || {
        // SAFETY: valid out-parameters, by the header's contract.
        let out = unsafe { handle::OutBytes::new(value, length) }?;
        // SAFETY: a valid result, by the header's contract.
        let outcome = unsafe { handle::borrow(result, "result") }?.outcome();
        let text = outcome.reason_string.as_ref();
        out.set(text.ok_or_else(Failure::not_present)?.as_bytes());
        Ok(())
    })
}

/// How many User Properties the broker's answer has, at most 10,000; 0 for an operation that the
/// broker did not answer, or for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_result_user_property_count(
    result: *const mqttka_result<'_>,
) -> usize {
    guard::value_or("mqttka_result_user_property_count", 0, || {
        // SAFETY: a valid result, by the header's contract.
        let properties = unsafe { handle::borrow(result, "result") }?.properties();
        Ok(properties.user_properties().len())
    })
}

/// Reads the User Property at index, from 0, in the broker's order; as fast for the last as for the
/// first. The strings are NOT NUL-terminated; they are valid until the callback returns.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (past the last). On failure the strings
/// are NULL and their lengths 0, where these pointers are not NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_result_user_property_at(
    result: *const mqttka_result<'_>,
    index: usize,
    name: *mut *const c_char,
    name_length: *mut usize,
    value: *mut *const c_char,
    value_length: *mut usize,
) -> i32 {
    guard::status("mqttka_result_user_property_at", || {
        // SAFETY: valid out-parameters, by the header's contract.
        let out = unsafe { handle::OutPair::new(name, name_length, value, value_length) }?;
        // SAFETY: a valid result, by the header's contract.
        let properties = unsafe { handle::borrow(result, "result") }?.properties();
        out.set(properties.user_property(index))
    })
}

/// The specification's words for a reason code (section 2.4), NUL-terminated. Never NULL; "no
/// reason code" for -1, "unknown reason code" for numbers that are none. Static; not to be freed.
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_reason_code_string(reason_code: i32) -> *const c_char {
    static TEXTS: Once<Vec<CString>> = Once::new();
    guard::value("mqttka_reason_code_string", c"".as_ptr(), || {
        if reason_code == -1 {
            return c"no reason code".as_ptr();
        }
        let texts = TEXTS.get_or_make(|| {
            ReasonCode::ALL
                .iter()
                .map(|code| CString::new(code.description()).unwrap_or_default())
                .collect()
        });
        ReasonCode::ALL
            .iter()
            .position(|code| *code as i32 == reason_code)
            .map_or(c"unknown reason code".as_ptr(), |at| texts[at].as_ptr())
    })
}
