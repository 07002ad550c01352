//! The properties of packets, from keyword arguments.

use mqttka_core::client::{Properties, Property, Text};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::{error, payload};

pub(crate) fn text(value: &Bound<'_, PyAny>) -> PyResult<Text> {
    let text: String = value.extract()?;
    Text::try_from(text).map_err(|invalid| error::text(value.py(), invalid))
}

/// Names and values: a mapping, or pairs.
pub(crate) fn pairs(value: &Bound<'_, PyAny>) -> PyResult<Vec<(Text, Text)>> {
    let items = match value.cast::<PyDict>() {
        Ok(mapping) => mapping.items().into_any(),
        Err(_) => value.clone(),
    };
    items
        .try_iter()?
        .map(|pair| {
            let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = pair?.extract()?;
            Ok((text(&name)?, text(&value)?))
        })
        .collect()
}

/// Those that are not None. Which packet may carry which is the core's to say.
pub(crate) fn properties(given: Option<&Bound<'_, PyDict>>) -> PyResult<Properties> {
    let mut properties = Properties::new();
    for (name, value) in given.into_iter().flat_map(|given| given.iter()) {
        if !value.is_none() {
            add(&mut properties, name.extract()?, &value)?;
        }
    }
    Ok(properties)
}

fn add(properties: &mut Properties, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let property = match name {
        "payload_format_indicator" => Property::PayloadFormatIndicator(value.extract()?),
        "message_expiry_interval" => Property::MessageExpiryInterval(value.extract()?),
        "content_type" => Property::ContentType(text(value)?),
        "response_topic" => Property::ResponseTopic(text(value)?),
        "correlation_data" => Property::CorrelationData(payload::bytes(value)?),
        "subscription_identifier" => Property::SubscriptionIdentifier(value.extract()?),
        "will_delay_interval" => Property::WillDelayInterval(value.extract()?),
        "user_properties" => {
            for (name, value) in pairs(value)? {
                properties.push(Property::UserProperty(name, value));
            }
            return Ok(());
        }
        _ => {
            return Err(PyTypeError::new_err(format!(
                "there is no property {name:?}"
            )));
        }
    };
    properties.push(property);
    Ok(())
}
