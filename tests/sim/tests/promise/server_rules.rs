//! What the specification forbids a server to send, byte by byte.

use std::num::NonZeroU16;

use mqttka_core::codec::{Ack, Auth, Packet, PacketType, SubAck, UnsubAck};
use mqttka_core::error::{ConnectError, DisconnectCause, OperationError, ProtocolError};
use mqttka_core::proto::{Authenticated, Command, Config};
use mqttka_core::types::{
    Properties, Property, PropertyId, QoS, ReasonCode, Subscription, TopicFilter,
};
use mqttka_sim::script::Script;

fn property(packet: PacketType, property: PropertyId) -> ProtocolError {
    ProtocolError::UnexpectedProperty { packet, property }
}

/// The cause, and the reason that the broker is told.
fn after(bytes: &[u8]) -> (DisconnectCause, Option<ReasonCode>) {
    let mut script = Script::connected(Config::default(), []);
    let sent = script.receive_bytes(bytes);
    let told = sent.iter().find_map(|packet| match packet {
        Packet::Disconnect(disconnect) => Some(disconnect.reason_code),
        _ => None,
    });
    let [cause] = &script.causes()[..] else {
        panic!("{bytes:x?}: {:?}", script.events);
    };
    (cause.clone(), told)
}

#[test]
fn a_disconnect_that_only_a_client_may_send_is_a_protocol_error() {
    for bytes in [
        &[0xe0, 0x01, 0x04][..],
        &[0xe0, 0x01, 0x8c],
        &[0xe0, 0x07, 0x8b, 0x05, 0x11, 0, 0, 0, 0],
    ] {
        let (cause, told) = after(bytes);
        assert!(
            matches!(cause, DisconnectCause::Protocol(_)),
            "{bytes:x?}: {cause:?}"
        );
        assert_eq!(told, Some(ReasonCode::ProtocolError), "{bytes:x?}");
    }
}

#[test]
fn every_other_disconnect_is_the_brokers_word() {
    let server = [
        0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96,
        0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
    ];
    for number in server {
        let (cause, told) = after(&[0xe0, 0x01, number]);
        assert!(
            matches!(&cause, DisconnectCause::ServerDisconnect { reason_code, .. }
                if *reason_code as u8 == number),
            "{number:#x}: {cause:?}"
        );
        assert_eq!(told, None);
    }
}

fn refusal(config: Config, bytes: &[u8]) -> Option<ConnectError> {
    let mut script = Script::new(config);
    script.connect();
    script.receive_bytes(bytes);
    script.failures().first().cloned()
}

#[test]
fn connack_with_what_nobody_asked_for_is_a_protocol_error() {
    let packet = PacketType::ConnAck;
    let method = [0x20, 0x07, 0, 0, 0x04, 0x15, 0, 0x01, 0x4d];
    let information = [0x20, 0x07, 0, 0, 0x04, 0x1a, 0, 0x01, 0x72];
    for (bytes, id) in [
        (method, PropertyId::AuthenticationMethod),
        (information, PropertyId::ResponseInformation),
    ] {
        assert_eq!(
            refusal(Config::default(), &bytes),
            Some(ConnectError::Protocol(property(packet, id)))
        );
    }
    let asked = Config {
        request_response_information: true,
        ..Config::default()
    };
    assert_eq!(refusal(asked, &information), None);
}

/// [MQTT-3.1.2-29]
#[test]
fn problem_information_that_nobody_asked_for_is_a_protocol_error() {
    let id = NonZeroU16::MIN;
    let ack = |property: Property| Ack {
        packet_id: id,
        reason_code: ReasonCode::Success,
        properties: [property].into_iter().collect(),
    };
    let text = || "x".try_into().unwrap_or_default();
    let reason = || Property::ReasonString(text());
    let cases = [
        (Packet::PubAck(ack(reason())), PropertyId::ReasonString),
        (
            Packet::PubAck(ack(Property::UserProperty(text(), text()))),
            PropertyId::UserProperty,
        ),
        (Packet::PubRec(ack(reason())), PropertyId::ReasonString),
        (Packet::PubRel(ack(reason())), PropertyId::ReasonString),
        (Packet::PubComp(ack(reason())), PropertyId::ReasonString),
        (
            Packet::SubAck(SubAck {
                packet_id: id,
                reason_codes: vec![ReasonCode::Success],
                properties: [reason()].into_iter().collect(),
            }),
            PropertyId::ReasonString,
        ),
        (
            Packet::UnsubAck(UnsubAck {
                packet_id: id,
                reason_codes: vec![ReasonCode::Success],
                properties: [reason()].into_iter().collect(),
            }),
            PropertyId::ReasonString,
        ),
    ];
    for asked in [true, false] {
        for (packet, id) in &cases {
            let config = Config {
                request_problem_information: asked,
                ..Config::default()
            };
            let mut script = Script::connected(config, []);
            script.receive([packet.clone()]);
            let expected = property(packet.packet_type(), *id);
            let causes = script.causes();
            if asked {
                assert_eq!(causes, [], "{packet:?}");
            } else {
                assert_eq!(causes, [DisconnectCause::Protocol(expected)]);
            }
        }
    }
    for asked in [true, false] {
        let method = || Property::AuthenticationMethod(text());
        let config = Config {
            request_problem_information: asked,
            authentication_method: Some(text()),
            ..Config::default()
        };
        let mut script = Script::new(config);
        script.connect();
        script.ask(Command::Authenticated(Box::new(Authenticated {
            exchange: 1,
            number: 1,
            result: Ok(None.into()),
        })));
        script.sent();
        script.receive([Packet::Auth(Auth {
            reason_code: ReasonCode::ContinueAuthentication,
            properties: [method(), reason()].into_iter().collect(),
        })]);
        let expected = property(PacketType::Auth, PropertyId::ReasonString);
        let expected = (!asked).then_some(ConnectError::Protocol(expected));
        assert_eq!(script.failures(), Vec::from_iter(expected));
    }
    // On CONNACK and DISCONNECT it may come all the same.
    let config = Config {
        request_problem_information: false,
        ..Config::default()
    };
    let mut script = Script::connected(config, [reason()]);
    script.receive_bytes(&[0xe0, 0x06, 0x8b, 0x04, 0x1f, 0, 1, b'x']);
    assert!(matches!(
        script.causes()[..],
        [DisconnectCause::ServerDisconnect { .. }]
    ));
}

#[test]
fn a_suback_without_codes_fails_the_subscribes_that_wait_for_one() {
    let mut script = Script::connected(Config::default(), []);
    let filter = TopicFilter::try_from("f");
    script.ask(Command::Subscribe {
        subscriptions: filter
            .into_iter()
            .map(|f| Subscription::new(f, QoS::AtMostOnce))
            .collect(),
        properties: Properties::new(),
        token: Some(1),
    });
    script.publish(2, QoS::AtLeastOnce);
    script.sent();
    script.receive_bytes(&[0x90, 0x03, 0, 1, 0]);
    let causes = script.causes();
    assert!(
        matches!(causes[..], [DisconnectCause::Protocol(_)]),
        "{causes:?}"
    );
    let results = script.completed.iter().map(|(_, o)| o.result.clone());
    let results: Vec<_> = results.collect();
    assert_eq!(
        results,
        [
            Err(OperationError::WrongReasonCodeCount {
                expected: 1,
                received: 0
            }),
            Err(OperationError::Disconnected)
        ]
    );
}
