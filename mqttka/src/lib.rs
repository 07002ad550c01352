#![doc = include_str!("../README.md")]
//!
//! # Executors
//!
//! None is needed: the library has a thread of its own, which wakes the futures. They run on tokio,
//! smol, `futures::executor::block_on` and every other executor, and what ends in `nowait` runs
//! without one. Cancelling (dropping) a future loses no message.
//!
//! # Features
//!
//! | Feature | Default | What it is for |
//! |---|---|---|
//! | `tls` | yes | `mqtts://` and `wss://`, by rustls, with the platform's trust store |
//! | `ring` | yes | the cryptography for `tls`: small, and builds for every platform |
//! | `aws-lc-rs` | no | the cryptography for `tls` with FIPS and post-quantum key exchange, 2 MB larger; takes precedence over `ring` |
//! | `websocket` | yes | `ws://` and `wss://` |
//! | `proxy` | yes | tunnels through HTTP and SOCKS 5 proxies |
//! | `network-monitor` | yes | on Linux, the client hears of the system's network changes by itself |
//! | `scram` | yes | `ScramSha256`, enhanced authentication that is ready to use |
//! | `testing` | no | the fake broker, `mqttka::testing`, for the tests of your program |
//! | `opentelemetry` | no | metrics and traces: the module of that name, and [`Builder`]'s `trace_context` |
//!
//! Without one of them its options are still there, and a client that needs it is refused with an
//! error that says so.
//!
//! # Threads
//!
//! One thread runs all clients of the process, and two call back; an idle process has these three,
//! whatever the number of clients. Each name that is being looked up has one for as long as the
//! system's resolver takes.
//!
//! # Logs
//!
//! By the crate `tracing`, with `mqttka` in the target. Payloads and passwords are not in them, and
//! topics in two warnings alone: of messages that nobody takes, and of a stream that nobody reads.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod answer;
mod builder;
mod client;
mod disconnect;
mod error;
mod events;
mod filter;
mod flush;
mod hints;
mod message;
#[cfg(feature = "opentelemetry")]
pub mod opentelemetry;
mod outcome;
mod outgoing;
mod payload;
mod publish;
mod request;
mod requests;
mod respond;
mod streams;
mod subscribe;
#[cfg(feature = "testing")]
pub mod testing;
mod topic;
mod will;

pub use answer::Answer;
pub use builder::Builder;
pub use client::Client;
pub use disconnect::{Disconnect, Ending};
pub use error::Error;
pub use events::Events;
pub use filter::{Filter, IntoFilters};
pub use flush::Flush;
pub use message::Message;
#[cfg(feature = "scram")]
pub use mqttka_core::client::ScramSha256;
pub use mqttka_core::client::{
    Acknowledgement, Attempted, AuthenticationError, AuthenticationRequest, AuthenticationStep,
    Authenticator, Bytes, ConnectError, Connected, ConnectionProvider, ConnectionRequest,
    DisconnectCause, Disconnected, Ended, Event, EventKind, Fault, HeldBack, InvalidText,
    InvalidTopic, LivenessSnapshot, LostPublish, NetworkChange, NetworkUpdate, OperationError,
    Options, Pem, Properties, Property, PropertyId, ProtocolError, ProvidedConnection, Proxy,
    ProxyServer, QoS, QueuePolicy, RateLimit, RawSocket, ReasonCode, Receipt, ReconnectStopped,
    Reconnecting, Refusal, RetainHandling, Server, Stage, StageTimes, State, Status, StopReason,
    SubscriptionsLost, Text, Tolerate, TopicFilter, TopicName, Transport, TransportError,
    TransportErrorKind, Version,
};
pub use mqttka_core::client::{
    Counters, Direction, FaultCount, FlightPacket, FlightRecord, InvalidTraceContext, Metric,
    MetricKind, MetricValue, PacketCounts, PacketType, QueueDepths, RoundTrips, TappedPacket,
    TraceContext,
};
pub use outcome::Outcome;
pub use payload::IntoPayload;
pub use publish::Publish;
pub use request::{Request, Requesting};
pub use requests::{ReceiveRequests, ReceivedRequest, ReceivingRequests, Requests};
pub use respond::{Handles, Handling, Respond};
pub use streams::{Messages, Subscription};
pub use subscribe::{Subscribe, Subscribing, Unsubscribe};
pub use topic::{IntoTopic, IntoTopicFilter, topic_matches};
pub use will::Will;
