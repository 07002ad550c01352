//! The core's names and numbers as Python's enums, so that nothing is written twice.

use mqttka_core::client::vocabulary::{self, Entry};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList};

/// The enums whose members Rust looks up: the first ones of `ENUMS`, in its order.
#[derive(Clone, Copy)]
pub(crate) enum Enum {
    QoS,
    State,
    Stage,
    ReasonCode,
    DisconnectCause,
}

type Table = (&'static str, fn() -> Vec<Entry>);

const ENUMS: [Table; 8] = [
    ("QoS", vocabulary::qualities_of_service),
    ("State", vocabulary::states),
    ("Stage", vocabulary::stages),
    ("ReasonCode", vocabulary::reason_codes),
    ("DisconnectCause", vocabulary::disconnect_causes),
    ("Version", vocabulary::versions),
    ("NetworkChange", vocabulary::network_changes),
    ("RetainHandling", vocabulary::retain_handlings),
];

/// For each enum, its members by number.
static MEMBERS: PyOnceLock<Vec<Py<PyDict>>> = PyOnceLock::new();

pub(crate) fn add_enums(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let int_enum = py.import("enum")?.getattr("IntEnum")?;
    let mut members = Vec::new();
    for (name, table) in ENUMS {
        let names = PyList::empty(py);
        for (entry, number) in table() {
            names.append((entry.to_uppercase(), number))?;
        }
        let details = PyDict::new(py);
        details.set_item("module", "mqttka")?;
        let class = int_enum.call((name, names), Some(&details))?;
        let by_number = PyDict::new(py);
        for member in class.try_iter()? {
            let member = member?;
            by_number.set_item(member.getattr("value")?, &member)?;
        }
        members.push(by_number.unbind());
        module.add(name, class)?;
    }
    // A second import of the module keeps the first one's.
    let _ = MEMBERS.set(py, members);
    Ok(())
}

/// The member of this number.
pub(crate) fn member<'py>(py: Python<'py>, of: Enum, number: i32) -> PyResult<Bound<'py, PyAny>> {
    let number = number.into_pyobject(py)?.into_any();
    let known = MEMBERS.get(py).and_then(|all| all.get(of as usize));
    match known.map(|members| members.bind(py).get_item(&number)) {
        Some(Ok(Some(member))) => Ok(member),
        _ => Ok(number),
    }
}

/// The names and numbers of the errors of calls and operations.
#[pyfunction]
pub(crate) fn error_codes() -> Vec<(String, i32)> {
    vocabulary::errors()
}

/// The names and numbers of the errors of connection attempts.
#[pyfunction]
pub(crate) fn connect_error_codes() -> Vec<(String, i32)> {
    vocabulary::connect_errors()
}
