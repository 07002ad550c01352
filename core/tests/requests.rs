//! Requests and responses (section 4.10), over real sockets.

#![cfg(feature = "engine")]

mod support;

use std::sync::mpsc::channel;
use std::time::Duration;

use mqttka_core::client::{
    Bytes, Client, Completion, Error, Event, Handler, Message, OperationError, Options, Property,
    PropertyId, QoS, ReasonCode, RequestOptions, Requesting, Subscription, TopicName, Version,
};
use mqttka_scripted_broker::{Broker, CONNACK_5, CONNACK_311, Peer};
use support::{PATIENCE, options};

struct Silent;

impl Handler for Silent {
    fn on_event(&self, _: &Event) {}
    fn on_message(&self, _: Message, _: u64) {}
}

fn scene(version: Version, connack: &[u8]) -> (Client, Peer) {
    scene_of(version, connack, |_| {})
}

fn scene_with(connack: &[u8], change: impl FnOnce(&mut Options)) -> (Client, Peer) {
    scene_of(Version::V5, connack, change)
}

fn scene_of(version: Version, connack: &[u8], change: impl FnOnce(&mut Options)) -> (Client, Peer) {
    let broker = Broker::listen();
    let mut options = options(broker.port(), version);
    change(&mut options);
    options.config.keep_alive = 600;
    options.config.client_id = "me".try_into().unwrap();
    options.config.request_response_information = version == Version::V5;
    let client = Client::with_streams(options, Silent).unwrap();
    let connecting = client.connecting().unwrap();
    let peer = broker.accept_mqtt(connack);
    connecting.wait_timeout(PATIENCE).unwrap().unwrap();
    (client, peer)
}

fn question(payload: &'static str) -> Message {
    let topic = TopicName::try_from("ask").unwrap();
    Message::new(topic, payload).with_qos(QoS::AtLeastOnce)
}

fn ask(client: &Client, payload: &'static str) -> Requesting {
    client
        .request(question(payload), &RequestOptions::default())
        .unwrap()
}

/// A request as it arrived: its identifier, and what a response has to have.
struct Asked {
    id: [u8; 2],
    topic: Vec<u8>,
    correlation_data: Vec<u8>,
}

/// The topic of the subscription that comes next, which is granted or refused.
fn subscribed(peer: &mut Peer, code: u8) -> String {
    let packet = peer.packet();
    assert_eq!(packet[0], 0x82);
    let properties = usize::from(packet[4]);
    let topic = &packet[4 + 1 + properties + 2..packet.len() - 1];
    peer.send(&[0x90, 4, packet[2], packet[3], 0, code]);
    String::from_utf8(topic.to_vec()).unwrap()
}

/// The request that comes next, at QoS 1 to "ask".
fn asked(peer: &mut Peer) -> Asked {
    let packet = peer.packet();
    assert_eq!(packet[0], 0x32);
    asked_by([packet[7], packet[8]], &packet[9..])
}

/// The same at QoS 0.
fn asked_quietly(peer: &mut Peer) -> Asked {
    let packet = peer.packet();
    assert_eq!(packet[0], 0x30);
    asked_by([0, 0], &packet[7..])
}

fn asked_by(id: [u8; 2], packet: &[u8]) -> Asked {
    let mut rest = &packet[1..1 + usize::from(packet[0])];
    let (mut topic, mut correlation_data) = (Vec::new(), Vec::new());
    while let [kind, _, length, more @ ..] = rest {
        let (value, left) = more.split_at(usize::from(*length));
        match kind {
            0x08 => topic = value.to_vec(),
            0x09 => correlation_data = value.to_vec(),
            other => panic!("{other:#x}"),
        }
        rest = left;
    }
    Asked {
        id,
        topic,
        correlation_data,
    }
}

fn respond(peer: &mut Peer, asked: &Asked, payload: &[u8]) {
    let mut body = vec![0, asked.topic.len() as u8];
    body.extend_from_slice(&asked.topic);
    body.push(3 + asked.correlation_data.len() as u8);
    body.extend_from_slice(&[0x09, 0, asked.correlation_data.len() as u8]);
    body.extend_from_slice(&asked.correlation_data);
    body.extend_from_slice(payload);
    let mut packet = vec![0x30, body.len() as u8];
    packet.append(&mut body);
    peer.send(&packet);
}

fn answer(requesting: &Requesting) -> Result<Bytes, OperationError> {
    let answer = requesting.wait_timeout(PATIENCE).expect("an answer");
    answer
        .map(|response| response.payload)
        .map_err(|told| told.error)
}

#[test]
fn each_request_has_its_own_response_whatever_their_order() {
    let (client, mut peer) = scene(Version::V5, CONNACK_5);
    let first = ask(&client, "1");
    let (told, hears) = channel();
    client
        .request_with(question("2"), &RequestOptions::default(), move |answer| {
            told.send(answer.map(|response| response.payload)).unwrap();
        })
        .unwrap();
    let topic = subscribed(&mut peer, 1);
    assert!(topic.starts_with("mqttka/response/me/"), "{topic}");
    let one = asked(&mut peer);
    let two = asked(&mut peer);
    assert_eq!(one.topic, topic.as_bytes());
    assert_ne!(one.correlation_data, two.correlation_data);
    respond(&mut peer, &two, b"two");
    assert_eq!(
        hears.recv_timeout(PATIENCE).unwrap().as_deref(),
        Ok(&b"two"[..])
    );
    // A second response is nobody's, and so is one of somebody else's request.
    respond(&mut peer, &two, b"again");
    let other = Asked {
        correlation_data: vec![0; 16],
        topic: one.topic.clone(),
        id: one.id,
    };
    respond(&mut peer, &other, b"other");
    respond(&mut peer, &one, b"one");
    assert_eq!(answer(&first).as_deref(), Ok(&b"one"[..]));
    assert_eq!(client.status().messages_unclaimed, 0);
    // The subscription is there already.
    let third = ask(&client, "3");
    let three = asked(&mut peer);
    respond(&mut peer, &three, b"three");
    assert_eq!(answer(&third).as_deref(), Ok(&b"three"[..]));
}

#[test]
fn a_broker_that_gives_response_information_is_followed() {
    let connack = [&[0x20, 12, 0, 0, 9, 0x1a, 0, 6][..], b"rr/me/"].concat();
    let (client, mut peer) = scene(Version::V5, &connack);
    let _request = ask(&client, "1");
    let topic = subscribed(&mut peer, 1);
    assert!(topic.starts_with("rr/me/") && topic.len() == 22, "{topic}");
}

#[test]
fn what_nobody_can_answer_ends_at_once() {
    let (client, mut peer) = scene(Version::V5, CONNACK_5);
    let nobody = ask(&client, "1");
    subscribed(&mut peer, 1);
    let [high, low] = asked(&mut peer).id;
    peer.send(&[0x40, 3, high, low, 0x10]);
    let refused = OperationError::Refused(ReasonCode::NoMatchingSubscribers);
    assert_eq!(answer(&nobody), Err(refused));
    // A time that passes, with the request at the broker.
    let mut options = RequestOptions::default();
    options.timeout = Duration::from_millis(1);
    let late = client.request(question("2"), &options).unwrap();
    assert_eq!(answer(&late), Err(OperationError::TimedOut));
    let stopped = ask(&client, "3");
    client.disconnect(ReasonCode::Success).unwrap();
    drop(peer);
    assert_eq!(answer(&stopped), Err(OperationError::Disconnected));
    let never = client.request(question("4"), &RequestOptions::default());
    assert_eq!(never.err(), Some(Error::NotConnected));
    client.close();
}

/// What the broker says besides the reason code, whichever of its packets ends a request.
#[test]
fn a_refusal_has_the_words_and_user_properties_of_the_broker() {
    let says = b"\x1f\x00\x02no\x26\x00\x01k\x00\x01v";
    let refuse = |first: u8, id: [u8; 2], code: u8| {
        let (len, said) = (u8::try_from(says.len()).unwrap(), &says[..]);
        match first {
            0x90 => [&[0x90, 4 + len, id[0], id[1], len], said, &[code]].concat(),
            _ => [&[first, 4 + len, id[0], id[1], code, len], said].concat(),
        }
    };
    let words = |requesting: &Requesting| {
        let told = requesting.wait_timeout(PATIENCE).expect("an end");
        let told = told.expect_err("a refusal");
        let user = told.properties.user_properties();
        let user: Vec<_> = user
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        (
            told.error,
            told.reason_string.map(|text| text.to_string()),
            user,
        )
    };
    let refused = |code| {
        let told = (Some("no".to_owned()), vec!["k=v".to_owned()]);
        (OperationError::Refused(code), told.0, told.1)
    };
    // PUBACK that refuses, or says that nobody subscribes.
    let (client, mut peer) = scene(Version::V5, CONNACK_5);
    for (index, code) in [ReasonCode::NotAuthorized, ReasonCode::NoMatchingSubscribers]
        .into_iter()
        .enumerate()
    {
        let request = ask(&client, "1");
        if index == 0 {
            subscribed(&mut peer, 1);
        }
        let id = asked(&mut peer).id;
        peer.send(&refuse(0x40, id, code as u8));
        assert_eq!(words(&request), refused(code));
    }
    // PUBREC.
    let twice = || question("2").with_qos(QoS::ExactlyOnce);
    let request = client.request(twice(), &RequestOptions::default()).unwrap();
    let packet = peer.packet();
    peer.send(&refuse(0x50, [packet[7], packet[8]], 0x97));
    assert_eq!(words(&request), refused(ReasonCode::QuotaExceeded));
    // PUBREC that says that nobody subscribes, which is no refusal: PUBCOMP ends it.
    let request = client.request(twice(), &RequestOptions::default()).unwrap();
    let packet = peer.packet();
    peer.send(&refuse(0x50, [packet[7], packet[8]], 0x10));
    assert_eq!(peer.packet(), [0x62, 2, packet[7], packet[8]]);
    peer.send(&[0x70, 2, packet[7], packet[8]]);
    assert_eq!(words(&request), refused(ReasonCode::NoMatchingSubscribers));
    // SUBACK of the subscription to the response topic.
    let (client, mut peer) = scene(Version::V5, CONNACK_5);
    let request = ask(&client, "1");
    let packet = peer.packet();
    peer.send(&refuse(0x90, [packet[2], packet[3]], 0x87));
    assert_eq!(words(&request), refused(ReasonCode::NotAuthorized));
    // What the client ends by itself has none.
    let late = ask(&client, "2");
    late.cancel();
    assert_eq!(words(&late), (OperationError::Cancelled, None, Vec::new()));
}

#[test]
fn a_subscription_that_is_refused_ends_them_and_is_asked_for_again() {
    let (client, mut peer) = scene(Version::V5, CONNACK_5);
    for code in [0x87, 1] {
        let request = ask(&client, "1");
        subscribed(&mut peer, code);
        let question = asked(&mut peer);
        if code == 1 {
            respond(&mut peer, &question, b"yes");
            assert_eq!(answer(&request).as_deref(), Ok(&b"yes"[..]));
        } else {
            let refused = OperationError::Refused(ReasonCode::NotAuthorized);
            assert_eq!(answer(&request), Err(refused));
        }
    }
    let last = ask(&client, "2");
    client.close();
    drop(peer);
    let ended = answer(&last);
    assert!(
        matches!(
            ended,
            Err(OperationError::Closed | OperationError::Disconnected)
        ),
        "{ended:?}"
    );
}

/// The broker's answer may come before the request is sent.
#[test]
fn a_subscription_that_is_refused_at_once_ends_them() {
    let (client, mut peer) = scene(Version::V5, CONNACK_5);
    let broker = std::thread::spawn(move || {
        // Until the client says goodbye.
        loop {
            let packet = peer.packet();
            match packet[0] {
                0x82 => peer.send(&[0x90, 4, packet[2], packet[3], 0, 0x87]),
                0x32 => peer.send(&[0x40, 2, packet[7], packet[8]]),
                _ => break,
            }
        }
    });
    for _ in 0..500 {
        let refused = OperationError::Refused(ReasonCode::NotAuthorized);
        assert_eq!(answer(&ask(&client, "1")), Err(refused));
    }
    client.disconnect(ReasonCode::Success).unwrap();
    broker.join().unwrap();
}

/// A broker that has lost the session may refuse what it granted before.
#[test]
fn a_subscription_that_is_lost_ends_them() {
    let broker = Broker::listen();
    let mut options = support::reconnecting(broker.port(), Version::V5);
    if let Some(reconnect) = &mut options.config.reconnect {
        reconnect.first_delay = Duration::from_millis(10);
    }
    let client = Client::with_streams(options, Silent).unwrap();
    client.connect().unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_5);
    let quiet = question("1").with_qos(QoS::AtMostOnce);
    let request = client.request(quiet, &RequestOptions::default()).unwrap();
    subscribed(&mut peer, 1);
    asked_quietly(&mut peer);
    peer.close();
    let mut peer = broker.accept_mqtt(CONNACK_5);
    subscribed(&mut peer, 0x87);
    let refused = OperationError::Refused(ReasonCode::NotAuthorized);
    assert_eq!(answer(&request), Err(refused));
    // The next one asks for it again.
    let again = ask(&client, "2");
    subscribed(&mut peer, 1);
    let question = asked(&mut peer);
    respond(&mut peer, &question, b"yes");
    assert_eq!(answer(&again).as_deref(), Ok(&b"yes"[..]));
}

#[test]
fn who_waits_no_more_holds_no_place() {
    let (client, mut peer) = scene_with(CONNACK_5, |options| {
        options.config.outbound_queue_max_messages = 3;
    });
    let quiet = |payload| question(payload).with_qos(QoS::AtMostOnce);
    let more = |payload| client.request(quiet(payload), &RequestOptions::default());
    let mut waiting = vec![more("0").unwrap()];
    subscribed(&mut peer, 1);
    // What was sent is in the queue no more.
    let sent = |peer: &mut Peer| assert_eq!(peer.packet()[0], 0x30);
    sent(&mut peer);
    for payload in ["1", "2"] {
        waiting.push(more(payload).unwrap());
        sent(&mut peer);
    }
    assert_eq!(more("3").unwrap_err(), Error::QueueFull);
    drop(waiting.pop());
    waiting.push(more("4").unwrap());
    sent(&mut peer);
    assert_eq!(more("5").unwrap_err(), Error::QueueFull);
    waiting[0].cancel();
    assert_eq!(answer(&waiting[0]), Err(OperationError::Cancelled));
    waiting.push(more("6").unwrap());
    sent(&mut peer);
}

/// Answers that nobody takes are bounded, as what nobody answers is.
#[test]
fn answers_that_wait_for_a_stuck_lane_are_bounded() {
    const MOST: usize = 4;
    let (client, mut peer) = scene_with(CONNACK_5, |options| {
        options.config.outbound_queue_max_messages = MOST;
    });
    let (go_on, stuck) = channel::<()>();
    let options = RequestOptions::default();
    let quiet = || question("?").with_qos(QoS::AtMostOnce);
    client
        .request_with(quiet(), &options, move |_| {
            let _ = stuck.recv();
        })
        .unwrap();
    subscribed(&mut peer, 1);
    let mut taken = 0;
    loop {
        // Its answer tells that what came before has gone its way.
        let last = client.request(quiet(), &options).unwrap();
        for _ in 0..2 {
            let asked = asked_quietly(&mut peer);
            respond(&mut peer, &asked, b"!");
        }
        answer(&last).unwrap();
        match client.request_with(quiet(), &options, |_| {}) {
            Ok(()) => taken += 1,
            Err(error) => {
                assert_eq!(error, Error::QueueFull);
                break;
            }
        }
        assert!(taken <= MOST, "it takes all that come");
    }
    drop(go_on);
}

#[test]
fn what_is_cancelled_before_it_is_sent_never_leaves() {
    let broker = Broker::listen();
    let client = Client::with_streams(options(broker.port(), Version::V5), Silent).unwrap();
    client.connect().unwrap();
    let mut peer = broker.accept();
    assert_eq!(peer.packet()[0], 0x10);
    let cancelled = ask(&client, "1");
    drop(ask(&client, "2"));
    let third = ask(&client, "3");
    cancelled.cancel();
    assert_eq!(answer(&cancelled), Err(OperationError::Cancelled));
    peer.send(CONNACK_5);
    subscribed(&mut peer, 1);
    let asked = asked(&mut peer);
    respond(&mut peer, &asked, b"three");
    assert_eq!(answer(&third).as_deref(), Ok(&b"three"[..]));
    // Once it has ended, cancelling changes nothing.
    third.cancel();
    assert_eq!(third.wait_timeout(Duration::ZERO), None);
}

#[test]
fn it_needs_5_0() {
    let (client, _peer) = scene(Version::V311, CONNACK_311);
    let refused = client.request(question("1"), &RequestOptions::default());
    assert!(matches!(refused, Err(Error::NotSupported { .. })));
    let wish = vec![Subscription::new("ask".parse().unwrap(), QoS::AtLeastOnce)];
    let refused = client.respond(wish, Default::default(), |_| None, Completion::none());
    assert!(matches!(refused, Err(Error::NotSupported { .. })));
}

#[test]
fn a_responder_answers_where_the_request_says() {
    let (client, mut peer) = scene(Version::V5, CONNACK_5);
    let wish = vec![Subscription::new("ask".parse().unwrap(), QoS::AtLeastOnce)];
    let twice = |request: &Message| match &request.payload[..] {
        b"?" => None,
        b"!" => std::panic::resume_unwind(Box::new("fails")),
        payload => Some([payload, payload].concat().into()),
    };
    client
        .respond(wish, Default::default(), twice, Completion::none())
        .unwrap();
    assert_eq!(subscribed(&mut peer, 1), "ask");
    // No request; one that has no answer; one at which it fails; one that has an answer.
    peer.send(&[0x30, 7, 0, 3, b'a', b's', b'k', 0, b'x']);
    for payload in [b'?', b'!', b'y'] {
        peer.send(&[
            0x30, 15, 0, 3, b'a', b's', b'k', 8, 0x08, 0, 1, b'r', 0x09, 0, 1, b'd', payload,
        ]);
    }
    peer.expect(&[0x30, 10, 0, 1, b'r', 4, 0x09, 0, 1, b'd', b'y', b'y']);
}

#[test]
fn a_reply_is_made_of_a_request_alone() {
    let request = question("1");
    assert!(matches!(
        request.reply_to("x"),
        Err(Error::InvalidArgument(_))
    ));
    let mut wild = question("1");
    let topic = Property::ResponseTopic("a/#".try_into().unwrap());
    wild.properties.push(topic);
    assert!(matches!(wild.reply_to("x"), Err(Error::InvalidTopic(_))));
    let mut request = question("1");
    request
        .properties
        .push(Property::ResponseTopic("r".try_into().unwrap()));
    let reply = request.reply_to("x").unwrap();
    assert_eq!((reply.topic.as_str(), reply.qos), ("r", QoS::AtLeastOnce));
    assert_eq!(reply.properties.get(PropertyId::CorrelationData), None);
}
