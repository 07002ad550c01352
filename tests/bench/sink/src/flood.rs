//! A flood of publishes, ordered by the name of the filter that was subscribed to: `flood/QOS/COUNT/SIZE/WINDOW`, or
//! `flood/QOS/COUNT/SIZE/WINDOW/TOPICS`.
//!
//! WINDOW bounds the unacknowledged messages at QoS 1 and 2; 0 means as many as there are packet ids. The topics take
//! turns; without their number there is one.

use crate::{frames, packet};

const TOPIC: &[u8] = b"bench/topic";
/// About this many bytes are laid ready for one write.
const BATCH: usize = 128 * 1024;
const MOST_TOPICS: u32 = 10_000;

/// What is left to send to one subscriber.
#[derive(Debug)]
pub(crate) struct Flood {
    qos: u8,
    left: u64,
    window: u32,
    unacknowledged: u32,
    next_id: u16,
    /// One packet for each topic, all of one length; the id lies at `id_at`.
    templates: Vec<Vec<u8>>,
    id_at: usize,
    /// The topic whose turn it is.
    turn: usize,
}

impl Flood {
    /// The flood that this filter orders, if it orders one.
    pub(crate) fn ordered_by(filter: &[u8], level: u8, framed: bool) -> Option<Flood> {
        let text = std::str::from_utf8(filter).ok()?;
        let numbers: Vec<u32> = text
            .strip_prefix("flood/")?
            .split('/')
            .map(str::parse)
            .collect::<Result<_, _>>()
            .ok()?;
        let (qos, count, size, window, topics) = match numbers[..] {
            [qos, count, size, window] => (qos, count, size, window, 1),
            [qos, count, size, window, topics @ 1..=MOST_TOPICS] => {
                (qos, count, size, window, topics)
            }
            _ => return None,
        };
        let qos @ 0..=2 = qos else { return None };
        let qos = qos as u8;
        let payload = vec![b'x'; size as usize];
        let template = |topic: &[u8]| {
            let mut template = Vec::new();
            let publish = |out: &mut Vec<u8>| packet::publish(out, level, qos, topic, 0, &payload);
            if framed {
                frames::frame(&mut template, publish);
            } else {
                publish(&mut template);
            }
            template
        };
        let templates: Vec<Vec<u8>> = if topics == 1 {
            vec![template(TOPIC)]
        } else {
            (0..topics)
                .map(|topic| template(format!("bench/{topic:05}").as_bytes()))
                .collect()
        };
        let after_topic = size as usize + usize::from(level >= 5);
        Some(Flood {
            qos,
            left: u64::from(count),
            window: if window == 0 {
                65_535
            } else {
                window.min(65_535)
            },
            unacknowledged: 0,
            next_id: 1,
            id_at: templates[0].len().saturating_sub(after_topic + 2),
            templates,
            turn: 0,
        })
    }

    /// Room in the window again: a PUBACK or a PUBCOMP came.
    pub(crate) fn acknowledged(&mut self) {
        self.unacknowledged = self.unacknowledged.saturating_sub(1);
    }

    /// Appends what may be sent now, up to about one batch.
    pub(crate) fn fill(&mut self, out: &mut Vec<u8>) {
        if self.qos == 0 {
            while self.left > 0 && out.len() < BATCH {
                self.append(out);
            }
            return;
        }
        while self.left > 0 && self.unacknowledged < self.window && out.len() < BATCH {
            let start = out.len();
            self.append(out);
            out[start + self.id_at..][..2].copy_from_slice(&self.next_id.to_be_bytes());
            self.next_id = self.next_id.checked_add(1).unwrap_or(1);
            self.unacknowledged += 1;
        }
    }

    fn append(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.templates[self.turn]);
        self.turn = (self.turn + 1) % self.templates.len();
        self.left -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::{Packet, decode};

    #[test]
    fn ids_lie_where_the_decoder_looks_and_the_window_holds() {
        for level in [4, 5] {
            let mut flood = Flood::ordered_by(b"flood/1/5/10/3", level, false).unwrap();
            let mut out = Vec::new();
            flood.fill(&mut out);
            let mut ids = Vec::new();
            let mut rest = &out[..];
            while let Some((Packet::Publish { id, .. }, used)) = decode(rest).unwrap() {
                ids.push(id);
                rest = &rest[used..];
            }
            assert_eq!(ids, [1, 2, 3]);
            flood.acknowledged();
            out.clear();
            flood.fill(&mut out);
            assert_eq!(out.len(), flood.templates[0].len());
        }
    }

    #[test]
    fn topics_take_turns() {
        let mut flood = Flood::ordered_by(b"flood/0/5/10/0/3", 4, false).unwrap();
        let mut out = Vec::new();
        flood.fill(&mut out);
        let mut topics = Vec::new();
        let mut rest = &out[..];
        while let Some((Packet::Publish { topic, .. }, used)) = decode(rest).unwrap() {
            topics.push(topic.to_vec());
            rest = &rest[used..];
        }
        let [first, second, third, fourth, fifth] = &topics[..] else {
            panic!("five were ordered")
        };
        assert!(first != second && second != third && first != third);
        assert_eq!((first, second), (fourth, fifth));
    }

    #[test]
    fn other_filters_order_nothing() {
        assert!(Flood::ordered_by(b"echo", 4, false).is_none());
        assert!(Flood::ordered_by(b"flood/3/1/1/1", 4, true).is_none());
        assert!(Flood::ordered_by(b"flood/1/1/1/1/0", 4, true).is_none());
    }
}
