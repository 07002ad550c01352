//! Waiting for a stream from an event loop.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::bell::Bell;

/// The one future of a stream that waits. It is kept while it waits: dropped, it would be woken no
/// more.
pub(crate) struct Polled<T> {
    future: Mutex<Option<Pin<Box<dyn Future<Output = T> + Send>>>>,
    /// One for all polls: the bell and the number are those of the first one.
    waker: OnceLock<Waker>,
}

impl<T> Polled<T> {
    pub(crate) fn new() -> Self {
        Polled {
            future: Mutex::new(None),
            waker: OnceLock::new(),
        }
    }

    /// What the future gives, which `make` makes where none waits; `None`: nothing yet, and `id` is
    /// noted on the bell when there is.
    pub(crate) fn poll<F>(&self, bell: &Bell, id: u64, make: impl FnOnce() -> F) -> Option<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let waker = self.waker.get_or_init(|| bell.waker(id));
        let mut future = self.future.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = future.get_or_insert_with(|| Box::pin(make()));
        match waiting.as_mut().poll(&mut Context::from_waker(waker)) {
            Poll::Ready(value) => {
                *future = None;
                Some(value)
            }
            Poll::Pending => None,
        }
    }
}
