//! Subscriptions that Python hands in.

use mqttka_core::client::{QoS, RetainHandling, Subscription};
use pyo3::prelude::*;

use crate::argument::{self, attribute};

pub(crate) fn qos(name: &str, value: &Bound<'_, PyAny>) -> PyResult<QoS> {
    let number = argument::integer(name, value, 0..=2)?;
    QoS::from_u8(number).ok_or_else(|| argument::wrong_value(name, value, "0 to 2"))
}

/// From a `mqttka.Subscription`.
pub(crate) fn subscription(given: &Bound<'_, PyAny>) -> PyResult<Subscription> {
    let field = |name| attribute("a filter", given, "a str or a mqttka.Subscription", name);
    let filter = argument::filter("filter", &field("filter")?)?;
    let mut subscription = Subscription::new(filter, qos("qos", &field("qos")?)?);
    subscription.no_local = argument::flag("no_local", &field("no_local")?)?;
    subscription.retain_as_published =
        argument::flag("retain_as_published", &field("retain_as_published")?)?;
    let handling = field("retain_handling")?;
    subscription.retain_handling = match argument::integer("retain_handling", &handling, 0..=2)? {
        0 => RetainHandling::SendAtSubscribe,
        1 => RetainHandling::SendIfNew,
        _ => RetainHandling::DoNotSend,
    };
    Ok(subscription)
}
