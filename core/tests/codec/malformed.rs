//! What the specification forbids, byte by byte, with the reason code that it asks for.

use bytes::BytesMut;
use mqttka_core::codec::{DecodeError, Decoder, PacketType};
// Renamed, for `DecodeError` has a variant of that name.
use mqttka_core::error::{InvalidText as TextError, InvalidTopic};
use mqttka_core::types::{PropertyId, ReasonCode, Version};

const V311: &[Version] = &[Version::V311];
const V5: &[Version] = &[Version::V5];
const BOTH: &[Version] = &[Version::V311, Version::V5];
const LIMIT: u32 = 1 << 16;

const MALFORMED: ReasonCode = ReasonCode::MalformedPacket;
const PROTOCOL: ReasonCode = ReasonCode::ProtocolError;

/// Each row: the rule, the versions that have it, the bytes, the error and its reason code.
type Row<'a> = (&'a str, &'a [Version], &'a [u8], DecodeError, ReasonCode);

fn check(rows: &[Row<'_>]) {
    for (rule, versions, wire, error, reason_code) in rows {
        for version in *versions {
            let mut decoder = Decoder::new(*version, LIMIT);
            // Which PUBLISH it is in is for tests/codec_publish_faults.rs.
            let result = match decoder.decode(&mut BytesMut::from(*wire)) {
                Err(DecodeError::Publish(fault)) => Err(fault.error),
                result => result,
            };
            assert_eq!(
                result,
                Err(error.clone()),
                "{rule} ({version:?}, {wire:02x?})"
            );
            assert_eq!(error.reason_code(), *reason_code, "{rule}");
            assert!(!error.to_string().is_empty());
        }
    }
}

fn text(error: TextError) -> DecodeError {
    DecodeError::InvalidText(error)
}

fn invalid_reason(packet: PacketType, code: u8) -> DecodeError {
    DecodeError::InvalidReasonCode { packet, code }
}

// One rule a line.
#[rustfmt::skip]
#[test]
fn fixed_headers() {
    use DecodeError::*;
    check(&[
        ("type 0 is reserved", BOTH, b"\x00", UnknownPacketType(0), MALFORMED),
        ("3.1.1 has no AUTH", V311, b"\xf0\x00", UnknownPacketType(15), MALFORMED),
        ("QoS 3", BOTH, b"\x36", InvalidQoS, MALFORMED),
        ("DUP at QoS 0", BOTH, b"\x38", DupAtQoS0, MALFORMED),
        ("five length bytes", BOTH, b"\x30\x80\x80\x80\x80", InvalidVarInt, MALFORMED),
        ("length 0 in two bytes", V5, b"\xc0\x80\x00", InvalidVarInt, MALFORMED),
        ("length 2 in four bytes", V5, b"\x40\x82\x80\x80\x00", InvalidVarInt, MALFORMED),
        (
            "larger than the limit, before its body came",
            BOTH,
            b"\x30\xfe\xff\x03",
            PacketTooLarge { size: 65_538, limit: 65_536 },
            ReasonCode::PacketTooLarge,
        ),
        (
            "as large as the header can say",
            BOTH,
            b"\x30\xff\xff\xff\x7f",
            PacketTooLarge { size: 268_435_460, limit: 65_536 },
            ReasonCode::PacketTooLarge,
        ),
    ]);
}

#[test]
fn reserved_flags() {
    for packet in PacketType::ALL {
        for flags in 0..16 {
            let legal = match packet {
                PacketType::Publish => continue,
                PacketType::PubRel | PacketType::Subscribe | PacketType::Unsubscribe => 2,
                _ => 0,
            };
            let mut input = BytesMut::from(&[(*packet as u8) << 4 | flags][..]);
            let result = Decoder::new(Version::V5, LIMIT).decode(&mut input);
            if flags == legal {
                assert_eq!(result, Ok(None), "{packet}");
            } else {
                let packet = *packet;
                let error = DecodeError::InvalidFlags { packet, flags };
                assert_eq!(error.reason_code(), MALFORMED);
                assert_eq!(result, Err(error), "one byte suffices to know");
            }
        }
    }
}

#[test]
fn a_length_that_is_not_minimal_is_legal_in_311() {
    let mut input = BytesMut::from(&b"\xc0\x80\x00"[..]);
    let result = Decoder::new(Version::V311, LIMIT).decode(&mut input);
    assert_eq!(result, Ok(Some(mqttka_core::codec::Packet::PingReq)));
}

#[test]
fn packets_of_exactly_the_limit_are_accepted() {
    let mut input = BytesMut::from(&b"\x90\x05\x00\x01\x00\x00\x00"[..]);
    assert!(
        Decoder::new(Version::V5, 7)
            .decode(&mut input.clone())
            .is_ok()
    );
    let error = DecodeError::PacketTooLarge { size: 7, limit: 6 };
    assert_eq!(Decoder::new(Version::V5, 6).decode(&mut input), Err(error));
}

// One rule a line.
#[rustfmt::skip]
#[test]
fn connect() {
    use DecodeError::*;
    let flags = |bits: u8| InvalidConnectFlags(bits);
    let unsupported = ReasonCode::UnsupportedProtocolVersion;
    check(&[
        ("empty", BOTH, b"\x10\x00", Truncated, MALFORMED),
        ("MQIsdp", BOTH, b"\x10\x0f\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x01c", UnknownProtocol, unsupported),
        ("lower case", BOTH, b"\x10\x0d\x00\x04mqtt\x04\x02\x00\x3c\x00\x01c", UnknownProtocol, unsupported),
        ("level 3", BOTH, b"\x10\x0d\x00\x04MQTT\x03\x02\x00\x3c\x00\x01c", UnsupportedVersion(3), unsupported),
        ("level 6", BOTH, b"\x10\x0d\x00\x04MQTT\x06\x02\x00\x3c\x00\x01c", UnsupportedVersion(6), unsupported),
        ("reserved flag", BOTH, b"\x10\x0d\x00\x04MQTT\x04\x03\x00\x3c\x00\x01c", flags(0x03), MALFORMED),
        ("reserved flag", BOTH, b"\x10\x0e\x00\x04MQTT\x05\x03\x00\x3c\x00\x00\x01c", flags(0x03), MALFORMED),
        ("Will QoS without Will", BOTH, b"\x10\x0d\x00\x04MQTT\x04\x0a\x00\x3c\x00\x01c", flags(0x0a), MALFORMED),
        ("Will retain without Will", BOTH, b"\x10\x0d\x00\x04MQTT\x04\x22\x00\x3c\x00\x01c", flags(0x22), MALFORMED),
        ("Will QoS 3", BOTH, b"\x10\x12\x00\x04MQTT\x04\x1e\x00\x3c\x00\x01c\x00\x01w\x00\x00", flags(0x1e), MALFORMED),
        ("password alone, 3.1.1", BOTH, b"\x10\x10\x00\x04MQTT\x04\x42\x00\x3c\x00\x01c\x00\x01p", flags(0x42), MALFORMED),
        ("no identifier, session kept", BOTH, b"\x10\x0c\x00\x04MQTT\x04\x00\x00\x3c\x00\x00", EmptyClientId, ReasonCode::ClientIdentifierNotValid),
        ("identifier missing", BOTH, b"\x10\x0a\x00\x04MQTT\x04\x02\x00\x3c", Truncated, MALFORMED),
        ("identifier cut", BOTH, b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x02c", Truncated, MALFORMED),
        ("identifier not UTF-8", BOTH, b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01\xff", text(TextError::NotUtf8), MALFORMED),
        ("identifier with U+0000", BOTH, b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01\x00", text(TextError::ContainsNul), MALFORMED),
        ("property length missing", BOTH, b"\x10\x0a\x00\x04MQTT\x05\x02\x00\x3c", Truncated, MALFORMED),
        ("Will missing", BOTH, b"\x10\x0d\x00\x04MQTT\x04\x06\x00\x3c\x00\x01c", Truncated, MALFORMED),
        ("Will payload cut", BOTH, b"\x10\x12\x00\x04MQTT\x04\x06\x00\x3c\x00\x01c\x00\x01w\x00\x01", Truncated, MALFORMED),
        ("wildcard in Will topic", BOTH, b"\x10\x12\x00\x04MQTT\x04\x06\x00\x3c\x00\x01c\x00\x01#\x00\x00", InvalidTopicName(InvalidTopic::WildcardInName), ReasonCode::TopicNameInvalid),
        ("empty Will topic", BOTH, b"\x10\x11\x00\x04MQTT\x04\x06\x00\x3c\x00\x01c\x00\x00\x00\x00", InvalidTopicName(InvalidTopic::Empty), ReasonCode::TopicNameInvalid),
        ("user name missing", BOTH, b"\x10\x0d\x00\x04MQTT\x04\x82\x00\x3c\x00\x01c", Truncated, MALFORMED),
        ("user name not UTF-8", BOTH, b"\x10\x10\x00\x04MQTT\x04\x82\x00\x3c\x00\x01c\x00\x01\xc0", text(TextError::NotUtf8), MALFORMED),
        ("password missing", BOTH, b"\x10\x10\x00\x04MQTT\x04\xc2\x00\x3c\x00\x01c\x00\x01u", Truncated, MALFORMED),
        ("bytes after the identifier", BOTH, b"\x10\x0f\x00\x04MQTT\x04\x02\x00\x3c\x00\x01cxy", TrailingBytes(2), MALFORMED),
        ("data without method", BOTH, b"\x10\x12\x00\x04MQTT\x05\x02\x00\x3c\x04\x16\x00\x01d\x00\x01c", MissingAuthenticationMethod, PROTOCOL),
        (
            "the Will's property in CONNECT",
            BOTH,
            b"\x10\x13\x00\x04MQTT\x05\x02\x00\x3c\x05\x18\x00\x00\x00\x01\x00\x01c",
            PropertyNotAllowed { property: PropertyId::WillDelayInterval, packet: PacketType::Connect },
            MALFORMED,
        ),
        (
            "CONNECT's property in the Will",
            BOTH,
            b"\x10\x17\x00\x04MQTT\x05\x06\x00\x3c\x00\x00\x01c\x03\x21\x00\x01\x00\x01w\x00\x01p",
            PropertyNotAllowed { property: PropertyId::ReceiveMaximum, packet: PacketType::Connect },
            MALFORMED,
        ),
    ]);
}

// One rule a line.
#[rustfmt::skip]
#[test]
fn connack() {
    use DecodeError::*;
    let packet = PacketType::ConnAck;
    check(&[
        ("empty", BOTH, b"\x20\x00", Truncated, MALFORMED),
        ("no code", BOTH, b"\x20\x01\x00", Truncated, MALFORMED),
        ("no property length", V5, b"\x20\x02\x00\x00", AcceptedInOtherVersion, MALFORMED),
        ("a property length", V311, b"\x20\x03\x00\x00\x00", AcceptedInOtherVersion, MALFORMED),
        ("properties", V311, b"\x20\x06\x01\x00\x03\x21\x00\x09", AcceptedInOtherVersion, MALFORMED),
        ("too long", V311, b"\x20\x04\x00\x00\x00\x00", TrailingBytes(2), MALFORMED),
        ("too long", V311, b"\x20\x03\x00\x00\x01", TrailingBytes(1), MALFORMED),
        ("too long", V5, b"\x20\x04\x00\x00\x00\x00", TrailingBytes(1), MALFORMED),
        ("reserved flag", BOTH, b"\x20\x03\x02\x00\x00", InvalidConnAckFlags(2), MALFORMED),
        ("reserved flag", BOTH, b"\x20\x03\x81\x00\x00", InvalidConnAckFlags(0x81), MALFORMED),
        ("session of a refused client", BOTH, b"\x20\x02\x01\x05", SessionPresentOnFailure(ReasonCode::NotAuthorized), PROTOCOL),
        ("session of a refused client", BOTH, b"\x20\x03\x01\x87\x00", SessionPresentOnFailure(ReasonCode::NotAuthorized), PROTOCOL),
        ("reserved return code", BOTH, b"\x20\x02\x00\x06", invalid_reason(packet, 6), PROTOCOL),
        ("bytes after a refusal", BOTH, b"\x20\x04\x00\x87\x00\x00", TrailingBytes(1), MALFORMED),
        ("properties of a refusal cut", BOTH, b"\x20\x03\x00\x05\x01", Truncated, MALFORMED),
        ("code of another packet", BOTH, b"\x20\x02\x00\x8e", invalid_reason(packet, 0x8e), PROTOCOL),
        ("code of another packet", V5, b"\x20\x03\x00\x8e\x00", invalid_reason(packet, 0x8e), PROTOCOL),
    ]);
}

// One rule a line.
#[rustfmt::skip]
#[test]
fn publish() {
    use DecodeError::*;
    let topic = |error| InvalidTopicName(error);
    let name = ReasonCode::TopicNameInvalid;
    check(&[
        ("empty", BOTH, b"\x30\x00", Truncated, MALFORMED),
        ("topic length cut", BOTH, b"\x30\x01\x00", Truncated, MALFORMED),
        ("topic cut", BOTH, b"\x30\x03\x00\x02a", Truncated, MALFORMED),
        ("no packet identifier", BOTH, b"\x32\x04\x00\x01a\x00", Truncated, MALFORMED),
        ("packet identifier 0", BOTH, b"\x32\x06\x00\x01a\x00\x00\x00", ZeroPacketId, PROTOCOL),
        ("packet identifier 0", BOTH, b"\x34\x06\x00\x01a\x00\x00\x00", ZeroPacketId, PROTOCOL),
        ("no property length", V5, b"\x30\x03\x00\x01a", Truncated, MALFORMED),
        ("neither topic nor alias", V311, b"\x30\x02\x00\x00", MissingTopic, PROTOCOL),
        ("neither topic nor alias", V5, b"\x30\x03\x00\x00\x00", MissingTopic, PROTOCOL),
        ("+ in the topic", BOTH, b"\x30\x06\x00\x03a/+\x00", topic(InvalidTopic::WildcardInName), name),
        ("# in the topic", BOTH, b"\x30\x04\x00\x01#\x00", topic(InvalidTopic::WildcardInName), name),
        ("surrogate in the topic", BOTH, b"\x30\x06\x00\x03\xed\xa0\x80\x00", topic(InvalidTopic::Text(TextError::NotUtf8)), MALFORMED),
        ("U+0000 in the topic", BOTH, b"\x30\x04\x00\x01\x00\x00", topic(InvalidTopic::Text(TextError::ContainsNul)), MALFORMED),
        ("alias 0", V5, b"\x30\x06\x00\x00\x03\x23\x00\x00", InvalidPropertyValue(PropertyId::TopicAlias), ReasonCode::TopicAliasInvalid),
        ("wildcard in the response topic", V5, b"\x30\x08\x00\x01a\x04\x08\x00\x01+", topic(InvalidTopic::WildcardInName), name),
        ("empty response topic", V5, b"\x30\x07\x00\x01a\x03\x08\x00\x00", topic(InvalidTopic::Empty), name),
    ]);
}

// One rule a line.
#[rustfmt::skip]
#[test]
fn acks() {
    use DecodeError::*;
    for (packet, first, foreign) in [
        (PacketType::PubAck, 0x40, 0x92),
        (PacketType::PubRec, 0x50, 0x01),
        (PacketType::PubRel, 0x62, 0x10),
        (PacketType::PubComp, 0x70, 0x80),
    ] {
        check(&[
            ("empty", BOTH, &[first, 0], Truncated, MALFORMED),
            ("identifier cut", BOTH, &[first, 1, 0], Truncated, MALFORMED),
            ("identifier 0", BOTH, &[first, 2, 0, 0], ZeroPacketId, PROTOCOL),
            ("identifier 0", V5, &[first, 3, 0, 0, 0], ZeroPacketId, PROTOCOL),
            ("reason code in 3.1.1", V311, &[first, 3, 0, 1, 0], TrailingBytes(1), MALFORMED),
            ("foreign code", V5, &[first, 3, 0, 1, foreign], invalid_reason(packet, foreign), PROTOCOL),
            ("unknown code", V5, &[first, 4, 0, 1, 0x03, 0], invalid_reason(packet, 3), PROTOCOL),
            ("properties cut", V5, &[first, 4, 0, 1, 0, 1], Truncated, MALFORMED),
            ("bytes after the properties", V5, &[first, 5, 0, 1, 0, 0, 0], TrailingBytes(1), MALFORMED),
        ]);
    }
}

// One rule a line.
#[rustfmt::skip]
#[test]
fn subscribe() {
    use DecodeError::*;
    let filter = |error| InvalidTopicFilter(error);
    let invalid = ReasonCode::TopicFilterInvalid;
    let reserved = |options| ReservedSubscriptionOptions(options);
    let options = |options| InvalidSubscriptionOptions(options);
    check(&[
        ("empty", BOTH, b"\x82\x00", Truncated, MALFORMED),
        ("identifier 0", BOTH, b"\x82\x07\x00\x00\x00\x00\x01a\x00", ZeroPacketId, PROTOCOL),
        ("no filter", V311, b"\x82\x02\x00\x01", EmptyList(PacketType::Subscribe), PROTOCOL),
        ("no filter", V5, b"\x82\x03\x00\x01\x00", EmptyList(PacketType::Subscribe), PROTOCOL),
        ("no options", V311, b"\x82\x05\x00\x01\x00\x01a", Truncated, MALFORMED),
        ("empty filter", V311, b"\x82\x05\x00\x01\x00\x00\x00", filter(InvalidTopic::Empty), invalid),
        ("# before the end", V311, b"\x82\x08\x00\x01\x00\x03#/a\x00", filter(InvalidTopic::MisplacedMultiLevelWildcard), invalid),
        ("+ beside a letter", V311, b"\x82\x07\x00\x01\x00\x02a+\x00", filter(InvalidTopic::MisplacedSingleLevelWildcard), invalid),
        ("share in UNSUBSCRIBE", V5, b"\xa2\x0d\x00\x01\x00\x00\x08$share/g", filter(InvalidTopic::BadSharedSubscription), invalid),
        ("share without filter", V5, b"\x82\x0e\x00\x01\x00\x00\x08$share/g\x00", filter(InvalidTopic::BadSharedSubscription), invalid),
        ("filter not UTF-8", V311, b"\x82\x06\x00\x01\x00\x01\xff\x00", filter(InvalidTopic::Text(TextError::NotUtf8)), MALFORMED),
        ("QoS 3", V311, b"\x82\x06\x00\x01\x00\x01a\x03", options(3), PROTOCOL),
        ("QoS 3", V5, b"\x82\x07\x00\x01\x00\x00\x01a\x03", options(3), PROTOCOL),
        ("No Local in 3.1.1", V311, b"\x82\x06\x00\x01\x00\x01a\x04", reserved(4), MALFORMED),
        ("reserved bit 6", V5, b"\x82\x07\x00\x01\x00\x00\x01a\x40", reserved(0x40), MALFORMED),
        ("reserved bit 7", V5, b"\x82\x07\x00\x01\x00\x00\x01a\x80", reserved(0x80), MALFORMED),
        ("Retain Handling 3", V5, b"\x82\x07\x00\x01\x00\x00\x01a\x30", options(0x30), PROTOCOL),
        ("No Local on shared", V5, b"\x82\x10\x00\x01\x00\x00\x0a$share/g/a\x04", options(4), PROTOCOL),
        ("identifier 0", V5, b"\x82\x09\x00\x01\x02\x0b\x00\x00\x01a\x00", InvalidPropertyValue(PropertyId::SubscriptionIdentifier), PROTOCOL),
        ("two identifiers", V5, b"\x82\x0b\x00\x01\x04\x0b\x01\x0b\x02\x00\x01a\x00", PropertyRepeated(PropertyId::SubscriptionIdentifier), PROTOCOL),
    ]);
}

// One rule a line.
#[rustfmt::skip]
#[test]
fn suback_unsubscribe_and_unsuback() {
    use DecodeError::*;
    check(&[
        ("SUBACK without codes", V311, b"\x90\x02\x00\x01", EmptyList(PacketType::SubAck), PROTOCOL),
        ("SUBACK without codes", V5, b"\x90\x03\x00\x01\x00", EmptyList(PacketType::SubAck), PROTOCOL),
        ("SUBACK identifier 0", BOTH, b"\x90\x04\x00\x00\x00\x00", ZeroPacketId, PROTOCOL),
        ("code of 5.0", V311, b"\x90\x03\x00\x01\x87", invalid_reason(PacketType::SubAck, 0x87), PROTOCOL),
        ("QoS 3 granted", V311, b"\x90\x03\x00\x01\x03", invalid_reason(PacketType::SubAck, 3), PROTOCOL),
        ("QoS 3 granted", V5, b"\x90\x04\x00\x01\x00\x03", invalid_reason(PacketType::SubAck, 3), PROTOCOL),
        ("UNSUBSCRIBE without filter", V311, b"\xa2\x02\x00\x01", EmptyList(PacketType::Unsubscribe), PROTOCOL),
        ("UNSUBSCRIBE without filter", V5, b"\xa2\x03\x00\x01\x00", EmptyList(PacketType::Unsubscribe), PROTOCOL),
        ("UNSUBSCRIBE identifier 0", V311, b"\xa2\x05\x00\x00\x00\x01a", ZeroPacketId, PROTOCOL),
        ("filter cut", V311, b"\xa2\x05\x00\x01\x00\x02a", Truncated, MALFORMED),
        ("filter length cut", V311, b"\xa2\x06\x00\x01\x00\x01a\x00", Truncated, MALFORMED),
        ("bad filter", V311, b"\xa2\x06\x00\x01\x00\x02a#", InvalidTopicFilter(InvalidTopic::MisplacedMultiLevelWildcard), ReasonCode::TopicFilterInvalid),
        ("UNSUBACK with codes in 3.1.1", V311, b"\xb0\x03\x00\x01\x00", TrailingBytes(1), MALFORMED),
        ("UNSUBACK without codes", V5, b"\xb0\x03\x00\x01\x00", EmptyList(PacketType::UnsubAck), PROTOCOL),
        ("UNSUBACK identifier 0", BOTH, b"\xb0\x02\x00\x00", ZeroPacketId, PROTOCOL),
        ("foreign code", V5, b"\xb0\x04\x00\x01\x00\x01", invalid_reason(PacketType::UnsubAck, 1), PROTOCOL),
    ]);
}

// One rule a line.
#[rustfmt::skip]
#[test]
fn pings_disconnect_and_auth() {
    use DecodeError::*;
    check(&[
        ("PINGREQ with a body", BOTH, b"\xc0\x01\x00", TrailingBytes(1), MALFORMED),
        ("PINGRESP with a body", BOTH, b"\xd0\x02\x00\x00", TrailingBytes(2), MALFORMED),
        ("DISCONNECT with a body", V311, b"\xe0\x01\x00", TrailingBytes(1), MALFORMED),
        ("bytes after the properties", V5, b"\xe0\x03\x00\x00\x00", TrailingBytes(1), MALFORMED),
        ("foreign code", V5, b"\xe0\x01\x8c", invalid_reason(PacketType::Disconnect, 0x8c), PROTOCOL),
        ("foreign code", V5, b"\xe0\x01\x85", invalid_reason(PacketType::Disconnect, 0x85), PROTOCOL),
        ("unknown code", V5, b"\xe0\x01\xff", invalid_reason(PacketType::Disconnect, 0xff), PROTOCOL),
        ("foreign code", V5, b"\xf0\x01\x80", invalid_reason(PacketType::Auth, 0x80), PROTOCOL),
        ("step without method", V5, b"\xf0\x01\x18", MissingAuthenticationMethod, PROTOCOL),
        ("step without method", V5, b"\xf0\x02\x19\x00", MissingAuthenticationMethod, PROTOCOL),
        ("data without method", V5, b"\xf0\x06\x00\x04\x16\x00\x01d", MissingAuthenticationMethod, PROTOCOL),
        ("bytes after the properties", V5, b"\xf0\x03\x00\x00\x00", TrailingBytes(1), MALFORMED),
    ]);
}

// One rule a line.
#[rustfmt::skip]
#[test]
fn property_lists() {
    use DecodeError::*;
    // In a DISCONNECT, the simplest packet that carries any.
    check(&[
        ("unknown property", V5, b"\xe0\x04\x00\x02\x04\x00", UnknownProperty(4), MALFORMED),
        ("number in two bytes", V5, b"\xe0\x05\x00\x03\x9f\x00\x00", UnknownProperty(0x9f), MALFORMED),
        ("length not minimal", V5, b"\xe0\x03\x00\x80\x00", InvalidVarInt, MALFORMED),
        ("length in five bytes", V5, b"\xe0\x06\x00\x80\x80\x80\x80\x00", InvalidVarInt, MALFORMED),
        ("length incomplete", V5, b"\xe0\x02\x00\x80", Truncated, MALFORMED),
        ("length beyond the packet", V5, b"\xe0\x05\x00\x04\x1f\x00\x00", Truncated, MALFORMED),
        ("length within a value", V5, b"\xe0\x07\x00\x02\x11\x00\x00\x00\x00", Truncated, MALFORMED),
        ("string beyond the list", V5, b"\xe0\x06\x00\x04\x1f\x00\x02r", Truncated, MALFORMED),
        ("string not UTF-8", V5, b"\xe0\x06\x00\x04\x1f\x00\x01\x80", text(TextError::NotUtf8), MALFORMED),
        ("string with U+0000", V5, b"\xe0\x06\x00\x04\x1f\x00\x01\x00", text(TextError::ContainsNul), MALFORMED),
        ("pair without value", V5, b"\xe0\x06\x00\x04\x26\x00\x01k", Truncated, MALFORMED),
        ("not minimal identifier", V5, b"\x30\x08\x00\x01a\x03\x0b\x81\x00p", InvalidVarInt, MALFORMED),
        ("reason string twice", V5, b"\xe0\x08\x00\x06\x1f\x00\x00\x1f\x00\x00", PropertyRepeated(PropertyId::ReasonString), PROTOCOL),
        (
            "property of another packet",
            V5,
            b"\xe0\x05\x00\x03\x23\x00\x01",
            PropertyNotAllowed { property: PropertyId::TopicAlias, packet: PacketType::Disconnect },
            MALFORMED,
        ),
    ]);
}

#[test]
fn property_values() {
    let connack = |property: &[u8]| {
        let len = property.len() as u8;
        [&[0x20, 3 + len, 0, 0, len][..], property].concat()
    };
    let connect = |property: &[u8]| {
        let len = property.len() as u8;
        [
            &[0x10, 13 + len][..],
            b"\x00\x04MQTT\x05\x02\x00\x00",
            &[len],
            property,
            &[0, 0],
        ]
        .concat()
    };
    let publish = |property: &[u8]| {
        let len = property.len() as u8;
        [&[0x30, 4 + len, 0, 1, b't', len][..], property].concat()
    };
    let rows: &[(Vec<u8>, PropertyId)] = &[
        (publish(&[0x01, 2]), PropertyId::PayloadFormatIndicator),
        (publish(&[0x0b, 0]), PropertyId::SubscriptionIdentifier),
        (connect(&[0x17, 2]), PropertyId::RequestProblemInformation),
        (connect(&[0x19, 2]), PropertyId::RequestResponseInformation),
        (connect(&[0x21, 0, 0]), PropertyId::ReceiveMaximum),
        (connect(&[0x27, 0, 0, 0, 0]), PropertyId::MaximumPacketSize),
        (connack(&[0x21, 0, 0]), PropertyId::ReceiveMaximum),
        (connack(&[0x27, 0, 0, 0, 0]), PropertyId::MaximumPacketSize),
        (connack(&[0x24, 2]), PropertyId::MaximumQoS),
        (connack(&[0x25, 2]), PropertyId::RetainAvailable),
        (
            connack(&[0x28, 2]),
            PropertyId::WildcardSubscriptionAvailable,
        ),
        (
            connack(&[0x29, 255]),
            PropertyId::SubscriptionIdentifierAvailable,
        ),
        (connack(&[0x2a, 2]), PropertyId::SharedSubscriptionAvailable),
    ];
    for (wire, property) in rows {
        let error = DecodeError::InvalidPropertyValue(*property);
        check(&[("property value", V5, wire, error, PROTOCOL)]);
    }
}
