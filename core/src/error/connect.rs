use std::fmt;
use std::time::Duration;

use thiserror::Error as ThisError;

use super::{Attempted, AuthenticationError, ProtocolError, TransportError, Words};
use crate::transport::options::Transport;
use crate::types::ReasonCode;

/// The stages of a connection attempt, in order.
/// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l13).
///
/// Its text is what messages print, such as `CONNACK`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Stage {
    /// Waiting for the application's connection provider.
    Provider = 7,
    /// Resolving the host name.
    Dns = 1,
    /// Opening the TCP connection, to the proxy where there is one; or the Unix socket.
    Tcp = 2,
    /// The proxy's tunnel.
    Proxy = 6,
    /// The TLS handshake.
    Tls = 3,
    /// The WebSocket upgrade.
    WebSocket = 4,
    /// Waiting for CONNACK.
    Mqtt = 5,
}

impl Stage {
    /// All of them, in the order in which an attempt passes through those that it needs.
    pub const ALL: [Stage; 7] = [
        Stage::Provider,
        Stage::Dns,
        Stage::Tcp,
        Stage::Proxy,
        Stage::Tls,
        Stage::WebSocket,
        Stage::Mqtt,
    ];

    /// The place in [`ALL`](Self::ALL).
    pub(crate) const fn index(self) -> usize {
        match self {
            Stage::Provider => 0,
            Stage::Dns => 1,
            Stage::Tcp => 2,
            Stage::Proxy => 3,
            Stage::Tls => 4,
            Stage::WebSocket => 5,
            Stage::Mqtt => 6,
        }
    }

    /// The name that every language has for it, such as `web_socket`.
    pub const fn name(self) -> &'static str {
        match self {
            Stage::Provider => "provider",
            Stage::Dns => "dns",
            Stage::Tcp => "tcp",
            Stage::Proxy => "proxy",
            Stage::Tls => "tls",
            Stage::WebSocket => "web_socket",
            Stage::Mqtt => "mqtt",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stage::Provider => "the connection provider",
            Stage::Dns => "DNS",
            Stage::Tcp => "TCP",
            Stage::Proxy => "proxy",
            Stage::Tls => "TLS",
            Stage::WebSocket => "WebSocket",
            Stage::Mqtt => "CONNACK",
        })
    }
}

/// Why a connection attempt ended without `connected`.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum ConnectError {
    /// The deadline passed in this stage.
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l13).
    #[error("timed out after {after:?} waiting for {}{} (timeout)", Named(*stage, attempted), Behind(attempted))]
    Timeout {
        /// The stage that did not finish.
        stage: Stage,
        /// The whole deadline, from the call of `connect`.
        after: Duration,
        /// What was tried, where it is known.
        attempted: Option<Box<Attempted>>,
    },
    /// A stage failed.
    #[error("{} failed{}: {error} (transport)", Named(*stage, attempted), Behind(attempted))]
    Transport {
        /// The stage that failed.
        stage: Stage,
        /// What the system reported.
        error: TransportError,
        /// What was tried, where it is known.
        attempted: Option<Box<Attempted>>,
    },
    /// The broker closed the connection before CONNACK.
    #[error("closed by the broker before CONNACK (closed_by_server)")]
    ClosedByServer,
    /// The broker's CONNACK refused the connection [MQTT-3.2.2-7].
    #[error(
        "refused by the broker: {reason_code}{} (refused)",
        Words(reason_string)
    )]
    Refused {
        /// The broker's reason.
        reason_code: ReasonCode,
        /// The broker's words, where it sent some.
        reason_string: Option<String>,
        /// Where the broker says that another server should be used (section 4.11).
        server_reference: Option<String>,
    },
    /// The broker's bytes were not what the specification allows.
    #[error("protocol error: {0} (protocol)")]
    Protocol(#[from] ProtocolError),
    /// `disconnect` was called first.
    #[error("disconnect was called (disconnect_requested)")]
    DisconnectRequested,
    /// The client was closed first.
    #[error("the client was closed (client_closed)")]
    ClientClosed,
    /// The library's own engine ended: the system took what it runs on, or it has a bug.
    #[error("mqttka's engine failed: {0} (engine_failed)")]
    EngineFailed(String),
    /// The application's connection provider gave nothing, or what it gave cannot be used.
    #[error("the connection provider failed: {0} (provider)")]
    Provider(String),
    /// Enhanced authentication failed on this side (section 4.12): the application's authenticator
    /// gave up, or the broker did not prove what it should have.
    #[error("authentication failed: {0} (authentication)")]
    Authentication(AuthenticationError),
}

/// The stage, as people would name it for what was tried.
struct Named<'a>(Stage, &'a Option<Box<Attempted>>);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unix = |attempted: &Attempted| attempted.transport == Transport::Unix;
        match self {
            Named(Stage::Tcp, Some(attempted)) if unix(attempted) => f.write_str("Unix socket"),
            Named(stage, _) => stage.fmt(f),
        }
    }
}

/// `: ` and what was tried, where it is known.
struct Behind<'a>(&'a Option<Box<Attempted>>);

impl fmt::Display for Behind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(attempted) => write!(f, ": {attempted}"),
            None => Ok(()),
        }
    }
}

impl ConnectError {
    /// The deadline passed in this stage, `after` the call of `connect`; what was tried is not
    /// known here.
    pub const fn timeout(stage: Stage, after: Duration) -> Self {
        ConnectError::Timeout {
            stage,
            after,
            attempted: None,
        }
    }

    /// A stage failed; what was tried is not known here.
    pub const fn transport(stage: Stage, error: TransportError) -> Self {
        ConnectError::Transport {
            stage,
            error,
            attempted: None,
        }
    }

    /// The same error with what was tried, where it has a place for it and none is there yet.
    #[must_use]
    pub fn with_attempted(mut self, attempted: Attempted) -> Self {
        self.set_attempted(attempted);
        self
    }

    /// As [`with_attempted`](Self::with_attempted), in place.
    pub fn set_attempted(&mut self, tried: Attempted) {
        if let ConnectError::Timeout { attempted, .. } | ConnectError::Transport { attempted, .. } =
            self
        {
            attempted.get_or_insert_with(|| Box::new(tried));
        }
    }

    /// What was tried, where the error names it.
    pub fn attempted(&self) -> Option<&Attempted> {
        match self {
            ConnectError::Timeout { attempted, .. } | ConnectError::Transport { attempted, .. } => {
                attempted.as_deref()
            }
            _ => None,
        }
    }

    /// The stable number (`MQTTKA_CONNECT_ERROR_*` in C). From 101, so that it is none of
    /// [`DisconnectCause::code`](super::DisconnectCause::code): one accessor may return either.
    pub const fn code(&self) -> i32 {
        match self {
            ConnectError::Timeout { .. } => 101,
            ConnectError::Transport { .. } => 102,
            ConnectError::ClosedByServer => 103,
            ConnectError::Refused { .. } => 104,
            ConnectError::Protocol(_) => 105,
            ConnectError::DisconnectRequested => 106,
            ConnectError::ClientClosed => 107,
            ConnectError::EngineFailed(_) => 108,
            ConnectError::Provider(_) => 109,
            ConnectError::Authentication(_) => 110,
        }
    }

    /// The name that every language has for it, such as `closed_by_server`.
    pub const fn name(&self) -> &'static str {
        match self {
            ConnectError::Timeout { .. } => "timeout",
            ConnectError::Transport { .. } => "transport",
            ConnectError::ClosedByServer => "closed_by_server",
            ConnectError::Refused { .. } => "refused",
            ConnectError::Protocol(_) => "protocol",
            ConnectError::DisconnectRequested => "disconnect_requested",
            ConnectError::ClientClosed => "client_closed",
            ConnectError::EngineFailed(_) => "engine_failed",
            ConnectError::Provider(_) => "provider",
            ConnectError::Authentication(_) => "authentication",
        }
    }

    /// Whether a broker that serves clients answered over the stream of the attempt; `None` where
    /// the attempt was not let. The next one begins with another address where none did (rule L13).
    #[cfg(feature = "client")]
    pub(crate) const fn broker_answered(&self) -> Option<bool> {
        match self {
            ConnectError::Refused { reason_code, .. } => Some(!matches!(
                *reason_code,
                ReasonCode::ServerUnavailable | ReasonCode::ServerBusy
            )),
            ConnectError::Timeout { .. }
            | ConnectError::Transport { .. }
            | ConnectError::ClosedByServer
            | ConnectError::Protocol(_) => Some(false),
            ConnectError::DisconnectRequested
            | ConnectError::ClientClosed
            | ConnectError::Provider(_)
            | ConnectError::Authentication(_)
            | ConnectError::EngineFailed(_) => None,
        }
    }

    /// The stage in which the attempt ended, where the error names one.
    pub const fn stage(&self) -> Option<Stage> {
        match self {
            ConnectError::Timeout { stage, .. } | ConnectError::Transport { stage, .. } => {
                Some(*stage)
            }
            ConnectError::ClosedByServer
            | ConnectError::Refused { .. }
            | ConnectError::Protocol(_)
            | ConnectError::Authentication(_) => Some(Stage::Mqtt),
            ConnectError::Provider(_) => Some(Stage::Provider),
            ConnectError::DisconnectRequested
            | ConnectError::ClientClosed
            | ConnectError::EngineFailed(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn attempted(host: &str, address: Option<&str>) -> Attempted {
        let mut attempted = Attempted::new(host, 1883);
        attempted.address = address.map(|ip| SocketAddr::new(ip.parse().unwrap(), 1883));
        attempted
    }

    #[test]
    fn errors_name_what_was_tried() {
        let tried = attempted("broker.example", Some("192.0.2.7"));
        let refused = TransportError::new("connection refused");
        let error = ConnectError::transport(Stage::Tcp, refused.clone());
        assert_eq!(
            error.to_string(),
            "TCP failed: connection refused (transport)"
        );
        let error = error.with_attempted(tried.clone());
        assert_eq!(error.attempted(), Some(&tried));
        assert_eq!(
            error.to_string(),
            "TCP failed: broker.example:1883 (192.0.2.7): connection refused (transport)"
        );
        let error = ConnectError::timeout(Stage::Mqtt, Duration::from_secs(30));
        assert_eq!(
            error.to_string(),
            "timed out after 30s waiting for CONNACK (timeout)"
        );
        let error = error.with_attempted(tried.clone());
        assert_eq!(
            error.to_string(),
            "timed out after 30s waiting for CONNACK: broker.example:1883 (192.0.2.7) (timeout)"
        );
        let mut socket = attempted("/run/x.sock", None);
        socket.transport = Transport::Unix;
        let error = ConnectError::transport(Stage::Tcp, refused).with_attempted(socket);
        assert_eq!(
            error.to_string(),
            "Unix socket failed: /run/x.sock: connection refused (transport)"
        );
        let error = ConnectError::timeout(Stage::Mqtt, Duration::from_secs(30))
            .with_attempted(tried.clone());
        // The first one stays.
        let other = attempted("other.example", None);
        assert_eq!(error.clone().with_attempted(other.clone()), error);
        let closed = ConnectError::ClosedByServer;
        assert_eq!(closed.clone().with_attempted(other), closed);
        assert_eq!(closed.attempted(), None);
    }

    #[cfg(feature = "client")]
    #[test]
    fn a_broker_that_refuses_has_answered_unless_it_serves_nobody() {
        let refused = |reason_code| ConnectError::Refused {
            reason_code,
            reason_string: None,
            server_reference: None,
        };
        for (error, answered) in [
            (refused(ReasonCode::NotAuthorized), Some(true)),
            (refused(ReasonCode::ServerUnavailable), Some(false)),
            (refused(ReasonCode::ServerBusy), Some(false)),
            (ConnectError::ClosedByServer, Some(false)),
            (
                ConnectError::timeout(Stage::Mqtt, Duration::from_secs(1)),
                Some(false),
            ),
            (ConnectError::DisconnectRequested, None),
        ] {
            assert_eq!(error.broker_answered(), answered, "{error}");
        }
    }
}
