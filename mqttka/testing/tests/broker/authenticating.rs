//! Enhanced authentication, by a script; SCRAM-SHA-256 has its tests with the client that users have.

use bytes::Bytes;
use mqttka_core::codec::{Auth, Connect, Packet};
use mqttka_core::types::{Properties, Property, PropertyId, ReasonCode, Text, Version};
use mqttka_testing::{Error, SeenKind};

use crate::support::*;

fn text(text: &str) -> Text {
    Text::try_from(text.to_owned()).unwrap()
}

fn properties(method: &str, data: Option<&'static str>) -> Properties {
    let mut properties = Properties::new();
    properties.push(Property::AuthenticationMethod(text(method)));
    if let Some(data) = data {
        properties.push(Property::AuthenticationData(Bytes::from(data)));
    }
    properties
}

fn connect_by(method: &str, data: Option<&'static str>) -> Connect {
    let mut connect = connect(Version::V5, "a");
    connect.properties = properties(method, data);
    connect
}

fn auth(reason_code: ReasonCode, method: &str, data: Option<&'static str>) -> Packet {
    Packet::Auth(Auth {
        reason_code,
        properties: properties(method, data),
    })
}

/// What the client was seen to say: the code, and the data.
fn said(world: &mut World) -> (Option<ReasonCode>, Option<Bytes>) {
    let seen = world.saw(SeenKind::Authenticating);
    assert_eq!(seen.client_id, "a");
    let data = seen.properties.get_binary(PropertyId::AuthenticationData);
    (seen.reason_code, data.cloned())
}

fn scripted() -> World {
    let mut world = World::new();
    world.broker.authenticate(Some("TICKET")).unwrap();
    world.broker.challenge(b"which?").unwrap();
    world.broker.finish_authentication(Some(b"fine")).unwrap();
    world
}

#[test]
fn a_script_is_gone_through_at_first_and_again() {
    let mut world = scripted();
    let more = ReasonCode::ContinueAuthentication;
    let a = world.open(connect_by("TICKET", Some("hello")));
    assert_eq!(said(&mut world), (None, Some("hello".into())));
    assert_eq!(world.hear(&a), [auth(more, "TICKET", Some("which?"))]);
    assert_eq!(world.broker.clients(), [] as [&str; 0]);
    world.say(&a, &auth(more, "TICKET", Some("the blue one")));
    assert_eq!(said(&mut world), (Some(more), Some("the blue one".into())));
    let heard = world.hear(&a);
    let [Packet::ConnAck(connack)] = &heard[..] else {
        panic!("{heard:?}");
    };
    assert_eq!(connack.properties, properties("TICKET", Some("fine")));
    assert_eq!(connack.reason_code, ReasonCode::Success);
    let seen = world.saw(SeenKind::Connected);
    let method = seen.properties.get_text(PropertyId::AuthenticationMethod);
    assert_eq!(method, Some(&text("TICKET")));

    // Again, by another script of the same method.
    world.broker.authenticate(Some("TICKET")).unwrap();
    let again = ReasonCode::ReAuthenticate;
    world.say(&a, &auth(again, "TICKET", None));
    assert_eq!(said(&mut world), (Some(again), None));
    let done = auth(ReasonCode::Success, "TICKET", None);
    assert_eq!(world.hear(&a), [done]);
    assert_eq!(world.broker.clients(), ["a"]);
}

#[test]
fn who_does_not_go_through_it_is_refused() {
    for (asking, code) in [
        (connect(Version::V311, "a"), ReasonCode::NotAuthorized),
        (connect(Version::V5, "a"), ReasonCode::NotAuthorized),
        (
            connect_by("OTHER", None),
            ReasonCode::BadAuthenticationMethod,
        ),
    ] {
        let mut world = scripted();
        let a = world.open(asking);
        let heard = world.hear(&a);
        assert!(matches!(&heard[..], [Packet::ConnAck(it)] if it.reason_code == code));
        assert_eq!(world.saw(SeenKind::Refused).reason_code, Some(code));
        world.broker.authenticate(None).unwrap();
        world.connect(connect(Version::V5, "a"));
    }
    // Where nobody has to, nobody can.
    let mut world = World::new();
    let a = world.open(connect_by("TICKET", None));
    let heard = world.hear(&a);
    let code = ReasonCode::BadAuthenticationMethod;
    assert!(matches!(&heard[..], [Packet::ConnAck(it)] if it.reason_code == code));
}

#[test]
fn an_exchange_is_refused_at_its_end() {
    let mut world = scripted();
    let code = ReasonCode::BadAuthenticationMethod;
    let more = ReasonCode::ContinueAuthentication;
    world.broker.refuse_authentications(Some(code)).unwrap();
    let a = world.open(connect_by("TICKET", None));
    assert_eq!(world.hear(&a).len(), 1);
    world.say(&a, &auth(more, "TICKET", None));
    let heard = world.hear(&a);
    assert!(matches!(&heard[..], [Packet::ConnAck(it)] if it.reason_code == code));
    world.saw(SeenKind::Refused);

    world.broker.refuse_authentications(None).unwrap();
    world.broker.authenticate(Some("TICKET")).unwrap();
    let (a, _) = world.connect(connect_by("TICKET", None));
    world.broker.refuse_authentications(Some(code)).unwrap();
    world.say(&a, &auth(ReasonCode::ReAuthenticate, "TICKET", None));
    let heard = world.hear(&a);
    // DISCONNECT has no number for the code.
    let expected = ReasonCode::NotAuthorized;
    assert!(matches!(&heard[..], [Packet::Disconnect(it)] if it.reason_code == expected));
    assert_eq!(world.saw(SeenKind::Refused).client_id, "a");
    assert_eq!(world.broker.clients(), [] as [&str; 0]);
}

#[test]
fn auth_out_of_turn_is_a_fault() {
    let more = ReasonCode::ContinueAuthentication;
    let again = ReasonCode::ReAuthenticate;
    let of = |packet| vec![packet];
    for (asking, said) in [
        // Of another method, in the middle.
        (connect_by("TICKET", None), of(auth(more, "OTHER", None))),
        // Anything else, in the middle.
        (connect_by("TICKET", None), of(Packet::PingReq)),
        (
            connect_by("TICKET", None),
            of(Packet::Connect(Box::new(connect_by("TICKET", None)))),
        ),
        (connect_by("TICKET", None), of(auth(again, "TICKET", None))),
        // At its end, and then of another method.
        (
            connect_by("TICKET", None),
            vec![auth(more, "TICKET", None), auth(more, "TICKET", None)],
        ),
        (
            connect_by("TICKET", None),
            vec![auth(more, "TICKET", None), auth(again, "OTHER", None)],
        ),
    ] {
        let mut world = scripted();
        let a = world.open(asking);
        for packet in &said {
            world.say(&a, packet);
        }
        let seen = world.saw(SeenKind::Faulty);
        assert_eq!(
            seen.reason_code,
            Some(ReasonCode::ProtocolError),
            "{said:?}"
        );
        assert_eq!(world.broker.clients(), [] as [&str; 0]);
    }
    // Of one that had no method.
    let mut world = World::new();
    let (a, _) = world.connect(connect(Version::V5, "a"));
    world.broker.authenticate(Some("TICKET")).unwrap();
    world.say(&a, &auth(again, "TICKET", None));
    world.saw(SeenKind::Faulty);
}

#[test]
fn a_client_may_give_up_in_the_middle() {
    let mut world = scripted();
    let a = world.open(connect_by("TICKET", None));
    world.say_goodbye(&a, ReasonCode::UnspecifiedError);
    assert_eq!(world.saw(SeenKind::Disconnected).client_id, "a");
    let a = world.open(connect_by("TICKET", None));
    world.lose(&a);
    assert_eq!(world.saw(SeenKind::Lost).client_id, "a");
}

#[test]
fn a_script_is_bounded() {
    let mut world = World::new();
    let field = |error| match error {
        Error::InvalidArgument { field, .. } => field,
        other => panic!("{other}"),
    };
    let broker = &mut world.broker;
    assert_eq!(field(broker.challenge(b"x").unwrap_err()), "authenticate");
    let finish = broker.finish_authentication(None);
    assert_eq!(field(finish.unwrap_err()), "authenticate");
    assert_eq!(
        field(broker.authenticate(Some("\0")).unwrap_err()),
        "method"
    );
    broker.authenticate(Some("TICKET")).unwrap();
    let long = vec![0; 65_536];
    assert_eq!(field(broker.challenge(&long).unwrap_err()), "data");
    let finish = broker.finish_authentication(Some(&long));
    assert_eq!(field(finish.unwrap_err()), "data");
    for _ in 0..100 {
        broker.challenge(b"x").unwrap();
    }
    assert_eq!(field(broker.challenge(b"x").unwrap_err()), "data");
    for code in [ReasonCode::Success, ReasonCode::KeepAliveTimeout] {
        let refused = broker.refuse_authentications(Some(code));
        assert_eq!(field(refused.unwrap_err()), "reason_code");
    }
}
