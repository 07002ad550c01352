use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::cancel::{Canceller, Ticket};
use super::fork;
use super::identifiers::Change;
use super::inbox::Inbox;
use super::mailbox::{Mailbox, Registration};
use crate::error::OperationError;
use crate::proto::Outcome;

/// What is to happen when an operation ends. Each accepted one happens exactly once, even where
/// the library itself fails.
pub struct Completion(Option<Kind>);

enum Kind {
    Call(Call),
    Deliver(Sender),
    Noticed(Box<Noticed>),
    Cancellable(Box<Cancellable>),
    Changing(Box<(Change, Completion)>),
}

type Callback = Box<dyn FnOnce(&Outcome) + Send>;

/// An operation that the client itself follows, before whoever waits for it.
struct Noticed {
    notice: Callback,
    inner: Completion,
}

/// An operation that somebody may cancel.
struct Cancellable {
    ticket: Arc<Ticket>,
    inner: Completion,
}

impl Completion {
    /// Nobody waits for the outcome.
    pub const fn none() -> Self {
        Completion(None)
    }

    /// Whether nobody waits for the outcome.
    #[inline]
    pub(super) const fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// Calls `f` on the client's message lane.
    pub fn call(f: impl FnOnce(&Outcome) + Send + 'static) -> Self {
        Completion(Some(Kind::Call(Call(Some(Box::new(f))))))
    }

    /// A completion, and the [`Delivery`] that it resolves, whatever the client's lanes are
    /// busy with.
    pub fn delivery() -> (Self, Delivery) {
        let slot = Arc::new(Slot::default());
        let sender = Sender(Some(Arc::clone(&slot)));
        let delivery = Delivery {
            slot,
            registration: Registration::default(),
        };
        (Completion(Some(Kind::Deliver(sender))), delivery)
    }

    /// Itself, and what cancels its operation while that is queued. A [`Delivery`] has
    /// [`cancel`](Delivery::cancel) besides.
    pub fn cancellable(self) -> (Self, Canceller) {
        let canceller = Canceller::new();
        (self.cancelled_by(&canceller), canceller)
    }

    /// Itself, whose operation this canceller cancels while it is queued. All operations that one
    /// canceller has are of one client.
    #[must_use]
    pub fn cancelled_by(self, canceller: &Canceller) -> Self {
        Completion(Some(Kind::Cancellable(Box::new(Cancellable {
            ticket: Arc::clone(&canceller.0),
            inner: self,
        }))))
    }

    /// A client takes its operation. Whether it was cancelled before.
    pub(super) fn take(&self, inbox: &Arc<Inbox>) -> bool {
        match &self.0 {
            None | Some(Kind::Call(_)) => false,
            Some(Kind::Deliver(sender)) => sender.slot().is_some_and(|it| it.ticket.take(inbox)),
            Some(Kind::Noticed(noticed)) => noticed.inner.take(inbox),
            Some(Kind::Cancellable(it)) => it.ticket.take(inbox) | it.inner.take(inbox),
            Some(Kind::Changing(it)) => it.1.take(inbox),
        }
    }

    /// Whether its operation is not to be sent any more.
    pub(super) fn is_cancelled(&self) -> bool {
        match &self.0 {
            None | Some(Kind::Call(_)) => false,
            Some(Kind::Deliver(sender)) => sender.slot().is_some_and(|it| it.ticket.is_cancelled()),
            Some(Kind::Noticed(noticed)) => noticed.inner.is_cancelled(),
            Some(Kind::Cancellable(it)) => it.ticket.is_cancelled() || it.inner.is_cancelled(),
            Some(Kind::Changing(it)) => it.1.is_cancelled(),
        }
    }

    /// `notice` is library code that blocks nowhere: it is called wherever the outcome is known.
    pub(super) fn noticed(self, notice: impl FnOnce(&Outcome) + Send + 'static) -> Self {
        Completion(Some(Kind::Noticed(Box::new(Noticed {
            notice: Box::new(notice),
            inner: self,
        }))))
    }

    /// Itself, of an operation that changes what the broker has.
    pub(super) fn changing(self, change: Change) -> Self {
        Completion(Some(Kind::Changing(Box::new((change, self)))))
    }

    /// What its operation changes, and itself without that.
    pub(super) fn split(self) -> (Option<Change>, Self) {
        match self.0 {
            Some(Kind::Changing(it)) => (Some(it.0), it.1),
            kind => (None, Completion(kind)),
        }
    }

    /// Itself, where somebody waits.
    pub(super) fn into_token(self) -> Option<Self> {
        self.0.is_some().then_some(self)
    }

    /// Does what needs no lane. What is left, if anything, is to be called on one.
    pub(super) fn settle(self, outcome: &Outcome) -> Option<Self> {
        match self.0 {
            None => None,
            Some(Kind::Call(_)) => Some(self),
            Some(Kind::Deliver(mut sender)) => {
                sender.send(outcome.clone());
                None
            }
            Some(Kind::Noticed(noticed)) => {
                let Noticed { notice, inner } = *noticed;
                notice(outcome);
                inner.settle(outcome)
            }
            Some(Kind::Cancellable(it)) => it.inner.settle(outcome),
            Some(Kind::Changing(it)) => it.1.settle(outcome),
        }
    }

    /// Whether [`settle`](Self::settle) would do nothing.
    pub(super) fn needs_lane(&self) -> bool {
        matches!(self.0, Some(Kind::Call(_)))
    }

    /// Whether it is a call in the end.
    pub(super) fn is_call(&self) -> bool {
        match &self.0 {
            Some(Kind::Noticed(noticed)) => noticed.inner.is_call(),
            Some(Kind::Cancellable(it)) => it.inner.is_call(),
            Some(Kind::Changing(it)) => it.1.is_call(),
            _ => self.needs_lane(),
        }
    }

    /// Settles, and calls what is to be called.
    pub(super) fn complete(self, outcome: &Outcome) {
        if let Some(Completion(Some(Kind::Call(mut call)))) = self.settle(outcome)
            && let Some(f) = call.0.take()
        {
            f(outcome);
        }
    }
}

impl fmt::Debug for Completion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            None => "Completion::none",
            Some(Kind::Call(_)) => "Completion::call",
            Some(Kind::Deliver(_)) => "Completion::delivery",
            Some(Kind::Noticed(_)) => "Completion::noticed",
            Some(Kind::Cancellable(_)) => "Completion::cancellable",
            Some(Kind::Changing(_)) => "Completion::changing",
        })
    }
}

/// A callback that was accepted is called, whatever happens: where the engine fails and drops it,
/// it waits in its thread's list of orphans for a lane that calls it.
struct Call(Option<Callback>);

thread_local! {
    static ORPHANS: RefCell<Option<Vec<Completion>>> = const { RefCell::new(None) };
}

/// From now on callbacks that this thread drops without a call are kept for [`orphans`]. For the
/// engine's thread, on which no application code runs: elsewhere a drop means that the operation
/// was refused.
pub(super) fn keep_orphans() {
    ORPHANS.with_borrow_mut(|orphans| {
        orphans.get_or_insert_default();
    });
}

/// Whether this is the engine's thread.
#[cfg(feature = "engine")]
pub(super) fn on_engine_thread() -> bool {
    let is = ORPHANS.try_with(|orphans| orphans.borrow().is_some());
    is.unwrap_or(false)
}

/// The callbacks that this thread has dropped without a call since the last time.
pub(super) fn orphans() -> Vec<Completion> {
    let take = |orphans: &mut Option<Vec<_>>| orphans.as_mut().map(std::mem::take);
    ORPHANS.with_borrow_mut(take).unwrap_or_default()
}

impl Drop for Call {
    fn drop(&mut self) {
        let Some(f) = self.0.take() else { return };
        // A thread that ends has no list any more.
        let _ = ORPHANS.try_with(|orphans| {
            if let Some(orphans) = &mut *orphans.borrow_mut() {
                orphans.push(Completion(Some(Kind::Call(Call(Some(f))))));
            }
        });
    }
}

/// The outcome of an operation to come: await it, on any executor, or wait for it.
///
/// Dropping it changes nothing for the operation; [`cancel`](Self::cancel) does. In a forked child the outcome is
/// [`OperationError::Closed`].
#[derive(Debug)]
pub struct Delivery {
    slot: Arc<Slot>,
    registration: Registration,
}

#[derive(Debug, Default)]
struct Slot {
    outcome: Mailbox<Option<Outcome>>,
    ticket: Ticket,
}

fn closed() -> Outcome {
    Outcome::new(Err(OperationError::Closed), None)
}

impl Delivery {
    /// Waits for the outcome; `None` where it has not come within `timeout`. Not from inside a
    /// handler of an executor that must go on.
    pub fn wait_timeout(&self, timeout: Duration) -> Option<Outcome> {
        if fork::check().is_err() {
            return Some(closed());
        }
        self.slot.outcome.wait_timeout(timeout, Option::take)
    }

    /// Cancels the operation where it is still queued, as [`Canceller::cancel`] does: the outcome is
    /// then [`OperationError::Cancelled`]. What was sent goes on, and has the outcome that it would
    /// have had, so wait for it in either case.
    pub fn cancel(&self) {
        self.slot.ticket.cancel();
    }
}

impl Future for Delivery {
    type Output = Outcome;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        if fork::check().is_err() {
            return Poll::Ready(closed());
        }
        let Delivery { slot, registration } = &mut *self;
        slot.outcome.poll(registration, cx, Option::take)
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.slot.outcome.forget(&mut self.registration);
    }
}

struct Sender(Option<Arc<Slot>>);

impl Sender {
    fn slot(&self) -> Option<&Slot> {
        self.0.as_deref()
    }

    fn send(&mut self, outcome: Outcome) {
        if let Some(slot) = self.0.take() {
            slot.outcome.change(|state| *state = Some(outcome));
        }
    }
}

impl Drop for Sender {
    /// Whoever awaits must not wait for ever, even where the call was refused.
    fn drop(&mut self) {
        if fork::check().is_ok() {
            self.send(closed());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;
    use crate::types::ReasonCode;

    fn success() -> Outcome {
        Outcome::new(Ok(ReasonCode::Success), None)
    }

    #[test]
    fn a_delivery_waits_for_its_outcome() {
        let (completion, delivery) = Completion::delivery();
        assert_eq!(delivery.wait_timeout(Duration::ZERO), None);
        let thread = std::thread::spawn(move || completion.complete(&success()));
        assert_eq!(
            delivery.wait_timeout(Duration::from_secs(60)),
            Some(success())
        );
        thread.join().unwrap();
    }

    #[test]
    fn a_dropped_completion_resolves_its_delivery() {
        let (completion, delivery) = Completion::delivery();
        drop(completion);
        let outcome = delivery.wait_timeout(Duration::from_secs(60)).unwrap();
        assert_eq!(outcome.result, Err(OperationError::Closed));
    }

    #[test]
    fn what_the_client_follows_it_hears_before_others_and_without_a_lane() {
        let (heard, hears) = channel();
        let first = heard.clone();
        let completion = Completion::call(move |_| heard.send("lane").unwrap())
            .noticed(move |_| first.send("client").unwrap());
        let left = completion.settle(&success()).expect("a call for the lane");
        assert_eq!(hears.try_recv(), Ok("client"));
        assert!(hears.try_recv().is_err());
        left.complete(&success());
        assert_eq!(hears.try_recv(), Ok("lane"));
    }

    #[test]
    fn what_is_cancelled_is_known_through_all_that_is_around_it() {
        let (completion, delivery) = Completion::delivery();
        assert!(!completion.is_cancelled());
        delivery.cancel();
        let completion = completion.noticed(|_| {});
        assert!(completion.is_cancelled());

        let (called, calls) = channel();
        let call = Completion::call(move |outcome| called.send(outcome.clone()).unwrap());
        let (completion, canceller) = call.cancellable();
        assert!(completion.is_call() && !completion.is_cancelled());
        canceller.cancel();
        assert!(completion.is_cancelled());
        // It is a call all the same, and comes on a lane.
        let left = completion.settle(&success()).expect("a call for the lane");
        assert!(left.needs_lane() && calls.try_recv().is_err());
        left.complete(&success());
        assert_eq!(calls.try_recv(), Ok(success()));
    }

    #[test]
    fn a_callback_that_a_failing_engine_drops_is_kept_and_called_once() {
        let (called, calls) = channel();
        let completion = Completion::call(move |outcome| called.send(outcome.clone()).unwrap());
        let thread = std::thread::spawn(move || {
            keep_orphans();
            let machine = vec![completion];
            let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let _machine = machine;
                std::panic::resume_unwind(Box::new("a bug"));
            }));
            assert!(failed.is_err());
            (orphans(), orphans().len())
        });
        let (orphans, after) = thread.join().unwrap();
        assert_eq!((orphans.len(), after), (1, 0));
        assert!(calls.try_recv().is_err(), "called on the engine's thread");
        for orphan in orphans {
            orphan.complete(&success());
        }
        assert_eq!(calls.try_recv(), Ok(success()));
        // Elsewhere a dropped one was refused.
        drop(Completion::call(|_| panic!("refused, and called")));
    }
}
