use bytes::Bytes;

use super::{Properties, QoS, TopicFilter, TopicName};

/// An Application Message (section 3.3), to be published or received.
///
/// Cheap to clone: topic, payload and property values share their allocations. A received
/// message's topic and payload are slices of the read buffer, so keeping one small message for
/// long keeps up to 64 KiB (or the packet, where that is larger) alive; copy what is to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
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

    /// Moves topic and payload, where they are small slices of a larger buffer, to an allocation of
    /// their own, so that the buffer can go.
    pub(crate) fn detach(&mut self) {
        const SMALL: usize = 16 * 1024;
        if self.payload.len() < SMALL {
            self.payload = Bytes::copy_from_slice(&self.payload);
            self.topic = self.topic.detached();
        }
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
