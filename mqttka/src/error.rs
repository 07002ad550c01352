use std::sync::Arc;

use mqttka_core::client as core;
use mqttka_core::client::{
    AuthenticationError, ConnectError, DisconnectCause, InvalidText, InvalidTopic, OperationError,
    ReasonCode, StreamEnd,
};
use thiserror::Error as ThisError;

use crate::{Outcome, Properties};

/// Why something did not work. Its text is a sentence for people, [`name`](Self::name) is for
/// programs and the same in every language that mqttka has.
///
/// ```
/// use mqttka::{Client, Error};
///
/// let error = Client::builder("mqtt://broker.example").max_redirects(101).options().unwrap_err();
/// assert_eq!(error.to_string(), "max_redirects is 101; it must be 0 to 100");
/// assert!(matches!(error, Error::InvalidOption { option: "max_redirects", .. }));
/// assert_eq!(error.name(), "invalid_argument");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// An option has a value that it cannot have. The text names option, value and bound; a value
    /// that may be a secret is never in it.
    #[error("{option} is {value}; it must be {bound}")]
    InvalidOption {
        /// The option's name.
        option: &'static str,
        /// The value that was given.
        value: String,
        /// What it must be, such as `0 to 65535`.
        bound: String,
    },
    /// An argument is not one that this call can have. The text names it.
    #[error("{0}")]
    InvalidArgument(String),
    /// A topic, or a topic filter, is not one of MQTT.
    #[error("{argument} {topic:?} is invalid: {problem}")]
    InvalidTopic {
        /// Which of the two it should have been: `topic` or `filter`.
        argument: &'static str,
        /// What was given; its beginning where it is long.
        topic: String,
        /// What is wrong with it.
        problem: InvalidTopic,
    },
    /// A string is not one that MQTT can carry.
    #[error("{argument} is invalid: {problem}")]
    InvalidText {
        /// Which one.
        argument: &'static str,
        /// What is wrong with it.
        problem: InvalidText,
    },
    /// There is no connection, and what was asked needs one.
    #[error("not connected")]
    NotConnected,
    /// [`Client::start`](crate::Client::start) while connecting or connected.
    #[error("already connecting or connected")]
    AlreadyConnected,
    /// More waits to be sent than the options allow. Try again later.
    #[error("the outbound queue is full")]
    QueueFull,
    /// The packet would be larger than the broker or the protocol allows.
    #[error("packet of {size} bytes is larger than the limit of {limit}")]
    PacketTooLarge {
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The client was closed.
    #[error("the client is closed")]
    Closed,
    /// This process is the forked child of one that used the library; its threads are not here.
    #[error("the process was forked after mqttka started its threads; use it in one of the two")]
    Forked,
    /// The system gives no thread or descriptor.
    #[error("could not start: {0}")]
    Startup(String),
    /// The system gives no memory.
    #[error("no memory for {bytes} bytes")]
    OutOfMemory {
        /// How many bytes were asked for.
        bytes: usize,
    },
    /// A stream of events is not read: more than 1,024 wait.
    #[error("more than 1,024 events wait to be taken")]
    EventsNotTaken,
    /// The protocol version or what the broker announced rules it out; the text names both.
    #[error("{what} is not supported; it needs {needs}")]
    NotSupported {
        /// What was asked for, such as `session_expiry_interval`.
        what: &'static str,
        /// What it needs, such as `MQTT 5.0`.
        needs: &'static str,
    },
    /// The attempt to connect failed.
    #[error("could not connect: {0}")]
    ConnectFailed(ConnectError),
    /// The connection ended and the client does not come back by itself; for the streams of
    /// subscriptions.
    #[error("the connection ended: {0}")]
    ConnectionEnded(DisconnectCause),
    /// The broker refused it.
    #[error("refused by the broker: {reason_code}{}", Words(reason_string))]
    Refused {
        /// Why; of several filters, the first one's that was refused.
        reason_code: ReasonCode,
        /// The broker's words, where it sent some.
        reason_string: Option<String>,
        /// One for each filter.
        reason_codes: Vec<ReasonCode>,
        /// All properties of the broker's answer, as its user properties.
        properties: Properties,
    },
    /// The connection ended before the outcome was known. Without
    /// [`reconnect`](crate::Builder::reconnect) only.
    #[error("disconnected before the outcome was known")]
    Disconnected,
    /// The broker lost the session in which the message was sent: it may have arrived or not.
    #[error("the broker lost the session; delivery is unknown")]
    SessionLost,
    /// What the broker announced rules it out. It was not sent.
    #[error("not possible with this broker: {0}")]
    NotSupportedByServer(ReasonCode),
    /// The broker's answer has not one reason code for each filter.
    #[error("the broker sent {received} reason codes for {expected} topic filters")]
    WrongReasonCodeCount {
        /// How many filters there were.
        expected: usize,
        /// How many reason codes came.
        received: usize,
    },
    /// The message's [`message_expiry_interval`](crate::Publish::message_expiry_interval) passed
    /// before it was sent.
    #[error("the message expired before it was sent")]
    Expired,
    /// The message's [`timeout`](crate::Publish::timeout) passed. Where it was sent, it may have
    /// arrived.
    #[error("timed out before the outcome was known")]
    TimedOut,
    /// The queue was full, and the [`queue_policy`](crate::Builder::queue_policy) gave its place to
    /// another.
    #[error("dropped from the full outbound queue")]
    Dropped,
    /// The broker ended the connection at it, again and again
    /// ([`poison_after`](crate::Builder::poison_after)).
    #[error("the broker ended {connections} connections in a row at it")]
    Poison {
        /// How many.
        connections: u32,
    },
    /// It was cancelled ([`Answer::cancel`](crate::Answer::cancel)) while it was queued. It was not
    /// sent.
    #[error("cancelled before it was sent")]
    Cancelled,
    /// A re-authentication failed on this side.
    #[error("authentication failed: {0}")]
    Authentication(AuthenticationError),
}

/// `, "the broker's own words"`, where it sent some.
struct Words<'a>(&'a Option<String>);

impl std::fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(words) => write!(f, ", {words:?}"),
            None => Ok(()),
        }
    }
}

impl Error {
    /// The name that every language has for it, such as `queue_full`; of a failed attempt or an
    /// ended connection, the name of its cause, such as `keep_alive_timeout`.
    pub const fn name(&self) -> &'static str {
        match self {
            Error::InvalidOption { .. } | Error::InvalidArgument(_) => "invalid_argument",
            Error::InvalidTopic { .. } => "invalid_topic",
            Error::InvalidText { .. } => "invalid_text",
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
            Error::ConnectFailed(error) => error.name(),
            Error::ConnectionEnded(cause) => cause.name(),
            Error::Refused { .. } => "refused",
            Error::Disconnected => "disconnected",
            Error::SessionLost => "session_lost",
            Error::NotSupportedByServer(_) => "not_supported_by_server",
            Error::WrongReasonCodeCount { .. } => "wrong_reason_code_count",
            Error::Expired => "expired",
            Error::TimedOut => "timed_out",
            Error::Dropped => "dropped",
            Error::Poison { .. } => "poison",
            Error::Cancelled => "cancelled",
            Error::Authentication(_) => "authentication",
        }
    }

    /// The reason code that the broker gave, where it gave one.
    ///
    /// ```
    /// use mqttka::{Error, ReasonCode};
    ///
    /// let error = Error::NotSupportedByServer(ReasonCode::RetainNotSupported);
    /// assert_eq!(error.reason_code(), Some(ReasonCode::RetainNotSupported));
    /// ```
    pub const fn reason_code(&self) -> Option<ReasonCode> {
        match self {
            Error::Refused { reason_code, .. }
            | Error::NotSupportedByServer(reason_code)
            | Error::ConnectFailed(ConnectError::Refused { reason_code, .. })
            | Error::ConnectionEnded(DisconnectCause::ServerDisconnect { reason_code, .. }) => {
                Some(*reason_code)
            }
            _ => None,
        }
    }

    /// `topic` is one that a user gave.
    pub(crate) fn invalid_topic(
        argument: &'static str,
        topic: &str,
        problem: InvalidTopic,
    ) -> Self {
        const MOST: usize = 100;
        let mut shown: String = topic.chars().take(MOST).collect();
        if shown.len() < topic.len() {
            shown.push_str("...");
        }
        Error::InvalidTopic {
            argument,
            topic: shown,
            problem,
        }
    }

    /// Why a request has no response, or a stream no subscription, with what the broker said.
    pub(crate) fn of_failed(told: core::Failed) -> Self {
        let reason_string = told.reason_string.map(|text| text.to_string());
        let properties = Arc::unwrap_or_clone(told.properties);
        Error::of_outcome(told.error, Vec::new(), reason_string, properties)
    }

    /// How an operation failed, with what its outcome has besides.
    pub(crate) fn of_outcome(
        error: OperationError,
        reason_codes: Vec<ReasonCode>,
        reason_string: Option<String>,
        properties: Properties,
    ) -> Self {
        use OperationError as O;
        match error {
            O::Refused(reason_code) => Error::Refused {
                reason_code,
                reason_string,
                reason_codes,
                properties,
            },
            O::Disconnected => Error::Disconnected,
            O::SessionLost => Error::SessionLost,
            O::Closed => Error::Closed,
            O::NotSupportedByServer(code) => Error::NotSupportedByServer(code),
            O::WrongReasonCodeCount { expected, received } => {
                Error::WrongReasonCodeCount { expected, received }
            }
            O::Expired => Error::Expired,
            O::TimedOut => Error::TimedOut,
            O::Dropped => Error::Dropped,
            O::Poison { connections } => Error::Poison { connections },
            O::Cancelled => Error::Cancelled,
            O::Authentication(error) => Error::Authentication(error),
            other => Error::InvalidArgument(other.to_string()),
        }
    }

    /// What a stream ends with; `None` where that is what the application asked for.
    pub(crate) fn of_end(end: StreamEnd) -> Option<Self> {
        match end {
            StreamEnd::Disconnected(
                DisconnectCause::DisconnectRequested | DisconnectCause::ClientClosed,
            )
            | StreamEnd::ConnectFailed(
                ConnectError::DisconnectRequested | ConnectError::ClientClosed,
            )
            | StreamEnd::Unsubscribed
            | StreamEnd::Closed => None,
            StreamEnd::Disconnected(cause) => Some(Error::ConnectionEnded(cause)),
            StreamEnd::ConnectFailed(error) => Some(Error::ConnectFailed(error)),
            StreamEnd::SubscribeFailed(failed) => Some(Error::of_failed(failed)),
            other => Some(Error::InvalidArgument(other.to_string())),
        }
    }
}

impl From<core::Error> for Error {
    fn from(error: core::Error) -> Self {
        use core::Error as E;
        match error {
            E::InvalidOption {
                option,
                value,
                bound,
            } => Error::InvalidOption {
                option,
                value,
                bound,
            },
            E::InvalidArgument(text) => Error::InvalidArgument(text),
            E::InvalidTopic(problem) => Error::invalid_topic("topic", "", problem),
            E::InvalidText(problem) => Error::InvalidText {
                argument: "a string",
                problem,
            },
            E::NotConnected => Error::NotConnected,
            E::AlreadyConnected => Error::AlreadyConnected,
            E::QueueFull => Error::QueueFull,
            E::PacketTooLarge { size, limit } => Error::PacketTooLarge { size, limit },
            E::Closed => Error::Closed,
            E::Forked => Error::Forked,
            E::Startup(text) => Error::Startup(text),
            E::OutOfMemory { bytes } => Error::OutOfMemory { bytes },
            E::EventsNotTaken => Error::EventsNotTaken,
            E::NotSupported { what, needs } => Error::NotSupported { what, needs },
            other => Error::InvalidArgument(other.to_string()),
        }
    }
}

impl From<ConnectError> for Error {
    fn from(error: ConnectError) -> Self {
        Error::ConnectFailed(error)
    }
}

impl TryFrom<core::Outcome> for Outcome {
    type Error = Error;

    fn try_from(outcome: core::Outcome) -> Result<Self, Error> {
        let core::Outcome {
            result,
            packet_id,
            reason_codes,
            reason_string,
            properties,
            receipt,
        } = outcome;
        let reason_string = reason_string.map(|text| text.to_string());
        match result {
            Ok(reason_code) => Ok(Outcome {
                reason_code,
                reason_codes,
                reason_string,
                properties,
                packet_id,
                receipt,
            }),
            Err(error) => Err(Error::of_outcome(
                error,
                reason_codes,
                reason_string,
                properties,
            )),
        }
    }
}
