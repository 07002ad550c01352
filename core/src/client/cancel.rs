//! Operations that are not to be sent after all.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use super::inbox::Inbox;

/// Cancels an operation that is still queued; of [`Completion::cancellable`](super::Completion::cancellable).
///
/// Only what no connection has sent yet can be cancelled: its outcome is then
/// [`OperationError::Cancelled`](crate::error::OperationError::Cancelled), and it never leaves.
/// What was sent goes on, also where it waits to be sent again, and has the outcome that it would
/// have had. So does what is cancelled after its outcome.
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

    pub(super) fn cancel(&self) {
        if super::fork::check().is_err() || self.cancelled.swap(true, Ordering::AcqRel) {
            return;
        }
        // Without one no client has taken it yet, and the one that does looks.
        if let Some(inbox) = self.inbox.get().and_then(Weak::upgrade) {
            inbox.push_cancel();
        }
    }
}
