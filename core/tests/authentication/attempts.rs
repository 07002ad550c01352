//! Exchanges of connections that come about, or do not.

use std::time::Duration;

use mqttka_core::client::{Error, Options, ReasonCode, Reconnect, State, Version};

use crate::world::{START, asked, auth, calls, connack, finish, going_on, next, world};

const CONTINUE: ReasonCode = ReasonCode::ContinueAuthentication;

/// PUBLISH of QoS 0 to `t` with the payload `hello`.
const PUBLISH: &[u8] = b"\x30\x09\x00\x01t\x00hello";

#[test]
fn a_connection_comes_about_when_both_sides_have_proved_themselves() {
    let (mut world, requests) = asked(|_| {});
    world.connect();
    assert!(world.written.is_empty(), "CONNECT waits for its data");
    let request = next(&requests, &START);
    assert!(request.is_awaited() && request.exchange == 1);
    request.reply(Some("hello".into()));
    world.run();
    assert_eq!(world.connect_data().as_deref(), Some(&b"hello"[..]));
    for (theirs, ours) in [("one", Some("1")), ("two", None)] {
        world.say(auth(CONTINUE, "TEST", Some(theirs.as_bytes())));
        let request = next(&requests, &going_on(theirs));
        assert_eq!(request.exchange, 1);
        assert!(world.written.is_empty());
        request.reply(ours.map(Into::into));
        world.run();
        let (reason, data) = world.auth_data();
        assert_eq!((reason, data), (CONTINUE, ours.map(Into::into)));
    }
    // What follows CONNACK is not looked at before the broker has proved itself.
    world.say([&connack("TEST", Some(b"last")), PUBLISH].concat());
    world.say(PUBLISH);
    assert_eq!(world.client.status().state, State::Connecting);
    assert!(world.heard().is_empty());
    next(&requests, &finish("last")).reply(None);
    world.run();
    assert_eq!(world.heard(), ["connected", "hello", "hello"]);
    assert!(requests.try_recv().is_err());
}

#[test]
fn data_is_left_out_where_there_is_none() {
    let (mut world, requests) = asked(|_| {});
    world.connect();
    next(&requests, &START).reply(None);
    world.run();
    assert_eq!(world.connect_data(), None);
    world.say(connack("TEST", None));
    let request = requests.try_recv().unwrap();
    request.reply(Some("not sent".into()));
    world.run();
    assert_eq!(world.heard(), ["connected"]);
    assert!(world.written.is_empty());
}

/// What the client says of an answer of the broker's to its CONNECT.
fn said(answers: &[&[u8]]) -> Vec<String> {
    let (mut world, requests) = asked(|_| {});
    world.connect();
    next(&requests, &START).reply(None);
    world.run();
    for answer in answers {
        world.say(answer.to_vec());
    }
    assert_ne!(world.client.status().state, State::Connected);
    world.heard()
}

#[test]
fn a_broker_that_breaks_the_rules_is_refused() {
    let method = "protocol error: CONNACK without the authentication method of CONNECT (protocol)";
    assert_eq!(said(&[&connack("", None)]), [method]);
    assert_eq!(said(&[&connack("OTHER", None)]), [method]);
    assert_eq!(
        said(&[&auth(CONTINUE, "OTHER", None)]),
        ["protocol error: AUTH without the authentication method of CONNECT (protocol)"]
    );
    // An attempt ends with CONNACK.
    let unexpected = "protocol error: unexpected AUTH (protocol)";
    assert_eq!(
        said(&[&auth(ReasonCode::Success, "TEST", None)]),
        [unexpected]
    );
    let short = said(&[&[0xf0, 0]]);
    assert!(short[0].contains("authentication method"), "{short:?}");
    // It does not wait for ours.
    let hasty = auth(CONTINUE, "TEST", None);
    assert_eq!(said(&[&hasty, &hasty]), [unexpected]);
    assert_eq!(
        said(&[&hasty, &connack("TEST", None)]),
        ["protocol error: unexpected CONNACK (protocol)"]
    );
    // Whatever it sends before it has proved itself is not looked at.
    assert!(said(&[&connack("TEST", None), &[0xff; 100]]).is_empty());
}

#[test]
fn a_refusal_needs_no_method() {
    for answer in [&b"\x20\x03\x00\x8c\x00"[..], b"\x20\x03\x00\x87\x00"] {
        let heard = said(&[&auth(CONTINUE, "TEST", None), answer]);
        assert!(heard[0].starts_with("refused by the broker"), "{heard:?}");
    }
}

#[test]
fn without_an_authenticator_there_is_no_authentication() {
    for answer in [connack("TEST", None), auth(CONTINUE, "TEST", None)] {
        let mut world = world(calls(|_| {}), |options| options.authenticator = None);
        world.connect();
        world.written.clear();
        world.say(answer);
        let heard = world.heard();
        assert!(heard[0].starts_with("protocol error"), "{heard:?}");
    }
}

#[test]
fn an_authenticator_may_give_up_at_each_step() {
    for step in 0..3 {
        for fatal in [false, true] {
            let (mut world, requests) = asked(|options| {
                options.config.reconnect = Some(Reconnect::default());
            });
            world.connect();
            for message in [auth(CONTINUE, "TEST", None), connack("TEST", None)]
                .into_iter()
                .take(step)
            {
                requests.try_recv().unwrap().reply(None);
                world.run();
                world.written.clear();
                world.say(message);
            }
            requests.try_recv().unwrap().fail("no luck", fatal);
            world.run();
            let failed = "authentication failed: no luck (authentication)";
            let then = ["reconnecting", "stopped: credentials"][usize::from(fatal)];
            assert_eq!(world.heard(), [failed, then], "step {step}");
            assert!(world.written.is_empty(), "step {step}");
        }
    }
}

#[test]
fn one_that_drops_the_request_or_panics_has_given_up() {
    let mut dropping = world(calls(drop), |_| {});
    dropping.connect();
    assert_eq!(
        dropping.heard(),
        ["authentication failed: it dropped the request without an answer (authentication)"]
    );
    let panics = calls(|_| std::panic::resume_unwind(Box::new("a bug")));
    let mut panicking = world(panics, |_| {});
    panicking.connect();
    assert_eq!(
        panicking.heard(),
        ["authentication failed: it panicked (authentication)"]
    );
}

#[test]
fn the_attempt_has_its_time_whatever_the_authenticator_does() {
    let (mut world, requests) = asked(|options| {
        options.config.connect_timeout = Some(Duration::from_secs(3));
    });
    world.connect();
    let late = next(&requests, &START);
    assert!(late.time_left <= Duration::from_secs(3));
    world.pass(Duration::from_millis(2999));
    assert!(world.heard().is_empty() && late.is_awaited());
    world.pass(Duration::from_millis(1));
    let timed_out =
        "authentication failed: the authenticator did not answer in time (authentication)";
    assert_eq!(world.heard(), [timed_out]);
    assert!(!late.is_awaited());
    // The next attempt has nothing of it.
    world.connect();
    late.reply(Some("late".into()));
    world.run();
    assert!(world.written.is_empty());
    let request = next(&requests, &START);
    assert_eq!(request.exchange, 2);
    request.reply(Some("second".into()));
    world.run();
    assert_eq!(world.connect_data().as_deref(), Some(&b"second"[..]));
    // And now it is the broker that says nothing.
    world.pass(Duration::from_secs(3));
    assert_eq!(
        world.heard(),
        ["timed out after 3s waiting for CONNACK: broker.example:1883 (timeout)"]
    );
}

#[test]
fn a_broker_that_is_not_proved_yet_fills_no_memory() {
    let (mut world, requests) = asked(|options| {
        options.config.inbound_queue_max_bytes = 1000;
    });
    world.connect();
    next(&requests, &START).reply(None);
    world.run();
    world.say(connack("TEST", None));
    let request = requests.try_recv().unwrap();
    world.say(vec![0x30; 1000]);
    assert!(world.heard().is_empty());
    world.say(vec![0x30; 1]);
    assert_eq!(
        world.heard(),
        [
            "authentication failed: the broker sent more than 1000 bytes before it was found to be \
          the right one (authentication)"
        ]
    );
    assert!(!request.is_awaited());
}

/// The time for which the application looked at the broker's last data is none of the broker's.
#[test]
fn the_last_evidence_of_life_is_when_bytes_came() {
    let (mut world, requests) = asked(|_| {});
    world.connect();
    next(&requests, &START).reply(None);
    world.run();
    world.say(connack("TEST", None));
    world.pass(Duration::from_secs(9));
    requests.try_recv().unwrap().reply(None);
    world.run();
    assert_eq!(world.heard(), ["connected"]);
    // 1.5 x 10 s after CONNACK, less the time for dispatch.
    world.pass(Duration::from_millis(5749));
    assert_eq!(world.heard(), [] as [&str; 0]);
    world.pass(Duration::from_millis(1));
    let heard = world.heard();
    assert!(heard[0].ends_with("(keep_alive_timeout)"), "{heard:?}");
}

#[test]
fn the_end_of_the_stream_ends_the_exchange() {
    let (mut world, requests) = asked(|_| {});
    world.connect();
    let request = next(&requests, &START);
    world.ends();
    assert!(!request.is_awaited());
    assert_eq!(
        world.heard(),
        ["closed by the broker before CONNACK (closed_by_server)"]
    );
}

#[test]
fn data_that_fits_into_no_packet_is_named() {
    let (mut world, requests) = asked(|_| {});
    world.connect();
    next(&requests, &START).reply(Some(vec![0; 65_536].into()));
    world.run();
    let heard = world.heard();
    assert!(heard[0].contains("CONNECT"), "{heard:?}");
    assert!(world.written.is_empty());
    world.connect();
    next(&requests, &START).reply(None);
    world.run();
    world.written.clear();
    world.say(auth(CONTINUE, "TEST", None));
    requests
        .try_recv()
        .unwrap()
        .reply(Some(vec![0; 65_536].into()));
    world.run();
    let heard = world.heard();
    assert!(heard[0].contains("too large"), "{heard:?}");
}

#[test]
fn it_is_never_dropped_for_a_broker_that_speaks_3_1_1() {
    let (mut world, requests) = asked(|options| {
        options.config.fallback_to_v311 = true;
        options.config.reconnect = Some(Reconnect::default());
    });
    world.connect();
    next(&requests, &START).reply(None);
    world.run();
    world.say(&b"\x20\x03\x00\x84\x00"[..]);
    assert_eq!(world.heard()[1], "stopped: protocol_version");
    let mut options = Options::new("broker.example");
    options.config.protocol_version = Version::V311;
    options.authenticator = Some(std::sync::Arc::new(calls(drop)));
    let refused = mqttka_core::client::hosted::open(
        options,
        Silent,
        false,
        mqttka_core::client::hosted::Carrier::Socket,
        1,
        || {},
    );
    match refused {
        Err(Error::InvalidOption { option, .. }) => assert_eq!(option, "authenticator"),
        other => panic!("{other:?}"),
    }
}

struct Silent;

impl mqttka_core::client::Handler for Silent {
    fn on_event(&self, _: &mqttka_core::client::Event) {}
    fn on_message(&self, _: mqttka_core::client::Message, _: u64) {}
}
