//! A client, and the broker that this test is, packet by packet.

use std::sync::{Arc, Mutex};

use bytes::BytesMut;
use mqttka_core::client::hosted::{self, Action, Carrier, Hosted};
use mqttka_core::client::{
    Client, Completion, Event, Handler, Message, Messages, Options, Properties, Property,
    PropertyId, QoS, ReasonCode, Subscription, SubscriptionOptions, TopicName, Version,
};
use mqttka_core::codec::{Ack, Decoder, Packet, Publish, SubAck, UnsubAck};
use mqttka_core::proto::OWN_IDENTIFIERS;
use mqttka_core::types::Instant;

/// What a broker makes of a message that matches several subscriptions of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Habit {
    /// One copy, which names all [MQTT-3.3.4-4]: HiveMQ, mochi.
    Once,
    /// One for each, the newest first: mosquitto [MQTT-3.3.4-5].
    Each,
    /// One for each, the oldest first.
    EachInOrder,
    /// One for each QoS: RabbitMQ.
    ByQoS,
    /// One copy, which names only one: no broker that is known, and against the specification.
    NamesFirst,
    NamesLast,
    /// One for each, and each names all, against the specification: Artemis.
    EachNamesAll,
    /// One for each, and the newest subscription's name is lost.
    ForgetsLast,
    /// It says that it has no identifiers; one for each.
    HasNone,
}

impl Habit {
    pub(super) const TOLD: [Habit; 6] = [
        Habit::Once,
        Habit::Each,
        Habit::EachInOrder,
        Habit::ByQoS,
        Habit::NamesFirst,
        Habit::NamesLast,
    ];
}

/// What the client's own handler got.
#[derive(Clone, Default)]
pub(super) struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    pub(super) fn note(&self, message: &Message) {
        assert_no_own(message);
        self.0.lock().unwrap().push(text(message));
    }

    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Handler for Heard {
    fn on_event(&self, _: &Event) {}
    fn on_message(&self, message: Message, _: u64) {
        self.note(&message);
    }
}

pub(super) fn text(message: &Message) -> String {
    String::from_utf8(message.payload.to_vec()).unwrap()
}

pub(super) fn assert_no_own(message: &Message) {
    for property in message.properties.iter() {
        let own = matches!(property, Property::SubscriptionIdentifier(it) if OWN_IDENTIFIERS.contains(it));
        assert!(!own, "the application sees {property:?}");
    }
}

/// What the broker has.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) subscription: Subscription,
    pub(super) identifier: Option<u32>,
}

pub(super) struct World {
    pub(super) client: Client,
    pub(super) hosted: Hosted,
    pub(super) heard: Heard,
    pub(super) now: Instant,
    pub(super) stream: u64,
    pub(super) written: BytesMut,
    pub(super) habit: Habit,
    pub(super) held: Vec<Held>,
    /// The identifier of each SUBSCRIBE.
    pub(super) given: Vec<Option<u32>>,
    pub(super) sent: u16,
    pub(super) acknowledged: u16,
    /// SUBACK is held back.
    pub(super) slow: bool,
    pub(super) late: Vec<Packet>,
    /// The properties of what the client published last.
    pub(super) asked: Option<Properties>,
}

impl World {
    /// Connected. `streams`: the client's handler takes nothing.
    pub(super) fn new(habit: Habit, streams: bool) -> World {
        let mut options = Options::from_uri("mqtt://broker.example").unwrap();
        options.config.keep_alive = 0;
        let heard = Heard::default();
        let carrier = Carrier::Socket;
        let opened = hosted::open(options, heard.clone(), streams, carrier, 7, || {});
        let (client, hosted) = opened.unwrap();
        let mut world = World {
            client,
            hosted,
            heard,
            now: hosted::now(),
            stream: 0,
            written: BytesMut::new(),
            habit,
            held: Vec::new(),
            given: Vec::new(),
            sent: 0,
            acknowledged: 0,
            slow: false,
            late: Vec::new(),
            asked: None,
        };
        world.client.connect().unwrap();
        world.accept();
        world
    }

    /// The connection that the client asks for is there; the broker knows nothing of earlier ones.
    pub(super) fn accept(&mut self) {
        self.run();
        self.held.clear();
        self.hosted.handle_opened(self.now, self.stream, None);
        self.run();
        let connack: &[u8] = match self.habit {
            Habit::HasNone => &[0x20, 5, 0, 0, 2, 0x29, 0],
            _ => &[0x20, 3, 0, 0, 0],
        };
        self.hosted.handle_received(self.stream, connack.to_vec());
        self.settle();
    }

    pub(super) fn run(&mut self) {
        for _ in 0..1000 {
            let turn = self.hosted.turn(self.now, false);
            while let Some(action) = self.hosted.poll_action() {
                match action {
                    Action::Write { stream, bytes } => {
                        self.written.extend_from_slice(&bytes);
                        self.hosted.handle_buffered(self.now, stream, 0);
                    }
                    Action::Open { stream, .. } => {
                        self.stream = stream;
                        self.written.clear();
                    }
                    _ => {}
                }
            }
            let due = turn.deadline.is_some_and(|at| at <= self.now);
            if !turn.more && !due {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    /// Both sides, until neither has anything to say.
    pub(super) fn settle(&mut self) {
        loop {
            self.run();
            let mut decoder = Decoder::new(Version::V5, u32::MAX);
            let mut answers = Vec::new();
            let mut heard = false;
            while let Some(packet) = decoder.decode(&mut self.written).unwrap() {
                heard = true;
                answers.extend(self.answer(packet));
            }
            if !heard {
                return;
            }
            self.say(answers);
        }
    }

    pub(super) fn say(&mut self, packets: impl IntoIterator<Item = Packet>) {
        let mut bytes = BytesMut::new();
        for packet in packets {
            packet.encode(Version::V5, &mut bytes).unwrap();
        }
        self.hosted.handle_received(self.stream, bytes.to_vec());
        self.run();
    }

    pub(super) fn answer(&mut self, packet: Packet) -> Option<Packet> {
        let properties = Properties::new();
        Some(match packet {
            Packet::Subscribe(subscribe) => {
                let identifier = PropertyId::SubscriptionIdentifier;
                let identifier = subscribe.properties.get_number(identifier);
                self.given.push(identifier);
                for subscription in &subscribe.subscriptions {
                    self.held
                        .retain(|held| held.subscription.filter != subscription.filter);
                    self.held.push(Held {
                        subscription: subscription.clone(),
                        identifier,
                    });
                }
                let suback = Packet::SubAck(SubAck {
                    packet_id: subscribe.packet_id,
                    reason_codes: vec![ReasonCode::GrantedQoS2; subscribe.subscriptions.len()],
                    properties,
                });
                if self.slow {
                    self.late.push(suback);
                    return None;
                }
                suback
            }
            Packet::Unsubscribe(unsubscribe) => {
                self.held
                    .retain(|held| !unsubscribe.filters.contains(&held.subscription.filter));
                Packet::UnsubAck(UnsubAck {
                    packet_id: unsubscribe.packet_id,
                    reason_codes: vec![ReasonCode::Success; unsubscribe.filters.len()],
                    properties,
                })
            }
            Packet::PubAck(_) | Packet::PubComp(_) => {
                self.acknowledged += 1;
                return None;
            }
            Packet::Publish(publish) => {
                self.asked = Some(publish.properties);
                return None;
            }
            Packet::PubRec(ack) => Packet::PubRel(Ack::new(ack.packet_id, ReasonCode::Success)),
            _ => return None,
        })
    }

    /// The copies that the broker makes of a message of somebody else's.
    pub(super) fn copies(&mut self, topic: &str, payload: &str, qos: QoS) -> Vec<Packet> {
        let topic = TopicName::try_from(topic).unwrap();
        let matching = self
            .held
            .iter()
            .filter(|it| it.subscription.filter.matches(&topic));
        let matching: Vec<Held> = matching.cloned().collect();
        let all: Vec<u32> = matching.iter().filter_map(|it| it.identifier).collect();
        let most = matching.iter().map(|it| it.subscription.qos).max();
        let Some(most) = most else { return Vec::new() };
        let name = |it: &Held| it.identifier.into_iter().collect::<Vec<u32>>();
        let each = |names: &dyn Fn(&Held) -> Vec<u32>| {
            let copies = matching.iter().map(|it| (it.subscription.qos, names(it)));
            copies.collect::<Vec<_>>()
        };
        let last = matching.len() - 1;
        let mut copies = match self.habit {
            Habit::Once => vec![(most, all)],
            Habit::NamesFirst => vec![(most, name(&matching[0]))],
            Habit::NamesLast => vec![(most, name(&matching[last]))],
            Habit::Each | Habit::EachInOrder | Habit::HasNone => each(&name),
            Habit::EachNamesAll => each(&|_| all.clone()),
            Habit::ForgetsLast => each(&|it| match it.subscription.filter
                == matching[last].subscription.filter
            {
                true => Vec::new(),
                false => name(it),
            }),
            Habit::ByQoS => {
                let of = |qos| matching.iter().filter(move |it| it.subscription.qos == qos);
                let all = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];
                let some = all.into_iter().filter(|qos| of(*qos).count() > 0);
                some.map(|qos| (qos, of(qos).filter_map(|it| it.identifier).collect()))
                    .collect()
            }
        };
        if self.habit == Habit::Each {
            copies.reverse();
        }
        let copies = copies.into_iter().map(|(granted, names)| {
            let qos = qos.min(granted);
            let mut packet_id = None;
            if qos > QoS::AtMostOnce {
                self.sent += 1;
                packet_id = Some(self.sent.try_into().unwrap());
            }
            let names = names.into_iter().map(Property::SubscriptionIdentifier);
            Packet::Publish(Publish {
                dup: false,
                qos,
                retain: false,
                topic: Some(topic.clone()),
                packet_id,
                payload: payload.to_owned().into(),
                properties: names.collect(),
            })
        });
        copies.collect()
    }

    pub(super) fn publish(&mut self, topic: &str, payload: &str, qos: QoS) {
        let copies = self.copies(topic, payload, qos);
        self.say(copies);
        self.settle();
    }

    pub(super) fn stream(
        &mut self,
        wish: Vec<Subscription>,
        options: SubscriptionOptions,
    ) -> Messages {
        let options = options.outliving_connections();
        let none = Completion::none();
        let messages = self
            .client
            .subscription(wish, Properties::new(), options, none);
        self.settle();
        messages.unwrap()
    }

    pub(super) fn plain(&mut self, filter: &str) {
        let none = Completion::none();
        self.client
            .subscribe(wish(filter), Properties::new(), none)
            .unwrap();
        self.settle();
    }
}

pub(super) fn wish(filter: &str) -> Vec<Subscription> {
    wish_at(filter, QoS::ExactlyOnce)
}

pub(super) fn wish_at(filter: &str, qos: QoS) -> Vec<Subscription> {
    vec![Subscription::new(filter.parse().unwrap(), qos)]
}

/// All that a stream has, which is done or acknowledged.
pub(super) fn read(messages: &Messages) -> Vec<String> {
    let batch = messages.take(1000).unwrap();
    let read = batch.iter().map(|received| {
        assert_no_own(&received.message);
        if let Some(acknowledgement) = &received.acknowledgement {
            acknowledgement.acknowledge();
        }
        text(&received.message)
    });
    let read = read.collect();
    messages.done(1000);
    read
}
