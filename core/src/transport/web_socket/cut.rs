//! Where frames end.

use crate::codec::packet_len;

/// The header of a frame, at the sizes that matter here: two bytes, two of length, four of mask.
const HEADER: usize = 8;

/// Payload of a frame with several packets: what a record of TLS holds.
pub(super) const SEVERAL: usize = 16 * 1024 - HEADER;

/// Payload of a frame with one packet, or a part of one.
pub(super) const ONE: usize = 64 * 1024 - HEADER;

/// Frames hold whole packets, where these are not larger than [`ONE`]: servers have to take them
/// apart however they come [MQTT-6.0.0-2], but what stands between may not. A PINGREQ can wait
/// for the end of the packet before it anyhow, and behind a frame for [`SEVERAL`] bytes more at
/// most (rule L11).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cut {
    /// What is left of a packet of which the last frame held a part.
    begun: usize,
}

impl Cut {
    /// How many of the bytes that are to be sent the next frame takes, and where that leaves us.
    /// They are whole packets but for the first, which may be a rest.
    pub(super) fn next(self, head: &[u8], tail: &[u8]) -> (usize, Self) {
        let all = head.len() + tail.len();
        let mut end = self.begun;
        if all <= SEVERAL {
            end = end.max(all);
        }
        while let Some(length) = head.get(end..).and_then(packet_len)
            && (end == 0 || end + length <= SEVERAL)
        {
            end += length;
        }
        if end == 0 {
            // Not MQTT.
            end = SEVERAL;
        }
        let count = end.min(ONE).min(all);
        let begun = end - count;
        (count, Cut { begun })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A packet of this size.
    fn packet(size: usize) -> Vec<u8> {
        let rest = (2..6)
            .map(|header| size - header)
            .find(|rest| packet_len(&head(*rest)) == Some(size))
            .expect("a length");
        let mut packet = head(rest);
        packet.resize(size, b'x');
        packet
    }

    fn head(mut rest: usize) -> Vec<u8> {
        let mut head = vec![0x30];
        loop {
            let byte = (rest % 128) as u8;
            rest /= 128;
            head.push(if rest > 0 { byte | 0x80 } else { byte });
            if rest == 0 {
                return head;
            }
        }
    }

    /// The sizes of the frames of these packets, handed over at once, the rest each time again.
    /// The last `tail` bytes are apart from the others.
    fn frames(sizes: &[usize], tail: usize) -> Vec<usize> {
        let all: Vec<u8> = sizes.iter().flat_map(|size| packet(*size)).collect();
        let split = all.len() - tail;
        let (mut cut, mut from, mut frames) = (Cut::default(), 0, Vec::new());
        while from < all.len() {
            let (count, next) = cut.next(&all[from.min(split)..split], &all[from.max(split)..]);
            frames.push(count);
            (cut, from) = (next, from + count);
        }
        frames
    }

    #[test]
    fn frames_end_where_packets_end() {
        assert_eq!(frames(&[2, 2, 100], 0), [104]);
        assert_eq!(frames(&[1000; 20], 0), [16_000, 4000]);
        assert_eq!(frames(&[SEVERAL, 2], 0), [SEVERAL, 2]);
        assert_eq!(frames(&[SEVERAL - 2, 2, 2], 0), [SEVERAL, 2]);
        assert_eq!(frames(&[SEVERAL - 1, 2, 2], 0), [SEVERAL - 1, 4]);
        assert_eq!(frames(&[2, SEVERAL], 0), [2, SEVERAL]);
    }

    #[test]
    fn a_large_packet_has_a_frame_of_its_own() {
        assert_eq!(frames(&[20_000, 2], 0), [20_000, 2]);
        assert_eq!(frames(&[2, 20_000], 19_000), [2, 20_000]);
        assert_eq!(frames(&[ONE, 2], 0), [ONE, 2]);
    }

    #[test]
    fn a_larger_one_has_several_and_what_follows_is_with_its_rest() {
        assert_eq!(frames(&[ONE + 10, 2, 2], 0), [ONE, 14]);
        assert_eq!(frames(&[ONE + 10, SEVERAL - 10, 2], 0), [ONE, SEVERAL, 2]);
        assert_eq!(frames(&[ONE + 10, SEVERAL, 2], 0), [ONE, 10, SEVERAL, 2]);
        assert_eq!(frames(&[100, 1_000_000], 900_000), {
            let mut expected = vec![100];
            expected.extend([ONE; 15]);
            expected.push(1_000_000 - 15 * ONE);
            expected
        });
    }

    #[test]
    fn what_comes_between_the_parts_of_a_packet_is_not_looked_at() {
        let large = packet(ONE + 30_000);
        let (count, cut) = Cut::default().next(&large[..10], &large[10..]);
        assert_eq!(count, ONE);
        // The rest alone, as the driver hands it over, and in two bites.
        assert_eq!(cut.next(&[], &large[ONE..]).0, 30_000);
        let (count, cut) = cut.next(&large[ONE..][..10_000], &[]);
        assert_eq!((count, cut.begun), (10_000, 20_000));
        let (count, cut) = cut.next(&[&large[ONE + 10_000..], &packet(9)[..]].concat(), &[]);
        assert_eq!((count, cut.begun), (20_000, 0));
    }

    #[test]
    fn what_is_not_mqtt_goes_all_the_same() {
        assert_eq!(Cut::default().next(&[0xff; 100_000], &[]).0, SEVERAL);
        assert_eq!(Cut::default().next(&[], &[0xff; 100_000]).0, SEVERAL);
        assert_eq!(Cut::default().next(&[0xff; 10], &[]).0, 10);
    }
}
