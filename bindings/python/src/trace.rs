//! Which trace a message belongs to.

use std::hash::{DefaultHasher, Hash, Hasher};

use mqttka_core::client as core;
use mqttka_core::client::{Error, Properties};
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::{argument, error};

/// A trace context (W3C Trace Context), which is valid.
#[pyclass(frozen, eq, module = "mqttka")]
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct TraceContext(core::TraceContext);

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn parse(name: &str, value: &Bound<'_, PyAny>) -> PyResult<core::TraceContext> {
    let text = argument::text(name, value)?;
    let parsed = text.as_str().parse::<core::TraceContext>();
    parsed.map_err(|invalid| refused(value.py(), &invalid))
}

fn refused(py: Python<'_>, invalid: &core::InvalidTraceContext) -> PyErr {
    error::call(py, &Error::InvalidArgument(invalid.to_string()))
}

/// Of what has these properties.
pub(crate) fn of(properties: &Properties) -> Option<TraceContext> {
    core::TraceContext::of(properties).map(TraceContext)
}

/// Puts what has these properties into a trace: a `TraceContext`, or a traceparent.
pub(crate) fn put(
    properties: &mut Properties,
    name: &str,
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    if let Ok(context) = value.cast::<TraceContext>() {
        context.get().0.put_into(properties);
    } else if value.is_instance_of::<PyString>() {
        parse(name, value)?.put_into(properties);
    } else {
        let wanted = "a mqttka.TraceContext or a traceparent as str";
        return Err(argument::wrong_type(name, value, wanted));
    }
    Ok(())
}

#[pymethods]
impl TraceContext {
    #[new]
    #[pyo3(signature = (traceparent, tracestate=None))]
    fn new(
        traceparent: &Bound<'_, PyAny>,
        tracestate: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let context = parse("traceparent", traceparent)?;
        let Some(state) = tracestate else {
            return Ok(TraceContext(context));
        };
        let text = argument::text("tracestate", state)?;
        let context = context.with_state(text.as_str());
        context
            .map(TraceContext)
            .map_err(|invalid| refused(state.py(), &invalid))
    }

    /// All of it but the `tracestate`: 55 characters.
    #[getter]
    fn traceparent(&self) -> String {
        self.0.traceparent()
    }

    /// What tracing systems add; empty where there is nothing.
    #[getter]
    fn tracestate(&self) -> &str {
        self.0.state()
    }

    /// The trace's identifier: 32 hexadecimal digits.
    #[getter]
    fn trace_id(&self) -> String {
        hexadecimal(&self.0.trace_id())
    }

    /// The identifier of the span that the message was sent in: 16 hexadecimal digits.
    #[getter]
    fn parent_id(&self) -> String {
        hexadecimal(&self.0.parent_id())
    }

    /// The flags; 1: the trace is recorded.
    #[getter]
    fn flags(&self) -> u8 {
        self.0.flags()
    }

    /// Whether the trace is recorded.
    #[getter]
    fn is_sampled(&self) -> bool {
        self.0.is_sampled()
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.hash(&mut hasher);
        hasher.finish()
    }

    fn __str__(&self) -> String {
        self.0.traceparent()
    }

    fn __getnewargs__(&self) -> (String, String) {
        (self.0.traceparent(), self.0.state().to_owned())
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let parent = PyString::new(py, &self.0.traceparent()).repr()?;
        let state = PyString::new(py, self.0.state()).repr()?;
        Ok(match self.0.state() {
            "" => format!("TraceContext({parent})"),
            _ => format!("TraceContext({parent}, {state})"),
        })
    }
}
