//! The application's connection provider: asked before each attempt, it may answer later.

use std::sync::Arc;

use mqttka_core::client::{ConnectionProvider, ConnectionRequest, Pem, ProvidedConnection};
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::argument::{self, attribute, optional, wrong_type};
use crate::gate;
use crate::question::{self, Open, Question};
use crate::slot::Slot;

/// Asked on a thread of the library's own.
pub(crate) fn provider(slot: Slot) -> Arc<dyn ConnectionProvider> {
    Arc::new(move |request: ConnectionRequest| {
        // Where the interpreter is ending, dropping the request is the answer.
        gate::attach(|py| question::ask::<Request>(py, &slot, request));
    })
}

/// One attempt's question; answered once, dropped it fails the attempt.
#[pyclass(frozen, module = "mqttka._mqttka")]
pub(crate) struct Request {
    /// The attempt's number.
    #[pyo3(get)]
    attempt_number: u32,
    /// Seconds until the attempt is given up.
    #[pyo3(get)]
    time_left: f64,
    request: Open<ConnectionRequest>,
}

impl Question for Request {
    type Request = ConnectionRequest;

    fn new(request: ConnectionRequest) -> Self {
        Request {
            attempt_number: request.attempt_number,
            time_left: request.time_left.as_secs_f64(),
            request: Open::new(request),
        }
    }

    fn open(&self) -> &Open<ConnectionRequest> {
        &self.request
    }

    fn refuse(request: ConnectionRequest, message: &str, fatal: bool) {
        request.fail(message, fatal);
    }
}

#[pymethods]
impl Request {
    /// Connects with a `mqttka.Connection`. Raises what is wrong with it; the request is open then.
    fn provide(&self, given: &Bound<'_, PyAny>) -> PyResult<()> {
        let connection = connection(given)?;
        if let Some(request) = self.request.take() {
            request.provide(connection);
        }
        Ok(())
    }

    /// There is nothing to connect with.
    fn fail(&self, message: &str, fatal: bool) {
        if let Some(request) = self.request.take() {
            request.fail(message, fatal);
        }
    }
}

/// From a `mqttka.Connection`.
fn connection(given: &Bound<'_, PyAny>) -> PyResult<ProvidedConnection> {
    let class = "a mqttka.Connection";
    let field = |name| attribute("what the provider returned", given, class, name);
    let mut connection = ProvidedConnection::default();
    connection.user_name = optional(&field("user_name")?, |value| {
        argument::text("connection.user_name", value)
    })?;
    connection.password = optional(&field("password")?, |value| {
        argument::bytes("connection.password", value)
    })?;
    connection.uri = optional(&field("uri")?, |value| {
        let uri = argument::text("connection.uri", value)?;
        Ok(uri.as_str().to_owned())
    })?;
    connection.web_socket_headers = optional(&field("web_socket_headers")?, |value| {
        let pairs = argument::pairs("connection.web_socket_headers", value)?;
        let pairs = pairs.into_iter();
        let owned = pairs.map(|(name, value)| (name.as_str().into(), value.as_str().into()));
        Ok(owned.collect())
    })?;
    connection.client_certificate = optional(&field("client_certificate")?, |value| {
        let name = "connection.client_certificate";
        let wanted = "a pair of the certificates and the key";
        let pair = (!value.is_instance_of::<PyString>()).then(|| value.extract());
        let pair: Option<(Bound<'_, PyAny>, Bound<'_, PyAny>)> = pair.and_then(Result::ok);
        let (chain, key) = pair.ok_or_else(|| wrong_type(name, value, wanted))?;
        Ok((pem(name, &chain)?, pem(name, &key)?))
    })?;
    Ok(connection)
}

/// Text in PEM, or a path object that names the file.
fn pem(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Pem> {
    if value.hasattr("__fspath__")? {
        return value.extract().map(Pem::File);
    }
    argument::bytes(name, value).map(Pem::Bytes)
}
