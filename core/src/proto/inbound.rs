//! What the broker sent and we have not finished: withheld acknowledgements (rule L12) and the
//! identifiers of QoS 2 messages. The latter are the client's half of the session's inbound state.

use std::collections::{HashMap, VecDeque};
use std::num::NonZeroU16;

use super::Refusal;
use crate::types::QoS;

/// An acknowledgement that waits until the application has taken its message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Withheld {
    pub(super) packet_id: NonZeroU16,
    pub(super) qos: QoS,
}

/// A set, one bit each: 8 KiB where a broker uses the largest, and while there is one.
#[derive(Debug, Default)]
struct PacketIds {
    words: Vec<u64>,
    count: u32,
}

/// An empty set keeps no more than 512 bytes.
const KEPT_WORDS: usize = 64;

impl PacketIds {
    fn place(packet_id: NonZeroU16) -> (usize, u64) {
        let id = packet_id.get();
        (usize::from(id / 64), 1 << (id % 64))
    }

    /// `false`: it was there.
    fn insert(&mut self, packet_id: NonZeroU16) -> bool {
        let (word, bit) = Self::place(packet_id);
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        let new = self.words[word] & bit == 0;
        self.words[word] |= bit;
        self.count += u32::from(new);
        new
    }

    fn contains(&self, packet_id: NonZeroU16) -> bool {
        let (word, bit) = Self::place(packet_id);
        self.words.get(word).is_some_and(|bits| bits & bit != 0)
    }

    /// `false`: it was not there.
    fn remove(&mut self, packet_id: NonZeroU16) -> bool {
        let there = self.contains(packet_id);
        let (word, bit) = Self::place(packet_id);
        if there {
            self.words[word] &= !bit;
            self.count -= 1;
            if self.count == 0 && self.words.len() > KEPT_WORDS {
                self.words = Vec::new();
            }
        }
        there
    }

    fn clear(&mut self) {
        *self = PacketIds::default();
    }
}

#[derive(Debug, Default)]
pub(super) struct Inbound {
    /// Oldest first, as acknowledgements must leave in order [MQTT-4.6.0-2] [MQTT-4.6.0-3].
    withheld: VecDeque<Withheld>,
    /// How many of this connection have been acknowledged.
    acknowledged: u64,
    /// Of those that are withheld, by their place among all of the connection.
    refusals: HashMap<u64, Box<Refusal>>,
    /// QoS 2 messages delivered and not yet released by PUBREL.
    unreleased: PacketIds,
    /// Those whose PUBREC has not been sent yet.
    unrecorded: PacketIds,
    /// QoS 2 messages of earlier connections that PUBREL had not released at the beginning of this
    /// one: none of its Receive Maximum.
    carried: u32,
    /// Bytes of delivered messages that the application has not taken.
    pub(super) bytes: usize,
}

impl Inbound {
    /// A QoS 1 message came.
    pub(super) fn at_least_once(&mut self, packet_id: NonZeroU16) {
        self.withheld.push_back(Withheld {
            packet_id,
            qos: QoS::AtLeastOnce,
        });
    }

    /// A QoS 2 message came. `false`: it is a repetition of one that was delivered
    /// [MQTT-4.3.3-10].
    pub(super) fn exactly_once(&mut self, packet_id: NonZeroU16) -> bool {
        if !self.unreleased.insert(packet_id) {
            return false;
        }
        self.unrecorded.insert(packet_id);
        self.withheld.push_back(Withheld {
            packet_id,
            qos: QoS::ExactlyOnce,
        });
        true
    }

    /// Whether the PUBREC of this QoS 2 message waits for the application.
    pub(super) fn is_unrecorded(&self, packet_id: NonZeroU16) -> bool {
        self.unrecorded.contains(packet_id)
    }

    /// The message of this place in the connection is to be refused; the first word counts.
    pub(super) fn refuse(&mut self, ordinal: u64, refusal: Box<Refusal>) {
        let withheld = self.acknowledged..self.acknowledged + self.withheld.len() as u64;
        if withheld.contains(&ordinal) {
            self.refusals.entry(ordinal).or_insert(refusal);
        }
    }

    /// Whether what [`acknowledge`](Self::acknowledge) gave last is a refusal.
    #[inline]
    pub(super) fn refusal(&mut self) -> Option<Box<Refusal>> {
        if self.refusals.is_empty() {
            return None;
        }
        self.refusals.remove(&(self.acknowledged - 1))
    }

    /// How many messages of this connection are unacknowledged, QoS 2 ones until PUBREL. Where some
    /// are left of earlier connections, it may be less than that, never more.
    #[inline]
    pub(super) fn unfinished(&self) -> usize {
        let released = self.unrecorded.count + self.carried;
        (self.withheld.len() + self.unreleased.count as usize).saturating_sub(released as usize)
    }

    /// The next acknowledgement, now that the application took its message.
    pub(super) fn acknowledge(&mut self) -> Option<Withheld> {
        let next = self.withheld.pop_front()?;
        self.acknowledged += 1;
        if next.qos == QoS::ExactlyOnce {
            self.unrecorded.remove(next.packet_id);
        }
        Some(next)
    }

    /// PUBREL came. `false`: no such message is known.
    pub(super) fn release(&mut self, packet_id: NonZeroU16) -> bool {
        self.unreleased.remove(packet_id)
    }

    /// The connection ended: the broker repeats what is unacknowledged [MQTT-4.4.0-1], under
    /// identifiers that then mean new deliveries, except QoS 2 ones that were delivered.
    pub(super) fn connection_lost(&mut self) {
        self.withheld.clear();
        self.unrecorded.clear();
        self.acknowledged = 0;
        self.refusals.clear();
        self.carried = self.unreleased.count;
    }

    /// The session ended.
    pub(super) fn session_lost(&mut self) {
        self.connection_lost();
        self.unreleased.clear();
        self.carried = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u16) -> NonZeroU16 {
        NonZeroU16::new(n).unwrap_or(NonZeroU16::MIN)
    }

    #[test]
    fn acknowledgements_keep_the_order_of_arrival() {
        let mut inbound = Inbound::default();
        inbound.at_least_once(id(5));
        assert!(inbound.exactly_once(id(3)));
        inbound.at_least_once(id(9));
        let order: Vec<u16> = std::iter::from_fn(|| inbound.acknowledge())
            .map(|ack| ack.packet_id.get())
            .collect();
        assert_eq!(order, [5, 3, 9]);
    }

    #[test]
    fn the_first_and_the_last_packet_id_are_told_apart() {
        let mut ids = PacketIds::default();
        for n in [1, 63, 64, u16::MAX] {
            assert!(!ids.remove(id(n)));
            assert!(ids.insert(id(n)));
            assert!(!ids.insert(id(n)));
        }
        assert!(ids.remove(id(64)));
        assert!(ids.contains(id(63)) && !ids.contains(id(64)) && !ids.contains(id(65)));
        assert!(ids.contains(id(1)) && ids.contains(id(u16::MAX)));
        ids.clear();
        assert!(!ids.contains(id(1)));
        assert!(ids.insert(id(u16::MAX)) && ids.remove(id(u16::MAX)));
        assert_eq!(
            (ids.count, ids.words.capacity()),
            (0, 0),
            "an idle session keeps it"
        );
    }

    #[test]
    fn qos_2_is_delivered_once_until_released() {
        let mut inbound = Inbound::default();
        assert!(inbound.exactly_once(id(1)));
        assert!(!inbound.exactly_once(id(1)));
        assert!(inbound.is_unrecorded(id(1)));
        inbound.acknowledge();
        assert!(!inbound.is_unrecorded(id(1)));
        // A new connection of the same session still knows it.
        inbound.connection_lost();
        assert!(!inbound.exactly_once(id(1)));
        assert!(inbound.release(id(1)));
        assert!(!inbound.release(id(1)));
        assert!(inbound.exactly_once(id(1)));
    }
}
