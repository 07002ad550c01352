use std::fmt;

use thiserror::Error as ThisError;

use super::{AuthenticationError, InvalidText, InvalidTopic};
use crate::codec::EncodeError;
use crate::types::ReasonCode;

/// Why a call was refused at once. Nothing was queued, and no completion follows.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// An argument or option has a value that it cannot have; the text names it.
    #[error("invalid argument: {0}")]
    InvalidArgument(String),
    /// An option has a value that it cannot have.
    #[error("{option} is {value}; it must be {bound}")]
    InvalidOption {
        /// The option's name.
        option: &'static str,
        /// The value that was given, as text; never a secret.
        value: String,
        /// What it must be, such as `0 to 65535`.
        bound: String,
    },
    /// A topic name or filter breaks a rule of section 4.7.
    #[error("invalid topic: {0}")]
    InvalidTopic(#[from] InvalidTopic),
    /// A string is not one that MQTT can carry.
    #[error("invalid string: {0}")]
    InvalidText(#[from] InvalidText),
    /// The client is not connected, and what was asked needs a connection.
    #[error("not connected")]
    NotConnected,
    /// `connect` while connecting, connected or disconnecting.
    #[error("already connecting or connected")]
    AlreadyConnected,
    /// The outbound queue is at its limit of messages or bytes; try again when completions came.
    #[error("the outbound queue is full")]
    QueueFull,
    /// The packet would be larger than the broker's Maximum Packet Size [MQTT-3.2.2-15] or than
    /// the protocol allows.
    #[error("packet of {size} bytes is larger than the limit of {limit}")]
    PacketTooLarge {
        /// The packet's size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The client was closed (destroyed).
    #[error("the client is closed")]
    Closed,
    /// The process was forked after the library's threads were started; they are not in the child.
    #[error("the process was forked after mqttka started its threads; use it in one of the two")]
    Forked,
    /// The library's threads could not be started.
    #[error("could not start: {0}")]
    Startup(String),
    /// The system gives no memory for a copy of this size. Nothing was changed.
    #[error("no memory for {bytes} bytes")]
    OutOfMemory {
        /// How many bytes were asked for.
        bytes: usize,
    },
    /// So many lifecycle events wait for the application that no further attempt is begun.
    #[error("more than 1,024 events wait to be taken")]
    EventsNotTaken,
    /// The protocol version or what the server announced rules it out; the text names both.
    #[error("{what} is not supported; it needs {needs}")]
    NotSupported {
        /// What was asked for, such as `session_expiry_interval`.
        what: &'static str,
        /// What it needs, such as `MQTT 5.0`.
        needs: &'static str,
    },
}

impl Error {
    /// The error's stable number (`MQTTKA_ERROR_*` in C).
    pub const fn code(&self) -> i32 {
        match self {
            Error::InvalidArgument(_) | Error::InvalidOption { .. } => 1,
            Error::InvalidTopic(_) => 2,
            Error::InvalidText(_) => 3,
            Error::NotConnected => 4,
            Error::AlreadyConnected => 5,
            Error::QueueFull => 6,
            Error::PacketTooLarge { .. } => 7,
            Error::Closed => 8,
            Error::Forked => 9,
            Error::Startup(_) => 10,
            Error::OutOfMemory { .. } => 11,
            Error::EventsNotTaken => 12,
            Error::NotSupported { .. } => 13,
        }
    }

    /// The name that every language has for it, such as `queue_full`.
    pub const fn name(&self) -> &'static str {
        match self {
            Error::InvalidArgument(_) | Error::InvalidOption { .. } => "invalid_argument",
            Error::InvalidTopic(_) => "invalid_topic",
            Error::InvalidText(_) => "invalid_text",
            Error::NotConnected => "not_connected",
            Error::AlreadyConnected => "already_connected",
            Error::QueueFull => "queue_full",
            Error::PacketTooLarge { .. } => "packet_too_large",
            Error::Closed => "closed",
            Error::Forked => "forked",
            Error::Startup(_) => "startup",
            Error::OutOfMemory { .. } => "out_of_memory",
            Error::EventsNotTaken => "events_not_taken",
            Error::NotSupported { .. } => "not_supported",
        }
    }

    /// [`Error::InvalidOption`], with the value as it prints.
    pub fn invalid_option(
        option: &'static str,
        value: impl fmt::Display,
        bound: impl Into<String>,
    ) -> Self {
        Error::InvalidOption {
            option,
            value: value.to_string(),
            bound: bound.into(),
        }
    }
}

/// Why an accepted operation (publish, subscribe, unsubscribe) did not succeed; reported by its
/// completion.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum OperationError {
    /// The broker refused it.
    #[error("refused by the broker: {0}")]
    Refused(ReasonCode),
    /// The connection ended before the outcome was known, and no session keeps the operation.
    #[error("disconnected before the outcome was known")]
    Disconnected,
    /// The broker no longer had the session in which this publish was sent and not yet
    /// acknowledged: it may or may not have arrived.
    #[error("the broker lost the session; delivery is unknown")]
    SessionLost,
    /// The client was closed first.
    #[error("the client was closed first")]
    Closed,
    /// What the broker announced at CONNACK rules the operation out (maximum packet size, QoS,
    /// retained messages, subscription kinds). It was not sent, but for a QoS 2 publish that the
    /// broker answered as one of QoS 1
    /// ([`Fault::PubackForQoS2`](crate::types::Fault::PubackForQoS2)).
    #[error("not possible with this broker: {0}")]
    NotSupportedByServer(ReasonCode),
    /// It cannot be encoded: too large for the protocol, or with properties that the packet does
    /// not allow.
    #[error("cannot be encoded: {0}")]
    Encode(#[from] EncodeError),
    /// The broker's SUBACK or UNSUBACK has not one reason code per filter [MQTT-3.8.4-6]
    /// [MQTT-3.11.3-1]: which filter got which is unknown. The connection ends for it.
    #[error("the broker sent {received} reason codes for {expected} topic filters")]
    WrongReasonCodeCount {
        /// How many filters there were.
        expected: usize,
        /// How many reason codes came.
        received: usize,
    },
    /// Its Message Expiry Interval passed before it was sent (section 3.3.2.3.3).
    #[error("the message expired before it was sent")]
    Expired,
    /// The time passed that the application gave it. Where it was sent already, it may have
    /// arrived.
    #[error("timed out before the outcome was known")]
    TimedOut,
    /// The outbound queue was full, and its policy gave its place to another.
    #[error("dropped from the full outbound queue")]
    Dropped,
    /// The broker ended the connection at it, again and again.
    #[error("the broker ended {connections} connections in a row at it")]
    Poison {
        /// How many.
        connections: u32,
    },
    /// It was cancelled while it was queued. It was not sent.
    #[error("cancelled before it was sent")]
    Cancelled,
    /// A re-authentication failed on this side (section 4.12.1). Where it had begun, the connection
    /// ends for it; where the authenticator had nothing to begin with, that goes on.
    #[error("authentication failed: {0}")]
    Authentication(#[from] AuthenticationError),
}

impl OperationError {
    /// The error's stable number (`MQTTKA_ERROR_*` in C); one sequence with [`Error::code`].
    pub const fn code(&self) -> i32 {
        match self {
            OperationError::Refused(_) => 20,
            OperationError::Disconnected => 21,
            OperationError::SessionLost => 22,
            OperationError::Closed => 8,
            OperationError::NotSupportedByServer(_) => 23,
            OperationError::Encode(_) => 1,
            OperationError::WrongReasonCodeCount { .. } => 24,
            OperationError::Expired => 25,
            OperationError::TimedOut => 26,
            OperationError::Dropped => 27,
            OperationError::Poison { .. } => 28,
            OperationError::Cancelled => 29,
            OperationError::Authentication(_) => 30,
        }
    }

    /// The name that every language has for it; one table with [`Error::name`].
    pub const fn name(&self) -> &'static str {
        match self {
            OperationError::Refused(_) => "refused",
            OperationError::Disconnected => "disconnected",
            OperationError::SessionLost => "session_lost",
            OperationError::Closed => "closed",
            OperationError::NotSupportedByServer(_) => "not_supported_by_server",
            OperationError::Encode(_) => "invalid_argument",
            OperationError::WrongReasonCodeCount { .. } => "wrong_reason_code_count",
            OperationError::Expired => "expired",
            OperationError::TimedOut => "timed_out",
            OperationError::Dropped => "dropped",
            OperationError::Poison { .. } => "poison",
            OperationError::Cancelled => "cancelled",
            OperationError::Authentication(_) => "authentication",
        }
    }

    /// The reason code that says why, where one does.
    pub const fn reason_code(&self) -> Option<ReasonCode> {
        match self {
            OperationError::Refused(code) | OperationError::NotSupportedByServer(code) => {
                Some(*code)
            }
            _ => None,
        }
    }
}
