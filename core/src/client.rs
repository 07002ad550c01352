//! The [`Client`] that every language binding is a thin layer over.
//!
//! # Threads
//!
//! One thread, `mqttka`, runs the engines of all clients of the process. Callbacks run on a pool
//! that grows only as far as callbacks are running at the same time: at most two threads per
//! client (its lifecycle lane and its message lane), none while it is idle. Besides, at most 32
//! threads wait for the system's resolver.
//!
//! # Lanes (rule L19)
//!
//! Lifecycle events and messages are delivered on separate serial lanes of a client, so that a
//! stuck message handler never delays a disconnect event. Completions of operations run on the
//! message lane, in order with messages. Every event and message bears its connection's number.
//!
//! # Fork
//!
//! Threads do not survive `fork`, so in the child of a process that used the library every call
//! fails with [`Error::Forked`] (`close` does nothing).
//!
//! # Bounds
//!
//! Outbound: [`Options::outbound_queue_max_messages`] and [`Options::outbound_queue_max_bytes`]
//! hold for what is queued and for QoS 1 and 2 publishes until they are acknowledged; beyond them
//! calls fail with [`Error::QueueFull`]. Inbound: QoS 1 and 2 messages are acknowledged when the
//! handler has returned, so the broker stops at the Receive Maximum; QoS 0 messages are dropped
//! and counted above [`Options::inbound_queue_max_bytes`]; above twice that plus one packet the
//! connection is closed with [`DisconnectCause::InboundOverflow`] (rule L12).

mod completion;
mod events;
mod fork;
mod handler;
mod host;
mod inbox;
mod lanes;
mod options;
mod shared;
mod streams;
mod transitions;
pub mod vocabulary;
mod waiters;

use std::sync::Arc;
use std::time::Duration;

pub use bytes::Bytes;

pub use crate::error::{
    ConnectError, DisconnectCause, Error, InvalidText, InvalidTopic, OperationError, ProtocolError,
    Stage, TransportError,
};
pub use crate::proto::{
    Connected, Disconnected, Event, EventKind, LivenessSnapshot, Outcome, State,
};
pub use crate::types::{
    Message, Properties, Property, PropertyId, QoS, ReasonCode, RetainHandling, Subscription, Text,
    TopicFilter, TopicName, Version, Will,
};
pub use completion::{Completion, Delivery};
pub use events::Events;
pub use fork::forked;
pub use handler::Handler;
pub use options::Options;
pub use shared::Status;
pub use streams::{Messages, Received};
pub use transitions::{Connecting, Disconnecting};

pub(crate) use shared::Shared;

use crate::codec::{MAX_REMAINING_LENGTH, Publish};
use crate::engine;
use crate::proto::{Command, Machine};
use crate::transport::Endpoint;

/// An MQTT client. Cheap to clone; all clones are the same client. Dropping the last one closes
/// it, as [`close`](Self::close) does.
///
/// Every method may be called from any thread and from inside any callback, and none blocks.
#[derive(Clone, Debug)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    shared: Arc<Shared>,
    version: Version,
    keeps_publishes: bool,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if fork::check().is_ok() {
            self.shared.inbox.push_close();
        }
    }
}

impl Client {
    /// Makes a client; it does not connect yet. The first one of a process starts the library's
    /// engine thread.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] names the option that is wrong; [`Error::Startup`] where the
    /// system gives no thread or descriptor; [`Error::Forked`] in a forked child of a process
    /// that used the library before.
    pub fn new(options: Options, handler: impl Handler) -> Result<Self, Error> {
        Self::start(options, Arc::new(handler), false)
    }

    /// As [`new`](Self::new), but messages are pulled with [`messages`](Self::messages) instead of
    /// being pushed to the handler, whose `on_message` is never called.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_streams(options: Options, handler: impl Handler) -> Result<Self, Error> {
        Self::start(options, Arc::new(handler), true)
    }

    /// A stream of the messages that match `filter`, or of all messages, from now on: open it
    /// before subscribing. It subscribes to nothing itself. Messages that match no stream are
    /// taken and dropped.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a client made with [`new`](Self::new), whose messages are
    /// pushed; [`Error::Forked`].
    pub fn messages(&self, filter: Option<TopicFilter>) -> Result<Messages, Error> {
        fork::check()?;
        match &self.0.shared.lanes.streams {
            Some(streams) => Ok(streams.open(filter)),
            None => Err(Error::InvalidArgument(
                "this client pushes its messages; make it with_streams".into(),
            )),
        }
    }

    /// A stream of the lifecycle events from now on, beside the handler's.
    ///
    /// # Errors
    /// [`Error::Forked`].
    pub fn events(&self) -> Result<Events, Error> {
        fork::check()?;
        Ok(self.0.shared.lanes.listeners.open())
    }

    fn start(options: Options, handler: Arc<dyn Handler>, pulled: bool) -> Result<Self, Error> {
        let config = options.config()?;
        let keeps_publishes = config.session_persists();
        let version = config.protocol_version;
        fork::check()?;
        let runtime = engine::get().map_err(|error| Error::Startup(error.to_string()))?;
        fork::watch();
        let endpoint = Endpoint {
            host: options.host.as_str().into(),
            port: options.port,
            backstop: options.dial_backstop(),
        };
        let machine = Machine::new(config);
        let shared = Arc::new(Shared::new(&options, handler, &runtime, pulled));
        let owner = host::EngineSide::new(Arc::clone(&shared));
        let engine = engine::Engine::new(machine, owner, endpoint, &runtime.timer);
        runtime.spawn(&engine);
        Ok(Client(Arc::new(Inner {
            shared,
            version,
            keeps_publishes,
        })))
    }

    /// Starts one connection attempt. It ends in exactly one [`EventKind::Connected`] or
    /// [`EventKind::ConnectFailed`], within [`Options::connect_timeout`].
    ///
    /// # Errors
    /// [`Error::AlreadyConnected`] while connecting, connected or disconnecting;
    /// [`Error::Closed`]; [`Error::Forked`].
    pub fn connect(&self) -> Result<(), Error> {
        fork::check()?;
        let shared = &self.0.shared;
        shared.lanes.transitions.connect(|| shared.inbox.connect())
    }

    /// As [`connect`](Self::connect), and tells how the attempt ends.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub fn connecting(&self) -> Result<Connecting, Error> {
        fork::check()?;
        let shared = &self.0.shared;
        let transitions = &shared.lanes.transitions;
        transitions.connecting(|| shared.inbox.connect())
    }

    /// Sends DISCONNECT after what is queued and closes, all within min(K/2, 2 s) (rule L16); the
    /// event is [`EventKind::Disconnected`] with [`DisconnectCause::DisconnectRequested`]. While
    /// connecting, the attempt ends with [`ConnectError::DisconnectRequested`].
    ///
    /// `reason_code` is for the broker (section 3.14.2.1), [`ReasonCode::Success`] as a rule;
    /// 3.1.1 has none.
    ///
    /// # Errors
    /// [`Error::NotConnected`] where there is nothing to end; [`Error::InvalidArgument`] for a
    /// reason code that a client's DISCONNECT cannot have; [`Error::Closed`].
    pub fn disconnect(&self, reason_code: ReasonCode) -> Result<(), Error> {
        if !client_may_disconnect_with(reason_code) {
            return Err(Error::InvalidArgument(format!(
                "reason code {reason_code} is not one for a client's DISCONNECT"
            )));
        }
        fork::check()?;
        self.0.shared.inbox.disconnect(reason_code)
    }

    /// As [`disconnect`](Self::disconnect), and tells when the connection or attempt has ended,
    /// whatever its end was.
    ///
    /// # Errors
    /// As [`disconnect`](Self::disconnect).
    pub fn disconnecting(&self, reason_code: ReasonCode) -> Result<Disconnecting, Error> {
        let transitions = &self.0.shared.lanes.transitions;
        transitions.disconnecting(|| self.disconnect(reason_code))
    }

    /// Publishes a message. Accepted while connecting (it is sent after CONNACK) and connected;
    /// with a session that outlives the connection, QoS 1 and 2 also between connections.
    ///
    /// QoS 0 is complete when it was handed to the socket, QoS 1 at PUBACK, QoS 2 at PUBCOMP.
    ///
    /// # Errors
    /// [`Error::NotConnected`], [`Error::QueueFull`], [`Error::PacketTooLarge`],
    /// [`Error::InvalidArgument`] for properties that a PUBLISH cannot have, [`Error::Closed`].
    /// The completion is then dropped without a call.
    pub fn publish(&self, message: Message, completion: Completion) -> Result<(), Error> {
        fork::check()?;
        let size = Publish::message_len(&message, self.0.version);
        let limit = MAX_REMAINING_LENGTH + 5;
        if size > limit {
            return Err(Error::PacketTooLarge { size, limit });
        }
        Publish::check_message(&message, self.0.version)
            .map_err(|error| Error::InvalidArgument(error.to_string()))?;
        let kept = self.0.keeps_publishes && message.qos > QoS::AtMostOnce;
        let command = Command::Publish {
            message,
            token: completion.into_token(),
        };
        self.0.shared.inbox.push(command, kept)
    }

    /// Subscribes to all filters with one SUBSCRIBE (section 3.8). Accepted while connecting
    /// (sent after CONNACK) and connected. The outcome has one reason code per filter.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for an empty list [MQTT-3.8.3-2]; [`Error::InvalidTopic`] for what
    /// 5.0 does not take as a shared subscription; [`Error::NotConnected`], [`Error::QueueFull`],
    /// [`Error::Closed`]. The completion is then dropped without a call.
    pub fn subscribe(
        &self,
        subscriptions: Vec<Subscription>,
        properties: Properties,
        completion: Completion,
    ) -> Result<(), Error> {
        fork::check()?;
        if subscriptions.is_empty() {
            return Err(Error::InvalidArgument("no topic filter given".into()));
        }
        for subscription in &subscriptions {
            subscription.filter.check(self.0.version)?;
        }
        // [MQTT-3.8.3-4]
        if subscriptions
            .iter()
            .any(|s| s.no_local && s.filter.is_shared())
        {
            return Err(Error::InvalidArgument(
                "no_local is not allowed on a shared subscription".into(),
            ));
        }
        let command = Command::Subscribe {
            subscriptions,
            properties,
            token: completion.into_token(),
        };
        self.0.shared.inbox.push(command, false)
    }

    /// Unsubscribes from all filters with one UNSUBSCRIBE (section 3.10). Accepted as
    /// [`subscribe`](Self::subscribe) is.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for an empty list [MQTT-3.10.3-2]; [`Error::InvalidTopic`] for what
    /// 5.0 does not take as a shared subscription; [`Error::NotConnected`], [`Error::QueueFull`],
    /// [`Error::Closed`]. The completion is then dropped without a call.
    pub fn unsubscribe(
        &self,
        filters: Vec<TopicFilter>,
        properties: Properties,
        completion: Completion,
    ) -> Result<(), Error> {
        fork::check()?;
        if filters.is_empty() {
            return Err(Error::InvalidArgument("no topic filter given".into()));
        }
        for filter in &filters {
            filter.check(self.0.version)?;
        }
        let command = Command::Unsubscribe {
            filters,
            properties,
            token: completion.into_token(),
        };
        self.0.shared.inbox.push(command, false)
    }

    /// Asks the broker for a sign of life now (rule L17): sends PINGREQ early, and where nothing
    /// comes within `timeout`, the connection ends with [`DisconnectCause::KeepAliveTimeout`]. Any
    /// inbound byte and any acknowledged byte of ours is a sign of life. Without a connection it
    /// does nothing. Call it, for example, when the app comes to the foreground.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a zero timeout, [`Error::Closed`].
    pub fn probe_now(&self, timeout: Duration) -> Result<(), Error> {
        fork::check()?;
        if timeout.is_zero() {
            return Err(Error::InvalidArgument("timeout is 0".into()));
        }
        self.0.shared.inbox.hint(Command::Probe { timeout })
    }

    /// The system says that its network changed (rule L17). Where the connection's local address
    /// is gone, it ends at once with [`DisconnectCause::NetworkLost`]; else the broker is probed
    /// with a timeout of min(K/2, 10 s), whatever the change. Without a connection it does nothing.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub fn network_changed(&self, change: NetworkChange) -> Result<(), Error> {
        fork::check()?;
        tracing::debug!(?change, "network changed");
        self.0.shared.inbox.hint(Command::NetworkChanged)
    }

    /// Closes the client at once and for good, without a word to the broker. What is pending ends
    /// with [`OperationError::Closed`], a connection with [`EventKind::Disconnected`], an attempt
    /// with [`EventKind::ConnectFailed`]; [`Handler::on_terminated`] is the last call. Repeating
    /// it does nothing.
    pub fn close(&self) {
        // In a forked child nobody would ever take it.
        if fork::check().is_ok() {
            self.0.shared.inbox.push_close();
        }
    }

    /// What is known at this moment.
    pub fn status(&self) -> Status {
        self.0.shared.status()
    }
}

/// What the system says of its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum NetworkChange {
    /// There is no network any more.
    Lost = 1,
    /// There is a network again.
    Available = 2,
    /// Another network, or other properties of the same.
    Changed = 3,
}

/// The codes that section 3.14.2.1 allows a client to send.
fn client_may_disconnect_with(code: ReasonCode) -> bool {
    use ReasonCode as R;
    matches!(
        code,
        R::Success
            | R::DisconnectWithWillMessage
            | R::UnspecifiedError
            | R::MalformedPacket
            | R::ProtocolError
            | R::ImplementationSpecificError
            | R::TopicNameInvalid
            | R::ReceiveMaximumExceeded
            | R::TopicAliasInvalid
            | R::PacketTooLarge
            | R::MessageRateTooHigh
            | R::QuotaExceeded
            | R::AdministrativeAction
            | R::PayloadFormatInvalid
    )
}
