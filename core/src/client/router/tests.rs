//! What takes seconds on a clock, with times of our own.

use std::sync::Mutex;

use super::*;
use crate::client::{Client, Event, EventKind, Handler, Message, Options, TopicName};
use crate::log::{self, Level, Record};
use crate::proto::Connected;
use crate::types::{Properties, QoS};

struct Silent;

impl Handler for Silent {
    fn on_event(&self, _: &Event) {}
    fn on_message(&self, _: Message, _: u64) {}
}

static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn note(record: Record) {
    SAID.lock().unwrap().push(record.text);
}

/// What was said of this, so far.
fn said(of: &str) -> Vec<String> {
    let said = SAID.lock().unwrap();
    said.iter()
        .filter(|text| text.contains(of))
        .cloned()
        .collect()
}

fn client() -> Client {
    log::send_to(Some(Level::Warn), note);
    Client::with_streams(Options::new("127.0.0.1"), Silent).unwrap()
}

fn message(topic: &str) -> Delivered<Completion> {
    let topic = TopicName::try_from(topic).unwrap();
    Delivered::Message(Message::new(topic, "x").with_qos(QoS::AtLeastOnce))
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_stream_that_is_not_read_is_warned_of_once() {
    let client = client();
    let router = &client.0.shared.lanes.router;
    let filter = TopicFilter::try_from("unread/#").unwrap();
    let stream = client.messages(Some(filter)).unwrap();
    assert_eq!(router.turn_ended(), None);
    router.deliver(&mut vec![Delivered::Connection(1), message("unread/1")]);
    let deadline = router.turn_ended().expect("a time to look");
    router.handle_timeout(deadline - SECOND);
    assert_eq!(said("unread/#"), [""; 0]);
    for seconds in [0, 10, 20] {
        router.handle_timeout(deadline + SECOND * seconds);
        let said = said("unread/#");
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("1 messages"), "{said:?}");
    }
    // Where it is read, and then is not, it is told again.
    stream.take(1).unwrap();
    stream.done(1);
    router.deliver(&mut vec![message("unread/2")]);
    for seconds in [30, 40, 50] {
        router.handle_timeout(deadline + SECOND * seconds);
    }
    assert_eq!(said("unread/#").len(), 2);
    // Where nothing waits, there is nothing to wake up for.
    stream.take(1).unwrap();
    stream.done(1);
    router.handle_timeout(deadline + SECOND * 60);
    assert_eq!(router.turn_ended(), None);
}

#[test]
fn the_unclaimed_wait_for_ever_until_the_first_consumer_and_then_for_their_time() {
    let client = client();
    let router = &client.0.shared.lanes.router;
    router.deliver(&mut vec![message("first/1"), message("first/1")]);
    assert_eq!(router.turn_ended(), None);
    let filter = TopicFilter::try_from("other").unwrap();
    let _other = client.messages(Some(filter)).unwrap();
    let deadline = router.turn_ended().expect("the end of their time");
    router.handle_timeout(deadline - SECOND);
    assert_eq!(router.counts().unclaimed, 0);
    router.handle_timeout(deadline);
    assert_eq!(router.counts().unclaimed, 2);
    assert_eq!(router.turn_ended(), None);
    // Said once per topic.
    assert_eq!(said("first/1").len(), 1);
    router.deliver(&mut vec![message("first/1"), message("first/2")]);
    assert_eq!(router.counts().unclaimed, 4);
    assert_eq!((said("first/1").len(), said("first/2").len()), (1, 1));
}

#[test]
fn only_a_session_that_was_resumed_lets_the_unclaimed_wait() {
    let client = client();
    let router = &client.0.shared.lanes.router;
    let filter = TopicFilter::try_from("other").unwrap();
    let _other = client.messages(Some(filter)).unwrap();
    for (session_present, waiting) in [(false, false), (true, true)] {
        let connected = Connected {
            session_present,
            ..Connected::plain()
        };
        router.event(&Event {
            will_reconnect: false,
            record: None,
            properties: Properties::new(),
            connection_number: 1,
            attempt_number: 1,
            attempted: None,
            kind: EventKind::Connected(Box::new(connected)),
        });
        router.deliver(&mut vec![message("resumed")]);
        assert_eq!(router.turn_ended().is_some(), waiting);
    }
    assert_eq!(router.counts().unclaimed, 1);
}
