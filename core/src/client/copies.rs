//! Several copies of one message, where a broker sends one for each of the subscriptions that match
//! it (section 3.3.4): which of them is the first that a taker gets.
//!
//! A broker must say in a single copy for which subscriptions it is [MQTT-3.3.4-4], but one that did
//! not would have its messages lost if each taker waited for a copy of its own. So a broker is not
//! believed before it has sent two copies of one message: until then, and where identifiers tell
//! too little, the first copy is for all, and those that follow within [`LIFE`] are for nobody.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use super::identifiers::Copy;
use crate::types::{Instant, Message, Property};

/// The other copies of a message come so soon after the first, or are taken for others.
const LIFE: Duration = Duration::from_secs(2);

/// So many kinds of messages are remembered, in sets of [`WAYS`].
const SETS: usize = 256;
const WAYS: usize = 4;

#[derive(Debug, Default)]
pub(super) struct Copies {
    hasher: RandomState,
    /// The broker of this connection has sent a second copy.
    pub(super) proven: bool,
    /// None before the first is needed.
    sets: Vec<[Record; WAYS]>,
}

/// Messages of which some copies have come. That it is the same message is told by a hash of what
/// it is, with a key that nobody knows.
#[derive(Clone, Copy, Debug)]
struct Record {
    hash: u64,
    /// For which filters.
    seen: u64,
    /// Of so many messages that are alike; 0: it is free.
    count: u32,
    /// The first copy went to all.
    to_all: bool,
    until: Instant,
}

const FREE: Record = Record {
    hash: 0,
    seen: 0,
    count: 0,
    to_all: false,
    until: Instant::ORIGIN,
};

/// What came before of the same message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Earlier {
    /// For which filters; none: this is the first copy.
    pub(super) seen: u64,
    /// The first copy went to all.
    pub(super) to_all: bool,
}

impl Copies {
    /// Another broker, perhaps.
    pub(super) fn unlearn(&mut self) {
        self.proven = false;
    }

    /// The filters are others: their places mean something else.
    pub(super) fn forget(&mut self) {
        for set in &mut self.sets {
            set.fill(FREE);
        }
    }

    /// A copy came; what came of it before. `to_all`: where it is the first, all get it.
    pub(super) fn note(
        &mut self,
        message: &Message,
        copy: Copy,
        to_all: bool,
        now: Instant,
    ) -> Earlier {
        let hash = self.hash(message);
        if self.sets.is_empty() {
            self.sets = vec![[FREE; WAYS]; SETS];
        }
        let Some(set) = self.sets.get_mut(hash as usize % SETS) else {
            return Earlier::default();
        };
        let same = |it: &&mut Record| {
            it.count > 0 && it.hash == hash && it.until > now && it.seen & copy.of == 0
        };
        let found = set
            .iter_mut()
            .filter(same)
            .max_by_key(|it| it.seen.count_ones());
        let Some(found) = found else {
            put(set, hash, copy.of, to_all, now);
            return Earlier::default();
        };
        found.count -= 1;
        let earlier = Earlier {
            seen: found.seen,
            to_all: found.to_all,
        };
        let seen = earlier.seen | copy.of;
        if seen != copy.all {
            put(set, hash, seen, earlier.to_all, now);
        }
        self.proven = true;
        earlier
    }

    /// Of all that copies have in common.
    fn hash(&self, message: &Message) -> u64 {
        let mut bytes = Vec::new();
        for property in &message.properties {
            match property {
                Property::CorrelationData(data) => bytes.push(&data[..]),
                Property::UserProperty(name, value) => {
                    bytes.extend([name.as_bytes(), value.as_bytes()]);
                }
                _ => {}
            }
        }
        let common = (message.topic.as_bytes(), &message.payload[..], bytes);
        self.hasher.hash_one(common)
    }
}

fn put(set: &mut [Record; WAYS], hash: u64, seen: u64, to_all: bool, now: Instant) {
    let alive = |it: &Record| it.count > 0 && it.until > now;
    let same =
        |it: &&mut Record| alive(it) && it.hash == hash && it.seen == seen && it.to_all == to_all;
    let until = now + LIFE;
    if let Some(same) = set.iter_mut().find(same) {
        same.count = same.count.saturating_add(1);
        same.until = until;
        return;
    }
    // A free one, or the oldest.
    let worst = set.iter_mut().min_by_key(|it| (alive(it), it.until));
    if let Some(worst) = worst {
        *worst = Record {
            hash,
            seen,
            count: 1,
            to_all,
            until,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::TopicName;

    fn message(payload: &'static str) -> Message {
        Message::new(TopicName::try_from("a/b").unwrap(), payload)
    }

    fn of(of: u64) -> Copy {
        Copy {
            of,
            all: 7,
            unnamed: 0,
            settled: true,
        }
    }

    const NOW: Instant = Instant::from_nanos(1_000_000_000);

    fn seen(copies: &mut Copies, payload: &'static str, copy: u64) -> u64 {
        copies.note(&message(payload), of(copy), true, NOW).seen
    }

    #[test]
    fn copies_are_paired_in_whatever_order_they_come() {
        let mut copies = Copies::default();
        for (copy, expected) in [
            (1, 0),
            (1, 0),
            (2, 1),
            (2, 1),
            (4, 3),
            (4, 3),
            (4, 0),
            (1, 4),
        ] {
            assert_eq!(seen(&mut copies, "x", copy), expected);
        }
        assert!(copies.proven);
        // Of other messages, or of none that is remembered.
        assert_eq!(seen(&mut copies, "y", 2), 0);
        copies.forget();
        assert_eq!(seen(&mut copies, "y", 1), 0);
        assert!(copies.proven);
        copies.unlearn();
        assert!(!copies.proven);
    }

    #[test]
    fn the_same_again_is_another_message() {
        let mut copies = Copies::default();
        for _ in 0..10 {
            assert_eq!(seen(&mut copies, "x", 3), 0);
        }
        assert!(!copies.proven);
        let later = NOW + LIFE;
        let earlier = copies.note(&message("x"), of(4), false, later);
        assert_eq!(earlier, Earlier::default());
    }

    #[test]
    fn the_oldest_goes_where_there_is_no_room() {
        let mut copies = Copies::default();
        for round in 0..20_000_u32 {
            let text = round.to_string();
            let topic = TopicName::try_from("a").unwrap();
            copies.note(&Message::new(topic, text), of(1), true, NOW);
        }
        assert_eq!(copies.sets.len(), SETS);
        assert!(copies.sets.iter().flatten().all(|record| record.count == 1));
    }
}
