//! Messages and subscriptions.

use mqttka_core::client::{
    Message as CoreMessage, QoS, RetainHandling, Subscription as CoreSubscription, Text,
    TopicFilter, TopicName, Will as CoreWill,
};

use crate::{MqttkaError, Property, property};

/// An Application Message, to be published or received.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Message {
    /// Where it is published.
    pub topic: String,
    /// The application's bytes; MQTT gives them no meaning.
    pub payload: Vec<u8>,
    /// The delivery guarantee.
    pub qos: QoS,
    /// Whether the broker keeps it for later subscribers; on a received message, whether it was
    /// such a kept one.
    #[uniffi(default = false)]
    pub retain: bool,
    /// MQTT 5.0 properties; ignored in 3.1.1.
    #[uniffi(default)]
    pub properties: Vec<Property>,
    /// Whether this may be a repeated delivery; only set on received messages.
    #[uniffi(default = false)]
    pub dup: bool,
    /// The number of the connection that it came over; 0 for one that was not received.
    #[uniffi(default = 0)]
    pub connection_number: u64,
    /// Names its acknowledgement among those of its stream (`MessagesHandle.acknowledgements`), where
    /// the application gives it; 0: there is none to give.
    #[uniffi(default = 0)]
    pub acknowledgement: u64,
}

/// The Will Message: what the broker publishes where this client goes without DISCONNECT.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Will {
    /// The message. Its properties may include the Will Delay Interval.
    pub message: Message,
}

/// One topic filter of a SUBSCRIBE with its options.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Subscription {
    /// The filter.
    pub filter: String,
    /// The highest QoS at which messages come.
    pub qos: QoS,
    /// Do not send back what this client published; MQTT 5.0 only.
    #[uniffi(default = false)]
    pub no_local: bool,
    /// Keep the publisher's retain flag; MQTT 5.0 only.
    #[uniffi(default = false)]
    pub retain_as_published: bool,
    /// Retained messages at subscribe time; MQTT 5.0 only. None: send them at every subscribe.
    #[uniffi(default = None)]
    pub retain_handling: Option<RetainHandling>,
}

impl Message {
    /// Of the core's, which came over this connection.
    pub(crate) fn of(message: CoreMessage, connection_number: u64, acknowledgement: u64) -> Self {
        Message {
            properties: property::from_core(&message.properties),
            topic: message.topic.as_str().to_owned(),
            payload: message.payload.into(),
            qos: message.qos,
            retain: message.retain,
            dup: message.dup,
            connection_number,
            acknowledgement,
        }
    }
}

impl TryFrom<Message> for CoreMessage {
    type Error = MqttkaError;
    fn try_from(message: Message) -> Result<Self, MqttkaError> {
        let topic = TopicName::parse(Text::try_from(message.topic)?)?;
        let mut core = CoreMessage::new(topic, message.payload)
            .with_qos(message.qos)
            .with_retain(message.retain);
        core.properties = property::to_core(message.properties)?;
        Ok(core)
    }
}

impl TryFrom<Will> for CoreWill {
    type Error = MqttkaError;
    fn try_from(will: Will) -> Result<Self, MqttkaError> {
        Ok(CoreWill {
            message: will.message.try_into()?,
        })
    }
}

impl TryFrom<Subscription> for CoreSubscription {
    type Error = MqttkaError;
    fn try_from(subscription: Subscription) -> Result<Self, MqttkaError> {
        let mut core = CoreSubscription::new(filter(subscription.filter)?, subscription.qos);
        core.no_local = subscription.no_local;
        core.retain_as_published = subscription.retain_as_published;
        core.retain_handling = subscription.retain_handling.unwrap_or_default();
        Ok(core)
    }
}

pub(crate) fn subscriptions(
    subscriptions: Vec<Subscription>,
) -> Result<Vec<CoreSubscription>, MqttkaError> {
    subscriptions
        .into_iter()
        .map(CoreSubscription::try_from)
        .collect()
}

pub(crate) fn filter(text: String) -> Result<TopicFilter, MqttkaError> {
    Ok(TopicFilter::parse(Text::try_from(text)?)?)
}

/// The answer to a request: a message to its Response Topic, with its Correlation Data and its QoS, to
/// be published.
///
/// # Errors
/// [`MqttkaError::InvalidArgument`] where it has no Response Topic.
#[uniffi::export]
pub fn reply_to(request: Message, payload: Vec<u8>) -> Result<Message, MqttkaError> {
    let reply = CoreMessage::try_from(request)?.reply_to(payload)?;
    Ok(Message::of(reply, 0, 0))
}
