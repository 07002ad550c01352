//! Message properties
//!
//! MQTT 5.0 only: MQTT 3.1.1 neither sends nor receives them. They bear the specification's
//! numbers (section 2.2.2.2).
use std::ffi::{c_char, c_void};

use mqttka_core::client::{Error, Property, PropertyId, TopicName};

use crate::guard::{self, Failure};
use crate::handle;
use crate::message::mqttka_message;
use crate::names;
use crate::options::binary;

/// Number: 0 = bytes, 1 = UTF-8 text (section 3.3.2.3.2).
pub const MQTTKA_PROPERTY_PAYLOAD_FORMAT_INDICATOR: i32 = 0x01;
/// Number: lifetime of the message in seconds, 0 to 4,294,967,295 (section 3.3.2.3.3).
pub const MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL: i32 = 0x02;
/// String: what the payload is, such as a MIME type (section 3.3.2.3.9).
pub const MQTTKA_PROPERTY_CONTENT_TYPE: i32 = 0x03;
/// String: the topic for a response, without wildcards (section 3.3.2.3.5).
pub const MQTTKA_PROPERTY_RESPONSE_TOPIC: i32 = 0x08;
/// Bytes: mark which request a response is for; at most 65,535 bytes (section 3.3.2.3.6).
pub const MQTTKA_PROPERTY_CORRELATION_DATA: i32 = 0x09;
/// Number: the identifier of the subscription that matched, the first of several (section
/// 3.3.2.3.8). Read only: of received messages.
pub const MQTTKA_PROPERTY_SUBSCRIPTION_IDENTIFIER: i32 = 0x0b;
/// Number: seconds before the broker publishes a Will, 0 to 4,294,967,295 (section 3.1.3.2.2). Only
/// for mqttka_options_set_will().
pub const MQTTKA_PROPERTY_WILL_DELAY_INTERVAL: i32 = 0x18;

/// Sets a number, in place of an earlier value.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_INVALID_ARGUMENT (out
/// of range, or read only).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_message_set_int(
    message: *mut mqttka_message,
    property: i32,
    value: i64,
) -> i32 {
    const U32: i64 = u32::MAX as i64;
    guard::status("mqttka_message_set_int", || {
        // SAFETY: a valid message, by the header's contract.
        let message = unsafe { handle::borrow_mut(message, "message") }?;
        let property = match property {
            MQTTKA_PROPERTY_PAYLOAD_FORMAT_INDICATOR => Property::PayloadFormatIndicator(
                handle::number(value, 0..=1, "MQTTKA_PROPERTY_PAYLOAD_FORMAT_INDICATOR")?,
            ),
            MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL => Property::MessageExpiryInterval(
                handle::number(value, 0..=U32, "MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL")?,
            ),
            MQTTKA_PROPERTY_WILL_DELAY_INTERVAL => Property::WillDelayInterval(handle::number(
                value,
                0..=U32,
                "MQTTKA_PROPERTY_WILL_DELAY_INTERVAL",
            )?),
            MQTTKA_PROPERTY_SUBSCRIPTION_IDENTIFIER => {
                return Err(Failure::invalid(
                    "MQTTKA_PROPERTY_SUBSCRIPTION_IDENTIFIER is read only: the broker sets it",
                ));
            }
            other => {
                return Err(Failure::unknown("property", names::PROPERTIES, other));
            }
        };
        message.message.properties.set(property);
        Ok(())
    })
}

/// Sets a string, in place of an earlier value. It is copied. length: in bytes, or
/// MQTTKA_NUL_TERMINATED.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_INVALID_STRING,
/// MQTTKA_ERROR_INVALID_TOPIC (a response topic that is none).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_message_set_string(
    message: *mut mqttka_message,
    property: i32,
    value: *const c_char,
    length: usize,
) -> i32 {
    guard::status("mqttka_message_set_string", || {
        // SAFETY: a valid message, by the header's contract.
        let message = unsafe { handle::borrow_mut(message, "message") }?;
        // SAFETY: a readable string, by the header's contract.
        let text = || unsafe { handle::text(value, length, names::property(property)) };
        let property = match property {
            MQTTKA_PROPERTY_CONTENT_TYPE => Property::ContentType(text()?),
            MQTTKA_PROPERTY_RESPONSE_TOPIC => {
                // [MQTT-3.3.2-14]
                let topic = TopicName::parse(text()?).map_err(|error| {
                    Failure::from(Error::from(error)).about("MQTTKA_PROPERTY_RESPONSE_TOPIC")
                })?;
                Property::ResponseTopic(topic.into_text())
            }
            other => {
                return Err(Failure::unknown("property", names::PROPERTIES, other));
            }
        };
        message.message.properties.set(property);
        Ok(())
    })
}

/// Sets bytes, in place of an earlier value. They are copied. length: in bytes, or
/// MQTTKA_NUL_TERMINATED.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_INVALID_ARGUMENT (too
/// long).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_message_set_bytes(
    message: *mut mqttka_message,
    property: i32,
    value: *const c_void,
    length: usize,
) -> i32 {
    guard::status("mqttka_message_set_bytes", || {
        // SAFETY: a valid message, by the header's contract.
        let message = unsafe { handle::borrow_mut(message, "message") }?;
        match property {
            MQTTKA_PROPERTY_CORRELATION_DATA => {
                // SAFETY: readable bytes, by the header's contract.
                let value = unsafe { handle::bytes(value, length, names::property(property)) }?;
                let value = binary(value, "MQTTKA_PROPERTY_CORRELATION_DATA")?;
                message
                    .message
                    .properties
                    .set(Property::CorrelationData(value));
                Ok(())
            }
            other => Err(Failure::unknown("property", names::PROPERTIES, other)),
        }
    })
}

/// Adds a User Property (section 3.3.2.3.7); they keep their order, and names may repeat. Copied.
/// Lengths: in bytes, or MQTTKA_NUL_TERMINATED. A message with more than 10,000 properties is
/// refused when it is published.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_INVALID_STRING.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_message_add_user_property(
    message: *mut mqttka_message,
    name: *const c_char,
    name_length: usize,
    value: *const c_char,
    value_length: usize,
) -> i32 {
    guard::status("mqttka_message_add_user_property", || {
        // SAFETY: a valid message, by the header's contract.
        let message = unsafe { handle::borrow_mut(message, "message") }?;
        // SAFETY: readable strings, by the header's contract.
        let (name, value) = unsafe {
            (
                handle::text(name, name_length, "name")?,
                handle::text(value, value_length, "value")?,
            )
        };
        message
            .message
            .properties
            .push(Property::UserProperty(name, value));
        Ok(())
    })
}

/// Reads a number.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_NOT_PRESENT. On failure
/// *value is left as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_message_get_int(
    message: *const mqttka_message,
    property: i32,
    value: *mut i64,
) -> i32 {
    guard::status("mqttka_message_get_int", || {
        // SAFETY: a valid message and out-parameter, by the header's contract.
        let (message, out) = unsafe {
            (
                handle::borrow(message, "message")?,
                handle::out(value, "value")?,
            )
        };
        let id = match property {
            MQTTKA_PROPERTY_PAYLOAD_FORMAT_INDICATOR => PropertyId::PayloadFormatIndicator,
            MQTTKA_PROPERTY_MESSAGE_EXPIRY_INTERVAL => PropertyId::MessageExpiryInterval,
            MQTTKA_PROPERTY_SUBSCRIPTION_IDENTIFIER => PropertyId::SubscriptionIdentifier,
            MQTTKA_PROPERTY_WILL_DELAY_INTERVAL => PropertyId::WillDelayInterval,
            other => {
                return Err(Failure::unknown("property", names::PROPERTIES, other));
            }
        };
        let number = message.message.properties.get_number(id);
        out.set(i64::from(number.ok_or_else(Failure::not_present)?));
        Ok(())
    })
}

/// Reads a string. *value is NOT NUL-terminated; it is *length bytes of UTF-8, valid as long as
/// the message, and until the property is set again.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_NOT_PRESENT. On failure
/// *value is NULL and *length 0, where these pointers are not NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_message_get_string(
    message: *const mqttka_message,
    property: i32,
    value: *mut *const c_char,
    length: *mut usize,
) -> i32 {
    guard::status("mqttka_message_get_string", || {
        // SAFETY: valid out-parameters, by the header's contract.
        let out = unsafe { handle::OutBytes::new(value, length) }?;
        // SAFETY: a valid message, by the header's contract.
        let message = unsafe { handle::borrow(message, "message") }?;
        let id = match property {
            MQTTKA_PROPERTY_CONTENT_TYPE => PropertyId::ContentType,
            MQTTKA_PROPERTY_RESPONSE_TOPIC => PropertyId::ResponseTopic,
            other => {
                return Err(Failure::unknown("property", names::PROPERTIES, other));
            }
        };
        let text = message.message.properties.get_text(id);
        out.set(text.ok_or_else(Failure::not_present)?.as_bytes());
        Ok(())
    })
}

/// Reads bytes: *length of them at *value, valid as long as the message, and until the property is
/// set again.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_UNKNOWN_OPTION, MQTTKA_ERROR_NOT_PRESENT. On failure
/// *value is NULL and *length 0, where these pointers are not NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_message_get_bytes(
    message: *const mqttka_message,
    property: i32,
    value: *mut *const u8,
    length: *mut usize,
) -> i32 {
    guard::status("mqttka_message_get_bytes", || {
        // SAFETY: valid out-parameters, by the header's contract.
        let out = unsafe { handle::OutBytes::new(value, length) }?;
        // SAFETY: a valid message, by the header's contract.
        let message = unsafe { handle::borrow(message, "message") }?;
        if property != MQTTKA_PROPERTY_CORRELATION_DATA {
            return Err(Failure::unknown("property", names::PROPERTIES, property));
        }
        let bytes = message
            .message
            .properties
            .get_binary(PropertyId::CorrelationData);
        out.set(bytes.ok_or_else(Failure::not_present)?);
        Ok(())
    })
}

/// How many User Properties the message has, at most 10,000 on one that was received; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_message_user_property_count(
    message: *const mqttka_message,
) -> usize {
    guard::value_or("mqttka_message_user_property_count", 0, || {
        // SAFETY: a valid message, by the header's contract.
        let message = unsafe { handle::borrow(message, "message") }?;
        Ok(message.message.properties.user_properties().len())
    })
}

/// Reads the User Property at index, from 0; as fast for the last as for the first. The strings are
/// NOT NUL-terminated; they are valid as long as the message.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_NOT_PRESENT (past the last). On failure the strings
/// are NULL and their lengths 0, where these pointers are not NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_message_user_property_at(
    message: *const mqttka_message,
    index: usize,
    name: *mut *const c_char,
    name_length: *mut usize,
    value: *mut *const c_char,
    value_length: *mut usize,
) -> i32 {
    guard::status("mqttka_message_user_property_at", || {
        // SAFETY: valid out-parameters, by the header's contract.
        let out = unsafe { handle::OutPair::new(name, name_length, value, value_length) }?;
        // SAFETY: a valid message, by the header's contract.
        let message = unsafe { handle::borrow(message, "message") }?;
        out.set(message.message.properties.user_property(index))
    })
}
