//! Properties of MQTT 5.0, with the values' types that uniffi has.

use mqttka_core::client::{Bytes, Properties, Property as CoreProperty, Text};

use crate::{MqttkaError, UserProperty};

/// One property of MQTT 5.0 (section 2.2.2.2).
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Property {
    /// 0 = bytes, 1 = UTF-8 text (3.3.2.3.2).
    PayloadFormatIndicator {
        /// Its value.
        value: u8,
    },
    /// Lifetime of the message in seconds (3.3.2.3.3).
    MessageExpiryInterval {
        /// Its value.
        value: u32,
    },
    /// What the payload is, such as a MIME type (3.3.2.3.9).
    ContentType {
        /// Its value.
        value: String,
    },
    /// Topic for a response; no wildcards (3.3.2.3.5).
    ResponseTopic {
        /// Its value.
        value: String,
    },
    /// Marks which request a response is for (3.3.2.3.6).
    CorrelationData {
        /// Its value.
        value: Vec<u8>,
    },
    /// 1 to 268,435,455 (3.8.2.1.2).
    SubscriptionIdentifier {
        /// Its value.
        value: u32,
    },
    /// Seconds the session outlives the connection; 0xFFFFFFFF = for ever (3.1.2.11.2).
    SessionExpiryInterval {
        /// Its value.
        value: u32,
    },
    /// The Client Identifier that the broker chose (3.2.2.3.7).
    AssignedClientIdentifier {
        /// Its value.
        value: String,
    },
    /// The Keep Alive that the broker imposes, in seconds (3.2.2.3.14).
    ServerKeepAlive {
        /// Its value.
        value: u16,
    },
    /// Name of the extended authentication method (3.1.2.11.9).
    AuthenticationMethod {
        /// Its value.
        value: String,
    },
    /// Data of the authentication method (3.1.2.11.10).
    AuthenticationData {
        /// Its value.
        value: Vec<u8>,
    },
    /// 0 = reason strings only where a failure needs them (3.1.2.11.7).
    RequestProblemInformation {
        /// Its value.
        value: u8,
    },
    /// Seconds before the Will is published (3.1.3.2.2).
    WillDelayInterval {
        /// Its value.
        value: u32,
    },
    /// 1 = ask for Response Information (3.1.2.11.6).
    RequestResponseInformation {
        /// Its value.
        value: u8,
    },
    /// Basis for response topics (3.2.2.3.15).
    ResponseInformation {
        /// Its value.
        value: String,
    },
    /// Another server to use (3.2.2.3.16).
    ServerReference {
        /// Its value.
        value: String,
    },
    /// The reason in words, for diagnostics (3.2.2.3.9).
    ReasonString {
        /// Its value.
        value: String,
    },
    /// How many QoS 1 and 2 publishes may be unacknowledged at once (3.1.2.11.3).
    ReceiveMaximum {
        /// Its value.
        value: u16,
    },
    /// The highest topic alias accepted (3.1.2.11.5).
    TopicAliasMaximum {
        /// Its value.
        value: u16,
    },
    /// Stands for the topic name (3.3.2.3.4).
    TopicAlias {
        /// Its value.
        value: u16,
    },
    /// The highest QoS that the broker accepts (3.2.2.3.4).
    MaximumQoS {
        /// Its value.
        value: u8,
    },
    /// Whether the broker keeps retained messages (3.2.2.3.5).
    RetainAvailable {
        /// Its value.
        value: u8,
    },
    /// A name and a value of the application's own (3.1.2.11.8).
    UserProperty {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// The largest packet accepted, in bytes (3.1.2.11.4).
    MaximumPacketSize {
        /// Its value.
        value: u32,
    },
    /// Whether the broker takes wildcards (3.2.2.3.11).
    WildcardSubscriptionAvailable {
        /// Its value.
        value: u8,
    },
    /// Whether the broker takes subscription identifiers (3.2.2.3.12).
    SubscriptionIdentifierAvailable {
        /// Its value.
        value: u8,
    },
    /// Whether the broker takes shared subscriptions (3.2.2.3.13).
    SharedSubscriptionAvailable {
        /// Its value.
        value: u8,
    },
}

impl From<CoreProperty> for Property {
    fn from(property: CoreProperty) -> Self {
        use CoreProperty as C;
        match property {
            C::PayloadFormatIndicator(value) => Property::PayloadFormatIndicator { value },
            C::MessageExpiryInterval(value) => Property::MessageExpiryInterval { value },
            C::ContentType(value) => Property::ContentType {
                value: value.to_string(),
            },
            C::ResponseTopic(value) => Property::ResponseTopic {
                value: value.to_string(),
            },
            C::CorrelationData(value) => Property::CorrelationData {
                value: value.into(),
            },
            C::SubscriptionIdentifier(value) => Property::SubscriptionIdentifier { value },
            C::SessionExpiryInterval(value) => Property::SessionExpiryInterval { value },
            C::AssignedClientIdentifier(value) => Property::AssignedClientIdentifier {
                value: value.to_string(),
            },
            C::ServerKeepAlive(value) => Property::ServerKeepAlive { value },
            C::AuthenticationMethod(value) => Property::AuthenticationMethod {
                value: value.to_string(),
            },
            C::AuthenticationData(value) => Property::AuthenticationData {
                value: value.into(),
            },
            C::RequestProblemInformation(value) => Property::RequestProblemInformation { value },
            C::WillDelayInterval(value) => Property::WillDelayInterval { value },
            C::RequestResponseInformation(value) => Property::RequestResponseInformation { value },
            C::ResponseInformation(value) => Property::ResponseInformation {
                value: value.to_string(),
            },
            C::ServerReference(value) => Property::ServerReference {
                value: value.to_string(),
            },
            C::ReasonString(value) => Property::ReasonString {
                value: value.to_string(),
            },
            C::ReceiveMaximum(value) => Property::ReceiveMaximum { value },
            C::TopicAliasMaximum(value) => Property::TopicAliasMaximum { value },
            C::TopicAlias(value) => Property::TopicAlias { value },
            C::MaximumQoS(value) => Property::MaximumQoS { value },
            C::RetainAvailable(value) => Property::RetainAvailable { value },
            C::UserProperty(name, value) => Property::UserProperty {
                name: name.to_string(),
                value: value.to_string(),
            },
            C::MaximumPacketSize(value) => Property::MaximumPacketSize { value },
            C::WildcardSubscriptionAvailable(value) => {
                Property::WildcardSubscriptionAvailable { value }
            }
            C::SubscriptionIdentifierAvailable(value) => {
                Property::SubscriptionIdentifierAvailable { value }
            }
            C::SharedSubscriptionAvailable(value) => {
                Property::SharedSubscriptionAvailable { value }
            }
        }
    }
}

impl TryFrom<Property> for CoreProperty {
    type Error = MqttkaError;
    fn try_from(property: Property) -> Result<Self, MqttkaError> {
        use Property as P;
        Ok(match property {
            P::PayloadFormatIndicator { value } => CoreProperty::PayloadFormatIndicator(value),
            P::MessageExpiryInterval { value } => CoreProperty::MessageExpiryInterval(value),
            P::ContentType { value } => CoreProperty::ContentType(Text::try_from(value)?),
            P::ResponseTopic { value } => CoreProperty::ResponseTopic(Text::try_from(value)?),
            P::CorrelationData { value } => CoreProperty::CorrelationData(Bytes::from(value)),
            P::SubscriptionIdentifier { value } => CoreProperty::SubscriptionIdentifier(value),
            P::SessionExpiryInterval { value } => CoreProperty::SessionExpiryInterval(value),
            P::AssignedClientIdentifier { value } => {
                CoreProperty::AssignedClientIdentifier(Text::try_from(value)?)
            }
            P::ServerKeepAlive { value } => CoreProperty::ServerKeepAlive(value),
            P::AuthenticationMethod { value } => {
                CoreProperty::AuthenticationMethod(Text::try_from(value)?)
            }
            P::AuthenticationData { value } => CoreProperty::AuthenticationData(Bytes::from(value)),
            P::RequestProblemInformation { value } => {
                CoreProperty::RequestProblemInformation(value)
            }
            P::WillDelayInterval { value } => CoreProperty::WillDelayInterval(value),
            P::RequestResponseInformation { value } => {
                CoreProperty::RequestResponseInformation(value)
            }
            P::ResponseInformation { value } => {
                CoreProperty::ResponseInformation(Text::try_from(value)?)
            }
            P::ServerReference { value } => CoreProperty::ServerReference(Text::try_from(value)?),
            P::ReasonString { value } => CoreProperty::ReasonString(Text::try_from(value)?),
            P::ReceiveMaximum { value } => CoreProperty::ReceiveMaximum(value),
            P::TopicAliasMaximum { value } => CoreProperty::TopicAliasMaximum(value),
            P::TopicAlias { value } => CoreProperty::TopicAlias(value),
            P::MaximumQoS { value } => CoreProperty::MaximumQoS(value),
            P::RetainAvailable { value } => CoreProperty::RetainAvailable(value),
            P::UserProperty { name, value } => {
                CoreProperty::UserProperty(Text::try_from(name)?, Text::try_from(value)?)
            }
            P::MaximumPacketSize { value } => CoreProperty::MaximumPacketSize(value),
            P::WildcardSubscriptionAvailable { value } => {
                CoreProperty::WildcardSubscriptionAvailable(value)
            }
            P::SubscriptionIdentifierAvailable { value } => {
                CoreProperty::SubscriptionIdentifierAvailable(value)
            }
            P::SharedSubscriptionAvailable { value } => {
                CoreProperty::SharedSubscriptionAvailable(value)
            }
        })
    }
}

pub(crate) fn from_core(properties: &Properties) -> Vec<Property> {
    properties.iter().cloned().map(Property::from).collect()
}

/// Those that are the broker's own, in its order.
pub(crate) fn user_properties(properties: &Properties) -> Vec<UserProperty> {
    let pairs = properties.user_properties();
    pairs
        .map(|(name, value)| UserProperty {
            name: name.to_string(),
            value: value.to_string(),
        })
        .collect()
}

/// As the core takes them from the application.
pub(crate) fn pairs(properties: Vec<UserProperty>) -> Result<Vec<(Text, Text)>, MqttkaError> {
    properties
        .into_iter()
        .map(|property| Ok((property.name.try_into()?, property.value.try_into()?)))
        .collect()
}

pub(crate) fn to_core(properties: Vec<Property>) -> Result<Properties, MqttkaError> {
    properties.into_iter().map(CoreProperty::try_from).collect()
}
