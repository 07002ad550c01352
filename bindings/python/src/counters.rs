//! What a client counts.

use std::time::Duration;

use mqttka_core::client as core;
use mqttka_core::client::{Metric, MetricValue, PacketCounts, RoundTrips};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::gate;
use crate::vocabulary::{Enum, member};

/// What a client has counted since it was made, over all its connections, and what waits at this
/// moment.
#[pyclass(frozen, module = "mqttka")]
pub(crate) struct Counters(core::Counters);

impl Counters {
    pub(crate) fn of(counters: core::Counters) -> Self {
        Counters(counters)
    }
}

fn class<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import("mqttka._observing")?.getattr(name)
}

fn packets<'py>(py: Python<'py>, counts: &PacketCounts) -> PyResult<Bound<'py, PyDict>> {
    let packets = PyDict::new(py);
    for (packet_type, count) in counts.iter() {
        packets.set_item(member(py, Enum::PacketType, packet_type as i32)?, count)?;
    }
    Ok(packets)
}

fn histogram<'py>(py: Python<'py>, times: &RoundTrips) -> PyResult<Bound<'py, PyAny>> {
    let bounds = RoundTrips::BOUNDS.map(|bound| bound.as_secs_f64());
    let sum = times.sum().as_secs_f64();
    class(py, "Histogram")?.call1((
        pyo3::types::PyTuple::new(py, bounds)?,
        pyo3::types::PyTuple::new(py, times.counts())?,
        sum,
    ))
}

fn list<'py>(py: Python<'py>, metrics: &[Metric]) -> PyResult<Bound<'py, PyList>> {
    gate::within(py, || {
        let class = class(py, "Metric")?;
        let made = metrics.iter().map(|metric| {
            let attributes = PyDict::new(py);
            for (name, value) in &metric.attributes {
                attributes.set_item(name, value)?;
            }
            let value = match &metric.value {
                MetricValue::Integer(number) => number.into_pyobject(py)?.into_any(),
                MetricValue::Time(time) => time.as_secs_f64().into_pyobject(py)?.into_any(),
                MetricValue::Times(times) => histogram(py, times)?,
                _ => py.None().into_bound(py),
            };
            let kind = metric.kind.name();
            let (name, unit, description) = (metric.name, metric.unit, metric.description);
            class.call1((name, unit, description, kind, attributes, value))
        });
        PyList::new(py, made.collect::<PyResult<Vec<_>>>()?)
    })
}

#[pymethods]
impl Counters {
    /// Bytes of MQTT received.
    #[getter]
    fn bytes_received(&self) -> u64 {
        self.0.bytes_received
    }

    /// Bytes of MQTT handed to sockets.
    #[getter]
    fn bytes_sent(&self) -> u64 {
        self.0.bytes_sent
    }

    /// Packets received, by type.
    #[getter]
    fn packets_received<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        packets(py, &self.0.packets_received)
    }

    /// Packets handed to sockets, by type.
    #[getter]
    fn packets_sent<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        packets(py, &self.0.packets_sent)
    }

    /// Messages received, with those dropped.
    #[getter]
    fn messages_received(&self) -> u64 {
        self.0.messages_received
    }

    /// QoS 0 messages dropped because the application was too slow.
    #[getter]
    fn messages_dropped(&self) -> u64 {
        self.0.messages_dropped
    }

    /// Messages that no consumer came for in time.
    #[getter]
    fn messages_unclaimed(&self) -> u64 {
        self.0.messages_unclaimed
    }

    /// Operations in the outbound queue, unacknowledged ones included.
    #[getter]
    fn outbound_queue_messages(&self) -> u64 {
        self.0.outbound_queue_messages
    }

    /// What they cost in bytes.
    #[getter]
    fn outbound_queue_bytes(&self) -> u64 {
        self.0.outbound_queue_bytes
    }

    /// What the messages cost, in bytes, that the application has not taken yet.
    #[getter]
    fn inbound_queue_bytes(&self) -> u64 {
        self.0.inbound_queue_bytes
    }

    /// Connections that came about.
    #[getter]
    fn connections(&self) -> u64 {
        self.0.connections
    }

    /// Those after the first one.
    #[getter]
    fn reconnects(&self) -> u64 {
        self.0.reconnects
    }

    /// Connections that ended, for whatever cause.
    #[getter]
    fn disconnects(&self) -> u64 {
        self.0.disconnects
    }

    /// Attempts that came to nothing.
    #[getter]
    fn connect_failures(&self) -> u64 {
        self.0.connect_failures
    }

    /// Connections that went over to another path without a gap.
    #[getter]
    fn moves(&self) -> u64 {
        self.0.moves
    }

    /// How long PINGRESPs took.
    #[getter]
    fn ping_round_trips<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        gate::within(py, || histogram(py, &self.0.ping_round_trips))
    }

    /// What the broker did that it must not do, and that was tolerated.
    #[getter]
    fn faults_tolerated<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let faults = PyDict::new(py);
        for fault in &self.0.faults_tolerated {
            faults.set_item(fault.name, fault.count)?;
        }
        Ok(faults)
    }

    /// Packets that the packet tap did not get, as it was too slow.
    #[getter]
    fn packets_not_tapped(&self) -> u64 {
        self.0.packets_not_tapped
    }

    /// Since the last inbound byte; None while not connected.
    #[getter]
    fn last_inbound_age(&self) -> Option<f64> {
        self.0.last_inbound_age.as_ref().map(Duration::as_secs_f64)
    }

    /// Since the last evidence of life; None while not connected.
    #[getter]
    fn last_evidence_age(&self) -> Option<f64> {
        self.0.last_evidence_age.as_ref().map(Duration::as_secs_f64)
    }

    /// All of it, as OpenTelemetry's conventions would name it, in an order that does not change.
    fn metrics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        list(py, &self.0.metrics())
    }

    /// One metric of each name, with the value 0 and no attributes: what `metrics` can give.
    #[staticmethod]
    fn instruments(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
        list(py, &core::Counters::instruments())
    }

    fn __repr__(&self) -> String {
        format!(
            "<mqttka.Counters bytes_received={} bytes_sent={} messages_received={}>",
            self.0.bytes_received, self.0.bytes_sent, self.0.messages_received
        )
    }
}
