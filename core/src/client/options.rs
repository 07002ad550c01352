use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use crate::error::Error;
use crate::proto::Config;
use crate::proto::liveness::verdict_after;
use crate::types::{Text, Version, Will};

/// How a [`Client`](super::Client) connects and what bounds it keeps.
///
/// Start with [`Options::new`] and change fields; [`Client::new`](super::Client::new) checks them.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// The broker's name or IP address.
    pub host: String,
    /// The broker's port. Default 1883.
    pub port: u16,
    /// Default [`Version::V5`].
    pub protocol_version: Version,
    /// The Client Identifier [MQTT-3.1.3-2]. Default empty: the broker assigns one; in 3.1.1 that
    /// needs `clean_start` [MQTT-3.1.3-7].
    pub client_id: Text,
    /// The User Name. Default none.
    pub user_name: Option<Text>,
    /// The Password, up to 65,535 bytes; in 3.1.1 only with a user name [MQTT-3.1.2-22]. Default
    /// none.
    pub password: Option<Bytes>,
    /// Keep Alive in seconds: a dead path or broker is told within 1.5 times this. 0 switches
    /// that off, unless `dead_peer_timeout` is set. The broker's Server Keep Alive overrides it
    /// (rule L14). Default 60.
    pub keep_alive: u16,
    /// Start without an earlier session (Clean Session in 3.1.1) [MQTT-3.1.2-4]. Default true.
    pub clean_start: bool,
    /// How many seconds the session outlives a connection; 0xFFFF_FFFF = for ever; 5.0 only (in
    /// 3.1.1 `clean_start = false` says it). Default 0.
    pub session_expiry_interval: u32,
    /// The whole of a connection attempt, from DNS to CONNACK (rule L13). Default: min(1.5 x
    /// keep-alive less the dispatch margin, 30 s); 30 s where keep-alive is 0.
    pub connect_timeout: Option<Duration>,
    /// A bound for the detection of a dead path or broker that is shorter than 1.5 x keep-alive,
    /// or that stands although keep-alive is 0 (rule L14). At least 1.5 s. Default none.
    pub dead_peer_timeout: Option<Duration>,
    /// How many QoS 1 and 2 messages may come unacknowledged at once; at least 1; 5.0 tells the
    /// broker. One that sends more all the same is bounded by `inbound_queue_max_bytes` alone.
    /// Default 1,024.
    pub receive_maximum: u16,
    /// The largest packet taken, in bytes; at least 16; 5.0 tells the broker, in 3.1.1 a larger
    /// one ends the connection. Default 16 MiB.
    pub maximum_packet_size: u32,
    /// Operations that may wait or be unacknowledged; at least 1. Default 65,536.
    pub outbound_queue_max_messages: usize,
    /// What they may cost in bytes; a single one may cost more. Default 32 MiB.
    pub outbound_queue_max_bytes: usize,
    /// Bytes of messages that the application has not taken: above it QoS 0 is dropped, above
    /// twice it plus one packet the connection is closed (rule L12). Default 16 MiB.
    pub inbound_queue_max_bytes: usize,
    /// Ask for Response Information; 5.0 only. Default false.
    pub request_response_information: bool,
    /// Let the broker explain failures in words; 5.0 only. Default true.
    pub request_problem_information: bool,
    /// User properties of CONNECT; 5.0 only. Default none.
    pub user_properties: Vec<(Text, Text)>,
    /// The Will Message. Default none.
    pub will: Option<Will>,
}

impl Options {
    /// The defaults, for this broker.
    pub fn new(host: impl Into<String>) -> Self {
        let config = Config::default();
        Options {
            host: host.into(),
            port: 1883,
            protocol_version: config.protocol_version,
            client_id: config.client_id,
            user_name: None,
            password: None,
            keep_alive: config.keep_alive,
            clean_start: config.clean_start,
            session_expiry_interval: config.session_expiry_interval,
            connect_timeout: None,
            dead_peer_timeout: None,
            receive_maximum: config.receive_maximum,
            maximum_packet_size: config.maximum_packet_size,
            outbound_queue_max_messages: 65_536,
            outbound_queue_max_bytes: 32 * 1024 * 1024,
            inbound_queue_max_bytes: config.inbound_queue_max_bytes,
            request_response_information: config.request_response_information,
            request_problem_information: config.request_problem_information,
            user_properties: Vec::new(),
            will: None,
        }
    }

    /// What the machine needs of them, checked.
    pub(super) fn config(&self) -> Result<Config, Error> {
        self.check()
            .map_err(|text| Error::InvalidArgument(text.into()))?;
        Ok(Config {
            protocol_version: self.protocol_version,
            client_id: self.client_id.clone(),
            user_name: self.user_name.clone(),
            password: self.password.clone(),
            keep_alive: self.keep_alive,
            clean_start: self.clean_start,
            session_expiry_interval: self.session_expiry_interval,
            connect_timeout: self.connect_timeout,
            dead_peer_timeout: self.dead_peer_timeout,
            receive_maximum: self.receive_maximum,
            max_inflight: None,
            maximum_packet_size: self.maximum_packet_size,
            inbound_queue_max_bytes: self.inbound_queue_max_bytes,
            request_response_information: self.request_response_information,
            request_problem_information: self.request_problem_information,
            user_properties: self.user_properties.clone(),
            will: self.will.clone(),
        })
    }

    fn check(&self) -> Result<(), &'static str> {
        let v311 = self.protocol_version == Version::V311;
        let zero = |time: Option<Duration>| time.is_some_and(|time| time.is_zero());
        let rules = [
            (self.host.is_empty(), "host is empty"),
            (self.host.contains('\0'), "host contains U+0000"),
            (self.port == 0, "port is 0"),
            (
                v311 && self.client_id.is_empty() && !self.clean_start,
                "an empty client_id needs clean_start in 3.1.1 [MQTT-3.1.3-7]",
            ),
            (
                v311 && self.password.is_some() && self.user_name.is_none(),
                "a password needs a user_name in 3.1.1 [MQTT-3.1.2-22]",
            ),
            (
                self.password.as_ref().is_some_and(|p| p.len() > 65_535),
                "password is longer than 65,535 bytes",
            ),
            (
                self.will
                    .as_ref()
                    .is_some_and(|w| w.message.payload.len() > 65_535),
                "the will's payload is longer than 65,535 bytes",
            ),
            (zero(self.connect_timeout), "connect_timeout is 0"),
            (
                self.dead_peer_timeout
                    .is_some_and(|time| time < Duration::from_millis(1500)),
                "dead_peer_timeout is below 1.5 s",
            ),
            (
                self.receive_maximum == 0,
                "receive_maximum is 0 (section 3.1.2.11.3)",
            ),
            (
                self.maximum_packet_size < 16,
                "maximum_packet_size is below 16",
            ),
            (
                self.outbound_queue_max_messages == 0,
                "outbound_queue_max_messages is 0",
            ),
        ];
        match rules.into_iter().find(|(broken, _)| *broken) {
            Some((_, text)) => Err(text),
            None => Ok(()),
        }
    }

    /// The kernel's own time limit while connecting (rule L18).
    pub(super) fn dial_backstop(&self) -> Option<Duration> {
        (self.keep_alive > 0)
            .then(|| verdict_after(Duration::from_secs(u64::from(self.keep_alive))) * 2)
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("protocol_version", &self.protocol_version)
            .field("client_id", &self.client_id)
            .field("user_name", &self.user_name)
            .field("password", &self.password.as_ref().map(|_| "(hidden)"))
            .field("keep_alive", &self.keep_alive)
            .field("clean_start", &self.clean_start)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut Options)) -> bool {
        let mut options = Options::new("localhost");
        change(&mut options);
        matches!(options.config(), Err(Error::InvalidArgument(_)))
    }

    #[test]
    fn each_rule_is_checked() {
        assert!(!refused(|_| {}));
        assert!(refused(|o| o.host = String::new()));
        assert!(refused(|o| o.host = "a\0b".into()));
        assert!(refused(|o| o.port = 0));
        assert!(refused(|o| {
            o.protocol_version = Version::V311;
            o.clean_start = false;
        }));
        assert!(refused(|o| {
            o.protocol_version = Version::V311;
            o.password = Some(Bytes::from_static(b"x"));
        }));
        assert!(refused(|o| o.password = Some(vec![0; 65_536].into())));
        assert!(refused(|o| o.connect_timeout = Some(Duration::ZERO)));
        assert!(refused(
            |o| o.dead_peer_timeout = Some(Duration::from_secs(1))
        ));
        assert!(refused(|o| o.receive_maximum = 0));
        assert!(refused(|o| o.maximum_packet_size = 1));
        assert!(refused(|o| o.outbound_queue_max_messages = 0));
    }

    #[test]
    fn a_password_is_not_printed() {
        let mut options = Options::new("localhost");
        options.password = Some(Bytes::from_static(b"secret"));
        assert!(!format!("{options:?}").contains("secret"));
    }
}
