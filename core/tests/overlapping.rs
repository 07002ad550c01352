//! Filters that overlap: whatever a broker makes of them (section 3.3.4), each taker gets each
//! message once, where that can be told. The broker is this test, packet by packet.
#![cfg(feature = "client")]

use std::sync::{Arc, Mutex};

use bytes::BytesMut;
use mqttka_core::client::hosted::{self, Action, Carrier, Hosted};
use mqttka_core::client::{
    Client, Completion, Error, Event, Handler, Message, Messages, Options, Properties, Property,
    PropertyId, QoS, ReasonCode, Subscription, SubscriptionOptions, TopicFilter, TopicName,
    Version,
};
use mqttka_core::codec::{Ack, Decoder, Packet, Publish, SubAck, UnsubAck};
use mqttka_core::proto::OWN_IDENTIFIERS;
use mqttka_core::types::Instant;

/// What a broker makes of a message that matches several subscriptions of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Habit {
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
    const TOLD: [Habit; 6] = [
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
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn note(&self, message: &Message) {
        assert_no_own(message);
        self.0.lock().unwrap().push(text(message));
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Handler for Heard {
    fn on_event(&self, _: &Event) {}
    fn on_message(&self, message: Message, _: u64) {
        self.note(&message);
    }
}

fn text(message: &Message) -> String {
    String::from_utf8(message.payload.to_vec()).unwrap()
}

fn assert_no_own(message: &Message) {
    for property in message.properties.iter() {
        let own = matches!(property, Property::SubscriptionIdentifier(it) if OWN_IDENTIFIERS.contains(it));
        assert!(!own, "the application sees {property:?}");
    }
}

/// What the broker has.
#[derive(Clone, Debug)]
struct Held {
    subscription: Subscription,
    identifier: Option<u32>,
}

struct World {
    client: Client,
    hosted: Hosted,
    heard: Heard,
    now: Instant,
    stream: u64,
    written: BytesMut,
    habit: Habit,
    held: Vec<Held>,
    /// The identifier of each SUBSCRIBE.
    given: Vec<Option<u32>>,
    sent: u16,
    acknowledged: u16,
    /// SUBACK is held back.
    slow: bool,
    late: Vec<Packet>,
    /// The properties of what the client published last.
    asked: Option<Properties>,
}

impl World {
    /// Connected. `streams`: the client's handler takes nothing.
    fn new(habit: Habit, streams: bool) -> World {
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
    fn accept(&mut self) {
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

    fn run(&mut self) {
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
    fn settle(&mut self) {
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

    fn say(&mut self, packets: impl IntoIterator<Item = Packet>) {
        let mut bytes = BytesMut::new();
        for packet in packets {
            packet.encode(Version::V5, &mut bytes).unwrap();
        }
        self.hosted.handle_received(self.stream, bytes.to_vec());
        self.run();
    }

    fn answer(&mut self, packet: Packet) -> Option<Packet> {
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
    fn copies(&mut self, topic: &str, payload: &str, qos: QoS) -> Vec<Packet> {
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

    fn publish(&mut self, topic: &str, payload: &str, qos: QoS) {
        let copies = self.copies(topic, payload, qos);
        self.say(copies);
        self.settle();
    }

    fn stream(&mut self, wish: Vec<Subscription>, options: SubscriptionOptions) -> Messages {
        let options = options.outliving_connections();
        let none = Completion::none();
        let messages = self
            .client
            .subscription(wish, Properties::new(), options, none);
        self.settle();
        messages.unwrap()
    }

    fn plain(&mut self, filter: &str) {
        let none = Completion::none();
        self.client
            .subscribe(wish(filter), Properties::new(), none)
            .unwrap();
        self.settle();
    }
}

fn wish(filter: &str) -> Vec<Subscription> {
    wish_at(filter, QoS::ExactlyOnce)
}

fn wish_at(filter: &str, qos: QoS) -> Vec<Subscription> {
    vec![Subscription::new(filter.parse().unwrap(), qos)]
}

/// All that a stream has, which is done or acknowledged.
fn read(messages: &Messages) -> Vec<String> {
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

const QOS: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];

/// Messages that differ, and messages that do not.
const PAYLOADS: [&str; 7] = ["1", "same", "same", "same", "2", "3", "same"];

#[derive(Clone, Copy, Debug)]
enum Kind {
    Streams,
    ManualStreams,
    Handlers,
    /// Subscriptions for the client's own handler.
    ClientHandler,
    /// Subscriptions for a stream without one.
    FreeStream,
}

impl Kind {
    const ALL: [Kind; 5] = [
        Kind::Streams,
        Kind::ManualStreams,
        Kind::Handlers,
        Kind::ClientHandler,
        Kind::FreeStream,
    ];
}

/// A taker, and how what it got is had.
type Taker = Box<dyn Fn() -> Vec<String>>;

fn takers(world: &mut World, kind: Kind, filters: &[&str]) -> Vec<Taker> {
    let mut takers: Vec<Taker> = Vec::new();
    let options = match kind {
        Kind::ManualStreams => SubscriptionOptions::default().acknowledging_manually(),
        _ => SubscriptionOptions::default(),
    };
    for filter in filters {
        match kind {
            Kind::Streams | Kind::ManualStreams => {
                let messages = world.stream(wish(filter), options.clone());
                takers.push(Box::new(move || read(&messages)));
            }
            Kind::Handlers => {
                let heard = Heard::default();
                let handled = heard.clone();
                let handler = move |message: Message, _| handled.note(&message);
                let none = Completion::none();
                let subscribed =
                    world
                        .client
                        .subscribe_with(wish(filter), Properties::new(), handler, none);
                subscribed.unwrap();
                world.settle();
                takers.push(Box::new(move || heard.take()));
            }
            Kind::ClientHandler | Kind::FreeStream => world.plain(filter),
        }
    }
    match kind {
        Kind::ClientHandler => {
            let heard = world.heard.clone();
            takers.push(Box::new(move || heard.take()));
        }
        Kind::FreeStream => {
            let messages = world.client.messages(None).unwrap();
            takers.push(Box::new(move || read(&messages)));
        }
        _ => {}
    }
    takers
}

fn with_handler(kind: Kind) -> bool {
    matches!(kind, Kind::ClientHandler)
}

#[test]
fn each_taker_gets_each_message_once() {
    for kind in Kind::ALL {
        for habit in Habit::TOLD {
            for filters in [&["a/#", "a/+"][..], &["a/b", "a/+", "#"], &["+/b", "a/b"]] {
                let mut world = World::new(habit, !with_handler(kind));
                let takers = takers(&mut world, kind, filters);
                for qos in QOS {
                    for payload in PAYLOADS {
                        world.publish("a/b", payload, qos);
                    }
                    for (place, taker) in takers.iter().enumerate() {
                        assert_eq!(
                            taker(),
                            PAYLOADS,
                            "{kind:?} {habit:?} {filters:?} {place} {qos:?}"
                        );
                    }
                    world.settle();
                }
                assert_eq!(world.acknowledged, world.sent, "{kind:?} {habit:?}");
                let counters = world.client.status();
                assert_eq!(counters.messages_unclaimed, 0, "{kind:?} {habit:?}");
            }
        }
    }
}

#[test]
fn several_that_wait_make_no_difference() {
    // As a broker sends them that reads a log for each filter.
    for turned in [false, true] {
        let mut world = World::new(Habit::EachInOrder, true);
        let takers = takers(&mut world, Kind::Streams, &["a/#", "a/+"]);
        for _ in 0..3 {
            let mut copies = [Vec::new(), Vec::new()];
            for payload in PAYLOADS {
                for (place, copy) in world
                    .copies("a/b", payload, QoS::AtLeastOnce)
                    .into_iter()
                    .enumerate()
                {
                    copies[place].push(copy);
                }
            }
            if turned {
                copies.reverse();
            }
            world.say(copies.concat());
            for taker in &takers {
                assert_eq!(taker(), PAYLOADS, "{turned}");
            }
            world.settle();
        }
        assert_eq!(world.acknowledged, world.sent);
    }
}

#[test]
fn where_nothing_tells_them_apart_all_copies_come_and_none_is_lost() {
    for habit in [Habit::EachNamesAll, Habit::ForgetsLast, Habit::HasNone] {
        let mut world = World::new(habit, true);
        let takers = takers(&mut world, Kind::Streams, &["a/#", "a/+"]);
        for payload in ["1", "2", "2"] {
            world.publish("a/b", payload, QoS::AtLeastOnce);
        }
        for taker in &takers {
            assert_eq!(taker(), ["1", "1", "2", "2", "2", "2"], "{habit:?}");
        }
        world.settle();
        assert_eq!(world.acknowledged, world.sent, "{habit:?}");
        let named = world.given.iter().flatten().count();
        assert_eq!(named, usize::from(habit != Habit::HasNone), "{habit:?}");
    }
}

#[test]
fn an_identifier_is_given_where_filters_overlap_and_always_from_the_same_number_on() {
    let mut world = World::new(Habit::Each, true);
    let wishes = [
        "x/1",
        "x/2",
        "y/#",
        "x/+",
        "y/+/z",
        "x/3",
        "x/+",
        "$share/g/y/q",
        "z",
    ];
    let all: Vec<Messages> = wishes
        .iter()
        .map(|filter| world.stream(wish(filter), SubscriptionOptions::default()))
        .collect();
    let own = |n: u32| Some(OWN_IDENTIFIERS.start() + n);
    let expected = [
        None,
        None,
        None,
        own(0),
        own(1),
        own(2),
        own(0),
        own(3),
        None,
    ];
    assert_eq!(world.given, expected);
    drop(all);
}

#[test]
fn the_applications_identifiers_are_its_own_and_serve_all_the_same() {
    for habit in Habit::TOLD {
        let mut world = World::new(habit, true);
        let mut streams = Vec::new();
        for (filter, number) in [("a/#", 7), ("a/+", 268_435_455)] {
            let properties = Properties::from(vec![Property::SubscriptionIdentifier(number)]);
            let options = SubscriptionOptions::default().outliving_connections();
            let none = Completion::none();
            let messages = world
                .client
                .subscription(wish(filter), properties, options, none);
            streams.push((messages.unwrap(), number));
            world.settle();
        }
        assert_eq!(world.given, [Some(7), Some(268_435_455)]);
        for payload in ["1", "2", "2"] {
            world.publish("a/b", payload, QoS::AtLeastOnce);
        }
        for (messages, number) in &streams {
            let batch = messages.take(9).unwrap();
            assert_eq!(batch.len(), 3, "{habit:?}");
            let last = &batch[2].message.properties;
            let wanted = Property::SubscriptionIdentifier(*number);
            let has = last.iter().any(|property| *property == wanted);
            assert_eq!(
                has,
                !matches!(habit, Habit::NamesFirst | Habit::NamesLast) || has,
                "{habit:?}"
            );
            assert!(!last.is_empty(), "{habit:?}");
        }
    }
}

#[test]
fn the_librarys_identifiers_are_refused_to_the_application() {
    let world = World::new(Habit::Once, true);
    let first = *OWN_IDENTIFIERS.start();
    let properties = Properties::from(vec![Property::SubscriptionIdentifier(first)]);
    let refused = world
        .client
        .subscribe(wish("a"), properties, Completion::none());
    let Err(Error::InvalidArgument(text)) = refused else {
        panic!("{refused:?}");
    };
    assert!(text.contains("2031616 to 2097151"), "{text}");
}

#[test]
fn two_takers_of_one_filter_are_one_subscription() {
    for habit in Habit::TOLD {
        let mut world = World::new(habit, true);
        let filters = ["a/#", "a/+", "a/+", "a/#"];
        let takers = takers(&mut world, Kind::Streams, &filters);
        assert_eq!(world.held.len(), 2);
        for payload in PAYLOADS {
            world.publish("a/b", payload, QoS::AtLeastOnce);
        }
        for taker in &takers {
            assert_eq!(taker(), PAYLOADS, "{habit:?}");
        }
    }
}

#[test]
fn who_leaves_takes_nothing_of_the_others() {
    for habit in Habit::TOLD {
        let mut world = World::new(habit, true);
        let options = SubscriptionOptions::default();
        let [first, second] =
            ["a/#", "a/+"].map(|filter| world.stream(wish(filter), options.clone()));
        world.publish("a/b", "1", QoS::AtLeastOnce);
        world.publish("a/b", "2", QoS::AtLeastOnce);
        // Unread, and had by the other.
        drop(second);
        world.settle();
        assert_eq!(world.held.len(), 1);
        world.publish("a/b", "3", QoS::AtLeastOnce);
        assert_eq!(read(&first), ["1", "2", "3"], "{habit:?}");
        world.settle();
        assert_eq!(world.acknowledged, world.sent, "{habit:?}");
        let third = world.stream(wish("a/+"), options);
        world.publish("a/b", "4", QoS::AtLeastOnce);
        assert_eq!(
            (read(&first), read(&third)),
            (vec!["4".into()], vec!["4".into()]),
            "{habit:?}"
        );
    }
}

#[test]
fn what_comes_before_suback_is_there() {
    for habit in Habit::TOLD {
        let mut world = World::new(habit, true);
        let options = SubscriptionOptions::default();
        let first = world.stream(wish("a/#"), options.clone());
        world.slow = true;
        let second = world.stream(wish("a/+"), options);
        world.publish("a/b", "early", QoS::AtLeastOnce);
        assert!(read(&first).contains(&"early".to_owned()), "{habit:?}");
        assert!(read(&second).contains(&"early".to_owned()), "{habit:?}");
        // SUBACK, and what follows it in the same read.
        let mut packets = std::mem::take(&mut world.late);
        packets.extend(world.copies("a/b", "early", QoS::AtLeastOnce));
        world.say(packets);
        assert_eq!(
            (read(&first), read(&second)),
            (vec!["early".into()], vec!["early".into()]),
            "{habit:?}"
        );
    }
}

#[test]
fn a_retained_message_is_no_copy() {
    for habit in [Habit::Once, Habit::Each] {
        let mut world = World::new(habit, true);
        let options = SubscriptionOptions::default();
        let [first, second] =
            ["a/#", "a/+"].map(|filter| world.stream(wish(filter), options.clone()));
        for place in [0, 1] {
            // As the newest subscription has it, with its own name or, as Artemis does, another's.
            let named = world.held[place].identifier;
            let properties = named
                .map(Property::SubscriptionIdentifier)
                .into_iter()
                .collect();
            world.say([Packet::Publish(Publish {
                dup: false,
                qos: QoS::AtMostOnce,
                retain: true,
                topic: Some("a/b".try_into().unwrap()),
                packet_id: None,
                payload: "x".into(),
                properties,
            })]);
            assert_eq!(
                (read(&first), read(&second)),
                (vec!["x".into()], vec!["x".into()])
            );
        }
        // And does not stand for a live one that is alike.
        world.publish("a/b", "x", QoS::AtMostOnce);
        assert_eq!(
            (read(&first), read(&second)),
            (vec!["x".into()], vec!["x".into()]),
            "{habit:?}"
        );
    }
}

#[test]
fn a_lost_session_is_asked_for_with_the_same_identifiers() {
    for habit in Habit::TOLD {
        let mut world = World::new(habit, true);
        let takers = takers(&mut world, Kind::Streams, &["a/#", "a/+"]);
        let before = world.given.clone();
        world.given.clear();
        world.hosted.handle_end(world.stream);
        world.run();
        for _ in 0..100 {
            let stream = world.stream;
            world.now += std::time::Duration::from_secs(1);
            world.run();
            if world.stream != stream {
                break;
            }
        }
        world.accept();
        world.given.sort_unstable();
        assert_eq!(world.given, before, "{habit:?}");
        for payload in PAYLOADS {
            world.publish("a/b", payload, QoS::AtLeastOnce);
        }
        for taker in &takers {
            let got = taker();
            let once = got == PAYLOADS;
            assert!(once, "{habit:?} {got:?}");
        }
    }
}

#[test]
fn an_identifier_of_an_earlier_process_is_not_shown() {
    for handler in [false, true] {
        let mut world = World::new(Habit::Once, !handler);
        let stream = (!handler).then(|| world.client.messages(None).unwrap());
        let old = Property::SubscriptionIdentifier(*OWN_IDENTIFIERS.end());
        world.say([Packet::Publish(Publish {
            dup: false,
            qos: QoS::AtMostOnce,
            retain: false,
            topic: Some("a".try_into().unwrap()),
            packet_id: None,
            payload: "old".into(),
            properties: Properties::from(vec![old]),
        })]);
        let got = match &stream {
            Some(stream) => read(stream),
            None => world.heard.take(),
        };
        assert_eq!(got, ["old"]);
        world.settle();
        assert_eq!(world.client.status().inbound_queue_bytes, 0);
    }
}

#[test]
fn a_filter_without_others_has_no_identifier() {
    let filter = TopicFilter::try_from("a/#").unwrap();
    let mut world = World::new(Habit::Once, true);
    let stream = world.stream(wish("a/#"), SubscriptionOptions::default());
    let again = world.stream(wish("a/#"), SubscriptionOptions::default());
    assert_eq!(world.given, [None, None]);
    assert_eq!(world.held[0].subscription.filter, filter);
    world.publish("a/b", "1", QoS::AtMostOnce);
    assert_eq!(
        (read(&stream), read(&again)),
        (vec!["1".into()], vec!["1".into()])
    );
}

#[test]
fn each_qos_is_its_own_subscriptions() {
    for habit in Habit::TOLD {
        for wishes in [
            [("a/#", QoS::AtMostOnce), ("a/+", QoS::AtLeastOnce)],
            [("a/+", QoS::ExactlyOnce), ("#", QoS::AtMostOnce)],
        ] {
            let mut world = World::new(habit, true);
            let streams = wishes.map(|(filter, qos)| {
                world.stream(wish_at(filter, qos), SubscriptionOptions::default())
            });
            for qos in QOS {
                for payload in PAYLOADS {
                    world.publish("a/b", payload, qos);
                }
                for (stream, (_, granted)) in streams.iter().zip(&wishes) {
                    let batch = stream.take(1000).unwrap();
                    let got = batch.iter().map(|it| text(&it.message));
                    assert_eq!(got.collect::<Vec<_>>(), PAYLOADS, "{habit:?} {qos:?}");
                    stream.done(1000);
                    // Once it is known that there are copies, each has its own.
                    let last = batch.last().unwrap().message.qos;
                    let one = matches!(habit, Habit::Once | Habit::NamesFirst | Habit::NamesLast);
                    assert!(one || last == qos.min(*granted) || *granted != streams_last(&wishes));
                }
                world.settle();
            }
            assert_eq!(world.acknowledged, world.sent, "{habit:?}");
        }
    }
}

/// The QoS of the subscription that came last, which alone has an identifier.
fn streams_last(wishes: &[(&str, QoS); 2]) -> QoS {
    wishes[1].1
}

#[test]
fn a_shared_subscription_has_what_comes_for_it() {
    let mut world = World::new(Habit::Each, true);
    let options = SubscriptionOptions::default();
    let own = world.stream(wish("a/#"), options.clone());
    let shared = world.stream(wish("$share/g/a/b"), options.clone());
    let other = world.stream(wish("a/+"), options);
    // What the group gave to somebody else makes no pair.
    world.publish("a/c", "1", QoS::AtLeastOnce);
    assert_eq!(
        (read(&own), read(&other)),
        (vec!["1".into()], vec!["1".into()])
    );
    for payload in PAYLOADS {
        world.publish("a/b", payload, QoS::AtLeastOnce);
    }
    for (name, stream) in [("own", &own), ("shared", &shared), ("other", &other)] {
        assert_eq!(read(stream), PAYLOADS, "{name}");
    }
    let shared_filter = TopicFilter::try_from("$share/g/a/b").unwrap();
    let all = std::mem::take(&mut world.held);
    world.held = all
        .into_iter()
        .filter(|held| held.subscription.filter != shared_filter)
        .collect();
    world.publish("a/b", "elsewhere", QoS::AtLeastOnce);
    assert_eq!(read(&shared), [""; 0]);
    assert_eq!(read(&own), ["elsewhere"]);
    assert_eq!(read(&other), ["elsewhere"]);
    world.settle();
    assert_eq!(world.acknowledged, world.sent);
}

#[test]
fn what_begins_with_a_dollar_overlaps_with_no_wildcard_before_it() {
    let mut world = World::new(Habit::Each, true);
    for filter in ["#", "$SYS/x", "+/x", "$SYS/#"] {
        world.plain(filter);
    }
    let first = *OWN_IDENTIFIERS.start();
    assert_eq!(world.given, [None, None, Some(first), Some(first + 1)]);
}

#[test]
fn a_response_comes_once_beside_a_stream_of_everything() {
    for habit in Habit::TOLD {
        let mut world = World::new(habit, true);
        let all = world.stream(wish("#"), SubscriptionOptions::default());
        let question = Message::new("ask".try_into().unwrap(), "?");
        let request = world.client.request(question, &Default::default()).unwrap();
        world.settle();
        let asked = world.asked.take().expect("a request");
        let topic = asked
            .get_text(PropertyId::ResponseTopic)
            .unwrap()
            .as_str()
            .to_owned();
        let data = asked.get(PropertyId::CorrelationData).unwrap().clone();
        let mut copies = world.copies(&topic, "!", QoS::AtLeastOnce);
        for copy in &mut copies {
            if let Packet::Publish(publish) = copy {
                publish.properties.push(data.clone());
            }
        }
        world.say(copies);
        world.settle();
        let answer = request.wait_timeout(std::time::Duration::ZERO);
        assert_eq!(text(&answer.unwrap().unwrap()), "!", "{habit:?}");
        assert_eq!(read(&all), ["!"], "{habit:?}");
        world.settle();
        assert_eq!(world.acknowledged, world.sent, "{habit:?}");
    }
}
