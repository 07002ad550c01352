//! Each taker gets each message once, whatever it is and whatever the broker does.

use mqttka_core::client::{Completion, Message, Properties, PropertyId, QoS, SubscriptionOptions};
use mqttka_core::codec::Packet;

use super::world::{Habit, Heard, World, read, text, wish};

pub(super) const QOS: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];

/// Messages that differ, and messages that do not.
pub(super) const PAYLOADS: [&str; 7] = ["1", "same", "same", "same", "2", "3", "same"];

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Streams,
    ManualStreams,
    Handlers,
    /// Subscriptions for the client's own handler.
    ClientHandler,
    /// Subscriptions for a stream without one.
    FreeStream,
}

impl Kind {
    pub(super) const ALL: [Kind; 5] = [
        Kind::Streams,
        Kind::ManualStreams,
        Kind::Handlers,
        Kind::ClientHandler,
        Kind::FreeStream,
    ];
}

/// A taker, and how what it got is had.
pub(super) type Taker = Box<dyn Fn() -> Vec<String>>;

pub(super) fn takers(world: &mut World, kind: Kind, filters: &[&str]) -> Vec<Taker> {
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

pub(super) fn with_handler(kind: Kind) -> bool {
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
