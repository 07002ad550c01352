//! What the client announces, tolerates, and limits by itself, from keyword arguments.

use mqttka_core::client::{Fault, Options, RateLimit, Tolerate};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use crate::argument::{attribute, optional, wrong_type};
use crate::bounded::{self, number};
use crate::gate;
use crate::named::named;

/// Sets one of these options; `false` where the name is none of them.
pub(crate) fn set(options: &mut Options, name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    let config = &mut options.config;
    match name {
        "topic_alias_maximum" => config.topic_alias_maximum = number(name, value)?,
        "outbound_topic_alias_maximum" => {
            config.outbound_topic_alias_maximum = number(name, value)?;
        }
        "tolerate" => config.tolerate = tolerate(name, value)?,
        "rate_limit" => config.rate_limit = optional(value, rate_limit)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Faults of a broker. A str would be a set of its letters.
fn tolerate(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Tolerate> {
    let wanted = "a set of Fault or their names";
    if value.is_instance_of::<PyString>() {
        return Err(wrong_type(name, value, wanted));
    }
    let faults = Fault::ALL.map(|fault| (fault.name(), fault as u8, fault));
    gate::within(value.py(), || {
        let mut each = value
            .try_iter()
            .map_err(|_| wrong_type(name, value, wanted))?;
        each.try_fold(Tolerate::NONE, |set, one| {
            Ok(set.with(named(name, &one?, &faults)?))
        })
    })
}

/// From a `mqttka.RateLimit`.
fn rate_limit(given: &Bound<'_, PyAny>) -> PyResult<RateLimit> {
    let field = |name| attribute("rate_limit", given, "a mqttka.RateLimit", name);
    Ok(RateLimit {
        messages_per_second: number(
            "rate_limit_messages_per_second",
            &field("messages_per_second")?,
        )?,
        bytes_per_second: number("rate_limit_bytes_per_second", &field("bytes_per_second")?)?,
        burst: bounded::time("rate_limit_burst", &field("burst")?)?,
    })
}

/// The defaults of these options.
pub(crate) fn defaults(defaults: &Bound<'_, PyDict>, options: &Options) -> PyResult<()> {
    let config = &options.config;
    defaults.set_item("topic_alias_maximum", config.topic_alias_maximum)?;
    defaults.set_item(
        "outbound_topic_alias_maximum",
        config.outbound_topic_alias_maximum,
    )?;
    let tolerated = config.tolerate.iter().map(|fault| fault.name());
    let tolerated = PyList::new(defaults.py(), tolerated.collect::<Vec<_>>())?;
    defaults.set_item("tolerate", tolerated)?;
    defaults.set_item("rate_limit", defaults.py().None())?;
    defaults.set_item("manual_acknowledgement", options.manual_acknowledgement)?;
    for none in ["authenticator", "packet_tap"] {
        defaults.set_item(none, defaults.py().None())?;
    }
    // The package's own.
    defaults.set_item("trace_context", false)
}
