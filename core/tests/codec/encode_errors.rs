//! What the encoder refuses, and that it has written nothing then.

use std::num::NonZeroU16;

use bytes::{Bytes, BytesMut};
use mqttka_core::codec::{
    Ack, Auth, ConnAck, Connect, Disconnect, EncodeError, MAX_REMAINING_LENGTH, Packet, PacketType,
    Publish, SubAck, Subscribe, UnsubAck, Unsubscribe,
};
use mqttka_core::types::{
    Message, Properties, Property, PropertyId, QoS, ReasonCode, Subscription, Text, TopicFilter,
    TopicName, Version, Will,
};

const V311: Version = Version::V311;
const V5: Version = Version::V5;
const ID: NonZeroU16 = NonZeroU16::MIN;
const NONE: Properties = Properties::new();

#[track_caller]
fn refused(version: Version, packet: Packet, error: EncodeError) {
    let mut out = BytesMut::from(&b"before"[..]);
    assert!(!error.to_string().is_empty());
    assert_eq!(packet.encode(version, &mut out), Err(error));
    assert_eq!(out, &b"before"[..], "something was written");
}

#[track_caller]
fn accepted(version: Version, packet: Packet) {
    assert_eq!(packet.encode(version, &mut BytesMut::new()), Ok(()));
}

fn text(value: &str) -> Text {
    Text::try_from(value).expect("text")
}

fn properties<const N: usize>(list: [Property; N]) -> Properties {
    list.into_iter().collect()
}

fn connect(version: Version, change: impl FnOnce(&mut Connect)) -> Packet {
    let mut connect = Connect {
        version,
        clean_start: true,
        keep_alive: 0,
        client_id: Text::new(),
        will: None,
        user_name: None,
        password: None,
        properties: NONE,
    };
    change(&mut connect);
    Packet::Connect(Box::new(connect))
}

fn publish(change: impl FnOnce(&mut Publish)) -> Packet {
    let mut publish = Publish {
        dup: false,
        qos: QoS::AtMostOnce,
        retain: false,
        topic: Some(TopicName::try_from("t").expect("a topic")),
        packet_id: None,
        payload: Bytes::new(),
        properties: NONE,
    };
    change(&mut publish);
    Packet::Publish(publish)
}

fn filter(value: &str) -> TopicFilter {
    TopicFilter::try_from(value).expect("a topic filter")
}

#[test]
fn connect_rules() {
    let long = || Bytes::from(vec![0; 65_536]);
    let too_long = EncodeError::BinaryTooLong(65_536);
    let password = |c: &mut Connect| c.password = Some(Bytes::new());
    refused(
        V311,
        connect(V311, password),
        EncodeError::PasswordWithoutUserName,
    );
    accepted(V5, connect(V5, password));

    let keeps_session = |c: &mut Connect| c.clean_start = false;
    refused(
        V311,
        connect(V311, keeps_session),
        EncodeError::EmptyClientId,
    );
    accepted(V5, connect(V5, keeps_session));

    refused(
        V5,
        connect(V5, |c| c.password = Some(long())),
        too_long.clone(),
    );
    let will = |message| Some(Box::new(Will { message }));
    let topic = || TopicName::try_from("w").expect("a topic");
    let big_will = connect(V311, |c| c.will = will(Message::new(topic(), long())));
    refused(V311, big_will, too_long.clone());

    let long_data = connect(V5, |c| {
        c.properties = properties([
            Property::AuthenticationMethod(text("m")),
            Property::AuthenticationData(long()),
        ]);
    });
    refused(V5, long_data, too_long);
    let no_method = connect(V5, |c| {
        c.properties = properties([Property::AuthenticationData(Bytes::new())]);
    });
    refused(V5, no_method, EncodeError::MissingAuthenticationMethod);

    let bad_will = connect(V5, |c| {
        let mut message = Message::new(topic(), Bytes::new());
        message.properties.push(Property::TopicAlias(1));
        c.will = will(message);
    });
    let error = EncodeError::PropertyNotAllowed {
        property: PropertyId::TopicAlias,
        packet: PacketType::Connect,
    };
    refused(V5, bad_will, error);
}

#[test]
fn publish_rules() {
    let no_topic = publish(|p| p.topic = None);
    refused(V311, no_topic.clone(), EncodeError::MissingTopic);
    refused(V5, no_topic, EncodeError::MissingTopic);
    let alias = publish(|p| {
        p.topic = None;
        p.properties = properties([Property::TopicAlias(1)]);
    });
    accepted(V5, alias.clone());
    refused(V311, alias, EncodeError::MissingTopic);

    let unexpected_id = publish(|p| p.packet_id = Some(ID));
    refused(V5, unexpected_id, EncodeError::PacketIdMismatch);
    let missing_id = publish(|p| p.qos = QoS::ExactlyOnce);
    refused(V5, missing_id, EncodeError::PacketIdMismatch);
    refused(V5, publish(|p| p.dup = true), EncodeError::DupAtQoS0);

    let message = Message::new(TopicName::try_from("t").expect("a topic"), Bytes::new());
    let mut out = BytesMut::new();
    let result = Publish::encode_message_head(&message, true, None, V5, &mut out);
    assert_eq!(result, Err(EncodeError::DupAtQoS0));
    let result = Publish::encode_message_head(&message, false, Some(ID), V5, &mut out);
    assert_eq!(result, Err(EncodeError::PacketIdMismatch));
    assert!(out.is_empty());
}

#[test]
fn property_rules() {
    let with = |property: Property| publish(|p| p.properties = properties([property]));
    let twice =
        |property: Property| publish(|p| p.properties = properties([property.clone(), property]));
    for property in [
        Property::PayloadFormatIndicator(2),
        Property::TopicAlias(0),
        Property::SubscriptionIdentifier(0),
        Property::SubscriptionIdentifier(268_435_456),
        Property::ResponseTopic(text("a/#")),
        Property::ResponseTopic(text("")),
    ] {
        let error = EncodeError::InvalidPropertyValue(property.id());
        refused(V5, with(property.clone()), error);
        accepted(V311, with(property)); // ignored
    }
    let repeated = EncodeError::PropertyRepeated(PropertyId::TopicAlias);
    refused(V5, twice(Property::TopicAlias(1)), repeated);
    accepted(V5, twice(Property::UserProperty(text("a"), text("b"))));
    accepted(V5, twice(Property::SubscriptionIdentifier(1)));
    let long = Property::CorrelationData(Bytes::from(vec![0; 65_536]));
    refused(V5, with(long), EncodeError::BinaryTooLong(65_536));
}

#[test]
fn packets_beyond_the_protocols_limit() {
    // 2 bytes of topic length, 1 of topic, in 5.0 1 of property length.
    let payload = Bytes::from(vec![0; MAX_REMAINING_LENGTH - 2]);
    let over = publish(|p| p.payload = payload.clone());
    let error = EncodeError::PacketTooLarge(MAX_REMAINING_LENGTH + 1);
    refused(V311, over.clone(), error);
    refused(
        V5,
        over,
        EncodeError::PacketTooLarge(MAX_REMAINING_LENGTH + 2),
    );

    let mut message = Message::new(TopicName::try_from("t").expect("a topic"), payload);
    let mut out = BytesMut::new();
    let result = Publish::encode_message_head(&message, false, None, V311, &mut out);
    assert!(result.is_err() && out.is_empty());
    let error = EncodeError::PacketTooLarge(MAX_REMAINING_LENGTH + 1);
    assert_eq!(Publish::measure(&message, V311), Err(error));
    message.payload.truncate(MAX_REMAINING_LENGTH - 3);
    let len = Publish::measure(&message, V311).map(|len| len.packet());
    assert_eq!(len, Ok(MAX_REMAINING_LENGTH + 5));
    let result = Publish::encode_message_head(&message, false, None, V311, &mut out);
    assert_eq!(result, Ok(()));
    assert_eq!(out, &b"\x30\xff\xff\xff\x7f\x00\x01t"[..]);

    // Many references to one allocation: the sum is too large, the memory is not.
    let big = text(&"x".repeat(65_535));
    let entries = MAX_REMAINING_LENGTH / 65_535 + 1;
    let many = std::iter::repeat_n(Property::UserProperty(big.clone(), big.clone()), entries);
    let many = publish(|p| p.properties = many.collect());
    let mut out = BytesMut::new();
    let result = many.encode(V5, &mut out);
    assert!(matches!(result, Err(EncodeError::PacketTooLarge(_))));
    assert!(out.is_empty());
    let subscription = Subscription::new(filter(&big), QoS::AtMostOnce);
    let subscribe = Packet::Subscribe(Subscribe {
        packet_id: ID,
        subscriptions: vec![subscription; entries],
        properties: NONE,
    });
    let result = subscribe.encode(V5, &mut out);
    assert!(matches!(result, Err(EncodeError::PacketTooLarge(_))));
    assert!(out.is_empty());
}

#[test]
fn lists_need_an_entry() {
    let subscribe = Packet::Subscribe(Subscribe {
        packet_id: ID,
        subscriptions: vec![],
        properties: NONE,
    });
    let suback = Packet::SubAck(SubAck {
        packet_id: ID,
        reason_codes: vec![],
        properties: NONE,
    });
    let unsubscribe = Packet::Unsubscribe(Unsubscribe {
        packet_id: ID,
        filters: vec![],
        properties: NONE,
    });
    for packet in [subscribe, suback, unsubscribe] {
        let error = EncodeError::EmptyList(packet.packet_type());
        refused(V311, packet.clone(), error.clone());
        refused(V5, packet, error);
    }
    let unsuback = Packet::UnsubAck(UnsubAck {
        packet_id: ID,
        reason_codes: vec![],
        properties: NONE,
    });
    refused(V5, unsuback, EncodeError::EmptyList(PacketType::UnsubAck));
}

#[test]
fn no_local_on_a_shared_subscription() {
    let mut subscription = Subscription::new(filter("$share/g/a"), QoS::AtMostOnce);
    subscription.no_local = true;
    let subscribe = Packet::Subscribe(Subscribe {
        packet_id: ID,
        subscriptions: vec![subscription],
        properties: NONE,
    });
    refused(V5, subscribe.clone(), EncodeError::NoLocalOnShared);
    accepted(V311, subscribe); // the option does not exist
}

#[test]
fn reason_codes() {
    let suback = |code| {
        Packet::SubAck(SubAck {
            packet_id: ID,
            reason_codes: vec![code],
            properties: NONE,
        })
    };
    let unsuback = |code| {
        Packet::UnsubAck(UnsubAck {
            packet_id: ID,
            reason_codes: vec![code],
            properties: NONE,
        })
    };
    let auth = |reason_code| {
        Packet::Auth(Auth {
            reason_code,
            properties: properties([Property::AuthenticationMethod(text("m"))]),
        })
    };
    for (version, packet, code) in [
        (
            V5,
            Packet::ConnAck(ConnAck::new(false, ReasonCode::KeepAliveTimeout)),
            0x8d,
        ),
        (
            V311,
            Packet::ConnAck(ConnAck::new(false, ReasonCode::Banned)),
            0x8a,
        ),
        (
            V5,
            Packet::PubAck(Ack::new(ID, ReasonCode::PacketIdentifierNotFound)),
            0x92,
        ),
        (
            V5,
            Packet::PubRec(Ack::new(ID, ReasonCode::GrantedQoS1)),
            0x01,
        ),
        (
            V5,
            Packet::PubRel(Ack::new(ID, ReasonCode::UnspecifiedError)),
            0x80,
        ),
        (
            V5,
            Packet::PubComp(Ack::new(ID, ReasonCode::NoMatchingSubscribers)),
            0x10,
        ),
        (V5, suback(ReasonCode::NoSubscriptionExisted), 0x11),
        (V311, suback(ReasonCode::NoSubscriptionExisted), 0x11),
        (V5, unsuback(ReasonCode::GrantedQoS2), 0x02),
        (
            V5,
            Packet::Disconnect(Disconnect::new(ReasonCode::BadUserNameOrPassword)),
            0x86,
        ),
        (V5, auth(ReasonCode::NotAuthorized), 0x87),
    ] {
        let error = EncodeError::InvalidReasonCode {
            packet: packet.packet_type(),
            code: ReasonCode::from_u8(code).expect("a reason code"),
        };
        refused(version, packet, error);
    }
    for version in [V311, V5] {
        let refusal = Packet::ConnAck(ConnAck::new(true, ReasonCode::NotAuthorized));
        refused(version, refusal, EncodeError::SessionPresentOnFailure);
    }
}

#[test]
fn auth_rules() {
    let auth = |reason_code| {
        Packet::Auth(Auth {
            reason_code,
            properties: NONE,
        })
    };
    let not_there = EncodeError::NotInThisVersion(PacketType::Auth);
    refused(V311, auth(ReasonCode::Success), not_there);
    let missing = EncodeError::MissingAuthenticationMethod;
    refused(V5, auth(ReasonCode::ReAuthenticate), missing);
    accepted(V5, auth(ReasonCode::Success));
}
