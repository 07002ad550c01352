//! Properties.

use std::ffi::c_char;

use mqttka_core::types::{Properties, Property, PropertyId};
use mqttka_testing::Error;
use mqttka_testing::properties as make;

use crate::guard::{self, Failure};

/// Properties of MQTT 5.0 that a packet of the broker is to have. They bear their numbers of section
/// 2.2.2.2. Free it with mqttka_testing_properties_free(); what it was given to has a copy.
pub struct mqttka_testing_properties {
    pub(crate) properties: Properties,
}

/// The property of this number.
pub(crate) fn id(number: i32) -> Result<PropertyId, Failure> {
    let known = u8::try_from(number).ok().and_then(PropertyId::from_u8);
    known.ok_or_else(|| Failure::invalid(format!("property: there is none of number {number}")))
}

/// Adds one. One that there can be once takes the place of an earlier one.
///
/// # Safety
/// `properties` is NULL, or live, and nobody else uses it.
unsafe fn add(
    function: &str,
    properties: *mut mqttka_testing_properties,
    property: impl FnOnce() -> Result<Result<Property, Error>, Failure>,
) -> i32 {
    guard::status(function, || {
        // SAFETY: the caller's promise.
        let it = unsafe { guard::out(properties, "properties") }?;
        let property = property()??;
        match property.id() {
            PropertyId::UserProperty => it.properties.push(property),
            _ => it.properties.set(property),
        }
        Ok(())
    })
}

/// None yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_properties_new() -> *mut mqttka_testing_properties {
    guard::value(
        "mqttka_testing_properties_new",
        std::ptr::null_mut(),
        || {
            let properties = Properties::new();
            Ok(Box::into_raw(Box::new(mqttka_testing_properties {
                properties,
            })))
        },
    )
}

/// Frees it. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_properties_free(
    properties: *mut mqttka_testing_properties,
) {
    guard::value("mqttka_testing_properties_free", (), || {
        // SAFETY: the header's contract.
        unsafe { guard::free(properties) };
        Ok(())
    });
}

/// Sets a property whose value is a number, in place of an earlier value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_properties_set_number(
    properties: *mut mqttka_testing_properties,
    property: i32,
    value: u32,
) -> i32 {
    let made = || Ok(make::number(id(property)?, value));
    // SAFETY: the header's contract.
    unsafe { add("mqttka_testing_properties_set_number", properties, made) }
}

/// Sets a property whose value is a text, in place of an earlier value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_properties_set_text(
    properties: *mut mqttka_testing_properties,
    property: i32,
    value: *const c_char,
) -> i32 {
    let made = || {
        // SAFETY: the header's contract.
        let value = unsafe { guard::string(value, "value") }?;
        Ok(make::text(id(property)?, value))
    };
    // SAFETY: the header's contract.
    unsafe { add("mqttka_testing_properties_set_text", properties, made) }
}

/// Sets a property whose value is bytes, 65,535 at most, in place of an earlier value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_properties_set_bytes(
    properties: *mut mqttka_testing_properties,
    property: i32,
    value: *const u8,
    size: usize,
) -> i32 {
    let made = || {
        // SAFETY: the header's contract.
        let value = unsafe { guard::bytes(value, size, "value") }?;
        Ok(make::binary(id(property)?, value))
    };
    // SAFETY: the header's contract.
    unsafe { add("mqttka_testing_properties_set_bytes", properties, made) }
}

/// Adds a user property; they keep their order, and names may repeat.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_properties_add_user(
    properties: *mut mqttka_testing_properties,
    name: *const c_char,
    value: *const c_char,
) -> i32 {
    let made = || {
        // SAFETY: the header's contract.
        let (name, value) =
            unsafe { (guard::string(name, "name")?, guard::string(value, "value")?) };
        Ok(make::user(name, value))
    };
    // SAFETY: the header's contract.
    unsafe { add("mqttka_testing_properties_add_user", properties, made) }
}
