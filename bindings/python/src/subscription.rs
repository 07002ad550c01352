//! Topics, filters and subscriptions that Python hands in.

use mqttka_core::client::{QoS, RetainHandling, Subscription, TopicFilter, TopicName};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::error;

pub(crate) fn topic(py: Python<'_>, topic: &str) -> PyResult<TopicName> {
    TopicName::try_from(topic).map_err(|invalid| error::topic(py, invalid))
}

pub(crate) fn filter(py: Python<'_>, filter: &str) -> PyResult<TopicFilter> {
    TopicFilter::try_from(filter).map_err(|invalid| error::topic(py, invalid))
}

pub(crate) fn qos(number: u8) -> PyResult<QoS> {
    QoS::from_u8(number).ok_or_else(|| PyValueError::new_err("qos is 0, 1 or 2"))
}

/// From a `mqttka.Subscription`.
pub(crate) fn subscription(given: &Bound<'_, PyAny>) -> PyResult<Subscription> {
    let text: String = given.getattr("filter")?.extract()?;
    let level = qos(given.getattr("qos")?.extract()?)?;
    let mut subscription = Subscription::new(filter(given.py(), &text)?, level);
    subscription.no_local = given.getattr("no_local")?.extract()?;
    subscription.retain_as_published = given.getattr("retain_as_published")?.extract()?;
    subscription.retain_handling = match given.getattr("retain_handling")?.extract()? {
        0 => RetainHandling::SendAtSubscribe,
        1 => RetainHandling::SendIfNew,
        2 => RetainHandling::DoNotSend,
        other => {
            return Err(PyValueError::new_err(format!(
                "retain_handling is {other}, not 0, 1 or 2"
            )));
        }
    };
    Ok(subscription)
}
