use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::error::OperationError;
use crate::proto::Outcome;

/// What is to happen when an operation ends. Each accepted one happens exactly once.
pub struct Completion(Option<Kind>);

pub(crate) enum Kind {
    Call(Box<dyn FnOnce(&Outcome) + Send>),
    Deliver(Sender),
}

impl Completion {
    /// Nobody waits for the outcome.
    pub const fn none() -> Self {
        Completion(None)
    }

    /// Calls `f` on the client's message lane.
    pub fn call(f: impl FnOnce(&Outcome) + Send + 'static) -> Self {
        Completion(Some(Kind::Call(Box::new(f))))
    }

    /// A completion, and the [`Delivery`] that it resolves, whatever the client's lanes are
    /// busy with.
    pub fn delivery() -> (Self, Delivery) {
        let slot = Arc::new(Slot::default());
        let sender = Sender(Some(Arc::clone(&slot)));
        (Completion(Some(Kind::Deliver(sender))), Delivery(slot))
    }

    /// Itself, where somebody waits.
    pub(crate) fn into_token(self) -> Option<Self> {
        self.0.is_some().then_some(self)
    }

    /// Whether it needs no lane.
    pub(crate) fn is_delivery(&self) -> bool {
        matches!(self.0, Some(Kind::Deliver(_)))
    }

    pub(crate) fn complete(self, outcome: Outcome) {
        match self.0 {
            None => {}
            Some(Kind::Call(f)) => f(&outcome),
            Some(Kind::Deliver(mut sender)) => sender.send(outcome),
        }
    }
}

impl fmt::Debug for Completion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            None => "Completion::none",
            Some(Kind::Call(_)) => "Completion::call",
            Some(Kind::Deliver(_)) => "Completion::delivery",
        })
    }
}

/// The outcome of an operation to come: await it, on any executor, or wait for it.
///
/// Dropping it changes nothing for the operation.
#[derive(Debug)]
pub struct Delivery(Arc<Slot>);

#[derive(Debug, Default)]
struct Slot {
    state: Mutex<SlotState>,
    filled: Condvar,
}

#[derive(Debug, Default)]
struct SlotState {
    outcome: Option<Outcome>,
    waker: Option<Waker>,
}

impl Slot {
    fn lock(&self) -> std::sync::MutexGuard<'_, SlotState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Delivery {
    /// Waits for the outcome; `None` where it has not come within `timeout`. Not from inside a
    /// handler of an executor that must go on.
    pub fn wait_timeout(&self, timeout: Duration) -> Option<Outcome> {
        let (mut state, _) = self
            .0
            .filled
            .wait_timeout_while(self.0.lock(), timeout, |state| state.outcome.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        state.outcome.take()
    }
}

impl Future for Delivery {
    type Output = Outcome;
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        let mut state = self.0.lock();
        match state.outcome.take() {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                state.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

pub(crate) struct Sender(Option<Arc<Slot>>);

impl Sender {
    fn send(&mut self, outcome: Outcome) {
        let Some(slot) = self.0.take() else { return };
        let waker = {
            let mut state = slot.lock();
            state.outcome = Some(outcome);
            state.waker.take()
        };
        slot.filled.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Drop for Sender {
    /// Whoever awaits must not wait for ever, even where the call was refused.
    fn drop(&mut self) {
        self.send(Outcome::new(Err(OperationError::Closed), None));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::ReasonCode;

    #[test]
    fn a_delivery_waits_for_its_outcome() {
        let (completion, delivery) = Completion::delivery();
        assert_eq!(delivery.wait_timeout(Duration::ZERO), None);
        let outcome = Outcome::new(Ok(ReasonCode::Success), None);
        let thread = std::thread::spawn({
            let outcome = outcome.clone();
            move || completion.complete(outcome)
        });
        assert_eq!(
            delivery.wait_timeout(Duration::from_secs(60)),
            Some(outcome)
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
}
