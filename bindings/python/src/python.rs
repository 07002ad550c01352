//! What the package's Python half and this one hand to each other when they are imported.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;

/// `mqttka.Topic`.
static TOPIC: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
/// Waits for an `Operation` in the running event loop.
static AWAITING: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Topics match as the core says.
pub(crate) fn hand_in(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let topics = py.import("mqttka._topics")?;
    let matching = module.getattr("topic_matches")?;
    topics.call_method1("matched_with", (matching,))?;
    // Imported again, the package keeps its first class.
    let _ = TOPIC.set(py, topics.getattr("Topic")?.unbind());
    Ok(())
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
