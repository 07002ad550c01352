//! What a broker is like, and what its process does.

use std::time::Duration;

use mqttka_core::types::{QoS, ReasonCode, Version};

/// A PUBLISH to this topic is one at which the broker ends the connection.
pub const POISON_TOPIC: &str = "poison";

/// A SUBSCRIBE to a filter that begins with this is one at which it ends the connection.
pub const POISON_FILTER: &str = "poison/";

/// It refuses filters that begin with this.
pub const REFUSED_FILTER: &str = "refused/";

/// What the broker pushes to the client.
#[derive(Clone, Copy, Debug)]
pub struct Push {
    /// The QoS of the messages.
    pub qos: QoS,
    /// Payload bytes of each, at least 8.
    pub size: usize,
    /// One each; `None`: as fast as they are taken.
    pub every: Option<Duration>,
    /// How many.
    pub count: u64,
}

/// What others publish, whether the client is there or not: the session keeps it where the client
/// is subscribed.
#[derive(Clone, Copy, Debug)]
pub struct Feed {
    /// The client's topic filter that matches.
    pub filter: &'static str,
    /// The QoS of the messages.
    pub qos: QoS,
    /// One each.
    pub every: Duration,
}

/// What the broker announces, and how fast it is.
#[derive(Clone, Debug, Default)]
pub struct BrokerConfig {
    /// Server Keep Alive; 5.0 only.
    pub server_keep_alive: Option<u16>,
    /// Receive Maximum; 5.0 only.
    pub receive_maximum: Option<u16>,
    /// Maximum Packet Size; 5.0 only.
    pub maximum_packet_size: Option<u32>,
    /// Session Expiry Interval in place of the client's; 5.0 only.
    pub session_expiry: Option<u32>,
    /// Bytes of input that its process handles per second; `None`: all at once.
    pub reads_per_second: Option<usize>,
    /// How many bytes of the CONNACK it sends; `None`: all.
    pub connack_bytes: Option<usize>,
    /// Whether it keeps sessions.
    pub keeps_sessions: bool,
    /// The only version that it speaks; `None`: both.
    pub only: Option<Version>,
    /// How its CONNACK refuses; `None`: it accepts.
    pub refusal: Option<ReasonCode>,
    /// What it pushes from the first CONNACK on.
    pub push: Option<Push>,
    /// What others publish.
    pub feed: Option<Feed>,
}

/// What the broker's process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    /// Its work.
    Running,
    /// Nothing (SIGSTOP): its kernel goes on until the receive buffer is full.
    Stopped,
    /// It reads and never answers, as a proxy looks behind which the broker is dead.
    Silent,
    /// There is none: connections are refused.
    Down,
}
