//! A refusal is a refusal, in whichever version's numbers and form it comes: a broker that knows
//! only one version answers a CONNECT of the other in its own.

use bytes::BytesMut;
use mqttka_core::codec::{ConnAck, DecodeError, Decoder, Packet, PacketType};
use mqttka_core::types::{Property, PropertyId, ReasonCode, Text, Version};

fn decode(version: Version, wire: &[u8]) -> Result<Option<Packet>, DecodeError> {
    Decoder::new(version, 1 << 16).decode(&mut BytesMut::from(wire))
}

fn refused(wire: &[u8], reason_code: ReasonCode) {
    for version in [Version::V311, Version::V5] {
        let expected = ConnAck::new(false, reason_code);
        assert_eq!(
            decode(version, wire),
            Ok(Some(Packet::ConnAck(expected))),
            "{version:?}, {wire:02x?}"
        );
    }
}

#[test]
fn return_codes_of_311_in_both_forms() {
    use ReasonCode as R;
    for (number, code) in [
        (1, R::UnsupportedProtocolVersion),
        (2, R::ClientIdentifierNotValid),
        (3, R::ServerUnavailable),
        (4, R::BadUserNameOrPassword),
        (5, R::NotAuthorized),
    ] {
        refused(&[0x20, 2, 0, number], code);
        refused(&[0x20, 3, 0, number, 0], code);
    }
}

/// Section 3.2.2.2, written apart from the codec's own table.
const CONNACK_CODES: &[u8] = &[
    0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99,
    0x9a, 0x9b, 0x9c, 0x9d, 0x9f,
];

#[test]
fn reason_codes_of_5_in_both_forms() {
    for number in CONNACK_CODES {
        let code = ReasonCode::from_u8(*number).expect("a reason code");
        refused(&[0x20, 2, 0, *number], code);
        refused(&[0x20, 3, 0, *number, 0], code);
    }
}

#[test]
fn every_other_number_is_none() {
    for number in (1..=255).filter(|n| !(1..=5).contains(n) && !CONNACK_CODES.contains(n)) {
        for version in [Version::V311, Version::V5] {
            for wire in [&[0x20, 2, 0, number][..], &[0x20, 3, 0, number, 0]] {
                let error = DecodeError::InvalidReasonCode {
                    packet: PacketType::ConnAck,
                    code: number,
                };
                assert_eq!(decode(version, wire), Err(error));
            }
        }
    }
}

#[test]
fn the_words_of_a_refusal_are_kept_in_311_too() {
    let wire = b"\x20\x0d\x00\x9c\x0a\x1f\x00\x01r\x1c\x00\x03b:1";
    for version in [Version::V311, Version::V5] {
        let Ok(Some(Packet::ConnAck(connack))) = decode(version, wire) else {
            panic!("no CONNACK in {version:?}");
        };
        assert_eq!(connack.reason_code, ReasonCode::UseAnotherServer);
        let reference = connack.properties.get(PropertyId::ServerReference);
        let expected = Property::ServerReference(Text::try_from("b:1").expect("text"));
        assert_eq!(reference, Some(&expected));
    }
}

#[test]
fn an_acceptance_is_not_taken_in_the_other_form() {
    // What follows would be of the other version.
    let error = DecodeError::AcceptedInOtherVersion;
    assert_eq!(decode(Version::V5, b"\x20\x02\x00\x00"), Err(error.clone()));
    assert_eq!(
        decode(Version::V311, b"\x20\x03\x00\x00\x00"),
        Err(error.clone())
    );
    assert!(error.to_string().contains("protocol version"));
}
