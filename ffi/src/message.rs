//! Messages
//!
//! A message made by mqttka_message_new() or mqttka_message_clone() is the caller's and is used
//! by one thread at a time. The one that a message callback receives is the library's and valid
//! until the callback returns.
use std::ffi::{c_char, c_void};

use mqttka_core::client::{Acknowledgement, Message, PropertyId, Received};

use crate::guard;
use crate::handle;
use crate::packed::copied;

/// An Application Message with its properties.
pub struct mqttka_message {
    pub(crate) message: Message,
    connection_number: u64,
    // The program's to give.
    pub(crate) acknowledgement: Option<Acknowledgement>,
    // It lives on a callback's stack; mqttka_message_free leaves it alone.
    borrowed: bool,
}

impl mqttka_message {
    /// One that C borrows.
    pub(crate) fn received(message: Message, connection_number: u64) -> Self {
        mqttka_message {
            message,
            connection_number,
            acknowledgement: None,
            borrowed: true,
        }
    }

    /// The same, with its acknowledgement.
    pub(crate) fn with_acknowledgement(received: Received) -> Self {
        let mut message = Self::received(received.message, received.connection_number);
        message.acknowledgement = received.acknowledgement;
        message
    }

    /// One that is C's own.
    pub(crate) fn owned(message: Message) -> Self {
        mqttka_message {
            message,
            connection_number: 0,
            acknowledgement: None,
            borrowed: false,
        }
    }

    /// The message without what only the broker may say of one, so that a received message can
    /// be published again.
    pub(crate) fn to_publish(&self) -> Message {
        let mut message = self.message.clone();
        message.dup = false;
        if !message.properties.is_empty() {
            // [MQTT-3.3.4-6]; and an alias means something on its own connection only.
            message
                .properties
                .remove(PropertyId::SubscriptionIdentifier);
            message.properties.remove(PropertyId::TopicAlias);
        }
        message
    }
}

/// Makes a message without properties. Topic and payload are copied.
///
/// topic: a topic name, without wildcards; topic_length: in bytes, or MQTTKA_NUL_TERMINATED.
/// payload: any bytes, and payload_length of them; NULL with 0 for none, MQTTKA_NUL_TERMINATED for
/// text. qos: 0, 1 or 2.
/// message: receives the message, to be freed with mqttka_message_free(); NULL where this fails.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL, MQTTKA_ERROR_INVALID_ARGUMENT, MQTTKA_ERROR_INVALID_TOPIC,
/// MQTTKA_ERROR_PACKET_TOO_LARGE (a payload that no packet can carry), MQTTKA_ERROR_OUT_OF_MEMORY
/// (for the payload). Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_message_new(
    topic: *const c_char,
    topic_length: usize,
    payload: *const c_void,
    payload_length: usize,
    qos: i32,
    retain: bool,
    message: *mut *mut mqttka_message,
) -> i32 {
    guard::status("mqttka_message_new", || {
        // SAFETY: a valid out-parameter, by the header's contract.
        let out = unsafe { handle::out(message, "message") }?;
        out.set(std::ptr::null_mut());
        // SAFETY: readable topic and payload, by the header's contract.
        let message = unsafe { copied(topic, topic_length, payload, payload_length, qos, retain) }?;
        out.set(Box::into_raw(Box::new(mqttka_message::owned(message))));
        Ok(())
    })
}

/// Makes another message with the same content, to be freed with mqttka_message_free(); NULL for
/// NULL. Topic and payload are shared and not copied: cheap, but the clone of a received message
/// keeps the buffer alive in which it came (64 KiB, or the packet where that is larger). Copy what
/// you keep for long. Where the program acknowledges itself, the clone can do so, too
/// (mqttka_message_acknowledge()).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_message_clone(
    message: *const mqttka_message,
) -> *mut mqttka_message {
    guard::value_or("mqttka_message_clone", std::ptr::null_mut(), || {
        // SAFETY: a valid message, by the header's contract.
        let message = unsafe { handle::borrow(message, "message") }?;
        Ok(Box::into_raw(Box::new(mqttka_message {
            message: message.message.clone(),
            connection_number: message.connection_number,
            acknowledgement: message.acknowledgement.clone(),
            borrowed: false,
        })))
    })
}

/// Frees a message; NULL is fine. A message that a callback received is not yours to free: it is
/// left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_message_free(message: *mut mqttka_message) {
    guard::value("mqttka_message_free", (), || {
        // SAFETY: NULL or a valid message, by the header's contract.
        if unsafe { message.as_ref() }.is_some_and(|message| !message.borrowed) {
            // SAFETY: from mqttka_message_new or _clone and not used again.
            unsafe { handle::free(message) }
        }
    })
}

/// The topic, NOT NUL-terminated: *length bytes of UTF-8, valid as long as the message. length may
/// be NULL. NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_message_topic(
    message: *const mqttka_message,
    length: *mut usize,
) -> *const c_char {
    guard::value_or("mqttka_message_topic", std::ptr::null(), || {
        // SAFETY: a valid message and NULL or a valid length, by the header's contract.
        unsafe { read(message, length, |message| message.topic.as_bytes()) }
            .map(|start| start.cast())
    })
}

/// The payload: *length bytes, valid as long as the message. Not NULL where it is empty. length
/// may be NULL. NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_message_payload(
    message: *const mqttka_message,
    length: *mut usize,
) -> *const u8 {
    guard::value_or("mqttka_message_payload", std::ptr::null(), || {
        // SAFETY: a valid message and NULL or a valid length, by the header's contract.
        unsafe { read(message, length, |message| &message.payload) }
    })
}

/// Gives C one field of a message.
///
/// # Safety
/// `message` is NULL or valid; `length` is NULL or can be written.
unsafe fn read(
    message: *const mqttka_message,
    length: *mut usize,
    field: impl FnOnce(&Message) -> &[u8],
) -> Result<*const u8, guard::Failure> {
    // SAFETY: the caller's promise.
    let length = unsafe { handle::out(length, "length") }.ok();
    if let Some(length) = &length {
        length.set(0);
    }
    // SAFETY: the caller's promise.
    let bytes = field(&unsafe { handle::borrow(message, "message") }?.message);
    if let Some(length) = &length {
        length.set(bytes.len());
    }
    Ok(handle::start(bytes))
}

/// The QoS, 0 to 2; -1 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_message_qos(message: *const mqttka_message) -> i32 {
    guard::value_or("mqttka_message_qos", -1, || {
        // SAFETY: a valid message, by the header's contract.
        let message = unsafe { handle::borrow(message, "message") }?;
        Ok(message.message.qos as i32)
    })
}

/// Whether the broker keeps the message for later subscribers; on a received one, whether it was
/// such a kept one (section 3.3.1.3). False for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_message_retain(message: *const mqttka_message) -> bool {
    guard::value_or("mqttka_message_retain", false, || {
        // SAFETY: a valid message, by the header's contract.
        Ok(unsafe { handle::borrow(message, "message") }?
            .message
            .retain)
    })
}

/// Whether this may be a repeated delivery (section 3.3.1.1); of received messages. False for
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_message_dup(message: *const mqttka_message) -> bool {
    guard::value_or("mqttka_message_dup", false, || {
        // SAFETY: a valid message, by the header's contract.
        Ok(unsafe { handle::borrow(message, "message") }?.message.dup)
    })
}

/// The number of the connection over which the message came (MQTTKA_EVENT_CONNECTION_NUMBER); 0
/// where it was not received, or for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_message_connection_number(message: *const mqttka_message) -> u64 {
    guard::value_or("mqttka_message_connection_number", 0, || {
        // SAFETY: a valid message, by the header's contract.
        Ok(unsafe { handle::borrow(message, "message") }?.connection_number)
    })
}
