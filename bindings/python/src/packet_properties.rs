//! All properties of MQTT 5.0 by their names in Python, as packets of the fake broker and of its clients bear them.

use std::ops::RangeInclusive;

use mqttka_core::client::{Error, Properties, Property, PropertyId as Id};
use mqttka_testing::properties as make;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::{argument, error, told};

/// What the value of a property is.
enum Value {
    Number(RangeInclusive<u32>),
    Text,
    Bytes,
    /// Names and values, of which there may be any number.
    Pairs,
}

/// Its name, and what its value is.
fn of(id: Id) -> (&'static str, Value) {
    let flag = || Value::Number(0..=1);
    let short = |least| Value::Number(least..=65_535);
    let long = |least| Value::Number(least..=u32::MAX);
    match id {
        Id::PayloadFormatIndicator => ("payload_format_indicator", flag()),
        Id::MessageExpiryInterval => ("message_expiry_interval", long(0)),
        Id::ContentType => ("content_type", Value::Text),
        Id::ResponseTopic => ("response_topic", Value::Text),
        Id::CorrelationData => ("correlation_data", Value::Bytes),
        Id::SubscriptionIdentifier => ("subscription_identifier", Value::Number(1..=268_435_455)),
        Id::SessionExpiryInterval => ("session_expiry_interval", long(0)),
        Id::AssignedClientIdentifier => ("assigned_client_identifier", Value::Text),
        Id::ServerKeepAlive => ("server_keep_alive", short(0)),
        Id::AuthenticationMethod => ("authentication_method", Value::Text),
        Id::AuthenticationData => ("authentication_data", Value::Bytes),
        Id::RequestProblemInformation => ("request_problem_information", flag()),
        Id::WillDelayInterval => ("will_delay_interval", long(0)),
        Id::RequestResponseInformation => ("request_response_information", flag()),
        Id::ResponseInformation => ("response_information", Value::Text),
        Id::ServerReference => ("server_reference", Value::Text),
        Id::ReasonString => ("reason_string", Value::Text),
        Id::ReceiveMaximum => ("receive_maximum", short(1)),
        Id::TopicAliasMaximum => ("topic_alias_maximum", short(0)),
        Id::TopicAlias => ("topic_alias", short(1)),
        Id::MaximumQoS => ("maximum_qos", flag()),
        Id::RetainAvailable => ("retain_available", flag()),
        Id::UserProperty => ("user_properties", Value::Pairs),
        Id::MaximumPacketSize => ("maximum_packet_size", long(1)),
        Id::WildcardSubscriptionAvailable => ("wildcard_subscription_available", flag()),
        Id::SubscriptionIdentifierAvailable => ("subscription_identifier_available", flag()),
        Id::SharedSubscriptionAvailable => ("shared_subscription_available", flag()),
    }
}

/// All names, for the tests.
pub(crate) fn names() -> Vec<&'static str> {
    Id::ALL.iter().map(|id| of(*id).0).collect()
}

/// From keyword arguments; those that are None are left out. Which packet may bear which is the broker's to say.
pub(crate) fn given(all: &Bound<'_, PyDict>) -> PyResult<Properties> {
    let mut properties = Properties::new();
    for (name, value) in all.iter() {
        if !value.is_none() {
            add(&mut properties, name.extract()?, &value)?;
        }
    }
    Ok(properties)
}

fn add(properties: &mut Properties, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = value.py();
    let Some(id) = Id::ALL.iter().copied().find(|id| of(*id).0 == name) else {
        return Err(error::unknown_argument(py, name, &names()));
    };
    let made = match of(id).1 {
        Value::Number(bounds) => make::number(id, argument::integer(name, value, bounds)?),
        Value::Text => make::text(id, argument::text(name, value)?.as_str()),
        Value::Bytes => {
            let bytes = argument::bytes(name, value)?;
            if bytes.len() > usize::from(u16::MAX) {
                let text = format!(
                    "{name} has {} bytes; it must have 65535 at most",
                    bytes.len()
                );
                return Err(error::call(py, &Error::InvalidArgument(text)));
            }
            make::binary(id, &bytes)
        }
        Value::Pairs => {
            for (name, value) in argument::pairs(name, value)? {
                properties.push(Property::UserProperty(name, value));
            }
            return Ok(());
        }
    };
    properties.push(made.map_err(|refused| error::testing(py, &refused))?);
    Ok(())
}

/// Those that are there, as `mqttka.testing.Properties` takes them.
pub(crate) fn shown<'py>(py: Python<'py>, all: &Properties) -> PyResult<Bound<'py, PyDict>> {
    let shown = PyDict::new(py);
    for id in Id::ALL.iter().copied().filter(|id| all.get(*id).is_some()) {
        let (name, value) = of(id);
        match value {
            Value::Number(_) => shown.set_item(name, all.get_number(id))?,
            Value::Text => shown.set_item(name, all.get_text(id).map(|it| it.as_str()))?,
            Value::Bytes => {
                let bytes = all.get_binary(id).map(|it| PyBytes::new(py, it));
                shown.set_item(name, bytes)?;
            }
            Value::Pairs => shown.set_item(name, told::pairs(all))?,
        }
    }
    Ok(shown)
}
