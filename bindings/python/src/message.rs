//! A message that came, or that the application makes.

use mqttka_core::client::{
    self as core, Acknowledgement, Properties, Property, PropertyId, Received, Refusal, TopicName,
};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use crate::properties::properties;
use crate::reason::reason_code;
use crate::told::pairs;
use crate::trace::{self, TraceContext};
use crate::vocabulary::{Enum, member};
use crate::{argument, error, gate, python, subscription};

/// How much of a payload is printed.
const SHOWN: usize = 64;

/// A message. Its topic and payload are Python's own objects, made once.
#[pyclass(frozen, module = "mqttka")]
pub(crate) struct Message {
    /// Where it was published, a `mqttka.Topic`.
    #[pyo3(get)]
    topic: Py<PyAny>,
    /// The application's bytes.
    #[pyo3(get)]
    payload: Py<PyBytes>,
    /// Whether the broker had kept it for later subscribers.
    #[pyo3(get)]
    retain: bool,
    /// Whether this may be a repeated delivery.
    #[pyo3(get)]
    dup: bool,
    /// The number of the connection that it came over; 0 for a message that did not come.
    #[pyo3(get)]
    connection_number: u64,
    qos: core::QoS,
    properties: Properties,
    /// The application's to give; dropped, the message comes again.
    acknowledgement: Option<Acknowledgement>,
    /// Made when they are first asked for: a loop over indices asks again and again.
    user_properties: PyOnceLock<Py<PyList>>,
    subscription_identifiers: PyOnceLock<Py<PyList>>,
}

impl Message {
    pub(crate) fn of(py: Python<'_>, received: Received) -> PyResult<Self> {
        let mut message = Message::of_message(py, received.message, received.connection_number)?;
        message.acknowledgement = received.acknowledgement;
        Ok(message)
    }

    pub(crate) fn of_message(
        py: Python<'_>,
        message: core::Message,
        connection_number: u64,
    ) -> PyResult<Self> {
        Ok(Message {
            topic: python::topic(py, message.topic.as_str())?.unbind(),
            payload: PyBytes::new(py, &message.payload).unbind(),
            retain: message.retain,
            dup: message.dup,
            connection_number,
            qos: message.qos,
            properties: message.properties,
            acknowledgement: None,
            user_properties: PyOnceLock::new(),
            subscription_identifiers: PyOnceLock::new(),
        })
    }

    /// As the core has it, to be published.
    pub(crate) fn to_core(&self, py: Python<'_>) -> PyResult<core::Message> {
        let topic = self.topic.bind(py).extract::<String>()?;
        let topic = TopicName::try_from(topic)
            .map_err(|invalid| error::argument(py, "topic", &invalid.into()))?;
        let payload = core::Bytes::copy_from_slice(self.payload.as_bytes(py));
        let mut message = core::Message::new(topic, payload)
            .with_qos(self.qos)
            .with_retain(self.retain);
        message.properties = self.properties.clone();
        Ok(message)
    }

    fn text_of(&self, id: PropertyId) -> Option<&str> {
        self.properties.get_text(id).map(|text| text.as_str())
    }

    /// The arguments that make another one of it.
    fn arguments<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let all = PyDict::new(py);
        all.set_item("qos", self.qos as u8)?;
        all.set_item("retain", self.retain)?;
        all.set_item("dup", self.dup)?;
        all.set_item("connection_number", self.connection_number)?;
        all.set_item("content_type", self.content_type())?;
        all.set_item("response_topic", self.response_topic())?;
        let correlation_data = self.correlation_data().map(|data| PyBytes::new(py, data));
        all.set_item("correlation_data", correlation_data)?;
        all.set_item("message_expiry_interval", self.message_expiry_interval())?;
        all.set_item("payload_format_indicator", self.payload_format_indicator())?;
        all.set_item(
            "subscription_identifiers",
            self.subscription_identifiers(py)?,
        )?;
        all.set_item("user_properties", self.user_properties(py)?)?;
        Ok(all)
    }
}

#[pymethods]
impl Message {
    #[classattr]
    fn __match_args__() -> (&'static str, &'static str) {
        ("topic", "payload")
    }

    #[new]
    #[pyo3(signature = (topic, payload=None, *, qos=None, retain=None, dup=None,
        connection_number=None, subscription_identifiers=None, **properties))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        topic: &Bound<'_, PyAny>,
        payload: Option<&Bound<'_, PyAny>>,
        qos: Option<&Bound<'_, PyAny>>,
        retain: Option<&Bound<'_, PyAny>>,
        dup: Option<&Bound<'_, PyAny>>,
        connection_number: Option<&Bound<'_, PyAny>>,
        subscription_identifiers: Option<&Bound<'_, PyAny>>,
        properties: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let py = topic.py();
        let flag = |name, value: Option<&Bound<'_, PyAny>>| {
            value.map_or(Ok(false), |value| argument::flag(name, value))
        };
        let connection_number = connection_number
            .map(|number| argument::integer("connection_number", number, 0..=u64::MAX));
        let payload = payload.map(|payload| argument::payload("payload", payload));
        let qos = qos.map(|qos| subscription::qos("qos", qos));
        let mut properties = self::properties("", properties)?;
        if let Some(given) = subscription_identifiers {
            let name = "subscription_identifiers";
            let wanted = |_| argument::wrong_type(name, given, "a list of int");
            for id in given.try_iter().map_err(wanted)? {
                let id = argument::integer(name, &id?, 1..=268_435_455)?;
                properties.push(Property::SubscriptionIdentifier(id));
            }
        }
        Ok(Message {
            topic: python::topic(py, argument::topic("topic", topic)?.as_str())?.unbind(),
            payload: PyBytes::new(py, &payload.transpose()?.unwrap_or_default()).unbind(),
            retain: flag("retain", retain)?,
            dup: flag("dup", dup)?,
            connection_number: connection_number.transpose()?.unwrap_or_default(),
            qos: qos.transpose()?.unwrap_or(core::QoS::AtMostOnce),
            properties,
            acknowledgement: None,
            user_properties: PyOnceLock::new(),
            subscription_identifiers: PyOnceLock::new(),
        })
    }

    /// The payload as text. Raises InvalidText where it is not UTF-8.
    #[getter]
    fn text(&self, py: Python<'_>) -> PyResult<Py<PyString>> {
        let payload = self.payload.as_bytes(py);
        match std::str::from_utf8(payload) {
            Ok(text) => Ok(PyString::new(py, text).unbind()),
            Err(invalid) => {
                let at = invalid.valid_up_to();
                Err(error::invalid_text(
                    py,
                    &format!(
                        "the payload is not UTF-8 text: byte {at} of {}",
                        payload.len()
                    ),
                ))
            }
        }
    }

    /// Whether it belongs to this topic filter. Raises InvalidTopic where that is none.
    fn matches(&self, py: Python<'_>, filter: &Bound<'_, PyAny>) -> PyResult<bool> {
        topic_matches(filter, self.topic.bind(py))
    }

    /// It was consumed, where the application acknowledges manually; else nothing.
    fn acknowledge(&self) {
        if let Some(acknowledgement) = &self.acknowledgement {
            acknowledgement.acknowledge();
        }
    }

    /// It is not wanted, where the application acknowledges manually.
    #[pyo3(signature = (reason_code=None, *, reason_string=None, user_properties=None))]
    fn refuse(
        &self,
        py: Python<'_>,
        reason_code: Option<&Bound<'_, PyAny>>,
        reason_string: Option<&Bound<'_, PyAny>>,
        user_properties: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let code = reason_code.map_or(Ok(core::ReasonCode::UnspecifiedError), |code| {
            self::reason_code(code)
        })?;
        let call = |refused| error::call(py, &refused);
        let mut refusal = Refusal::new(code).map_err(call)?;
        if let Some(words) = reason_string {
            refusal = refusal.with_reason_string(argument::text("reason_string", words)?);
        }
        if let Some(pairs) = user_properties {
            for (name, value) in argument::pairs("user_properties", pairs)? {
                refusal = refusal.with_user_property(name, value).map_err(call)?;
            }
        }
        match &self.acknowledgement {
            Some(acknowledgement) => acknowledgement.refuse(refusal).map_err(call),
            None => Ok(()),
        }
    }

    /// The answer to this request, to be published.
    #[pyo3(signature = (payload=None))]
    fn reply(&self, py: Python<'_>, payload: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let payload = payload.map(|payload| argument::payload("payload", payload));
        let payload = payload.transpose()?.unwrap_or_default();
        let reply = self.to_core(py)?.reply_to(payload);
        let reply = reply.map_err(|refused| error::call(py, &refused))?;
        Message::of_message(py, reply, 0)
    }

    /// The trace that it belongs to.
    #[getter]
    fn trace_context(&self) -> Option<TraceContext> {
        trace::of(&self.properties)
    }

    /// The QoS with which it came.
    #[getter]
    fn qos<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        member(py, Enum::QoS, self.qos as i32)
    }

    /// What the payload is, such as a MIME type.
    #[getter]
    fn content_type(&self) -> Option<&str> {
        self.text_of(PropertyId::ContentType)
    }

    /// Where an answer is expected.
    #[getter]
    fn response_topic(&self) -> Option<&str> {
        self.text_of(PropertyId::ResponseTopic)
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
                    Property::SubscriptionIdentifier(id) => Some(*id),
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
            let all = pairs(&self.properties);
            PyResult::Ok(PyList::new(py, all)?.unbind())
        })?;
        Ok(list.clone_ref(py))
    }

    /// What was published alike is equal, whatever delivered it.
    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let Ok(other) = other.cast::<Message>() else {
            return Ok(py.NotImplemented());
        };
        let other = other.get();
        let equal = self.topic.bind(py).eq(other.topic.bind(py))?
            && self.payload.as_bytes(py) == other.payload.as_bytes(py)
            && (self.qos, self.retain) == (other.qos, other.retain)
            && self.properties == other.properties;
        Ok(equal.into_pyobject(py)?.to_owned().into_any().unbind())
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        (&self.topic, &self.payload, self.qos as u8, self.retain)
            .into_pyobject(py)?
            .hash()
    }

    fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        // Plain text, which any program can read.
        let topic = self.topic.bind(py).str()?;
        ((topic, &self.payload), self.arguments(py)?).into_pyobject(py)
    }

    /// For `copy.replace`.
    #[pyo3(signature = (**changes))]
    fn __replace__<'py>(
        slf: &Bound<'py, Self>,
        changes: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (py, this) = (slf.py(), slf.get());
        let all = this.arguments(py)?;
        all.set_item("topic", &this.topic)?;
        all.set_item("payload", &this.payload)?;
        if let Some(changes) = changes {
            all.update(changes.as_mapping())?;
        }
        gate::within(py, || slf.get_type().call((), Some(&all)))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let payload = self.payload.as_bytes(py);
        let shown = PyBytes::new(py, &payload[..payload.len().min(SHOWN)]).repr()?;
        let more = match payload.len() {
            0..=SHOWN => String::new(),
            length => format!("... {length} bytes"),
        };
        Ok(format!(
            "Message(topic={}, payload={shown}{more}, qos={}, retain={})",
            self.topic.bind(py).repr()?,
            self.qos as u8,
            if self.retain { "True" } else { "False" },
        ))
    }
}

/// Whether messages of `topic` belong to `filter`: `+` stands for one level, `#` for all that
/// follow, and neither for topics that begin with `$`. Of a shared subscription,
/// `$share/{name}/{filter}`, its filter counts.
///
/// Raises InvalidTopic, which says which of the two is none.
#[pyfunction]
pub(crate) fn topic_matches(filter: &Bound<'_, PyAny>, topic: &Bound<'_, PyAny>) -> PyResult<bool> {
    let filter = argument::filter("filter", filter)?;
    Ok(filter.matches(&argument::topic("topic", topic)?))
}
