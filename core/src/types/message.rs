use bytes::Bytes;

use super::{Properties, QoS, TopicFilter, TopicName};

/// An Application Message (section 3.3), to be published or received.
///
/// Cheap to clone: topic, payload and property values share their allocations. A received
/// message's topic and payload are slices of the read buffer, so keeping one small message for
/// long keeps up to 64 KiB (or the packet, where that is larger) alive; copy what is to be kept.
///
/// What `Debug` prints of a payload is bounded, and so is what it prints of strings and properties.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Where it is published.
    pub topic: TopicName,
    /// The application's bytes; MQTT gives them no meaning.
    pub payload: Bytes,
    /// The delivery guarantee. Default QoS 0.
    pub qos: QoS,
    /// Whether the broker keeps it for later subscribers; on a received message, whether it was
    /// such a kept one [MQTT-3.3.1-8]. Default false.
    pub retain: bool,
    /// Whether this may be a repeated delivery [MQTT-3.3.1-1]; only set on received messages.
    pub dup: bool,
    /// MQTT 5.0 properties; empty (and ignored) in 3.1.1.
    pub properties: Properties,
}

impl Message {
    /// A message with QoS 0, not retained, without properties.
    pub fn new(topic: TopicName, payload: impl Into<Bytes>) -> Self {
        Message {
            topic,
            payload: payload.into(),
            qos: QoS::AtMostOnce,
            retain: false,
            dup: false,
            properties: Properties::new(),
        }
    }

    /// The same message at another QoS.
    #[must_use]
    pub fn with_qos(mut self, qos: QoS) -> Self {
        self.qos = qos;
        self
    }

    /// The same message, retained or not.
    #[must_use]
    pub fn with_retain(mut self, retain: bool) -> Self {
        self.retain = retain;
        self
    }

    /// Moves topic, payload and the values of the properties, where they are small slices of a
    /// larger buffer, to an allocation of their own, so that the buffer can go.
    pub(crate) fn detach(&mut self) {
        const SMALL: usize = 16 * 1024;
        let mut len = 0;
        self.for_each_value(&mut |value| len += value.len());
        if len >= SMALL {
            return;
        }
        let mut copy = Vec::with_capacity(len);
        self.for_each_value(&mut |value| copy.extend_from_slice(value));
        let mut copy = Bytes::from(copy);
        self.for_each_value(&mut |value| *value = copy.split_to(value.len()));
    }

    /// Everything that may be a slice of a larger buffer. `change` may move the bytes to another
    /// place, not change them.
    fn for_each_value(&mut self, change: &mut dyn FnMut(&mut Bytes)) {
        change(self.topic.bytes_mut());
        change(&mut self.payload);
        self.properties.for_each_value(change);
    }

    /// What the message counts for in the byte limits of queues: topic, payload, properties and
    /// its own bookkeeping (about 100 bytes).
    pub fn cost(&self) -> usize {
        size_of::<Message>()
            + self.topic.as_bytes().len()
            + self.payload.len()
            + self.properties.cost()
    }
}

/// The Will Message: what the broker publishes where this client goes without DISCONNECT
/// (section 3.1.2.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Will {
    /// The message. Its `dup` is ignored; its properties may include `WillDelayInterval`.
    pub message: Message,
}

/// What the broker sends of retained messages when a subscription is made (section 3.8.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum RetainHandling {
    /// Send retained messages at every subscribe. The default.
    #[default]
    SendAtSubscribe = 0,
    /// Send them only where the subscription did not exist yet.
    SendIfNew = 1,
    /// Do not send them.
    DoNotSend = 2,
}

/// One Topic Filter of a SUBSCRIBE with its options (section 3.8.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// The filter.
    pub filter: TopicFilter,
    /// The highest QoS at which messages come. Default QoS 0.
    pub qos: QoS,
    /// Do not send back what this client published; MQTT 5.0 only. Default false.
    pub no_local: bool,
    /// Keep the publisher's retain flag; MQTT 5.0 only. Default false.
    pub retain_as_published: bool,
    /// Retained messages at subscribe time; MQTT 5.0 only.
    pub retain_handling: RetainHandling,
}

impl Subscription {
    /// A subscription with default options.
    pub fn new(filter: TopicFilter, qos: QoS) -> Self {
        Subscription {
            filter,
            qos,
            no_local: false,
            retain_as_published: false,
            retain_handling: RetainHandling::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Property, Text};

    #[test]
    fn what_is_detached_lets_go_of_the_buffer() {
        let buffer = Bytes::from(b"topicpayloadtypenamevaluecorrelation".repeat(1000));
        let text = |range| Text::from_bytes(buffer.slice(range)).unwrap();
        let topic = TopicName::from_bytes(buffer.slice(0..5)).unwrap();
        let mut message = Message::new(topic, buffer.slice(5..12));
        message.properties = [
            Property::ContentType(text(12..16)),
            Property::UserProperty(text(16..20), text(20..25)),
            Property::CorrelationData(buffer.slice(25..36)),
            Property::TopicAlias(1),
        ]
        .into_iter()
        .collect();
        let before = message.clone();
        message.detach();
        assert_eq!(message, before);
        drop(before);
        assert!(buffer.is_unique());

        // A large one is most of its buffer.
        message.payload = buffer.slice(..20_000);
        message.detach();
        assert!(!buffer.is_unique());
    }
}
