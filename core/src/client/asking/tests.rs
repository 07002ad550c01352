use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use super::*;
use crate::client::bell::Bell;
use crate::client::pool::MESSAGES;
use crate::clock;
use crate::engine;
use crate::proto::Usage;
use crate::transport::options::Pem;

const NET: Duration = Duration::from_secs(60);

/// What a provider heard of one call: the request, and on which thread.
type Call = (ConnectionRequest, Option<String>);

struct Asked {
    asking: Arc<Asking>,
    inbox: Arc<Inbox>,
    calls: Receiver<Call>,
}

fn asked_with(provider: impl ConnectionProvider, options: Options) -> (Arc<Asking>, Arc<Inbox>) {
    MESSAGES.prepare().unwrap();
    let limit = Usage {
        messages: 1,
        bytes: 1,
    };
    let inbox = Arc::new(Inbox::new(limit, Bell::Runtime(engine::get().unwrap())));
    let attempts = Attempts::new(options, Arc::clone(&inbox), 0);
    let asking = Desk::of(
        attempts,
        Arc::new(provider) as _,
        Runner::Threads(&MESSAGES),
    );
    (asking, inbox)
}

/// A provider that hands its requests on.
fn asked(uri: &str) -> Asked {
    let (told, calls) = channel();
    let provider = move |request| {
        let name = std::thread::current().name().map(str::to_owned);
        told.send((request, name)).unwrap();
    };
    let (asking, inbox) = asked_with(provider, Options::from_uri(uri).unwrap());
    Asked {
        asking,
        inbox,
        calls,
    }
}

fn question(connection_number: u64) -> Question {
    Question {
        connection_number,
        attempt_number: 7,
        deadline: clock::now() + NET,
    }
}

type Answer = (u64, Result<Provided, ProviderError>);

fn answers(inbox: &Inbox) -> Vec<Answer> {
    let mut commands = VecDeque::new();
    inbox.take(&mut commands);
    let answer = |command| match command {
        Command::Provided {
            connection_number,
            result,
        } => (connection_number, result),
        other => panic!("{other:?}"),
    };
    commands.into_iter().map(answer).collect()
}

/// The answer, when it has come.
fn answer(inbox: &Inbox) -> Answer {
    loop {
        match answers(inbox).pop() {
            Some(answer) => return answer,
            None => std::thread::yield_now(),
        }
    }
}

fn message(inbox: &Inbox) -> String {
    let (_, result) = answer(inbox);
    let error = result.unwrap_err();
    assert!(!error.fatal);
    error.message
}

impl Asked {
    fn call(&self, connection_number: u64) -> ConnectionRequest {
        self.asking.ask(question(connection_number));
        self.calls.recv_timeout(NET).unwrap().0
    }
}

fn given(uri: &str) -> ProvidedConnection {
    ProvidedConnection {
        uri: Some(uri.to_owned()),
        ..ProvidedConnection::default()
    }
}

#[test]
fn the_application_is_asked_on_a_thread_of_the_pool_and_answers_from_any() {
    let asked = asked("mqtt://ann:old@a.example");
    asked.asking.ask(question(3));
    let (request, thread) = asked.calls.recv_timeout(NET).unwrap();
    assert_eq!(thread.as_deref(), Some("mqttka-message"));
    assert_eq!(request.attempt_number, 7);
    assert!(request.time_left > NET / 2 && request.time_left <= NET);
    assert!(asked.asking.kept().route.is_none());
    request.provide(given("mqtt://:new@b.example:9"));
    let (number, provided) = answer(&asked.inbox);
    let provided = provided.unwrap();
    assert_eq!(number, 3);
    assert_eq!(provided.user_name, None);
    assert_eq!(provided.password.as_deref(), Some(&b"new"[..]));
    let server = || Some(asked.asking.kept().route?.server.to_string());
    assert_eq!(server().as_deref(), Some("mqtt://b.example:9"));
    // For the whole attempt, and not for another one.
    assert_eq!(server().as_deref(), Some("mqtt://b.example:9"));
    drop(asked.call(4));
    assert_eq!(server(), None);
}

#[test]
fn a_late_answer_of_an_earlier_attempt_is_dropped() {
    let asked = asked("mqtt://a.example");
    let first = asked.call(1);
    let second = asked.call(2);
    first.provide(given("mqtt://old.example"));
    assert_eq!(answers(&asked.inbox), []);
    assert!(asked.asking.kept().route.is_none());
    second.fail("none today", true);
    let fatal = ProviderError {
        message: "none today".into(),
        fatal: true,
    };
    assert_eq!(answers(&asked.inbox), [(2, Err(fatal))]);
    // What was answered and not used counts no more, either.
    asked.call(3).provide(given("mqtt://old.example"));
    let request = asked.call(4);
    assert!(asked.asking.kept().route.is_none());
    drop(request);
}

/// The one thread that it keeps is the only one, and what was asked in vain is not asked later.
#[test]
fn a_provider_that_blocks_is_not_called_again_until_it_returns() {
    let (told, calls) = channel::<(u64, Sender<()>)>();
    let (asking, inbox) = asked_with(
        move |request: ConnectionRequest| {
            let (go, goes) = channel();
            told.send((request.attempt_number.into(), go)).unwrap();
            goes.recv_timeout(NET).unwrap();
            request.fail("too late?", false);
        },
        Options::new("localhost"),
    );
    let ask = |number: u32| {
        asking.ask(Question {
            attempt_number: number,
            ..question(number.into())
        });
    };
    ask(1);
    let (number, go) = calls.recv_timeout(NET).unwrap();
    assert_eq!(number, 1);
    for number in 2..100 {
        ask(number);
    }
    // The pool serves others meanwhile.
    let others = asked("mqtt://a.example");
    others.call(1).fail("", false);
    assert!(calls.try_recv().is_err());
    assert_eq!(answers(&inbox), []);
    go.send(()).unwrap();
    let (number, go) = calls.recv_timeout(NET).unwrap();
    assert_eq!(number, 99);
    assert_eq!(answers(&inbox), [], "of an attempt that is over");
    go.send(()).unwrap();
    assert_eq!(answer(&inbox).0, 99);
}

#[test]
fn an_attempt_that_is_over_when_the_thread_comes_is_not_asked_for() {
    let asked = asked("mqtt://a.example");
    asked.asking.ask(Question {
        deadline: clock::now(),
        ..question(1)
    });
    asked.call(2).fail("", false);
    assert_eq!(answers(&asked.inbox).len(), 1);
    assert!(asked.calls.try_recv().is_err());
}

#[test]
fn a_panic_and_a_request_that_is_dropped_fail_the_attempt() {
    let provider = |request: ConnectionRequest| match request.attempt_number {
        1 => drop(request),
        2 => std::panic::resume_unwind(Box::new("with the request")),
        _ => {
            // Somebody else has it.
            std::mem::forget(request);
            std::panic::resume_unwind(Box::new("without"));
        }
    };
    let (asking, inbox) = asked_with(provider, Options::new("localhost"));
    for (attempt_number, expected) in [
        (1, "it dropped the request without an answer"),
        (2, "it panicked"),
        (3, "it panicked"),
    ] {
        asking.ask(Question {
            attempt_number,
            ..question(attempt_number.into())
        });
        assert_eq!(message(&inbox), expected);
    }
}

/// Tells the thread on which it is dropped.
struct Dropped(Sender<Option<String>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        let name = std::thread::current().name().map(str::to_owned);
        let _ = self.0.send(name);
    }
}

#[test]
fn when_the_client_ends_nobody_is_asked_and_the_provider_is_dropped_on_the_pool() {
    let (told, dropped) = channel();
    let (calls_told, calls) = channel();
    let dropping = Dropped(told);
    let (asking, inbox) = asked_with(
        move |request| {
            let _ = &dropping;
            calls_told.send(request).unwrap();
        },
        Options::new("localhost"),
    );
    asking.ask(question(1));
    let request: ConnectionRequest = calls.recv_timeout(NET).unwrap();
    asking.end();
    let thread = dropped.recv_timeout(NET).unwrap();
    assert_eq!(thread.as_deref(), Some("mqttka-message"));
    asking.ask(question(2));
    request.provide(given("mqtt://late.example"));
    assert_eq!(answers(&inbox), []);
    assert!(calls.recv().is_err(), "the provider is gone");
    // A request that outlives everything.
    asked("mqtt://a.example").call(1).fail("", false);
}

#[test]
fn what_cannot_be_used_fails_the_attempt_and_says_why() {
    let asked = asked("wss://a.example");
    for (number, change, expected) in [
        (
            1,
            (|it| it.password = Some(vec![0; 65_536].into())) as fn(&mut ProvidedConnection),
            "password is 65536 bytes long; it must be 0 to 65535",
        ),
        (
            2,
            |it| it.uri = Some("http://a.example".into()),
            "invalid argument: uri has the scheme \"http\"; it must be mqtt, mqtts, ws, wss or unix",
        ),
        (
            3,
            |it| it.web_socket_headers = Some(vec![("Host".into(), "secret".into())]),
            "web_socket_headers is \"Host\"; it must be headers that the upgrade does not have itself",
        ),
        (
            4,
            |it| {
                let pem = || Pem::Bytes(bytes::Bytes::from_static(b"secret"));
                it.client_certificate = Some((pem(), pem()));
            },
            "tls_certificate is",
        ),
    ] {
        let mut given = ProvidedConnection::default();
        change(&mut given);
        asked.call(number).provide(given);
        let message = message(&asked.inbox);
        assert!(message.starts_with(expected), "{message}");
        assert!(!message.contains("secret"), "{message}");
        assert!(asked.asking.kept().route.is_none());
    }
}
