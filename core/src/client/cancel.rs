//! Operations that are not to be sent after all.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use super::inbox::Inbox;
use super::requests::Requests;
use crate::error::OperationError;

/// Cancels an operation that is still queued; of [`Completion::cancellable`](super::Completion::cancellable).
///
/// Only what no connection has sent yet can be cancelled: its outcome is then
/// [`OperationError::Cancelled`](crate::error::OperationError::Cancelled), and it never leaves.
/// What was sent goes on, also where it waits to be sent again, and has the outcome that it would
/// have had. So does what is cancelled after its outcome. What waits and is no packet ends: a flush
/// until the broker's answer, a request until its response.
///
/// One can be given to several operations of one client
/// ([`Completion::cancelled_by`](super::Completion::cancelled_by)); it cancels all of them that are
/// still queued, and those that it is given to afterwards.
#[derive(Clone, Debug, Default)]
pub struct Canceller(pub(super) Arc<Ticket>);

impl Canceller {
    /// One that no operation has yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels it, where it was not sent. The completion tells whether it was; it comes within about
    /// 50 ms where many are cancelled one after the other, else at once. It does not block, and
    /// repeating it does nothing. In a forked child it does nothing.
    pub fn cancel(&self) {
        self.0.cancel();
    }
}

/// Whether an operation is cancelled, and who is to be told of that.
#[derive(Debug, Default)]
pub(super) struct Ticket {
    cancelled: AtomicBool,
    /// Of the client that took the operation.
    inbox: OnceLock<Weak<Inbox>>,
    /// Requests, which wait for their responses when they were sent, too.
    requests: Mutex<Vec<(Weak<Requests>, u64)>>,
}

impl Ticket {
    /// A client takes the operation. Whether it is cancelled already.
    pub(super) fn take(&self, inbox: &Arc<Inbox>) -> bool {
        self.inbox.get_or_init(|| Arc::downgrade(inbox));
        self.is_cancelled()
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    fn requests(&self) -> MutexGuard<'_, Vec<(Weak<Requests>, u64)>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This request is cancelled by it, too, also while it waits for its response.
    pub(super) fn take_request(&self, requests: &Arc<Requests>, id: u64) {
        let mut held = self.requests();
        // Those that have ended need no place; looked at when as many have come as there were.
        if held.len() == held.capacity() {
            held.retain(|(requests, id)| requests.upgrade().is_some_and(|it| it.is_pending(*id)));
        }
        held.push((Arc::downgrade(requests), id));
        drop(held);
        if self.is_cancelled() {
            requests.finish(id, Err(OperationError::Cancelled.into()));
        }
    }

    pub(super) fn cancel(&self) {
        if super::fork::check().is_err() || self.cancelled.swap(true, Ordering::AcqRel) {
            return;
        }
        let requests = std::mem::take(&mut *self.requests());
        for (requests, id) in requests {
            if let Some(requests) = requests.upgrade() {
                requests.finish(id, Err(OperationError::Cancelled.into()));
            }
        }
        // Without one no client has taken it yet, and the one that does looks.
        if let Some(inbox) = self.inbox.get().and_then(Weak::upgrade) {
            inbox.push_cancel();
        }
    }
}
