//! What the broker says when it refuses, and who hears it.

use std::future::IntoFuture;
use std::time::Duration;

use mqttka::testing::{Memory, PacketType};
use mqttka::{Client, Error, EventKind, Properties, Property, QoS, ReasonCode, Text};

const MINUTE: Duration = Duration::from_secs(60);

/// The words and user properties with which the broker answers from now on.
fn says(memory: &mut Memory, packet_type: PacketType) {
    let text = |text: &str| Text::try_from(text).unwrap();
    let mut says = Properties::new();
    says.push(Property::ReasonString(text("not today")));
    says.push(Property::UserProperty(text("ask"), text("tomorrow")));
    let broker = memory.broker();
    broker.set_properties(packet_type, says).unwrap();
}

/// Code, words and user properties.
type Told = (ReasonCode, Option<String>, Vec<String>);

fn pairs(properties: &Properties) -> Vec<String> {
    let user = properties.user_properties();
    user.map(|(name, value)| format!("{name}={value}"))
        .collect()
}

fn told(error: Error) -> Told {
    match error {
        Error::Refused {
            reason_code,
            reason_string,
            properties,
            ..
        } => (reason_code, reason_string, pairs(&properties)),
        error => panic!("{error:?}"),
    }
}

fn refused() -> Told {
    (
        ReasonCode::NotAuthorized,
        Some("not today".into()),
        vec!["ask=tomorrow".into()],
    )
}

#[test]
fn who_is_subscribed_again_and_refused_hears_why() {
    let mut memory = Memory::new();
    let options = Client::builder("mqtt://broker.example").options().unwrap();
    let client = Client::in_memory(&mut memory, options).unwrap();
    let mut events = client.events().unwrap();
    memory.run(MINUTE, client.start()).unwrap().unwrap();
    let subscribed = memory.run(MINUTE, client.subscribe("a/#"));
    let mut stream = subscribed.unwrap().unwrap();
    let answering = memory.run(MINUTE, client.requests("b"));
    let mut answering = answering.unwrap().unwrap();
    let request = client.request("nobody", "?").timeout(100 * MINUTE);
    let request = request.into_future();
    memory.settle();
    // It is lost with the connection, and comes back to a broker that knows nothing of it.
    let now = memory.now();
    let broker = memory.broker();
    broker
        .refuse_subscriptions(Some(ReasonCode::NotAuthorized))
        .unwrap();
    says(&mut memory, PacketType::SubAck);
    memory.broker().reset(now, None).unwrap();
    memory.broker().forget_sessions();
    let ended = memory.run(MINUTE, stream.recv()).expect("an end");
    assert_eq!(told(ended.unwrap_err()), refused());
    assert_eq!(memory.run(MINUTE, stream.recv()), Some(Ok(None)));
    let ended = memory.run(MINUTE, answering.recv()).expect("an end");
    assert_eq!(told(ended.unwrap_err()), refused());
    let ended = memory.run(MINUTE, request).expect("an end");
    assert_eq!(told(ended.unwrap_err()), refused());
    let event = loop {
        let event = memory.run(MINUTE, events.recv()).flatten();
        let event = event.expect("an event");
        if let EventKind::SubscriptionsLost(lost) = event.kind {
            let codes: Vec<_> = lost
                .filters
                .iter()
                .map(|(_, it)| it.reason_code())
                .collect();
            assert_eq!(codes, [Some(ReasonCode::NotAuthorized); 3]);
            assert_eq!(lost.reason_string.as_deref(), Some("not today"));
            break event.properties;
        }
    };
    assert_eq!(pairs(&event), ["ask=tomorrow"]);
}

#[test]
fn who_may_not_unsubscribe_hears_why() {
    let mut memory = Memory::new();
    let options = Client::builder("mqtt://broker.example").options().unwrap();
    let client = Client::in_memory(&mut memory, options).unwrap();
    memory.run(MINUTE, client.start()).unwrap().unwrap();
    let subscribe = client.subscribe("a/#").qos(QoS::AtLeastOnce);
    let stream = memory.run(MINUTE, subscribe).unwrap().unwrap();
    let broker = memory.broker();
    broker
        .refuse_unsubscriptions(Some(ReasonCode::NotAuthorized))
        .unwrap();
    says(&mut memory, PacketType::UnsubAck);
    for unsubscribing in [client.unsubscribe("b").into_future(), stream.unsubscribe()] {
        let answer = memory.run(MINUTE, unsubscribing).expect("an answer");
        assert_eq!(told(answer.unwrap_err()), refused());
    }
}
