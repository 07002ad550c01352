//! Reason codes that Python hands in.

use mqttka_core::client::ReasonCode;
use pyo3::prelude::*;

use crate::argument;

pub(crate) fn reason_code(value: &Bound<'_, PyAny>) -> PyResult<ReasonCode> {
    let number = argument::integer("reason_code", value, 0..=255)?;
    ReasonCode::from_u8(number)
        .ok_or_else(|| argument::wrong_value("reason_code", value, "a ReasonCode"))
}

/// An argument `reason_code`.
pub(crate) struct Code(pub(crate) ReasonCode);

impl<'py> FromPyObject<'_, 'py> for Code {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        reason_code(&value).map(Code)
    }
}
