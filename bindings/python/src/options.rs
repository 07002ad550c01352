//! The core's options from keyword arguments of the same names.

use std::time::Duration;

use mqttka_core::client::{Message, Options, Version, Will};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::properties::{pairs, properties, text};
use crate::seconds::Seconds;
use crate::{payload, subscription};

pub(crate) fn options(host: &str, given: Option<&Bound<'_, PyDict>>) -> PyResult<Options> {
    let mut options = Options::new(host);
    for (name, value) in given.into_iter().flat_map(|given| given.iter()) {
        set(&mut options, name.extract()?, &value)?;
    }
    Ok(options)
}

fn set(options: &mut Options, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
    match name {
        "port" => options.port = value.extract()?,
        "protocol_version" => options.config.protocol_version = version(value.extract()?)?,
        "client_id" => options.config.client_id = text(value)?,
        "user_name" => options.config.user_name = optional(value, text)?,
        "password" => options.config.password = optional(value, payload::bytes)?,
        "keep_alive" => options.config.keep_alive = value.extract()?,
        "clean_start" => options.config.clean_start = value.extract()?,
        "session_expiry_interval" => options.config.session_expiry_interval = value.extract()?,
        "connect_timeout" => options.config.connect_timeout = optional(value, seconds)?,
        "dead_peer_timeout" => options.config.dead_peer_timeout = optional(value, seconds)?,
        "receive_maximum" => options.config.receive_maximum = value.extract()?,
        "maximum_packet_size" => options.config.maximum_packet_size = value.extract()?,
        "outbound_queue_max_messages" => options.outbound_queue_max_messages = value.extract()?,
        "outbound_queue_max_bytes" => options.outbound_queue_max_bytes = value.extract()?,
        "inbound_queue_max_bytes" => options.config.inbound_queue_max_bytes = value.extract()?,
        "request_response_information" => options.config.request_response_information = value.extract()?,
        "request_problem_information" => options.config.request_problem_information = value.extract()?,
        "user_properties" => options.config.user_properties = pairs(value)?,
        "will" => options.config.will = optional(value, will)?,
        _ => {
            return Err(PyTypeError::new_err(format!("there is no option {name:?}")));
        }
    }
    Ok(())
}

fn optional<T>(
    value: &Bound<'_, PyAny>,
    convert: fn(&Bound<'_, PyAny>) -> PyResult<T>,
) -> PyResult<Option<T>> {
    if value.is_none() {
        return Ok(None);
    }
    convert(value).map(Some)
}

fn seconds(value: &Bound<'_, PyAny>) -> PyResult<Duration> {
    value.extract().map(|Seconds(time)| time)
}

fn version(number: u8) -> PyResult<Version> {
    match number {
        4 => Ok(Version::V311),
        5 => Ok(Version::V5),
        _ => Err(PyValueError::new_err(
            "protocol_version is Version.V311 (4) or Version.V5 (5)",
        )),
    }
}

/// From a `mqttka.Will`.
fn will(given: &Bound<'_, PyAny>) -> PyResult<Will> {
    let topic: String = given.getattr("topic")?.extract()?;
    let topic = subscription::topic(given.py(), &topic)?;
    let payload = payload::bytes(&given.getattr("payload")?)?;
    let mut message = Message::new(topic, payload)
        .with_qos(subscription::qos(given.getattr("qos")?.extract()?)?)
        .with_retain(given.getattr("retain")?.extract()?);
    let given = given.call_method0("_properties")?.cast_into::<PyDict>()?;
    message.properties = properties(Some(&given))?;
    Ok(Will { message })
}

/// The options and their defaults, those of the core.
#[pyfunction]
pub(crate) fn option_defaults(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let options = Options::new("");
    let defaults = PyDict::new(py);
    let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
    defaults.set_item("port", options.port)?;
    defaults.set_item("protocol_version", options.config.protocol_version as u8)?;
    defaults.set_item("client_id", options.config.client_id.as_str())?;
    defaults.set_item("user_name", options.config.user_name.as_deref())?;
    defaults.set_item("password", options.config.password.as_deref())?;
    defaults.set_item("keep_alive", options.config.keep_alive)?;
    defaults.set_item("clean_start", options.config.clean_start)?;
    defaults.set_item("session_expiry_interval", options.config.session_expiry_interval)?;
    defaults.set_item("connect_timeout", seconds(options.config.connect_timeout))?;
    defaults.set_item("dead_peer_timeout", seconds(options.config.dead_peer_timeout))?;
    defaults.set_item("receive_maximum", options.config.receive_maximum)?;
    defaults.set_item("maximum_packet_size", options.config.maximum_packet_size)?;
    defaults.set_item(
        "outbound_queue_max_messages",
        options.outbound_queue_max_messages,
    )?;
    defaults.set_item("outbound_queue_max_bytes", options.outbound_queue_max_bytes)?;
    defaults.set_item("inbound_queue_max_bytes", options.config.inbound_queue_max_bytes)?;
    defaults.set_item(
        "request_response_information",
        options.config.request_response_information,
    )?;
    defaults.set_item(
        "request_problem_information",
        options.config.request_problem_information,
    )?;
    let pairs: Vec<(&str, &str)> = Vec::new();
    defaults.set_item("user_properties", pairs)?;
    defaults.set_item("will", py.None())?;
    Ok(defaults)
}
