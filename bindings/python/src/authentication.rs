//! Enhanced authentication: the application's authenticator, and SCRAM.

use std::sync::Arc;

use mqttka_core::client as core;
use mqttka_core::client::{
    AuthenticationRequest, AuthenticationStep, Authenticator, Bytes, Properties,
};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::argument::{self, optional};
use crate::question::{self, Open, Question};
use crate::slot::Slot;
use crate::{error, gate, told};

/// Enhanced authentication by SCRAM-SHA-256 (RFC 7677), for the option `authenticator`.
#[pyclass(frozen, module = "mqttka")]
pub(crate) struct ScramSha256(Arc<core::ScramSha256>);

#[pymethods]
impl ScramSha256 {
    #[new]
    #[pyo3(signature = (user, password, *, max_iterations=None))]
    fn new(
        user: &Bound<'_, PyAny>,
        password: &Bound<'_, PyAny>,
        max_iterations: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let py = user.py();
        let user = argument::text("user", user)?;
        let password = argument::text("password", password)?;
        let mut scram = core::ScramSha256::new(user.as_str(), password.as_str());
        if let Some(most) = max_iterations {
            let most = argument::integer("max_iterations", most, 4096..=100_000_000)?;
            scram = scram.and_then(|scram| scram.max_iterations(most));
        }
        let scram = scram.map_err(|refused| error::call(py, &refused))?;
        Ok(ScramSha256(Arc::new(scram)))
    }

    /// The Authentication Method.
    #[getter]
    fn method(&self) -> &str {
        self.0.method()
    }

    #[allow(clippy::unused_self)]
    fn __repr__(&self) -> &'static str {
        "<mqttka.ScramSha256>"
    }
}

/// The application's, asked on a thread of the library's own.
struct Asked {
    method: String,
    slot: Slot,
}

impl Authenticator for Asked {
    fn method(&self) -> &str {
        &self.method
    }

    fn authenticate(&self, request: AuthenticationRequest) {
        // Where the interpreter is ending, dropping the request is the answer.
        gate::attach(|py| question::ask::<Challenge>(py, &self.slot, request));
    }
}

/// From a `ScramSha256`, or from a method's name and a callable that is given challenges.
pub(crate) fn authenticator(
    slots: &mut Vec<Slot>,
    name: &str,
    value: &Bound<'_, PyAny>,
) -> PyResult<Arc<dyn Authenticator>> {
    if let Ok(scram) = value.cast::<ScramSha256>() {
        let scram: Arc<dyn Authenticator> = scram.get().0.clone();
        return Ok(scram);
    }
    let pair: Result<(Bound<'_, PyAny>, Bound<'_, PyAny>), _> = value.extract();
    let wanted = "a mqttka.ScramSha256 or a mqttka.Authenticator";
    let (method, callable) = pair.map_err(|_| argument::wrong_type(name, value, wanted))?;
    let method = argument::text("authenticator.method", &method)?;
    let slot = Slot::new(callable.unbind());
    slots.push(slot.clone());
    Ok(Arc::new(Asked {
        method: method.as_str().to_owned(),
        slot,
    }))
}

/// One step of an exchange; answered once, dropped it fails the exchange.
#[pyclass(frozen, module = "mqttka._mqttka")]
pub(crate) struct Challenge {
    /// `start`, `continue` or `finish`.
    #[pyo3(get)]
    kind: &'static str,
    /// Of a start: the connection goes on meanwhile.
    #[pyo3(get)]
    reauthenticates: bool,
    /// The number of the exchange.
    #[pyo3(get)]
    exchange: u64,
    /// Seconds until the answer comes too late.
    #[pyo3(get)]
    time_left: f64,
    /// The broker's words.
    #[pyo3(get)]
    reason_string: Option<String>,
    data: Option<Bytes>,
    properties: Properties,
    request: Open<AuthenticationRequest>,
}

impl Question for Challenge {
    type Request = AuthenticationRequest;

    fn new(request: AuthenticationRequest) -> Self {
        let (kind, reauthenticates, data) = match &request.step {
            AuthenticationStep::Start { reauthenticate } => ("start", *reauthenticate, None),
            AuthenticationStep::Continue { data } => ("continue", false, data.clone()),
            AuthenticationStep::Finish { data } => ("finish", false, data.clone()),
        };
        Challenge {
            kind,
            reauthenticates,
            exchange: request.exchange,
            time_left: request.time_left.as_secs_f64(),
            reason_string: request
                .reason_string
                .as_ref()
                .map(|it| it.as_str().to_owned()),
            data,
            properties: request.properties.clone(),
            request: Open::new(request),
        }
    }

    fn open(&self) -> &Open<AuthenticationRequest> {
        &self.request
    }

    fn refuse(request: AuthenticationRequest, message: &str, fatal: bool) {
        request.fail(message, fatal);
    }
}

#[pymethods]
impl Challenge {
    /// What the broker sent.
    #[getter]
    fn data<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.data.as_ref().map(|data| PyBytes::new(py, data))
    }

    /// The broker's own names and values, in order.
    #[getter]
    fn user_properties(&self) -> Vec<(&str, &str)> {
        told::pairs(&self.properties)
    }

    /// Goes on. Raises what is wrong with the answer; the challenge is open then, but where this step takes no user
    /// properties, or not so many: it has failed.
    #[pyo3(signature = (data, user_properties))]
    fn reply(
        &self,
        py: Python<'_>,
        data: &Bound<'_, PyAny>,
        user_properties: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let name = "what the authenticator returned";
        let data = optional(data, |data| argument::bytes(name, data))?;
        let pairs = user_properties.map(|given| argument::pairs("user_properties", given));
        let pairs = pairs.transpose()?.unwrap_or_default();
        match self.request.take() {
            Some(request) => {
                let replied = request.reply_with(data, pairs);
                replied.map_err(|refused| error::call(py, &refused))
            }
            None => Ok(()),
        }
    }

    /// Gives up.
    fn fail(&self, message: &str, fatal: bool) {
        if let Some(request) = self.request.take() {
            request.fail(message, fatal);
        }
    }
}
