//! What it is told.

use std::ffi::c_char;

use mqttka_core::types::{Message, Properties, PropertyId, QoS, TopicName};
use mqttka_testing::{Acknowledging, Error, FakeBroker, PacketType};

use crate::broker::mqttka_testing_broker;
use crate::guard::{self, Failure};
use crate::properties::mqttka_testing_properties;

/// At once, as brokers do. The default.
pub const MQTTKA_TESTING_ACKNOWLEDGE_AT_ONCE: i32 = Acknowledging::AtOnce as i32;
/// When it is told to, by MQTTKA_TESTING_ACKNOWLEDGE_AT_ONCE: all that was held back leaves then.
pub const MQTTKA_TESTING_ACKNOWLEDGE_HELD: i32 = Acknowledging::Held as i32;
/// Not at all.
pub const MQTTKA_TESTING_ACKNOWLEDGE_NEVER: i32 = Acknowledging::Never as i32;

/// What comes of it: refused by the broker, or before.
pub(crate) type Told = Result<Result<(), Error>, Failure>;

/// Tells it something.
///
/// # Safety
/// `broker` is NULL, or a live one.
pub(crate) unsafe fn tell(
    function: &str,
    broker: *const mqttka_testing_broker,
    what: impl FnOnce(&FakeBroker) -> Told,
) -> i32 {
    guard::status(function, || {
        // SAFETY: the caller's promise.
        let broker = unsafe { guard::borrow(broker, "broker") }?;
        Ok(what(&broker.broker)??)
    })
}

/// The internet is gone: connections stay open, and nothing is read or answered any more, new connections
/// included. What the broker is told to send waits, too. Its clock goes on: clients that it does not hear
/// are lost to it after one and a half keep-alives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_go_silent(
    broker: *const mqttka_testing_broker,
) -> i32 {
    let told = |broker: &FakeBroker| -> Told { Ok(broker.go_silent()) };
    // SAFETY: the header's contract.
    unsafe { tell("mqttka_testing_broker_go_silent", broker, told) }
}

/// The internet is back: what was sent meanwhile is read and answered, what waits is sent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_come_back(
    broker: *const mqttka_testing_broker,
) -> i32 {
    let told = |broker: &FakeBroker| -> Told { Ok(broker.come_back()) };
    // SAFETY: the header's contract.
    unsafe { tell("mqttka_testing_broker_come_back", broker, told) }
}

/// Refuses connections from now on, with this code in CONNACK: the next `times`, or all where that is 0.
/// A code that MQTT 3.1.1 has no number for is sent there as 0x88, "server unavailable".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_refuse_connections(
    broker: *const mqttka_testing_broker,
    reason_code: i32,
    times: u32,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        tell(
            "mqttka_testing_broker_refuse_connections",
            broker,
            |broker| {
                let code = guard::reason_code(reason_code)?;
                Ok(broker.refuse_connections(code, (times > 0).then_some(times)))
            },
        )
    }
}

/// Accepts connections again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_accept_connections(
    broker: *const mqttka_testing_broker,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        tell(
            "mqttka_testing_broker_accept_connections",
            broker,
            |broker| Ok(broker.accept_connections()),
        )
    }
}

/// Whether CONNECT is answered. Where it is not, that connection never is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_answer_connects(
    broker: *const mqttka_testing_broker,
    answer: bool,
) -> i32 {
    let told = |broker: &FakeBroker| -> Told { Ok(broker.answer_connects(answer)) };
    // SAFETY: the header's contract.
    unsafe { tell("mqttka_testing_broker_answer_connects", broker, told) }
}

/// Whether PINGREQ is answered. Where it is not, all else works.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_answer_pings(
    broker: *const mqttka_testing_broker,
    answer: bool,
) -> i32 {
    let told = |broker: &FakeBroker| -> Told { Ok(broker.answer_pings(answer)) };
    // SAFETY: the header's contract.
    unsafe { tell("mqttka_testing_broker_answer_pings", broker, told) }
}

/// When PUBLISH, PUBREL, SUBSCRIBE and UNSUBSCRIBE are acknowledged, an
/// MQTTKA_TESTING_ACKNOWLEDGE_*. What they ask for is done in any case.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_acknowledge(
    broker: *const mqttka_testing_broker,
    acknowledging: i32,
) -> i32 {
    let told = |broker: &FakeBroker| -> Told {
        let known = u8::try_from(acknowledging).ok();
        let known = known.and_then(Acknowledging::from_u8);
        let none = || Failure::invalid(format!("there is no way {acknowledging} to acknowledge"));
        Ok(broker.acknowledge(known.ok_or_else(none)?))
    };
    // SAFETY: the header's contract.
    unsafe { tell("mqttka_testing_broker_acknowledge", broker, told) }
}

/// Refuses messages of QoS 1 and 2 from now on, with this code; -1: takes them again. They are seen, and
/// go to nobody. MQTT 3.1.1 has no way to say so: there they are acknowledged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_refuse_publishes(
    broker: *const mqttka_testing_broker,
    reason_code: i32,
) -> i32 {
    let told = |broker: &FakeBroker| -> Told {
        Ok(broker.refuse_publishes(guard::optional_code(reason_code)?))
    };
    // SAFETY: the header's contract.
    unsafe { tell("mqttka_testing_broker_refuse_publishes", broker, told) }
}

/// Refuses subscriptions from now on, with this code; -1: grants them again. MQTT 3.1.1 has one number for
/// all codes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_refuse_subscriptions(
    broker: *const mqttka_testing_broker,
    reason_code: i32,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        tell(
            "mqttka_testing_broker_refuse_subscriptions",
            broker,
            |broker| Ok(broker.refuse_subscriptions(guard::optional_code(reason_code)?)),
        )
    }
}

/// Refuses to end subscriptions from now on, with this code in UNSUBACK; -1: ends them again. Those that
/// are not ended go on. MQTT 3.1.1 has no way to say so: there they are ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_refuse_unsubscriptions(
    broker: *const mqttka_testing_broker,
    reason_code: i32,
) -> i32 {
    // SAFETY: the header's contract.
    unsafe {
        tell(
            "mqttka_testing_broker_refuse_unsubscriptions",
            broker,
            |broker| Ok(broker.refuse_unsubscriptions(guard::optional_code(reason_code)?)),
        )
    }
}

/// Puts this property, by its number in section 2.2.2.2, into each CONNACK of MQTT 5.0 from now on, and
/// holds to it: 0x11 session expiry interval, 0x13 server keep-alive, 0x21 receive maximum, 0x22 topic alias
/// maximum, 0x24 maximum QoS, 0x25 retain available, 0x27 maximum packet size, 0x28 wildcard subscription
/// available, 0x29 subscription identifier available, 0x2a shared subscription available.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_announce_number(
    broker: *const mqttka_testing_broker,
    property: i32,
    value: u32,
) -> i32 {
    let told = |broker: &FakeBroker| -> Told {
        let known = u8::try_from(property).ok().and_then(PropertyId::from_u8);
        let none = || Failure::invalid(format!("there is no property {property}"));
        Ok(broker.announce_number(known.ok_or_else(none)?, value))
    };
    // SAFETY: the header's contract.
    unsafe { tell("mqttka_testing_broker_announce_number", broker, told) }
}

/// Puts these properties into each CONNACK of MQTT 5.0 from now on, in place of what was announced of them,
/// and holds to them. Adds user properties.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_announce(
    broker: *const mqttka_testing_broker,
    properties: *const mqttka_testing_properties,
) -> i32 {
    let told = |broker: &FakeBroker| -> Told {
        // SAFETY: the header's contract.
        let properties = unsafe { guard::borrow(properties, "properties") }?;
        Ok(broker.announce_all(properties.properties.clone()))
    };
    // SAFETY: the header's contract.
    unsafe { tell("mqttka_testing_broker_announce", broker, told) }
}

/// Puts these properties into each packet of this kind from now on, where the client speaks MQTT 5.0, by its
/// number in section 2.1.2: 2 CONNACK, 4 PUBACK, 5 PUBREC, 6 PUBREL, 7 PUBCOMP, 9 SUBACK, 11 UNSUBACK,
/// 14 DISCONNECT, 15 AUTH. In CONNACK they are only said: what is to be held to, is announced. Those of the
/// last call count; NULL: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_set_properties(
    broker: *const mqttka_testing_broker,
    packet_type: i32,
    properties: *const mqttka_testing_properties,
) -> i32 {
    let told = |broker: &FakeBroker| -> Told {
        let known = u8::try_from(packet_type).ok();
        let known = known.and_then(PacketType::from_u8);
        let none = || Failure::invalid(format!("packet_type: there is none {packet_type}"));
        // SAFETY: the header's contract.
        let properties = unsafe { properties.as_ref() };
        let properties = properties.map_or_else(Properties::new, |it| it.properties.clone());
        Ok(broker.set_properties(known.ok_or_else(none)?, properties))
    };
    // SAFETY: the header's contract.
    unsafe { tell("mqttka_testing_broker_set_properties", broker, told) }
}

/// Whether messages to clients have topic aliases (section 3.3.2.3.4), of MQTT 5.0 clients that take them.
/// The first topics have one each, as many as the client's Topic Alias Maximum. Default: no.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_use_topic_aliases(
    broker: *const mqttka_testing_broker,
    use_them: bool,
) -> i32 {
    let told = |broker: &FakeBroker| -> Told { Ok(broker.use_topic_aliases(use_them)) };
    // SAFETY: the header's contract.
    unsafe { tell("mqttka_testing_broker_use_topic_aliases", broker, told) }
}

/// Whether a message goes to a client once for each of its subscriptions that match, with the QoS and
/// the Subscription Identifier of each (section 3.3.4). Default: no, once, with the identifiers of all.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_send_copies(
    broker: *const mqttka_testing_broker,
    send_them: bool,
) -> i32 {
    let told = |broker: &FakeBroker| -> Told { Ok(broker.send_copies(send_them)) };
    // SAFETY: the header's contract.
    unsafe { tell("mqttka_testing_broker_send_copies", broker, told) }
}

/// Publishes a message to whoever has subscribed to it, as if another client had.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_publish(
    broker: *const mqttka_testing_broker,
    topic: *const c_char,
    payload: *const u8,
    payload_size: usize,
    qos: i32,
    retain: bool,
) -> i32 {
    let told = |broker: &FakeBroker| -> Told {
        // SAFETY: the header's contract.
        let message = unsafe { message(topic, payload, payload_size, qos, retain) }?;
        Ok(broker.publish(message))
    };
    // SAFETY: the header's contract.
    unsafe { tell("mqttka_testing_broker_publish", broker, told) }
}

/// As mqttka_testing_broker_publish(), of a message with these properties; NULL: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_publish_with(
    broker: *const mqttka_testing_broker,
    topic: *const c_char,
    payload: *const u8,
    payload_size: usize,
    qos: i32,
    retain: bool,
    properties: *const mqttka_testing_properties,
) -> i32 {
    let told = |broker: &FakeBroker| -> Told {
        // SAFETY: the header's contract.
        let mut message = unsafe { message(topic, payload, payload_size, qos, retain) }?;
        // SAFETY: the header's contract.
        if let Some(properties) = unsafe { properties.as_ref() } {
            message.properties = properties.properties.clone();
        }
        Ok(broker.publish(message))
    };
    // SAFETY: the header's contract.
    unsafe { tell("mqttka_testing_broker_publish_with", broker, told) }
}

/// # Safety
/// `topic` is NULL or a string, `payload_size` bytes at `payload` can be read.
unsafe fn message(
    topic: *const c_char,
    payload: *const u8,
    payload_size: usize,
    qos: i32,
    retain: bool,
) -> Result<Message, Failure> {
    // SAFETY: the caller's promise.
    let topic = unsafe { guard::string(topic, "topic") }?;
    let topic = TopicName::try_from(topic.to_owned());
    let topic = topic.map_err(|error| Failure::invalid(format!("topic: {error}")))?;
    // SAFETY: the caller's promise.
    let payload = unsafe { guard::bytes(payload, payload_size, "payload") }?;
    let none = || Failure::invalid(format!("qos is {qos}; it must be 0 to 2"));
    let qos = u8::try_from(qos).ok().and_then(QoS::from_u8);
    let message = Message::new(topic, payload.to_vec());
    Ok(message.with_qos(qos.ok_or_else(none)?).with_retain(retain))
}

/// Sends these bytes, whatever they are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_send_bytes(
    broker: *const mqttka_testing_broker,
    client_id: *const c_char,
    bytes: *const u8,
    size: usize,
) -> i32 {
    let told = |broker: &FakeBroker| -> Told {
        // SAFETY: the header's contract.
        let client_id = unsafe { guard::optional(client_id, "client_id") }?;
        // SAFETY: the header's contract.
        let bytes = unsafe { guard::bytes(bytes, size, "bytes") }?;
        Ok(broker.send_bytes(client_id, bytes))
    };
    // SAFETY: the header's contract.
    unsafe { tell("mqttka_testing_broker_send_bytes", broker, told) }
}

/// Sends DISCONNECT with this code, and in words with `reason_string` where that is not NULL, and closes. A
/// broker of MQTT 3.1.1 has no such packet: there it closes only. The client's Will is published.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_disconnect(
    broker: *const mqttka_testing_broker,
    client_id: *const c_char,
    reason_code: i32,
    reason_string: *const c_char,
) -> i32 {
    let told = |broker: &FakeBroker| -> Told {
        // SAFETY: the header's contract.
        let client_id = unsafe { guard::optional(client_id, "client_id") }?;
        // SAFETY: the header's contract.
        let text = unsafe { guard::optional(reason_string, "reason_string") }?;
        Ok(broker.disconnect(client_id, guard::reason_code(reason_code)?, text))
    };
    // SAFETY: the header's contract.
    unsafe { tell("mqttka_testing_broker_disconnect", broker, told) }
}

/// Closes without a word (FIN both ways). The client's Will is published.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_close(
    broker: *const mqttka_testing_broker,
    client_id: *const c_char,
) -> i32 {
    let told = |broker: &FakeBroker| -> Told {
        // SAFETY: the header's contract.
        let client_id = unsafe { guard::optional(client_id, "client_id") }?;
        Ok(broker.close(client_id))
    };
    // SAFETY: the header's contract.
    unsafe { tell("mqttka_testing_broker_close", broker, told) }
}

/// Says that it sends no more (FIN), and goes on reading.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_half_close(
    broker: *const mqttka_testing_broker,
    client_id: *const c_char,
) -> i32 {
    let told = |broker: &FakeBroker| -> Told {
        // SAFETY: the header's contract.
        let client_id = unsafe { guard::optional(client_id, "client_id") }?;
        Ok(broker.half_close(client_id))
    };
    // SAFETY: the header's contract.
    unsafe { tell("mqttka_testing_broker_half_close", broker, told) }
}

/// Resets (RST). The client's Will is published.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_reset(
    broker: *const mqttka_testing_broker,
    client_id: *const c_char,
) -> i32 {
    let told = |broker: &FakeBroker| -> Told {
        // SAFETY: the header's contract.
        let client_id = unsafe { guard::optional(client_id, "client_id") }?;
        Ok(broker.reset(client_id))
    };
    // SAFETY: the header's contract.
    unsafe { tell("mqttka_testing_broker_reset", broker, told) }
}

/// Forgets the sessions of the clients that are not connected, as a broker does that was restarted without
/// a disk. Their Wills that wait are not published.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_testing_broker_forget_sessions(
    broker: *const mqttka_testing_broker,
) -> i32 {
    let told = |broker: &FakeBroker| -> Told { Ok(broker.forget_sessions()) };
    // SAFETY: the header's contract.
    unsafe { tell("mqttka_testing_broker_forget_sessions", broker, told) }
}
