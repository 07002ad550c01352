//! What is wrong with a PUBLISH is told with its topic and size, so that whoever sends it is found.

use bytes::{BufMut, BytesMut};
use mqttka_core::codec::{DecodeError, Decoder, Packet, PublishFault};
use mqttka_core::error::{InvalidText, InvalidTopic, ProtocolError};
use mqttka_core::types::{ReasonCode, Version};

const BOTH: [Version; 2] = [Version::V311, Version::V5];

fn decode(version: Version, limit: u32, wire: &[u8]) -> Result<Option<Packet>, DecodeError> {
    Decoder::new(version, limit).decode(&mut BytesMut::from(wire))
}

fn fault(error: DecodeError, size: usize, topic: Option<&str>) -> DecodeError {
    let topic = topic.map(Box::from);
    DecodeError::Publish(Box::new(PublishFault { error, size, topic }))
}

#[test]
fn a_topic_that_is_not_utf_8() {
    for version in BOTH {
        let wire = b"\x30\x09\x00\x06line/\xff\x00";
        let error = decode(version, 1 << 16, wire).expect_err("not UTF-8");
        let cause = DecodeError::InvalidTopicName(InvalidTopic::Text(InvalidText::NotUtf8));
        assert_eq!(error, fault(cause, 11, Some(r"line/\xff")));
        assert_eq!(error.reason_code(), ReasonCode::MalformedPacket);
        assert_eq!(
            error.to_string(),
            r#"invalid topic name: string is not valid UTF-8, in a PUBLISH of 11 bytes to "line/\xff""#
        );
        // As the disconnect event has it.
        assert!(
            ProtocolError::from(error)
                .to_string()
                .contains(r"line/\xff")
        );
    }
}

#[test]
fn other_topics_that_are_none() {
    for (wire, cause, topic) in [
        (
            &b"\x30\x06\x00\x03a/#\x00"[..],
            InvalidTopic::WildcardInName,
            "a/#",
        ),
        (
            b"\x30\x06\x00\x03a\x00b\x00",
            InvalidTopic::Text(InvalidText::ContainsNul),
            r"a\0b",
        ),
    ] {
        for version in BOTH {
            let expected = fault(DecodeError::InvalidTopicName(cause), 8, Some(topic));
            assert_eq!(decode(version, 1 << 16, wire), Err(expected));
        }
    }
}

#[test]
fn what_is_wrong_behind_the_topic() {
    let v5 = |wire: &[u8]| decode(Version::V5, 1 << 16, wire);
    let utf8 = DecodeError::InvalidText(InvalidText::NotUtf8);
    // A user property that is not UTF-8.
    let wire = b"\x30\x0e\x00\x03a/b\x07\x26\x00\x01\xff\x00\x01vp";
    assert_eq!(v5(wire), Err(fault(utf8, 16, Some("a/b"))));
    let wire = b"\x32\x08\x00\x03a/b\x00\x00\x00";
    let zero = fault(DecodeError::ZeroPacketId, 10, Some("a/b"));
    assert_eq!(v5(wire), Err(zero));
    // A response topic with a wildcard is not the topic.
    let wire = b"\x30\x0c\x00\x03a/b\x06\x08\x00\x03x/+p";
    let wild = DecodeError::InvalidTopicName(InvalidTopic::WildcardInName);
    assert_eq!(v5(wire), Err(fault(wild, 14, Some("a/b"))));
}

#[test]
fn a_topic_that_is_cut_off_or_missing() {
    for version in BOTH {
        let wire = b"\x30\x06\x00\xffline";
        let expected = fault(DecodeError::Truncated, 8, Some("line"));
        assert_eq!(decode(version, 1 << 16, wire), Err(expected));
        for (wire, size) in [(&b"\x30\x00"[..], 2), (b"\x30\x01\x00", 3)] {
            let expected = fault(DecodeError::Truncated, size, None);
            assert_eq!(decode(version, 1 << 16, wire), Err(expected));
        }
    }
    let missing = fault(DecodeError::MissingTopic, 5, None);
    assert!(missing.to_string().contains("5 bytes"));
    assert_eq!(
        decode(Version::V5, 1 << 16, b"\x30\x03\x00\x00\x00"),
        Err(missing)
    );
}

/// The header of a PUBLISH of 100,000 bytes, and its topic.
fn large(topic: &[u8]) -> Vec<u8> {
    let mut wire = vec![0x32, 0x9c, 0x8d, 0x06];
    wire.put_u16(topic.len() as u16);
    wire.extend_from_slice(topic);
    wire
}

#[test]
fn a_publish_that_is_too_large() {
    let cause = DecodeError::PacketTooLarge {
        size: 100_000,
        limit: 65_536,
    };
    let expected = fault(cause, 100_000, Some("camera/7/image"));
    let wire = large(b"camera/7/image");
    for version in BOTH {
        let error = decode(version, 65_536, &wire).expect_err("too large");
        assert_eq!(error, expected);
        assert_eq!(error.reason_code(), ReasonCode::PacketTooLarge);
        assert_eq!(
            error.to_string(),
            "packet of 100000 bytes is larger than the limit of 65536, in a PUBLISH of 100000 \
             bytes to \"camera/7/image\""
        );
    }
}

#[test]
fn a_publish_that_is_too_large_is_not_waited_for() {
    let wire = large(b"camera/7/image");
    for (len, topic) in [
        (4, None),
        (5, None),
        (6, None),
        (7, Some("c...")),
        (12, Some("camera...")),
        (20, Some("camera/7/image")),
    ] {
        let cause = DecodeError::PacketTooLarge {
            size: 100_000,
            limit: 65_536,
        };
        let result = decode(Version::V5, 65_536, &wire[..len]);
        assert_eq!(result, Err(fault(cause, 100_000, topic)), "{len}");
    }
}

#[test]
fn a_long_topic_is_shown_to_a_bound() {
    let wire = large(&[0xe9; 60_000]);
    let Err(DecodeError::Publish(fault)) = decode(Version::V5, 65_536, &wire) else {
        panic!("was accepted");
    };
    let shown = r"\xe9".repeat(100) + "...";
    assert_eq!(fault.topic.as_deref(), Some(&*shown));
}

#[test]
fn a_packet_too_large_without_room_for_a_topic() {
    for (wire, size) in [
        (&b"\x30\x00"[..], 2),
        (b"\x30\x01", 3),
        (b"\x30\x01\x05x", 3),
    ] {
        let cause = DecodeError::PacketTooLarge { size, limit: 1 };
        assert_eq!(decode(Version::V5, 1, wire), Err(fault(cause, size, None)));
    }
    // The topic's length is more than the packet has.
    let cause = DecodeError::PacketTooLarge { size: 6, limit: 1 };
    let expected = fault(cause, 6, Some("ab"));
    assert_eq!(
        decode(Version::V5, 1, b"\x30\x04\xff\xffabcd"),
        Err(expected)
    );
}

#[test]
fn errors_stay_small() {
    // They are half of the result of each packet; 24 bytes is what the largest plain ones need.
    assert!(
        size_of::<DecodeError>() <= 24,
        "{}",
        size_of::<DecodeError>()
    );
    assert!(
        size_of::<ProtocolError>() <= 24,
        "{}",
        size_of::<ProtocolError>()
    );
}
