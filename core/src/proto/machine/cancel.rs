//! Operations that are not to be sent after all.

use std::time::Duration;

use super::Machine;
use crate::error::OperationError;
use crate::proto::operation::Operation;
use crate::proto::session::Ended;
use crate::proto::timers::Timer;
use crate::types::Instant;

/// Between two looks at all that is queued: so late may an outcome be where many are cancelled one
/// after the other. For each so many operations that are queued, once more.
const SWEEP_PAUSE: Duration = Duration::from_millis(50);
const PER_PAUSE: usize = 65_536;

/// What is known of cancelled operations.
#[derive(Debug)]
pub(super) struct Cancels<T> {
    /// `None` where none ever was: then nothing is looked at.
    is_cancelled: Option<fn(&T) -> bool>,
    /// From when on all that is queued may be looked at again.
    next_sweep: Instant,
}

impl<T> Default for Cancels<T> {
    fn default() -> Self {
        Cancels {
            is_cancelled: None,
            next_sweep: Instant::ORIGIN,
        }
    }
}

impl<T> Cancels<T> {
    /// Whether this is not to be sent any more. What some connection has sent goes on.
    #[inline]
    pub(super) fn has(&self, operation: &Operation<T>) -> bool {
        self.is_cancelled
            .is_some_and(|it| operation.token().is_some_and(it) && !operation.was_sent())
    }

    /// What says whether something is cancelled; `None` where nothing ever was.
    pub(super) fn look(&self) -> Option<fn(&T) -> bool> {
        self.is_cancelled
    }

    /// Whether nobody waits for this any more.
    pub(super) fn is_cancelled(&self, token: &Option<T>) -> bool {
        self.is_cancelled
            .is_some_and(|it| token.as_ref().is_some_and(it))
    }
}

impl<T> Machine<T> {
    /// Some operations are cancelled. However many commands say so, one look finds them all, and
    /// looks have a pause between them; what comes to its turn meanwhile is looked at then.
    pub(super) fn cancel(&mut self, now: Instant, is_cancelled: fn(&T) -> bool) {
        self.cancels.is_cancelled = Some(is_cancelled);
        self.timers.advance(Timer::Sweep, self.cancels.next_sweep);
        self.sweep(now);
    }

    /// Ends what is cancelled, where it is time to look.
    pub(super) fn sweep(&mut self, now: Instant) {
        if !self.timers.is_due(Timer::Sweep, now) {
            return;
        }
        self.timers.clear(Timer::Sweep);
        let (session, cancels) = (&mut self.session, &self.cancels);
        let looked_at = session.queue.len() + session.later.len();
        let mut ended = session.queue.extract(|it| cancels.has(it));
        ended.extend(session.later.extract_if(.., |it| cancels.has(it)));
        self.end_cancelled(ended);
        self.cancel_flushes();
        self.cancel_reauthentications();
        let pauses = u32::try_from(1 + looked_at / PER_PAUSE).unwrap_or(u32::MAX);
        self.cancels.next_sweep = now + SWEEP_PAUSE.saturating_mul(pauses);
    }

    /// Whether what is next was cancelled; it has ended then.
    #[inline]
    pub(super) fn end_cancelled_front(&mut self) -> bool {
        let front = self.session.queue.front();
        if !front.is_some_and(|it| self.cancels.has(it)) {
            return false;
        }
        let operation = self.session.queue.pop_front();
        self.end_cancelled(operation);
        true
    }

    fn end_cancelled(&mut self, operations: impl IntoIterator<Item = Operation<T>>) {
        let mut some_request = false;
        for operation in operations {
            some_request |= matches!(operation, Operation::Request(..));
            self.end(Ended::unsent(operation), Err(OperationError::Cancelled));
        }
        if some_request {
            self.subscribe_to_what_is_missing();
        }
    }
}
