use std::fmt;

use thiserror::Error as ThisError;

use super::{AuthenticationError, TransportError, Words};
use crate::codec::{DecodeError, PacketType};
use crate::types::{Fault, PropertyId, ReasonCode};

/// What the broker did that the specification forbids.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum ProtocolError {
    /// Bytes that are not an MQTT packet as the specification has it.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A packet that has no place at this point of the conversation, or that only clients send.
    #[error("unexpected {0}")]
    UnexpectedPacket(PacketType),
    /// An acknowledgement of another kind than its exchange waits for [MQTT-4.3.2-3].
    #[error("{0} for an exchange that waits for another acknowledgement")]
    WrongAcknowledgement(PacketType),
    /// Not one reason code per filter [MQTT-3.8.4-6] [MQTT-3.11.3-1].
    #[error("{0} with a wrong number of reason codes (wrong_reason_code_count)")]
    WrongReasonCodeCount(PacketType),
    /// A property that we did not ask for [MQTT-3.1.2-28] [MQTT-3.1.2-29] [MQTT-4.12.0-6].
    #[error("{packet} with the property {property}, which nobody asked for{}", Unasked(*property))]
    UnexpectedProperty {
        /// The packet.
        packet: PacketType,
        /// The property.
        property: PropertyId,
    },
    /// An answer with another Authentication Method than CONNECT, or without one [MQTT-4.12.0-5].
    #[error("{0} without the authentication method of CONNECT")]
    WrongAuthenticationMethod(PacketType),
    /// Session Present for a clean start [MQTT-3.2.2-2].
    #[error(
        "session present although a clean start was asked for (session_present_on_clean_start)"
    )]
    UnexpectedSessionPresent,
    /// A topic alias above the one that we announced as the highest [MQTT-3.1.2-26], or one that
    /// stands for no topic.
    #[error("topic alias that was not allowed or stands for nothing")]
    TopicAliasInvalid,
    /// A message before CONNACK [MQTT-3.2.0-1], or more of them than are kept where that is
    /// tolerated.
    #[error("PUBLISH before CONNACK (publish_before_connack)")]
    PublishBeforeConnack,
    /// More unacknowledged QoS 1 and 2 messages than we announced [MQTT-3.3.4-9].
    #[error(
        "more than {0} unacknowledged messages, our Receive Maximum (receive_maximum_exceeded)"
    )]
    ReceiveMaximumExceeded(u16),
    /// A DISCONNECT in 3.1.1, where only clients send it.
    #[error("DISCONNECT, which no server sends in 3.1.1 (disconnect_in_v311)")]
    DisconnectInV311,
    /// A Maximum Packet Size of CONNACK (section 3.2.2.3.6) under which there can be no session: an
    /// acknowledgement with its reason code has 5 bytes, and no message that has a topic is shorter.
    /// Nothing is sent to such a broker.
    #[error("CONNACK with Maximum Packet Size {0}; no session is possible below 5")]
    MaximumPacketSizeTooSmall(u32),
    /// PUBACK for a publish with QoS 2 [MQTT-4.3.3-1].
    #[error("PUBACK for a publish with QoS 2, which waits for PUBREC (puback_for_qos2)")]
    PubackForQoS2,
}

impl ProtocolError {
    /// The reason code that DISCONNECT should carry for it (section 4.13).
    pub fn reason_code(&self) -> ReasonCode {
        match self {
            ProtocolError::Decode(error) => error.reason_code(),
            ProtocolError::TopicAliasInvalid => ReasonCode::TopicAliasInvalid,
            ProtocolError::ReceiveMaximumExceeded(_) => ReasonCode::ReceiveMaximumExceeded,
            _ => ReasonCode::ProtocolError,
        }
    }

    /// The fault that [`Config::tolerate`](crate::proto::Config::tolerate) could let pass, where it
    /// is one.
    pub const fn fault(&self) -> Option<Fault> {
        match self {
            ProtocolError::UnexpectedSessionPresent => Some(Fault::SessionPresentOnCleanStart),
            ProtocolError::PublishBeforeConnack => Some(Fault::PublishBeforeConnack),
            ProtocolError::ReceiveMaximumExceeded(_) => Some(Fault::ReceiveMaximumExceeded),
            ProtocolError::WrongReasonCodeCount(_) => Some(Fault::WrongReasonCodeCount),
            ProtocolError::DisconnectInV311 => Some(Fault::DisconnectInV311),
            ProtocolError::PubackForQoS2 => Some(Fault::PubackForQoS2),
            ProtocolError::UnexpectedProperty {
                property:
                    PropertyId::ReasonString
                    | PropertyId::UserProperty
                    | PropertyId::ResponseInformation,
                ..
            } => Some(Fault::UnaskedProperty),
            _ => None,
        }
    }
}

/// The name of the fault, where a property is one that can be tolerated.
struct Unasked(PropertyId);

impl fmt::Display for Unasked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = ProtocolError::UnexpectedProperty {
            packet: PacketType::ConnAck,
            property: self.0,
        };
        match error.fault() {
            Some(fault) => write!(f, " ({fault})"),
            None => Ok(()),
        }
    }
}

/// Why a connection ended: the first cause.
/// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l15).
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum DisconnectCause {
    /// No sign of life came over the path for 1.5 x keep-alive.
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l7).
    #[error("no sign of life within the keep-alive bound (keep_alive_timeout)")]
    KeepAliveTimeout,
    /// The broker's system acknowledged our PINGREQ, its process did not answer it.
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l8).
    #[error("the broker does not answer although its system does (server_unresponsive)")]
    ServerUnresponsive,
    /// The broker closed the connection without DISCONNECT.
    #[error("connection closed by the broker (closed_by_server)")]
    ClosedByServer,
    /// The operating system ended the connection (reset, unreachable, ...).
    #[error("connection lost: {0} (transport)")]
    Transport(TransportError),
    /// The broker sent DISCONNECT (section 3.14).
    #[error(
        "disconnected by the broker: {reason_code}{} (server_disconnect)",
        Words(reason_string)
    )]
    ServerDisconnect {
        /// The broker's reason.
        reason_code: ReasonCode,
        /// The broker's words, where it sent some.
        reason_string: Option<String>,
        /// Where the broker says that another server should be used.
        server_reference: Option<String>,
    },
    /// The broker's bytes were not what the specification allows.
    #[error("protocol error: {0} (protocol)")]
    Protocol(ProtocolError),
    /// The application took messages so slowly that twice `inbound_queue_max_bytes` waited.
    #[error(
        "the application does not take its messages; the inbound limit was passed (inbound_overflow)"
    )]
    InboundOverflow,
    /// The application called `disconnect`.
    #[error("disconnect was called (disconnect_requested)")]
    DisconnectRequested,
    /// The application closed (destroyed) the client.
    #[error("the client was closed (client_closed)")]
    ClientClosed,
    /// The system no longer has the connection's local address.
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l17).
    #[error("the network of the connection is gone (network_lost)")]
    NetworkLost,
    /// The library's own engine ended: the system took what it runs on, or it has a bug.
    #[error("mqttka's engine failed: {0} (engine_failed)")]
    EngineFailed(String),
    /// The system took the socket away, as it does with an app that was frozen or a device that
    /// slept. The client tries again at once.
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l23).
    #[error("the system took the socket away: {0} (reclaimed_by_system)")]
    ReclaimedBySystem(TransportError),
    /// A re-authentication failed on this side (section 4.12.1).
    #[error("re-authentication failed: {0} (authentication)")]
    Authentication(AuthenticationError),
}

impl DisconnectCause {
    /// The stable number (`MQTTKA_CAUSE_*` in C). Below 100, so that it is none of
    /// [`ConnectError::code`](super::ConnectError::code): one accessor may return either.
    pub const fn code(&self) -> i32 {
        match self {
            DisconnectCause::KeepAliveTimeout => 1,
            DisconnectCause::ServerUnresponsive => 2,
            DisconnectCause::ClosedByServer => 3,
            DisconnectCause::Transport(_) => 4,
            DisconnectCause::ServerDisconnect { .. } => 5,
            DisconnectCause::Protocol(_) => 6,
            DisconnectCause::InboundOverflow => 7,
            DisconnectCause::DisconnectRequested => 8,
            DisconnectCause::ClientClosed => 9,
            DisconnectCause::NetworkLost => 10,
            DisconnectCause::EngineFailed(_) => 11,
            DisconnectCause::ReclaimedBySystem(_) => 12,
            DisconnectCause::Authentication(_) => 13,
        }
    }

    /// The name that every language has for it, such as `keep_alive_timeout`.
    pub const fn name(&self) -> &'static str {
        match self {
            DisconnectCause::KeepAliveTimeout => "keep_alive_timeout",
            DisconnectCause::ServerUnresponsive => "server_unresponsive",
            DisconnectCause::ClosedByServer => "closed_by_server",
            DisconnectCause::Transport(_) => "transport",
            DisconnectCause::ServerDisconnect { .. } => "server_disconnect",
            DisconnectCause::Protocol(_) => "protocol",
            DisconnectCause::InboundOverflow => "inbound_overflow",
            DisconnectCause::DisconnectRequested => "disconnect_requested",
            DisconnectCause::ClientClosed => "client_closed",
            DisconnectCause::NetworkLost => "network_lost",
            DisconnectCause::EngineFailed(_) => "engine_failed",
            DisconnectCause::ReclaimedBySystem(_) => "reclaimed_by_system",
            DisconnectCause::Authentication(_) => "authentication",
        }
    }
}
