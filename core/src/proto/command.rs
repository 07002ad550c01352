use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use super::machine::REAUTHENTICATION_COST;
use super::{Authenticated, Farewell, NetworkUpdate, Refusal, Usage};
use crate::codec::PublishLen;
use crate::types::{Message, Properties, ReasonCode, Subscription, Text, TopicFilter, shown};

/// What the application asks. `T` marks an operation: it comes back in its
/// [`Delivered::Completed`](super::Delivered::Completed), exactly once, and means nothing here.
///
/// Operations (publish, subscribe, unsubscribe) leave in the order in which they were asked for:
/// one that has to wait, as a publish for the broker's Receive Maximum, makes those wait that
/// follow it.
#[derive(Debug)]
pub enum Command<T> {
    /// Start a connection attempt. Where the client waits to try again, try now. Ignored while
    /// connecting or connected.
    Connect,
    /// Where the client waits to try again, try now. Else ignored.
    ReconnectNow,
    /// The answer to [`Output::Provide`](super::Output::Provide).
    Provided {
        /// The attempt that asked ([`Machine::connection_number`](super::Machine)).
        connection_number: u64,
        /// What to connect with; `Err`: nothing, and why.
        result: Result<Provided, ProviderError>,
    },
    /// The answer to [`Output::Authenticate`](super::Output::Authenticate). Boxed, as it is rare.
    Authenticated(Box<Authenticated>),
    /// Prove to the broker anew who the client is (section 4.12.1). Complete when the broker said
    /// that it is done and the authenticator found that right; one after the other.
    Reauthenticate {
        /// Its mark.
        token: Option<T>,
    },
    /// Publish a message (section 3.3).
    Publish {
        /// The message.
        message: Message,
        /// What [`Publish::measure`](crate::codec::Publish::measure) found of it, in the client's
        /// version.
        len: PublishLen,
        /// What is asked of it beyond the usual. Boxed, as that is rare, and all are moved.
        terms: Option<Box<PublishTerms>>,
        /// Its mark; `None` where nobody waits for the outcome.
        token: Option<T>,
    },
    /// Tell when the broker has read everything that was asked for before: a PINGREQ that follows
    /// it is answered. Where the connection ends after all of it was sent, the outcome is
    /// [`OperationError::Disconnected`](crate::error::OperationError::Disconnected); where it
    /// ends before, and the client comes back, it goes on to wait with what waits.
    Flush {
        /// How long it may wait for its outcome.
        timeout: Option<Duration>,
        /// Its mark.
        token: Option<T>,
    },
    /// Operations are cancelled: those that no connection has sent have their outcome,
    /// [`OperationError::Cancelled`](crate::error::OperationError::Cancelled), within 50 ms, and
    /// none of them is sent from now on; later ones whose marks are cancelled have it at once.
    Cancel {
        /// Whether the operation of this mark is cancelled. The same function each time.
        is_cancelled: fn(&T) -> bool,
    },
    /// Subscribe (section 3.8).
    Subscribe {
        /// At least one [MQTT-3.8.3-2].
        subscriptions: Vec<Subscription>,
        /// MQTT 5.0 properties.
        properties: Properties,
        /// Its mark.
        token: Option<T>,
    },
    /// Unsubscribe (section 3.10).
    Unsubscribe {
        /// At least one [MQTT-3.10.3-2].
        filters: Vec<TopicFilter>,
        /// MQTT 5.0 properties.
        properties: Properties,
        /// Its mark.
        token: Option<T>,
    },
    /// The application has taken this many delivered messages, the oldest first.
    Release {
        /// The connection that they came over; those of earlier ones get no acknowledgement.
        connection_number: u64,
        /// How many of them had QoS 1 or 2.
        acknowledgements: u32,
        /// What all of them cost in bytes.
        bytes: usize,
    },
    /// The application refuses a delivered QoS 1 or 2 message. Told before the
    /// [`Release`](Command::Release) that it is part of; its acknowledgement then bears this.
    Refuse {
        /// The connection that the message came over.
        connection_number: u64,
        /// Which of that connection's QoS 1 and 2 messages, from 0, in the order of delivery.
        ordinal: u64,
        /// What its acknowledgement says.
        refusal: Box<Refusal>,
    },
    /// Ask for a sign of life now, and wait so long for it.
    Probe {
        /// From now on.
        timeout: Duration,
    },
    /// The system's network is not what it was.
    NetworkChanged(NetworkUpdate),
    /// The application is in the background now.
    EnteredBackground,
    /// The application is in the foreground now: the broker has 2 s to show that it lives, or the
    /// next attempt begins now.
    EnteredForeground,
    /// Say goodbye: what was queued before goes first, then DISCONNECT, and then the
    /// broker may read it all before the connection ends. That takes min(K/2, 2 s) at most.
    Disconnect {
        /// The reason for the broker [MQTT-3.14.2-1]; ignored in 3.1.1.
        reason_code: ReasonCode,
        /// First wait until everything that was queued before is acknowledged, so long at most.
        /// Operations that are asked for meanwhile are refused, except those that the session
        /// keeps for the next connection.
        drain_timeout: Option<Duration>,
    },
    /// As `Disconnect`, with more to tell the broker. Boxed, as it is rare.
    DisconnectWith(Box<Farewell>),
    /// Say goodbye in the same way, then end for good: nothing can be done afterwards. A wait for
    /// acknowledgements that is under way (`drain_timeout`) is cut short.
    Close,
    /// End for good and at once, without a word to the broker, which then publishes the Will.
    Abort,
}

/// What is asked of a publish beyond the usual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PublishTerms {
    /// How long it may wait for its outcome, from now on. Then it leaves the queue, or what
    /// was sent is sent no more, and its outcome is
    /// [`OperationError::TimedOut`](crate::error::OperationError::TimedOut).
    pub timeout: Option<Duration>,
    /// QoS 0: its outcome comes when the broker has read it
    /// ([`Receipt::Read`](super::Receipt::Read)), and it counts in the outbound queue until then.
    /// Without effect for what the broker acknowledges, and where nobody waits.
    pub receipt: bool,
}

impl PublishTerms {
    /// In a box, where they ask for something.
    pub fn boxed(self) -> Option<Box<Self>> {
        (self != Self::default()).then(|| Box::new(self))
    }
}

/// What an application's provider gives for an attempt, as far as CONNECT says it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Provided {
    /// In place of [`Config::user_name`](super::Config::user_name).
    pub user_name: Option<Text>,
    /// In place of [`Config::password`](super::Config::password).
    pub password: Option<Bytes>,
}

impl fmt::Debug for Provided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provided")
            .field(
                "user_name",
                &self.user_name.as_deref().map(shown::user_name),
            )
            .field("password", &self.password.as_ref().map(|_| "(hidden)"))
            .finish()
    }
}

/// Why an application's provider gives nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderError {
    /// What went wrong, for people.
    pub message: String,
    /// Nothing will be there later either: the client stops with
    /// [`StopReason::Provider`](super::StopReason::Provider). Else it tries again with the usual
    /// delays.
    pub fatal: bool,
}

impl<T> Command<T> {
    /// Its mark, where it is an operation that somebody waits for.
    pub fn into_token(self) -> Option<T> {
        match self {
            Command::Publish { token, .. }
            | Command::Subscribe { token, .. }
            | Command::Unsubscribe { token, .. }
            | Command::Flush { token, .. }
            | Command::Reauthenticate { token } => token,
            _ => None,
        }
    }

    /// What it counts for in the byte limit of the outbound queue, from the moment it is queued
    /// until an [`Output::Released`](super::Output::Released) tells that it has left.
    /// `None`: it does not count.
    pub fn cost(&self) -> Option<usize> {
        match self {
            Command::Publish { message, .. } => Some(message.cost()),
            Command::Subscribe {
                subscriptions,
                properties,
                ..
            } => Some(request_cost(
                subscriptions.iter().map(|s| s.filter.as_bytes().len()),
                properties,
            )),
            Command::Unsubscribe {
                filters,
                properties,
                ..
            } => Some(request_cost(
                filters.iter().map(|f| f.as_bytes().len()),
                properties,
            )),
            Command::Flush { .. } => Some(FLUSH_COST),
            Command::Reauthenticate { .. } => Some(REAUTHENTICATION_COST),
            _ => None,
        }
    }

    /// How much more than others it may take of the byte limit and the limit of messages: who has
    /// filled the queue must be able to ask when it is empty.
    pub fn spare(&self) -> Usage {
        match self {
            Command::Flush { .. } => Usage {
                messages: MAX_FLUSHES,
                bytes: MAX_FLUSHES * FLUSH_COST,
            },
            _ => Usage::default(),
        }
    }
}

/// What a flush counts for in the byte limit of the outbound queue.
pub(super) const FLUSH_COST: usize = 64;

/// So many flushes may wait beside a full outbound queue.
const MAX_FLUSHES: usize = 1024;

fn request_cost(filters: impl Iterator<Item = usize>, properties: &Properties) -> usize {
    filters.map(|len| len + 64).sum::<usize>() + properties.cost()
}
