//! What the fake broker has seen.

use mqttka_testing::{Seen, SeenKind};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::message::Message;
use crate::vocabulary::{Enum, member};
use crate::{argument, packet_properties};

pub(crate) fn kind(value: &Bound<'_, PyAny>) -> PyResult<SeenKind> {
    let number = argument::integer("kind", value, 0..=255)?;
    let wrong = || argument::wrong_value("kind", value, "a SeenKind");
    SeenKind::from_u8(number).ok_or_else(wrong)
}

/// As `mqttka.testing.Seen` takes it.
pub(crate) fn seen<'py>(py: Python<'py>, seen: Seen) -> PyResult<Bound<'py, PyTuple>> {
    let text = seen.to_string();
    let number = seen.connection;
    // Those of a message are of its packet.
    let properties = seen
        .message
        .as_ref()
        .map_or(&seen.properties, |it| &it.properties);
    let properties = packet_properties::shown(py, properties)?;
    let message = seen.message;
    let message = message.map(|message| Message::of_message(py, message, number));
    let code = seen.reason_code;
    let code = code.map(|code| member(py, Enum::ReasonCode, code as i32));
    (
        seen.kind as u8,
        number,
        seen.client_id,
        seen.filter,
        message.transpose()?,
        code.transpose()?,
        seen.detail,
        text,
        properties,
    )
        .into_pyobject(py)
}

/// What was seen, or why nothing was.
#[derive(IntoPyObject)]
pub(crate) enum Found<'py> {
    Seen(Bound<'py, PyTuple>),
    Missing(String),
}
