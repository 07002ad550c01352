//! Lifecycle events.

use std::time::Duration;

use mqttka_core::client::{
    Connected as CoreConnected, Disconnected as CoreDisconnected, Event as CoreEvent,
    EventKind as CoreEventKind, FlightRecord as CoreRecord, QoS, Text,
};

use crate::{
    Attempted, ConnectError, DisconnectCause, Liveness, LostSubscription, Property,
    ReconnectStopped, Reconnecting, UserProperty, property, reconnect,
};

/// A lifecycle event. Each `Connected` is followed by exactly one `Disconnected`; a connection
/// attempt that does not come so far ends in exactly one `ConnectFailed`. Where the client comes
/// back by itself, each of these that the application did not ask for is followed by exactly one
/// `Reconnecting` or `ReconnectStopped`.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct Event {
    /// Counts connection attempts, from 1. The events and messages of one connection bear the
    /// same number.
    pub connection_number: u64,
    /// Counts attempts since the last connection that came about, from 1.
    pub attempt_number: u32,
    /// What happened.
    pub kind: EventKind,
    /// What the attempt tried, and where its time went; none at `Disconnected`, and where the
    /// attempt did not come so far.
    pub attempted: Option<Attempted>,
    /// The client goes on by itself: a `Reconnecting` follows. Only ever true at `Disconnected` and
    /// `ConnectFailed`.
    pub will_reconnect: bool,
    /// Whether the client now does nothing until it is asked to connect again.
    pub is_final: bool,
    /// The event in words, in one line.
    #[uniffi(default = "")]
    pub detail: String,
    /// What led to the end: at `Disconnected` and `ConnectFailed`, unless the library's engine
    /// failed.
    #[uniffi(default = None)]
    pub record: Option<FlightRecord>,
    /// The User Properties of what the broker sent, in its order, at most 10,000: of its CONNACK at
    /// `Connected` and `Moved`, of the one that refuses at `ConnectFailed`, of its DISCONNECT at
    /// `Disconnected`, of the SUBACK that refuses at `SubscriptionsLost`. None elsewhere, and in 3.1.1.
    #[uniffi(default = [])]
    pub user_properties: Vec<UserProperty>,
}

/// What passed before a connection or an attempt ended: the last packets, round trips, queues and
/// the stages of the attempt. Never a payload, a topic or a credential.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct FlightRecord {
    /// In words: up to some forty lines.
    pub text: String,
    /// As JSON, for programs.
    pub json: String,
}

/// What happened to the connection.
#[derive(Clone, Debug, PartialEq, uniffi::Enum)]
pub enum EventKind {
    /// The broker accepted the connection.
    Connected {
        /// What the broker said.
        info: Connected,
    },
    /// The connection ended.
    Disconnected {
        /// How.
        info: Disconnected,
    },
    /// The attempt ended without a connection.
    ConnectFailed {
        /// Why.
        error: ConnectError,
        /// The same in words.
        detail: String,
    },
    /// The client tries again after a while. Followed by exactly one `Connected`, `ConnectFailed`
    /// or `ReconnectStopped`.
    Reconnecting {
        /// When, and why.
        info: Reconnecting,
    },
    /// The client does not try again by itself; `connect` begins anew. Not told where the
    /// application ended the connection or the attempt itself, nor where reconnection is off.
    ReconnectStopped {
        /// Why.
        info: ReconnectStopped,
    },
    /// Subscriptions that the client held are no more: the broker has lost the session, and did not
    /// grant them again.
    SubscriptionsLost {
        /// Which, and why.
        subscriptions: Vec<LostSubscription>,
        /// The broker's words, of the SUBACK that refuses them, where it sent some. Its User Properties are the event's.
        reason_string: Option<String>,
    },
    /// Something that was sent has been unanswered for several round trips. No verdict: one `Alive`
    /// or the connection's `Disconnected` follows.
    Suspect {
        /// What is known of the peer's life.
        liveness: Liveness,
    },
    /// Evidence of life came after a `Suspect`.
    Alive {
        /// What is known of the peer's life.
        liveness: Liveness,
    },
    /// The connection goes on over another path, without a gap. From now on events and messages bear the
    /// next number.
    Moved {
        /// What the broker said.
        info: Connected,
    },
    /// An event that this binding does not know yet.
    Other {
        /// The core's words.
        detail: String,
    },
}

/// The broker's CONNACK, with defaults filled in.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Connected {
    /// Whether the broker still had the session.
    pub session_present: bool,
    /// The client had a session that was to outlive the connection, and the broker lost it.
    pub session_lost: bool,
    /// How long there was no connection; none at the first one of the client.
    pub offline: Option<Duration>,
    /// How many topic filters are subscribed again, as the broker does not have them any more.
    pub resubscribed: u32,
    /// How many QoS 1 and 2 publishes of earlier connections are sent again.
    pub sent_again: u32,
    /// How many publishes were lost with their session since the last connection began.
    pub lost: u32,
    /// The effective Keep Alive in seconds: the broker's where it sent one.
    pub keep_alive: u16,
    /// How many unacknowledged QoS 1 and 2 publishes the broker takes.
    pub receive_maximum: u16,
    /// The largest packet the broker takes, in bytes.
    pub maximum_packet_size: u32,
    /// The highest QoS that the broker takes.
    pub maximum_qos: QoS,
    /// Whether the broker keeps retained messages.
    pub retain_available: bool,
    /// The Client Identifier that the broker chose.
    pub assigned_client_identifier: Option<String>,
    /// The broker's Response Information.
    pub response_information: Option<String>,
    /// All properties of the CONNACK.
    pub properties: Vec<Property>,
    /// How long the broker keeps the session after the connection, in seconds; 0xFFFFFFFF: for
    /// ever.
    #[uniffi(default = 0)]
    pub session_expiry_interval: u32,
    /// The highest topic alias that the broker takes; 0: none.
    #[uniffi(default = 0)]
    pub topic_alias_maximum: u16,
    /// Whether the broker takes filters with `+` and `#`.
    #[uniffi(default = true)]
    pub wildcard_subscription_available: bool,
    /// Whether the broker takes subscription identifiers; never in 3.1.1.
    #[uniffi(default = true)]
    pub subscription_identifiers_available: bool,
    /// Whether the broker takes shared subscriptions. True in 3.1.1, too, which says nothing of
    /// them.
    #[uniffi(default = true)]
    pub shared_subscription_available: bool,
    /// Another server that the broker names.
    #[uniffi(default = None)]
    pub server_reference: Option<String>,
    /// The broker's words.
    #[uniffi(default = None)]
    pub reason_string: Option<String>,
    /// The authentication method that was used.
    #[uniffi(default = None)]
    pub authentication_method: Option<String>,
}

/// The end of a connection.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Disconnected {
    /// The first cause.
    pub cause: DisconnectCause,
    /// The cause in words.
    pub detail: String,
    /// The effective Keep Alive in seconds.
    pub keep_alive: u16,
    /// What was known of the peer's life at that moment.
    pub liveness: Liveness,
}

impl From<&CoreEvent> for Event {
    fn from(event: &CoreEvent) -> Self {
        Event {
            connection_number: event.connection_number,
            attempt_number: event.attempt_number,
            kind: EventKind::from(&event.kind),
            attempted: event.attempted.as_deref().map(Attempted::from),
            will_reconnect: event.will_reconnect,
            is_final: event.is_final(),
            detail: event.to_string(),
            record: event.record.as_deref().map(FlightRecord::from),
            user_properties: property::user_properties(match &event.kind {
                CoreEventKind::Connected(connected) | CoreEventKind::Moved(connected) => {
                    &connected.properties
                }
                _ => &event.properties,
            }),
        }
    }
}

impl From<&CoreRecord> for FlightRecord {
    fn from(record: &CoreRecord) -> Self {
        FlightRecord {
            text: record.to_string(),
            json: record.to_json(),
        }
    }
}

impl From<&CoreEventKind> for EventKind {
    fn from(kind: &CoreEventKind) -> Self {
        match kind {
            CoreEventKind::Connected(connected) => EventKind::Connected {
                info: connected.as_ref().into(),
            },
            CoreEventKind::Disconnected(disconnected) => EventKind::Disconnected {
                info: disconnected.as_ref().into(),
            },
            CoreEventKind::ConnectFailed(error) => EventKind::ConnectFailed {
                error: error.as_ref().clone().into(),
                detail: error.to_string(),
            },
            CoreEventKind::Reconnecting(reconnecting) => EventKind::Reconnecting {
                info: reconnecting.as_ref().into(),
            },
            CoreEventKind::ReconnectStopped(stopped) => EventKind::ReconnectStopped {
                info: stopped.as_ref().into(),
            },
            CoreEventKind::SubscriptionsLost(lost) => EventKind::SubscriptionsLost {
                subscriptions: reconnect::lost_subscriptions(lost),
                reason_string: lost.reason_string.as_ref().map(Text::to_string),
            },
            CoreEventKind::Suspect(liveness) => EventKind::Suspect {
                liveness: (**liveness).into(),
            },
            CoreEventKind::Alive(liveness) => EventKind::Alive {
                liveness: (**liveness).into(),
            },
            CoreEventKind::Moved(connected) => EventKind::Moved {
                info: connected.as_ref().into(),
            },
            other => EventKind::Other {
                detail: format!("{other:?}"),
            },
        }
    }
}

impl From<&CoreConnected> for Connected {
    fn from(connected: &CoreConnected) -> Self {
        Connected {
            session_present: connected.session_present,
            session_lost: connected.session_lost,
            offline: connected.offline,
            resubscribed: connected.resubscribed,
            sent_again: connected.sent_again,
            lost: connected.lost,
            keep_alive: connected.keep_alive,
            receive_maximum: connected.receive_maximum,
            maximum_packet_size: connected.maximum_packet_size,
            maximum_qos: connected.maximum_qos,
            retain_available: connected.retain_available,
            assigned_client_identifier: text(connected.assigned_client_identifier.as_ref()),
            response_information: text(connected.response_information.as_ref()),
            properties: property::from_core(&connected.properties),
            session_expiry_interval: connected.session_expiry_interval,
            topic_alias_maximum: connected.topic_alias_maximum,
            wildcard_subscription_available: connected.wildcard_subscription_available,
            subscription_identifiers_available: connected.subscription_identifiers_available,
            shared_subscription_available: connected.shared_subscription_available,
            server_reference: text(connected.server_reference.as_ref()),
            reason_string: text(connected.reason_string.as_ref()),
            authentication_method: text(connected.authentication_method.as_ref()),
        }
    }
}

fn text(text: Option<&Text>) -> Option<String> {
    text.map(ToString::to_string)
}

impl From<&CoreDisconnected> for Disconnected {
    fn from(disconnected: &CoreDisconnected) -> Self {
        Disconnected {
            cause: disconnected.cause.clone().into(),
            detail: disconnected.cause.to_string(),
            keep_alive: disconnected.keep_alive,
            liveness: disconnected.liveness.into(),
        }
    }
}
