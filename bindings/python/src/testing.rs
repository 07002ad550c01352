//! The fake broker, for `mqttka.testing`.

use mqttka_core::client::{self as core, PropertyId, ReasonCode};
use mqttka_testing::{self as fake, Acknowledging, Seen, SeenKind};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::argument::{self, Patience};
use crate::message::Message;
use crate::properties::properties;
use crate::vocabulary::{Enum, member};
use crate::wait::wait;
use crate::{error, gate, subscription};

/// A broker on a port of the loopback interface.
#[pyclass(frozen, module = "mqttka._mqttka")]
pub(crate) struct FakeBroker(fake::FakeBroker);

fn code(name: &str, value: &Bound<'_, PyAny>) -> PyResult<ReasonCode> {
    let number = argument::integer(name, value, 0..=255)?;
    let wrong = || argument::wrong_value(name, value, "a ReasonCode");
    ReasonCode::from_u8(number).ok_or_else(wrong)
}

fn kind(value: &Bound<'_, PyAny>) -> PyResult<SeenKind> {
    let number = argument::integer("kind", value, 0..=255)?;
    let wrong = || argument::wrong_value("kind", value, "a SeenKind");
    SeenKind::from_u8(number).ok_or_else(wrong)
}

/// What was seen, as `mqttka.testing.Seen` takes it.
fn seen<'py>(py: Python<'py>, seen: Seen) -> PyResult<Bound<'py, PyTuple>> {
    let text = seen.to_string();
    let number = seen.connection;
    let message = seen.message;
    let message = message.map(|message| Message::of_message(py, message, number));
    let code = seen.reason_code;
    let code = code.map(|code| member(py, Enum::ReasonCode, code as i32));
    (
        seen.kind as u8,
        number,
        seen.client_id,
        seen.filter,
        message.transpose()?,
        code.transpose()?,
        seen.detail,
        text,
    )
        .into_pyobject(py)
}

/// What the broker answers, without the GIL: its thread may be in the middle of something.
fn tell<T: Send>(
    py: Python<'_>,
    what: impl FnOnce() -> Result<T, fake::Error> + Send,
) -> PyResult<T> {
    gate::detach(py, what).map_err(|refused| error::testing(py, &refused))
}

#[pymethods]
impl FakeBroker {
    #[new]
    #[pyo3(signature = (port))]
    fn new(py: Python<'_>, port: &Bound<'_, PyAny>) -> PyResult<Self> {
        let port = argument::integer("port", port, 0..=65_535)?;
        tell(py, || fake::FakeBroker::start_on(port)).map(FakeBroker)
    }

    #[getter]
    fn port(&self) -> u16 {
        self.0.port()
    }

    fn stop(&self, py: Python<'_>) {
        gate::detach(py, || self.0.stop());
    }

    /// What was seen; where it does not come in time, the text that says what came instead.
    #[pyo3(signature = (kind, filter, timeout))]
    fn expect<'py>(
        &self,
        py: Python<'py>,
        kind: &Bound<'_, PyAny>,
        filter: Option<&str>,
        timeout: Patience,
    ) -> PyResult<Found<'py>> {
        let kind = self::kind(kind)?;
        let mut missing = String::new();
        let found = wait(py, Some(timeout.0), |time| {
            match self.0.expect(kind, filter, time) {
                Ok(seen) => Some(Some(seen)),
                Err(not) => {
                    missing = not.to_string();
                    // Nothing follows.
                    self.0.is_stopped().then_some(None)
                }
            }
        })?;
        match found.flatten() {
            Some(found) => Ok(Found::Seen(seen(py, found)?)),
            None => Ok(Found::Missing(missing)),
        }
    }

    fn take_any<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let found = gate::detach(py, || self.0.take_any());
        found.map(|found| seen(py, found)).transpose()
    }

    fn forget_seen(&self, py: Python<'_>) {
        gate::detach(py, || self.0.forget_seen());
    }

    fn clients(&self, py: Python<'_>) -> Vec<String> {
        gate::detach(py, || self.0.clients())
    }

    fn retained(&self, py: Python<'_>, topic: &str) -> PyResult<Option<Message>> {
        let kept = gate::detach(py, || self.0.retained(topic));
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
        reason_code: &Bound<'_, PyAny>,
        times: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let code = self::code("reason_code", reason_code)?;
        let times = times.map(|times| argument::integer("times", times, 1..=u32::MAX));
        let times = times.transpose()?;
        tell(py, || self.0.refuse_connections(code, times))
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
    fn refuse_publishes(
        &self,
        py: Python<'_>,
        reason_code: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let code = reason_code.map(|it| self::code("reason_code", it));
        let code = code.transpose()?;
        tell(py, || self.0.refuse_publishes(code))
    }

    #[pyo3(signature = (reason_code))]
    fn refuse_subscriptions(
        &self,
        py: Python<'_>,
        reason_code: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let code = reason_code.map(|it| self::code("reason_code", it));
        let code = code.transpose()?;
        tell(py, || self.0.refuse_subscriptions(code))
    }

    fn announce_number(
        &self,
        py: Python<'_>,
        property: u8,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let value = argument::integer("value", value, 0..=u32::MAX)?;
        // From the package's own table.
        let property = PropertyId::from_u8(property).unwrap_or(PropertyId::UserProperty);
        tell(py, || self.0.announce_number(property, value))
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

    #[pyo3(signature = (bytes, client_id))]
    fn send_bytes(
        &self,
        py: Python<'_>,
        bytes: &Bound<'_, PyAny>,
        client_id: Option<&str>,
    ) -> PyResult<()> {
        let bytes = argument::bytes("bytes", bytes)?;
        tell(py, || self.0.send_bytes(client_id, &bytes))
    }

    #[pyo3(signature = (reason_code, client_id, reason_string))]
    fn disconnect(
        &self,
        py: Python<'_>,
        reason_code: &Bound<'_, PyAny>,
        client_id: Option<&str>,
        reason_string: Option<&str>,
    ) -> PyResult<()> {
        let code = self::code("reason_code", reason_code)?;
        tell(py, || self.0.disconnect(client_id, code, reason_string))
    }

    #[pyo3(signature = (client_id))]
    fn close(&self, py: Python<'_>, client_id: Option<&str>) -> PyResult<()> {
        tell(py, || self.0.close(client_id))
    }

    #[pyo3(signature = (client_id))]
    fn half_close(&self, py: Python<'_>, client_id: Option<&str>) -> PyResult<()> {
        tell(py, || self.0.half_close(client_id))
    }

    #[pyo3(signature = (client_id))]
    fn reset(&self, py: Python<'_>, client_id: Option<&str>) -> PyResult<()> {
        tell(py, || self.0.reset(client_id))
    }

    fn forget_sessions(&self, py: Python<'_>) -> PyResult<()> {
        tell(py, || self.0.forget_sessions())
    }

    /// Names in capitals and numbers, for the tests: those of what can be seen, and of acknowledging.
    #[staticmethod]
    fn vocabulary() -> (Vec<(String, u8)>, Vec<u16>) {
        let kinds = SeenKind::ALL.iter();
        let kinds = kinds.map(|kind| (kind.name().to_uppercase(), *kind as u8));
        let acknowledging = Acknowledging::ALL.iter().map(|it| *it as u16);
        (kinds.collect(), acknowledging.collect())
    }
}

/// What was seen, or why nothing was.
#[derive(IntoPyObject)]
enum Found<'py> {
    Seen(Bound<'py, PyTuple>),
    Missing(String),
}
