//! What an application's callable is asked, and answers once: now or later.

use std::sync::{Mutex, PoisonError};

use pyo3::PyClass;
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;
use pyo3::pyclass_init::PyClassInitializer;

use crate::slot::Slot;

/// The core's half of a question, until there is an answer.
pub(crate) struct Open<R>(Mutex<Option<R>>);

impl<R> Open<R> {
    pub(crate) fn new(request: R) -> Self {
        Open(Mutex::new(Some(request)))
    }

    /// For whoever answers first.
    pub(crate) fn take(&self) -> Option<R> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What Python sees of a question.
pub(crate) trait Question:
    PyClass<Frozen = True> + Into<PyClassInitializer<Self>> + Sync
{
    /// The core's half.
    type Request;

    fn new(request: Self::Request) -> Self;

    fn open(&self) -> &Open<Self::Request>;

    /// There is no answer. `fatal`: nor will there be one later.
    fn refuse(request: Self::Request, message: &str, fatal: bool);
}

/// Calls what is in the slot with the question.
pub(crate) fn ask<Q: Question>(py: Python<'_>, slot: &Slot, request: Q::Request) {
    let Some(callable) = slot.get(py) else {
        return Q::refuse(request, "the client has ended", true);
    };
    let made = Bound::new(py, Q::new(request));
    let called = made.and_then(|question| {
        let asked = callable.bind(py).call1((&question,));
        // Our own half answers whatever the application does; this is for its own faults.
        if let Err(raised) = &asked
            && let Some(request) = question.get().open().take()
        {
            Q::refuse(request, &raised.to_string(), false);
        }
        asked
    });
    if let Err(raised) = called {
        raised.write_unraisable(py, Some(callable.bind(py)));
    }
}
