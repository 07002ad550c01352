//! Requests of others that are answered later, several at a time, over real sockets.

#![cfg(feature = "engine")]

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{Thread, current, park_timeout};
use std::time::Duration;

use mqttka_core::client::{
    Client, Completion, Error, Event, Handler, Message, QoS, ReceivedRequest, Requests,
    Subscription, Version,
};
use mqttka_scripted_broker::{Broker, CONNACK_5, CONNACK_311, Peer};
use support::{PATIENCE, options, reconnecting};

struct Silent;

impl Handler for Silent {
    fn on_event(&self, _: &Event) {}
    fn on_message(&self, message: Message, _: u64) {
        panic!("pushed although pulled: {message:?}");
    }
}

fn wish() -> Vec<Subscription> {
    vec![Subscription::new("q".parse().unwrap(), QoS::ExactlyOnce)]
}

fn grant(peer: &mut Peer) {
    let subscribe = peer.packet();
    assert_eq!(subscribe[0], 0x82);
    peer.send(&[0x90, 4, subscribe[2], subscribe[3], 0, 2]);
}

fn scene() -> (Client, Requests, Peer) {
    let broker = Broker::listen();
    let mut options = options(broker.port(), Version::V5);
    options.config.keep_alive = 600;
    let client = Client::with_streams(options, Silent).unwrap();
    client.connect().unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_5);
    let requests = client
        .responding(wish(), Default::default(), Completion::none())
        .unwrap();
    grant(&mut peer);
    (client, requests, peer)
}

/// A PUBLISH to "q"; the number 0 is QoS 0. What `response` has is the Response Topic.
fn publish(id: u8, response: &str, payload: &[u8]) -> Vec<u8> {
    let mut body = vec![0, 1, b'q'];
    if id > 0 {
        body.extend([0, id]);
    }
    match response {
        "" => body.push(0),
        topic => {
            body.extend([3 + topic.len() as u8, 0x08, 0, topic.len() as u8]);
            body.extend(topic.bytes());
        }
    }
    body.extend(payload);
    let first = if id > 0 { 0x32 } else { 0x30 };
    let mut packet = vec![first];
    let mut length = body.len();
    while length > 127 {
        packet.push(length as u8 | 0x80);
        length >>= 7;
    }
    packet.push(length as u8);
    packet.extend(body);
    packet
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// The requests that come next, as many as are wanted.
fn take(requests: &mut Requests, count: usize) -> Vec<ReceivedRequest> {
    let waker = Waker::from(Arc::new(Unpark(current())));
    let mut taken = Vec::new();
    while taken.len() < count {
        while requests
            .poll_ready(&mut Context::from_waker(&waker))
            .is_pending()
        {
            park_timeout(PATIENCE);
        }
        taken.extend(requests.take(count - taken.len()).unwrap());
    }
    taken
}

fn is_pending(requests: &mut Requests) -> bool {
    let poll = requests.poll_ready(&mut Context::from_waker(Waker::noop()));
    poll == Poll::Pending
}

fn payloads(requests: &[ReceivedRequest]) -> Vec<&[u8]> {
    requests
        .iter()
        .map(|it| &it.message().payload[..])
        .collect()
}

#[test]
fn answers_go_in_any_order_and_acknowledgements_in_that_of_the_requests() {
    let (_client, mut requests, mut peer) = scene();
    peer.send(&publish(1, "a", b"1"));
    peer.send(&publish(2, "", b"no request"));
    peer.send(&publish(3, "b", b"3"));
    peer.send(&publish(4, "c", b"4"));
    let taken = take(&mut requests, 3);
    assert_eq!(payloads(&taken), [b"1", b"3", b"4"]);
    let Ok([one, three, four]) = <[_; 3]>::try_from(taken) else {
        panic!("three");
    };
    four.reply("four");
    // QoS 1 to "c", without a PUBACK before it.
    let answer = peer.packet();
    assert_eq!((answer[0], &answer[2..5]), (0x32, &[0, 1, b'c'][..]));
    three.decline();
    one.reply("one");
    let (answers, acknowledgements): (Vec<_>, Vec<_>) = (0..5)
        .map(|_| peer.packet())
        .partition(|packet| packet[0] == 0x32);
    assert_eq!(answers[0][2..5], [0, 1, b'a']);
    let expected = [1, 2, 3, 4].map(|id| vec![0x40, 2, 0, id]);
    assert_eq!(acknowledgements, expected);
}

#[test]
fn so_many_are_under_way_and_the_others_wait() {
    let (_client, mut requests, mut peer) = scene();
    for _ in 0..Requests::MOST + 2 {
        peer.send(&publish(0, "a", b"?"));
    }
    let mut taken = take(&mut requests, Requests::MOST);
    assert!(is_pending(&mut requests));
    assert!(requests.take(1).unwrap().is_empty());
    taken.pop().unwrap().decline();
    taken.extend(take(&mut requests, 1));
    assert!(requests.take(1).unwrap().is_empty());
    // Whoever waits for room is woken.
    let waker = Waker::from(Arc::new(Unpark(current())));
    let poll = requests.poll_ready(&mut Context::from_waker(&waker));
    assert_eq!(poll, Poll::Pending);
    let last = taken.pop().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| last.reply("!"));
        assert_eq!(take(&mut requests, 1).len(), 1);
    });
}

#[test]
fn large_ones_are_fewer() {
    let (_client, mut requests, mut peer) = scene();
    let half = vec![b'x'; Requests::MOST_BYTES / 2];
    for _ in 0..3 {
        peer.send(&publish(0, "a", &half));
    }
    let taken = take(&mut requests, 2);
    assert!(is_pending(&mut requests));
    drop(taken);
    assert_eq!(take(&mut requests, 1).len(), 1);
}

/// Of those who take at once, the second one sees what the first one took.
#[test]
fn two_threads_do_not_both_take_the_last_one() {
    let (client, requests, mut peer) = scene();
    let large = vec![b'x'; Requests::MOST_BYTES];
    for _ in 0..50 {
        peer.send(&publish(0, "a", &large));
        peer.send(&publish(0, "a", &large));
        support::until(|| client.status().inbound_queue_bytes >= 2 * large.len() as u64);
        let at_once = Barrier::new(2);
        let take = || {
            at_once.wait();
            requests.take(1).unwrap()
        };
        // They may be on their way to the stream, still.
        let taken = loop {
            assert!(requests.wait_timeout(PATIENCE));
            let (mut taken, more) = std::thread::scope(|scope| {
                let other = scope.spawn(take);
                (take(), other.join().unwrap())
            });
            taken.extend(more);
            if !taken.is_empty() {
                break taken;
            }
        };
        assert_eq!(taken.len(), 1);
        drop(taken);
        requests.next_timeout(PATIENCE).unwrap().unwrap();
    }
}

/// How often a task was woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A task that polls itself, a future, and a thread wait for room.
#[test]
fn who_waits_is_told_of_requests_and_of_room() {
    const ROUNDS: usize = 50;
    let (_client, mut requests, mut peer) = scene();
    assert!(!requests.wait_timeout(Duration::from_millis(1)));
    for _ in 0..Requests::MOST + 2 + ROUNDS {
        peer.send(&publish(0, "a", b"?"));
    }
    let mut taken = take(&mut requests, Requests::MOST);
    assert!(!requests.wait_timeout(Duration::from_millis(1)));
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let context = &mut Context::from_waker(&waker);
    assert!(requests.poll_ready(context).is_pending());
    taken.pop().unwrap().decline();
    assert_eq!(woken.0.load(Ordering::Relaxed), 1);
    taken.push(wait_for(requests.next()).unwrap());
    let mut next = Box::pin(requests.next());
    assert!(next.as_mut().poll(context).is_pending());
    taken.pop().unwrap().decline();
    assert_eq!(woken.0.load(Ordering::Relaxed), 2);
    taken.push(wait_for(next).unwrap());
    // Whether it waits yet or not.
    for _ in 0..ROUNDS {
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| requests.next_timeout(PATIENCE).unwrap());
            std::thread::yield_now();
            taken.pop().unwrap().decline();
            taken.push(waiting.join().unwrap().unwrap());
        });
    }
}

/// Two threads share the requests: neither waits longer than it said for what the other took.
#[test]
fn each_request_goes_to_one_of_those_who_wait() {
    let (client, requests, mut peer) = scene();
    let count = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let take = || {
            while let Ok(request) = requests.next_timeout(PATIENCE).unwrap() {
                count.fetch_add(1, Ordering::Relaxed);
                request.decline();
            }
        };
        for _ in 0..2 {
            scope.spawn(take);
        }
        for _ in 0..100 {
            peer.send(&publish(0, "a", b"?"));
        }
        support::until(|| count.load(Ordering::Relaxed) == 100);
        client.close();
    });
    assert_eq!(count.into_inner(), 100);
}

fn wait_for<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let waker = Waker::from(Arc::new(Unpark(current())));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => park_timeout(PATIENCE),
        }
    }
}

#[test]
fn what_is_dropped_without_a_word_comes_again() {
    let (_client, mut requests, mut peer) = scene();
    peer.send(&publish(1, "a", b"1"));
    drop(take(&mut requests, 1));
    let again = take(&mut requests, 1).remove(0);
    assert!(again.message().dup);
    again.decline();
    assert_eq!(peer.packet()[..4], [0x40, 2, 0, 1]);
}

#[test]
fn it_outlives_connections_and_ends_with_its_holder() {
    let broker = Broker::listen();
    let mut options = reconnecting(broker.port(), Version::V5);
    if let Some(reconnect) = &mut options.config.reconnect {
        reconnect.first_delay = Duration::from_millis(10);
    }
    let client = Client::with_streams(options, Silent).unwrap();
    client.connect().unwrap();
    let mut peer = broker.accept_mqtt(CONNACK_5);
    let none = Completion::none();
    let mut requests = client.responding(wish(), Default::default(), none).unwrap();
    grant(&mut peer);
    peer.close();
    let mut peer = broker.accept_mqtt(CONNACK_5);
    grant(&mut peer);
    peer.send(&publish(0, "a", b"1"));
    let request = take(&mut requests, 1).remove(0);
    assert_eq!(request.connection_number(), 2);
    drop(requests);
    assert_eq!(peer.packet()[0], 0xa2);
    // What is under way can still be answered.
    request.reply("late");
    assert_eq!(peer.packet()[0], 0x30);
}

#[test]
fn it_needs_mqtt_5() {
    let broker = Broker::listen();
    let client = Client::with_streams(options(broker.port(), Version::V311), Silent).unwrap();
    client.connect().unwrap();
    let _peer = broker.accept_mqtt(CONNACK_311);
    let none = Completion::none();
    let refused = client.responding(wish(), Default::default(), none);
    assert!(matches!(refused, Err(Error::NotSupported { .. })));
}
