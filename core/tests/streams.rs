//! Messages pulled in batches, and who acknowledges what (rule L12), over real sockets.

#![cfg(feature = "engine")]

mod support;

use std::sync::mpsc::channel;
use std::time::Duration;

use mqttka_core::client::{
    Client, Completion, DisconnectCause, Event, EventKind, Handler, Message, Messages, Received,
    StreamEnd, TopicFilter, TopicName, Version,
};
use mqttka_scripted_broker::{Broker, CONNACK_311, Peer};
use support::{App, PATIENCE, options, until};

struct Silent;

impl Handler for Silent {
    fn on_event(&self, _: &Event) {}
    fn on_message(&self, message: Message, _: u64) {
        panic!("pushed although pulled: {message:?}");
    }
}

/// CONNACK of a session that the broker has kept.
const RESUMED_311: &[u8] = &[0x20, 2, 1, 0];

fn scene() -> (Client, Peer) {
    scene_with(CONNACK_311, |_| {})
}

fn scene_with(
    connack: &[u8],
    change: impl FnOnce(&mut mqttka_core::client::Options),
) -> (Client, Peer) {
    let broker = Broker::listen();
    let mut options = options(broker.port(), Version::V311);
    // No PINGREQ comes between what a test expects.
    options.config.keep_alive = 600;
    change(&mut options);
    let client = Client::with_streams(options, Silent).unwrap();
    let connecting = client.connecting().unwrap();
    let peer = broker.accept_mqtt(connack);
    connecting.wait_timeout(PATIENCE).unwrap().unwrap();
    (client, peer)
}

fn filter(text: &str) -> Option<TopicFilter> {
    Some(TopicFilter::try_from(text).unwrap())
}

/// A QoS 1 message to a topic of one letter.
fn publish(topic: u8, id: u8) -> [u8; 8] {
    [0x32, 6, 0, 1, topic, 0, id, b'!']
}

fn puback(id: u8) -> [u8; 4] {
    [0x40, 2, 0, id]
}

fn topics(batch: &[Received]) -> String {
    batch.iter().map(|it| it.message.topic.as_str()).collect()
}

/// Takes, without being done, until there are so many.
fn take(messages: &Messages, count: usize) -> String {
    let mut got = String::new();
    while got.len() < count {
        assert!(messages.wait_timeout(PATIENCE), "{got} and no more");
        got += &topics(&messages.take(count - got.len()).unwrap());
    }
    got
}

/// Nothing else is on its way from the client.
fn expect_silence(client: &Client, peer: &mut Peer) {
    let marker = Message::new(TopicName::try_from("m").unwrap(), "");
    client.publish(marker, Completion::none()).unwrap();
    peer.expect(&[0x30, 3, 0, 1, b'm']);
}

#[test]
fn a_batch_is_acknowledged_when_the_next_is_asked_for() {
    let (client, mut peer) = scene();
    let messages = client.messages(None).unwrap();
    peer.send(&[publish(b'a', 1), publish(b'b', 2), publish(b'c', 3)].concat());
    let mut got = String::new();
    while got.len() < 3 {
        let batch = messages.next_batch_timeout(2, PATIENCE).unwrap().unwrap();
        assert!(batch.iter().all(|it| it.connection_number == 1));
        assert!(batch.len() <= 2);
        got += &topics(&batch);
    }
    assert_eq!(got, "abc");
    assert!(messages.next_batch_timeout(1, Duration::ZERO).is_none());
    for id in 1..=3 {
        peer.expect(&puback(id));
    }
}

#[test]
fn what_is_lent_is_acknowledged_when_it_is_done() {
    let (client, mut peer) = scene();
    let messages = client.messages(None).unwrap();
    assert_eq!(messages.take(9), Ok(Vec::new()));
    peer.send(&[publish(b'a', 1), publish(b'b', 2), publish(b'c', 3)].concat());
    assert_eq!(take(&messages, 3), "abc");
    assert_eq!(messages.take(9), Ok(Vec::new()));
    expect_silence(&client, &mut peer);
    assert!(client.status().inbound_queue_bytes > 0);
    messages.done(2);
    peer.expect(&puback(1));
    peer.expect(&puback(2));
    // More than are lent.
    messages.done(9);
    peer.expect(&puback(3));
    until(|| client.status().inbound_queue_bytes == 0);
}

#[test]
fn what_came_before_a_stream_was_open_is_delivered() {
    let (client, mut peer) = scene();
    let all: Vec<u8> = (1..=200).flat_map(|id| publish(b'a', id)).collect();
    peer.send(&all);
    until(|| client.status().messages_received >= 200);
    let messages = client.messages(filter("a")).unwrap();
    assert_eq!(take(&messages, 200).len(), 200);
    messages.done(200);
    for id in 1..=200 {
        peer.expect(&puback(id));
    }
    assert_eq!(client.status().messages_unclaimed, 0);
}

#[test]
fn after_a_resumption_a_message_waits_for_its_consumer_and_is_told_where_none_comes() {
    let (client, mut peer) = scene_with(RESUMED_311, |options| {
        options.config.client_id = "me".try_into().unwrap();
        options.config.clean_start = false;
        options.unclaimed_timeout = Duration::from_secs(5);
    });
    // There is a consumer, but not theirs.
    let other = client.messages(filter("x")).unwrap();
    peer.send(&[publish(b'a', 1), publish(b'b', 2)].concat());
    until(|| client.status().messages_received >= 2);
    assert_eq!(client.status().messages_unclaimed, 0);
    let messages = client.messages(filter("a")).unwrap();
    assert_eq!(take(&messages, 1), "a");
    messages.done(1);
    peer.expect(&puback(1));
    // Nobody comes for the other one: five seconds later it is told, and acknowledged.
    peer.expect(&puback(2));
    assert_eq!(client.status().messages_unclaimed, 1);
    // The time is over: what nobody wants is told at once.
    peer.send(&publish(b'c', 3));
    peer.expect(&puback(3));
    assert_eq!(client.status().messages_unclaimed, 2);
    assert_eq!(other.take(1), Ok(Vec::new()));
}

#[test]
fn what_a_dropped_stream_has_goes_to_another_or_waits() {
    let (client, mut peer) = scene();
    let first = client.messages(filter("a")).unwrap();
    peer.send(&[publish(b'a', 1), publish(b'a', 2), publish(b'a', 3)].concat());
    // One is done, one is lent, one is queued.
    assert_eq!(take(&first, 2), "aa");
    first.done(1);
    peer.expect(&puback(1));
    until(|| client.status().messages_received >= 3);
    drop(first);
    expect_silence(&client, &mut peer);
    // They waited for this one.
    let second = client.messages(filter("a")).unwrap();
    let third = client.messages(filter("+")).unwrap();
    assert_eq!(take(&second, 2), "aa");
    expect_silence(&client, &mut peer);
    drop(second);
    // And went to the one that was there.
    assert_eq!(take(&third, 2), "aa");
    third.done(2);
    peer.expect(&puback(2));
    peer.expect(&puback(3));
    assert_eq!(client.status().messages_unclaimed, 0);
}

#[test]
fn a_batch_of_the_convenient_form_is_done_when_the_stream_is_dropped() {
    let (client, mut peer) = scene();
    let messages = client.messages(None).unwrap();
    peer.send(&publish(b'a', 1));
    let batch = messages.next_batch_timeout(9, PATIENCE).unwrap().unwrap();
    assert_eq!(topics(&batch), "a");
    expect_silence(&client, &mut peer);
    drop(messages);
    peer.expect(&puback(1));
    // It did not wait for another consumer until its time was over.
    assert_eq!(client.status().messages_unclaimed, 0);
}

#[test]
fn a_message_for_two_is_acknowledged_when_both_have_taken_it() {
    let (client, mut peer) = scene();
    let a = client.messages(filter("a")).unwrap();
    let all = client.messages(filter("+")).unwrap();
    peer.send(&[publish(b'a', 1), publish(b'b', 2)].concat());
    assert_eq!(take(&a, 1), "a");
    assert_eq!(take(&all, 2), "ab");
    all.done(2);
    expect_silence(&client, &mut peer);
    // One of its takers has it; what the other one gives back is nobody's any more.
    drop(a);
    peer.expect(&puback(1));
    peer.expect(&puback(2));
    assert_eq!(client.status().messages_unclaimed, 0);
}

#[test]
fn a_stream_that_is_not_read_holds_back_acknowledgements_and_is_named() {
    let (client, mut peer) = scene();
    let unread = client.messages(filter("u")).unwrap();
    let read = client.messages(filter("r")).unwrap();
    assert_eq!(client.status().held_back, None);
    peer.send(&[publish(b'u', 1), publish(b'r', 2), publish(b'r', 3)].concat());
    assert_eq!(take(&read, 2), "rr");
    let before = client.status().inbound_queue_bytes;
    read.done(2);
    expect_silence(&client, &mut peer);
    // Their bytes are free all the same.
    until(|| client.status().inbound_queue_bytes <= before / 2);
    let held = client.status().held_back.expect("a stream that holds back");
    assert_eq!((held.filter.as_str(), held.messages), ("u", 1));
    assert_eq!(held.bytes, client.status().inbound_queue_bytes);
    assert_eq!(take(&unread, 1), "u");
    unread.done(1);
    for id in 1..=3 {
        peer.expect(&puback(id));
    }
    assert_eq!(client.status().held_back, None);
}

#[test]
fn a_stream_that_is_not_read_costs_no_other_one_its_messages() {
    let (client, mut peer) = scene_with(CONNACK_311, |options| {
        options.config.inbound_queue_max_bytes = 4 * 1024 * 1024;
    });
    let unread = client.messages(filter("u")).unwrap();
    let read = client.messages(filter("r")).unwrap();
    let message = |topic| [&[0x30, 0x83, 0x80, 0x01, 0, 1, topic][..], &[0; 16 * 1024]].concat();
    let mut got = 0;
    for _ in 0..20 {
        for _ in 0..20 {
            peer.send(&[message(b'u'), message(b'r')].concat());
        }
        while got % 20 != 19 {
            got += take(&read, 1).len();
            read.done(1);
        }
        got += take(&read, 1).len();
        read.done(1);
    }
    assert_eq!(got, 400);
    let status = client.status();
    assert_eq!(status.messages_received, 800);
    let mut kept = 0;
    while let Ok(batch) = unread.take(1000)
        && !batch.is_empty()
    {
        kept += batch.len() as u64;
    }
    // Its equal part of the bound.
    assert!((120..=130).contains(&kept), "{kept}");
    assert_eq!(status.messages_dropped, 400 - kept);
}

#[test]
fn a_waiting_stream_ends_with_the_client() {
    let (client, _peer) = scene();
    let messages = client.messages(None).unwrap();
    let waiting = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let batch = runtime.block_on(messages.next_batch(1));
        (batch, messages.next_batch_timeout(1, PATIENCE))
    });
    client.abort();
    let (batch, after) = waiting.join().unwrap();
    assert_eq!(batch, Err(StreamEnd::Closed));
    assert_eq!(after, Some(Err(StreamEnd::Closed)));
    assert_eq!(
        client.messages(None).unwrap().take(1),
        Err(StreamEnd::Closed)
    );
}

#[test]
fn a_client_with_a_handler_has_streams_besides() {
    let broker = Broker::listen();
    let app = App::new(options(broker.port(), Version::V311));
    let messages = app.client.messages(filter("s")).unwrap();
    app.client.connect().unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_311);
    peer.send(&[publish(b's', 1), publish(b'h', 2)].concat());
    assert_eq!(app.message().topic.as_str(), "h");
    assert_eq!(take(&messages, 1), "s");
    // What the stream gives back, the handler takes.
    drop(messages);
    assert_eq!(app.message().topic.as_str(), "s");
    peer.expect(&puback(1));
    peer.expect(&puback(2));
    app.connected();
    assert_eq!(app.close().len(), 1);
}

#[test]
fn a_stream_keeps_its_client_and_ends_with_a_cause() {
    let (client, mut peer) = scene();
    let messages = client.messages(None).unwrap();
    let events = client.events().unwrap();
    drop(client);
    peer.send(&publish(b'a', 1));
    assert_eq!(take(&messages, 1), "a");
    messages.done(1);
    peer.expect(&puback(1));
    peer.close();
    let batch = events.next_batch_timeout(9, PATIENCE).unwrap();
    match &batch[0].kind {
        EventKind::Disconnected(end) => assert_eq!(end.cause, DisconnectCause::ClosedByServer),
        other => panic!("{other:?}"),
    }
    // It tells a stop once, behind the event, and outlives connections.
    let end = StreamEnd::Disconnected(DisconnectCause::ClosedByServer);
    assert_eq!(messages.next_batch_timeout(9, PATIENCE), Some(Err(end)));
    assert_eq!(messages.take(9), Ok(Vec::new()));
}

#[test]
fn giving_up_to_wait_loses_nothing() {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Waker};

    let (client, mut peer) = scene();
    let messages = client.messages(None).unwrap();
    let cx = &mut Context::from_waker(Waker::noop());
    for id in 1..=50 {
        {
            let mut waiting = pin!(messages.ready());
            let _ = waiting.as_mut().poll(cx);
            peer.send(&publish(b'a', id));
            // Dropped between ready and take.
            until(|| waiting.as_mut().poll(cx).is_ready());
        }
        let mut next = pin!(messages.next_batch(1));
        match next.as_mut().poll(cx) {
            std::task::Poll::Ready(Ok(batch)) => assert_eq!(batch.len(), 1),
            other => panic!("{other:?}"),
        }
    }
    drop(messages);
    for id in 1..=50 {
        peer.expect(&puback(id));
    }
}

#[test]
fn many_wait_for_one_stream() {
    let (client, mut peer) = scene();
    let messages = std::sync::Arc::new(client.messages(None).unwrap());
    let (told, hears) = channel();
    let waiting: Vec<_> = (0..17)
        .map(|_| {
            let (messages, told) = (std::sync::Arc::clone(&messages), told.clone());
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .build()
                    .unwrap();
                runtime.block_on(async {
                    loop {
                        messages.ready().await;
                        match messages.take(1) {
                            Ok(batch) => {
                                messages.done(batch.len());
                                for _ in batch {
                                    told.send(()).unwrap();
                                }
                            }
                            Err(end) => return end,
                        }
                    }
                })
            })
        })
        .collect();
    for id in 1..=34 {
        peer.send(&publish(b'a', id));
    }
    for _ in 1..=34 {
        hears.recv_timeout(PATIENCE).unwrap();
    }
    client.abort();
    for thread in waiting {
        assert_eq!(thread.join().unwrap(), StreamEnd::Closed);
    }
}

#[test]
fn a_consumer_that_panics_loses_nothing() {
    let (client, mut peer) = scene();
    for convenient in [false, true] {
        let messages = client.messages(None).unwrap();
        let id = 1 + u8::from(convenient);
        peer.send(&publish(b'a', id));
        let consumer = std::thread::spawn(move || {
            assert!(messages.wait_timeout(PATIENCE));
            let batch = if convenient {
                messages.next_batch_timeout(1, PATIENCE).unwrap()
            } else {
                messages.take(1)
            };
            std::panic::resume_unwind(Box::new(batch));
        });
        assert!(consumer.join().is_err());
        expect_silence(&client, &mut peer);
        let next = client.messages(None).unwrap();
        assert_eq!(take(&next, 1), "a");
        next.done(1);
        peer.expect(&puback(id));
    }
}
