//! The fuzz targets' bodies, fed with generated input: runs on stable, in every `cargo test`.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Packets to damage: one of each type, both versions, with what has lengths in it.
const SEEDS: &[&[u8]] = &[
    b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01c",
    b"\x10\x1d\x00\x04MQTT\x04\xec\xff\xff\x00\x01c\x00\x01w\x00\x04gone\x00\x01u\x00\x02\x00\xff",
    b"\x10\x1a\x00\x04MQTT\x05\x06\x00\x3c\x05\x11\x00\x00\x00\x01\x00\x01c\x02\x01\x01\x00\x01w\x00\x00",
    b"\x20\x02\x01\x00",
    b"\x20\x02\x00\x05",
    b"\x20\x02\x00\x84",
    b"\x20\x0a\x00\x9c\x07\x1c\x00\x04host",
    b"\x20\x10\x00\x00\x0d\x21\x00\x02\x24\x01\x12\x00\x02id\x13\x00\x1e",
    b"\x30\x07\x00\x03a/bhi",
    b"\x3c\x0a\x00\x03a/b\xff\xff\x00hi",
    b"\x30\x0f\x00\x01t\x0b\x0b\x80\x01\x0b\x01\x08\x00\x01r\x01\x01p",
    // A topic that is not UTF-8, and a packet that is larger than the small limit.
    b"\x30\x08\x00\x05a/\xff\xc3b\x00",
    b"\x32\x80\x01\x00\x06camera\x00\x01\x00..................................................\
      ...................................................................",
    b"\x40\x02\x12\x34",
    b"\x50\x03\x12\x34\x97",
    b"\x62\x0a\x00\x01\x00\x06\x1f\x00\x03abc",
    b"\x70\x04\x00\x01\x92\x00",
    b"\x82\x0c\x00\x02\x00\x03a/+\x01\x00\x01#\x00",
    b"\x82\x0f\x00\x02\x02\x0b\x01\x00\x07$share/\x2c",
    b"\x82\x0f\x00\x02\x00\x09$share/g/\x00",
    b"\x90\x07\x00\x02\x00\x00\x01\x02\x80",
    b"\xa2\x08\x00\x03\x00\x01a\x00\x01b",
    b"\xb0\x05\x00\x03\x00\x00\x11",
    b"\xc0\x00",
    b"\xd0\x00",
    b"\xe0\x08\x9d\x06\x1c\x00\x03abc",
    b"\xe0\x01\x04",
    b"\xe0\x07\x8b\x05\x11\x00\x00\x00\x00",
    b"\xf0\x0a\x18\x08\x15\x00\x01m\x16\x00\x01d",
];

fn damaged_packets() -> impl Strategy<Value = Vec<u8>> {
    let damage = vec((any::<prop::sample::Index>(), any::<u8>()), 0..3);
    let packet = (select(SEEDS), damage).prop_map(|(seed, damage)| {
        let mut packet = seed.to_vec();
        for (index, byte) in damage {
            let index = index.index(packet.len());
            packet[index] = byte;
        }
        packet
    });
    (any::<[u8; 2]>(), vec(packet, 1..5))
        .prop_map(|(options, packets)| [&options[..], &packets.concat()].concat())
}

#[test]
fn the_seeds_themselves() {
    for seed in SEEDS {
        for options in 0..8 {
            for piece in [0, 2, 15] {
                mqttka_fuzz::decode(&[&[options, piece][..], seed].concat());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn decode_damaged_packets(data in damaged_packets()) {
        mqttka_fuzz::decode(&data);
    }

    #[test]
    fn decode_noise(data in vec(any::<u8>(), 0..100)) {
        mqttka_fuzz::decode(&data);
    }
}
