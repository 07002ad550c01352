//! What it has seen.

use std::ffi::{CString, c_char};
use std::time::Duration;

use mqttka_core::types::{Message, Properties, PropertyId};
use mqttka_testing::{Seen, SeenKind};

use crate::bearing::TEXTS;
use crate::broker::mqttka_testing_broker;
use crate::guard::{self, Failure};

/// A client connected, and was accepted.
pub const MQTTKA_TESTING_CONNECTED: i32 = SeenKind::Connected as i32;
/// A client tried to connect, and was refused.
pub const MQTTKA_TESTING_REFUSED: i32 = SeenKind::Refused as i32;
/// A client subscribed to a filter; one for each.
pub const MQTTKA_TESTING_SUBSCRIBED: i32 = SeenKind::Subscribed as i32;
/// A client unsubscribed from a filter; one for each.
pub const MQTTKA_TESTING_UNSUBSCRIBED: i32 = SeenKind::Unsubscribed as i32;
/// A client published a message. A repeated delivery of QoS 2 counts once.
pub const MQTTKA_TESTING_PUBLISHED: i32 = SeenKind::Published as i32;
/// A client acknowledged a message that it got: PUBACK, or PUBREC.
pub const MQTTKA_TESTING_ACKNOWLEDGED: i32 = SeenKind::Acknowledged as i32;
/// A client sent PINGREQ.
pub const MQTTKA_TESTING_PINGED: i32 = SeenKind::Pinged as i32;
/// A client sent DISCONNECT.
pub const MQTTKA_TESTING_DISCONNECTED: i32 = SeenKind::Disconnected as i32;
/// A client's connection ended without DISCONNECT of it.
pub const MQTTKA_TESTING_LOST: i32 = SeenKind::Lost as i32;
/// A client sent what MQTT does not allow; mqttka_testing_seen_detail() says what.
pub const MQTTKA_TESTING_FAULTY: i32 = SeenKind::Faulty as i32;
/// A client sent authentication data, or its method: CONNECT (no reason code), or AUTH.
pub const MQTTKA_TESTING_AUTHENTICATING: i32 = SeenKind::Authenticating as i32;

/// Something that the broker saw. It is yours: free it with mqttka_testing_seen_free(). What the functions
/// below give of it is valid until then.
pub struct mqttka_testing_seen {
    kind: SeenKind,
    connection: u64,
    client_id: CString,
    filter: Option<CString>,
    topic: Option<CString>,
    message: Option<Message>,
    properties: Properties,
    pub(crate) texts: Vec<(PropertyId, CString)>,
    pub(crate) users: Vec<(CString, CString)>,
    reason_code: i32,
    detail: CString,
    description: CString,
}

impl mqttka_testing_seen {
    /// Those of the packet.
    pub(crate) fn properties(&self) -> &Properties {
        properties(self.message.as_ref(), &self.properties)
    }
}

/// A message's are its own.
fn properties<'a>(message: Option<&'a Message>, others: &'a Properties) -> &'a Properties {
    message.map_or(others, |message| &message.properties)
}

fn text(text: &str) -> CString {
    // MQTT has no NUL in strings.
    CString::new(text.replace('\0', " ")).unwrap_or_default()
}

fn give(seen: Seen) -> *mut mqttka_testing_seen {
    let description = text(&seen.to_string());
    let message = seen.message;
    let properties = properties(message.as_ref(), &seen.properties);
    let texts = TEXTS.iter().filter_map(|id| {
        let found = properties.get_text(*id)?;
        Some((*id, text(found.as_str())))
    });
    let users = properties.user_properties();
    let users = users.map(|(name, value)| (text(name.as_str()), text(value.as_str())));
    let (texts, users) = (texts.collect(), users.collect());
    Box::into_raw(Box::new(mqttka_testing_seen {
        kind: seen.kind,
        connection: seen.connection,
        client_id: text(&seen.client_id),
        filter: seen.filter.as_deref().map(text),
        topic: message.as_ref().map(|it| text(it.topic.as_str())),
        message,
        properties: seen.properties,
        texts,
        users,
        reason_code: seen.reason_code.map_or(-1, |code| code as i32),
        detail: text(&seen.detail),
        description,
    }))
}

/// Waits for the oldest thing of this kind (MQTTKA_TESTING_*) that was not taken before, and takes it into
/// `seen`. `filter`: of a message, its topic matches it; of a subscription, it is its filter; NULL: any.
/// `timeout_ms`: 0 does not wait, -1 waits for ever. MQTTKA_ERROR_TIMED_OUT where it does not come, and
/// where the broker is stopped: mqttka_testing_last_error() says what came instead.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_expect(
    broker: *const mqttka_testing_broker,
    kind: i32,
    filter: *const c_char,
    timeout_ms: i32,
    seen: *mut *mut mqttka_testing_seen,
) -> i32 {
    guard::status("mqttka_testing_broker_expect", || {
        // SAFETY: the header's contract.
        let (broker, out) =
            unsafe { (guard::borrow(broker, "broker")?, guard::out(seen, "seen")?) };
        let known = u8::try_from(kind).ok().and_then(SeenKind::from_u8);
        let none = || Failure::invalid(format!("there is no kind {kind}"));
        // SAFETY: the header's contract.
        let filter = unsafe { guard::optional(filter, "filter") }?;
        let timeout = u64::try_from(timeout_ms).map_or(Duration::MAX, Duration::from_millis);
        let found = broker
            .broker
            .expect(known.ok_or_else(none)?, filter, timeout);
        let missing =
            |missing: mqttka_testing::Missing| Failure(guard::TIMED_OUT, missing.to_string());
        *out = give(found.map_err(missing)?);
        Ok(())
    })
}

/// Takes the oldest thing that was seen and not taken before, whatever it is; NULL: nothing. Does not wait.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_take_any(
    broker: *const mqttka_testing_broker,
) -> *mut mqttka_testing_seen {
    guard::value(
        "mqttka_testing_broker_take_any",
        std::ptr::null_mut(),
        || {
            // SAFETY: the header's contract.
            let broker = unsafe { guard::borrow(broker, "broker") }?;
            Ok(broker.broker.take_any().map_or(std::ptr::null_mut(), give))
        },
    )
}

/// Forgets what was seen so far.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_forget_seen(
    broker: *const mqttka_testing_broker,
) -> i32 {
    guard::status("mqttka_testing_broker_forget_seen", || {
        // SAFETY: the header's contract.
        unsafe { guard::borrow(broker, "broker") }?
            .broker
            .forget_seen();
        Ok(())
    })
}

/// The size and a copy of the message that is retained on this topic: as many of its bytes as `payload` has
/// room for, which may be NULL where `room` is 0. MQTTKA_ERROR_NOT_PRESENT where there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_retained(
    broker: *const mqttka_testing_broker,
    topic: *const c_char,
    payload: *mut u8,
    room: usize,
    size: *mut usize,
) -> i32 {
    guard::status("mqttka_testing_broker_retained", || {
        // SAFETY: the header's contract.
        let (broker, out) =
            unsafe { (guard::borrow(broker, "broker")?, guard::out(size, "size")?) };
        // SAFETY: the header's contract.
        let topic = unsafe { guard::string(topic, "topic") }?;
        let kept = broker.broker.retained(topic);
        let none = || Failure::not_present("nothing is retained there");
        let kept = kept.ok_or_else(none)?.payload;
        *out = kept.len();
        let count = kept.len().min(room);
        if !payload.is_null() {
            // SAFETY: the header's contract: there is room for so many, and the copy is of nobody else.
            unsafe { std::ptr::copy_nonoverlapping(kept.as_ptr(), payload, count) };
        }
        Ok(())
    })
}

/// Frees it. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_seen_free(seen: *mut mqttka_testing_seen) {
    guard::value("mqttka_testing_seen_free", (), || {
        // SAFETY: the header's contract.
        unsafe { guard::free(seen) };
        Ok(())
    });
}

/// What it was, an MQTTKA_TESTING_*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_seen_kind(seen: *const mqttka_testing_seen) -> i32 {
    guard::value("mqttka_testing_seen_kind", 0, || {
        // SAFETY: the header's contract.
        let seen = unsafe { guard::borrow(seen, "seen") }?;
        Ok(seen.kind as i32)
    })
}

/// The number of the client's connection with this broker, from 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_seen_connection(seen: *const mqttka_testing_seen) -> u64 {
    guard::value("mqttka_testing_seen_connection", 0, || {
        // SAFETY: the header's contract.
        let seen = unsafe { guard::borrow(seen, "seen") }?;
        Ok(seen.connection)
    })
}

/// The client's identifier; "" where it is not known yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_seen_client_id(
    seen: *const mqttka_testing_seen,
) -> *const c_char {
    guard::value("mqttka_testing_seen_client_id", std::ptr::null(), || {
        // SAFETY: the header's contract.
        let seen = unsafe { guard::borrow(seen, "seen") }?;
        Ok(seen.client_id.as_ptr())
    })
}

/// The filter, of MQTTKA_TESTING_SUBSCRIBED and MQTTKA_TESTING_UNSUBSCRIBED; else NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_seen_filter(
    seen: *const mqttka_testing_seen,
) -> *const c_char {
    guard::value("mqttka_testing_seen_filter", std::ptr::null(), || {
        // SAFETY: the header's contract.
        let seen = unsafe { guard::borrow(seen, "seen") }?;
        Ok(seen
            .filter
            .as_ref()
            .map_or(std::ptr::null(), |it| it.as_ptr()))
    })
}

/// The message's topic, of MQTTKA_TESTING_PUBLISHED; else NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_seen_topic(
    seen: *const mqttka_testing_seen,
) -> *const c_char {
    guard::value("mqttka_testing_seen_topic", std::ptr::null(), || {
        // SAFETY: the header's contract.
        let seen = unsafe { guard::borrow(seen, "seen") }?;
        Ok(seen
            .topic
            .as_ref()
            .map_or(std::ptr::null(), |it| it.as_ptr()))
    })
}

/// The message's QoS; -1 where there is no message.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_seen_qos(seen: *const mqttka_testing_seen) -> i32 {
    guard::value("mqttka_testing_seen_qos", -1, || {
        // SAFETY: the header's contract.
        let seen = unsafe { guard::borrow(seen, "seen") }?;
        Ok(seen.message.as_ref().map_or(-1, |it| it.qos as i32))
    })
}

/// Whether the message is to be retained.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_seen_retain(seen: *const mqttka_testing_seen) -> bool {
    guard::value("mqttka_testing_seen_retain", false, || {
        // SAFETY: the header's contract.
        let seen = unsafe { guard::borrow(seen, "seen") }?;
        Ok(seen.message.as_ref().is_some_and(|it| it.retain))
    })
}

/// Whether the message may be a repeated delivery.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_seen_dup(seen: *const mqttka_testing_seen) -> bool {
    guard::value("mqttka_testing_seen_dup", false, || {
        // SAFETY: the header's contract.
        let seen = unsafe { guard::borrow(seen, "seen") }?;
        Ok(seen.message.as_ref().is_some_and(|it| it.dup))
    })
}

/// The reason code that the client gave (acknowledged, disconnected, authenticating) or was given (refused,
/// subscribed, unsubscribed); -1 where there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_seen_reason_code(seen: *const mqttka_testing_seen) -> i32 {
    guard::value("mqttka_testing_seen_reason_code", -1, || {
        // SAFETY: the header's contract.
        let seen = unsafe { guard::borrow(seen, "seen") }?;
        Ok(seen.reason_code)
    })
}

/// In words, of MQTTKA_TESTING_CONNECTED, MQTTKA_TESTING_FAULTY, MQTTKA_TESTING_LOST, and
/// MQTTKA_TESTING_REFUSED where what the client proved was; else "".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_seen_detail(
    seen: *const mqttka_testing_seen,
) -> *const c_char {
    guard::value("mqttka_testing_seen_detail", std::ptr::null(), || {
        // SAFETY: the header's contract.
        let seen = unsafe { guard::borrow(seen, "seen") }?;
        Ok(seen.detail.as_ptr())
    })
}

/// All of it, as a sentence.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_seen_description(
    seen: *const mqttka_testing_seen,
) -> *const c_char {
    guard::value("mqttka_testing_seen_description", std::ptr::null(), || {
        // SAFETY: the header's contract.
        let seen = unsafe { guard::borrow(seen, "seen") }?;
        Ok(seen.description.as_ptr())
    })
}

/// The message's payload, `size` bytes; NULL where there is no message, or it is empty.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_seen_payload(
    seen: *const mqttka_testing_seen,
    size: *mut usize,
) -> *const u8 {
    guard::value("mqttka_testing_seen_payload", std::ptr::null(), || {
        // SAFETY: the header's contract.
        let (seen, out) = unsafe { (guard::borrow(seen, "seen")?, guard::out(size, "size")?) };
        let payload = seen.message.as_ref().map_or(&[][..], |it| &it.payload);
        *out = payload.len();
        Ok(match payload {
            [] => std::ptr::null(),
            payload => payload.as_ptr(),
        })
    })
}
