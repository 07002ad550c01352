//! One connection of a client with the broker.

use std::collections::HashMap;
use std::time::Duration;

use bytes::BytesMut;
use mqttka_core::codec::{Decoder, MAX_REMAINING_LENGTH};
use mqttka_core::types::{Instant, TopicName, Version, Will};

/// The largest packet that there can be, fixed header included.
pub(crate) const LARGEST: u32 = MAX_REMAINING_LENGTH as u32 + 5;

#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) input: BytesMut,
    pub(crate) decoder: Decoder,
    /// When the client was heard last.
    pub(crate) heard: Instant,
    /// The client has closed its direction. Judged when what it sent before was.
    pub(crate) ended: bool,
    /// What CONNECT said, where it was accepted.
    pub(crate) client: Option<Connected>,
}

#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) client_id: String,
    pub(crate) version: Version,
    /// What the broker waits for a packet, one and a half keep-alives [MQTT-3.1.2-22].
    pub(crate) patience: Option<Duration>,
    pub(crate) will: Option<Box<Will>>,
    pub(crate) receive_maximum: usize,
    pub(crate) maximum_packet_size: usize,
    pub(crate) topic_alias_maximum: u16,
    pub(crate) aliases: HashMap<u16, TopicName>,
}

impl Connection {
    pub(crate) fn new(now: Instant, maximum_packet_size: u32) -> Self {
        Connection {
            input: BytesMut::new(),
            decoder: Decoder::new(Version::V5, maximum_packet_size),
            heard: now,
            ended: false,
            client: None,
        }
    }

    /// The client's identifier; empty where it is not known.
    pub(crate) fn client_id(&self) -> &str {
        self.client.as_ref().map_or("", |it| it.client_id.as_str())
    }

    /// When the keep-alive is over.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let patience = self.client.as_ref()?.patience?;
        Some(self.heard + patience)
    }
}
