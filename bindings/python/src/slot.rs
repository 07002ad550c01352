//! A Python callable that the library's threads call and the garbage collector sees.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::pyclass::{PyTraverseError, PyVisit};

/// Shared by the object that Python sees and by whoever calls. One reference is counted, that of
/// the object, so that a cycle through it is found.
///
/// Its lock is held for moments, by threads that are attached to the interpreter only, so that a
/// fork (which needs the GIL) finds it free.
#[derive(Clone)]
pub(crate) struct Slot(Arc<Mutex<Option<Py<PyAny>>>>);

impl Slot {
    pub(crate) fn new(callable: Py<PyAny>) -> Self {
        Slot(Arc::new(Mutex::new(Some(callable))))
    }

    pub(crate) fn get(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.as_ref().map(|callable| callable.clone_ref(py))
    }

    /// Whether both are the same slot.
    pub(crate) fn is(&self, other: &Slot) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn clear(&self) {
        let callable = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(callable);
    }

    /// Never waits: in a free-threaded build the collector has stopped all threads.
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.0.try_lock() {
            Ok(slot) => visit.call(&*slot),
            Err(_) => Ok(()),
        }
    }
}
