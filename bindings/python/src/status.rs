//! What is known of a client, as the dataclass of `mqttka._events`.

use std::time::Duration;

use mqttka_core::client::{HeldBack, NetworkUpdate, Status};
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
    let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
    fields.set_item("next_attempt_in", seconds(status.next_attempt_in))?;
    fields.set_item("offline", seconds(status.offline))?;
    let network = status.network.as_ref();
    let network = network.map(|known| network_to_python(py, known));
    fields.set_item("network", network.transpose()?)?;
    for (name, value) in [
        ("connection_number", status.connection_number),
        ("bytes_received", status.bytes_received),
        ("bytes_sent", status.bytes_sent),
        ("messages_received", status.messages_received),
        ("messages_dropped", status.messages_dropped),
        ("outbound_queue_messages", status.outbound_queue_messages),
        ("outbound_queue_bytes", status.outbound_queue_bytes),
        ("inbound_queue_bytes", status.inbound_queue_bytes),
        ("messages_unclaimed", status.messages_unclaimed),
    ] {
        fields.set_item(name, value)?;
    }
    let held_back = status.held_back.as_ref();
    let held_back = held_back.map(|held| held_back_to_python(py, held));
    fields.set_item("held_back", held_back.transpose()?)?;
    event::build(py, "Status", &fields)
}

fn network_to_python<'py>(py: Python<'py>, known: &NetworkUpdate) -> PyResult<Bound<'py, PyAny>> {
    let fields = PyDict::new(py);
    let change = member(py, Enum::NetworkChange, known.change as i32)?;
    fields.set_item("change", change)?;
    fields.set_item("metered", known.metered)?;
    fields.set_item("validated", known.validated)?;
    fields.set_item("captive_portal", known.captive_portal)?;
    fields.set_item("id", known.id.as_str())?;
    event::build(py, "NetworkUpdate", &fields)
}

fn held_back_to_python<'py>(py: Python<'py>, held: &HeldBack) -> PyResult<Bound<'py, PyAny>> {
    let fields = PyDict::new(py);
    fields.set_item("filter", &held.filter)?;
    fields.set_item("messages", held.messages)?;
    fields.set_item("bytes", held.bytes)?;
    fields.set_item("since", held.since.as_secs_f64())?;
    event::build(py, "HeldBack", &fields)
}
