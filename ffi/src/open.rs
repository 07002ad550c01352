//! What the application answers once: now or later, from any thread.
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::MQTTKA_ERROR_ALREADY_ANSWERED;
use crate::guard::Failure;

/// What there is of a question until it is answered.
pub(crate) struct Open<Q>(Mutex<Option<Q>>);

impl<Q> Open<Q> {
    pub(crate) fn new(question: Q) -> Self {
        Open(Mutex::new(Some(question)))
    }

    // Not in a forked child, where the thread that holds it may not exist.
    fn lock(&self) -> MutexGuard<'_, Option<Q>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works on the answer.
    pub(crate) fn change<T>(
        &self,
        change: impl FnOnce(&mut Q) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        change(self.lock().as_mut().ok_or_else(answered)?)
    }

    /// For whoever answers first. The core must not run under the lock.
    pub(crate) fn take(&self) -> Result<Q, Failure> {
        self.take_where(|_| Ok(()))
    }

    /// As [`take`](Self::take), where this answer can be given.
    pub(crate) fn take_where(
        &self,
        can: impl FnOnce(&Q) -> Result<(), Failure>,
    ) -> Result<Q, Failure> {
        let mut open = self.lock();
        if let Some(question) = &*open {
            can(question)?;
        }
        open.take().ok_or_else(answered)
    }
}

fn answered() -> Failure {
    Failure::new(
        MQTTKA_ERROR_ALREADY_ANSWERED,
        "the request was answered before",
    )
}
