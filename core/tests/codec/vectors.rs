//! Byte-exact packets of both versions: each has to encode to its bytes and decode from them.

use std::num::NonZeroU16;

use bytes::{Bytes, BytesMut};
use mqttka_core::codec::{
    Ack, Auth, ConnAck, Connect, Decoder, Disconnect, Packet, Publish, SubAck, Subscribe, UnsubAck,
    Unsubscribe, packet_len,
};
use mqttka_core::types::{
    Message, Properties, Property, QoS, ReasonCode, RetainHandling, Subscription, Text,
    TopicFilter, TopicName, Version, Will,
};

const V311: Version = Version::V311;
const V5: Version = Version::V5;

#[track_caller]
fn check(version: Version, packet: Packet, wire: &[u8]) {
    let mut out = BytesMut::new();
    assert_eq!(packet.encode(version, &mut out), Ok(()), "{packet:?}");
    assert_eq!(out, wire, "encoding {packet:?}\n{out:02x?}\n{wire:02x?}");
    assert_eq!(packet_len(wire), Some(wire.len()));
    check_decode(version, wire, packet);
}

/// A form that is legal, but longer than the one that is written.
#[track_caller]
fn check_decode(version: Version, wire: &[u8], packet: Packet) {
    let mut input = BytesMut::from(wire);
    let mut decoder = Decoder::new(version, 1 << 20);
    assert_eq!(decoder.decode(&mut input), Ok(Some(packet)), "{wire:02x?}");
    assert!(input.is_empty());
}

fn id(value: u16) -> NonZeroU16 {
    NonZeroU16::new(value).expect("a packet identifier")
}

fn text(value: &str) -> Text {
    Text::try_from(value).expect("text")
}

fn topic(value: &str) -> TopicName {
    TopicName::try_from(value).expect("a topic name")
}

fn filter(value: &str) -> TopicFilter {
    TopicFilter::try_from(value).expect("a topic filter")
}

fn properties<const N: usize>(list: [Property; N]) -> Properties {
    list.into_iter().collect()
}

fn user_property() -> Property {
    Property::UserProperty(text("k"), text("v"))
}

fn plain_connect(version: Version) -> Connect {
    Connect {
        version,
        clean_start: true,
        keep_alive: 60,
        client_id: text("c"),
        will: None,
        user_name: None,
        password: None,
        properties: Properties::new(),
    }
}

fn connect(connect: Connect) -> Packet {
    Packet::Connect(Box::new(connect))
}

#[test]
fn connect_plain() {
    let v311 = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01c";
    let v5 = b"\x10\x0e\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x01c";
    check(V311, connect(plain_connect(V311)), v311);
    check(V5, connect(plain_connect(V5)), v5);
    // A decoder of the other version understands CONNECT, and goes on in its version.
    for (wire, version) in [(&v311[..], V311), (&v5[..], V5)] {
        for start in [V311, V5] {
            let mut decoder = Decoder::new(start, 100);
            let packet = decoder.decode(&mut BytesMut::from(wire));
            assert_eq!(packet, Ok(Some(connect(plain_connect(version)))));
            assert_eq!(decoder.version(), version);
        }
    }
}

#[test]
fn connect_with_everything_311() {
    let will = Message::new(topic("w"), &b"gone"[..])
        .with_qos(QoS::AtLeastOnce)
        .with_retain(true);
    let packet = Connect {
        clean_start: false,
        keep_alive: 0xffff,
        will: Some(Box::new(Will { message: will })),
        user_name: Some(text("u")),
        password: Some(Bytes::from_static(b"\x00\xff")),
        ..plain_connect(V311)
    };
    check(
        V311,
        connect(packet),
        b"\x10\x1d\x00\x04MQTT\x04\xec\xff\xff\x00\x01c\x00\x01w\x00\x04gone\x00\x01u\x00\x02\x00\xff",
    );
}

#[test]
fn connect_with_everything_5() {
    let mut will = Message::new(topic("w"), &b"gone"[..]).with_qos(QoS::ExactlyOnce);
    will.properties = properties([
        Property::WillDelayInterval(5),
        Property::PayloadFormatIndicator(1),
        Property::MessageExpiryInterval(0x0102_0304),
        Property::ContentType(text("t")),
        Property::ResponseTopic(text("r")),
        Property::CorrelationData(Bytes::from_static(b"\x00\x01")),
        user_property(),
    ]);
    let packet = Connect {
        clean_start: false,
        will: Some(Box::new(Will { message: will })),
        // Without a user name: legal in 5.0 (section 3.1.2.9).
        password: Some(Bytes::from_static(b"p")),
        properties: properties([
            Property::SessionExpiryInterval(0xffff_ffff),
            Property::ReceiveMaximum(20),
            Property::MaximumPacketSize(0x0001_0000),
            Property::TopicAliasMaximum(10),
            Property::RequestResponseInformation(1),
            Property::RequestProblemInformation(0),
            Property::AuthenticationMethod(text("m")),
            Property::AuthenticationData(Bytes::from_static(b"d")),
            user_property(),
            user_property(),
        ]),
        ..plain_connect(V5)
    };
    let wire = [
        &b"\x10\x65\x00\x04MQTT\x05\x54\x00\x3c"[..],
        b"\x2a\x11\xff\xff\xff\xff\x21\x00\x14\x27\x00\x01\x00\x00\x22\x00\x0a\x19\x01\x17\x00",
        b"\x15\x00\x01m\x16\x00\x01d\x26\x00\x01k\x00\x01v\x26\x00\x01k\x00\x01v",
        b"\x00\x01c",
        b"\x20\x18\x00\x00\x00\x05\x01\x01\x02\x01\x02\x03\x04\x03\x00\x01t\x08\x00\x01r",
        b"\x09\x00\x02\x00\x01\x26\x00\x01k\x00\x01v",
        b"\x00\x01w\x00\x04gone\x00\x01p",
    ]
    .concat();
    check(V5, connect(packet), &wire);
}

#[test]
fn connack() {
    let success = Packet::ConnAck(ConnAck::new(true, ReasonCode::Success));
    check(V311, success.clone(), b"\x20\x02\x01\x00");
    check(V5, success, b"\x20\x03\x01\x00\x00");
    for (number, code) in [
        (1, ReasonCode::UnsupportedProtocolVersion),
        (2, ReasonCode::ClientIdentifierNotValid),
        (3, ReasonCode::ServerUnavailable),
        (4, ReasonCode::BadUserNameOrPassword),
        (5, ReasonCode::NotAuthorized),
    ] {
        let refused = Packet::ConnAck(ConnAck::new(false, code));
        check(V311, refused.clone(), &[0x20, 2, 0, number]);
        check(V5, refused, &[0x20, 3, 0, code as u8, 0]);
    }
}

#[test]
fn connack_of_a_broker_that_only_knows_311() {
    let refused = ConnAck::new(false, ReasonCode::UnsupportedProtocolVersion);
    check_decode(V5, b"\x20\x02\x00\x01", Packet::ConnAck(refused));
}

#[test]
fn connack_with_every_property() {
    let packet = ConnAck {
        session_present: false,
        reason_code: ReasonCode::Success,
        properties: properties([
            Property::SessionExpiryInterval(1),
            Property::ReceiveMaximum(2),
            Property::MaximumQoS(1),
            Property::RetainAvailable(0),
            Property::MaximumPacketSize(3),
            Property::AssignedClientIdentifier(text("id")),
            Property::TopicAliasMaximum(4),
            Property::ReasonString(text("ok")),
            Property::WildcardSubscriptionAvailable(1),
            Property::SubscriptionIdentifierAvailable(0),
            Property::SharedSubscriptionAvailable(1),
            Property::ServerKeepAlive(30),
            Property::ResponseInformation(text("ri")),
            Property::ServerReference(text("sr")),
            Property::AuthenticationMethod(text("m")),
            Property::AuthenticationData(Bytes::new()),
            user_property(),
        ]),
    };
    let wire = [
        &b"\x20\x42\x00\x00\x3f\x11\x00\x00\x00\x01\x21\x00\x02\x24\x01\x25\x00"[..],
        b"\x27\x00\x00\x00\x03\x12\x00\x02id\x22\x00\x04\x1f\x00\x02ok",
        b"\x28\x01\x29\x00\x2a\x01\x13\x00\x1e\x1a\x00\x02ri\x1c\x00\x02sr\x15\x00\x01m",
        b"\x16\x00\x00\x26\x00\x01k\x00\x01v",
    ]
    .concat();
    check(V5, Packet::ConnAck(packet), &wire);
}

fn publish(qos: QoS) -> Publish {
    Publish {
        dup: false,
        qos,
        retain: false,
        topic: Some(topic("a/b")),
        packet_id: (qos != QoS::AtMostOnce).then(|| id(10)),
        payload: Bytes::from_static(b"hi"),
        properties: Properties::new(),
    }
}

#[test]
fn publish_at_each_qos() {
    let qos0 = Packet::Publish(publish(QoS::AtMostOnce));
    check(V311, qos0.clone(), b"\x30\x07\x00\x03a/bhi");
    check(V5, qos0, b"\x30\x08\x00\x03a/b\x00hi");
    let qos1 = Packet::Publish(Publish {
        retain: true,
        ..publish(QoS::AtLeastOnce)
    });
    check(V311, qos1.clone(), b"\x33\x09\x00\x03a/b\x00\x0ahi");
    check(V5, qos1, b"\x33\x0a\x00\x03a/b\x00\x0a\x00hi");
    let qos2 = Packet::Publish(Publish {
        dup: true,
        packet_id: Some(id(0xffff)),
        ..publish(QoS::ExactlyOnce)
    });
    check(V311, qos2.clone(), b"\x3c\x09\x00\x03a/b\xff\xffhi");
    check(V5, qos2, b"\x3c\x0a\x00\x03a/b\xff\xff\x00hi");
}

#[test]
fn publish_with_every_property() {
    let packet = Publish {
        topic: None,
        payload: Bytes::new(),
        properties: properties([
            Property::PayloadFormatIndicator(0),
            Property::MessageExpiryInterval(7),
            Property::TopicAlias(0xffff),
            Property::ResponseTopic(text("r")),
            Property::CorrelationData(Bytes::from_static(b"c")),
            Property::SubscriptionIdentifier(1),
            Property::SubscriptionIdentifier(268_435_455),
            Property::ContentType(text("t")),
            user_property(),
        ]),
        ..publish(QoS::AtMostOnce)
    };
    let wire = [
        &b"\x30\x27\x00\x00\x24\x01\x00\x02\x00\x00\x00\x07\x23\xff\xff\x08\x00\x01r"[..],
        b"\x09\x00\x01c\x0b\x01\x0b\xff\xff\xff\x7f\x03\x00\x01t\x26\x00\x01k\x00\x01v",
    ]
    .concat();
    check(V5, Packet::Publish(packet), &wire);
}

#[test]
fn publish_heads_agree_with_whole_packets() {
    let mut message = Message::new(topic("a/b"), vec![7; 300]).with_qos(QoS::AtLeastOnce);
    message.properties.push(user_property());
    for version in [V311, V5] {
        let packet = Publish {
            dup: true,
            payload: message.payload.clone(),
            properties: message.properties.clone(),
            ..publish(QoS::AtLeastOnce)
        };
        let mut whole = BytesMut::new();
        let encoded = Packet::Publish(packet.clone()).encode(version, &mut whole);
        assert_eq!(encoded, Ok(()));
        assert_eq!(packet.encoded_len(version), whole.len());
        assert_eq!(Publish::message_len(&message, version), whole.len());

        let mut head = BytesMut::new();
        assert_eq!(packet.encode_head(version, &mut head), Ok(()));
        assert_eq!([&head[..], &packet.payload].concat(), whole);
        head.clear();
        let encoded =
            Publish::encode_message_head(&message, true, Some(id(10)), version, &mut head);
        assert_eq!(encoded, Ok(()));
        assert_eq!([&head[..], &message.payload].concat(), whole);
    }
}

#[test]
fn acks() {
    type Variant = fn(Ack) -> Packet;
    let kinds: [(Variant, u8, ReasonCode); 4] = [
        (Packet::PubAck, 0x40, ReasonCode::NoMatchingSubscribers),
        (Packet::PubRec, 0x50, ReasonCode::QuotaExceeded),
        (Packet::PubRel, 0x62, ReasonCode::PacketIdentifierNotFound),
        (Packet::PubComp, 0x70, ReasonCode::PacketIdentifierNotFound),
    ];
    for (variant, first, code) in kinds {
        let success = variant(Ack::new(id(0x1234), ReasonCode::Success));
        check(V311, success.clone(), &[first, 2, 0x12, 0x34]);
        check(V5, success.clone(), &[first, 2, 0x12, 0x34]);
        check_decode(V5, &[first, 3, 0x12, 0x34, 0], success.clone());
        check_decode(V5, &[first, 4, 0x12, 0x34, 0, 0], success);

        let failure = variant(Ack::new(id(0x1234), code));
        let number = code as u8;
        check(V5, failure.clone(), &[first, 3, 0x12, 0x34, number]);
        check_decode(V5, &[first, 4, 0x12, 0x34, number, 0], failure);

        let with_properties = variant(Ack {
            packet_id: id(1),
            reason_code: ReasonCode::Success,
            properties: properties([Property::ReasonString(text("r")), user_property()]),
        });
        let wire = [
            &[first, 15, 0, 1, 0, 11][..],
            b"\x1f\x00\x01r\x26\x00\x01k\x00\x01v",
        ]
        .concat();
        check(V5, with_properties, &wire);
    }
}

#[test]
fn subscribe() {
    let mut all = Subscription::new(filter("a/+"), QoS::AtLeastOnce);
    all.no_local = true;
    all.retain_as_published = true;
    all.retain_handling = RetainHandling::DoNotSend;
    let packet = Subscribe {
        packet_id: id(2),
        subscriptions: vec![all, Subscription::new(filter("#"), QoS::ExactlyOnce)],
        properties: properties([Property::SubscriptionIdentifier(128), user_property()]),
    };
    check(
        V5,
        Packet::Subscribe(packet),
        b"\x82\x17\x00\x02\x0a\x0b\x80\x01\x26\x00\x01k\x00\x01v\x00\x03a/+\x2d\x00\x01#\x02",
    );
    let packet = Subscribe {
        packet_id: id(2),
        subscriptions: vec![
            Subscription::new(filter("a/+"), QoS::AtLeastOnce),
            Subscription::new(filter("#"), QoS::AtMostOnce),
        ],
        properties: Properties::new(),
    };
    check(
        V311,
        Packet::Subscribe(packet),
        b"\x82\x0c\x00\x02\x00\x03a/+\x01\x00\x01#\x00",
    );
}

#[test]
fn suback() {
    let packet = SubAck {
        packet_id: id(2),
        reason_codes: vec![
            ReasonCode::Success,
            ReasonCode::GrantedQoS1,
            ReasonCode::GrantedQoS2,
            ReasonCode::UnspecifiedError,
        ],
        properties: Properties::new(),
    };
    check(
        V311,
        Packet::SubAck(packet.clone()),
        b"\x90\x06\x00\x02\x00\x01\x02\x80",
    );
    check(
        V5,
        Packet::SubAck(packet),
        b"\x90\x07\x00\x02\x00\x00\x01\x02\x80",
    );
    let packet = SubAck {
        packet_id: id(2),
        reason_codes: vec![ReasonCode::NotAuthorized],
        properties: properties([Property::ReasonString(text("no"))]),
    };
    check(
        V5,
        Packet::SubAck(packet.clone()),
        b"\x90\x09\x00\x02\x05\x1f\x00\x02no\x87",
    );
    // 3.1.1 has one number for every failure.
    let mut out = BytesMut::new();
    assert_eq!(Packet::SubAck(packet).encode(V311, &mut out), Ok(()));
    assert_eq!(out, &b"\x90\x03\x00\x02\x80"[..]);
}

#[test]
fn unsubscribe() {
    let mut packet = Unsubscribe {
        packet_id: id(3),
        filters: vec![filter("a"), filter("$share/g/b")],
        properties: Properties::new(),
    };
    check(
        V311,
        Packet::Unsubscribe(packet.clone()),
        b"\xa2\x11\x00\x03\x00\x01a\x00\x0a$share/g/b",
    );
    packet.properties.push(user_property());
    check(
        V5,
        Packet::Unsubscribe(packet),
        b"\xa2\x19\x00\x03\x07\x26\x00\x01k\x00\x01v\x00\x01a\x00\x0a$share/g/b",
    );
}

#[test]
fn unsuback() {
    let mut packet = UnsubAck {
        packet_id: id(3),
        reason_codes: vec![],
        properties: Properties::new(),
    };
    check(V311, Packet::UnsubAck(packet.clone()), b"\xb0\x02\x00\x03");
    packet.reason_codes = vec![ReasonCode::Success, ReasonCode::NoSubscriptionExisted];
    check(
        V5,
        Packet::UnsubAck(packet),
        b"\xb0\x05\x00\x03\x00\x00\x11",
    );
}

#[test]
fn pings() {
    for version in [V311, V5] {
        check(version, Packet::PingReq, b"\xc0\x00");
        check(version, Packet::PingResp, b"\xd0\x00");
    }
}

#[test]
fn disconnect() {
    let normal = Packet::Disconnect(Disconnect::new(ReasonCode::Success));
    check(V311, normal.clone(), b"\xe0\x00");
    check(V5, normal.clone(), b"\xe0\x00");
    check_decode(V5, b"\xe0\x01\x00", normal.clone());
    check_decode(V5, b"\xe0\x02\x00\x00", normal);
    let taken_over = Packet::Disconnect(Disconnect::new(ReasonCode::SessionTakenOver));
    check(V5, taken_over.clone(), b"\xe0\x01\x8e");
    check_decode(V5, b"\xe0\x02\x8e\x00", taken_over);
    let moved = Disconnect {
        reason_code: ReasonCode::ServerMoved,
        properties: properties([
            Property::SessionExpiryInterval(0),
            Property::ReasonString(text("m")),
            Property::ServerReference(text("s")),
            user_property(),
        ]),
    };
    check(
        V5,
        Packet::Disconnect(moved.clone()),
        b"\xe0\x16\x9d\x14\x11\x00\x00\x00\x00\x1f\x00\x01m\x1c\x00\x01s\x26\x00\x01k\x00\x01v",
    );
    // User properties may stand anywhere; only their own order means something.
    check_decode(
        V5,
        b"\xe0\x16\x9d\x14\x26\x00\x01k\x00\x01v\x11\x00\x00\x00\x00\x1f\x00\x01m\x1c\x00\x01s",
        Packet::Disconnect(moved),
    );
}

#[test]
fn auth() {
    let success = Packet::Auth(Auth {
        reason_code: ReasonCode::Success,
        properties: Properties::new(),
    });
    check(V5, success.clone(), b"\xf0\x00");
    check_decode(V5, b"\xf0\x01\x00", success.clone());
    check_decode(V5, b"\xf0\x02\x00\x00", success);
    let step = Auth {
        reason_code: ReasonCode::ContinueAuthentication,
        properties: properties([
            Property::AuthenticationMethod(text("m")),
            Property::AuthenticationData(Bytes::from_static(b"\x00")),
            Property::ReasonString(text("r")),
            user_property(),
        ]),
    };
    check(
        V5,
        Packet::Auth(step),
        b"\xf0\x15\x18\x13\x15\x00\x01m\x16\x00\x01\x00\x1f\x00\x01r\x26\x00\x01k\x00\x01v",
    );
}

#[test]
fn payload_topic_and_strings_share_the_inputs_allocation() {
    let mut input = BytesMut::from(&b"\x30\x0e\x00\x03a/b\x05\x03\x00\x02ctpay"[..]);
    let range = input.as_ptr_range();
    let packet = Decoder::new(V5, 100).decode(&mut input);
    let Ok(Some(Packet::Publish(publish))) = packet else {
        panic!("{packet:?}");
    };
    let topic = publish.topic.expect("a topic");
    let content_type = match publish.properties.iter().next() {
        Some(Property::ContentType(text)) => text.as_bytes(),
        other => panic!("{other:?}"),
    };
    for slice in [topic.as_bytes(), &publish.payload, content_type] {
        assert!(range.contains(&slice.as_ptr()), "{slice:?} was copied");
    }
}
