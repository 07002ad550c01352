//! The core's client, with Python's types.

use std::time::Duration;

use mqttka_core::client::{
    self as core, Completion, DisconnectOptions, Error, Event, Handler, NetworkChange,
    NetworkUpdate, PublishOptions, RequestOptions, SubscriptionOptions,
};
use pyo3::prelude::*;
use pyo3::pyclass::{PyTraverseError, PyVisit};
use pyo3::types::PyDict;

use crate::counters::Counters;
use crate::events::Events;
use crate::message::Message;
use crate::messages::Messages;
use crate::network::Slots;
use crate::operation::{Awaited, Operation, begin};
use crate::options;
use crate::properties::properties;
use crate::requests::Requests;
use crate::responder::{Responder, Responders, answer};
use crate::slot::Slot;
use crate::vocabulary::{Enum, member};
use crate::{argument, bounded, error, event, fork, reason, status, subscription};

/// A client. When the last reference goes, it is closed.
#[pyclass(frozen, module = "mqttka._mqttka")]
pub(crate) struct Client {
    client: core::Client,
    /// What it was made with.
    options: core::Options,
    /// What the core calls, for the garbage collector.
    slots: Slots,
    responders: Responders,
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

/// A message of an application's arguments.
fn message(
    topic: &Bound<'_, PyAny>,
    payload: &Bound<'_, PyAny>,
    qos: &Bound<'_, PyAny>,
    retain: &Bound<'_, PyAny>,
    properties: Option<&Bound<'_, PyDict>>,
) -> PyResult<core::Message> {
    let topic = argument::topic("topic", topic)?;
    let mut message = core::Message::new(topic, argument::payload("payload", payload)?)
        .with_qos(subscription::qos("qos", qos)?)
        .with_retain(argument::flag("retain", retain)?);
    message.properties = self::properties("", properties)?;
    Ok(message)
}

/// A time that is not needed.
fn time(name: &str, bounds: &str, given: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Duration>> {
    given
        .map(|time| argument::seconds(name, time, bounded::bounds(bounds)))
        .transpose()
}

fn publish_options(
    timeout: Option<&Bound<'_, PyAny>>,
    receipt: &Bound<'_, PyAny>,
) -> PyResult<PublishOptions> {
    let mut options = PublishOptions::default();
    options.timeout = time("timeout", "publish_timeout", timeout)?;
    options.receipt = argument::flag("receipt", receipt)?;
    Ok(options)
}

impl Client {
    fn with(py: Python<'_>, options: core::Options, slots: Slots, host: String) -> PyResult<Self> {
        core::Client::with_streams(options.clone(), Nobody)
            .map(|client| Client {
                client,
                options,
                slots,
                responders: Responders::default(),
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
        self.slots
            .iter()
            .try_for_each(|slot| slot.traverse(&visit))?;
        self.responders.traverse(&visit)
    }

    fn __clear__(&self) {
        self.slots.iter().for_each(Slot::clear);
        self.responders.clear();
    }

    fn connect(&self, py: Python<'_>) -> PyResult<Operation> {
        let started = self.client.connecting().map(Awaited::Connecting);
        begin(py, started)
    }

    #[pyo3(signature = (reason_code, drain_timeout=None, session_expiry_interval=None,
        reason_string=None, user_properties=None))]
    fn disconnect(
        &self,
        py: Python<'_>,
        reason_code: &Bound<'_, PyAny>,
        drain_timeout: Option<&Bound<'_, PyAny>>,
        session_expiry_interval: Option<&Bound<'_, PyAny>>,
        reason_string: Option<&Bound<'_, PyAny>>,
        user_properties: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Operation> {
        let mut options = DisconnectOptions::default();
        options.reason_code = reason::reason_code(reason_code)?;
        options.drain_timeout = time("drain_timeout", "drain_timeout", drain_timeout)?;
        options.session_expiry_interval = session_expiry_interval
            .map(|interval| bounded::number("session_expiry_interval", interval))
            .transpose()?;
        options.reason_string = reason_string
            .map(|words| argument::text("reason_string", words))
            .transpose()?;
        if let Some(pairs) = user_properties {
            options.user_properties = argument::pairs("user_properties", pairs)?;
        }
        let started = self.client.disconnecting_with(&options);
        begin(py, started.map(Awaited::Disconnecting))
    }

    #[pyo3(signature = (topic, payload, qos, retain, timeout, receipt, properties=None))]
    #[allow(clippy::too_many_arguments)]
    fn publish(
        &self,
        py: Python<'_>,
        topic: &Bound<'_, PyAny>,
        payload: &Bound<'_, PyAny>,
        qos: &Bound<'_, PyAny>,
        retain: &Bound<'_, PyAny>,
        timeout: Option<&Bound<'_, PyAny>>,
        receipt: &Bound<'_, PyAny>,
        properties: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Operation> {
        let message = message(topic, payload, qos, retain, properties)?;
        let options = publish_options(timeout, receipt)?;
        let started = deliver(|completion| self.client.publish_with(message, &options, completion));
        begin(py, started)
    }

    /// With all that the message has.
    fn publish_message(
        &self,
        py: Python<'_>,
        message: &Bound<'_, PyAny>,
        timeout: Option<&Bound<'_, PyAny>>,
        receipt: &Bound<'_, PyAny>,
    ) -> PyResult<Operation> {
        let given = message.cast::<Message>();
        let given =
            given.map_err(|_| argument::wrong_type("message", message, "a mqttka.Message"))?;
        let message = given.get().to_core(py)?;
        let options = publish_options(timeout, receipt)?;
        let started = deliver(|completion| self.client.publish_with(message, &options, completion));
        begin(py, started)
    }

    fn flush(&self, py: Python<'_>, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<Operation> {
        let timeout = time("timeout", "flush_timeout", timeout)?;
        begin(
            py,
            deliver(|completion| self.client.flush(timeout, completion)),
        )
    }

    #[pyo3(signature = (topic, payload, qos, retain, timeout, properties=None))]
    #[allow(clippy::too_many_arguments)]
    fn request(
        &self,
        py: Python<'_>,
        topic: &Bound<'_, PyAny>,
        payload: &Bound<'_, PyAny>,
        qos: &Bound<'_, PyAny>,
        retain: &Bound<'_, PyAny>,
        timeout: &Bound<'_, PyAny>,
        properties: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Operation> {
        let message = message(topic, payload, qos, retain, properties)?;
        let mut options = RequestOptions::default();
        options.timeout =
            argument::seconds("timeout", timeout, bounded::bounds("request_timeout"))?;
        let started = self.client.request(message, &options);
        begin(py, started.map(Awaited::Requesting))
    }

    /// What answers requests, and the operation that subscribes for it.
    fn respond(
        &self,
        py: Python<'_>,
        subscriptions: Vec<Bound<'_, PyAny>>,
        properties: Option<&Bound<'_, PyDict>>,
        handler: &Bound<'_, PyAny>,
    ) -> PyResult<(Responder, Operation)> {
        let subscriptions = subscriptions.iter().map(subscription::subscription);
        let subscriptions = subscriptions.collect::<PyResult<Vec<_>>>()?;
        let properties = self::properties("", properties)?;
        let slot = Slot::new(handler.clone().unbind());
        let answering = slot.clone();
        let respond = move |request: &core::Message| answer(&answering, request);
        let (completion, delivery) = Completion::delivery();
        let id = self
            .client
            .respond(subscriptions, properties, respond, completion)
            .map_err(|refused| error::call(py, &refused))?;
        self.responders.add(slot.clone());
        let operation = begin(py, Ok(Awaited::Delivery(delivery)))?;
        Ok((Responder { id, slot }, operation))
    }

    /// The requests that come, to be answered several at a time, and the operation that subscribes for them.
    fn responding(
        &self,
        py: Python<'_>,
        subscriptions: Vec<Bound<'_, PyAny>>,
        properties: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<(Requests, Operation)> {
        let subscriptions = subscriptions.iter().map(subscription::subscription);
        let subscriptions = subscriptions.collect::<PyResult<Vec<_>>>()?;
        let properties = self::properties("", properties)?;
        let (completion, delivery) = Completion::delivery();
        let opened = self
            .client
            .responding(subscriptions, properties, completion)
            .map_err(|refused| error::call(py, &refused))?;
        let operation = begin(py, Ok(Awaited::Delivery(delivery)))?;
        Ok((Requests::new(opened), operation))
    }

    fn unsubscribe_from(
        &self,
        py: Python<'_>,
        responder: &Bound<'_, Responder>,
    ) -> PyResult<Operation> {
        let Responder { id, slot } = responder.get();
        self.responders.remove(slot);
        let started = deliver(|completion| self.client.unsubscribe_from(*id, completion));
        begin(py, started)
    }

    fn reauthenticate(&self, py: Python<'_>) -> PyResult<Operation> {
        begin(
            py,
            deliver(|completion| self.client.reauthenticate(completion)),
        )
    }

    /// What CONNACK settled; None while not connected.
    fn negotiated<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        fork::check(py)?;
        let known = self.client.negotiated();
        known.map(|known| event::connack(py, &known)).transpose()
    }

    fn counters(&self, py: Python<'_>) -> PyResult<Counters> {
        fork::check(py)?;
        Ok(Counters::of(self.client.counters()))
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
    #[pyo3(signature = (subscriptions, properties, outlive_connections, manual_acknowledgement))]
    fn subscription(
        &self,
        py: Python<'_>,
        subscriptions: Vec<Bound<'_, PyAny>>,
        properties: Option<&Bound<'_, PyDict>>,
        outlive_connections: &Bound<'_, PyAny>,
        manual_acknowledgement: &Bound<'_, PyAny>,
    ) -> PyResult<(Messages, Operation)> {
        let subscriptions = subscriptions.iter().map(subscription::subscription);
        let subscriptions = subscriptions.collect::<PyResult<Vec<_>>>()?;
        let properties = self::properties("", properties)?;
        let mut options = SubscriptionOptions::default();
        options.outlives_connections = argument::flag("outlive_connections", outlive_connections)?;
        options.manual_acknowledgement =
            argument::flag("manual_acknowledgement", manual_acknowledgement)?;
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
        let mut options = SubscriptionOptions::default();
        options.manual_acknowledgement = self.options.manual_acknowledgement;
        let opened = self.client.messages_with(filter, options);
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
