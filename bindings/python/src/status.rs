//! What is known of a client, as the dataclass of `mqttka._events`.

use mqttka_core::client::Status;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::event;
use crate::vocabulary::{Enum, member};

pub(crate) fn to_python<'py>(py: Python<'py>, status: &Status) -> PyResult<Bound<'py, PyAny>> {
    let fields = PyDict::new(py);
    fields.set_item("state", member(py, Enum::State, status.state as i32)?)?;
    let liveness = status.liveness.as_ref();
    let liveness = liveness
        .map(|known| event::liveness(py, known))
        .transpose()?;
    fields.set_item("liveness", liveness)?;
    fields.set_item("keep_alive", status.keep_alive)?;
    for (name, value) in [
        ("connection_number", status.connection_number),
        ("bytes_received", status.bytes_received),
        ("bytes_sent", status.bytes_sent),
        ("messages_received", status.messages_received),
        ("messages_dropped", status.messages_dropped),
        ("outbound_queue_messages", status.outbound_queue_messages),
        ("outbound_queue_bytes", status.outbound_queue_bytes),
        ("inbound_queue_bytes", status.inbound_queue_bytes),
    ] {
        fields.set_item(name, value)?;
    }
    event::build(py, "Status", &fields)
}
