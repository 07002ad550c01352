//! The fake broker, for `mqttka.testing`.

use std::task::{Context, Poll};

use mqttka_core::client::{self as core, PacketType};
use mqttka_testing::{self as fake, Acknowledging, SeenKind, Transport};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::argument::{self, Patience, optional};
use crate::bell::Bell;
use crate::message::Message;
use crate::named::{Member, named};
use crate::properties::properties;
use crate::reason::Code;
use crate::seen::{self, Found};
use crate::wait::wait;
use crate::{error, fork, gate, packet_properties, subscription};

/// With the numbers of `mqttka.Transport`. The fake broker has no Unix socket.
const TRANSPORTS: [Member<Transport>; 4] = [
    ("tcp", core::Transport::Tcp as u8, Transport::Tcp),
    ("tls", core::Transport::Tls as u8, Transport::Tls),
    (
        "web_socket",
        core::Transport::WebSocket as u8,
        Transport::WebSocket,
    ),
    (
        "web_socket_tls",
        core::Transport::WebSocketTls as u8,
        Transport::SecureWebSocket,
    ),
];

/// A broker on a port of the loopback interface.
#[pyclass(frozen, module = "mqttka._mqttka")]
pub(crate) struct FakeBroker(fake::FakeBroker);

/// What the broker answers, without the GIL: its thread may be in the middle of something.
fn tell<T: Send>(
    py: Python<'_>,
    what: impl FnOnce() -> Result<T, fake::Error> + Send,
) -> PyResult<T> {
    gate::detach(py, what).map_err(|refused| error::testing(py, &refused))
}

fn text(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(argument::text(name, value)?.as_str().to_owned())
}

/// An argument `client_id`; none: all connections.
struct ClientId(Option<String>);

impl<'py> FromPyObject<'_, 'py> for ClientId {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        optional(&value, |it| text("client_id", it)).map(ClientId)
    }
}

fn packet_type(value: &Bound<'_, PyAny>) -> PyResult<PacketType> {
    let number = argument::integer("packet_type", value, 0..=255)?;
    let all = PacketType::ALL.iter();
    let found = all.copied().find(|it| *it as u8 == number);
    found.ok_or_else(|| argument::wrong_value("packet_type", value, "a PacketType"))
}

#[pymethods]
impl FakeBroker {
    #[new]
    #[pyo3(signature = (port, transport))]
    fn new(
        py: Python<'_>,
        port: &Bound<'_, PyAny>,
        transport: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let port = argument::integer("port", port, 0..=65_535)?;
        let transport = named("transport", transport, &TRANSPORTS)?;
        tell(py, || fake::FakeBroker::start_with(port, transport)).map(FakeBroker)
    }

    #[getter]
    fn port(&self) -> u16 {
        self.0.port()
    }

    #[getter]
    fn uri(&self) -> String {
        self.0.uri()
    }

    #[getter]
    fn authority(&self) -> Option<&str> {
        self.0.authority()
    }

    fn stop(&self, py: Python<'_>) {
        gate::detach(py, || self.0.stop());
    }

    fn is_stopped(&self, py: Python<'_>) -> bool {
        gate::detach(py, || self.0.is_stopped())
    }

    /// What was seen; where it does not come in time, the text that says what came instead.
    #[pyo3(signature = (kind, filter, timeout))]
    fn expect<'py>(
        &self,
        py: Python<'py>,
        kind: &Bound<'_, PyAny>,
        filter: &Bound<'_, PyAny>,
        timeout: Patience,
    ) -> PyResult<Found<'py>> {
        let kind = seen::kind(kind)?;
        let filter = optional(filter, |it| text("filter", it))?;
        let mut missing = String::new();
        let found = wait(py, Some(timeout.0), |time| {
            match self.0.expect(kind, filter.as_deref(), time) {
                Ok(seen) => Some(Some(seen)),
                Err(not) => {
                    missing = not.to_string();
                    // Nothing follows.
                    self.0.is_stopped().then_some(None)
                }
            }
        })?;
        match found.flatten() {
            Some(found) => Ok(Found::Seen(seen::seen(py, found)?)),
            None => Ok(Found::Missing(missing)),
        }
    }

    /// As `expect`, without waiting: None where it has not come, and `id` is noted on the bell when it is worth asking again.
    #[pyo3(signature = (kind, filter, bell, id))]
    fn poll_expect<'py>(
        &self,
        py: Python<'py>,
        kind: &Bound<'_, PyAny>,
        filter: &Bound<'_, PyAny>,
        bell: &Bell,
        id: u64,
    ) -> PyResult<Option<Found<'py>>> {
        fork::check(py)?;
        let kind = seen::kind(kind)?;
        let filter = optional(filter, |it| text("filter", it))?;
        let waker = bell.waker(id);
        let polled = gate::detach(py, || {
            let mut context = Context::from_waker(&waker);
            self.0.poll_expect(&mut context, kind, filter.as_deref())
        });
        match polled {
            Poll::Pending => Ok(None),
            Poll::Ready(Ok(found)) => Ok(Some(Found::Seen(seen::seen(py, found)?))),
            Poll::Ready(Err(missing)) => Ok(Some(Found::Missing(missing.to_string()))),
        }
    }

    fn take_any<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let found = gate::detach(py, || self.0.take_any());
        found.map(|found| seen::seen(py, found)).transpose()
    }

    fn forget_seen(&self, py: Python<'_>) {
        gate::detach(py, || self.0.forget_seen());
    }

    fn clients(&self, py: Python<'_>) -> Vec<String> {
        gate::detach(py, || self.0.clients())
    }

    fn retained(&self, py: Python<'_>, topic: &Bound<'_, PyAny>) -> PyResult<Option<Message>> {
        let topic = text("topic", topic)?;
        let kept = gate::detach(py, || self.0.retained(&topic));
        kept.map(|kept| Message::of_message(py, kept, 0))
            .transpose()
    }

    fn go_silent(&self, py: Python<'_>) -> PyResult<()> {
        tell(py, || self.0.go_silent())
    }

    fn come_back(&self, py: Python<'_>) -> PyResult<()> {
        tell(py, || self.0.come_back())
    }

    #[pyo3(signature = (reason_code, times))]
    fn refuse_connections(
        &self,
        py: Python<'_>,
        reason_code: Code,
        times: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let times = times.map(|times| argument::integer("times", times, 1..=u32::MAX));
        let times = times.transpose()?;
        tell(py, || self.0.refuse_connections(reason_code.0, times))
    }

    fn accept_connections(&self, py: Python<'_>) -> PyResult<()> {
        tell(py, || self.0.accept_connections())
    }

    fn answer_connects(&self, py: Python<'_>, answer: &Bound<'_, PyAny>) -> PyResult<()> {
        let answer = argument::flag("answer", answer)?;
        tell(py, || self.0.answer_connects(answer))
    }

    fn answer_pings(&self, py: Python<'_>, answer: &Bound<'_, PyAny>) -> PyResult<()> {
        let answer = argument::flag("answer", answer)?;
        tell(py, || self.0.answer_pings(answer))
    }

    fn acknowledge(&self, py: Python<'_>, acknowledging: &Bound<'_, PyAny>) -> PyResult<()> {
        let number = argument::integer("acknowledging", acknowledging, 0..=255)?;
        let wrong =
            || argument::wrong_value("acknowledging", acknowledging, "a member of Acknowledging");
        let acknowledging = Acknowledging::from_u8(number).ok_or_else(wrong)?;
        tell(py, || self.0.acknowledge(acknowledging))
    }

    #[pyo3(signature = (reason_code))]
    fn refuse_publishes(&self, py: Python<'_>, reason_code: Option<Code>) -> PyResult<()> {
        let code = reason_code.map(|it| it.0);
        tell(py, || self.0.refuse_publishes(code))
    }

    #[pyo3(signature = (reason_code))]
    fn refuse_subscriptions(&self, py: Python<'_>, reason_code: Option<Code>) -> PyResult<()> {
        let code = reason_code.map(|it| it.0);
        tell(py, || self.0.refuse_subscriptions(code))
    }

    #[pyo3(signature = (reason_code))]
    fn refuse_unsubscriptions(&self, py: Python<'_>, reason_code: Option<Code>) -> PyResult<()> {
        let code = reason_code.map(|it| it.0);
        tell(py, || self.0.refuse_unsubscriptions(code))
    }

    fn use_topic_aliases(&self, py: Python<'_>, use_them: &Bound<'_, PyAny>) -> PyResult<()> {
        let use_them = argument::flag("use_them", use_them)?;
        tell(py, || self.0.use_topic_aliases(use_them))
    }

    fn send_copies(&self, py: Python<'_>, send_them: &Bound<'_, PyAny>) -> PyResult<()> {
        let send_them = argument::flag("send_them", send_them)?;
        tell(py, || self.0.send_copies(send_them))
    }

    fn announce(&self, py: Python<'_>, properties: &Bound<'_, PyDict>) -> PyResult<()> {
        let properties = packet_properties::given(properties)?;
        tell(py, || self.0.announce_all(properties))
    }

    fn set_properties(
        &self,
        py: Python<'_>,
        packet_type: &Bound<'_, PyAny>,
        properties: &Bound<'_, PyDict>,
    ) -> PyResult<()> {
        let packet_type = self::packet_type(packet_type)?;
        let properties = packet_properties::given(properties)?;
        tell(py, || self.0.set_properties(packet_type, properties))
    }

    #[pyo3(signature = (method))]
    fn authenticate(&self, py: Python<'_>, method: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let method = method.map(|it| text("method", it)).transpose()?;
        tell(py, || self.0.authenticate(method.as_deref()))
    }

    fn challenge(&self, py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<()> {
        let data = argument::bytes("data", data)?;
        tell(py, || self.0.challenge(&data))
    }

    #[pyo3(signature = (data))]
    fn finish_authentication(&self, py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<()> {
        let data = optional(data, |it| argument::bytes("data", it))?;
        tell(py, || self.0.finish_authentication(data.as_deref()))
    }

    fn authenticate_scram(
        &self,
        py: Python<'_>,
        user: &Bound<'_, PyAny>,
        password: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let (user, password) = (text("user", user)?, text("password", password)?);
        tell(py, || self.0.authenticate_scram(&user, &password))
    }

    #[pyo3(signature = (reason_code))]
    fn refuse_authentications(&self, py: Python<'_>, reason_code: Option<Code>) -> PyResult<()> {
        let code = reason_code.map(|it| it.0);
        tell(py, || self.0.refuse_authentications(code))
    }

    #[pyo3(signature = (topic, payload, qos, retain, properties))]
    #[allow(clippy::too_many_arguments)]
    fn publish(
        &self,
        py: Python<'_>,
        topic: &Bound<'_, PyAny>,
        payload: &Bound<'_, PyAny>,
        qos: &Bound<'_, PyAny>,
        retain: &Bound<'_, PyAny>,
        properties: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        let topic = argument::topic("topic", topic)?;
        let mut message = core::Message::new(topic, argument::payload("payload", payload)?)
            .with_qos(subscription::qos("qos", qos)?)
            .with_retain(argument::flag("retain", retain)?);
        message.properties = self::properties("", properties)?;
        tell(py, || self.0.publish(message))
    }

    fn publish_message(&self, py: Python<'_>, message: &Bound<'_, PyAny>) -> PyResult<()> {
        let wanted = |_| argument::wrong_type("message", message, "a mqttka.Message");
        let message = message.cast::<Message>().map_err(wanted)?;
        let message = message.get().to_core(py)?;
        tell(py, || self.0.publish(message))
    }

    #[pyo3(signature = (bytes, client_id))]
    fn send_bytes(
        &self,
        py: Python<'_>,
        bytes: &Bound<'_, PyAny>,
        client_id: ClientId,
    ) -> PyResult<()> {
        let bytes = argument::bytes("bytes", bytes)?;
        tell(py, || self.0.send_bytes(client_id.0.as_deref(), &bytes))
    }

    #[pyo3(signature = (reason_code, client_id, reason_string))]
    fn disconnect(
        &self,
        py: Python<'_>,
        reason_code: Code,
        client_id: ClientId,
        reason_string: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let words = optional(reason_string, |it| text("reason_string", it))?;
        let (code, client_id) = (reason_code.0, client_id.0);
        tell(py, || {
            self.0
                .disconnect(client_id.as_deref(), code, words.as_deref())
        })
    }

    #[pyo3(signature = (client_id))]
    fn close(&self, py: Python<'_>, client_id: ClientId) -> PyResult<()> {
        tell(py, || self.0.close(client_id.0.as_deref()))
    }

    #[pyo3(signature = (client_id))]
    fn half_close(&self, py: Python<'_>, client_id: ClientId) -> PyResult<()> {
        tell(py, || self.0.half_close(client_id.0.as_deref()))
    }

    #[pyo3(signature = (client_id))]
    fn reset(&self, py: Python<'_>, client_id: ClientId) -> PyResult<()> {
        tell(py, || self.0.reset(client_id.0.as_deref()))
    }

    fn forget_sessions(&self, py: Python<'_>) -> PyResult<()> {
        tell(py, || self.0.forget_sessions())
    }

    /// Names and numbers, for the tests.
    #[staticmethod]
    fn vocabulary(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        let all = PyDict::new(py);
        let kinds = SeenKind::ALL.iter();
        let kinds = kinds.map(|kind| (kind.name().to_uppercase(), *kind as u8));
        all.set_item("SeenKind", kinds.collect::<Vec<_>>())?;
        let acknowledging = Acknowledging::ALL.iter().map(|it| *it as u16);
        all.set_item("Acknowledging", acknowledging.collect::<Vec<_>>())?;
        all.set_item("Properties", packet_properties::names())?;
        Ok(all)
    }
}
