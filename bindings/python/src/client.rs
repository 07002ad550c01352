//! The core's client, with Python's types.

use std::ops::RangeInclusive;
use std::time::Duration;

use mqttka_core::client::{
    self as core, Completion, Error, Event, Handler, NetworkChange, ReasonCode,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::bell::Bell;
use crate::events::Events;
use crate::messages::Messages;
use crate::operation::{Awaited, Operation, Pending};
use crate::options::options;
use crate::properties::properties;
use crate::vocabulary::{Enum, member};
use crate::{argument, error, fork, status, subscription};

/// How long a probe may be waited for.
const PROBE: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_secs(86_400);

/// A client. When the last reference goes, it is closed.
#[pyclass(frozen, module = "mqttka._mqttka")]
pub(crate) struct Client {
    client: core::Client,
}

/// Everything is pulled.
struct Nobody;

impl Handler for Nobody {
    fn on_event(&self, _: &Event) {}

    fn on_message(&self, _: core::Message, _: u64) {}
}

/// The result goes to the bell, else to the operation given.
fn begin(
    py: Python<'_>,
    bell: Option<(&Bell, u64)>,
    started: Result<Awaited, Error>,
) -> PyResult<Option<Operation>> {
    let awaited = started.map_err(|refused| error::call(py, &refused))?;
    match bell {
        Some((bell, id)) => {
            Pending::start(bell, id, awaited);
            Ok(None)
        }
        None => Ok(Some(Operation::new(awaited))),
    }
}

/// What `start` is given a completion for.
fn deliver(start: impl FnOnce(Completion) -> Result<(), Error>) -> Result<Awaited, Error> {
    let (completion, delivery) = Completion::delivery();
    start(completion)?;
    Ok(Awaited::Delivery(delivery))
}

fn reason_code(value: &Bound<'_, PyAny>) -> PyResult<ReasonCode> {
    let number = argument::integer("reason_code", value, 0..=255)?;
    ReasonCode::from_u8(number)
        .ok_or_else(|| argument::wrong_value("reason_code", value, "a ReasonCode"))
}

#[pymethods]
impl Client {
    #[new]
    #[pyo3(signature = (host, options))]
    fn new(
        py: Python<'_>,
        host: &Bound<'_, PyAny>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let options = self::options(host, options)?;
        core::Client::with_streams(options, Nobody)
            .map(|client| {
                fork::watch();
                Client { client }
            })
            .map_err(|refused| error::call(py, &refused))
    }

    /// This and the next four: the result is noted as `id` on the bell; without a bell the
    /// operation has it.
    #[pyo3(signature = (bell=None, id=0))]
    fn connect(&self, py: Python<'_>, bell: Option<&Bell>, id: u64) -> PyResult<Option<Operation>> {
        let started = self.client.connecting().map(Awaited::Connecting);
        begin(py, bell.map(|bell| (bell, id)), started)
    }

    #[pyo3(signature = (reason_code, bell=None, id=0))]
    fn disconnect(
        &self,
        py: Python<'_>,
        reason_code: &Bound<'_, PyAny>,
        bell: Option<&Bell>,
        id: u64,
    ) -> PyResult<Option<Operation>> {
        let reason_code = self::reason_code(reason_code)?;
        let started = self.client.disconnecting(reason_code);
        let started = started.map(Awaited::Disconnecting);
        begin(py, bell.map(|bell| (bell, id)), started)
    }

    #[pyo3(signature = (topic, payload, qos, retain, properties=None, bell=None, id=0))]
    #[allow(clippy::too_many_arguments)]
    fn publish(
        &self,
        py: Python<'_>,
        topic: &Bound<'_, PyAny>,
        payload: &Bound<'_, PyAny>,
        qos: &Bound<'_, PyAny>,
        retain: &Bound<'_, PyAny>,
        properties: Option<&Bound<'_, PyDict>>,
        bell: Option<&Bell>,
        id: u64,
    ) -> PyResult<Option<Operation>> {
        let topic = argument::topic("topic", topic)?;
        let mut message = core::Message::new(topic, argument::bytes("payload", payload)?)
            .with_qos(subscription::qos("qos", qos)?)
            .with_retain(argument::flag("retain", retain)?);
        message.properties = self::properties("", properties)?;
        let started = deliver(|completion| self.client.publish(message, completion));
        begin(py, bell.map(|bell| (bell, id)), started)
    }

    #[pyo3(signature = (subscriptions, properties=None, bell=None, id=0))]
    fn subscribe(
        &self,
        py: Python<'_>,
        subscriptions: Vec<Bound<'_, PyAny>>,
        properties: Option<&Bound<'_, PyDict>>,
        bell: Option<&Bell>,
        id: u64,
    ) -> PyResult<Option<Operation>> {
        let subscriptions = subscriptions.iter().map(subscription::subscription);
        let subscriptions = subscriptions.collect::<PyResult<Vec<_>>>()?;
        let properties = self::properties("", properties)?;
        let started =
            deliver(|completion| self.client.subscribe(subscriptions, properties, completion));
        begin(py, bell.map(|bell| (bell, id)), started)
    }

    #[pyo3(signature = (filters, properties=None, bell=None, id=0))]
    fn unsubscribe(
        &self,
        py: Python<'_>,
        filters: Vec<Bound<'_, PyAny>>,
        properties: Option<&Bound<'_, PyDict>>,
        bell: Option<&Bell>,
        id: u64,
    ) -> PyResult<Option<Operation>> {
        let filters = filters.iter().map(|one| argument::filter("filter", one));
        let filters = filters.collect::<PyResult<Vec<_>>>()?;
        let properties = self::properties("", properties)?;
        let started =
            deliver(|completion| self.client.unsubscribe(filters, properties, completion));
        begin(py, bell.map(|bell| (bell, id)), started)
    }

    #[pyo3(signature = (filter=None))]
    fn messages(&self, py: Python<'_>, filter: Option<&Bound<'_, PyAny>>) -> PyResult<Messages> {
        let filter = filter
            .map(|one| argument::filter("filter", one))
            .transpose()?;
        let opened = self.client.messages(filter);
        opened
            .map(Messages::new)
            .map_err(|refused| error::call(py, &refused))
    }

    fn events(&self, py: Python<'_>) -> PyResult<Events> {
        let opened = self.client.events();
        opened
            .map(Events::new)
            .map_err(|refused| error::call(py, &refused))
    }

    fn probe_now(&self, py: Python<'_>, timeout: &Bound<'_, PyAny>) -> PyResult<()> {
        let timeout = argument::seconds("timeout", timeout, PROBE)?;
        let refused = self.client.probe_now(timeout);
        refused.map_err(|refused| error::call(py, &refused))
    }

    fn network_changed(&self, py: Python<'_>, change: &Bound<'_, PyAny>) -> PyResult<()> {
        let change = match argument::integer("change", change, 1..=3)? {
            1 => NetworkChange::Lost,
            2 => NetworkChange::Available,
            _ => NetworkChange::Changed,
        };
        let refused = self.client.network_changed(change);
        refused.map_err(|refused| error::call(py, &refused))
    }

    fn status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        fork::check(py)?;
        status::to_python(py, &self.client.status())
    }

    #[getter]
    fn state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        fork::check(py)?;
        member(py, Enum::State, self.client.status().state as i32)
    }

    fn close(&self) {
        self.client.close();
    }
}
