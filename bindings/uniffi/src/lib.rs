//! mqttka's client for Kotlin and Swift.
//!
//! It converts between `mqttka_core::client` and what uniffi can carry, and decides nothing: the
//! same names, options, defaults and events as in the core. Comments here are the foreign API's
//! documentation too.
//!
//! Calls enqueue at once; futures only wait. A foreign task that is cancelled cancels what it waited
//! for where that is still queued, and changes nothing for what was sent. Foreign code never runs on a thread that others need:
//! [`mqttka_core::client::relayed`] wakes foreign tasks.

mod acknowledgements;
mod authenticator;
mod client;
mod counters;
mod disconnect;
mod error;
mod event;
mod failure;
mod hook;
mod listener;
mod log;
mod message;
mod messages;
mod network;
mod operation;
mod options;
mod outcome;
mod packet_tap;
mod property;
mod provider;
mod reconnect;
mod requests;
mod settled;
mod status;
mod stop_reason;
mod topic;
mod trace_context;
mod transition;
mod transport_error;
mod vocabulary;
mod way;

pub use acknowledgements::AcknowledgementsHandle;
pub use authenticator::{AuthenticationStep, AuthenticatorCallback, AuthenticatorRequest};
pub use client::ClientHandle;
pub use counters::{
    Counters, FaultCount, Metric, MetricAttribute, MetricValue, PacketCount, RoundTrips,
};
pub use disconnect::DisconnectOptions;
pub use error::MqttkaError;
pub use event::{Connected, Disconnected, Event, EventKind, FlightRecord};
pub use failure::{Attempted, ConnectError, DisconnectCause, StageTime};
pub use hook::{CertificateCallback, CertificateError, HookError, SocketCallback};
pub use listener::{EventListener, ListenerError};
pub use log::{LogLevel, LogListener, LogRecord, set_log_listener};
pub use message::{Message, Subscription, Will, reply_to};
pub use messages::{Batch, MessagesHandle, StreamEnd, SubscribingHandle};
pub use network::NetworkUpdate;
pub use operation::{OperationHandle, RequestHandle};
pub use options::{
    Options, RateLimit, ScramOptions, UserProperty, check_duration, check_number, default_options,
};
pub use outcome::Outcome;
pub use packet_tap::{PacketTapCallback, TappedPacket};
pub use property::Property;
pub use provider::{ClientCertificate, Provided, ProviderCallback, ProviderRequest};
pub use reconnect::{Ended, LostSubscription, ReconnectOptions, ReconnectStopped, Reconnecting};
pub use requests::{RequestsHandle, RespondingHandle, TakenRequest, TakenRequests};
pub use status::{HeldBack, Liveness, Status};
pub use stop_reason::StopReason;
pub use topic::topic_matches;
pub use trace_context::{
    TraceContext, checked_trace_context, trace_context_of, with_trace_context,
};
pub use transition::{ConnectingHandle, DisconnectingHandle};
pub use transport_error::TransportErrorKind;
pub use vocabulary::{Fault, describe_reason_code};
pub use way::{TlsOptions, WayOptions, WebSocketHeader};

uniffi::setup_scaffolding!("mqttka");
