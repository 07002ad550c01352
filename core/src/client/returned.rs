//! Messages that handlers gave back, and will get again.

use super::queue::Item;
use crate::types::Instant;

#[derive(Debug, Default)]
pub(super) struct Returned {
    /// In the order of their times, as all wait equally long.
    waiting: Vec<(Instant, u64, Item)>,
}

impl Returned {
    /// `taker` gets it again at this time.
    pub(super) fn push(&mut self, at: Instant, taker: u64, item: Item) {
        self.waiting.push((at, taker, item));
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.waiting.first().map(|(at, ..)| *at)
    }

    /// Those whose time has come, and who gets each.
    pub(super) fn due(&mut self, now: Instant) -> Vec<(u64, Item)> {
        let due = self.waiting.extract_if(.., |(at, ..)| *at <= now);
        let due = due.map(|(_, taker, item)| (taker, item)).collect();
        if self.waiting.is_empty() {
            self.waiting = Vec::new();
        }
        due
    }

    pub(super) fn clear(&mut self) {
        self.waiting = Vec::new();
    }
}
