//! Why an attempt or a connection ended.

use std::time::Duration;

use mqttka_core::client::{
    Attempted as CoreAttempted, ConnectError as CoreConnectError, DisconnectCause as CoreCause,
    ReasonCode, Stage, Transport,
};

use crate::TransportErrorKind;

/// What a connection attempt tried, and where its time went.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Attempted {
    /// Which of the options' servers it was, from 0: the last that was tried.
    pub server_index: u32,
    /// What was to carry MQTT.
    pub transport: Transport,
    /// The server's host; the path of a Unix socket.
    pub host: String,
    /// The server's port; 0 for a Unix socket.
    pub port: u16,
    /// The proxy between, as `host:port`.
    pub proxy: Option<String>,
    /// The IP address that was tried last, the proxy's where there is one; none where it did not
    /// come so far.
    pub address: Option<String>,
    /// The resolver had not answered for a second, and an address that an earlier attempt had
    /// found was tried.
    pub remembered_address: bool,
    /// The stages that the attempt entered, in their order; the last one may have failed.
    pub stages: Vec<StageTime>,
}

/// How long a stage of an attempt took.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct StageTime {
    /// The stage.
    pub stage: Stage,
    /// Its time.
    pub time: Duration,
}

impl From<&CoreAttempted> for Attempted {
    fn from(attempted: &CoreAttempted) -> Self {
        let stages = attempted.stages.iter();
        Attempted {
            server_index: u32::try_from(attempted.server_index).unwrap_or(u32::MAX),
            transport: attempted.transport,
            host: attempted.host.clone(),
            port: attempted.port,
            proxy: attempted.proxy.clone(),
            address: attempted.address.map(|address| address.ip().to_string()),
            remembered_address: attempted.remembered_address,
            stages: stages
                .map(|(stage, time)| StageTime { stage, time })
                .collect(),
        }
    }
}

/// Why a connection attempt ended without a connection.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum ConnectError {
    /// The deadline passed in this stage.
    Timeout {
        /// The stage that did not finish.
        stage: Stage,
        /// The whole deadline, from the call of `connect`.
        after: Duration,
        /// What was tried, where it is known.
        attempted: Option<Box<Attempted>>,
    },
    /// A stage failed.
    Transport {
        /// The stage that failed.
        stage: Stage,
        /// What it is, for programs.
        kind: TransportErrorKind,
        /// The operating system's error number, where there is one.
        os_error: Option<i32>,
        /// The number that the peer gave: of a TLS alert, an HTTP status (proxy, WebSocket
        /// upgrade), a SOCKS reply, a WebSocket close code.
        status: Option<u16>,
        /// The words for it.
        detail: String,
        /// What was tried, where it is known.
        attempted: Option<Box<Attempted>>,
    },
    /// The broker closed the connection before CONNACK.
    ClosedByServer,
    /// The broker's CONNACK refused the connection.
    Refused {
        /// The broker's reason.
        reason_code: ReasonCode,
        /// The broker's words, where it sent some.
        reason_string: Option<String>,
        /// Where the broker says that another server should be used.
        server_reference: Option<String>,
    },
    /// The broker's bytes were not what the specification allows.
    Protocol {
        /// The reason code for it.
        reason_code: ReasonCode,
        /// The words for it.
        detail: String,
    },
    /// `disconnect` was called first.
    DisconnectRequested,
    /// The client was closed first.
    ClientClosed,
    /// The library's own engine ended: the system took what it runs on, or it has a bug.
    EngineFailed {
        /// What happened to it.
        detail: String,
    },
    /// The application's connection provider gave nothing, or what it gave cannot be used.
    Provider {
        /// What it said, or what is wrong.
        detail: String,
    },
    /// Enhanced authentication failed on this side: the application's authenticator gave up, or the
    /// broker did not prove what it should have.
    Authentication {
        /// Why.
        detail: String,
    },
    /// A reason that this binding does not know yet.
    Other {
        /// The core's words.
        detail: String,
    },
}

impl From<CoreConnectError> for ConnectError {
    fn from(error: CoreConnectError) -> Self {
        match error {
            CoreConnectError::Timeout {
                stage,
                after,
                attempted,
            } => ConnectError::Timeout {
                stage,
                after,
                attempted: attempted.map(|attempted| Box::new((&*attempted).into())),
            },
            CoreConnectError::Transport {
                stage,
                error,
                attempted,
            } => ConnectError::Transport {
                stage,
                kind: error.kind.into(),
                os_error: error.os_error,
                status: error.status,
                detail: error.message,
                attempted: attempted.map(|attempted| Box::new((&*attempted).into())),
            },
            CoreConnectError::ClosedByServer => ConnectError::ClosedByServer,
            CoreConnectError::Refused {
                reason_code,
                reason_string,
                server_reference,
            } => ConnectError::Refused {
                reason_code,
                reason_string,
                server_reference,
            },
            CoreConnectError::Protocol(error) => ConnectError::Protocol {
                reason_code: error.reason_code(),
                detail: error.to_string(),
            },
            CoreConnectError::DisconnectRequested => ConnectError::DisconnectRequested,
            CoreConnectError::ClientClosed => ConnectError::ClientClosed,
            CoreConnectError::EngineFailed(detail) => ConnectError::EngineFailed { detail },
            CoreConnectError::Provider(detail) => ConnectError::Provider { detail },
            CoreConnectError::Authentication(error) => ConnectError::Authentication {
                detail: error.to_string(),
            },
            other => ConnectError::Other {
                detail: other.to_string(),
            },
        }
    }
}

/// Why a connection ended: the first cause.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum DisconnectCause {
    /// No sign of life came over the path for 1.5 x keep-alive.
    KeepAliveTimeout,
    /// The broker's system acknowledged our PINGREQ, its process did not answer it.
    ServerUnresponsive,
    /// The broker closed the connection without DISCONNECT.
    ClosedByServer,
    /// The operating system or a layer of the transport ended the connection (reset, unreachable,
    /// TLS alert, WebSocket close, ...).
    Transport {
        /// What it is, for programs.
        kind: TransportErrorKind,
        /// The operating system's error number, where there is one.
        os_error: Option<i32>,
        /// The number that the peer gave: of a TLS alert, an HTTP status (proxy, WebSocket
        /// upgrade), a SOCKS reply, a WebSocket close code.
        status: Option<u16>,
        /// The words for it.
        detail: String,
    },
    /// The broker sent DISCONNECT.
    ServerDisconnect {
        /// The broker's reason.
        reason_code: ReasonCode,
        /// The broker's words, where it sent some.
        reason_string: Option<String>,
        /// Where the broker says that another server should be used.
        server_reference: Option<String>,
    },
    /// The broker's bytes were not what the specification allows.
    Protocol {
        /// The reason code for it.
        reason_code: ReasonCode,
        /// The words for it.
        detail: String,
    },
    /// The application took messages so slowly that the hard limit was passed.
    InboundOverflow,
    /// The application called `disconnect`.
    DisconnectRequested,
    /// The application closed the client.
    ClientClosed,
    /// The system no longer has the connection's local address.
    NetworkLost,
    /// The library's own engine ended: the system took what it runs on, or it has a bug.
    EngineFailed {
        /// What happened to it.
        detail: String,
    },
    /// The system took the socket away, as it does with an app that was frozen or a device that
    /// slept. The client tries again at once.
    ReclaimedBySystem {
        /// The operating system's error number, where there is one.
        os_error: Option<i32>,
        /// The words for it.
        detail: String,
    },
    /// A re-authentication failed on this side.
    Authentication {
        /// Why.
        detail: String,
    },
    /// A cause that this binding does not know yet.
    Other {
        /// The core's words.
        detail: String,
    },
}

impl From<CoreCause> for DisconnectCause {
    fn from(cause: CoreCause) -> Self {
        match cause {
            CoreCause::KeepAliveTimeout => DisconnectCause::KeepAliveTimeout,
            CoreCause::ServerUnresponsive => DisconnectCause::ServerUnresponsive,
            CoreCause::ClosedByServer => DisconnectCause::ClosedByServer,
            CoreCause::Transport(error) => DisconnectCause::Transport {
                kind: error.kind.into(),
                os_error: error.os_error,
                status: error.status,
                detail: error.message,
            },
            CoreCause::ServerDisconnect {
                reason_code,
                reason_string,
                server_reference,
            } => DisconnectCause::ServerDisconnect {
                reason_code,
                reason_string,
                server_reference,
            },
            CoreCause::Protocol(error) => DisconnectCause::Protocol {
                reason_code: error.reason_code(),
                detail: error.to_string(),
            },
            CoreCause::InboundOverflow => DisconnectCause::InboundOverflow,
            CoreCause::DisconnectRequested => DisconnectCause::DisconnectRequested,
            CoreCause::ClientClosed => DisconnectCause::ClientClosed,
            CoreCause::NetworkLost => DisconnectCause::NetworkLost,
            CoreCause::EngineFailed(detail) => DisconnectCause::EngineFailed { detail },
            CoreCause::Authentication(error) => DisconnectCause::Authentication {
                detail: error.to_string(),
            },
            CoreCause::ReclaimedBySystem(error) => DisconnectCause::ReclaimedBySystem {
                os_error: error.os_error,
                detail: error.message,
            },
            other => DisconnectCause::Other {
                detail: other.to_string(),
            },
        }
    }
}
