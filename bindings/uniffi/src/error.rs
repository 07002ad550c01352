//! Why a call or an operation did not succeed.

use mqttka_core::client::{
    ConnectError as CoreConnectError, Error, Failed, InvalidText, InvalidTopic, OperationError,
    Outcome, Properties, ReasonCode,
};

use crate::{ConnectError, UserProperty, property};

/// Why a call was refused, or an operation did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum MqttkaError {
    /// An argument or option has a value that it cannot have; the text names it.
    #[error("invalid argument: {detail}")]
    InvalidArgument {
        /// What is wrong.
        detail: String,
    },
    /// An option or argument has a value that it cannot have.
    #[error("{option} is {value}; it must be {bound}")]
    InvalidOption {
        /// Its name.
        option: String,
        /// The value that was given, as text; never a secret.
        value: String,
        /// What it must be, such as `0 to 65535`.
        bound: String,
    },
    /// A topic name or filter breaks a rule of section 4.7.
    #[error("invalid topic: {detail}")]
    InvalidTopic {
        /// Which rule.
        detail: String,
    },
    /// A string is not one that MQTT can carry.
    #[error("invalid string: {detail}")]
    InvalidText {
        /// Why not.
        detail: String,
    },
    /// The client is not connected, and what was asked needs a connection.
    #[error("not connected")]
    NotConnected,
    /// `connect` while connecting, connected or disconnecting.
    #[error("already connecting or connected")]
    AlreadyConnected,
    /// The outbound queue is at its limit of messages or bytes.
    #[error("the outbound queue is full")]
    QueueFull,
    /// The packet would be larger than the protocol or the broker allows.
    #[error("packet of {size} bytes is larger than the limit of {limit}")]
    PacketTooLarge {
        /// The packet's size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The client was closed.
    #[error("the client is closed")]
    Closed,
    /// The process was forked after the library's threads were started.
    #[error("the process was forked after mqttka started its threads; use it in one of the two")]
    Forked,
    /// The library's threads could not be started.
    #[error("could not start: {detail}")]
    Startup {
        /// What the system said.
        detail: String,
    },
    /// The system gives no memory for a copy of this size. Nothing was changed.
    #[error("no memory for {bytes} bytes")]
    OutOfMemory {
        /// How many bytes were asked for.
        bytes: u64,
    },
    /// The connection attempt ended without a connection.
    #[error("{detail}")]
    ConnectFailed {
        /// Why.
        error: ConnectError,
        /// The same in words.
        detail: String,
        /// The User Properties of the CONNACK that refused, in its order; at most 10,000, and none
        /// where the attempt ended otherwise.
        user_properties: Vec<UserProperty>,
    },
    /// The broker refused the operation.
    #[error("refused by the broker: {reason_code}")]
    Refused {
        /// The broker's reason; of several filters, that of the first that failed.
        reason_code: ReasonCode,
        /// The broker's words, where it sent some.
        reason_string: Option<String>,
        /// One per filter for subscribe and unsubscribe; else empty.
        reason_codes: Vec<ReasonCode>,
        /// The User Properties of the broker's answer, in its order; at most 10,000.
        user_properties: Vec<UserProperty>,
    },
    /// The connection ended before the outcome was known, and no session keeps the operation.
    #[error("disconnected before the outcome was known")]
    Disconnected,
    /// The broker lost the session in which this publish was sent: it may or may not have arrived.
    #[error("the broker lost the session; delivery is unknown")]
    SessionLost,
    /// What the broker announced at CONNACK rules the operation out. It was not sent.
    #[error("not possible with this broker: {reason_code}")]
    NotSupportedByServer {
        /// Which of its limits.
        reason_code: ReasonCode,
    },
    /// It cannot be encoded: too large for the protocol, or with properties that the packet does
    /// not allow.
    #[error("cannot be encoded: {detail}")]
    Encode {
        /// Why not.
        detail: String,
    },
    /// So many lifecycle events wait for the application that no further attempt is begun.
    #[error("more than 1,024 events wait to be taken")]
    EventsNotTaken,
    /// The broker sent not one reason code per topic filter: which filter got which is unknown.
    #[error("the broker sent {received} reason codes for {expected} topic filters")]
    WrongReasonCodeCount {
        /// How many filters there were.
        expected: u64,
        /// How many reason codes came.
        received: u64,
    },
    /// Its Message Expiry Interval passed before it was sent.
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
    /// It was cancelled before it was sent.
    #[error("cancelled before it was sent")]
    Cancelled,
    /// A re-authentication failed on this side of the connection.
    #[error("authentication failed: {detail}")]
    Authentication {
        /// Why.
        detail: String,
    },
    /// The protocol version or the server rules out what was asked.
    #[error("{what} is not supported; it needs {needs}")]
    NotSupported {
        /// What was asked.
        what: String,
        /// What it needs, such as `MQTT 5.0`.
        needs: String,
    },
    /// An error that this binding does not know yet.
    #[error("{detail}")]
    Other {
        /// The core's words.
        detail: String,
    },
}

impl From<Error> for MqttkaError {
    fn from(error: Error) -> Self {
        match error {
            Error::InvalidArgument(detail) => MqttkaError::InvalidArgument { detail },
            Error::InvalidTopic(error) => error.into(),
            Error::InvalidText(error) => error.into(),
            Error::NotConnected => MqttkaError::NotConnected,
            Error::AlreadyConnected => MqttkaError::AlreadyConnected,
            Error::QueueFull => MqttkaError::QueueFull,
            Error::PacketTooLarge { size, limit } => MqttkaError::PacketTooLarge {
                size: size as u64,
                limit: limit as u64,
            },
            Error::Closed => MqttkaError::Closed,
            Error::Forked => MqttkaError::Forked,
            Error::Startup(detail) => MqttkaError::Startup { detail },
            Error::OutOfMemory { bytes } => MqttkaError::OutOfMemory {
                bytes: bytes as u64,
            },
            Error::InvalidOption {
                option,
                value,
                bound,
            } => MqttkaError::InvalidOption {
                option: option.into(),
                value,
                bound,
            },
            Error::EventsNotTaken => MqttkaError::EventsNotTaken,
            Error::NotSupported { what, needs } => MqttkaError::NotSupported {
                what: what.into(),
                needs: needs.into(),
            },
            other => MqttkaError::Other {
                detail: other.to_string(),
            },
        }
    }
}

impl From<InvalidText> for MqttkaError {
    fn from(error: InvalidText) -> Self {
        MqttkaError::InvalidText {
            detail: error.to_string(),
        }
    }
}

impl From<InvalidTopic> for MqttkaError {
    fn from(error: InvalidTopic) -> Self {
        MqttkaError::InvalidTopic {
            detail: error.to_string(),
        }
    }
}

impl From<Failed> for MqttkaError {
    fn from(told: Failed) -> Self {
        let reason_string = told.reason_string.map(|text| text.to_string());
        let user_properties = property::user_properties(&told.properties);
        MqttkaError::of_failure(told.error, reason_string, Vec::new(), user_properties)
    }
}

impl MqttkaError {
    /// Of an attempt that ended with `error`; `told`: the properties of the CONNACK that refused.
    pub(crate) fn of_attempt(error: CoreConnectError, told: &Properties) -> Self {
        MqttkaError::ConnectFailed {
            detail: error.to_string(),
            error: error.into(),
            user_properties: property::user_properties(told),
        }
    }

    /// Of an operation that ended with `error`.
    pub(crate) fn of_operation(error: OperationError, outcome: Outcome) -> Self {
        let reason_string = outcome.reason_string.map(|text| text.to_string());
        let user_properties = property::user_properties(&outcome.properties);
        Self::of_failure(error, reason_string, outcome.reason_codes, user_properties)
    }

    fn of_failure(
        error: OperationError,
        reason_string: Option<String>,
        reason_codes: Vec<ReasonCode>,
        user_properties: Vec<UserProperty>,
    ) -> Self {
        match error {
            OperationError::Refused(reason_code) => MqttkaError::Refused {
                reason_code,
                reason_string,
                reason_codes,
                user_properties,
            },
            OperationError::Disconnected => MqttkaError::Disconnected,
            OperationError::SessionLost => MqttkaError::SessionLost,
            OperationError::Closed => MqttkaError::Closed,
            OperationError::NotSupportedByServer(reason_code) => {
                MqttkaError::NotSupportedByServer { reason_code }
            }
            OperationError::Encode(error) => MqttkaError::Encode {
                detail: error.to_string(),
            },
            OperationError::WrongReasonCodeCount { expected, received } => {
                MqttkaError::WrongReasonCodeCount {
                    expected: expected as u64,
                    received: received as u64,
                }
            }
            OperationError::Expired => MqttkaError::Expired,
            OperationError::TimedOut => MqttkaError::TimedOut,
            OperationError::Dropped => MqttkaError::Dropped,
            OperationError::Poison { connections } => MqttkaError::Poison { connections },
            OperationError::Cancelled => MqttkaError::Cancelled,
            OperationError::Authentication(error) => MqttkaError::Authentication {
                detail: error.to_string(),
            },
            other => MqttkaError::Other {
                detail: other.to_string(),
            },
        }
    }
}
