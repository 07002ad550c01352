//! Which QoS 1 and 2 messages have been taken, so that their acknowledgements leave in the order of
//! arrival [MQTT-4.6.0-2] whoever took them in whatever order.

use std::collections::VecDeque;

/// The messages of the newest connection that are not acknowledged; those of earlier ones get no
/// acknowledgement any more.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    connection_number: u64,
    /// The place that the connection's first one has.
    start: u64,
    /// The place of the oldest.
    first: u64,
    taken: VecDeque<bool>,
}

impl Ledger {
    /// What follows came over this connection.
    pub(super) fn begin(&mut self, connection_number: u64) {
        self.first += self.taken.len() as u64;
        self.taken.clear();
        self.start = self.first;
        self.connection_number = connection_number;
    }

    pub(super) fn connection_number(&self) -> u64 {
        self.connection_number
    }

    /// A message came; gives its place.
    pub(super) fn arrived(&mut self) -> u64 {
        self.taken.push_back(false);
        self.first + self.taken.len() as u64 - 1
    }

    pub(super) fn taken(&mut self, place: u64) {
        if let Some(index) = place.checked_sub(self.first)
            && let Ok(index) = usize::try_from(index)
            && let Some(taken) = self.taken.get_mut(index)
        {
            *taken = true;
        }
    }

    /// Which one it is among those of its connection, from 0, where it is still in the ledger.
    pub(super) fn ordinal(&self, place: u64) -> Option<u64> {
        let known = self.first..self.first + self.taken.len() as u64;
        known.contains(&place).then(|| place - self.start)
    }

    /// How many of the oldest have been taken; they are in the ledger no more.
    pub(super) fn complete(&mut self) -> u32 {
        let mut count = 0;
        while self.taken.front() == Some(&true) && count < u32::MAX {
            self.taken.pop_front();
            count += 1;
        }
        self.first += u64::from(count);
        if self.taken.is_empty() && self.taken.capacity() > 4096 {
            self.taken = VecDeque::new();
        }
        count
    }

    /// The place of the oldest message, which holds back all that are behind it.
    pub(super) fn oldest(&self) -> Option<u64> {
        (!self.taken.is_empty()).then_some(self.first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_out_of_order_is_acknowledged_in_order() {
        let mut ledger = Ledger::default();
        ledger.begin(1);
        let places: Vec<u64> = (0..4).map(|_| ledger.arrived()).collect();
        ledger.taken(places[2]);
        ledger.taken(places[1]);
        assert_eq!(ledger.complete(), 0);
        assert_eq!(ledger.oldest(), Some(places[0]));
        ledger.taken(places[0]);
        assert_eq!(ledger.complete(), 3);
        assert_eq!(ledger.oldest(), Some(places[3]));
        ledger.taken(places[3]);
        assert_eq!((ledger.complete(), ledger.oldest()), (1, None));
        let last = ledger.arrived();
        assert_eq!(
            (ledger.ordinal(last), ledger.ordinal(places[3])),
            (Some(4), None)
        );
    }

    #[test]
    fn a_message_of_an_earlier_connection_counts_for_nothing() {
        let mut ledger = Ledger::default();
        ledger.begin(1);
        let old = ledger.arrived();
        ledger.begin(2);
        let new = ledger.arrived();
        ledger.taken(old);
        assert_eq!(ledger.complete(), 0);
        assert_eq!((ledger.ordinal(old), ledger.ordinal(new)), (None, Some(0)));
        ledger.taken(new);
        assert_eq!(ledger.complete(), 1);
        ledger.taken(u64::MAX);
        assert_eq!(ledger.complete(), 0);
    }
}
