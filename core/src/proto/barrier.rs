//! What waits until the broker has read it (rule L6: a PINGRESP says that it read everything before
//! the PINGREQ): QoS 0 publishes with a receipt, and flushes.
//!
//! One PINGREQ answers for all that was written before it. It follows what is written, and the
//! next one goes only when the socket has taken it, so at most one more goes with each write; and
//! only so many are unanswered that a slow broker is not asked for more than it reads.

use std::collections::VecDeque;

use super::Receipt;
use crate::types::Instant;

/// From so many unanswered PINGREQs on, what waits goes with the next one, when one was answered.
pub(super) const MAX_UNANSWERED: usize = 8;

/// In the order of the stream. Each counts in the outbound queue, which bounds it.
#[derive(Debug)]
pub(super) struct Barrier<T>(VecDeque<Waiting<T>>);

/// Something that the broker is to read.
#[derive(Debug)]
pub(super) struct Waiting<T> {
    /// The stream offset at which it ends.
    pub(super) end: u64,
    /// When nobody waits for it any more.
    pub(super) until: Option<Instant>,
    /// What it costs in the outbound queue.
    pub(super) cost: Option<usize>,
    /// What its outcome says of it.
    pub(super) receipt: Option<Receipt>,
    pub(super) token: T,
}

impl<T> Barrier<T> {
    pub(super) fn push(&mut self, waiting: Waiting<T>) {
        self.0.push_back(waiting);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where the last of them ends.
    #[inline]
    pub(super) fn end(&self) -> Option<u64> {
        self.0.back().map(|it| it.end)
    }

    /// The oldest, where it ends at this offset or before.
    pub(super) fn pop_read(&mut self, offset: u64) -> Option<Waiting<T>> {
        self.0.front().filter(|it| it.end <= offset)?;
        self.0.pop_front()
    }

    /// So many bytes are put into the stream at this offset.
    pub(super) fn shift(&mut self, offset: u64, bytes: u64) {
        for waiting in self.0.iter_mut().rev() {
            if waiting.end <= offset {
                break;
            }
            waiting.end += bytes;
        }
    }

    /// Those that nobody waits for any more.
    pub(super) fn take_overdue(&mut self, now: Instant) -> Vec<Waiting<T>> {
        self.take_those(|it| it.until.is_some_and(|at| at <= now))
    }

    /// Those of which this is true.
    pub(super) fn take_those(&mut self, are: impl Fn(&Waiting<T>) -> bool) -> Vec<Waiting<T>> {
        if !self.0.iter().any(&are) {
            return Vec::new();
        }
        let (those, left) = std::mem::take(&mut self.0)
            .into_iter()
            .partition::<VecDeque<_>, _>(are);
        self.0 = left;
        those.into()
    }

    /// When the next of them is overdue.
    pub(super) fn deadline(&self) -> Option<Instant> {
        Instant::earliest(self.0.iter().map(|it| it.until))
    }

    /// All of them: there is no connection any more that could answer.
    pub(super) fn take_all(&mut self) -> VecDeque<Waiting<T>> {
        std::mem::take(&mut self.0)
    }

    /// Gives memory back that only a busy connection needs.
    pub(super) fn shrink(&mut self) {
        if self.0.is_empty() {
            self.0 = VecDeque::new();
        }
    }
}

impl<T> Default for Barrier<T> {
    fn default() -> Self {
        Barrier(VecDeque::new())
    }
}
