//! What goes over the newest stream, read as a strict broker reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU16;

use bytes::BytesMut;
use mqttka_core::codec::{Connect, Decoder, Packet, Publish};
use mqttka_core::types::{Property, PropertyId, QoS, Version};

#[derive(Default)]
pub(super) struct Wire {
    stream: u64,
    conversation: Option<Conversation>,
}

/// One connection's, so far.
pub(super) struct Conversation {
    pub(super) version: Version,
    /// Written by the client, and not whole yet.
    output: BytesMut,
    /// Told to the client; `None` since it is not MQTT any more.
    input: Option<(Decoder, BytesMut)>,
    connect: Option<Box<Connect>>,
    /// CONNACK was told.
    accepted: bool,
    left: bool,
    /// What a CONNACK allowed.
    receive_maximum: u16,
    largest: usize,
    /// Of the broker's QoS 1 and 2 publishes: how many times one of this identifier came.
    came: BTreeMap<(QoS, NonZeroU16), u32>,
    /// Our publishes that are not over yet, and our requests.
    pub(super) publishes: BTreeMap<NonZeroU16, QoS>,
    pub(super) requests: BTreeMap<NonZeroU16, (bool, usize)>,
    /// Response topic and correlation data of the newest request.
    pub(super) request: Option<(String, Vec<u8>)>,
    /// Topic aliases: the highest that the broker takes, and those that mean something.
    alias_maximum: u16,
    aliases: BTreeSet<u16>,
}

impl Wire {
    /// What the client has said and heard on this stream.
    pub(super) fn conversation(&mut self, stream: u64) -> &mut Conversation {
        if self.stream != stream || self.conversation.is_none() {
            self.stream = stream;
            self.conversation = Some(Conversation::new());
        }
        self.conversation.as_mut().expect("just made")
    }

    pub(super) fn written(&mut self, stream: u64, bytes: &[u8]) {
        if stream < self.stream {
            // A goodbye over the old path, after a move.
            return;
        }
        self.conversation(stream).written(bytes);
    }

    pub(super) fn finished(&mut self, stream: u64) {
        if stream == self.stream
            && let Some(conversation) = &self.conversation
        {
            // Where the broker's bytes were no MQTT there may be no room for the rest of a packet.
            let whole = conversation.output.is_empty() || !conversation.left;
            assert!(whole, "something follows DISCONNECT");
        }
    }

    pub(super) fn closed(&mut self, stream: u64) {
        if stream == self.stream
            && let Some(conversation) = &mut self.conversation
        {
            conversation.left = true;
        }
    }
}

impl Conversation {
    fn new() -> Self {
        Conversation {
            version: Version::V5,
            output: BytesMut::new(),
            input: None,
            connect: None,
            accepted: false,
            left: false,
            receive_maximum: u16::MAX,
            largest: usize::MAX,
            came: BTreeMap::new(),
            publishes: BTreeMap::new(),
            requests: BTreeMap::new(),
            request: None,
            alias_maximum: 0,
            aliases: BTreeSet::new(),
        }
    }

    /// The broker says this.
    pub(super) fn told(&mut self, bytes: &[u8]) {
        let Some((decoder, input)) = &mut self.input else {
            return;
        };
        input.extend_from_slice(bytes);
        let mut packets = Vec::new();
        let spoilt = loop {
            match decoder.decode(input) {
                Ok(Some(packet)) => packets.push(packet),
                Ok(None) => break false,
                Err(_) => break true,
            }
        };
        if spoilt {
            self.input = None;
        }
        packets.iter().for_each(|packet| self.hear(packet));
    }

    fn hear(&mut self, packet: &Packet) {
        match packet {
            // A second one may come before the client has heard the first, and allows nothing.
            Packet::ConnAck(connack) if !std::mem::replace(&mut self.accepted, true) => {
                for property in connack.properties.iter() {
                    match property {
                        Property::TopicAliasMaximum(most) => self.alias_maximum = *most,
                        Property::ReceiveMaximum(most) => self.receive_maximum = *most,
                        // Where not even an acknowledgement fits, there is nothing that a client may say.
                        Property::MaximumPacketSize(most) => self.largest = (*most).max(4) as usize,
                        _ => {}
                    }
                }
            }
            Packet::Publish(Publish {
                qos,
                packet_id: Some(id),
                ..
            }) => *self.came.entry((*qos, *id)).or_default() += 1,
            Packet::PubAck(ack) | Packet::PubComp(ack) => {
                self.publishes.remove(&ack.packet_id);
            }
            Packet::PubRec(ack) if ack.reason_code.is_error() => {
                self.publishes.remove(&ack.packet_id);
            }
            Packet::SubAck(ack) => self.answered(ack.packet_id),
            Packet::UnsubAck(ack) => self.answered(ack.packet_id),
            _ => {}
        }
    }

    fn answered(&mut self, id: NonZeroU16) {
        self.requests.remove(&id);
    }

    fn written(&mut self, bytes: &[u8]) {
        self.output.extend_from_slice(bytes);
        let mut decoder = Decoder::new(self.version, u32::MAX);
        loop {
            let before = self.output.len();
            match decoder.decode(&mut self.output) {
                Ok(Some(packet)) => {
                    let size = before - self.output.len();
                    assert!(
                        size <= self.largest,
                        "{size} bytes, of at most {}: {packet:?}",
                        self.largest
                    );
                    self.read(packet);
                    decoder.set_version(self.version);
                }
                Ok(None) => return,
                Err(error) => panic!("not MQTT: {error:?}"),
            }
        }
    }

    fn read(&mut self, packet: Packet) {
        assert!(!self.left, "after DISCONNECT: {packet:?}");
        let first = self.connect.is_none();
        assert_eq!(first, matches!(packet, Packet::Connect(_)), "{packet:?}");
        match packet {
            Packet::Connect(connect) => {
                self.version = connect.version;
                self.input = Some((
                    Decoder::of_server(connect.version, u32::MAX),
                    BytesMut::new(),
                ));
                self.connect = Some(connect);
            }
            Packet::Publish(publish) => self.publish(&publish),
            Packet::PubAck(ack) => self.acknowledge(QoS::AtLeastOnce, ack.packet_id),
            Packet::PubRec(ack) => self.acknowledge(QoS::ExactlyOnce, ack.packet_id),
            Packet::Subscribe(subscribe) => {
                let (id, count) = (subscribe.packet_id, subscribe.subscriptions.len());
                self.request(id, true, count);
            }
            Packet::Unsubscribe(unsubscribe) => {
                let (id, count) = (unsubscribe.packet_id, unsubscribe.filters.len());
                self.request(id, false, count);
            }
            Packet::Disconnect(_) => self.left = true,
            Packet::PubRel(_) | Packet::PubComp(_) | Packet::PingReq | Packet::Auth(_) => {}
            other => panic!("what only brokers send: {other:?}"),
        }
    }

    fn publish(&mut self, publish: &Publish) {
        self.check_properties(publish);
        let Some(id) = publish.packet_id else {
            return;
        };
        let under_way = self.publishes.insert(id, publish.qos).is_some();
        assert!(
            !under_way && !self.requests.contains_key(&id),
            "{id} is in use"
        );
        let count = self.publishes.len();
        assert!(
            count <= usize::from(self.receive_maximum),
            "{count} unacknowledged"
        );
    }

    fn check_properties(&mut self, publish: &Publish) {
        let properties = &publish.properties;
        assert!(self.version == Version::V5 || properties.is_empty());
        assert!(properties.get(PropertyId::SubscriptionIdentifier).is_none());
        match properties.get(PropertyId::TopicAlias) {
            Some(Property::TopicAlias(alias)) => {
                assert!(*alias > 0 && *alias <= self.alias_maximum, "alias {alias}");
                match publish.topic {
                    Some(_) => {
                        self.aliases.insert(*alias);
                    }
                    None => assert!(self.aliases.contains(alias), "alias {alias} means nothing"),
                }
            }
            _ => assert!(publish.topic.is_some()),
        }
        if let (Some(topic), Some(data)) = (
            properties.get_text(PropertyId::ResponseTopic),
            properties.get_binary(PropertyId::CorrelationData),
        ) {
            self.request = Some((topic.to_string(), data.to_vec()));
        }
    }

    fn request(&mut self, id: NonZeroU16, subscribes: bool, count: usize) {
        let under_way = self.requests.insert(id, (subscribes, count)).is_some();
        assert!(
            !under_way && !self.publishes.contains_key(&id),
            "{id} is in use"
        );
    }

    /// Never what did not come, and a QoS 1 message once.
    fn acknowledge(&mut self, qos: QoS, id: NonZeroU16) {
        let count = self.came.get_mut(&(qos, id));
        let count = count.unwrap_or_else(|| panic!("{id} of {qos:?} never came"));
        assert!(*count > 0, "{id} of {qos:?} is acknowledged twice");
        *count -= 1;
    }

    /// Identifiers of ours that wait for an answer.
    pub(super) fn waiting(&self) -> Vec<u16> {
        let ids: BTreeSet<_> = self.publishes.keys().chain(self.requests.keys()).collect();
        ids.into_iter().map(|id| id.get()).collect()
    }
}
