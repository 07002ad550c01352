//! Each future of the crate, given up after each number of polls: nothing of it stays behind, and no
//! message is lost.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use mqttka::testing::Memory;
use mqttka::{Client, Message, QoS, State};

const MINUTE: Duration = Duration::from_secs(60);

/// More than any of them takes.
const POLLS: usize = 8;

fn world(change: impl FnOnce(mqttka::Builder) -> mqttka::Builder) -> (Memory, Client) {
    let mut memory = Memory::new();
    let builder = Client::builder("mqtt://broker.example").keep_alive(MINUTE);
    let options = change(builder).options().unwrap();
    let client = Client::in_memory(&mut memory, options).unwrap();
    memory.run(MINUTE, client.start()).unwrap().unwrap();
    (memory, client)
}

type Begun = Pin<Box<dyn Future<Output = ()>>>;

/// A future of this client's, with all that leads to it.
type Begin = fn(Client) -> Begun;

const FUTURES: &[(&str, Begin)] = &[
    ("publish, QoS 0", |it| {
        Box::pin(async move { drop(it.publish("a", "x").await) })
    }),
    ("publish with a receipt", |it| {
        Box::pin(async move { drop(it.publish("a", "x").receipt(true).await) })
    }),
    ("publish, QoS 1", |it| {
        Box::pin(async move { drop(it.publish("a", "x").qos(QoS::AtLeastOnce).await) })
    }),
    ("publish, QoS 2", |it| {
        Box::pin(async move { drop(it.publish("a", "x").qos(QoS::ExactlyOnce).await) })
    }),
    ("flush", |it| {
        Box::pin(async move { drop(it.flush().await) })
    }),
    ("request that is answered", |it| {
        Box::pin(async move {
            let _answers = it.respond("echo", |it| Some(it.payload.clone())).await;
            drop(it.request("echo", "x").await);
        })
    }),
    ("request that is not", |it| {
        Box::pin(async move { drop(it.request("nobody", "x").timeout(100 * MINUTE).await) })
    }),
    ("subscribe", |it| {
        Box::pin(async move { drop(it.subscribe("a/#").await) })
    }),
    ("subscribe without a stream", |it| {
        Box::pin(async move { drop(it.subscribe("a/#").without_stream().await) })
    }),
    ("subscribe with a handler", |it| {
        Box::pin(async move { drop(it.subscribe("a/#").handler(|_| ()).await) })
    }),
    ("respond", |it| {
        Box::pin(async move { drop(it.respond("a", |_| Some("x")).await) })
    }),
    ("unsubscribe", |it| {
        Box::pin(async move { drop(it.unsubscribe("a/#").await) })
    }),
    ("unsubscribe of a stream", |it| {
        Box::pin(async move {
            let stream = it.subscribe("a/#").await.unwrap();
            let _ = stream.unsubscribe().await;
        })
    }),
    ("unsubscribe of a handler", |it| {
        Box::pin(async move {
            let handling = it.subscribe("a/#").handler(|_| ()).await.unwrap();
            drop(handling.unsubscribe().await);
        })
    }),
    ("receive", |it| {
        Box::pin(async move {
            let mut stream = it.subscribe("a/#").await.unwrap();
            let _ = stream.recv().await;
        })
    }),
    ("events", |it| {
        Box::pin(async move {
            let mut events = it.events().unwrap();
            let _ = events.recv().await;
        })
    }),
    ("requests", |it| {
        Box::pin(async move { drop(it.requests("a/#").await) })
    }),
    ("receive a request", |it| {
        Box::pin(async move {
            let mut requests = it.requests("echo").await.unwrap();
            let asked = it.request("echo", "x").into_future();
            let request = requests.recv().await.unwrap().unwrap();
            request.reply("y");
            drop(asked.await);
        })
    }),
    ("disconnect", |it| {
        Box::pin(async move { drop(it.disconnect().await) })
    }),
    ("start", |it| {
        Box::pin(async move {
            let _ = it.disconnect().await;
            drop(it.start().await);
        })
    }),
];

/// Polls it so often at most, and lets everything happen between.
fn polled<F: Future + ?Sized>(memory: &mut Memory, future: Pin<&mut F>, polls: usize) {
    let mut future = future;
    for poll in 0..polls {
        if poll > 0 {
            memory.settle();
        }
        let mut context = Context::from_waker(Waker::noop());
        if future.as_mut().poll(&mut context).is_ready() {
            return;
        }
    }
}

#[test]
fn nothing_of_a_future_stays_behind() {
    for (name, begin) in FUTURES {
        for polls in 0..POLLS {
            // The path may end at the moment at which it is given up.
            for path_ends in [false, true] {
                // Four requests are all that there is room for.
                let (mut memory, client) = world(|it| it.outbound_queue_max_messages(4));
                for _ in 0..10 {
                    let mut future = begin(client.clone());
                    polled(&mut memory, future.as_mut(), polls);
                    if path_ends {
                        let now = memory.now();
                        // Where there is one.
                        let _ = memory.broker().close(now, None);
                    }
                    drop(future);
                    memory.pass(MINUTE);
                    if client.state() == State::Idle {
                        memory.run(MINUTE, client.start()).unwrap().unwrap();
                    }
                }
                let counters = client.counters();
                let queued = (
                    counters.outbound_queue_messages,
                    counters.outbound_queue_bytes,
                    counters.inbound_queue_bytes,
                );
                let case = format!("{name}, {polls} polls, the path ends: {path_ends}");
                assert_eq!(queued, (0, 0, 0), "{case}");
                // As many requests wait as may wait, and everything goes on.
                let mut waiting = Vec::new();
                for _ in 0..4 {
                    let mut request = Box::pin(client.request("b", "x").into_future());
                    memory.settle();
                    let mut context = Context::from_waker(Waker::noop());
                    let begun = request.as_mut().poll(&mut context);
                    assert!(begun.is_pending(), "{case}: {begun:?}");
                    waiting.push(request);
                }
                let published = client.publish("b", "x").qos(QoS::AtLeastOnce);
                let outcome = memory.run(MINUTE, published).expect("an outcome");
                assert!(outcome.is_ok(), "{case}: {outcome:?}");
            }
        }
    }
}

#[test]
fn no_message_is_lost_by_giving_up() {
    for manual in [false, true] {
        for polls in 0..POLLS {
            let (mut memory, client) = world(|it| it);
            let subscribe = client.subscribe("a/#").qos(QoS::AtLeastOnce);
            let subscribe = match manual {
                true => subscribe.manual_acknowledgement(),
                false => subscribe,
            };
            let mut stream = memory.run(MINUTE, subscribe).unwrap().unwrap();
            let mut taken = Vec::new();
            for number in 0..5 {
                let mut message = Message::new("a/b", number.to_string()).unwrap();
                message.qos = QoS::AtLeastOnce;
                // It comes before the first poll, or while somebody waits who then goes.
                let mut waits = Box::pin(stream.recv());
                let mut context = Context::from_waker(Waker::noop());
                let early = match polls % 2 {
                    1 => waits.as_mut().poll(&mut context),
                    _ => Poll::Pending,
                };
                let now = memory.now();
                memory.broker().publish(now, message).unwrap();
                memory.settle();
                drop(waits);
                let mut come = vec![early];
                let mut waits = Box::pin(stream.recv());
                for _ in 0..polls / 2 {
                    let poll = waits.as_mut().poll(&mut context);
                    let ready = poll.is_ready();
                    come.push(poll);
                    if ready {
                        break;
                    }
                    memory.settle();
                }
                for poll in come {
                    if let Poll::Ready(message) = poll {
                        let message = message.unwrap().unwrap();
                        message.acknowledge();
                        taken.push(message.text().into_owned());
                    }
                }
            }
            while taken.len() < 5 {
                let message = memory.run(MINUTE, stream.recv()).expect("a message");
                let message = message.unwrap().unwrap();
                message.acknowledge();
                taken.push(message.text().into_owned());
            }
            assert_eq!(taken, ["0", "1", "2", "3", "4"], "{manual}, {polls} polls");
            drop(stream);
            memory.pass(MINUTE);
            assert_eq!(client.counters().messages_unclaimed, 0);
            assert_eq!(client.counters().inbound_queue_bytes, 0);
        }
    }
}
