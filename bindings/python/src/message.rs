//! A received message.

use mqttka_core::client::{self as core, Properties, PropertyId, Received};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyList, PyString};

use crate::vocabulary::{Enum, member};

/// A message that came. Its topic and payload are Python's own objects, made once.
#[pyclass(frozen, module = "mqttka")]
pub(crate) struct Message {
    /// Where it was published.
    #[pyo3(get)]
    topic: Py<PyString>,
    /// The application's bytes.
    #[pyo3(get)]
    payload: Py<PyBytes>,
    /// Whether the broker had kept it for later subscribers.
    #[pyo3(get)]
    retain: bool,
    /// Whether this may be a repeated delivery.
    #[pyo3(get)]
    dup: bool,
    /// The number of the connection that it came over.
    #[pyo3(get)]
    connection_number: u64,
    qos: core::QoS,
    properties: Properties,
    /// Made when they are first asked for: a loop over indices asks again and again.
    user_properties: PyOnceLock<Py<PyList>>,
    subscription_identifiers: PyOnceLock<Py<PyList>>,
}

impl Message {
    pub(crate) fn of(py: Python<'_>, received: Received) -> Self {
        let message = received.message;
        Message {
            topic: PyString::new(py, message.topic.as_str()).unbind(),
            payload: PyBytes::new(py, &message.payload).unbind(),
            retain: message.retain,
            dup: message.dup,
            connection_number: received.connection_number,
            qos: message.qos,
            properties: message.properties,
            user_properties: PyOnceLock::new(),
            subscription_identifiers: PyOnceLock::new(),
        }
    }
}

#[pymethods]
impl Message {
    /// The QoS with which it came.
    #[getter]
    fn qos<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        member(py, Enum::QoS, self.qos as i32)
    }

    /// What the payload is, such as a MIME type.
    #[getter]
    fn content_type(&self) -> Option<&str> {
        self.text(PropertyId::ContentType)
    }

    /// Where an answer is expected.
    #[getter]
    fn response_topic(&self) -> Option<&str> {
        self.text(PropertyId::ResponseTopic)
    }

    /// Marks which request this belongs to.
    #[getter]
    fn correlation_data(&self) -> Option<&[u8]> {
        let data = self.properties.get_binary(PropertyId::CorrelationData);
        data.map(|data| &data[..])
    }

    /// What is left of its lifetime, in seconds.
    #[getter]
    fn message_expiry_interval(&self) -> Option<u32> {
        let id = PropertyId::MessageExpiryInterval;
        self.properties.get_number(id)
    }

    /// 1: the payload is UTF-8 text, 0: bytes.
    #[getter]
    fn payload_format_indicator(&self) -> Option<u32> {
        let id = PropertyId::PayloadFormatIndicator;
        self.properties.get_number(id)
    }

    /// The identifiers of the subscriptions that it came for.
    #[getter]
    fn subscription_identifiers(&self, py: Python<'_>) -> PyResult<Py<PyList>> {
        let list = self.subscription_identifiers.get_or_try_init(py, || {
            let all = self
                .properties
                .iter()
                .filter_map(|property| match property {
                    core::Property::SubscriptionIdentifier(id) => Some(*id),
                    _ => None,
                });
            PyResult::Ok(PyList::new(py, all.collect::<Vec<_>>())?.unbind())
        })?;
        Ok(list.clone_ref(py))
    }

    /// The publisher's own names and values, in order.
    #[getter]
    fn user_properties(&self, py: Python<'_>) -> PyResult<Py<PyList>> {
        let list = self.user_properties.get_or_try_init(py, || {
            let all = self.properties.user_properties();
            let all = all.map(|(name, value)| (name.as_str(), value.as_str()));
            PyResult::Ok(PyList::new(py, all)?.unbind())
        })?;
        Ok(list.clone_ref(py))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!(
            "Message(topic={}, payload={}, qos={}, retain={})",
            self.topic.bind(py).repr()?,
            self.payload.bind(py).repr()?,
            self.qos as u8,
            if self.retain { "True" } else { "False" },
        ))
    }
}

impl Message {
    fn text(&self, id: PropertyId) -> Option<&str> {
        self.properties.get_text(id).map(|text| text.as_str())
    }
}
