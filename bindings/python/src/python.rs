//! What the package's Python half hands to this one when it is imported.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;

/// `mqttka.Topic`.
static TOPIC: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
/// Waits for an `Operation` in the running event loop.
static AWAITING: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// The class of topics.
#[pyfunction]
pub(crate) fn topics_are(py: Python<'_>, class: Py<PyAny>) {
    // Imported again, the package keeps its first class.
    let _ = TOPIC.set(py, class);
}

/// The generator function that waits for an operation in the running event loop.
#[pyfunction]
pub(crate) fn awaited_with(py: Python<'_>, awaiting: Py<PyAny>) {
    let _ = AWAITING.set(py, awaiting);
}

fn given<'py>(py: Python<'py>, what: &PyOnceLock<Py<PyAny>>) -> PyResult<Bound<'py, PyAny>> {
    let given = what.get(py).map(|given| given.bind(py).clone());
    given.ok_or_else(|| PyRuntimeError::new_err("import mqttka, not its native module alone"))
}

/// A topic as Python has it.
pub(crate) fn topic<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    given(py, &TOPIC)?.call1((PyString::new(py, name),))
}

/// What waits for operations in event loops.
pub(crate) fn awaiting(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    given(py, &AWAITING)
}
