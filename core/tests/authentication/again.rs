//! Re-authentication (section 4.12.1).

use std::sync::mpsc::Receiver;
use std::time::Duration;

use mqttka_core::client::{
    AuthenticationError, AuthenticationRequest, Completion, Error, OperationError, ReasonCode,
    State,
};

use crate::world::{AGAIN, START, World, asked, auth, connack, finish, going_on, next};

const CONTINUE: ReasonCode = ReasonCode::ContinueAuthentication;

fn connected() -> (World, Receiver<AuthenticationRequest>) {
    let (mut world, requests) = asked(|_| {});
    world.connect();
    next(&requests, &START).reply(None);
    world.run();
    world.written.clear();
    world.say(connack("TEST", None));
    requests.try_recv().unwrap().reply(None);
    world.run();
    assert_eq!(world.heard(), ["connected"]);
    (world, requests)
}

fn results(outcomes: &std::sync::Mutex<Vec<mqttka_core::client::Outcome>>) -> Vec<String> {
    let outcomes = outcomes.lock().unwrap();
    outcomes
        .iter()
        .map(|it| match &it.result {
            Ok(code) => code.name().to_owned(),
            Err(error) => format!("{}: {error}", error.name()),
        })
        .collect()
}

#[test]
fn a_client_proves_itself_anew_while_the_connection_goes_on() {
    let (mut world, requests) = connected();
    let outcomes = world.reauthenticate();
    let request = next(&requests, &AGAIN);
    assert_eq!(request.exchange, 2);
    request.reply(Some("again".into()));
    world.run();
    let first = (ReasonCode::ReAuthenticate, Some("again".into()));
    assert_eq!(world.auth_data(), first);
    world.say(auth(CONTINUE, "TEST", Some(b"why")));
    next(&requests, &going_on("why")).reply(Some("because".into()));
    world.run();
    assert_eq!(world.auth_data(), (CONTINUE, Some("because".into())));
    world.say(auth(ReasonCode::Success, "TEST", Some(b"fine")));
    assert!(results(&outcomes).is_empty());
    next(&requests, &finish("fine")).reply(None);
    world.run();
    assert_eq!(results(&outcomes), ["success"]);
    assert_eq!(world.client.status().state, State::Connected);
    assert!(world.written.is_empty() && world.heard().is_empty());
    assert_eq!(world.client.status().outbound_queue_messages, 0);
}

#[test]
fn several_are_done_one_after_the_other() {
    let (mut world, requests) = connected();
    let outcomes = [world.reauthenticate(), world.reauthenticate()];
    assert_eq!(world.client.status().outbound_queue_messages, 2);
    for (index, outcome) in outcomes.iter().enumerate() {
        let request = next(&requests, &AGAIN);
        assert!(requests.try_recv().is_err(), "one at a time");
        assert_eq!(request.exchange, 2 + index as u64);
        request.reply(None);
        world.run();
        assert_eq!(world.auth_data(), (ReasonCode::ReAuthenticate, None));
        world.say(auth(ReasonCode::Success, "TEST", None));
        requests.try_recv().unwrap().reply(None);
        world.run();
        assert_eq!(results(outcome), ["success"]);
    }
    assert_eq!(world.client.status().outbound_queue_messages, 0);
}

#[test]
fn nothing_to_begin_with_leaves_the_connection_alone() {
    let (mut world, requests) = connected();
    let outcomes = world.reauthenticate();
    next(&requests, &AGAIN).fail("no token", true);
    world.run();
    assert_eq!(
        results(&outcomes),
        ["authentication: authentication failed: no token"]
    );
    assert_eq!(world.client.status().state, State::Connected);
    assert!(world.written.is_empty() && world.heard().is_empty());
}

#[test]
fn a_failure_after_that_ends_the_connection() {
    for last in [false, true] {
        let (mut world, requests) = connected();
        let outcomes = world.reauthenticate();
        next(&requests, &AGAIN).reply(None);
        world.run();
        world.written.clear();
        world.say(match last {
            true => auth(ReasonCode::Success, "TEST", None),
            false => auth(CONTINUE, "TEST", None),
        });
        requests.try_recv().unwrap().fail("an impostor", false);
        world.run();
        assert_eq!(
            world.heard(),
            ["re-authentication failed: an impostor (authentication)"]
        );
        assert_eq!(
            results(&outcomes),
            ["authentication: authentication failed: an impostor"]
        );
        // DISCONNECT with "unspecified error".
        assert_eq!(&world.written[..], [0xe0, 1, 0x80]);
    }
}

#[test]
fn a_broker_that_refuses_says_so() {
    let (mut world, requests) = connected();
    let outcomes = world.reauthenticate();
    let waiting = world.reauthenticate();
    next(&requests, &AGAIN).reply(None);
    world.run();
    world.say(&b"\xe0\x0e\x87\x0c\x1f\x00\x02no\x26\x00\x01k\x00\x01v"[..]);
    let heard = world.heard();
    assert!(heard[0].ends_with("(server_disconnect)"), "{heard:?}");
    assert_eq!(
        results(&outcomes),
        ["refused: refused by the broker: Not authorized (0x87)"]
    );
    {
        let outcomes = outcomes.lock().unwrap();
        assert_eq!(outcomes[0].reason_string.as_deref(), Some("no"));
        let mut user = outcomes[0].properties.user_properties();
        let (name, value) = user.next().expect("a user property");
        assert_eq!((name.as_str(), value.as_str()), ("k", "v"));
    }
    assert!(results(&waiting)[0].starts_with("disconnected"));
}

#[test]
fn it_has_the_time_of_an_attempt() {
    for answered in [false, true] {
        let (mut world, requests) = connected();
        let outcomes = world.reauthenticate();
        let request = next(&requests, &AGAIN);
        if answered {
            request.reply(None);
            world.run();
            // Everything else goes on.
            world.written.clear();
            world.pass(Duration::from_secs(5));
            assert_eq!(&world.written[..], [0xc0, 0]);
            world.say(&[0xd0, 0][..]);
            world.pass(Duration::from_secs(5));
            world.say(&[0xd0, 0][..]);
            world.pass(Duration::from_secs(5));
        } else {
            world.pass(Duration::from_secs(5));
            world.say(&[0xd0, 0][..]);
            world.pass(Duration::from_secs(5));
            world.say(&[0xd0, 0][..]);
            world.pass(Duration::from_secs(5));
        }
        let who = ["authenticator", "broker"][usize::from(answered)];
        let heard = world.heard();
        assert_eq!(
            heard,
            [format!(
                "re-authentication failed: the {who} did not answer in time (authentication)"
            )]
        );
        assert_eq!(results(&outcomes).len(), 1);
    }
}

#[test]
fn an_auth_that_nobody_asked_for_ends_the_connection() {
    for code in [CONTINUE, ReasonCode::Success] {
        let (mut world, _requests) = connected();
        world.say(auth(code, "TEST", None));
        assert_eq!(
            world.heard(),
            ["protocol error: unexpected AUTH (protocol)"]
        );
    }
    let (mut world, requests) = connected();
    let outcomes = world.reauthenticate();
    // The application has not answered yet.
    world.say(auth(CONTINUE, "TEST", None));
    assert_eq!(
        world.heard(),
        ["protocol error: unexpected AUTH (protocol)"]
    );
    assert_eq!(results(&outcomes).len(), 1);
    assert!(!next(&requests, &AGAIN).is_awaited());
    let (mut world, requests) = connected();
    world.reauthenticate();
    next(&requests, &AGAIN).reply(None);
    world.run();
    world.say(auth(CONTINUE, "OTHER", None));
    let heard = world.heard();
    assert!(heard[0].contains("authentication method"), "{heard:?}");
}

#[test]
fn it_needs_a_connection_and_an_authenticator() {
    let (mut world, requests) = connected();
    let outcomes = world.reauthenticate();
    next(&requests, &AGAIN).reply(None);
    world.run();
    world.ends();
    assert_eq!(results(&outcomes).len(), 1);
    let refused = world.client.reauthenticate(Completion::none());
    assert_eq!(refused, Err(Error::NotConnected));
    world.client.close();
    world.run();
    let refused = world.client.reauthenticate(Completion::none());
    assert_eq!(refused, Err(Error::Closed));
    let (mut world, _) = asked(|options| options.authenticator = None);
    world.connect();
    world.say(&b"\x20\x03\x00\x00\x00"[..]);
    let refused = world.client.reauthenticate(Completion::none());
    assert!(matches!(refused, Err(Error::InvalidArgument(_))));
}

#[test]
fn a_goodbye_ends_it() {
    let (mut world, requests) = connected();
    let outcomes = world.reauthenticate();
    world.client.close();
    world.run();
    world.ends();
    assert!(results(&outcomes)[0].starts_with("closed"), "{outcomes:?}");
    assert!(!next(&requests, &AGAIN).is_awaited());
}

/// The first cause counts, and nothing follows DISCONNECT [MQTT-3.14.4-1].
#[test]
fn a_failure_after_a_goodbye_changes_nothing() {
    for last in [false, true] {
        let (mut world, requests) = connected();
        let outcomes = world.reauthenticate();
        next(&requests, &AGAIN).reply(None);
        world.run();
        world.say(match last {
            true => auth(ReasonCode::Success, "TEST", None),
            false => auth(CONTINUE, "TEST", None),
        });
        world.written.clear();
        world.client.disconnect(ReasonCode::Success).unwrap();
        world.run();
        requests.try_recv().unwrap().fail("an impostor", false);
        world.run();
        assert_eq!(&world.written[..], [0xe0, 0]);
        assert_eq!(results(&outcomes).len(), 1);
        world.ends();
        assert_eq!(
            world.heard(),
            ["disconnect was called (disconnect_requested)"]
        );
    }
}

#[test]
fn data_that_the_broker_does_not_take_is_not_sent() {
    let (mut world, requests) = asked(|_| {});
    world.connect();
    next(&requests, &START).reply(None);
    world.run();
    world.written.clear();
    // Maximum Packet Size 30.
    world.say(&b"\x20\x0f\x00\x00\x0c\x27\x00\x00\x00\x1e\x15\x00\x04TEST"[..]);
    requests.try_recv().unwrap().reply(None);
    world.run();
    assert_eq!(world.heard(), ["connected"]);
    let outcomes = world.reauthenticate();
    next(&requests, &AGAIN).reply(Some(vec![0; 100].into()));
    world.run();
    let result = outcomes.lock().unwrap()[0].result.clone();
    assert!(
        matches!(
            result,
            Err(OperationError::Authentication(
                AuthenticationError::TooLarge(_)
            ))
        ),
        "{result:?}"
    );
    assert!(world.written.is_empty());
    assert_eq!(world.client.status().state, State::Connected);
}
