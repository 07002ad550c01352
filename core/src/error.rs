//! The error tree. Every variant that leaves the library has a stable number, the same in every
//! language; numbers are never reused.

mod attempted;
mod authentication;
mod cause;
mod code;
mod connect;
mod transport;
mod transport_text;
mod words;

pub use attempted::{Attempted, StageTimes};
pub use authentication::AuthenticationError;
pub use cause::{DisconnectCause, ProtocolError};
pub use code::{Error, OperationError};
pub use connect::{ConnectError, Stage};
pub use transport::{TransportError, TransportErrorKind};
pub(crate) use words::Words;

use thiserror::Error as ThisError;

/// Why bytes are not an MQTT string (section 1.5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ThisError)]
pub enum InvalidText {
    /// More than 65,535 bytes.
    #[error("string is longer than 65,535 bytes")]
    TooLong,
    /// Not well-formed UTF-8 [MQTT-1.5.4-1].
    #[error("string is not valid UTF-8")]
    NotUtf8,
    /// Contains U+0000 [MQTT-1.5.4-2].
    #[error("string contains the character U+0000")]
    ContainsNul,
}

/// Why a string is not a Topic Name or Topic Filter (section 4.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ThisError)]
pub enum InvalidTopic {
    /// Not a string that MQTT can carry.
    #[error(transparent)]
    Text(#[from] InvalidText),
    /// Empty [MQTT-4.7.3-1].
    #[error("topic is empty")]
    Empty,
    /// A Topic Name with `+` or `#` [MQTT-3.3.2-2].
    #[error("topic name contains a wildcard")]
    WildcardInName,
    /// `#` that is not the whole last level [MQTT-4.7.1-1].
    #[error("'#' must be the whole last level of a topic filter")]
    MisplacedMultiLevelWildcard,
    /// `+` that is not a whole level [MQTT-4.7.1-2].
    #[error("'+' must be a whole level of a topic filter")]
    MisplacedSingleLevelWildcard,
    /// `$share/` without a group name and a filter [MQTT-4.8.2-1]; MQTT 5.0 only.
    #[error("a shared subscription has the form $share/group/filter")]
    BadSharedSubscription,
}
