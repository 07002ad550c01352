//! Until the broker has read it: receipts of QoS 0 publishes, and flushes.

use super::{Machine, Phase};
use crate::error::OperationError;
use crate::proto::barrier::{MAX_UNANSWERED, Waiting};
use crate::proto::liveness::Liveness;
use crate::proto::operation::Request;
use crate::proto::{Delivered, Outcome};
use crate::types::{Instant, ReasonCode};

impl<T> Machine<T> {
    /// All before this flush has left: it waits until the broker has read that.
    pub(super) fn flush_reached(&mut self, flush: &Request, token: Option<T>) {
        let Some(token) = token else {
            return self.free(flush.cost);
        };
        self.barrier.push(Waiting {
            end: self.outgoing.end(),
            until: flush.until,
            cost: flush.cost,
            receipt: None,
            token,
        });
    }

    /// Rule L6: a PINGREQ follows what waits to be read, where none does yet.
    pub(super) fn send_barrier(&mut self, now: Instant) {
        let Some(end) = self.barrier.end() else {
            return;
        };
        let Some(liveness) = &mut self.liveness else {
            return;
        };
        if liveness.last_ping_end().is_some_and(|at| at >= end) {
            return;
        }
        // Nothing follows DISCONNECT, so there it cannot wait.
        let patient = !matches!(self.phase, Phase::Leaving(_));
        if patient && (liveness.has_unsent_barrier() || liveness.unanswered() >= MAX_UNANSWERED) {
            return;
        }
        let end = self.outgoing.append_ping();
        liveness.on_barrier_queued(now, end);
    }

    /// The offset up to which the broker has read, where a PINGRESP comes now.
    pub(super) fn read_up_to(&self) -> Option<u64> {
        self.liveness.as_ref().and_then(Liveness::oldest_ping_end)
    }

    /// The broker has read everything up to this offset.
    pub(super) fn handle_read(&mut self, offset: u64) {
        while let Some(read) = self.barrier.pop_read(offset) {
            self.free(read.cost);
            let mut outcome = Outcome::new(Ok(ReasonCode::Success), None);
            outcome.receipt = read.receipt;
            let token = read.token;
            self.delivered.push(Delivered::Completed { token, outcome });
        }
    }

    /// Nobody waits for some of it any more.
    pub(super) fn end_unread(&mut self, now: Instant) {
        for unread in self.barrier.take_overdue(now) {
            self.free(unread.cost);
            self.complete(Some(unread.token), Err(OperationError::TimedOut));
        }
    }

    /// Flushes that wait for the broker's answer alone: nothing of them is on its way.
    pub(super) fn cancel_flushes(&mut self) {
        let Some(is_cancelled) = self.cancels.look() else {
            return;
        };
        let is_flush = |it: &Waiting<T>| it.receipt.is_none() && is_cancelled(&it.token);
        for cancelled in self.barrier.take_those(is_flush) {
            self.free(cancelled.cost);
            self.complete(Some(cancelled.token), Err(OperationError::Cancelled));
        }
    }

    /// The connection that would tell is gone.
    pub(super) fn lose_barrier(&mut self, error: &OperationError) {
        for unread in self.barrier.take_all() {
            self.free(unread.cost);
            self.complete(Some(unread.token), Err(error.clone()));
        }
    }
}
