use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use super::redirect::Redirect;
use super::{AuthenticationQuestion, Ended, FlightRecord, Receipt, StopReason};
use crate::error::{Attempted, ConnectError, DisconnectCause, OperationError};
use crate::types::{Message, Properties, QoS, ReasonCode, Text, TopicFilter};

/// What comes out of the [`Machine`](super::Machine), in the order in which it is to be done.
#[derive(Debug)]
pub enum Output<T> {
    /// This much has left the outbound queue.
    Released(Usage),
    /// A lifecycle event for the application.
    Event(Event),
    /// Messages and outcomes for the application, in order, at least one.
    Delivered(Vec<Delivered<T>>),
    /// Ask the application what to connect with, and answer with
    /// [`Command::Provided`](super::Command::Provided).
    Provide,
    /// Ask the application's authenticator, and answer with
    /// [`Command::Authenticated`](super::Command::Authenticated).
    Authenticate(Box<AuthenticationQuestion>),
    /// Open a stream to the broker; report its stages.
    Open,
    /// Give up the second stream, or its opening: the first goes on.
    DropStandby,
    /// The broker sends the client elsewhere (section 4.11), and it follows: the attempt that is
    /// next begins at one of [`referred`](crate::transport::referred).
    Refer {
        /// The Server Reference.
        reference: String,
        /// The server has moved: so do all later attempts.
        for_good: bool,
    },
    /// See whether the system still has the stream's local address, and tell it to
    /// [`Machine::handle_local_address`](super::Machine::handle_local_address).
    CheckLocalAddress,
    /// Half-close: send nothing more, and go on reading until the broker closes its half, so
    /// that bytes of its that nobody reads do not destroy our DISCONNECT. What the
    /// system takes to deliver our bytes has its bound from now on.
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l16).
    Finish,
    /// Give the attempt or the stream up, and tell nothing about it any more.
    Close {
        /// Let the system deliver what was written, a DISCONNECT at its end (what
        /// [`Machine::transmit`](super::Machine::transmit) still has is part of it); else abort.
        graceful: bool,
    },
}

/// What the transport is to do; becomes an [`Output`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    DropStandby,
    Provide,
    Authenticate(Box<AuthenticationQuestion>),
    Open,
    Refer(Redirect),
    CheckLocalAddress,
    Finish,
    Close { graceful: bool },
}

/// A lifecycle event. Each `Connected` is followed by exactly one `Disconnected`; a
/// connection attempt that does not come so far ends in exactly one `ConnectFailed`.
/// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l15).
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Counts connection attempts, from 1. The events and messages of one connection bear the
    /// same number.
    pub connection_number: u64,
    /// Counts attempts since the last connection that came about, from 1.
    pub attempt_number: u32,
    /// What the attempt of this connection tried, and where its time went: at `Connected` and
    /// `ConnectFailed`, where something was tried.
    pub attempted: Option<Arc<Attempted>>,
    /// The client goes on by itself: an [`EventKind::Reconnecting`] follows. Only ever true at
    /// `Disconnected` and `ConnectFailed`.
    pub will_reconnect: bool,
    /// What led to the end: at `Disconnected` and `ConnectFailed`, unless the engine failed.
    pub record: Option<Arc<FlightRecord>>,
    /// All properties of the broker's DISCONNECT, at a `Disconnected` that it is the cause of, and of the CONNACK
    /// that refuses, at `ConnectFailed`, and of the SUBACK that refuses, at `SubscriptionsLost`; user properties
    /// included. Those of a CONNACK that accepts are in [`Connected::properties`].
    pub properties: Properties,
    /// What happened.
    pub kind: EventKind,
}

impl Event {
    /// Whether the client now does nothing until it is asked to connect again.
    pub fn is_final(&self) -> bool {
        match self.kind {
            EventKind::Disconnected(_) | EventKind::ConnectFailed(_) => !self.will_reconnect,
            EventKind::ReconnectStopped(_) => true,
            _ => false,
        }
    }

    /// The event in words, with its flight record where it has one: some forty lines.
    pub fn detail(&self) -> String {
        match &self.record {
            Some(record) => format!("{self}\n{record}"),
            None => self.to_string(),
        }
    }
}

/// What happened to the connection.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum EventKind {
    /// The broker accepted the connection.
    Connected(Box<Connected>),
    /// The connection ended.
    Disconnected(Box<Disconnected>),
    /// The attempt ended without a connection.
    ConnectFailed(Box<ConnectError>),
    /// The client tries again after a while. Followed by exactly one `Connected`, `ConnectFailed`
    /// or `ReconnectStopped`.
    Reconnecting(Box<Reconnecting>),
    /// The client does not try again by itself; [`connect`](super::Command::Connect) begins anew.
    /// Not told where the application ended the connection or the attempt itself, nor where
    /// reconnection is off.
    ReconnectStopped(Box<ReconnectStopped>),
    /// Subscriptions that the client held are no more: the broker has lost the session, and did not
    /// grant them again.
    SubscriptionsLost(Box<SubscriptionsLost>),
    /// Something that we sent has been unanswered for several round trips. No verdict:
    /// one `Alive` or the connection's `Disconnected` follows.
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l22).
    Suspect(Box<LivenessSnapshot>),
    /// Evidence of life came after a `Suspect`.
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l22).
    Alive(Box<LivenessSnapshot>),
    /// The connection goes on over another path, without a gap. What came with the
    /// broker's new CONNACK. From now on events and messages bear the next number.
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l24).
    Moved(Box<Connected>),
}

/// What was negotiated: the broker's CONNACK (section 3.2) with defaults filled in, and what became of
/// the session. All of it is applied: what it rules out is refused before anything is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connected {
    /// Whether the broker still had the session [MQTT-3.2.2-2].
    pub session_present: bool,
    /// The client had a session that was to outlive the connection, and the broker lost it.
    pub session_lost: bool,
    /// How long there was no connection; `None` at the first one of the client.
    pub offline: Option<Duration>,
    /// How many topic filters are subscribed again, as the broker does not have them any more.
    pub resubscribed: u32,
    /// How many QoS 1 and 2 publishes of earlier connections are sent again.
    pub sent_again: u32,
    /// How many publishes were lost with their session since the last connection began: their
    /// outcome is [`OperationError::SessionLost`].
    pub lost: u32,
    /// The effective Keep Alive in seconds: the broker's where it sent one.
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l14).
    pub keep_alive: u16,
    /// How many unacknowledged QoS 1 and 2 publishes the broker takes.
    pub receive_maximum: u16,
    /// The largest packet the broker takes, in bytes; 268,435,460 where it set none.
    pub maximum_packet_size: u32,
    /// The highest QoS that the broker takes.
    pub maximum_qos: QoS,
    /// Whether the broker keeps retained messages.
    pub retain_available: bool,
    /// How long the broker keeps the session after the connection, in seconds: its own value where
    /// it sent one (section 3.2.2.3.2), else the one that was asked for. 4,294,967,295: for ever. In
    /// 3.1.1: 0 with `clean_start`, else for ever.
    pub session_expiry_interval: u32,
    /// The highest topic alias that the broker takes (section 3.2.2.3.8); 0: none. The client uses
    /// at most [`Config::outbound_topic_alias_maximum`](super::Config::outbound_topic_alias_maximum) of them.
    pub topic_alias_maximum: u16,
    /// Whether the broker takes filters with `+` and `#` (section 3.2.2.3.11).
    pub wildcard_subscription_available: bool,
    /// Whether the broker takes subscription identifiers (section 3.2.2.3.12); never in 3.1.1.
    pub subscription_identifiers_available: bool,
    /// Whether the broker takes `$share/group/filter` (section 3.2.2.3.13). True in 3.1.1, too, which
    /// says nothing of it: many brokers take them there.
    pub shared_subscription_available: bool,
    /// The Client Identifier that the broker chose.
    pub assigned_client_identifier: Option<Text>,
    /// The broker's Response Information.
    pub response_information: Option<Text>,
    /// Another server that the broker names (section 3.2.2.3.16).
    pub server_reference: Option<Text>,
    /// The broker's words (section 3.2.2.3.9).
    pub reason_string: Option<Text>,
    /// The authentication method that was used (section 3.2.2.3.17).
    pub authentication_method: Option<Text>,
    /// All properties of the CONNACK, user properties included.
    pub properties: Properties,
}

/// The end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Disconnected {
    /// The first cause.
    pub cause: DisconnectCause,
    /// The effective Keep Alive in seconds.
    pub keep_alive: u16,
    /// What was known of the peer's life at that moment.
    pub liveness: LivenessSnapshot,
}

/// What the client does next, after a connection or an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reconnecting {
    /// The number of the attempt to come, counted since the last connection that came about, from
    /// 1 ([`Event::attempt_number`]).
    pub attempt_number: u32,
    /// After this time, unless [`Command::ReconnectNow`](super::Command::ReconnectNow) or a hint
    /// comes first.
    pub delay: Duration,
    /// What ended.
    pub cause: Ended,
}

/// Why the client does not come back by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReconnectStopped {
    /// Why not.
    pub reason: StopReason,
    /// What ended last.
    pub cause: Ended,
}

/// Subscriptions that are no more.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SubscriptionsLost {
    /// The topic filters, and why.
    pub filters: Vec<(TopicFilter, OperationError)>,
    /// The broker's words, of the SUBACK that refuses them (section 3.9.2.1.2), where it sent some. Its other
    /// properties are [`Event::properties`].
    pub reason_string: Option<Text>,
}

/// What is known of the peer's life at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct LivenessSnapshot {
    /// Since the last inbound byte.
    pub last_inbound_age: Duration,
    /// Since the last evidence of life: an inbound byte or an acknowledged one of ours (E).
    pub last_evidence_age: Duration,
    /// PINGREQs sent and not answered.
    pub unanswered_pings: u32,
    /// Since the oldest of them was queued.
    pub oldest_ping_age: Option<Duration>,
    /// Until the connection is declared dead if nothing comes; `None` where that is switched off.
    pub verdict_in: Option<Duration>,
    /// The smoothed round trip of PINGREQ to PINGRESP and of our bytes to their acknowledgement;
    /// `None` before the first.
    pub round_trip: Option<Duration>,
    /// Something that we sent is unanswered for several round trips.
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l22).
    pub suspect: bool,
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// `Ok` with the broker's reason code ([`ReasonCode::Success`] for QoS 0, which the broker
    /// does not answer; for QoS 2 that of PUBREC, where PUBCOMP says no more than that). For several
    /// filters: the first that failed, else the first.
    pub result: Result<ReasonCode, OperationError>,
    /// The Packet Identifier that it had; `None` for QoS 0 and for what was never sent.
    pub packet_id: Option<NonZeroU16>,
    /// One per filter for subscribe and unsubscribe (empty for an UNSUBACK of 3.1.1); else empty.
    pub reason_codes: Vec<ReasonCode>,
    /// The broker's words, where it sent some. For QoS 2: PUBCOMP's, else PUBREC's.
    pub reason_string: Option<Text>,
    /// All properties of the broker's answer, user properties included. For QoS 2 those of PUBREC,
    /// then those of PUBCOMP. What PUBRECs say that wait for PUBCOMP takes at most
    /// [`Config::inbound_queue_max_bytes`](super::Config::inbound_queue_max_bytes); beyond that their
    /// words and user properties are left out.
    pub properties: Properties,
    /// How far a publish came; `None` where it failed, and for what is no publish.
    pub receipt: Option<Receipt>,
}

impl Outcome {
    pub(crate) fn new(
        result: Result<ReasonCode, OperationError>,
        packet_id: Option<NonZeroU16>,
    ) -> Self {
        Outcome {
            result,
            packet_id,
            reason_codes: Vec::new(),
            reason_string: None,
            properties: Properties::new(),
            receipt: None,
        }
    }
}

/// What goes to the application's message lane, in order.
#[derive(Debug)]
pub enum Delivered<T> {
    /// The messages that follow came over the connection of this number.
    Connection(u64),
    /// A message came.
    Message(Message),
    /// An operation ended.
    Completed {
        /// Its mark.
        token: T,
        /// How it ended.
        outcome: Outcome,
    },
    /// These subscriptions are no more, and nothing more comes for them.
    SubscriptionsLost {
        /// Which, and why.
        lost: SubscriptionsLost,
        /// All properties of the SUBACK that refuses them, user properties included; none where the
        /// broker was not asked.
        properties: Properties,
    },
    /// So many of the filters that the session asks for again by itself ([`Connected::resubscribed`])
    /// have the broker's answer.
    SubscribedAgain(u32),
}

/// Where the client stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum State {
    /// Not connected, and not trying.
    Idle = 0,
    /// An attempt is under way.
    Connecting = 1,
    /// Connected.
    Connected = 2,
    /// `disconnect` or `close` was called; the goodbye is under way.
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l16).
    Disconnecting = 3,
    /// Closed for good.
    Closed = 4,
    /// Not connected; the next attempt comes by itself.
    Reconnecting = 5,
}

/// A number of messages and their bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Usage {
    /// Messages.
    pub messages: usize,
    /// Their bytes, as [`Message::cost`] counts them.
    pub bytes: usize,
}
