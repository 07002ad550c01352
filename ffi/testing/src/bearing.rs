//! What packets bore.

use std::ffi::c_char;

use mqttka_core::types::PropertyId;

use crate::guard::{self, Failure};
use crate::properties::id;
use crate::seen::mqttka_testing_seen;

/// A property of the packet whose value is a number. MQTTKA_ERROR_NOT_PRESENT where the packet has it not,
/// or its value is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_seen_number(
    seen: *const mqttka_testing_seen,
    property: i32,
    value: *mut u32,
) -> i32 {
    guard::status("mqttka_testing_seen_number", || {
        // SAFETY: the header's contract.
        let (seen, out) = unsafe { (guard::borrow(seen, "seen")?, guard::out(value, "value")?) };
        let number = seen.properties().get_number(id(property)?);
        let none = || Failure::not_present("the packet has no such number");
        *out = number.ok_or_else(none)?;
        Ok(())
    })
}

/// A property of the packet whose value is a text; NULL where the packet has it not, or its value is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_seen_text(
    seen: *const mqttka_testing_seen,
    property: i32,
) -> *const c_char {
    guard::value("mqttka_testing_seen_text", std::ptr::null(), || {
        // SAFETY: the header's contract.
        let seen = unsafe { guard::borrow(seen, "seen") }?;
        let id = id(property)?;
        let found = seen.texts.iter().find(|(of, _)| *of == id);
        Ok(found.map_or(std::ptr::null(), |(_, text)| text.as_ptr()))
    })
}

/// A property of the packet whose value is bytes, `size` of them; NULL where the packet has it not, its
/// value is none, or there is no byte.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_seen_bytes(
    seen: *const mqttka_testing_seen,
    property: i32,
    size: *mut usize,
) -> *const u8 {
    guard::value("mqttka_testing_seen_bytes", std::ptr::null(), || {
        // SAFETY: the header's contract.
        let (seen, out) = unsafe { (guard::borrow(seen, "seen")?, guard::out(size, "size")?) };
        *out = 0;
        let bytes = seen.properties().get_binary(id(property)?);
        let bytes = bytes.map_or(&[][..], |it| &it[..]);
        *out = bytes.len();
        Ok(match bytes {
            [] => std::ptr::null(),
            bytes => bytes.as_ptr(),
        })
    })
}

/// How many user properties the packet has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_seen_user_count(seen: *const mqttka_testing_seen) -> usize {
    guard::value("mqttka_testing_seen_user_count", 0, || {
        // SAFETY: the header's contract.
        Ok(unsafe { guard::borrow(seen, "seen") }?.users.len())
    })
}

/// The name of the user property at this index, from 0; NULL where there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_seen_user_name(
    seen: *const mqttka_testing_seen,
    index: usize,
) -> *const c_char {
    guard::value("mqttka_testing_seen_user_name", std::ptr::null(), || {
        // SAFETY: the header's contract.
        let pair = unsafe { guard::borrow(seen, "seen") }?.users.get(index);
        Ok(pair.map_or(std::ptr::null(), |(name, _)| name.as_ptr()))
    })
}

/// The value of the user property at this index, from 0; NULL where there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_seen_user_value(
    seen: *const mqttka_testing_seen,
    index: usize,
) -> *const c_char {
    guard::value("mqttka_testing_seen_user_value", std::ptr::null(), || {
        // SAFETY: the header's contract.
        let pair = unsafe { guard::borrow(seen, "seen") }?.users.get(index);
        Ok(pair.map_or(std::ptr::null(), |(_, value)| value.as_ptr()))
    })
}

/// Which properties have texts.
pub(crate) const TEXTS: [PropertyId; 7] = [
    PropertyId::ContentType,
    PropertyId::ResponseTopic,
    PropertyId::AssignedClientIdentifier,
    PropertyId::AuthenticationMethod,
    PropertyId::ResponseInformation,
    PropertyId::ServerReference,
    PropertyId::ReasonString,
];
