//! Clients and the broker in one thread's memory: hours pass in moments.

use std::future::IntoFuture;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mqttka::testing::{Memory, SeenKind};
use mqttka::{
    AuthenticationRequest, Authenticator, Client, DisconnectCause, EventKind, Events, Properties,
    Property, QoS, ReasonCode, State, Text,
};

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

/// Remembers what AUTH and CONNACK say besides their data, and has something to say, too.
struct Wordy(Arc<Mutex<Vec<String>>>);

impl Authenticator for Wordy {
    fn method(&self) -> &str {
        "wordy"
    }

    fn authenticate(&self, request: AuthenticationRequest) {
        let words = request.reason_string.as_ref().map_or("", |it| it.as_str());
        let user = request.properties.user_properties();
        let user: Vec<_> = user
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let told = format!("{:?}: {words} {}", request.step, user.join(" "));
        self.0.lock().unwrap().push(told);
        let text = |it: &str| Text::try_from(it).unwrap();
        let answer = match request.step.most_user_properties() {
            0 => Vec::new(),
            _ => vec![(text("realm"), text("mine")), (text("realm"), text(""))],
        };
        request.reply_with(None, answer).unwrap();
    }
}

#[test]
fn auth_has_words_and_user_properties_both_ways() {
    let mut memory = Memory::new();
    let text = |it: &str| Text::try_from(it).unwrap();
    let mut says = Properties::new();
    says.push(Property::ReasonString(text("prove it")));
    says.push(Property::UserProperty(text("realm"), text("theirs")));
    memory.broker().authenticate(Some("wordy")).unwrap();
    memory.broker().challenge(b"why").unwrap();
    let kind = mqttka::PacketType::Auth;
    memory.broker().set_properties(kind, says).unwrap();
    let told = Arc::<Mutex<Vec<String>>>::default();
    let builder = Client::builder("mqtt://broker.example").authenticator(Wordy(Arc::clone(&told)));
    let options = builder.options().unwrap();
    let client = Client::in_memory(&mut memory, options).unwrap();
    memory.run(MINUTE, client.start()).unwrap().unwrap();
    memory
        .run(MINUTE, client.reauthenticate())
        .unwrap()
        .unwrap();
    let told = std::mem::take(&mut *told.lock().unwrap());
    assert_eq!(
        told,
        [
            "Start:  ",
            "Continue: prove it realm=theirs",
            "Finish:  ",
            "Start (again):  ",
            "Continue: prove it realm=theirs",
            "Finish: prove it realm=theirs",
        ]
    );
    let mut seen = || {
        let seen = memory.broker().take(SeenKind::Authenticating, None)?;
        let user = seen.properties.user_properties();
        let user: Vec<_> = user
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        Some((seen.reason_code, user.join(" ")))
    };
    let ours = || "realm=mine realm=".to_owned();
    let (more, again) = (
        ReasonCode::ContinueAuthentication,
        ReasonCode::ReAuthenticate,
    );
    // CONNECT has none, as they are an option of the client.
    assert_eq!(seen(), Some((None, String::new())));
    assert_eq!(seen(), Some((Some(more), ours())));
    assert_eq!(seen(), Some((Some(again), ours())));
    assert_eq!(seen(), Some((Some(more), ours())));
    assert_eq!(seen(), None);
}
