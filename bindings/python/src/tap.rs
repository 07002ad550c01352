//! The application's packet tap: sees each packet, on a thread of the library.

use std::num::NonZero;
use std::sync::Arc;

use mqttka_core::client as core;
use mqttka_core::client::PacketTap;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::gate;
use crate::slot::Slot;
use crate::vocabulary::{Enum, member};

pub(crate) fn packet_tap(slot: Slot) -> PacketTap {
    Arc::new(move |packet| {
        gate::attach(|py| {
            // Without a callable the client was garbage.
            let Some(callable) = slot.get(py) else { return };
            let callable = callable.bind(py);
            let called = to_python(py, packet).and_then(|packet| callable.call1((packet,)));
            if let Err(raised) = called {
                raised.write_unraisable(py, Some(callable));
            }
        });
    })
}

fn to_python<'py>(py: Python<'py>, packet: &core::TappedPacket) -> PyResult<Bound<'py, PyAny>> {
    let fields = PyDict::new(py);
    fields.set_item("direction", packet.direction.name())?;
    fields.set_item("at", packet.at.as_secs_f64())?;
    fields.set_item("connection_number", packet.connection_number)?;
    let kind = member(py, Enum::PacketType, packet.packet_type as i32)?;
    fields.set_item("packet_type", kind)?;
    fields.set_item("packet_id", packet.packet_id.map(NonZero::get))?;
    fields.set_item("size", packet.size)?;
    fields.set_item("data", PyBytes::new(py, &packet.bytes))?;
    fields.set_item("dropped_before", packet.dropped_before)?;
    let class = py.import("mqttka._observing")?.getattr("TappedPacket")?;
    class.call((), Some(&fields))
}
