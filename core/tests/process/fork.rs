//! A forked child, where no thread of the library is, and any lock may be held for ever: every
//! entry says so at once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use mqttka_core::client::{
    Acknowledgement, AuthenticationRequest, Canceller, Client, Completion, ConnectError,
    Connecting, ConnectionRequest, Counters, Delivery, DisconnectOptions, Disconnecting, Error,
    Events, Message, Messages, NetworkChange, OperationError, PublishOptions, ReasonCode,
    ReceivedRequest, Refusal, RequestOptions, Requesting, Requests, State, StreamEnd,
    SubscriptionId, SubscriptionOptions, TopicName, Version,
};
use mqttka_scripted_broker::{Broker, CONNACK_311};

use super::Scenario;
use super::child::{PATIENCE, Running, Silent, connected, options};
use super::entries::entries_of_the_source;
use super::held::{answering, asked, given, proving, received, wishes};

pub(crate) const SCENARIOS: &[Scenario] = &[(
    "every_entry_knows_that_it_is_in_a_forked_child",
    forked,
    forks,
)];

fn forked(name: &str) {
    let broker = Broker::listen();
    let child = Running::start(name, &broker);
    let mut peer = broker.accept_mqtt(CONNACK_311);
    // It reads, so that the child's queue is never full for long.
    let reading = std::thread::spawn(move || peer.drain());
    child.ended();
    reading.join().expect("no panic");
}

/// What a program may hold when it forks.
struct Held {
    client: Client,
    messages: Messages,
    subscription: Messages,
    events: Events,
    connecting: Connecting,
    disconnecting: Disconnecting,
    delivery: Delivery,
    canceller: Canceller,
    requesting: Requesting,
    responding: Requests,
    /// One is answered, one declined, one dropped.
    received: Vec<ReceivedRequest>,
    acknowledgement: Acknowledgement,
    /// Each can be answered once; the last is dropped.
    requests: Vec<ConnectionRequest>,
    steps: Vec<AuthenticationRequest>,
}

impl Held {
    fn request(&mut self) -> ConnectionRequest {
        self.requests.pop().expect("another request")
    }

    fn step(&mut self) -> AuthenticationRequest {
        self.steps.pop().expect("another step")
    }
}

/// An entry, and what is to be seen of it in the child.
type Entry = (&'static str, fn(&mut Held));

fn is_forked<T>(result: Result<T, Error>) {
    assert_eq!(result.err(), Some(Error::Forked));
}

/// Polls a future once; it must be ready.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("it waits for what cannot come"),
    }
}

fn message() -> Message {
    Message::new(TopicName::try_from("t").expect("a topic"), "x")
}

const MINUTE: Duration = Duration::from_secs(60);

const ENTRIES: &[Entry] = &[
    ("Client::new", |_| {
        is_forked(Client::new(options(1), Silent))
    }),
    ("Client::with_streams", |_| {
        is_forked(Client::with_streams(options(1), Silent));
    }),
    ("Client::messages", |it| is_forked(it.client.messages(None))),
    ("Client::messages_with", |it| {
        is_forked(
            it.client
                .messages_with(None, SubscriptionOptions::default()),
        );
    }),
    ("Messages::is_manual", |it| {
        assert!(!it.messages.is_manual())
    }),
    ("Client::events", |it| is_forked(it.client.events())),
    ("Client::connect", |it| is_forked(it.client.connect())),
    ("Client::connecting", |it| is_forked(it.client.connecting())),
    ("Client::disconnect", |it| {
        is_forked(it.client.disconnect(ReasonCode::Success));
    }),
    ("Client::disconnect_after", |it| {
        is_forked(it.client.disconnect_after(ReasonCode::Success, MINUTE));
    }),
    ("Client::disconnecting", |it| {
        is_forked(it.client.disconnecting(ReasonCode::Success));
    }),
    ("Client::disconnecting_after", |it| {
        is_forked(it.client.disconnecting_after(ReasonCode::Success, MINUTE));
    }),
    ("Client::disconnect_with", |it| {
        is_forked(it.client.disconnect_with(&DisconnectOptions::default()));
    }),
    ("Client::disconnecting_with", |it| {
        is_forked(it.client.disconnecting_with(&DisconnectOptions::default()));
    }),
    ("Client::reauthenticate", |it| {
        is_forked(it.client.reauthenticate(Completion::none()));
    }),
    ("Client::negotiated", |it| {
        assert_eq!(it.client.negotiated(), None);
    }),
    ("Client::counters", |it| {
        assert_eq!(it.client.counters(), Counters::default());
    }),
    ("Client::flush", |it| {
        is_forked(it.client.flush(None, Completion::none()));
    }),
    ("Client::request", |it| {
        is_forked(it.client.request(message(), &RequestOptions::default()));
    }),
    ("Client::request_with", |it| {
        let options = RequestOptions::default();
        is_forked(
            it.client
                .request_with(message(), &options, |_| panic!("called")),
        );
    }),
    ("Client::request_cancelled_by", |it| {
        let (_, canceller) = Completion::none().cancellable();
        let options = RequestOptions::default();
        is_forked(
            it.client
                .request_cancelled_by(message(), &options, &canceller, |_| panic!("called")),
        );
    }),
    ("Client::respond", |it| {
        let none = Completion::none();
        is_forked(
            it.client
                .respond(wishes(), Default::default(), |_| None, none),
        );
    }),
    ("Client::responding", |it| {
        let none = Completion::none();
        is_forked(it.client.responding(wishes(), Default::default(), none));
    }),
    ("Client::publish", |it| {
        is_forked(it.client.publish(message(), Completion::none()));
    }),
    ("Client::publish_with", |it| {
        let options = PublishOptions::default();
        let none = Completion::none();
        is_forked(it.client.publish_with(message(), &options, none));
    }),
    ("Client::reconnect_now", |it| {
        is_forked(it.client.reconnect_now())
    }),
    ("Client::entered_background", |it| {
        is_forked(it.client.entered_background());
    }),
    ("Client::entered_foreground", |it| {
        is_forked(it.client.entered_foreground());
    }),
    ("ConnectionRequest::provide", |it| {
        it.request().provide(Default::default());
    }),
    ("ConnectionRequest::fail", |it| it.request().fail("", false)),
    ("Client::subscribe", |it| {
        let (completion, delivery) = Completion::delivery();
        is_forked(
            it.client
                .subscribe(wishes(), Default::default(), completion),
        );
        now(delivery).result.expect_err("refused");
    }),
    ("Client::subscription", |it| {
        let options = SubscriptionOptions::default();
        let none = Completion::none();
        is_forked(
            it.client
                .subscription(wishes(), Default::default(), options, none),
        );
    }),
    ("Client::subscribe_with", |it| {
        let handler = |_: Message, _: u64| {};
        let none = Completion::none();
        is_forked(
            it.client
                .subscribe_with(wishes(), Default::default(), handler, none),
        );
    }),
    ("Client::subscribe_with_options", |it| {
        let handler = |_: Message, _: u64| {};
        let options = SubscriptionOptions::default();
        let none = Completion::none();
        is_forked(it.client.subscribe_with_options(
            wishes(),
            Default::default(),
            options,
            handler,
            none,
        ));
    }),
    ("Client::unsubscribe_from", |it| {
        is_forked(
            it.client
                .unsubscribe_from(SubscriptionId::from(1), Completion::none()),
        );
    }),
    ("Client::unsubscribe", |it| {
        is_forked(
            it.client
                .unsubscribe(Vec::new(), Default::default(), Completion::none()),
        );
    }),
    ("Client::probe_now", |it| {
        is_forked(it.client.probe_now(MINUTE))
    }),
    ("Client::network_changed", |it| {
        is_forked(it.client.network_changed(NetworkChange::Changed));
    }),
    ("Client::close", |it| it.client.close()),
    ("Client::abort", |it| it.client.abort()),
    ("Client::status", |it| {
        assert_eq!(it.client.status().state, State::Closed);
    }),
    ("Messages::ready", |it| now(it.messages.ready())),
    ("Messages::poll_ready", |it| {
        let mut context = Context::from_waker(Waker::noop());
        assert!(it.messages.poll_ready(&mut context).is_ready());
    }),
    ("Messages::wait_timeout", |it| {
        assert!(it.messages.wait_timeout(MINUTE));
    }),
    ("Messages::take", |it| {
        assert_eq!(it.messages.take(1), Err(StreamEnd::Closed));
    }),
    ("Messages::done", |it| it.messages.done(1)),
    ("Messages::next_batch", |it| {
        assert_eq!(now(it.messages.next_batch(1)), Err(StreamEnd::Closed));
    }),
    ("Messages::next_batch_timeout", |it| {
        let end = it.subscription.next_batch_timeout(1, MINUTE);
        assert_eq!(end, Some(Err(StreamEnd::Closed)));
    }),
    ("Messages::unsubscribe", |it| {
        is_forked(it.subscription.unsubscribe(Completion::none()));
    }),
    ("Requests::poll_ready", |it| {
        let mut context = Context::from_waker(Waker::noop());
        assert!(it.responding.poll_ready(&mut context).is_ready());
    }),
    ("Requests::ready", |it| now(it.responding.ready())),
    ("Requests::wait_timeout", |it| {
        assert!(it.responding.wait_timeout(MINUTE));
    }),
    ("Requests::next", |it| {
        assert_eq!(now(it.responding.next()).err(), Some(StreamEnd::Closed));
    }),
    ("Requests::next_timeout", |it| {
        let next = it.responding.next_timeout(MINUTE).expect("an end");
        assert_eq!(next.err(), Some(StreamEnd::Closed));
    }),
    ("Requests::take", |it| {
        assert_eq!(it.responding.take(1).err(), Some(StreamEnd::Closed));
    }),
    ("Requests::unsubscribe", |it| {
        is_forked(it.responding.unsubscribe(Completion::none()));
    }),
    ("ReceivedRequest::message", |it| {
        assert!(it.received[0].message().is_request());
    }),
    ("ReceivedRequest::connection_number", |it| {
        assert_eq!(it.received[0].connection_number(), 1);
    }),
    ("ReceivedRequest::reply", |it| {
        it.received.remove(0).reply("from the child");
    }),
    ("ReceivedRequest::decline", |it| {
        it.received.remove(0).decline();
    }),
    ("Events::next_batch", |it| {
        assert_eq!(now(it.events.next_batch(1)), []);
    }),
    ("Events::poll_next_batch", |it| {
        let mut context = Context::from_waker(Waker::noop());
        let batch = it.events.poll_next_batch(&mut context, 1);
        assert_eq!(batch, Poll::Ready(Vec::new()));
    }),
    ("Events::next_batch_timeout", |it| {
        assert_eq!(it.events.next_batch_timeout(1, MINUTE), Some(Vec::new()));
    }),
    ("Connecting::wait_timeout", |it| {
        let result = it.connecting.wait_timeout(MINUTE);
        assert_eq!(result, Some(Err(ConnectError::ClientClosed)));
        assert!(now(&mut it.connecting).is_err());
    }),
    ("Connecting::refusal_properties", |it| {
        assert!(it.connecting.refusal_properties().is_empty());
    }),
    ("Disconnecting::wait_timeout", |it| {
        assert_eq!(it.disconnecting.wait_timeout(MINUTE), Some(()));
        now(&mut it.disconnecting);
    }),
    ("Delivery::wait_timeout", |it| {
        let outcome = it.delivery.wait_timeout(MINUTE);
        assert_eq!(
            outcome.map(|outcome| outcome.result),
            Some(Err(OperationError::Closed))
        );
        now(&mut it.delivery).result.expect_err("closed");
    }),
    ("Delivery::cancel", |it| it.delivery.cancel()),
    ("Requesting::wait_timeout", |it| {
        let answer = it.requesting.wait_timeout(MINUTE);
        assert_eq!(answer, Some(Err(OperationError::Closed.into())));
        assert_eq!(now(&mut it.requesting), Err(OperationError::Closed.into()));
    }),
    ("Requesting::cancel", |it| it.requesting.cancel()),
    ("Acknowledgement::acknowledge", |it| {
        it.acknowledgement.acknowledge()
    }),
    ("Acknowledgement::refuse", |it| {
        let refusal = Refusal::new(ReasonCode::UnspecifiedError).expect("a refusal");
        is_forked(it.acknowledgement.refuse(refusal));
    }),
    ("Acknowledgement::is_decided", |it| {
        assert!(it.acknowledgement.is_decided());
    }),
    ("AuthenticationRequest::is_awaited", |it| {
        assert!(it.steps.last().is_some_and(|step| !step.is_awaited()))
    }),
    ("AuthenticationRequest::reply", |it| it.step().reply(None)),
    ("AuthenticationRequest::reply_with", |it| {
        it.step().reply_with(None, Vec::new()).unwrap();
    }),
    ("AuthenticationRequest::check_user_properties", |it| {
        let step = it.steps.last().expect("a step");
        assert!(step.check_user_properties(1).is_err());
    }),
    ("AuthenticationRequest::fail", |it| {
        it.step().fail("", false)
    }),
    ("Canceller::new", |_| drop(Canceller::new())),
    ("Canceller::cancel", |it| it.canceller.cancel()),
    ("Completion::cancellable", |_| {
        let (completion, canceller) = Completion::none().cancellable();
        canceller.cancel();
        drop(completion);
    }),
    ("Completion::cancelled_by", |_| {
        let (_, canceller) = Completion::none().cancellable();
        let completion = Completion::none().cancelled_by(&canceller);
        canceller.cancel();
        drop(completion);
    }),
    ("Completion::none", |_| drop(Completion::none())),
    ("Completion::call", |_| {
        drop(Completion::call(|_| panic!("called")));
    }),
    ("Completion::delivery", |_| drop(Completion::delivery())),
];

fn forks(port: u16) {
    let known: BTreeSet<String> = ENTRIES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(entries_of_the_source(), known, "an entry without a test");
    assert_eq!(known.len(), ENTRIES.len());

    let client = connected(port, Silent);
    let stop = Arc::new(AtomicBool::new(false));
    // Threads that hold locks most of the time.
    let storm: Vec<_> = (0..2)
        .map(|_| {
            let (client, stop) = (client.clone(), Arc::clone(&stop));
            std::thread::spawn(move || {
                let messages = client.messages(None).expect("a stream");
                while !stop.load(Ordering::Relaxed) {
                    if client.status().outbound_queue_messages < 100 {
                        let _ = client.publish(message(), Completion::none());
                    }
                    let _ = messages.take(1);
                    drop(client.events());
                }
            })
        })
        .collect();
    // Its system accepts, and nobody answers: an attempt lasts.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let silent_port = silent.local_addr().expect("a bound socket").port();
    let (_given, acknowledgement) = given(&Broker::listen());
    let (_answers, _peer, answering) = answering(&Broker::listen());
    for _ in 0..20 {
        // What was not answered, as in the child, comes again.
        let received = received(&answering);
        fork_once(&client, silent_port, &acknowledgement, received);
    }
    stop.store(true, Ordering::Relaxed);
    for thread in storm {
        thread.join().expect("no panic");
    }
}

fn fork_once(
    client: &Client,
    silent_port: u16,
    acknowledgement: &Acknowledgement,
    received: Vec<ReceivedRequest>,
) {
    let (_completion, delivery) = Completion::delivery();
    let none = Completion::none();
    let options = SubscriptionOptions::default();
    let connecting = Client::new(self::options(silent_port), Silent).expect("a client");
    let (_asking, requests): (Vec<_>, _) = (0..3).map(|_| asked(silent_port)).unzip();
    let (_proving, steps): (Vec<_>, _) = (0..4).map(|_| proving(silent_port)).unzip();
    let asks = {
        let mut options = self::options(silent_port);
        options.config.protocol_version = Version::V5;
        Client::new(options, Silent).expect("a client")
    };
    asks.connect().expect("to connect");
    let requesting = asks.request(message(), &RequestOptions::default());
    let (_cancellable, canceller) = Completion::none().cancellable();
    let mut held = Held {
        canceller,
        requesting: requesting.expect("a request"),
        responding: asks
            .responding(wishes(), Default::default(), Completion::none())
            .expect("a stream of requests"),
        received,
        acknowledgement: acknowledgement.clone(),
        steps,
        client: client.clone(),
        messages: client.messages(None).expect("a stream"),
        subscription: client
            .subscription(wishes(), Default::default(), options, none)
            .expect("a stream"),
        events: client.events().expect("a stream"),
        connecting: connecting.connecting().expect("to connect"),
        disconnecting: connecting
            .disconnecting(ReasonCode::Success)
            .expect("to disconnect"),
        delivery,
        requests,
    };
    // SAFETY: the child calls functions that are made for it, and otherwise allocates and prints
    // at most, which glibc allows; an alarm ends it where it hangs.
    match unsafe { libc::fork() } {
        0 => {
            // SAFETY: takes no memory.
            unsafe { libc::alarm(30) };
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                for (_, entry) in ENTRIES {
                    entry(&mut held);
                }
                drop(held);
            }));
            // SAFETY: ends this process, without the hooks that belong to its parent.
            unsafe { libc::_exit(i32::from(result.is_err())) }
        }
        child => {
            let mut status = 0;
            // SAFETY: `status` is a valid place for the call.
            let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
            assert_eq!((waited, status), (child, 0));
        }
    }
    assert!(held.connecting.wait_timeout(PATIENCE).is_some());
}
