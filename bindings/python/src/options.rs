//! The core's options from keyword arguments of the same names.

use std::time::Duration;

use mqttka_core::client::{Message, Options, Version, Will};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::argument::{self, attribute, optional};
use crate::bounded::{self, number};
use crate::network::{self, Slots};
use crate::properties::properties;
use crate::subscription::qos;
use crate::{error, gate, limits, reconnect};

/// The options, and the callables among them. A host that has `://` is a URI.
pub(crate) fn options(
    py: Python<'_>,
    host: Option<&Bound<'_, PyAny>>,
    given: Option<&Bound<'_, PyDict>>,
) -> PyResult<(Options, Slots)> {
    let mut options = Options::new("");
    let mut slots = Slots::new();
    // What the URI says comes first: options of their own replace its parts.
    let uri = given.map(|given| given.get_item("uri")).transpose()?;
    let uri = uri.flatten().filter(|uri| !uri.is_none());
    match (host, &uri) {
        (Some(_), Some(_)) => {
            let text = "host and uri are both given; give one of them";
            return Err(error::invalid_type(py, text));
        }
        (None, None) => {
            let text = "host is missing; give the broker's name, or a uri";
            return Err(error::invalid_type(py, text));
        }
        (None, Some(uri)) => set_uri(&mut options, uri, argument::text("uri", uri)?.as_str())?,
        (Some(given), None) => {
            network::refuse_context("host", given)?;
            let host = argument::text("host", given)?;
            if host.contains("://") {
                set_uri(&mut options, given, host.as_str())?;
            } else {
                options = Options::new(host.as_str());
            }
        }
    }
    for (name, value) in given.into_iter().flat_map(|given| given.iter()) {
        let name: &str = name.extract()?;
        network::refuse_context(name, &value)?;
        if name != "uri"
            && !network::set(&mut options, &mut slots, name, &value)?
            && !limits::set(&mut options, name, &value)?
            && !reconnect::set(&mut options, name, &value)?
        {
            set(&mut options, name, &value)?;
        }
    }
    reconnect::finish(&mut options, given)?;
    Ok((options, slots))
}

fn set_uri(options: &mut Options, given: &Bound<'_, PyAny>, uri: &str) -> PyResult<()> {
    let set = options.set_uri(uri);
    set.map_err(|refused| error::call(given.py(), &refused))
}

fn set(options: &mut Options, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let text = |value: &Bound<'_, PyAny>| argument::text(name, value);
    let time = |value: &Bound<'_, PyAny>| bounded::time(name, value);
    let flag = |value: &Bound<'_, PyAny>| argument::flag(name, value);
    match name {
        "port" => {
            let port = optional(value, |value| number(name, value))?;
            if let (Some(port), Some(server)) = (port, options.server()) {
                server.port = Some(port);
            }
        }
        "protocol_version" => options.config.protocol_version = version(name, value)?,
        "client_id" => options.config.client_id = text(value)?,
        "user_name" => {
            let name = optional(value, text)?;
            options.config.user_name = name.or(options.config.user_name.take());
        }
        "password" => {
            let password = optional(value, |value| argument::bytes(name, value))?;
            options.config.password = password.or(options.config.password.take());
        }
        "keep_alive" => options.config.keep_alive = number(name, value)?,
        "clean_start" => options.config.clean_start = flag(value)?,
        "session_expiry_interval" => options.config.session_expiry_interval = number(name, value)?,
        "connect_timeout" => options.config.connect_timeout = optional(value, time)?,
        "dead_peer_timeout" => options.config.dead_peer_timeout = optional(value, time)?,
        "receive_maximum" => options.config.receive_maximum = number(name, value)?,
        "maximum_packet_size" => {
            options.config.maximum_packet_size = optional(value, |value| number(name, value))?;
        }
        "outbound_queue_max_messages" => {
            options.config.outbound_queue_max_messages = number(name, value)?;
        }
        "outbound_queue_max_bytes" => {
            options.config.outbound_queue_max_bytes = number(name, value)?
        }
        "manual_acknowledgement" => options.manual_acknowledgement = flag(value)?,
        // What the package does with it, it does before.
        "trace_context" => {
            flag(value)?;
        }
        "unclaimed_timeout" => options.unclaimed_timeout = time(value)?,
        "max_inflight" => {
            options.config.max_inflight = optional(value, |value| number(name, value))?;
        }
        "inbound_queue_max_bytes" => options.config.inbound_queue_max_bytes = number(name, value)?,
        "request_response_information" => {
            options.config.request_response_information = flag(value)?
        }
        "request_problem_information" => options.config.request_problem_information = flag(value)?,
        "user_properties" => options.config.user_properties = argument::pairs(name, value)?,
        "will" => options.config.will = optional(value, will)?,
        _ => {
            return Err(error::unknown_option(value.py(), name));
        }
    }
    Ok(())
}

fn version(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Version> {
    match argument::integer(name, value, 4..=5)? {
        4 => Ok(Version::V311),
        _ => Ok(Version::V5),
    }
}

/// From a `mqttka.Will`.
fn will(given: &Bound<'_, PyAny>) -> PyResult<Will> {
    let field = |name| attribute("will", given, "a mqttka.Will", name);
    let topic = argument::topic("will.topic", &field("topic")?)?;
    let payload = argument::payload("will.payload", &field("payload")?)?;
    let mut message = Message::new(topic, payload)
        .with_qos(qos("will.qos", &field("qos")?)?)
        .with_retain(argument::flag("will.retain", &field("retain")?)?);
    let given = field("_properties")?;
    let given = gate::within(given.py(), || given.call0())?.cast_into::<PyDict>()?;
    message.properties = properties("will.", Some(&given))?;
    Ok(Will { message })
}

/// The options and their defaults, those of the core.
#[pyfunction]
pub(crate) fn option_defaults(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let options = Options::new("");
    let defaults = PyDict::new(py);
    let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
    for not_given in ["uri", "port", "transport", "path"] {
        defaults.set_item(not_given, py.None())?;
    }
    network_defaults(&defaults, &options)?;
    reconnect::defaults(&defaults, &options)?;
    limits::defaults(&defaults, &options)?;
    defaults.set_item("protocol_version", options.config.protocol_version as u8)?;
    defaults.set_item("client_id", options.config.client_id.as_str())?;
    defaults.set_item("user_name", options.config.user_name.as_deref())?;
    defaults.set_item("password", options.config.password.as_deref())?;
    defaults.set_item("keep_alive", options.config.keep_alive)?;
    defaults.set_item("clean_start", options.config.clean_start)?;
    defaults.set_item(
        "session_expiry_interval",
        options.config.session_expiry_interval,
    )?;
    defaults.set_item("connect_timeout", seconds(options.config.connect_timeout))?;
    defaults.set_item(
        "dead_peer_timeout",
        seconds(options.config.dead_peer_timeout),
    )?;
    defaults.set_item("receive_maximum", options.config.receive_maximum)?;
    defaults.set_item("maximum_packet_size", options.config.maximum_packet_size)?;
    defaults.set_item(
        "outbound_queue_max_messages",
        options.config.outbound_queue_max_messages,
    )?;
    defaults.set_item(
        "outbound_queue_max_bytes",
        options.config.outbound_queue_max_bytes,
    )?;
    defaults.set_item(
        "inbound_queue_max_bytes",
        options.config.inbound_queue_max_bytes,
    )?;
    defaults.set_item(
        "request_response_information",
        options.config.request_response_information,
    )?;
    defaults.set_item(
        "request_problem_information",
        options.config.request_problem_information,
    )?;
    let unclaimed_timeout = options.unclaimed_timeout.as_secs_f64();
    defaults.set_item("unclaimed_timeout", unclaimed_timeout)?;
    defaults.set_item("max_inflight", options.config.max_inflight)?;
    let pairs: Vec<(&str, &str)> = Vec::new();
    defaults.set_item("user_properties", pairs)?;
    defaults.set_item("will", py.None())?;
    Ok(defaults)
}

fn network_defaults(defaults: &Bound<'_, PyDict>, options: &Options) -> PyResult<()> {
    let none = defaults.py().None();
    for name in [
        "tls_ca",
        "tls_ca_file",
        "tls_certificate",
        "tls_certificate_file",
        "tls_private_key",
        "tls_private_key_file",
        "tls_private_key_password",
        "tls_server_name",
        "tls_verifier",
        "proxy",
        "interface",
        "local_address",
        "socket_hook",
    ] {
        defaults.set_item(name, &none)?;
    }
    let uris: Vec<&str> = Vec::new();
    defaults.set_item("servers", uris)?;
    defaults.set_item("tls_alpn", &options.tls.alpn)?;
    defaults.set_item("tls_pins", &options.tls.pins)?;
    defaults.set_item("tls_resumption", options.tls.resumption)?;
    defaults.set_item("tls_key_log", options.tls.key_log)?;
    defaults.set_item(
        "tls_danger_accept_any_certificate",
        options.tls.danger_accept_any_certificate,
    )?;
    defaults.set_item("web_socket_headers", options.web_socket.headers.clone())?;
    defaults.set_item("multipath_tcp", options.socket.multipath_tcp)
}
