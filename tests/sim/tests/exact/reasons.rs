//! Each number in each packet that has a reason code: those that the specification lists are
//! understood, the others end the connection.

use mqttka_core::types::{QoS, Version};

use super::{Flow, plain};

const PUBACK: &[u8] = &[0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];
const PUBREL: &[u8] = &[0, 0x92];
const SUBACK: &[u8] = &[
    0, 1, 2, 0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2,
];
const UNSUBACK: &[u8] = &[0, 0x11, 0x80, 0x83, 0x87, 0x8f, 0x91];
const DISCONNECT: &[u8] = &[
    0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97,
    0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
];

/// A client with one of everything under way.
fn busy(version: Version) -> Flow {
    let mut flow = Flow::connected(plain(version));
    flow.publish(1, QoS::AtLeastOnce);
    flow.publish(2, QoS::ExactlyOnce);
    flow.publish(3, QoS::ExactlyOnce);
    flow.take();
    flow.hears(&[0x50, 2, 0, 3]);
    flow.ask(mqttka_sim::script::subscribe(4));
    flow.ask(super::requests::unsubscribe(5));
    flow.take();
    flow
}

#[test]
fn every_number_in_every_packet_of_5() {
    type Case = (fn(u8) -> Vec<u8>, &'static [u8], u64);
    let cases: [Case; 5] = [
        (|code| vec![0x40, 3, 0, 1, code], PUBACK, 1),
        (|code| vec![0x50, 3, 0, 2, code], PUBACK, 2),
        (|code| vec![0x70, 3, 0, 3, code], PUBREL, 3),
        (|code| vec![0x90, 4, 0, 4, 0, code], SUBACK, 4),
        (|code| vec![0xb0, 4, 0, 5, 0, code], UNSUBACK, 5),
    ];
    for number in 0..=255 {
        for (packet, allowed, token) in cases {
            let mut flow = busy(Version::V5);
            flow.hears(&packet(number));
            if !allowed.contains(&number) {
                flow.ended_saying(0x82);
                continue;
            }
            flow.goes_on();
            // PUBREC that does not refuse goes on; everything else has its outcome.
            let over = token != 2 || number >= 0x80;
            let outcomes = flow.outcomes();
            assert_eq!(outcomes.len(), usize::from(over), "{number:#x}");
            for (of, result) in outcomes {
                assert_eq!(of, token);
                assert_eq!(result.is_ok(), number < 0x80, "{number:#x}");
            }
        }
        let mut flow = busy(Version::V5);
        flow.hears(&[0x62, 3, 0, 9, number]);
        if PUBREL.contains(&number) {
            flow.says([0x70, 3, 0, 9, 0x92]);
        } else {
            flow.ended_saying(0x82);
        }
        let mut flow = busy(Version::V5);
        flow.hears(&[0xe0, 1, number]);
        if DISCONNECT.contains(&number) {
            flow.says([]);
            flow.end();
        } else {
            flow.ended_saying(0x82);
        }
    }
}

#[test]
fn every_number_in_a_suback_of_311() {
    for number in 0..=255 {
        let mut flow = busy(Version::V311);
        flow.hears(&[0x90, 3, 0, 4, number]);
        if [0, 1, 2, 0x80].contains(&number) {
            flow.goes_on();
            assert_eq!(flow.outcomes().len(), 1);
        } else {
            flow.ended_saying(0);
        }
    }
}

#[test]
fn acknowledgements_of_311_have_two_bytes() {
    for first in [0x40, 0x50, 0x62, 0x70, 0xb0] {
        for bytes in [
            &[first, 3, 0, 1, 0][..],
            &[first, 1, 0],
            &[first, 0],
            &[first, 2, 0, 0],
        ] {
            let mut flow = busy(Version::V311);
            flow.hears(bytes);
            flow.ended_saying(0);
        }
    }
}
