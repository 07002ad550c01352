//! Clients and the broker in one thread's memory: hours pass in moments.

use std::future::IntoFuture;
use std::time::Duration;

use mqttka::testing::{Memory, SeenKind};
use mqttka::{Client, DisconnectCause, EventKind, Events, QoS, State};

const MINUTE: Duration = Duration::from_secs(60);

fn client(memory: &mut Memory, name: &str) -> (Client, Events) {
    let builder = Client::builder("mqtt://broker.example").client_id(name);
    let builder = builder
        .keep_alive(MINUTE)
        .session_expiry_interval(60 * MINUTE);
    let options = builder.clean_start(false).options().unwrap();
    let client = Client::in_memory(memory, options).unwrap();
    let events = client.events().unwrap();
    memory
        .run(MINUTE, client.start())
        .expect("in time")
        .unwrap();
    (client, events)
}

/// The next event that is no hint.
fn next(memory: &mut Memory, events: &mut Events) -> EventKind {
    loop {
        let event = memory
            .run(60 * MINUTE, events.recv())
            .expect("in time")
            .unwrap();
        if !matches!(event.kind, EventKind::Suspect(_) | EventKind::Alive(_)) {
            return event.kind;
        }
    }
}

#[test]
fn two_clients_talk() {
    let mut memory = Memory::new();
    let (a, _) = client(&mut memory, "a");
    let (b, _) = client(&mut memory, "b");
    let subscribing = b.subscribe("t").qos(QoS::ExactlyOnce);
    let mut messages = memory.run(MINUTE, subscribing).unwrap().unwrap();
    let publishing = a.publish("t", "hello").qos(QoS::ExactlyOnce);
    memory.run(MINUTE, publishing).unwrap().unwrap();
    let got = memory
        .run(MINUTE, messages.recv())
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(got.text(), "hello");
    assert!(
        memory
            .broker()
            .take(SeenKind::Published, Some("t"))
            .is_some()
    );
}

#[test]
fn a_quiet_day_costs_pings_and_nothing_else() {
    let mut memory = Memory::new();
    let (a, _) = client(&mut memory, "a");
    memory.broker().forget_seen();
    memory.pass(24 * 60 * MINUTE);
    assert_eq!(a.state(), State::Connected);
    let mut pings = 0;
    while let Some(seen) = memory.broker().take_any() {
        assert_eq!(seen.kind, SeenKind::Pinged, "{seen}");
        pings += 1;
    }
    assert!((24 * 60..=24 * 120).contains(&pings), "{pings} in a day");
}

#[test]
fn the_internet_is_gone_for_ten_minutes_and_nothing_is_lost() {
    let mut memory = Memory::new();
    let (a, mut events) = client(&mut memory, "a");
    assert!(matches!(
        next(&mut memory, &mut events),
        EventKind::Connected(_)
    ));
    let mut messages = memory.run(MINUTE, a.subscribe("t")).unwrap().unwrap();
    memory.broker().go_silent();
    let began = memory.now();
    let answer = a
        .publish("up", "while it is gone")
        .qos(QoS::AtLeastOnce)
        .into_future();
    let EventKind::Disconnected(end) = next(&mut memory, &mut events) else {
        panic!("the end comes first");
    };
    assert_eq!(end.cause, DisconnectCause::KeepAliveTimeout);
    assert!(memory.now().saturating_since(began) <= MINUTE * 3 / 2);
    memory.pass(10 * MINUTE);
    assert_ne!(a.state(), State::Connected);
    memory.come_back();
    memory.run(60 * MINUTE, answer).expect("in time").unwrap();
    let now = memory.now();
    let message = mqttka_core::types::Message::new("t".parse().unwrap(), "down");
    memory.broker().publish(now, message).unwrap();
    let got = memory
        .run(MINUTE, messages.recv())
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(got.text(), "down");
}

#[test]
fn the_same_happens_each_time() {
    let story = || {
        let mut memory = Memory::new();
        let (_, mut events) = client(&mut memory, "a");
        let began = memory.now();
        memory.broker().go_silent();
        let mut told = Vec::new();
        for _ in 0..20 {
            let event = memory
                .run(60 * MINUTE, events.recv())
                .expect("in time")
                .unwrap();
            let kind = std::mem::discriminant(&event.kind);
            told.push((memory.now().saturating_since(began), kind));
        }
        told
    };
    assert_eq!(story(), story());
}

#[test]
fn a_future_that_is_not_ready_is_told_at_its_limit() {
    let mut memory = Memory::new();
    let (a, _) = client(&mut memory, "a");
    memory
        .broker()
        .acknowledge(mqttka::testing::Acknowledging::Never);
    let began = memory.now();
    let answer = a.publish("t", "x").qos(QoS::AtLeastOnce).into_future();
    assert!(memory.run(MINUTE, answer).is_none());
    assert_eq!(memory.now().saturating_since(began), MINUTE);
}
