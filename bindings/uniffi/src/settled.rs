//! What the application is asked and may answer later: once, and not for ever.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use mqttka_core::client::{Event as CoreEvent, relayed};

/// The core's half of a request, until there is an answer.
#[derive(Debug)]
pub(crate) struct Settled<R>(Mutex<State<R>>);

#[derive(Debug)]
struct State<R> {
    /// None: answered, or nobody wants an answer any more.
    request: Option<R>,
    waiting: Vec<Waker>,
}

impl<R> Settled<R> {
    pub(crate) fn not_yet(request: R) -> Self {
        Settled(Mutex::new(State {
            request: Some(request),
            waiting: Vec::new(),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, State<R>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For whoever answers first.
    pub(crate) fn take(&self) -> Option<R> {
        let (request, waiting) = {
            let mut state = self.lock();
            (state.request.take(), std::mem::take(&mut state.waiting))
        };
        waiting.into_iter().for_each(Waker::wake);
        request
    }

    /// Whether it has no answer yet, and this is so.
    pub(crate) fn is_open_and(&self, is: impl FnOnce(&R) -> bool) -> bool {
        self.lock().request.as_ref().is_some_and(is)
    }

    /// Waits until nobody wants an answer any more.
    pub(crate) async fn wait(&self) {
        relayed(std::future::poll_fn(|context| {
            let mut state = self.lock();
            if state.request.is_none() {
                return Poll::Ready(());
            }
            state.waiting.push(context.waker().clone());
            Poll::Pending
        }))
        .await;
    }
}

/// A request of the application's own object.
pub(crate) trait Asked: Send + Sync {
    /// Whether what it was asked for is over, where this has just happened.
    fn is_over(&self, event: &CoreEvent) -> bool;

    /// It is over: nobody wants an answer any more.
    fn end(&self);
}

/// The newest request of a client, while it may be open.
#[derive(Debug)]
pub(crate) struct Open<A>(Arc<Mutex<Option<Arc<A>>>>);

impl<A> Clone for Open<A> {
    fn clone(&self) -> Self {
        Open(Arc::clone(&self.0))
    }
}

impl<A> Default for Open<A> {
    fn default() -> Self {
        Open(Arc::default())
    }
}

impl<A: Asked> Open<A> {
    fn lock(&self) -> MutexGuard<'_, Option<Arc<A>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn replace(&self, request: Option<Arc<A>>) {
        let before = std::mem::replace(&mut *self.lock(), request);
        if let Some(before) = before {
            before.end();
        }
    }

    /// A new one; the one before is over.
    pub(crate) fn next(&self, request: &Arc<A>) {
        self.replace(Some(Arc::clone(request)));
    }

    pub(crate) fn after(&self, event: &CoreEvent) {
        // Not the one of the next attempt, which another thread may be putting here.
        let over = self.lock().take_if(|request| request.is_over(event));
        if let Some(over) = over {
            over.end();
        }
    }

    /// The client was closed.
    pub(crate) fn close(&self) {
        self.replace(None);
    }
}
