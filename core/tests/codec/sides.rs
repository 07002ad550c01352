//! What only one side may send, and what only one version knows.

use std::num::NonZeroU16;

use bytes::BytesMut;
use mqttka_core::codec::{
    Auth, DecodeError, Decoder, Disconnect, EncodeError, Packet, PacketType, Publish, Subscribe,
    Unsubscribe,
};
use mqttka_core::error::InvalidTopic;
use mqttka_core::types::{
    Message, Properties, Property, PropertyId, QoS, ReasonCode, Subscription, Text, TopicFilter,
    TopicName, Version,
};

const LIMIT: u32 = 1 << 16;

fn of_server(wire: &[u8]) -> Result<Option<Packet>, DecodeError> {
    Decoder::of_server(Version::V5, LIMIT).decode(&mut BytesMut::from(wire))
}

fn of_either(wire: &[u8]) -> Result<Option<Packet>, DecodeError> {
    Decoder::new(Version::V5, LIMIT).decode(&mut BytesMut::from(wire))
}

/// The table of section 3.14.2.1, for the server's side.
const SERVER_DISCONNECT: &[u8] = &[
    0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97,
    0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
];

#[test]
fn reason_codes_of_a_servers_disconnect() {
    for number in 0..=255 {
        let result = of_server(&[0xe0, 1, number]);
        if SERVER_DISCONNECT.contains(&number) {
            let code = ReasonCode::from_u8(number).expect("a reason code");
            assert_eq!(result, Ok(Some(Packet::Disconnect(Disconnect::new(code)))));
            continue;
        }
        let error = result.expect_err("not one for a server");
        assert_eq!(error.reason_code(), ReasonCode::ProtocolError);
        match number {
            // The client's words.
            0 | 4 => assert_eq!(
                error,
                DecodeError::ReasonCodeOfClient {
                    packet: PacketType::Disconnect,
                    code: ReasonCode::from_u8(number).expect("a reason code"),
                }
            ),
            _ => assert_eq!(
                error,
                DecodeError::InvalidReasonCode {
                    packet: PacketType::Disconnect,
                    code: number,
                }
            ),
        }
    }
    // Nothing written is Success, too.
    assert_eq!(of_server(b"\xe0\x00"), of_server(b"\xe0\x01\x00"));
    for number in [0, 4] {
        assert!(of_either(&[0xe0, 1, number]).is_ok());
    }
}

#[test]
fn a_server_sends_no_session_expiry() {
    let wire = b"\xe0\x07\x8b\x05\x11\x00\x00\x00\x00";
    let error = DecodeError::PropertyOfClient {
        packet: PacketType::Disconnect,
        property: PropertyId::SessionExpiryInterval,
    };
    assert_eq!(error.reason_code(), ReasonCode::ProtocolError);
    assert_eq!(of_server(wire), Err(error));
    assert!(of_either(wire).is_ok());
    // What it may send.
    let mut disconnect = Disconnect::new(ReasonCode::ServerMoved);
    let text = |value: &str| Text::try_from(value).expect("text");
    disconnect.properties = [
        Property::ReasonString(text("r")),
        Property::ServerReference(text("s")),
        Property::UserProperty(text("k"), text("v")),
    ]
    .into_iter()
    .collect();
    let mut wire = BytesMut::new();
    let packet = Packet::Disconnect(disconnect);
    assert_eq!(packet.encode(Version::V5, &mut wire), Ok(()));
    assert_eq!(of_server(&wire), Ok(Some(packet)));
}

#[test]
fn a_disconnect_of_311_says_nothing() {
    let mut decoder = Decoder::of_server(Version::V311, LIMIT);
    let packet = decoder.decode(&mut BytesMut::from(&b"\xe0\x00"[..]));
    assert!(matches!(packet, Ok(Some(Packet::Disconnect(_)))));
}

#[test]
fn only_a_client_asks_for_another_authentication() {
    for (code, sent_by_servers) in [
        (ReasonCode::Success, true),
        (ReasonCode::ContinueAuthentication, true),
        (ReasonCode::ReAuthenticate, false),
    ] {
        let method = Text::try_from("m").expect("text");
        let properties: Properties = [Property::AuthenticationMethod(method)]
            .into_iter()
            .collect();
        let packet = Packet::Auth(Auth {
            reason_code: code,
            properties,
        });
        let mut wire = BytesMut::new();
        assert_eq!(packet.encode(Version::V5, &mut wire), Ok(()));
        assert_eq!(of_either(&wire), Ok(Some(packet.clone())));
        if sent_by_servers {
            assert_eq!(of_server(&wire), Ok(Some(packet)));
        } else {
            let packet = PacketType::Auth;
            let error = DecodeError::ReasonCodeOfClient { packet, code };
            assert_eq!(of_server(&wire), Err(error));
        }
    }
}

#[test]
fn shared_subscriptions_are_of_5_alone() {
    let packets = |filter: &str| {
        let filter = TopicFilter::try_from(filter).expect("a filter");
        [
            Packet::Subscribe(Subscribe {
                packet_id: NonZeroU16::MIN,
                subscriptions: vec![Subscription::new(filter.clone(), QoS::AtMostOnce)],
                properties: Properties::new(),
            }),
            Packet::Unsubscribe(Unsubscribe {
                packet_id: NonZeroU16::MIN,
                filters: vec![filter],
                properties: Properties::new(),
            }),
        ]
    };
    let encode_and_decode = |packet: &Packet, version| {
        let mut wire = BytesMut::new();
        packet.encode(version, &mut wire)?;
        let decoded = Decoder::new(version, LIMIT).decode(&mut wire);
        assert_eq!(decoded, Ok(Some(packet.clone())));
        Ok(())
    };
    for filter in [
        "$share/g",
        "$share/g/",
        "$share//a",
        "$share/+/a",
        "$share/#",
    ] {
        for packet in packets(filter) {
            assert_eq!(
                encode_and_decode(&packet, Version::V311),
                Ok(()),
                "{filter}"
            );
            let error = EncodeError::InvalidTopicFilter(InvalidTopic::BadSharedSubscription);
            assert_eq!(
                encode_and_decode(&packet, Version::V5),
                Err(error),
                "{filter}"
            );
        }
    }
    // Ordinary in 3.1.1, whatever the broker makes of it.
    for packet in packets("$share/g/a") {
        for version in [Version::V311, Version::V5] {
            assert_eq!(encode_and_decode(&packet, version), Ok(()));
        }
    }
}

#[test]
fn a_client_publishes_no_subscription_identifier() {
    let mut message = Message::new(TopicName::try_from("t").expect("a topic"), "");
    assert_eq!(Publish::check_message(&message, Version::V5), Ok(()));
    message.properties.push(Property::SubscriptionIdentifier(1));
    let error = EncodeError::PropertyNotAllowed {
        property: PropertyId::SubscriptionIdentifier,
        packet: PacketType::Publish,
    };
    assert_eq!(Publish::check_message(&message, Version::V5), Err(error));
    // There are no properties.
    assert_eq!(Publish::check_message(&message, Version::V311), Ok(()));
}
