//! What a client counts from its beginning, over all its connections.

use std::time::Duration;

use crate::codec::PacketType;

/// Packets by their type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PacketCounts([u64; 16]);

impl PacketCounts {
    /// How many of this type.
    pub const fn get(&self, packet_type: PacketType) -> u64 {
        self.0[packet_type as usize]
    }

    /// Those of all types.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Every type, ascending, with its number, 0 included.
    pub fn iter(&self) -> impl Iterator<Item = (PacketType, u64)> + '_ {
        PacketType::ALL
            .iter()
            .map(|packet_type| (*packet_type, self.get(*packet_type)))
    }

    #[inline]
    pub(super) fn add(&mut self, packet_type: PacketType) {
        self.0[packet_type as usize] += 1;
    }
}

/// How long PINGRESPs took, from when PINGREQ was handed to the socket: a histogram with fixed
/// buckets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoundTrips {
    counts: [u64; Self::BOUNDS.len() + 1],
    sum: Duration,
}

impl RoundTrips {
    /// The upper bounds of the buckets, each included; the last bucket has none.
    pub const BOUNDS: [Duration; 14] = [
        Duration::from_millis(1),
        Duration::from_millis(2),
        Duration::from_millis(5),
        Duration::from_millis(10),
        Duration::from_millis(25),
        Duration::from_millis(50),
        Duration::from_millis(100),
        Duration::from_millis(250),
        Duration::from_millis(500),
        Duration::from_millis(1000),
        Duration::from_millis(2500),
        Duration::from_millis(5000),
        Duration::from_secs(10),
        Duration::from_secs(30),
    ];

    /// How many fell into each bucket: one more than there are [`BOUNDS`](Self::BOUNDS).
    pub const fn counts(&self) -> &[u64; Self::BOUNDS.len() + 1] {
        &self.counts
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How long all of them took.
    pub const fn sum(&self) -> Duration {
        self.sum
    }

    pub(super) fn add(&mut self, took: Duration) {
        let bucket = Self::BOUNDS.partition_point(|bound| *bound < took);
        self.counts[bucket] += 1;
        self.sum = self.sum.saturating_add(took);
    }
}

/// How often a fault of the broker's was tolerated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FaultCount {
    /// The fault's name, as every language has it.
    pub name: &'static str,
    /// How often.
    pub count: u64,
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Grows with each change.
    serial: u64,
    /// Packets received, broken ones included where their type could be told.
    pub received: PacketCounts,
    /// Packets handed to the socket, in part at least.
    pub sent: PacketCounts,
    /// PINGREQ to PINGRESP.
    pub pings: RoundTrips,
    /// Each that there was, in the order in which they came first.
    pub faults: Vec<FaultCount>,
}

impl Tally {
    #[inline]
    pub(super) fn packet_received(&mut self, packet_type: PacketType) {
        self.serial += 1;
        self.received.add(packet_type);
    }

    #[inline]
    pub(super) fn packet_sent(&mut self, packet_type: PacketType) {
        self.serial += 1;
        self.sent.add(packet_type);
    }

    pub(super) fn pinged(&mut self, took: Duration) {
        self.serial += 1;
        self.pings.add(took);
    }

    /// The broker did what it must not do, and that was tolerated. `name` is one of a few.
    pub fn tolerated(&mut self, name: &'static str) {
        self.serial += 1;
        match self.faults.iter_mut().find(|fault| fault.name == name) {
            Some(fault) => fault.count += 1,
            None => self.faults.push(FaultCount { name, count: 1 }),
        }
    }

    /// Becomes equal to `newer`, a later state of the same: quick where nothing changed, and without
    /// an allocation, as a rule.
    #[inline]
    pub fn follow(&mut self, newer: &Tally) {
        if self.serial != newer.serial {
            self.serial = newer.serial;
            self.received = newer.received;
            self.sent = newer.sent;
            self.pings = newer.pings;
            self.faults.clone_from(&newer.faults);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_trip_is_in_the_bucket_whose_bound_it_does_not_pass() {
        let mut trips = RoundTrips::default();
        let ms = Duration::from_millis;
        for took in [
            Duration::ZERO,
            ms(1),
            ms(1) + Duration::from_nanos(1),
            ms(30_000),
            ms(31_000),
        ] {
            trips.add(took);
        }
        let counts = trips.counts();
        assert_eq!((counts[0], counts[1], counts[13], counts[14]), (2, 1, 1, 1));
        assert_eq!((trips.count(), trips.sum().as_millis()), (5, 61_002));
    }

    #[test]
    fn a_copy_follows() {
        let (mut tally, mut copy) = (Tally::default(), Tally::default());
        tally.packet_sent(PacketType::Publish);
        tally.packet_received(PacketType::PubAck);
        tally.pinged(Duration::from_millis(3));
        for name in ["a", "b", "a"] {
            tally.tolerated(name);
        }
        copy.follow(&tally);
        assert_eq!(copy.sent.get(PacketType::Publish), 1);
        assert_eq!((copy.sent.total(), copy.received.total()), (1, 1));
        assert_eq!(copy.received.iter().nth(3), Some((PacketType::PubAck, 1)));
        assert_eq!(copy.pings.count(), 1);
        let faults: Vec<_> = copy.faults.iter().map(|it| (it.name, it.count)).collect();
        assert_eq!(faults, [("a", 2), ("b", 1)]);
        tally.tolerated("b");
        copy.follow(&tally);
        assert_eq!(copy.faults, tally.faults);
    }
}
