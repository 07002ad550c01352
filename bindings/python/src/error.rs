//! The core's errors as the exceptions of `mqttka._errors`.

use mqttka_core::client::{
    Attempted, ConnectError, Error, Failed, OperationError, Properties, ReasonCode,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::vocabulary::{Enum, member};
use crate::{attempted, gate, told};

/// An instance of the class that `function` of `mqttka._errors` has for `code`.
fn make<'py>(
    py: Python<'py>,
    function: &str,
    code: i32,
    message: &str,
    details: Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    gate::within(py, || {
        py.import("mqttka._errors")?
            .getattr(function)?
            .call((code, message), Some(&details))
    })
}

fn raise(made: PyResult<Bound<'_, PyAny>>) -> PyErr {
    match made {
        Ok(value) => PyErr::from_value(value),
        Err(error) => error,
    }
}

/// Why a call was refused.
pub(crate) fn call(py: Python<'_>, error: &Error) -> PyErr {
    raise(make(
        py,
        "call_error",
        error.code(),
        &error.to_string(),
        PyDict::new(py),
    ))
}

/// Why a call was refused because of this argument.
pub(crate) fn argument(py: Python<'_>, name: &str, error: &Error) -> PyErr {
    let text = format!("{name}: {error}");
    raise(make(py, "call_error", error.code(), &text, PyDict::new(py)))
}

/// Why the fake broker does not do what it was told to.
pub(crate) fn testing(py: Python<'_>, refused: &mqttka_testing::Error) -> PyErr {
    use mqttka_testing::Error as Refused;
    let text = refused.to_string();
    let class = match refused {
        Refused::NotConnected { .. } => Error::NotConnected,
        Refused::Startup(_) => Error::Startup(String::new()),
        Refused::Stopped => Error::Closed,
        _ => Error::InvalidArgument(String::new()),
    };
    let code = class.code();
    raise(make(py, "call_error", code, &text, PyDict::new(py)))
}

/// An argument or option of a type that it cannot have.
pub(crate) fn invalid_type(py: Python<'_>, text: &str) -> PyErr {
    named(py, "InvalidType", text)
}

/// A payload that is not text.
pub(crate) fn invalid_text(py: Python<'_>, text: &str) -> PyErr {
    named(py, "InvalidText", text)
}

/// Another receiver has the place of ours.
pub(crate) fn logging_taken(py: Python<'_>, text: &str) -> PyErr {
    named(py, "LoggingTaken", text)
}

/// There is no argument or property of this name.
pub(crate) fn unknown_argument(py: Python<'_>, name: &str, names: &[&str]) -> PyErr {
    unknown(py, "unknown_argument", name, names)
}

/// There is no option of this name.
pub(crate) fn unknown_option(py: Python<'_>, name: &str) -> PyErr {
    unknown(py, "unknown_option", name, &[])
}

/// `mqttka._suggest` knows what was meant.
fn unknown(py: Python<'_>, function: &str, name: &str, names: &[&str]) -> PyErr {
    raise(gate::within(py, || {
        let suggest = py.import("mqttka._suggest")?;
        suggest.getattr(function)?.call1((name, names))
    }))
}

/// An instance of this class of `mqttka._errors`.
fn named(py: Python<'_>, class: &str, text: &str) -> PyErr {
    raise(gate::within(py, || {
        py.import("mqttka._errors")?.getattr(class)?.call1((text,))
    }))
}

/// Why an operation failed. `told`: the properties of the broker's answer.
pub(crate) fn operation(
    py: Python<'_>,
    error: &OperationError,
    reason_codes: &[ReasonCode],
    reason_string: Option<&str>,
    told: Option<&Properties>,
) -> PyErr {
    let details = || {
        let details = PyDict::new(py);
        let reason_code = error
            .reason_code()
            .map(|code| member(py, Enum::ReasonCode, code as i32))
            .transpose()?;
        details.set_item("reason_code", reason_code)?;
        let reason_codes = reason_codes
            .iter()
            .map(|code| member(py, Enum::ReasonCode, *code as i32))
            .collect::<PyResult<Vec<_>>>()?;
        details.set_item("reason_codes", reason_codes)?;
        details.set_item("reason_string", reason_string)?;
        details.set_item("user_properties", told.map(told::pairs).unwrap_or_default())?;
        Ok(details)
    };
    raise(details().and_then(|details| {
        make(
            py,
            "operation_error",
            error.code(),
            &error.to_string(),
            details,
        )
    }))
}

/// Why a request has no response, or a stream no subscription, with what the broker said of it.
pub(crate) fn failed(py: Python<'_>, failed: &Failed) -> PyErr {
    let words = failed.reason_string.as_deref();
    operation(py, &failed.error, &[], words, Some(&failed.properties))
}

/// Why a connection attempt failed, as an exception to raise or to look at.
///
/// `attempted`: what the event says was tried, which not every error has. `told`: the properties of the
/// CONNACK that refused.
pub(crate) fn connect<'py>(
    py: Python<'py>,
    error: &ConnectError,
    attempted: Option<&Attempted>,
    told: Option<&Properties>,
) -> PyResult<Bound<'py, PyAny>> {
    let details = PyDict::new(py);
    let stage = error
        .stage()
        .map(|stage| member(py, Enum::Stage, stage as i32))
        .transpose()?;
    details.set_item("stage", stage)?;
    let attempted = error.attempted().or(attempted);
    details.set_item("attempted", attempted::to_python(py, attempted)?)?;
    match error {
        ConnectError::Transport { error, .. } => {
            attempted::fill_transport_error(&details, error)?;
        }
        ConnectError::Refused {
            reason_code,
            reason_string,
            server_reference,
        } => {
            let reason_code = member(py, Enum::ReasonCode, *reason_code as i32)?;
            details.set_item("reason_code", reason_code)?;
            details.set_item("reason_string", reason_string)?;
            details.set_item("server_reference", server_reference)?;
            details.set_item("user_properties", told.map(told::pairs).unwrap_or_default())?;
        }
        _ => {}
    }
    make(
        py,
        "connect_error",
        error.code(),
        &error.to_string(),
        details,
    )
}

/// A connection ended under a loop over its messages.
pub(crate) fn ended(py: Python<'_>, message: &str, details: Bound<'_, PyDict>) -> PyErr {
    raise(make(py, "connection_ended", 0, message, details))
}

/// A caller's own time limit has passed.
pub(crate) fn wait_timeout(py: Python<'_>) -> PyErr {
    named(py, "WaitTimeout", "timed out")
}
