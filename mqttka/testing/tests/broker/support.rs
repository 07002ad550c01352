//! A client that says packets, and hears them.

use std::num::NonZeroU16;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use mqttka_core::codec::{Ack, Connect, Decoder, Disconnect, Packet, Publish, Subscribe};
use mqttka_core::types::{
    Instant, Message, Properties, Property, QoS, ReasonCode, Subscription, Text, TopicFilter,
    TopicName, Version, Will,
};
use mqttka_testing::{Broker, Output, Seen, SeenKind};

pub(crate) const BOTH: [Version; 2] = [Version::V311, Version::V5];

/// The broker, and its time.
pub(crate) struct World {
    pub(crate) broker: Broker,
    pub(crate) now: Instant,
    /// What it said, by connection.
    heard: Vec<(u64, Vec<u8>)>,
    /// How connections ended.
    pub(crate) ends: Vec<Output>,
}

pub(crate) struct Peer {
    pub(crate) connection: u64,
    version: Version,
}

pub(crate) fn id(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}

pub(crate) fn message(topic: &str, payload: &'static str, qos: QoS) -> Message {
    Message::new(TopicName::try_from(topic).unwrap(), payload).with_qos(qos)
}

pub(crate) fn will(topic: &str, delay: Option<u32>) -> Option<Box<Will>> {
    let mut message = message(topic, "gone", QoS::AtMostOnce);
    if let Some(delay) = delay {
        message.properties.push(Property::WillDelayInterval(delay));
    }
    Some(Box::new(Will { message }))
}

/// CONNECT of a client that starts clean, with a keep-alive of 60 s.
pub(crate) fn connect(version: Version, client_id: &str) -> Connect {
    Connect {
        version,
        clean_start: true,
        keep_alive: 60,
        client_id: Text::try_from(client_id.to_owned()).unwrap(),
        will: None,
        user_name: None,
        password: None,
        properties: Properties::new(),
    }
}

/// The same that keeps its session for a minute, or in 3.1.1 for ever.
pub(crate) fn staying(version: Version, client_id: &str) -> Connect {
    let mut connect = connect(version, client_id);
    connect.clean_start = false;
    if version == Version::V5 {
        connect.properties.push(Property::SessionExpiryInterval(60));
    }
    connect
}

pub(crate) fn publish(message: Message, packet_id: Option<u16>) -> Packet {
    Packet::Publish(Publish {
        dup: message.dup,
        qos: message.qos,
        retain: message.retain,
        topic: Some(message.topic),
        packet_id: packet_id.map(id),
        payload: message.payload,
        properties: message.properties,
    })
}

pub(crate) fn subscription(filter: &str, qos: QoS) -> Subscription {
    Subscription::new(TopicFilter::try_from(filter).unwrap(), qos)
}

pub(crate) fn ack(number: u16) -> Ack {
    Ack::new(id(number), ReasonCode::Success)
}

impl World {
    pub(crate) fn new() -> Self {
        World {
            broker: Broker::new(),
            now: Instant::ORIGIN,
            heard: Vec::new(),
            ends: Vec::new(),
        }
    }

    fn collect(&mut self) {
        while let Some(output) = self.broker.poll_output() {
            match output {
                Output::Send { connection, bytes } => self.heard.push((connection, bytes.to_vec())),
                end => self.ends.push(end),
            }
        }
    }

    pub(crate) fn say(&mut self, peer: &Peer, packet: &Packet) {
        let mut bytes = BytesMut::new();
        packet.encode(peer.version, &mut bytes).unwrap();
        // In two pieces, wherever that is.
        let (head, tail) = bytes.split_at(bytes.len() / 2);
        self.broker.handle_received(self.now, peer.connection, head);
        self.broker.handle_received(self.now, peer.connection, tail);
    }

    /// What the peer has got since the last time.
    pub(crate) fn hear(&mut self, peer: &Peer) -> Vec<Packet> {
        self.collect();
        let mut input = BytesMut::new();
        self.heard.retain(|(connection, bytes)| {
            let others = *connection != peer.connection;
            if !others {
                input.extend_from_slice(bytes);
            }
            others
        });
        let mut decoder = Decoder::of_server(peer.version, u32::MAX);
        let mut packets = Vec::new();
        while let Some(packet) = decoder.decode(&mut input).unwrap() {
            packets.push(packet);
        }
        assert!(input.is_empty(), "half a packet");
        packets
    }

    /// The payloads of what the peer has got.
    pub(crate) fn payloads(&mut self, peer: &Peer) -> Vec<Bytes> {
        let payload = |packet| match packet {
            Packet::Publish(publish) => Some(publish.payload),
            _ => None,
        };
        self.hear(peer).into_iter().filter_map(payload).collect()
    }

    pub(crate) fn open(&mut self, connect: Connect) -> Peer {
        let connection = self.broker.handle_opened(self.now);
        let version = connect.version;
        let peer = Peer {
            connection,
            version,
        };
        self.say(&peer, &Packet::Connect(Box::new(connect)));
        peer
    }

    /// Connected; `true`: with its session.
    pub(crate) fn connect(&mut self, connect: Connect) -> (Peer, bool) {
        let peer = self.open(connect);
        self.collect();
        // What else was said stays to be heard.
        let of = |(connection, _): &(u64, Vec<u8>)| *connection == peer.connection;
        let index = self.heard.iter().position(of).expect("an answer");
        let (_, bytes) = self.heard.remove(index);
        let mut decoder = Decoder::of_server(peer.version, u32::MAX);
        match decoder.decode(&mut bytes.as_slice().into()).unwrap() {
            Some(Packet::ConnAck(connack)) if connack.reason_code == ReasonCode::Success => {
                (peer, connack.session_present)
            }
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn subscribe(&mut self, peer: &Peer, filter: &str, qos: QoS) -> Vec<Packet> {
        self.subscribe_with(peer, subscription(filter, qos), None)
    }

    /// What came in answer to it.
    pub(crate) fn subscribe_with(
        &mut self,
        peer: &Peer,
        subscription: Subscription,
        identifier: Option<u32>,
    ) -> Vec<Packet> {
        let mut properties = Properties::new();
        if let Some(identifier) = identifier {
            properties.push(Property::SubscriptionIdentifier(identifier));
        }
        let subscribe = Subscribe {
            packet_id: id(100),
            subscriptions: vec![subscription],
            properties,
        };
        self.say(peer, &Packet::Subscribe(subscribe));
        self.hear(peer)
    }

    pub(crate) fn say_goodbye(&mut self, peer: &Peer, code: ReasonCode) {
        self.say(peer, &Packet::Disconnect(Disconnect::new(code)));
    }

    /// The client's end of the connection has gone.
    pub(crate) fn lose(&mut self, peer: &Peer) {
        self.broker.handle_end(self.now, peer.connection);
    }

    pub(crate) fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.broker.handle_timeout(self.now);
    }

    pub(crate) fn saw(&mut self, kind: SeenKind) -> Seen {
        let found = self.broker.take(kind, None);
        found.unwrap_or_else(|| panic!("{}", self.broker.missing(kind, None)))
    }
}
