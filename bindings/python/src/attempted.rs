//! What an attempt tried, and what a transport reported.

use mqttka_core::client::{Attempted, TransportError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::gate;
use crate::vocabulary::{Enum, member};

/// The dataclass of `mqttka._attempted`; None where nothing is known.
pub(crate) fn to_python<'py>(
    py: Python<'py>,
    attempted: Option<&Attempted>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some(attempted) = attempted else {
        return Ok(None);
    };
    let fields = PyDict::new(py);
    fields.set_item("server_index", attempted.server_index)?;
    let transport = member(py, Enum::Transport, attempted.transport as i32)?;
    fields.set_item("transport", transport)?;
    fields.set_item("host", &attempted.host)?;
    fields.set_item("port", attempted.port)?;
    fields.set_item("proxy", &attempted.proxy)?;
    let address = attempted.address.map(|address| address.ip().to_string());
    fields.set_item("address", address)?;
    fields.set_item("remembered_address", attempted.remembered_address)?;
    let stages = PyDict::new(py);
    for (stage, time) in attempted.stages.iter() {
        stages.set_item(member(py, Enum::Stage, stage as i32)?, time.as_secs_f64())?;
    }
    fields.set_item("stages", stages)?;
    gate::within(py, || {
        let class = py.import("mqttka._attempted")?.getattr("Attempted")?;
        class.call((), Some(&fields)).map(Some)
    })
}

/// What it was, its number and the peer's.
pub(crate) fn fill_transport_error(
    fields: &Bound<'_, PyDict>,
    error: &TransportError,
) -> PyResult<()> {
    let kind = member(fields.py(), Enum::TransportErrorKind, error.kind as i32)?;
    fields.set_item("transport_error", kind)?;
    fields.set_item("status", error.status)?;
    fields.set_item("os_error", error.os_error)
}
