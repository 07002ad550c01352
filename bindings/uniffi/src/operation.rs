//! An operation under way, which somebody may wait for or cancel.

use std::future::{Future as _, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use mqttka_core::client::{Delivery, Outcome as CoreOutcome, Requesting, relayed};

use crate::{Message, MqttkaError, Outcome, outcome};

/// An operation under way. Destroying it changes nothing for the operation; `cancel` does.
#[derive(Debug, uniffi::Object)]
pub struct OperationHandle {
    state: Mutex<State>,
    waiting: Arc<Waiting>,
}

#[derive(Debug)]
struct State {
    delivery: Delivery,
    /// For whoever asks later.
    outcome: Option<CoreOutcome>,
}

/// Those that wait: a delivery knows one of them.
#[derive(Debug, Default)]
struct Waiting(Mutex<Vec<Waker>>);

impl Waiting {
    fn add(&self, waker: &Waker) {
        let mut wakers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        wakers.retain(|known| !known.will_wake(waker));
        wakers.push(waker.clone());
    }
}

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        let wakers = {
            let mut wakers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *wakers)
        };
        wakers.into_iter().for_each(Waker::wake);
    }
}

#[uniffi::export]
impl OperationHandle {
    /// Waits for the outcome. Giving up waiting changes nothing for the operation.
    pub async fn outcome(&self) -> Result<Outcome, MqttkaError> {
        outcome::result(relayed(poll_fn(|cx| self.poll(cx))).await)
    }

    /// Cancels the operation where it is still queued: it then fails with `Cancelled`, and is never
    /// sent. What was sent goes on, also where it waits to be sent again, and has the outcome that it
    /// would have had.
    pub fn cancel(&self) {
        self.lock().delivery.cancel();
    }
}

impl OperationHandle {
    pub(crate) fn new(delivery: Delivery) -> Self {
        OperationHandle {
            state: Mutex::new(State {
                delivery,
                outcome: None,
            }),
            waiting: Arc::default(),
        }
    }

    fn poll(&self, cx: &mut Context<'_>) -> Poll<CoreOutcome> {
        let mut state = self.lock();
        if state.outcome.is_none() {
            self.waiting.add(cx.waker());
            let waker = Waker::from(Arc::clone(&self.waiting));
            let delivery = Pin::new(&mut state.delivery);
            if let Poll::Ready(outcome) = delivery.poll(&mut Context::from_waker(&waker)) {
                state.outcome = Some(outcome);
            }
        }
        state.outcome.clone().map_or(Poll::Pending, Poll::Ready)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request under way. Destroying it is as `cancel`.
#[derive(Debug, uniffi::Object)]
pub struct RequestHandle(Mutex<Requesting>);

#[uniffi::export]
impl RequestHandle {
    /// Waits for the response; once, and by one at a time. Giving up waiting changes nothing for the
    /// request.
    pub async fn response(&self) -> Result<Message, MqttkaError> {
        let response = relayed(poll_fn(|cx| Pin::new(&mut *self.lock()).poll(cx))).await;
        let response = response.map_err(MqttkaError::from)?;
        Ok(Message::of(response, 0, 0))
    }

    /// Nobody wants the response any more, and whoever waits fails with `Cancelled`. A request that is
    /// still queued is never sent.
    pub fn cancel(&self) {
        self.lock().cancel();
    }
}

impl RequestHandle {
    pub(crate) fn new(requesting: Requesting) -> Self {
        RequestHandle(Mutex::new(requesting))
    }

    fn lock(&self) -> MutexGuard<'_, Requesting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use mqttka_core::client::{Completion, OperationError};

    use super::*;

    #[test]
    fn several_may_wait_and_ask_again() {
        let (completion, delivery) = Completion::delivery();
        let handle = OperationHandle::new(delivery);
        let waiting = [Arc::new(Waiting::default()), Arc::default()];
        for one in &waiting {
            let waker = Waker::from(Arc::clone(one));
            assert!(handle.poll(&mut Context::from_waker(&waker)).is_pending());
        }
        assert_eq!(handle.waiting.0.lock().unwrap().len(), 2);
        // A dropped completion says that the client is closed.
        drop(completion);
        assert!(
            handle.waiting.0.lock().unwrap().is_empty(),
            "both were woken"
        );
        for _ in 0..2 {
            let Poll::Ready(outcome) = handle.poll(&mut Context::from_waker(Waker::noop())) else {
                panic!("the outcome is there");
            };
            assert_eq!(outcome.result, Err(OperationError::Closed));
        }
    }
}
