use thiserror::Error as ThisError;

/// Why enhanced authentication (section 4.12) failed on this side of the connection. What the
/// broker refuses, it says itself, by CONNACK or DISCONNECT.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum AuthenticationError {
    /// The application's authenticator gave up: it has no credentials, or the broker did not prove
    /// what it should have.
    #[error("{message}")]
    Authenticator {
        /// Its words.
        message: String,
        /// Trying again cannot help: the client stops, as where the broker refuses the
        /// credentials ([`StopReason::Credentials`](crate::proto::StopReason::Credentials)).
        fatal: bool,
    },
    /// The authenticator did not answer within the time of the attempt.
    #[error("the authenticator did not answer in time")]
    AuthenticatorTimeout,
    /// The broker did not answer a re-authentication within the time that an attempt has.
    #[error("the broker did not answer in time")]
    ServerTimeout,
    /// The authenticator's data does not fit into a packet of the protocol, or of this broker.
    #[error("its data makes a packet that is too large: {0}")]
    TooLarge(String),
    /// While the authenticator looked at the broker's last data, the broker sent more than the
    /// inbound limit ([`Config::inbound_queue_max_bytes`](crate::proto::Config)).
    #[error("the broker sent more than {0} bytes before it was found to be the right one")]
    Overflow(usize),
}

impl AuthenticationError {
    /// Whether trying again cannot help.
    pub(crate) const fn is_fatal(&self) -> bool {
        matches!(self, AuthenticationError::Authenticator { fatal: true, .. })
    }
}
