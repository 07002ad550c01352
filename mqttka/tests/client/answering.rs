//! Requests that are answered later, several at a time.

use std::time::Duration;

use futures::StreamExt;
use mqttka::testing::{Memory, SeenKind};
use mqttka::{
    Client, Error, Message, Property, QoS, ReasonCode, ReceivedRequest, Requests, Text, Version,
};

const MINUTE: Duration = Duration::from_secs(60);

fn world(version: Version) -> (Memory, Client) {
    let mut memory = Memory::new();
    let builder = Client::builder("mqtt://broker.example").protocol_version(version);
    let client = Client::in_memory(&mut memory, builder.options().unwrap()).unwrap();
    memory.run(MINUTE, client.start()).unwrap().unwrap();
    (memory, client)
}

fn receiving(memory: &mut Memory, client: &Client) -> Requests {
    let requests = client.requests("q/#").qos(QoS::AtLeastOnce);
    memory.run(MINUTE, requests).unwrap().unwrap()
}

/// Somebody asks, and wants the answer at "r".
fn ask(memory: &mut Memory, question: &str) {
    let mut request = Message::new("q/1", question.to_owned()).unwrap();
    request.qos = QoS::AtLeastOnce;
    let topic = Text::try_from("r").unwrap();
    request.properties.push(Property::ResponseTopic(topic));
    let now = memory.now();
    memory.broker().publish(now, request).unwrap();
}

fn next(memory: &mut Memory, requests: &mut Requests) -> ReceivedRequest {
    let next = memory.run(MINUTE, requests.recv()).expect("a request");
    next.unwrap().unwrap()
}

/// What was answered since the last look, in its order.
fn answers(memory: &mut Memory) -> Vec<String> {
    memory.settle();
    let broker = memory.broker();
    let published = std::iter::from_fn(|| broker.take(SeenKind::Published, Some("r")));
    let published: Vec<_> = published.collect();
    published
        .into_iter()
        .map(|seen| String::from_utf8(seen.message.unwrap().payload.to_vec()).unwrap())
        .collect()
}

fn acknowledged(memory: &mut Memory) -> usize {
    memory.settle();
    let broker = memory.broker();
    std::iter::from_fn(|| broker.take(SeenKind::Acknowledged, None)).count()
}

#[test]
fn each_is_acknowledged_when_it_was_answered_whatever_their_order() {
    let (mut memory, client) = world(Version::V5);
    let mut requests = receiving(&mut memory, &client);
    assert_eq!(requests.granted(), [ReasonCode::GrantedQoS1]);
    assert_eq!(requests.filters()[0].as_str(), "q/#");
    let now = memory.now();
    let no_request = Message::new("q/1", "no request").unwrap();
    memory.broker().publish(now, no_request).unwrap();
    for question in ["1", "2", "3"] {
        ask(&mut memory, question);
    }
    let [one, two, three] = [0; 3].map(|_| next(&mut memory, &mut requests));
    assert_eq!(three.message().text(), "3");
    assert_eq!(acknowledged(&mut memory), 0);
    three.reply("three");
    two.decline();
    assert_eq!(answers(&mut memory), ["three"]);
    // They leave in the order in which the requests came.
    assert_eq!(acknowledged(&mut memory), 0);
    one.reply("one");
    assert_eq!(answers(&mut memory), ["one"]);
    assert_eq!(acknowledged(&mut memory), 3);
    // Dropped, it comes again.
    ask(&mut memory, "4");
    drop(next(&mut memory, &mut requests));
    let again = next(&mut memory, &mut requests);
    assert_eq!(
        (again.message().text(), again.message().dup),
        ("4".into(), true)
    );
    again.reply("four");
    assert_eq!(acknowledged(&mut memory), 1);
    memory.run(MINUTE, requests.unsubscribe()).unwrap().unwrap();
    let end = memory.run(MINUTE, requests.recv());
    assert!(matches!(end, Some(Ok(None))), "{end:?}");
}

#[test]
fn so_many_are_under_way_at_a_time() {
    let (mut memory, client) = world(Version::V5);
    let requests = client.requests("q/#");
    let mut requests = memory.run(MINUTE, requests).unwrap().unwrap();
    for _ in 0..1025 {
        ask(&mut memory, "?");
    }
    let mut under_way: Vec<_> = (0..1024)
        .map(|_| next(&mut memory, &mut requests))
        .collect();
    assert!(memory.run(MINUTE, requests.next()).is_none());
    under_way.pop().unwrap().decline();
    assert!(memory.run(MINUTE, requests.next()).is_some());
}

#[test]
fn it_ends_with_what_the_broker_refuses_and_needs_mqtt_5() {
    let (mut memory, client) = world(Version::V5);
    let code = ReasonCode::NotAuthorized;
    memory.broker().refuse_subscriptions(Some(code)).unwrap();
    let refused = memory.run(MINUTE, client.requests("q")).unwrap();
    assert_eq!(refused.unwrap_err().reason_code(), Some(code));
    let mut requests = client.requests("q").nowait().unwrap();
    let end = memory.run(MINUTE, requests.recv()).unwrap();
    assert_eq!(end.unwrap_err().reason_code(), Some(code));
    let end = memory.run(MINUTE, requests.recv()).unwrap();
    assert!(matches!(end, Ok(None)), "{end:?}");
    let wrong = client.requests("a/#/b").nowait();
    assert!(
        matches!(wrong, Err(Error::InvalidTopic { .. })),
        "{wrong:?}"
    );
    let (_memory, client) = world(Version::V311);
    let old = client.requests("q").nowait();
    assert!(matches!(old, Err(Error::NotSupported { .. })), "{old:?}");
}
