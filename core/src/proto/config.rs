use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use crate::types::{Text, Version, Will};

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
    /// Keep Alive in seconds; 0 switches MQTT pings off (rule L14). Default 60.
    pub keep_alive: u16,
    /// Whether the first connection of this client begins with a new session, Clean Start in 5.0
    /// [MQTT-3.1.2-4]. Later ones go on with the session as long as it persists
    /// (`session_expiry_interval`). In 3.1.1 (Clean Session) true also means that the session
    /// ends with each connection. Default true.
    pub clean_start: bool,
    /// How long the session is to outlive a connection, in seconds (Session Expiry Interval);
    /// 5.0 only. The broker may choose another value at CONNACK, which then counts. Default 0.
    pub session_expiry_interval: u32,
    /// From `connect` to CONNACK (rule L13). Default min(1.5 K - δ, 30 s).
    pub connect_timeout: Option<Duration>,
    /// A bound of the application's own for the detection of a dead peer (rule L14).
    pub dead_peer_timeout: Option<Duration>,
    /// How many QoS 1 and 2 messages may come unacknowledged at once; 5.0 tells the broker.
    /// Default 1,024.
    pub receive_maximum: u16,
    /// How many of our QoS 1 and 2 publishes may be unacknowledged at once. `None`: 20 in 3.1.1,
    /// which has no Receive Maximum and in which brokers close the connection of a client that
    /// sends ahead too far; the broker's Receive Maximum in 5.0, at most 4,096. The broker's
    /// Receive Maximum also bounds a number given here. Default `None`; 0 counts as 1.
    pub max_inflight: Option<u16>,
    /// The largest packet taken, in bytes; 5.0 tells the broker. Default 16 MiB.
    pub maximum_packet_size: u32,
    /// Bytes of messages that the application has not taken yet. Above it QoS 0 messages are
    /// dropped and counted; above twice this plus one packet the connection is closed (rule L12).
    /// Default 16 MiB.
    pub inbound_queue_max_bytes: usize,
    /// Request Response Information; 5.0 only. Default false.
    pub request_response_information: bool,
    /// Request Problem Information; 5.0 only. Default true.
    pub request_problem_information: bool,
    /// User properties of CONNECT; 5.0 only.
    pub user_properties: Vec<(Text, Text)>,
    /// The Will Message.
    pub will: Option<Will>,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("protocol_version", &self.protocol_version)
            .field("client_id", &self.client_id)
            .field("user_name", &self.user_name)
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
            .field("user_properties", &self.user_properties)
            .field("will", &self.will)
            .finish()
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
            maximum_packet_size: 16 * 1024 * 1024,
            inbound_queue_max_bytes: 16 * 1024 * 1024,
            request_response_information: false,
            request_problem_information: true,
            user_properties: Vec::new(),
            will: None,
        }
    }
}

impl Config {
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
