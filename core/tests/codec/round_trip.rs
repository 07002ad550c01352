//! Every legal packet survives the wire, in whatever pieces it comes; no damage to it panics.

use std::num::NonZeroU16;

use crate::arbitrary::packet;
use bytes::{BufMut, BytesMut};
use mqttka_core::codec::{Decoder, EncodeError, Packet, Publish, packet_len};
use mqttka_core::types::{Message, PropertyId, Version};
use proptest::prelude::*;

const LIMIT: u32 = 1 << 20;

fn encode(version: Version, packet: &Packet) -> BytesMut {
    let mut out = BytesMut::new();
    assert_eq!(packet.encode(version, &mut out), Ok(()), "{packet:?}");
    out
}

/// Whatever these bytes decode to encodes, and decodes to the same again.
fn check_stable(version: Version, input: &mut BytesMut) {
    let mut decoder = Decoder::new(version, LIMIT);
    while let Ok(Some(first)) = decoder.decode(input) {
        let version = match &first {
            // Understood in the form of either version; 5.0 has words for all of them.
            Packet::ConnAck(connack) if connack.reason_code.is_error() => Version::V5,
            _ => decoder.version(),
        };
        let mut wire = encode(version, &first);
        let second = Decoder::new(version, LIMIT).decode(&mut wire);
        assert_eq!(second, Ok(Some(first)));
    }
}

/// From a message, measured or not, the same bytes come.
fn check_message_heads(version: Version, publish: &Publish, wire: &[u8]) {
    let Some(topic) = publish.topic.clone() else {
        return;
    };
    let mut message = Message::new(topic, publish.payload.clone())
        .with_qos(publish.qos)
        .with_retain(publish.retain);
    message.properties = publish.properties.clone();
    assert_eq!(Publish::message_len(&message, version), wire.len());
    let (dup, id) = (publish.dup, publish.packet_id);
    let mut head = BytesMut::new();
    let encoded = Publish::encode_message_head(&message, dup, id, version, &mut head);
    assert_eq!(encoded, Ok(()));
    assert_eq!([&head[..], &message.payload].concat(), wire);
    let len = match Publish::measure(&message, version) {
        Ok(len) => len,
        Err(error) => {
            // Only servers send these; and aliases are none of a message's.
            let given = [PropertyId::SubscriptionIdentifier, PropertyId::TopicAlias];
            let given = given
                .iter()
                .find(|id| publish.properties.get(**id).is_some());
            assert!(given.is_some(), "{error}");
            return;
        }
    };
    assert_eq!(len.packet(), wire.len());
    head.clear();
    let encoded = Publish::encode_measured_head(&message, len, dup, id, version, &mut head);
    assert_eq!(encoded, Ok(()));
    assert_eq!([&head[..], &message.payload].concat(), wire);
    // What does not belong to the message is still checked.
    let id = match id {
        None => Some(NonZeroU16::MIN),
        Some(_) => None,
    };
    let encoded = Publish::encode_measured_head(&message, len, dup, id, version, &mut head);
    assert_eq!(encoded, Err(EncodeError::PacketIdMismatch));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn decode_undoes_encode((version, packet) in packet()) {
        let mut wire = encode(version, &packet);
        prop_assert_eq!(packet_len(&wire), Some(wire.len()));
        if let Packet::Publish(publish) = &packet {
            prop_assert_eq!(publish.encoded_len(version), wire.len());
            check_message_heads(version, publish, &wire);
        }
        wire.put_u8(0xc0); // the first byte of the next packet stays
        let decoded = Decoder::new(version, LIMIT).decode(&mut wire);
        prop_assert_eq!(decoded, Ok(Some(packet)));
        prop_assert_eq!(&wire[..], &[0xc0][..]);
    }

    #[test]
    fn pieces_do_not_matter(
        (version, packet) in packet(),
        (_, second) in packet().prop_filter("one version", |(_, p)| {
            !matches!(p, Packet::Connect(_))
        }),
        piece in 1usize..7,
    ) {
        // The second packet is of any version: where it is not legal in this one, both ways of
        // feeding have to agree on the error as well.
        let mut wire = encode(version, &packet);
        let _ = second.encode(version, &mut wire);
        wire.truncate(600);

        let mut whole = Vec::new();
        let mut decoder = Decoder::new(version, u32::MAX);
        let mut input = wire.clone();
        while let Some(result) = decoder.decode(&mut input).transpose() {
            whole.push(result.clone());
            if result.is_err() {
                break;
            }
        }

        let mut pieces = Vec::new();
        let mut decoder = Decoder::new(version, u32::MAX);
        let mut input = BytesMut::new();
        'all: for chunk in wire.chunks(piece) {
            input.put_slice(chunk);
            let len = input.len();
            while let Some(result) = decoder.decode(&mut input).transpose() {
                pieces.push(result.clone());
                if result.is_err() {
                    break 'all;
                }
            }
            if pieces.is_empty() {
                prop_assert_eq!(input.len(), len, "an incomplete packet was touched");
            }
        }
        prop_assert_eq!(pieces, whole);
    }

    #[test]
    fn damage_does_not_panic(
        (version, packet) in packet(),
        other in any::<bool>(),
        cut in 0usize..40,
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0u8..8), 1..4),
    ) {
        let wire = encode(version, &packet);
        let version = match (other, version) {
            (false, version) => version,
            (true, Version::V311) => Version::V5,
            (true, Version::V5) => Version::V311,
        };
        let mut flipped = wire.clone();
        for (index, bit) in flips {
            let index = index.index(flipped.len());
            flipped[index] ^= 1 << bit;
        }
        check_stable(version, &mut flipped);

        // Cut off the end, and say so in the header: fields miss.
        if wire.len() < 128 {
            let len = (wire.len() - cut.min(wire.len() - 2)) as u8;
            let mut shorter = BytesMut::from(&wire[..usize::from(len)]);
            shorter[1] = len - 2;
            check_stable(version, &mut shorter);
            // And say that more bytes belong to it than did.
            let mut longer = wire.clone();
            longer[1] += 1;
            longer.put_u8(flipped.first().copied().unwrap_or_default());
            check_stable(version, &mut longer);
        }
    }

    #[test]
    fn noise_does_not_panic(
        noise in prop::collection::vec(any::<u8>(), 0..200),
        packet_type in 1u8..16,
        flags in prop_oneof![Just(0u8), Just(2u8), 0u8..16],
        v5 in any::<bool>(),
    ) {
        let version = if v5 { Version::V5 } else { Version::V311 };
        let mut wire = BytesMut::from(&[packet_type << 4 | flags][..]);
        let len = noise.len();
        if len < 128 {
            wire.put_u8(len as u8);
        } else {
            wire.put_slice(&[len as u8 | 0x80, (len >> 7) as u8]);
        }
        wire.put_slice(&noise);
        check_stable(version, &mut wire);
        check_stable(version, &mut BytesMut::from(&noise[..]));
    }
}
