use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use super::{RateLimit, Reconnect};
use crate::codec::MAX_REMAINING_LENGTH;
use crate::types::{Text, Tolerate, Version, Will, shown};

/// The largest packet of the protocol: the longest remaining length, and its fixed header.
const LARGEST_PACKET: u32 = MAX_REMAINING_LENGTH as u32 + 5;

/// What a connection is made with; the pure half of the client's options.
#[derive(Clone)]
pub struct Config {
    /// The protocol version. Default 5.0.
    pub protocol_version: Version,
    /// The Client Identifier; empty lets the broker assign one [MQTT-3.1.3-6].
    pub client_id: Text,
    /// The User Name.
    pub user_name: Option<Text>,
    /// The Password.
    pub password: Option<Bytes>,
    /// Keep Alive in seconds; 0 switches MQTT pings off. Default 60.
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l14).
    pub keep_alive: u16,
    /// Whether the first connection of this client begins with a new session, Clean Start in 5.0
    /// [MQTT-3.1.2-4]. Later ones go on with the session as long as it persists
    /// (`session_expiry_interval`). In 3.1.1 (Clean Session) true also means that the session
    /// ends with each connection. Default true.
    pub clean_start: bool,
    /// How long the session is to outlive a connection, in seconds (Session Expiry Interval);
    /// 5.0 only. The broker may choose another value at CONNACK, which then counts. Default 0.
    pub session_expiry_interval: u32,
    /// From `connect` to CONNACK. Default min(1.5 K - δ, 30 s).
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l13).
    pub connect_timeout: Option<Duration>,
    /// A bound of the application's own for the detection of a dead peer.
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l14).
    pub dead_peer_timeout: Option<Duration>,
    /// How many QoS 1 and 2 messages may come unacknowledged at once; 5.0 tells the broker.
    /// Default 1,024.
    pub receive_maximum: u16,
    /// How many of our QoS 1 and 2 publishes may be unacknowledged at once. `None`: 20 in 3.1.1,
    /// which has no Receive Maximum and in which brokers close the connection of a client that
    /// sends ahead too far; the broker's Receive Maximum in 5.0, at most 4,096. The broker's
    /// Receive Maximum also bounds a number given here. Default `None`; 0 counts as 1.
    pub max_inflight: Option<u16>,
    /// The largest packet taken, in bytes, 16 to 268,435,460; 5.0 tells the broker (Maximum Packet
    /// Size, section 3.1.2.11.4), and a larger one ends the connection. `None`, the default: the
    /// broker is told nothing, and the bound is the protocol's, 268,435,460. Either way memory grows
    /// with the bytes that have come, never with what a header announces, and at most by one such
    /// packet beyond what `inbound_queue_max_bytes` allows: set it where that is too much.
    pub maximum_packet_size: Option<u32>,
    /// Bytes of messages that the application has not taken yet. Above it QoS 0 messages are
    /// dropped and counted; above twice this plus one packet the connection is closed.
    /// Default 16 MiB.
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l12).
    pub inbound_queue_max_bytes: usize,
    /// Request Response Information; 5.0 only. Default false.
    pub request_response_information: bool,
    /// Request Problem Information; 5.0 only. Default true.
    pub request_problem_information: bool,
    /// User properties of CONNECT; 5.0 only.
    pub user_properties: Vec<(Text, Text)>,
    /// The Will Message.
    pub will: Option<Will>,
    /// How the client comes back by itself; `None`: it does not, and what it does not keep for the
    /// session ends with the connection. Default: [`Reconnect::default`].
    pub reconnect: Option<Reconnect>,
    /// Where the broker does not speak 5.0, go on with 3.1.1, for good. Where the options do not
    /// allow 3.1.1 (a `password` without a `user_name`), the client stops instead. Default false.
    pub fallback_to_v311: bool,
    /// How often in a row the client follows a broker that says that another server is to be used
    /// (0x9C, 0x9D with a Server Reference, section 4.11); never to a lesser kind of transport
    /// security, and never twice to the same server in a row. 0 to 100. Default 0: not at all.
    pub max_redirects: u32,
    /// The outbound queue: operations that may wait or be unacknowledged; 1 to 4,294,967,295.
    /// Default 65,536.
    pub outbound_queue_max_messages: usize,
    /// What they may cost in bytes; 1 to 4,294,967,295; a single one may cost more. Default
    /// 32 MiB.
    pub outbound_queue_max_bytes: usize,
    /// What happens where the outbound queue is full. Default [`QueuePolicy::RefuseNewest`]. Where it
    /// drops, calls are refused all the same while twice as much waits, or 4,096 operations or
    /// 1 MiB more, where that is more: an application may ask more quickly than the client drops.
    pub queue_policy: QueuePolicy,
    /// How fast operations leave at most, for brokers that throttle. Default `None`: as fast as
    /// the connection takes them.
    pub rate_limit: Option<RateLimit>,
    /// What becomes of QoS 1 publishes that were sent and not acknowledged where their session is
    /// lost. Default [`LostPublish::PublishAgain`]: they may arrive twice, as QoS 1 allows. Only
    /// where the client reconnects by itself.
    pub lost_qos1: LostPublish,
    /// The same for QoS 2. Default [`LostPublish::Fail`]: publishing again could deliver them
    /// twice. One whose PUBREC has come is never published again.
    pub lost_qos2: LostPublish,
    /// An operation at which the broker ended so many connections in a row gets its outcome
    /// ([`OperationError::Poison`](crate::error::OperationError::Poison)) and leaves the queue; so
    /// does, in effect, a session whose messages the client cannot take
    /// ([`clean_start_on_backlog`](Self::clean_start_on_backlog)). 0 switches it off. 0 to 1,000.
    /// Default 5.
    pub poison_after: u32,
    /// Where connections in a row ([`poison_after`](Self::poison_after)) ended at something that the
    /// broker sent and the client cannot take, such as a kept message above `maximum_packet_size`
    /// in 3.1.1: begin the next with a clean session, which loses what the broker kept, instead of
    /// stopping with [`StopReason::Protocol`](super::StopReason::Protocol). Default false.
    pub clean_start_on_backlog: bool,
    /// The application has a connection provider: each attempt begins with a
    /// [`Output::Provide`](super::Output::Provide). Default false.
    pub provider: bool,
    /// The Authentication Method: the application has an authenticator, which is asked with an
    /// [`Output::Authenticate`](super::Output::Authenticate) before CONNECT and at each step
    /// (section 4.12); 5.0 only. Default `None`.
    pub authentication_method: Option<Text>,
    /// On a hint that the network changed, while the old connection lives: connect over the new
    /// network first, and only then let go of the old one. Without effect where the
    /// session does not persist. Default false.
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l24).
    pub make_before_break: bool,
    /// Learn for each network how long its path stays open in silence, and ping no more often than
    /// that needs (see [`proto`](super)). It never pings less often than Keep Alive asks, and the
    /// verdict stays as early as `dead_peer_timeout` and hints make it. Default false.
    pub adaptive_ping: bool,
    /// The highest topic alias that the broker may use, 0 to 65,535; 5.0 tells the broker (Topic Alias
    /// Maximum, section 3.1.2.11.5). As many topics are kept while connected, each of at most 65,535
    /// bytes. 0: none. Default 64.
    pub topic_alias_maximum: u16,
    /// How many topics the client gives an alias to by itself, at most, 0 to 65,535: those that were
    /// published to last, as far as the broker takes aliases
    /// ([`Connected::topic_alias_maximum`](super::Connected::topic_alias_maximum)); 5.0 only. An alias is two bytes in place of the
    /// topic from the second message on; whether a message fits into the broker's Maximum Packet Size
    /// is judged by its whole topic. 0: none. Default 64.
    pub outbound_topic_alias_maximum: u16,
    /// What the broker may do although the specification forbids it: anything else of that kind ends
    /// the connection with an error that names the [`Fault`](crate::types::Fault). What is tolerated
    /// is counted, and logged once per connection. Default: [`Tolerate::default`].
    pub tolerate: Tolerate,
}

/// What happens to an operation for which the outbound queue has no room. The numbers are the same
/// in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum QueuePolicy {
    /// It is refused at once: `queue_full`.
    #[default]
    RefuseNewest = 0,
    /// The oldest QoS 0 publish that waits is dropped for it (its outcome is
    /// [`OperationError::Dropped`](crate::error::OperationError::Dropped)); where none waits, the
    /// newest gets that outcome.
    DropOldestQos0 = 1,
    /// The oldest publish that waits, whatever its QoS, is dropped for it; what was sent already is
    /// not. Where none waits, the newest gets that outcome. Neither policy drops a subscribe or an
    /// unsubscribe.
    DropOldest = 2,
}

/// What becomes of a publish that was sent and not acknowledged, where its session is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum LostPublish {
    /// It is published again in the new session.
    PublishAgain = 0,
    /// It gets its outcome:
    /// [`OperationError::SessionLost`](crate::error::OperationError::SessionLost).
    Fail = 1,
}

impl fmt::Debug for Config {
    /// Without passwords and tokens: of user properties the names alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.user_properties.iter().map(|(name, _)| name).collect();
        f.debug_struct("Config")
            .field("protocol_version", &self.protocol_version)
            .field("client_id", &self.client_id)
            .field(
                "user_name",
                &self.user_name.as_deref().map(shown::user_name),
            )
            .field("password", &self.password.as_ref().map(|_| "(hidden)"))
            .field("keep_alive", &self.keep_alive)
            .field("clean_start", &self.clean_start)
            .field("session_expiry_interval", &self.session_expiry_interval)
            .field("connect_timeout", &self.connect_timeout)
            .field("dead_peer_timeout", &self.dead_peer_timeout)
            .field("receive_maximum", &self.receive_maximum)
            .field("max_inflight", &self.max_inflight)
            .field("maximum_packet_size", &self.maximum_packet_size)
            .field("inbound_queue_max_bytes", &self.inbound_queue_max_bytes)
            .field(
                "request_response_information",
                &self.request_response_information,
            )
            .field(
                "request_problem_information",
                &self.request_problem_information,
            )
            .field("user_properties", &names)
            .field("will", &self.will)
            .field("reconnect", &self.reconnect)
            .finish_non_exhaustive()
    }
}

impl Default for Config {
    fn default() -> Self {
        Config {
            protocol_version: Version::V5,
            client_id: Text::new(),
            user_name: None,
            password: None,
            keep_alive: 60,
            clean_start: true,
            session_expiry_interval: 0,
            connect_timeout: None,
            dead_peer_timeout: None,
            receive_maximum: 1024,
            max_inflight: None,
            maximum_packet_size: None,
            inbound_queue_max_bytes: 16 * 1024 * 1024,
            request_response_information: false,
            request_problem_information: true,
            user_properties: Vec::new(),
            will: None,
            reconnect: Some(Reconnect::default()),
            fallback_to_v311: false,
            max_redirects: 0,
            outbound_queue_max_messages: 65_536,
            outbound_queue_max_bytes: 32 * 1024 * 1024,
            queue_policy: QueuePolicy::default(),
            rate_limit: None,
            lost_qos1: LostPublish::PublishAgain,
            lost_qos2: LostPublish::Fail,
            poison_after: 5,
            clean_start_on_backlog: false,
            provider: false,
            authentication_method: None,
            make_before_break: false,
            adaptive_ping: false,
            topic_alias_maximum: 64,
            outbound_topic_alias_maximum: 64,
            tolerate: Tolerate::default(),
        }
    }
}

impl Config {
    /// The largest packet taken, in bytes.
    pub(super) fn packet_limit(&self) -> u32 {
        self.maximum_packet_size.unwrap_or(LARGEST_PACKET)
    }

    /// Whether the session is to outlive the connection: QoS 1 and 2 messages that are not
    /// acknowledged yet then wait for the next connection. The broker may decide otherwise at
    /// CONNACK ([`Machine::session_persists`](super::Machine::session_persists)).
    pub fn session_persists(&self) -> bool {
        match self.protocol_version {
            Version::V311 => !self.clean_start,
            Version::V5 => self.session_expiry_interval > 0,
        }
    }
}
