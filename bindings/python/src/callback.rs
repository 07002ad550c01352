//! The application's callables: seen by the garbage collector, called by threads.

use pyo3::prelude::*;
use pyo3::pyclass::{PyTraverseError, PyVisit};

use crate::slot::Slot;

/// Held by the client.
#[pyclass(frozen, module = "mqttka._mqttka")]
pub(crate) struct Callback(Slot);

/// Held by the thread that calls it. It keeps the callable alive, but not from a collector that
/// finds the callback in a cycle.
#[pyclass(frozen, module = "mqttka._mqttka")]
pub(crate) struct Caller(Slot);

#[pymethods]
impl Callback {
    #[new]
    fn new(callable: Py<PyAny>) -> Self {
        Callback(Slot::new(callable))
    }

    fn caller(&self) -> Caller {
        Caller(self.0.clone())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.0.traverse(&visit)
    }

    fn __clear__(&self) {
        self.0.clear();
    }
}

#[pymethods]
impl Caller {
    /// None where the callback was garbage.
    fn get(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.0.get(py)
    }
}

/// Tells `sys.unraisablehook` what a callable raised.
#[pyfunction]
pub(crate) fn report(py: Python<'_>, error: Bound<'_, PyAny>, callable: &Bound<'_, PyAny>) {
    PyErr::from_value(error).write_unraisable(py, Some(callable));
}
