//! The core's client, with Python's types.

use mqttka_core::client::{
    self as core, Completion, Error, Event, Handler, NetworkChange, NetworkUpdate, PublishOptions,
    ReasonCode, SubscriptionOptions,
};
use pyo3::prelude::*;
use pyo3::pyclass::{PyTraverseError, PyVisit};
use pyo3::types::PyDict;

use crate::events::Events;
use crate::messages::Messages;
use crate::network::Slots;
use crate::operation::{Awaited, Operation, begin};
use crate::options;
use crate::properties::properties;
use crate::slot::Slot;
use crate::vocabulary::{Enum, member};
use crate::{argument, bounded, error, fork, status, subscription};

/// A client. When the last reference goes, it is closed.
#[pyclass(frozen, module = "mqttka._mqttka")]
pub(crate) struct Client {
    client: core::Client,
    /// What it was made with.
    options: core::Options,
    /// What the core calls, for the garbage collector.
    slots: Slots,
    host: String,
}

/// Everything is pulled.
struct Nobody;

impl Handler for Nobody {
    fn on_event(&self, _: &Event) {}

    fn on_message(&self, _: core::Message, _: u64) {}
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

impl Client {
    fn with(py: Python<'_>, options: core::Options, slots: Slots, host: String) -> PyResult<Self> {
        core::Client::with_streams(options.clone(), Nobody)
            .map(|client| Client {
                client,
                options,
                slots,
                host,
            })
            .map_err(|refused| error::call(py, &refused))
    }
}

#[pymethods]
impl Client {
    #[new]
    #[pyo3(signature = (host, options))]
    fn new(
        py: Python<'_>,
        host: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let (mut options, slots) = options::options(py, host, options)?;
        let host = options.server().map_or_else(String::new, |server| {
            let of_socket = server.host.is_empty();
            (if of_socket {
                &server.path
            } else {
                &server.host
            })
            .clone()
        });
        Client::with(py, options, slots, host)
    }

    /// A new client with the same options.
    fn again(&self, py: Python<'_>) -> PyResult<Self> {
        Client::with(
            py,
            self.options.clone(),
            self.slots.clone(),
            self.host.clone(),
        )
    }

    /// The first server's; the path of a Unix socket.
    #[getter]
    fn host(&self) -> &str {
        &self.host
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.slots.iter().try_for_each(|slot| slot.traverse(&visit))
    }

    fn __clear__(&self) {
        self.slots.iter().for_each(Slot::clear);
    }

    fn connect(&self, py: Python<'_>) -> PyResult<Operation> {
        let started = self.client.connecting().map(Awaited::Connecting);
        begin(py, started)
    }

    #[pyo3(signature = (reason_code, drain_timeout))]
    fn disconnect(
        &self,
        py: Python<'_>,
        reason_code: &Bound<'_, PyAny>,
        drain_timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Operation> {
        let reason_code = self::reason_code(reason_code)?;
        let started = match drain_timeout {
            None => self.client.disconnecting(reason_code),
            Some(time) => {
                let time = bounded::time("drain_timeout", time)?;
                self.client.disconnecting_after(reason_code, time)
            }
        };
        let started = started.map(Awaited::Disconnecting);
        begin(py, started)
    }

    #[pyo3(signature = (topic, payload, qos, retain, timeout, properties=None))]
    #[allow(clippy::too_many_arguments)]
    fn publish(
        &self,
        py: Python<'_>,
        topic: &Bound<'_, PyAny>,
        payload: &Bound<'_, PyAny>,
        qos: &Bound<'_, PyAny>,
        retain: &Bound<'_, PyAny>,
        timeout: Option<&Bound<'_, PyAny>>,
        properties: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Operation> {
        let topic = argument::topic("topic", topic)?;
        let mut message = core::Message::new(topic, argument::payload("payload", payload)?)
            .with_qos(subscription::qos("qos", qos)?)
            .with_retain(argument::flag("retain", retain)?);
        message.properties = self::properties("", properties)?;
        let mut options = PublishOptions::default();
        options.timeout = timeout
            .map(|time| argument::seconds("timeout", time, bounded::bounds("publish_timeout")))
            .transpose()?;
        let started = deliver(|completion| self.client.publish_with(message, &options, completion));
        begin(py, started)
    }

    #[pyo3(signature = (subscriptions, properties=None))]
    fn subscribe(
        &self,
        py: Python<'_>,
        subscriptions: Vec<Bound<'_, PyAny>>,
        properties: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Operation> {
        let subscriptions = subscriptions.iter().map(subscription::subscription);
        let subscriptions = subscriptions.collect::<PyResult<Vec<_>>>()?;
        let properties = self::properties("", properties)?;
        let started =
            deliver(|completion| self.client.subscribe(subscriptions, properties, completion));
        begin(py, started)
    }

    /// A stream, and the operation that subscribes for it.
    #[pyo3(signature = (subscriptions, properties, outlive_connections))]
    fn subscription(
        &self,
        py: Python<'_>,
        subscriptions: Vec<Bound<'_, PyAny>>,
        properties: Option<&Bound<'_, PyDict>>,
        outlive_connections: &Bound<'_, PyAny>,
    ) -> PyResult<(Messages, Operation)> {
        let subscriptions = subscriptions.iter().map(subscription::subscription);
        let subscriptions = subscriptions.collect::<PyResult<Vec<_>>>()?;
        let properties = self::properties("", properties)?;
        let mut options = SubscriptionOptions::default();
        options.outlives_connections = argument::flag("outlive_connections", outlive_connections)?;
        let (completion, delivery) = Completion::delivery();
        let opened = self
            .client
            .subscription(subscriptions, properties, options, completion)
            .map_err(|refused| error::call(py, &refused))?;
        let operation = begin(py, Ok(Awaited::Delivery(delivery)))?;
        Ok((Messages::new(opened), operation))
    }

    #[pyo3(signature = (filters, properties=None))]
    fn unsubscribe(
        &self,
        py: Python<'_>,
        filters: Vec<Bound<'_, PyAny>>,
        properties: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Operation> {
        let filters = filters.iter().map(|one| argument::filter("filter", one));
        let filters = filters.collect::<PyResult<Vec<_>>>()?;
        let properties = self::properties("", properties)?;
        let started =
            deliver(|completion| self.client.unsubscribe(filters, properties, completion));
        begin(py, started)
    }

    /// `tells`: that the client stops for good is raised, once.
    #[pyo3(signature = (filter=None, tells=true))]
    fn messages(
        &self,
        py: Python<'_>,
        filter: Option<&Bound<'_, PyAny>>,
        tells: bool,
    ) -> PyResult<Messages> {
        let filter = filter
            .map(|one| argument::filter("filter", one))
            .transpose()?;
        let messages = if tells {
            Messages::new
        } else {
            Messages::in_silence
        };
        let opened = self.client.messages(filter);
        opened
            .map(messages)
            .map_err(|refused| error::call(py, &refused))
    }

    fn events(&self, py: Python<'_>) -> PyResult<Events> {
        let opened = self.client.events();
        opened
            .map(Events::new)
            .map_err(|refused| error::call(py, &refused))
    }

    fn probe_now(&self, py: Python<'_>, timeout: &Bound<'_, PyAny>) -> PyResult<()> {
        let timeout = argument::seconds("timeout", timeout, bounded::bounds("probe_timeout"))?;
        let refused = self.client.probe_now(timeout);
        refused.map_err(|refused| error::call(py, &refused))
    }

    fn network_changed(
        &self,
        py: Python<'_>,
        change: &Bound<'_, PyAny>,
        metered: &Bound<'_, PyAny>,
        validated: &Bound<'_, PyAny>,
        captive_portal: &Bound<'_, PyAny>,
        id: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let change = match argument::integer("change", change, 1..=3)? {
            1 => NetworkChange::Lost,
            2 => NetworkChange::Available,
            _ => NetworkChange::Changed,
        };
        let known = |name, value| argument::optional(value, |value| argument::flag(name, value));
        let mut update = NetworkUpdate::new(change);
        update.metered = known("metered", metered)?;
        update.validated = known("validated", validated)?;
        update.captive_portal = known("captive_portal", captive_portal)?;
        update.id = argument::text("id", id)?;
        let refused = self.client.network_changed(update);
        refused.map_err(|refused| error::call(py, &refused))
    }

    fn reconnect_now(&self, py: Python<'_>) -> PyResult<()> {
        let refused = self.client.reconnect_now();
        refused.map_err(|refused| error::call(py, &refused))
    }

    fn entered_background(&self, py: Python<'_>) -> PyResult<()> {
        let refused = self.client.entered_background();
        refused.map_err(|refused| error::call(py, &refused))
    }

    fn entered_foreground(&self, py: Python<'_>) -> PyResult<()> {
        let refused = self.client.entered_foreground();
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

    fn abort(&self) {
        self.client.abort();
    }
}
