//! What an AUTH says besides its data, in and out: Reason String and User Properties
//! (sections 3.15.2.2.4 and 3.15.2.2.5).

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use mqttka_core::client::{
    AuthenticationError, AuthenticationRequest, Error, OperationError, Outcome, Properties,
    Property, PropertyId, ReasonCode, State, Text,
};
use mqttka_core::codec::{Auth, ConnAck, Packet};

use crate::world::{AGAIN, START, World, asked, connack, encoded, next, properties};

type Outcomes = Arc<Mutex<Vec<Outcome>>>;

const CONTINUE: ReasonCode = ReasonCode::ContinueAuthentication;

fn text(words: &str) -> Text {
    words.try_into().unwrap()
}

fn pair(name: &str, value: &str) -> (Text, Text) {
    (text(name), text(value))
}

/// The method and the data, with words and two user properties of one name.
fn wordy(data: &[u8]) -> Properties {
    let mut all = properties("TEST", Some(data));
    all.push(Property::ReasonString(text("prove it")));
    for value in ["1", "2"] {
        all.push(Property::UserProperty(text("realm"), text(value)));
    }
    all
}

fn auth(reason_code: ReasonCode) -> Bytes {
    encoded(&Packet::Auth(Auth {
        reason_code,
        properties: wordy(b"data"),
    }))
}

fn user(properties: &Properties) -> Vec<(&str, &str)> {
    let all = properties.user_properties();
    all.map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

/// Words and user properties, and neither the method nor the data, which is the step's.
fn assert_told(request: &AuthenticationRequest) {
    let words = request.reason_string.as_ref().map(Text::as_str);
    assert_eq!(words, Some("prove it"), "{request:?}");
    assert_eq!(
        user(&request.properties),
        [("realm", "1"), ("realm", "2")],
        "{request:?}"
    );
    assert_eq!(request.properties.len(), 3, "{request:?}");
}

/// The AUTH that the client wrote.
fn written(world: &mut World) -> Auth {
    match world.packet() {
        Packet::Auth(auth) => auth,
        other => panic!("{other:?}"),
    }
}

/// A connected client that is asked for the first step of a re-authentication, and its outcomes.
/// `more`: what its CONNACK says.
fn connected(more: &[Property]) -> (World, AuthenticationRequest, Outcomes) {
    let (mut world, requests) = asked(|_| {});
    world.connect();
    next(&requests, &START).reply(None);
    world.run();
    world.written.clear();
    let mut properties = properties("TEST", None);
    more.iter().cloned().for_each(|it| properties.push(it));
    world.say(encoded(&Packet::ConnAck(ConnAck {
        session_present: false,
        reason_code: ReasonCode::Success,
        properties,
    })));
    requests.try_recv().unwrap().reply(None);
    world.run();
    assert_eq!(world.heard(), ["connected"]);
    let outcomes = world.reauthenticate();
    let request = next(&requests, &AGAIN);
    (world, request, outcomes)
}

#[test]
fn what_auth_and_connack_say_reaches_the_authenticator() {
    let (mut world, requests) = asked(|_| {});
    world.connect();
    let request = next(&requests, &START);
    assert_eq!(request.reason_string, None);
    assert!(request.properties.is_empty());
    request.reply(None);
    world.run();
    world.written.clear();
    world.say(auth(CONTINUE));
    let request = requests.try_recv().unwrap();
    assert_told(&request);
    request.reply(None);
    world.run();
    world.say(encoded(&Packet::ConnAck(ConnAck {
        session_present: false,
        reason_code: ReasonCode::Success,
        properties: wordy(b"last"),
    })));
    let request = requests.try_recv().unwrap();
    assert_told(&request);
    request.reply(None);
    world.run();
    world.written.clear();
    world.reauthenticate();
    let request = next(&requests, &AGAIN);
    assert!(request.properties.is_empty());
    request.reply(None);
    world.run();
    for code in [CONTINUE, ReasonCode::Success] {
        world.say(auth(code));
        let request = requests.try_recv().unwrap();
        assert_told(&request);
        request.reply(None);
        world.run();
    }
    assert_eq!(world.client.status().state, State::Connected);
}

#[test]
fn an_answer_has_user_properties_in_the_auth_that_it_becomes() {
    let (mut world, requests) = asked(|_| {});
    world.connect();
    next(&requests, &START).reply(None);
    world.run();
    world.written.clear();
    world.say(auth(CONTINUE));
    let answers = vec![pair("b", "1"), pair("a", "2"), pair("b", "1")];
    let request = requests.try_recv().unwrap();
    request
        .reply_with(Some("because".into()), answers.clone())
        .unwrap();
    world.run();
    let auth = written(&mut world);
    assert_eq!(auth.reason_code, CONTINUE);
    assert_eq!(user(&auth.properties), [("b", "1"), ("a", "2"), ("b", "1")]);
    let data = auth.properties.get_binary(PropertyId::AuthenticationData);
    assert_eq!(data.map(|it| &it[..]), Some(&b"because"[..]));
    world.say(connack("TEST", None));
    requests.try_recv().unwrap().reply(None);
    world.run();
    world.reauthenticate();
    next(&requests, &AGAIN).reply_with(None, answers).unwrap();
    world.run();
    let auth = written(&mut world);
    assert_eq!(auth.reason_code, ReasonCode::ReAuthenticate);
    assert_eq!(user(&auth.properties).len(), 3);
}

#[test]
fn what_leaves_in_no_auth_has_no_user_properties() {
    let one = || vec![pair("a", "b")];
    let (mut world, requests) = asked(|_| {});
    world.connect();
    let request = next(&requests, &START);
    let said =
        "user_properties is given; it must be left out where the answer leaves in no AUTH packet";
    let error = request.check_user_properties(1).unwrap_err();
    assert!(matches!(error, Error::InvalidOption { .. }), "{error:?}");
    assert_eq!(error.to_string(), said);
    // None at all are fine, and so is asking.
    request.check_user_properties(0).unwrap();
    request.reply_with(None, Vec::new()).unwrap();
    world.run();
    world.written.clear();
    world.say(connack("TEST", None));
    let request = requests.try_recv().unwrap();
    let error = request.reply_with(None, one()).unwrap_err();
    assert_eq!(error.to_string(), said);
    world.run();
    // The answer was none: the exchange fails, and says why.
    let failed = format!("authentication failed: {said} (authentication)");
    assert_eq!(world.heard()[0], failed);
}

#[test]
fn more_than_a_packet_may_have_are_refused_by_name() {
    let (mut world, request, _) = connected(&[]);
    let most = Properties::MAX_COUNT - 2;
    let error = request.check_user_properties(most + 1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "user_properties is 9999 long; it must be at most 9998, beside method and data"
    );
    request
        .reply_with(Some("x".into()), vec![pair("", ""); most])
        .unwrap();
    world.run();
    assert_eq!(user(&written(&mut world).properties).len(), most);
}

#[test]
fn what_the_broker_takes_no_packet_for_fails_typed() {
    let limit = [Property::MaximumPacketSize(40)];
    let (mut world, request, outcomes) = connected(&limit);
    request
        .reply_with(None, vec![pair("a", &"x".repeat(40))])
        .unwrap();
    world.run();
    // Nothing was sent, so the connection stands.
    assert!(world.written.is_empty());
    let result = outcomes.lock().unwrap()[0].result.clone();
    let too_large = OperationError::Authentication(AuthenticationError::TooLarge(
        "57 bytes, and the broker takes 40".to_owned(),
    ));
    assert_eq!(result, Err(too_large));
    assert_eq!(world.client.status().state, State::Connected);
    let (mut world, request, _) = connected(&limit);
    request.reply_with(None, vec![pair("a", "x")]).unwrap();
    world.run();
    assert_eq!(user(&written(&mut world).properties), [("a", "x")]);
}

#[test]
fn what_is_shown_for_people_has_no_secrets() {
    let (mut world, requests) = asked(|_| {});
    world.connect();
    next(&requests, &START).reply(Some("secret".into()));
    world.run();
    world.written.clear();
    world.say(auth(CONTINUE));
    let shown = format!("{:?}", requests.try_recv().unwrap());
    assert!(shown.contains("prove it"), "{shown}");
    assert!(!shown.contains("data\""), "{shown}");
}
