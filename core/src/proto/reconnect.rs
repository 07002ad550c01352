//! What decides whether a client comes back by itself, and when.

use std::fmt;
use std::time::Duration;

use crate::error::{ConnectError, DisconnectCause, TransportErrorKind};
use crate::types::ReasonCode;

/// How a client comes back by itself after an attempt failed or a connection ended: exponential
/// backoff with full jitter. The delay before an attempt is a random one between zero and
/// min([`max_delay`](Self::max_delay), [`first_delay`](Self::first_delay) x
/// [`factor`](Self::factor)^n), where n counts attempts since a connection last lasted
/// ([`reset_after`](Self::reset_after)). After a broker that said that it is busy (0x88, 0x89,
/// 0x9F; 3 in 3.1.1) it is between that bound and twice that.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Reconnect {
    /// The bound of the first delay; 10 ms to 1 day. Default 1 s.
    pub first_delay: Duration,
    /// By how much the bound grows with each attempt; 1 to 100. Default 2.
    pub factor: f64,
    /// The bound that does not grow any more; 10 ms to 1 day. Default 1 min.
    pub max_delay: Duration,
    /// How many attempts in a row may fail before the client stops; `None`: any number. Default
    /// `None`; 1 to 4,294,967,295.
    pub max_attempts: Option<u32>,
    /// How long the client tries after the connection was lost (or after `connect`); `None`: for
    /// ever. Default `None`; 1 ms to 365 days.
    pub max_time: Option<Duration>,
    /// How long a connection must last before delays begin anew with
    /// [`first_delay`](Self::first_delay): CONNACK alone does not do it, or two clients with one
    /// Client Identifier would end each other's connections without a pause. Default `None`: 30 s,
    /// or one keep-alive where that is shorter; 0 to 1 day.
    pub reset_after: Option<Duration>,
    /// Ends after which a client stops as a rule, as trying again cannot help, and after which
    /// this one tries again all the same, with the usual delays. Those that are no
    /// [classes](StopReason::is_class) mean nothing here. Default empty.
    pub retry_on: Vec<StopReason>,
}

impl Default for Reconnect {
    fn default() -> Self {
        Reconnect {
            first_delay: Duration::from_secs(1),
            factor: 2.0,
            max_delay: Duration::from_secs(60),
            max_attempts: None,
            max_time: None,
            reset_after: None,
            retry_on: Vec::new(),
        }
    }
}

/// Why a client does not try again by itself. The numbers are the same in every language
/// (`MQTTKA_STOP_*` in C).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum StopReason {
    /// The broker refused the User Name, the Password or the client's rights (0x86, 0x87, 0x8C;
    /// 4 and 5 in 3.1.1).
    Credentials = 1,
    /// The broker refused the Client Identifier (0x85; 2 in 3.1.1).
    ClientIdentifier = 2,
    /// The broker has banned the client (0x8A).
    Banned = 3,
    /// Another client with the same Client Identifier has connected (0x8E).
    SessionTakenOver = 4,
    /// The broker does not speak the protocol version (0x84; 1 in 3.1.1).
    ProtocolVersion = 5,
    /// The server's certificate is not valid or not trusted, or the server wants another one of the
    /// client.
    Certificate = 6,
    /// The broker does not take what CONNECT says, the Will for example (0x81, 0x82, 0x90, 0x95,
    /// 0x99, 0x9A, 0x9B).
    Configuration = 7,
    /// The broker says that another server is to be used (0x9C, 0x9D), and
    /// [`Config::max_redirects`](super::Config::max_redirects) does not let the client follow, or
    /// it followed that often.
    Moved = 8,
    /// Connections in a row ended because the broker's bytes were not what the specification or
    /// the client's limits allow: what it keeps for the session, as a rule.
    Protocol = 9,
    /// As many attempts failed as [`Reconnect::max_attempts`] allows.
    MaxAttempts = 20,
    /// [`Reconnect::max_time`] has passed.
    MaxTime = 21,
    /// The application called `disconnect`.
    DisconnectRequested = 22,
    /// The application closed the client.
    ClientClosed = 23,
    /// The application's connection provider said that there is nothing to connect with.
    Provider = 24,
    /// The library's own engine ended.
    EngineFailed = 25,
}

impl StopReason {
    /// All of them.
    pub const ALL: [StopReason; 15] = [
        StopReason::Credentials,
        StopReason::ClientIdentifier,
        StopReason::Banned,
        StopReason::SessionTakenOver,
        StopReason::ProtocolVersion,
        StopReason::Certificate,
        StopReason::Configuration,
        StopReason::Moved,
        StopReason::Protocol,
        StopReason::MaxAttempts,
        StopReason::MaxTime,
        StopReason::DisconnectRequested,
        StopReason::ClientClosed,
        StopReason::Provider,
        StopReason::EngineFailed,
    ];

    /// Whether it is a class of ends that [`Reconnect::retry_on`] can name.
    pub const fn is_class(self) -> bool {
        (self as u8) < 20
    }

    /// The name that every language has for it, such as `session_taken_over`.
    pub const fn name(self) -> &'static str {
        match self {
            StopReason::Credentials => "credentials",
            StopReason::ClientIdentifier => "client_identifier",
            StopReason::Banned => "banned",
            StopReason::SessionTakenOver => "session_taken_over",
            StopReason::ProtocolVersion => "protocol_version",
            StopReason::Certificate => "certificate",
            StopReason::Configuration => "configuration",
            StopReason::Moved => "moved",
            StopReason::Protocol => "protocol",
            StopReason::MaxAttempts => "max_attempts",
            StopReason::MaxTime => "max_time",
            StopReason::DisconnectRequested => "disconnect_requested",
            StopReason::ClientClosed => "client_closed",
            StopReason::Provider => "provider",
            StopReason::EngineFailed => "engine_failed",
        }
    }

    /// The class of this reason code in CONNACK or DISCONNECT, where it is one after which trying
    /// again cannot help.
    fn of_code(code: ReasonCode) -> Option<Self> {
        use ReasonCode as R;
        Some(match code {
            R::BadUserNameOrPassword | R::NotAuthorized | R::BadAuthenticationMethod => {
                StopReason::Credentials
            }
            R::ClientIdentifierNotValid => StopReason::ClientIdentifier,
            R::Banned => StopReason::Banned,
            R::SessionTakenOver => StopReason::SessionTakenOver,
            R::UnsupportedProtocolVersion => StopReason::ProtocolVersion,
            R::UseAnotherServer | R::ServerMoved => StopReason::Moved,
            _ => return None,
        })
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            StopReason::Credentials => "the broker refuses the credentials",
            StopReason::ClientIdentifier => "the broker refuses the client identifier",
            StopReason::Banned => "the broker has banned the client",
            StopReason::SessionTakenOver => {
                "another client with the same client identifier has connected"
            }
            StopReason::ProtocolVersion => "the broker does not speak the protocol version",
            StopReason::Certificate => "certificates do not let the connection come about",
            StopReason::Configuration => "the broker does not take what CONNECT says",
            StopReason::Moved => "the broker says that another server is to be used",
            StopReason::Protocol => "the broker's bytes were wrong, connection after connection",
            StopReason::MaxAttempts => "as many attempts failed as are allowed",
            StopReason::MaxTime => "the time for coming back has passed",
            StopReason::DisconnectRequested => "disconnect was called",
            StopReason::ClientClosed => "the client was closed",
            StopReason::Provider => "the connection provider has nothing to connect with",
            StopReason::EngineFailed => "mqttka's engine failed",
        };
        write!(f, "{text} ({})", self.name())
    }
}

/// How a connection or an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// A connection ended for this.
    Disconnected(DisconnectCause),
    /// An attempt failed for this.
    ConnectFailed(ConnectError),
}

impl Ended {
    /// The stable number: [`DisconnectCause::code`] or [`ConnectError::code`], which have none in
    /// common.
    pub const fn code(&self) -> i32 {
        match self {
            Ended::Disconnected(cause) => cause.code(),
            Ended::ConnectFailed(error) => error.code(),
        }
    }

    /// The name that every language has for it, such as `keep_alive_timeout`.
    pub const fn name(&self) -> &'static str {
        match self {
            Ended::Disconnected(cause) => cause.name(),
            Ended::ConnectFailed(error) => error.name(),
        }
    }

    /// Whether bytes of the broker that nobody can take were the reason.
    pub(super) fn is_protocol(&self) -> bool {
        matches!(
            self,
            Ended::Disconnected(DisconnectCause::Protocol(_))
                | Ended::ConnectFailed(ConnectError::Protocol(_))
        )
    }

    /// The broker says that it has too much to do.
    pub(super) fn is_busy(&self) -> bool {
        use ReasonCode as R;
        let (Ended::Disconnected(DisconnectCause::ServerDisconnect { reason_code, .. })
        | Ended::ConnectFailed(ConnectError::Refused { reason_code, .. })) = self
        else {
            return false;
        };
        matches!(
            *reason_code,
            R::ServerUnavailable | R::ServerBusy | R::ConnectionRateExceeded
        )
    }

    /// Why trying again cannot help, where it cannot.
    pub(super) fn class(&self) -> Option<StopReason> {
        match self {
            Ended::Disconnected(DisconnectCause::ServerDisconnect { reason_code, .. }) => {
                StopReason::of_code(*reason_code)
            }
            Ended::Disconnected(DisconnectCause::Transport(error)) => certificate(error.kind),
            Ended::Disconnected(DisconnectCause::Authentication(error))
            | Ended::ConnectFailed(ConnectError::Authentication(error))
                if error.is_fatal() =>
            {
                Some(StopReason::Credentials)
            }
            Ended::Disconnected(_) => None,
            Ended::ConnectFailed(ConnectError::Refused { reason_code, .. }) => {
                StopReason::of_code(*reason_code).or_else(|| of_connect(*reason_code))
            }
            Ended::ConnectFailed(ConnectError::Transport { error, .. }) => certificate(error.kind),
            Ended::ConnectFailed(_) => None,
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ended::Disconnected(cause) => cause.fmt(f),
            Ended::ConnectFailed(error) => error.fmt(f),
        }
    }
}

/// What only CONNACK says of CONNECT itself.
fn of_connect(code: ReasonCode) -> Option<StopReason> {
    use ReasonCode as R;
    matches!(
        code,
        R::MalformedPacket
            | R::ProtocolError
            | R::TopicNameInvalid
            | R::PacketTooLarge
            | R::PayloadFormatInvalid
            | R::RetainNotSupported
            | R::QoSNotSupported
    )
    .then_some(StopReason::Configuration)
}

fn certificate(kind: TransportErrorKind) -> Option<StopReason> {
    use TransportErrorKind as K;
    matches!(
        kind,
        K::CertificateExpired
            | K::UnknownIssuer
            | K::WrongHost
            | K::CertificateRevoked
            | K::CertificateInvalid
            | K::PinMismatch
            | K::NoCommonTlsVersion
            | K::NoCommonCipher
    )
    .then_some(StopReason::Certificate)
}
