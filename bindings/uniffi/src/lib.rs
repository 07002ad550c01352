//! mqttka's client for Kotlin and Swift.
//!
//! It converts between `mqttka_core::client` and what uniffi can carry, and decides nothing: the
//! same names, options, defaults and events as in the core. Comments here are the foreign API's
//! documentation too.
//!
//! Calls enqueue at once; futures only wait, so a foreign task that is cancelled changes nothing
//! for what it waited for. Foreign code never runs on a thread that others need:
//! [`mqttka_core::client::relayed`] wakes foreign tasks.

mod client;
mod error;
mod event;
mod failure;
mod hook;
mod listener;
mod log;
mod message;
mod messages;
mod network;
mod options;
mod outcome;
mod property;
mod provider;
mod reconnect;
mod status;
mod stop_reason;
mod topic;
mod transition;
mod transport_error;
mod vocabulary;
mod way;

pub use client::ClientHandle;
pub use error::MqttkaError;
pub use event::{Connected, Disconnected, Event, EventKind};
pub use failure::{Attempted, ConnectError, DisconnectCause, StageTime};
pub use hook::{CertificateCallback, CertificateError, HookError, SocketCallback};
pub use listener::{EventListener, ListenerError};
pub use log::{LogLevel, LogListener, LogRecord, set_log_listener};
pub use message::{Message, Subscription, Will};
pub use messages::{Batch, MessagesHandle, StreamEnd};
pub use network::NetworkUpdate;
pub use options::{Options, UserProperty, check_duration, check_number, default_options};
pub use outcome::Outcome;
pub use property::Property;
pub use provider::{ClientCertificate, Provided, ProviderCallback, ProviderRequest};
pub use reconnect::{Ended, LostSubscription, ReconnectOptions, ReconnectStopped, Reconnecting};
pub use status::{HeldBack, Liveness, Status};
pub use stop_reason::StopReason;
pub use topic::topic_matches;
pub use transition::{ConnectingHandle, DisconnectingHandle};
pub use transport_error::TransportErrorKind;
pub use vocabulary::describe_reason_code;
pub use way::{TlsOptions, WayOptions, WebSocketHeader};

uniffi::setup_scaffolding!("mqttka");
