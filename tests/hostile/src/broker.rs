//! What a broker knows of the client that talks to it, and what it may say next.

use std::collections::{BTreeMap, BTreeSet};

use bytes::BytesMut;
use mqttka_core::codec::{Decoder, Packet};
use mqttka_core::types::{Property, QoS, Version};

use crate::packets::{ack, answer, connack, publish};
use crate::rng::Rng;

/// One connection, from the broker's side.
#[derive(Debug)]
pub struct Broker {
    /// Chance.
    pub rng: Rng,
    /// The client speaks 5.0.
    pub v5: bool,
    /// CONNECT has come.
    pub connected: bool,
    /// The client has said DISCONNECT, with this reason code.
    pub left: Option<u8>,
    /// How many unacknowledged messages the client takes.
    pub receive_maximum: u16,
    /// The largest packet that it takes.
    pub largest: Option<u32>,
    /// Aliases that it takes.
    pub aliases: u16,
    /// Requests that wait: identifier, whether a subscribe, number of filters.
    pub requests: Vec<(u16, bool, usize)>,
    /// The client's publishes that wait for the first answer.
    pub publishes: BTreeMap<u16, QoS>,
    /// Those whose PUBREL has come.
    pub released: Vec<u16>,
    /// Its PINGREQs that have no answer.
    pub pings: usize,
    /// Our publishes that wait, with their QoS, and those whose PUBREC has come.
    pub sent: BTreeMap<u16, u8>,
    /// Messages of ours that wait for PUBREL, then for PUBCOMP.
    pub received: BTreeSet<u16>,
    /// Acknowledgements that came.
    pub acknowledged: usize,
    next_id: u16,
    input: BytesMut,
    decoder: Decoder,
}

impl Broker {
    /// A broker that has heard nothing.
    pub fn new(seed: u64) -> Self {
        Broker {
            rng: Rng::new(seed),
            v5: true,
            connected: false,
            left: None,
            receive_maximum: u16::MAX,
            largest: None,
            aliases: 0,
            requests: Vec::new(),
            publishes: BTreeMap::new(),
            released: Vec::new(),
            pings: 0,
            sent: BTreeMap::new(),
            received: BTreeSet::new(),
            acknowledged: 0,
            next_id: 1,
            input: BytesMut::new(),
            decoder: Decoder::new(Version::V5, u32::MAX),
        }
    }

    /// What the client says.
    ///
    /// # Errors
    /// Where it is not MQTT.
    pub fn hear(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.input.extend_from_slice(bytes);
        loop {
            match self.decoder.decode(&mut self.input) {
                Ok(Some(packet)) => self.note(packet),
                Ok(None) => return Ok(()),
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    fn note(&mut self, packet: Packet) {
        match packet {
            Packet::Connect(connect) => {
                self.connected = true;
                self.v5 = connect.version == Version::V5;
                self.decoder.set_version(connect.version);
                for property in connect.properties.iter() {
                    match property {
                        Property::ReceiveMaximum(most) => self.receive_maximum = *most,
                        Property::MaximumPacketSize(most) => self.largest = Some(*most),
                        Property::TopicAliasMaximum(most) => self.aliases = *most,
                        _ => {}
                    }
                }
            }
            Packet::Subscribe(it) => {
                let count = it.subscriptions.len();
                self.requests.push((it.packet_id.get(), true, count));
            }
            Packet::Unsubscribe(it) => {
                let count = it.filters.len();
                self.requests.push((it.packet_id.get(), false, count));
            }
            Packet::Publish(it) => {
                if let Some(id) = it.packet_id {
                    self.publishes.insert(id.get(), it.qos);
                }
            }
            Packet::PubAck(it) => {
                self.acknowledged += 1;
                self.sent.remove(&it.packet_id.get());
            }
            Packet::PubRec(it) => {
                self.acknowledged += 1;
                self.received.insert(it.packet_id.get());
            }
            Packet::PubComp(it) => {
                self.sent.remove(&it.packet_id.get());
                self.received.remove(&it.packet_id.get());
            }
            Packet::PubRel(it) => self.released.push(it.packet_id.get()),
            Packet::PingReq => self.pings += 1,
            Packet::Disconnect(it) => self.left = Some(it.reason_code as u8),
            _ => {}
        }
    }

    /// A packet identifier that is free.
    pub fn free_id(&mut self) -> u16 {
        loop {
            let id = self.next_id;
            self.next_id = id.wrapping_add(1).max(1);
            if !self.sent.contains_key(&id) {
                return id;
            }
        }
    }

    /// The CONNACK that follows CONNECT, with no more in it than a test wants.
    pub fn accepts(&mut self) -> Vec<u8> {
        connack(self.v5, 0, 0, &[])
    }

    /// Something that it may say now.
    pub fn legal(&mut self) -> Vec<u8> {
        let mut moves: Vec<u8> = vec![0, 0];
        let full = self.sent.len() >= usize::from(self.receive_maximum);
        if !full {
            moves.extend([1, 1, 2, 2]);
        }
        moves.extend(self.requests.first().map(|_| 3));
        moves.extend(self.publishes.first_key_value().map(|_| 4));
        moves.extend(self.released.first().map(|_| 5));
        moves.extend(self.received.first().map(|_| 6));
        moves.extend((self.pings > 0).then_some(7));
        match self.rng.choice(&moves) {
            qos @ 0..=2 => self.message(qos),
            3 => {
                let (id, subscribes, count) = self.requests.remove(0);
                let codes = vec![if subscribes { 2 } else { 0 }; count];
                match subscribes {
                    true => answer(self.v5, 0x90, id, &codes),
                    false if self.v5 => answer(true, 0xb0, id, &codes),
                    false => ack(0xb0, id),
                }
            }
            4 => {
                let Some((id, qos)) = self.publishes.pop_first() else {
                    return Vec::new();
                };
                ack(if qos == QoS::ExactlyOnce { 0x50 } else { 0x40 }, id)
            }
            5 => ack(0x70, self.released.remove(0)),
            6 => {
                let Some(id) = self.received.pop_first() else {
                    return Vec::new();
                };
                ack(0x62, id)
            }
            _ => {
                self.pings -= 1;
                vec![0xd0, 0]
            }
        }
    }

    /// A message to a topic that the client is subscribed to.
    pub fn message(&mut self, qos: u8) -> Vec<u8> {
        let topic = self.rng.choice(&["a/b", "a", "a/long/er"]);
        let id = (qos > 0).then(|| self.free_id());
        if let Some(id) = id {
            self.sent.insert(id, qos);
        }
        let properties: &[u8] = match self.rng.below(4) {
            0 if self.v5 => &[0x26, 0, 1, b'k', 0, 1, b'v'],
            1 if self.v5 => &[0x01, 0, 0x02, 0, 0, 0, 9],
            _ => &[],
        };
        let retain = u8::from(self.rng.below(8) == 0);
        let size = self.rng.choice(&[0, 1, 20, 300]);
        publish(
            self.v5,
            qos << 1 | retain,
            topic.as_bytes(),
            id,
            properties,
            &vec![b'.'; size],
        )
    }
}
