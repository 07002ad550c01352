//! One connection of a client with the broker.

use std::collections::{BTreeSet, HashMap};
use std::num::NonZeroU16;
use std::time::Duration;

use bytes::BytesMut;
use mqttka_core::codec::{Decoder, MAX_REMAINING_LENGTH};
use mqttka_core::types::{Instant, Text, TopicName, Version, Will};

use crate::authentication::Exchange;

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
    /// Enhanced authentication that is under way.
    pub(crate) exchange: Option<Exchange>,
}

#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) client_id: String,
    pub(crate) version: Version,
    /// How it has authenticated.
    pub(crate) method: Option<Text>,
    /// What the broker waits for a packet, one and a half keep-alives [MQTT-3.1.2-22].
    pub(crate) patience: Option<Duration>,
    pub(crate) will: Option<Box<Will>>,
    pub(crate) receive_maximum: usize,
    pub(crate) maximum_packet_size: usize,
    /// Of the broker, for the client's aliases.
    pub(crate) topic_alias_maximum: u16,
    pub(crate) aliases: HashMap<u16, TopicName>,
    /// Of the client, for the broker's.
    pub(crate) their_alias_maximum: u16,
    pub(crate) their_aliases: HashMap<TopicName, u16>,
    /// How many messages of QoS 1 and 2 the broker said that it takes unacknowledged (section 4.9).
    pub(crate) takes: usize,
    /// Those that it has not acknowledged for good on this connection.
    pub(crate) unacknowledged: BTreeSet<NonZeroU16>,
}

impl Connected {
    /// What stands for the topic to this client, and whether it knows that already. The first topics have one each, until
    /// there are no more.
    pub(crate) fn alias(&mut self, topic: &TopicName) -> Option<(u16, bool)> {
        if let Some(alias) = self.their_aliases.get(topic) {
            return Some((*alias, true));
        }
        let alias = u16::try_from(self.their_aliases.len() + 1).ok()?;
        if alias > self.their_alias_maximum {
            return None;
        }
        self.their_aliases.insert(topic.clone(), alias);
        Some((alias, false))
    }
}

impl Connection {
    pub(crate) fn new(now: Instant) -> Self {
        Connection {
            input: BytesMut::new(),
            decoder: Decoder::new(Version::V5, LARGEST),
            heard: now,
            ended: false,
            client: None,
            exchange: None,
        }
    }

    /// The client's identifier; empty where it is not known.
    pub(crate) fn client_id(&self) -> &str {
        let asking = self.exchange.as_ref().and_then(|it| it.connect.as_ref());
        match (&self.client, asking) {
            (Some(client), _) => &client.client_id,
            (None, Some(connect)) => connect.client_id.as_str(),
            (None, None) => "",
        }
    }

    /// When the keep-alive is over.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let patience = self.client.as_ref()?.patience?;
        Some(self.heard + patience)
    }
}
