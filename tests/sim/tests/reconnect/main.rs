//! Coming back by itself, rule by rule: one script each.

mod aliases;
mod farewell;
mod goodbye;
mod held;
mod hints;
mod poison;
mod provider;
mod queue;
mod sessions;
mod standby;
mod stops;
mod subscriptions;
mod timing;

use std::num::NonZeroU16;
use std::time::Duration;

use mqttka_core::codec::{Ack, Connect, Packet, SubAck};
use mqttka_core::error::{DisconnectCause, OperationError};
use mqttka_core::proto::{
    Command, Config, Connected, EventKind, Reconnect, Reconnecting, State, StopReason,
};
use mqttka_core::types::{Properties, QoS, ReasonCode, Subscription, TopicFilter, Version};
use mqttka_sim::broker::number_of;
use mqttka_sim::script::Script;

/// A client that is connected, and comes back as these options say.
fn connected(config: Config) -> Script {
    let mut script = Script::coming_back(config);
    script.connect();
    script.accept(false, []);
    script
}

/// Options of a client whose session outlives connections.
fn persistent() -> Config {
    Config {
        client_id: "c".try_into().unwrap_or_default(),
        clean_start: false,
        session_expiry_interval: 100_000,
        ..Config::default()
    }
}

/// The defaults with other options of coming back.
fn with(change: impl FnOnce(&mut Reconnect)) -> Config {
    let mut reconnect = Reconnect::default();
    change(&mut reconnect);
    Config {
        reconnect: Some(reconnect),
        ..Config::default()
    }
}

fn id(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap_or(NonZeroU16::MIN)
}

fn ack(n: u16) -> Ack {
    Ack::new(id(n), ReasonCode::Success)
}

/// The last event says that it tries again, and that is so.
fn waiting(script: &Script) -> Reconnecting {
    match script.events.last() {
        Some(EventKind::Reconnecting(told)) if told.delay.is_zero() => (**told).clone(),
        Some(EventKind::Reconnecting(told)) => {
            assert_eq!(script.machine.state(), State::Reconnecting);
            let at = script.machine.next_attempt_at();
            assert_eq!(at, Some(script.now + told.delay));
            (**told).clone()
        }
        other => panic!("{other:?}"),
    }
}

/// The last event says that it does not, and that is so.
fn stopped(script: &Script) -> StopReason {
    let state = script.machine.state();
    assert!(matches!(state, State::Idle | State::Closed), "{state:?}");
    assert_eq!(script.machine.next_attempt_at(), None);
    match script.events.last() {
        Some(EventKind::ReconnectStopped(told)) => told.reason,
        other => panic!("{other:?}"),
    }
}

/// What the last `connected` says.
fn told(script: &Script) -> Connected {
    let connected = script.events.iter().rev().find_map(|event| match event {
        EventKind::Connected(connected) => Some((**connected).clone()),
        _ => None,
    });
    connected.unwrap_or_else(|| panic!("{:?}", script.events))
}

/// The CONNECT among these packets.
fn connect(packets: &[Packet]) -> Connect {
    match packets {
        [Packet::Connect(connect)] => (**connect).clone(),
        other => panic!("{other:?}"),
    }
}

/// Number and DUP of each PUBLISH.
fn publishes(packets: &[Packet]) -> Vec<(u64, bool)> {
    let publishes = packets.iter().filter_map(|packet| match packet {
        Packet::Publish(publish) => Some((number_of(&publish.payload), publish.dup)),
        _ => None,
    });
    publishes.collect()
}

/// The filters of each SUBSCRIBE.
fn subscribes(packets: &[Packet]) -> Vec<Vec<String>> {
    let subscribes = packets.iter().filter_map(|packet| match packet {
        Packet::Subscribe(subscribe) => Some(subscribe),
        _ => None,
    });
    let names = |list: &[Subscription]| -> Vec<String> {
        list.iter().map(|s| s.filter.as_str().to_owned()).collect()
    };
    subscribes.map(|it| names(&it.subscriptions)).collect()
}

/// Answers each SUBSCRIBE among them; `code` of each filter.
fn grant(
    script: &mut Script,
    packets: &[Packet],
    code: impl Fn(&str) -> ReasonCode,
) -> Vec<Packet> {
    let answers: Vec<Packet> = packets
        .iter()
        .filter_map(|packet| match packet {
            Packet::Subscribe(subscribe) => Some(Packet::SubAck(SubAck {
                packet_id: subscribe.packet_id,
                reason_codes: subscribe
                    .subscriptions
                    .iter()
                    .map(|s| code(s.filter.as_str()))
                    .collect(),
                properties: Properties::new(),
            })),
            _ => None,
        })
        .collect();
    script.receive(answers)
}

fn granted(_: &str) -> ReasonCode {
    ReasonCode::GrantedQoS1
}

fn filter(name: &str) -> TopicFilter {
    TopicFilter::try_from(name).unwrap_or_else(|_| panic!("{name}"))
}

/// A SUBSCRIBE to these, with this mark.
fn subscribe_to(token: u64, names: &[&str]) -> Command<u64> {
    let subscription = |name: &&str| Subscription::new(filter(name), QoS::AtLeastOnce);
    Command::Subscribe {
        subscriptions: names.iter().map(subscription).collect(),
        properties: Properties::new(),
        token: Some(token),
    }
}

/// How each operation ended that has.
fn outcomes(script: &Script) -> Vec<(u64, Result<(), OperationError>)> {
    let completed = script.completed.iter();
    completed
        .map(|(token, outcome)| (*token, outcome.result.clone().map(drop)))
        .collect()
}

fn versions() -> [Version; 2] {
    [Version::V5, Version::V311]
}

fn last_cause(script: &Script) -> DisconnectCause {
    let causes = script.causes();
    causes
        .last()
        .cloned()
        .unwrap_or(DisconnectCause::ClientClosed)
}

const fn mins(n: u64) -> Duration {
    Duration::from_secs(60 * n)
}
