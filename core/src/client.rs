//! The [`Client`] that every language binding is a thin layer over.
//!
//! # Threads
//!
//! One thread, `mqttka`, runs the engines of all clients of the process. Callbacks run on two small
//! pools, `mqttka-event` and `mqttka-message`: one thread each while no callback is stuck, and one
//! more for each that is. A stuck callback delays those of other clients by about 2 ms, once. An
//! idle process has these three threads, whatever the number of clients. Besides, each name that is
//! being looked up has a thread, `mqttka-resolver`, for as long as the system's resolver takes, also
//! after the attempt was given up; at most 256, beyond which attempts with other names fail at once.
//! The network monitor ([`Options::network_monitor`]) has no thread; it has two descriptors, and
//! looks at the network at most ten times a second, once a second where changes do not end.
//!
//! Callbacks have a stack of 2 MiB. The library's threads take no signals but those of their own
//! faults; while callbacks run, the thread has the signal mask of the one that made the client, as
//! programs that they start inherit it. They have the default scheduling policy, and the CPUs of the
//! process's main thread, as far as the system allows.
//!
//! None of this is there for a client that its host drives ([`hosted`]): callbacks run in the host's turns.
//!
//! # Lanes
//!
//! Lifecycle events and messages are delivered on separate serial lanes of a client, so that a
//! stuck message handler never delays a disconnect event. Completions of operations run on the
//! message lane, in order with messages. Every event and message bears its connection's number.
//!
//! # Messages
//!
//! Each inbound message goes to all streams ([`Client::messages`], [`Client::subscription`]) and all
//! handlers of subscriptions ([`Client::subscribe_with`]) whose filters match it, else to the
//! client's [`Handler`]. Where there is none of these, it waits: until the first consumer comes,
//! and then (or where a session was resumed, or a stream that held it was closed) for
//! [`Options::unclaimed_timeout`]. What is then left is counted ([`Status::messages_unclaimed`]),
//! warned of once per topic, and only then acknowledged: no message is acknowledged that no
//! consumer took, without a word.
//!
//! # The end of the process
//!
//! Clients that live when the process ends (by returning from `main`, or `exit`) are closed as
//! [`Client::close`] does, after all exit hooks of the application, and it waits for their goodbye
//! for at most 2 s, never for callbacks. [`Client::abort`] is for those who do not want that.
//!
//! # Fork
//!
//! Threads do not survive `fork`, so in the child of a process that used the library every call
//! fails with [`Error::Forked`] or says that nothing follows (`close` does nothing).
//!
//! # Bounds
//!
//! Outbound: [`Config::outbound_queue_max_messages`] and [`Config::outbound_queue_max_bytes`]
//! hold for what is queued and for QoS 1 and 2 publishes until they are acknowledged, and the former
//! also for completions that wait for a message lane that is stuck; beyond them calls fail with
//! [`Error::QueueFull`]. Inbound: QoS 1 and 2 messages are acknowledged when they
//! were taken, in the order in which they came, so the broker stops at the Receive Maximum; QoS 0
//! messages are dropped and counted above [`Config::inbound_queue_max_bytes`]; above twice that
//! plus one packet the connection is closed with [`DisconnectCause::InboundOverflow`].
//! Events: [`Client::connect`] fails with [`Error::EventsNotTaken`] where more than 1,024 wait.

mod accounts;
mod acknowledgement;
mod after;
mod asking;
mod assemble;
mod authenticating;
mod authenticator;
mod bell;
mod cancel;
mod completion;
mod copies;
mod counters;
mod desk;
mod events;
#[cfg(feature = "engine")]
mod exit;
#[cfg(not(feature = "engine"))]
mod exit_of_host;
mod failed;
mod flush;
mod fork;
mod goodbye;
mod handler;
mod hints;
mod host;
#[cfg(all(
    feature = "host-loop",
    any(target_os = "linux", target_vendor = "apple")
))]
pub mod host_loop;
pub mod hosted;
mod identifiers;
mod inbox;
mod inner;
mod job;
mod lane;
mod lanes;
mod ledger;
pub mod log;
mod mailbox;
mod messages;
mod negotiated;
mod network;
mod options;
mod packet_tap;
#[cfg(feature = "engine")]
mod pool;
mod provider;
mod queue;
mod random;
#[cfg(feature = "engine")]
mod relay;
mod requesting;
mod requests;
mod requests_under_way;
mod responding;
mod returned;
mod router;
mod runner;
#[cfg(feature = "scram")]
mod scram;
mod shared;
#[cfg(feature = "engine")]
mod start;
mod subscribing;
mod subscriptions;
mod table;
mod time;
mod transitions;
mod tree;
mod unclaimed;
pub mod vocabulary;

use std::sync::Arc;
use std::time::Duration;

pub use bytes::Bytes;

pub use crate::codec::{Direction, PacketType};
pub use crate::error::{
    Attempted, AuthenticationError, ConnectError, DisconnectCause, Error, InvalidText,
    InvalidTopic, OperationError, ProtocolError, Stage, StageTimes, TransportError,
    TransportErrorKind,
};
pub use crate::proto::{
    AuthenticationStep, AuthenticatorError, Config, Connected, Disconnected, Ended, Event,
    EventKind, FaultCount, FlightPacket, FlightRecord, LivenessSnapshot, LostPublish,
    NetworkChange, NetworkUpdate, Outcome, PacketCounts, QueueDepths, QueuePolicy, RateLimit,
    Receipt, Reconnect, ReconnectStopped, Reconnecting, Refusal, RoundTrips, State, StopReason,
    SubscriptionsLost,
};
pub use crate::transport::options::{
    CertificateVerifier, Pem, Proxy, ProxyProtocol, ProxyServer, RawSocket, Server, SocketHook,
    SocketOptions, TlsOptions, Transport, WebSocketOptions,
};
pub use crate::types::{
    Fault, InvalidTraceContext, Message, Properties, Property, PropertyId, QoS, ReasonCode,
    RetainHandling, Subscription, Text, Tolerate, TopicFilter, TopicName, TraceContext, Version,
    Will,
};
pub use acknowledgement::Acknowledgement;
pub use authenticator::{AuthenticationRequest, Authenticator};
pub use cancel::Canceller;
pub use completion::{Completion, Delivery};
pub use counters::{Counters, Metric, MetricKind, MetricValue};
pub use events::Events;
#[cfg(feature = "engine")]
pub use exit::process_is_ending;
pub use failed::Failed;
pub use fork::forked;
pub use goodbye::DisconnectOptions;
pub use handler::{Handler, MessageHandler, OnReceived};
pub use messages::Messages;
pub use options::{DURATIONS, NUMBERS, Options};
pub use packet_tap::{PacketTap, TappedPacket};
pub use provider::{ConnectionProvider, ConnectionRequest, ProvidedConnection};
pub use queue::{Received, StreamEnd};
#[cfg(feature = "engine")]
pub use relay::relayed;
pub use requesting::{RequestOptions, Requesting};
pub use requests_under_way::{ReceivedRequest, Requests};
#[cfg(feature = "scram")]
pub use scram::ScramSha256;
pub use shared::Status;
pub use subscriptions::{SubscriptionId, SubscriptionOptions};
pub use table::HeldBack;
pub use transitions::{Connecting, Disconnecting};

#[cfg(not(feature = "engine"))]
use exit_of_host as exit;
use inner::Inner;

use crate::codec::{EncodeError, MAX_REMAINING_LENGTH, Publish};
use crate::proto::{Command, PublishTerms};

/// An MQTT client. Cheap to clone; all clones are the same client, and so are the streams of
/// messages and events made of it. Dropping the last of them closes it, as [`close`](Self::close)
/// does.
///
/// Bindings of languages stand on it. Applications in Rust have the crate
/// [`mqttka`](https://docs.rs/mqttka), with strings, streams and builders.
///
/// ```no_run
/// use mqttka_core::client::{Client, Completion, Event, Handler, Message, Options, TopicName};
///
/// struct App;
///
/// impl Handler for App {
///     fn on_event(&self, event: &Event) {
///         println!("{event}");
///     }
///     fn on_message(&self, message: Message, _connection_number: u64) {
///         println!("{message:?}");
///     }
/// }
///
/// let client = Client::new(Options::from_uri("mqtt://broker.example")?, App)?;
/// client.connect()?;
/// let topic = TopicName::try_from("sensors/kitchen")?;
/// client.publish(Message::new(topic, "21.5"), Completion::none())?;
/// # Ok::<(), mqttka_core::client::Error>(())
/// ```
///
/// Every method may be called from any thread and from inside any callback, and none blocks.
#[derive(Clone, Debug)]
pub struct Client(Arc<Inner>);

impl Client {
    /// A stream of the messages that match `filter`, or of all messages, from now on, and of those
    /// that wait for a consumer. It subscribes to nothing itself, and outlives connections. Where the
    /// client stops for good and nobody asked for that, it says so once, with
    /// [`StreamEnd::Disconnected`] or [`StreamEnd::ConnectFailed`]; asked again, it waits for the
    /// messages of later connections.
    ///
    /// # Errors
    /// [`Error::Forked`].
    pub fn messages(&self, filter: Option<TopicFilter>) -> Result<Messages, Error> {
        self.messages_with(filter, SubscriptionOptions::default())
    }

    /// As [`messages`](Self::messages), with options, of which
    /// [`SubscriptionOptions::outlives_connections`] means nothing here. It acknowledges manually
    /// where they say so or the client's [`Options::manual_acknowledgement`] does.
    ///
    /// # Errors
    /// [`Error::Forked`].
    pub fn messages_with(
        &self,
        filter: Option<TopicFilter>,
        options: SubscriptionOptions,
    ) -> Result<Messages, Error> {
        fork::check()?;
        Ok(self.0.messages(filter, &options))
    }

    /// A stream of the lifecycle events from now on, beside the handler's.
    ///
    /// # Errors
    /// [`Error::Forked`].
    pub fn events(&self) -> Result<Events, Error> {
        fork::check()?;
        let client = Arc::clone(&self.0);
        Ok(self.0.shared.lanes.listeners.open(client))
    }

    /// Starts one connection attempt. It ends in exactly one [`EventKind::Connected`] or
    /// [`EventKind::ConnectFailed`], within [`Config::connect_timeout`].
    ///
    /// # Errors
    /// [`Error::AlreadyConnected`] while connecting, connected or disconnecting;
    /// [`Error::EventsNotTaken`] where more than 1,024 events wait for the handler or for a stream
    /// of events; [`Error::Closed`]; [`Error::Forked`].
    pub fn connect(&self) -> Result<(), Error> {
        fork::check()?;
        let shared = &self.0.shared;
        shared.lanes.take_events()?;
        let (_, ring) = shared.inbox.connect()?;
        shared.inbox.ring(ring);
        Ok(())
    }

    /// As [`connect`](Self::connect), and tells how the attempt ends.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub fn connecting(&self) -> Result<Connecting, Error> {
        fork::check()?;
        let shared = &self.0.shared;
        shared.lanes.take_events()?;
        let transitions = &shared.lanes.transitions;
        let (connecting, ring) = transitions.connecting(|| shared.inbox.connect())?;
        shared.inbox.ring(ring);
        Ok(connecting)
    }

    /// Publishes a message. Accepted while connecting (it is sent after CONNACK) and connected;
    /// with a session that outlives the connection, QoS 1 and 2 also between connections.
    ///
    /// QoS 0 is complete when it was handed to the socket (or read by the broker:
    /// [`PublishOptions::receipt`]), QoS 1 at PUBACK, QoS 2 at PUBCOMP.
    ///
    /// # Errors
    /// [`Error::NotConnected`], [`Error::QueueFull`], [`Error::PacketTooLarge`],
    /// [`Error::InvalidArgument`] for properties that a PUBLISH cannot have, [`Error::Closed`].
    /// The completion is then dropped without a call.
    pub fn publish(&self, message: Message, completion: Completion) -> Result<(), Error> {
        self.publish_with(message, &PublishOptions::default(), completion)
    }

    /// As [`publish`](Self::publish), with options.
    ///
    /// # Errors
    /// As [`publish`](Self::publish); [`Error::InvalidOption`] for a timeout out of its bounds.
    pub fn publish_with(
        &self,
        message: Message,
        options: &PublishOptions,
        completion: Completion,
    ) -> Result<(), Error> {
        fork::check()?;
        if let Some(timeout) = options.timeout {
            Options::check_duration("publish_timeout", timeout)?;
        }
        let len = Publish::measure(&message, self.0.version).map_err(|error| match error {
            EncodeError::PacketTooLarge(remaining) => Error::PacketTooLarge {
                size: remaining + 5,
                limit: MAX_REMAINING_LENGTH + 5,
            },
            error => Error::InvalidArgument(error.to_string()),
        })?;
        self.0.room_for(&completion)?;
        let kept = self.0.comes_back || self.0.keeps_publishes && message.qos > QoS::AtMostOnce;
        let command = Command::Publish {
            message,
            len,
            terms: PublishTerms {
                timeout: options.timeout,
                receipt: options.receipt,
            }
            .boxed(),
            token: completion.into_token(),
        };
        self.0.shared.inbox.push(command, kept)
    }

    /// Closes the client for good, after a goodbye: what was queued is sent, then
    /// DISCONNECT, all within min(K/2, 2 s). An attempt ends at once. What is pending then ends with
    /// [`OperationError::Closed`], a connection with [`EventKind::Disconnected`], an attempt with
    /// [`EventKind::ConnectFailed`]; [`Handler::on_terminated`] is the last call. It waits for
    /// nothing, and repeating it does nothing.
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l16).
    pub fn close(&self) {
        // In a forked child nobody would ever take it.
        if fork::check().is_ok() {
            self.0.shared.inbox.push_close();
        }
    }

    /// Closes the client for good and at once, without a word to the broker, which publishes the
    /// Will. Else as [`close`](Self::close), also after it.
    pub fn abort(&self) {
        if fork::check().is_ok() {
            self.0.shared.inbox.push_abort();
        }
    }

    /// What is known at this moment. In a forked child: nothing, [`State::Closed`].
    pub fn status(&self) -> Status {
        if fork::check().is_err() {
            return Status::closed();
        }
        self.0.shared.status()
    }
}

/// What a publish is, beyond its message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublishOptions {
    /// How long it may wait for its outcome: 1 ms to 365 days. Then the outcome is
    /// [`OperationError::TimedOut`]. Default `None`: for ever.
    pub timeout: Option<Duration>,
    /// QoS 0: the outcome comes when the broker has read the message ([`Receipt::Read`]), as it
    /// answered a PINGREQ that followed it; else when the message was handed to the socket
    /// ([`Receipt::Written`]). That is not "delivered": nobody tells what the broker made of it.
    /// At most one PINGREQ more goes with each write, whatever the number of messages in it. Where
    /// the connection ends first, the outcome is [`OperationError::Disconnected`], and the message
    /// may have arrived. Until its outcome it counts in the outbound queue, as QoS 1 and 2
    /// messages do. Without effect for those, and with [`Completion::none`]. Default `false`.
    pub receipt: bool,
}
