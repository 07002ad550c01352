//! What is due when.

use crate::Ms;

/// Further ahead than any delay.
const SLOTS: usize = 1 << 18;

/// A slot that had its day keeps no more room than this.
const KEPT: usize = 1 << 10;

/// One slot for each millisecond.
pub(crate) struct Wheel<E>(Vec<Vec<E>>);

impl<E> Wheel<E> {
    pub(crate) fn new() -> Self {
        Wheel((0..SLOTS).map(|_| Vec::new()).collect())
    }

    pub(crate) fn push(&mut self, now: Ms, at: Ms, event: E) {
        assert!(at > now && (at - now) < SLOTS as Ms, "{at} at {now}");
        self.0[at as usize % SLOTS].push(event);
    }

    /// What is due now, in the order in which it was pushed. To be given back.
    pub(crate) fn take(&mut self, now: Ms) -> Vec<E> {
        std::mem::take(&mut self.0[now as usize % SLOTS])
    }

    pub(crate) fn give_back(&mut self, now: Ms, mut slot: Vec<E>) {
        slot.clear();
        slot.shrink_to(KEPT);
        self.0[now as usize % SLOTS] = slot;
    }
}
