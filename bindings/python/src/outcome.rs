//! How an operation ended well.

use mqttka_core::client as core;
use pyo3::prelude::*;

use crate::vocabulary::{Enum, member};
use crate::{error, told};

/// The broker's answer to a publish, subscribe or unsubscribe.
#[pyclass(frozen, module = "mqttka")]
pub(crate) struct Outcome {
    reason_code: core::ReasonCode,
    outcome: core::Outcome,
}

impl Outcome {
    /// It, or the exception that says why there is none.
    pub(crate) fn of(py: Python<'_>, outcome: core::Outcome) -> PyResult<Self> {
        match &outcome.result {
            Ok(reason_code) => Ok(Outcome {
                reason_code: *reason_code,
                outcome,
            }),
            Err(error) => Err(error::operation(
                py,
                error,
                &outcome.reason_codes,
                outcome.reason_string.as_deref(),
                Some(&outcome.properties),
            )),
        }
    }
}

#[pymethods]
impl Outcome {
    /// The broker's reason code; SUCCESS for QoS 0. For several filters: the first one's.
    #[getter]
    fn reason_code<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        member(py, Enum::ReasonCode, self.reason_code as i32)
    }

    /// One per filter for subscribe and unsubscribe (none for unsubscribe in 3.1.1).
    #[getter]
    fn reason_codes<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let codes = self.outcome.reason_codes.iter();
        codes
            .map(|code| member(py, Enum::ReasonCode, *code as i32))
            .collect()
    }

    /// The Packet Identifier; None for QoS 0.
    #[getter]
    fn packet_id(&self) -> Option<u16> {
        self.outcome.packet_id.map(std::num::NonZero::get)
    }

    /// How far a publish came; None for what is no publish.
    #[getter]
    fn receipt<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let receipt = self.outcome.receipt;
        receipt
            .map(|receipt| member(py, Enum::Receipt, receipt as i32))
            .transpose()
    }

    /// The broker's words, where it sent some.
    #[getter]
    fn reason_string(&self) -> Option<&str> {
        self.outcome.reason_string.as_deref()
    }

    /// The broker's own names and values, in order; empty where it sent none. Of a publish of QoS 2: those of
    /// PUBREC, then those of PUBCOMP.
    #[getter]
    fn user_properties(&self) -> Vec<(&str, &str)> {
        told::pairs(&self.outcome.properties)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let codes = pyo3::types::PyList::new(py, self.reason_codes(py)?)?;
        Ok(format!(
            "Outcome(reason_code={}, reason_codes={})",
            self.reason_code(py)?.repr()?,
            codes.repr()?,
        ))
    }
}
