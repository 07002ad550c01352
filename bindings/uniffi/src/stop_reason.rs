//! Why a client does not come back.

use mqttka_core::client::StopReason as CoreReason;

/// Why a client does not try again by itself. The numbers are the same in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
#[repr(u8)]
pub enum StopReason {
    /// The broker refused the User Name, the Password or the client's rights.
    Credentials = 1,
    /// The broker refused the Client Identifier.
    ClientIdentifier = 2,
    /// The broker has banned the client.
    Banned = 3,
    /// Another client with the same Client Identifier has connected.
    SessionTakenOver = 4,
    /// The broker does not speak the protocol version.
    ProtocolVersion = 5,
    /// The server's certificate is not valid or not trusted, or the server wants another one of
    /// the client.
    Certificate = 6,
    /// The broker does not take what CONNECT says, the Will for example.
    Configuration = 7,
    /// The broker says that another server is to be used, and the options do not let the client
    /// follow, or it followed that often.
    Moved = 8,
    /// Connections in a row ended because the broker's bytes were not what the specification or
    /// the client's limits allow: what it keeps for the session, as a rule.
    Protocol = 9,
    /// As many attempts failed as the options allow.
    MaxAttempts = 20,
    /// The time for coming back has passed.
    MaxTime = 21,
    /// The application called `disconnect`.
    DisconnectRequested = 22,
    /// The application closed the client.
    ClientClosed = 23,
    /// The application's connection provider said that there is nothing to connect with.
    Provider = 24,
    /// The library's own engine ended.
    EngineFailed = 25,
    /// A reason that this binding does not know yet.
    Other = 255,
}

impl From<CoreReason> for StopReason {
    fn from(reason: CoreReason) -> Self {
        match reason {
            CoreReason::Credentials => StopReason::Credentials,
            CoreReason::ClientIdentifier => StopReason::ClientIdentifier,
            CoreReason::Banned => StopReason::Banned,
            CoreReason::SessionTakenOver => StopReason::SessionTakenOver,
            CoreReason::ProtocolVersion => StopReason::ProtocolVersion,
            CoreReason::Certificate => StopReason::Certificate,
            CoreReason::Configuration => StopReason::Configuration,
            CoreReason::Moved => StopReason::Moved,
            CoreReason::Protocol => StopReason::Protocol,
            CoreReason::MaxAttempts => StopReason::MaxAttempts,
            CoreReason::MaxTime => StopReason::MaxTime,
            CoreReason::DisconnectRequested => StopReason::DisconnectRequested,
            CoreReason::ClientClosed => StopReason::ClientClosed,
            CoreReason::Provider => StopReason::Provider,
            CoreReason::EngineFailed => StopReason::EngineFailed,
            _ => StopReason::Other,
        }
    }
}

impl StopReason {
    /// The core's; none of `Other`.
    pub(crate) fn core(self) -> Option<CoreReason> {
        let all = CoreReason::ALL.iter();
        all.copied().find(|core| StopReason::from(*core) == self)
    }
}
