use std::fmt;

use thiserror::Error as ThisError;

use super::PacketType;
use crate::error::{InvalidText, InvalidTopic};
use crate::types::{Properties, PropertyId, ReasonCode};

/// Why received bytes are not a packet that the specification allows.
/// [`DecodeError::reason_code`] is what to answer with.
///
/// Small, for it is part of the result of each packet: what takes room is boxed.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum DecodeError {
    /// The first byte's packet type does not exist in this version (section 2.1.2).
    #[error("packet type {0} does not exist in this protocol version")]
    UnknownPacketType(u8),
    /// Flags in the first byte that this packet type cannot have [MQTT-2.1.3-1].
    #[error("{packet} has the invalid flags {flags:#06b}")]
    InvalidFlags {
        /// The packet.
        packet: PacketType,
        /// The lower four bits of its first byte.
        flags: u8,
    },
    /// Both QoS bits of a PUBLISH are set [MQTT-3.3.1-4].
    #[error("PUBLISH has QoS 3")]
    InvalidQoS,
    /// DUP is set on a QoS 0 PUBLISH [MQTT-3.3.1-2].
    #[error("PUBLISH has DUP set at QoS 0")]
    DupAtQoS0,
    /// A Variable Byte Integer has more than four bytes, or more than it needs [MQTT-1.5.5-1].
    #[error("variable byte integer is too long or not minimal")]
    InvalidVarInt,
    /// The packet is larger than the limit; found as soon as its fixed header is known
    /// [MQTT-3.1.2-24].
    #[error("packet of {size} bytes is larger than the limit of {limit}")]
    PacketTooLarge {
        /// The packet's size in bytes, its fixed header included.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The packet, or its property length, ends inside a field.
    #[error("packet ends inside a field")]
    Truncated,
    /// What is wrong with a PUBLISH, and which one it is.
    #[error(transparent)]
    Publish(Box<PublishFault>),
    /// Bytes follow the packet's last field.
    #[error("{0} bytes follow the packet's last field")]
    TrailingBytes(usize),
    /// The protocol name of a CONNECT is not `MQTT` [MQTT-3.1.2-1].
    #[error("the protocol name is not MQTT")]
    UnknownProtocol,
    /// The protocol level of a CONNECT is neither 4 nor 5 [MQTT-3.1.2-2].
    #[error("protocol level {0} is not supported")]
    UnsupportedVersion(u8),
    /// CONNECT flags that contradict each other or use the reserved bit [MQTT-3.1.2-3]
    /// [MQTT-3.1.2-11] [MQTT-3.1.2-12] [MQTT-3.1.2-13]; in 3.1.1 also a password without a user
    /// name [MQTT-3.1.2-22].
    #[error("CONNECT has the invalid flags {0:#010b}")]
    InvalidConnectFlags(u8),
    /// An empty client identifier without a clean session, 3.1.1 only [MQTT-3.1.3-8].
    #[error("an empty client identifier needs a clean session")]
    EmptyClientId,
    /// CONNACK flags other than Session Present [MQTT-3.2.2-1].
    #[error("CONNACK has the invalid flags {0:#010b}")]
    InvalidConnAckFlags(u8),
    /// Session Present on a CONNACK that refuses the connection for this reason [MQTT-3.2.2-6].
    #[error("CONNACK refuses the connection ({0}) but says that a session is present")]
    SessionPresentOnFailure(ReasonCode),
    /// A CONNACK that accepts the connection, but in the form of the protocol version that was not
    /// asked for.
    #[error("the broker accepts the connection in another protocol version than was asked for")]
    AcceptedInOtherVersion,
    /// A string breaks a rule of section 1.5.4.
    #[error(transparent)]
    InvalidText(#[from] InvalidText),
    /// A Topic Name, or a Response Topic [MQTT-3.3.2-14], breaks a rule of section 4.7.
    #[error("invalid topic name: {0}")]
    InvalidTopicName(InvalidTopic),
    /// A Topic Filter breaks a rule of section 4.7 or 4.8.2.
    #[error("invalid topic filter: {0}")]
    InvalidTopicFilter(InvalidTopic),
    /// A PUBLISH has neither a topic nor a topic alias (section 3.3.2.1).
    #[error("PUBLISH has neither a topic nor a topic alias")]
    MissingTopic,
    /// A packet identifier of 0 [MQTT-2.2.1-3].
    #[error("packet identifier is 0")]
    ZeroPacketId,
    /// A list that needs at least one entry has none [MQTT-3.8.3-2] [MQTT-3.10.3-2].
    #[error("{0} has an empty payload")]
    EmptyList(PacketType),
    /// A reserved bit of the subscription options is set [MQTT-3.8.3-5].
    #[error("reserved bits are set in the subscription options {0:#010b}")]
    ReservedSubscriptionOptions(u8),
    /// Subscription options with QoS 3, Retain Handling 3 or No Local on a shared subscription
    /// [MQTT-3.8.3-4].
    #[error("the subscription options {0:#010b} are not allowed")]
    InvalidSubscriptionOptions(u8),
    /// No property has this number (section 2.2.2.2).
    #[error("unknown property {0:#04x}")]
    UnknownProperty(u8),
    /// The packet cannot carry this property (section 2.2.2.2).
    #[error("{packet} cannot carry the property {property} here")]
    PropertyNotAllowed {
        /// The property.
        property: PropertyId,
        /// The packet; CONNECT also for the Will's properties.
        packet: PacketType,
    },
    /// A property that may be present once is present twice.
    #[error("property {0} is repeated")]
    PropertyRepeated(PropertyId),
    /// A property has a value that the specification rules out.
    #[error("property {0} has a value that is not allowed")]
    InvalidPropertyValue(PropertyId),
    /// More than [`Properties::MAX_COUNT`] properties, which is a limit of ours.
    #[error("{0} has more than {max} properties", max = Properties::MAX_COUNT)]
    TooManyProperties(PacketType),
    /// Authentication data, or an AUTH step, without the method's name (sections 3.1.2.11.10,
    /// 3.15.2.2.2).
    #[error("the authentication method is missing")]
    MissingAuthenticationMethod,
    /// A server sends a reason code that only a client may (sections 3.14.2.1 and 3.15.2.1).
    #[error("a server's {packet} cannot have the reason code {code}")]
    ReasonCodeOfClient {
        /// The packet.
        packet: PacketType,
        /// The code.
        code: ReasonCode,
    },
    /// A server sends a property that only a client may [MQTT-3.14.2-2].
    #[error("a server's {packet} cannot carry the property {property}")]
    PropertyOfClient {
        /// The packet.
        packet: PacketType,
        /// The property.
        property: PropertyId,
    },
    /// A reason or return code that this packet cannot have, such as [MQTT-3.4.2-1].
    #[error("{packet} cannot have the reason code {code:#04x}")]
    InvalidReasonCode {
        /// The packet.
        packet: PacketType,
        /// The number.
        code: u8,
    },
}

impl DecodeError {
    /// The reason code that the specification asks to answer with (section 4.13).
    pub fn reason_code(&self) -> ReasonCode {
        match self {
            DecodeError::Publish(fault) => fault.error.reason_code(),
            DecodeError::UnknownPacketType(_)
            | DecodeError::InvalidFlags { .. }
            | DecodeError::InvalidQoS
            | DecodeError::DupAtQoS0
            | DecodeError::InvalidVarInt
            | DecodeError::Truncated
            | DecodeError::TrailingBytes(_)
            | DecodeError::InvalidConnectFlags(_)
            | DecodeError::InvalidConnAckFlags(_)
            | DecodeError::AcceptedInOtherVersion
            | DecodeError::InvalidText(_)
            | DecodeError::InvalidTopicName(InvalidTopic::Text(_))
            | DecodeError::InvalidTopicFilter(InvalidTopic::Text(_))
            | DecodeError::ReservedSubscriptionOptions(_)
            | DecodeError::UnknownProperty(_)
            | DecodeError::PropertyNotAllowed { .. } => ReasonCode::MalformedPacket,
            DecodeError::SessionPresentOnFailure(_)
            | DecodeError::MissingTopic
            | DecodeError::ZeroPacketId
            | DecodeError::EmptyList(_)
            | DecodeError::InvalidSubscriptionOptions(_)
            | DecodeError::PropertyRepeated(_)
            | DecodeError::MissingAuthenticationMethod
            | DecodeError::ReasonCodeOfClient { .. }
            | DecodeError::PropertyOfClient { .. }
            | DecodeError::InvalidReasonCode { .. } => ReasonCode::ProtocolError,
            DecodeError::InvalidPropertyValue(PropertyId::TopicAlias) => {
                ReasonCode::TopicAliasInvalid
            }
            DecodeError::InvalidPropertyValue(_) => ReasonCode::ProtocolError,
            DecodeError::PacketTooLarge { .. } => ReasonCode::PacketTooLarge,
            DecodeError::TooManyProperties(_) => ReasonCode::QuotaExceeded,
            DecodeError::UnknownProtocol | DecodeError::UnsupportedVersion(_) => {
                ReasonCode::UnsupportedProtocolVersion
            }
            DecodeError::EmptyClientId => ReasonCode::ClientIdentifierNotValid,
            DecodeError::InvalidTopicName(_) => ReasonCode::TopicNameInvalid,
            DecodeError::InvalidTopicFilter(_) => ReasonCode::TopicFilterInvalid,
        }
    }
}

/// What is wrong with a PUBLISH, with what can be named of it, so that whoever sends it can be
/// found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishFault {
    /// What is wrong.
    pub error: DecodeError,
    /// The packet's size in bytes, its fixed header included.
    pub size: usize,
    /// The first 100 bytes of its topic, with `...` where there are more; what is not printable
    /// text is escaped (`\xff`). `None` where it has none, or where none of it came yet.
    pub topic: Option<Box<str>>,
}

impl fmt::Display for PublishFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PublishFault { error, size, topic } = self;
        match topic {
            Some(topic) => write!(f, "{error}, in a PUBLISH of {size} bytes to \"{topic}\""),
            None => write!(f, "{error}, in a PUBLISH of {size} bytes without a topic"),
        }
    }
}

impl std::error::Error for PublishFault {}

/// Why a packet cannot be written. Nothing of it was.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum EncodeError {
    /// The remaining length does not fit the fixed header (section 2.1.4).
    #[error("a remaining length of {0} bytes is more than the protocol allows")]
    PacketTooLarge(usize),
    /// Binary data (a password, a Will's payload, a property) longer than its two length bytes
    /// can say (section 1.5.6).
    #[error("binary data of {0} bytes is longer than 65,535")]
    BinaryTooLong(usize),
    /// The packet cannot carry this property (section 2.2.2.2).
    #[error("{packet} cannot carry the property {property} here")]
    PropertyNotAllowed {
        /// The property.
        property: PropertyId,
        /// The packet; CONNECT also for the Will's properties.
        packet: PacketType,
    },
    /// A property that may be present once is present twice.
    #[error("property {0} is repeated")]
    PropertyRepeated(PropertyId),
    /// A property has a value that the specification rules out.
    #[error("property {0} has a value that is not allowed")]
    InvalidPropertyValue(PropertyId),
    /// More than [`Properties::MAX_COUNT`] properties, which is a limit of ours.
    #[error("{0} has more than {max} properties", max = Properties::MAX_COUNT)]
    TooManyProperties(PacketType),
    /// A PUBLISH has neither a topic nor a topic alias; in 3.1.1 it has no topic.
    #[error("PUBLISH has neither a topic nor a topic alias")]
    MissingTopic,
    /// A packet identifier at QoS 0, or none above it [MQTT-2.2.1-2] [MQTT-2.2.1-4].
    #[error("PUBLISH has a packet identifier if and only if its QoS is above 0")]
    PacketIdMismatch,
    /// DUP is set on a QoS 0 PUBLISH [MQTT-3.3.1-2].
    #[error("PUBLISH has DUP set at QoS 0")]
    DupAtQoS0,
    /// A list that needs at least one entry has none [MQTT-3.8.3-2] [MQTT-3.10.3-2].
    #[error("{0} has an empty payload")]
    EmptyList(PacketType),
    /// A Topic Filter that this version does not have [MQTT-4.8.2-1].
    #[error("invalid topic filter: {0}")]
    InvalidTopicFilter(#[from] InvalidTopic),
    /// No Local on a shared subscription [MQTT-3.8.3-4].
    #[error("No Local is not allowed on a shared subscription")]
    NoLocalOnShared,
    /// A reason code that this packet cannot have in this version.
    #[error("{packet} cannot have the reason code {code}")]
    InvalidReasonCode {
        /// The packet.
        packet: PacketType,
        /// The code.
        code: ReasonCode,
    },
    /// Session Present on a CONNACK that refuses the connection [MQTT-3.2.2-6].
    #[error("CONNACK refuses the connection but says that a session is present")]
    SessionPresentOnFailure,
    /// A password without a user name, 3.1.1 only [MQTT-3.1.2-22].
    #[error("MQTT 3.1.1 allows no password without a user name")]
    PasswordWithoutUserName,
    /// An empty client identifier without a clean session, 3.1.1 only [MQTT-3.1.3-8].
    #[error("an empty client identifier needs a clean session")]
    EmptyClientId,
    /// Authentication data, or an AUTH step, without the method's name.
    #[error("the authentication method is missing")]
    MissingAuthenticationMethod,
    /// AUTH in 3.1.1.
    #[error("{0} does not exist in this protocol version")]
    NotInThisVersion(PacketType),
}
