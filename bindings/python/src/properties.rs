//! The properties of packets, from keyword arguments.

use mqttka_core::client::{Properties, Property};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::{argument, error, trace};

const NAMES: [&str; 9] = [
    "content_type",
    "correlation_data",
    "message_expiry_interval",
    "payload_format_indicator",
    "response_topic",
    "subscription_identifier",
    "trace_context",
    "user_properties",
    "will_delay_interval",
];

const TRACE: &str = "trace_context";

/// Those that are not None. Which packet may carry which is the core's to say. `of` goes before the
/// names in errors.
pub(crate) fn properties(of: &str, given: Option<&Bound<'_, PyDict>>) -> PyResult<Properties> {
    let mut properties = Properties::new();
    for (name, value) in given.into_iter().flat_map(|given| given.iter()) {
        // After the user properties, of which it becomes some.
        if !value.is_none() && name.extract::<&str>()? != TRACE {
            add(&mut properties, of, name.extract()?, &value)?;
        }
    }
    let trace = given.map(|given| given.get_item(TRACE)).transpose()?;
    if let Some(context) = trace.flatten().filter(|context| !context.is_none()) {
        trace::put(&mut properties, &format!("{of}{TRACE}"), &context)?;
    }
    Ok(properties)
}

fn add(
    properties: &mut Properties,
    of: &str,
    name: &str,
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let shown = &*format!("{of}{name}");
    let property = match name {
        "payload_format_indicator" => {
            Property::PayloadFormatIndicator(argument::integer(shown, value, 0..=1)?)
        }
        "message_expiry_interval" => {
            Property::MessageExpiryInterval(argument::integer(shown, value, 0..=u32::MAX)?)
        }
        "content_type" => Property::ContentType(argument::text(shown, value)?),
        "response_topic" => Property::ResponseTopic(argument::topic(shown, value)?.into_text()),
        "correlation_data" => Property::CorrelationData(argument::bytes(shown, value)?),
        "subscription_identifier" => {
            Property::SubscriptionIdentifier(argument::integer(shown, value, 1..=268_435_455)?)
        }
        "will_delay_interval" => {
            Property::WillDelayInterval(argument::integer(shown, value, 0..=u32::MAX)?)
        }
        "user_properties" => {
            for (name, value) in argument::pairs(shown, value)? {
                properties.push(Property::UserProperty(name, value));
            }
            return Ok(());
        }
        _ => {
            return Err(error::unknown_argument(value.py(), shown, &NAMES));
        }
    };
    properties.push(property);
    Ok(())
}
