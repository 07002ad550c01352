//! The core's names and numbers, and the enums of `mqttka._vocabulary` that show them.

use mqttka_core::client::PacketType;
use mqttka_core::client::vocabulary::{self as core, Entry};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

use crate::gate;

/// The enums whose members Rust looks up.
#[derive(Clone, Copy)]
pub(crate) enum Enum {
    QoS,
    State,
    Stage,
    ReasonCode,
    DisconnectCause,
    Transport,
    TransportErrorKind,
    StopReason,
    NetworkChange,
    Receipt,
    PacketType,
}

/// Their names, in that order.
const LOOKED_UP: [&str; 11] = [
    "QoS",
    "State",
    "Stage",
    "ReasonCode",
    "DisconnectCause",
    "Transport",
    "TransportErrorKind",
    "StopReason",
    "NetworkChange",
    "Receipt",
    "PacketType",
];

/// For each of them, its members by number.
static MEMBERS: PyOnceLock<Vec<Py<PyDict>>> = PyOnceLock::new();

fn members(py: Python<'_>) -> PyResult<Vec<Py<PyDict>>> {
    let module = py.import("mqttka._vocabulary")?;
    let by_number = |name| {
        let members = PyDict::new(py);
        for member in module.getattr(name)?.try_iter()? {
            let member = member?;
            members.set_item(member.getattr("value")?, &member)?;
        }
        Ok(members.unbind())
    };
    LOOKED_UP.into_iter().map(by_number).collect()
}

/// The member of this number; the number itself where the enum has none.
pub(crate) fn member<'py>(py: Python<'py>, of: Enum, number: i32) -> PyResult<Bound<'py, PyAny>> {
    let number = number.into_pyobject(py)?.into_any();
    let known = match MEMBERS.get(py) {
        Some(known) => known,
        None => gate::within(py, || MEMBERS.get_or_try_init(py, || members(py)))?,
    };
    let member = known[of as usize].bind(py).get_item(&number)?;
    Ok(member.unwrap_or(number))
}

fn packet_types() -> Vec<Entry> {
    let types = PacketType::ALL.iter();
    types
        .map(|it| (it.name().to_lowercase(), *it as i32))
        .collect()
}

type Table = (&'static str, fn() -> Vec<Entry>);

/// All tables of the core, for the tests: names in capitals, and numbers.
#[pyfunction]
pub(crate) fn vocabulary(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let tables: [Table; 18] = [
        ("QoS", core::qualities_of_service),
        ("State", core::states),
        ("Stage", core::stages),
        ("ReasonCode", core::reason_codes),
        ("DisconnectCause", core::disconnect_causes),
        ("Transport", core::transports),
        ("TransportErrorKind", core::transport_errors),
        ("Version", core::versions),
        ("NetworkChange", core::network_changes),
        ("RetainHandling", core::retain_handlings),
        ("StopReason", core::stop_reasons),
        ("QueuePolicy", core::queue_policies),
        ("LostPublish", core::lost_publishes),
        ("Receipt", core::receipts),
        ("Fault", core::faults),
        ("PacketType", packet_types),
        ("errors", core::errors),
        ("connect_errors", core::connect_errors),
    ];
    let all = PyDict::new(py);
    for (name, table) in tables {
        let entries = table().into_iter();
        let entries: Vec<_> = entries
            .map(|(name, number)| (name.to_uppercase(), number))
            .collect();
        all.set_item(name, entries)?;
    }
    Ok(all)
}
