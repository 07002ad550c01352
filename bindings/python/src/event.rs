//! Lifecycle events as the dataclasses of `mqttka._events`.

use mqttka_core::client::{
    Connected, DisconnectCause, Disconnected, Ended, Event, EventKind, LivenessSnapshot,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::vocabulary::{Enum, member};
use crate::{attempted, error, gate, told};

pub(crate) fn to_python<'py>(py: Python<'py>, event: &Event) -> PyResult<Bound<'py, PyAny>> {
    let fields = PyDict::new(py);
    fields.set_item("connection_number", event.connection_number)?;
    fields.set_item("attempt_number", event.attempt_number)?;
    fields.set_item("will_reconnect", event.will_reconnect)?;
    let attempted = || attempted::to_python(py, event.attempted.as_deref());
    let class = match &event.kind {
        EventKind::Connected(connected) => {
            fill_connected(&fields, connected)?;
            fields.set_item("attempted", attempted()?)?;
            "Connected"
        }
        EventKind::Disconnected(disconnected) => {
            fill_disconnected(&fields, disconnected)?;
            fields.set_item("user_properties", told::pairs(&event.properties))?;
            "Disconnected"
        }
        EventKind::ConnectFailed(failed) => {
            let told = &event.properties;
            let error = error::connect(py, failed, event.attempted.as_deref(), Some(told))?;
            fields.set_item("error", error)?;
            fields.set_item("user_properties", told::pairs(told))?;
            fields.set_item("attempted", attempted()?)?;
            "ConnectFailed"
        }
        EventKind::Reconnecting(coming) => {
            fields.set_item("next_attempt_number", coming.attempt_number)?;
            fields.set_item("delay", coming.delay.as_secs_f64())?;
            fields.set_item("cause", cause(py, &coming.cause)?)?;
            "Reconnecting"
        }
        EventKind::ReconnectStopped(stopped) => {
            let reason = member(py, Enum::StopReason, stopped.reason as i32)?;
            fields.set_item("reason", reason)?;
            fields.set_item("cause", cause(py, &stopped.cause)?)?;
            "ReconnectStopped"
        }
        EventKind::SubscriptionsLost(lost) => {
            let filters = PyDict::new(py);
            let (words, told) = (lost.reason_string.as_deref(), &event.properties);
            for (filter, why) in &lost.filters {
                // What has a reason code is the broker's answer.
                let said = why.reason_code().is_some();
                let words = words.filter(|_| said);
                let why = error::operation(py, why, &[], words, said.then_some(told));
                filters.set_item(filter.as_str(), why.into_value(py))?;
            }
            fields.set_item("filters", filters)?;
            fields.set_item("reason_string", words)?;
            fields.set_item("user_properties", told::pairs(told))?;
            "SubscriptionsLost"
        }
        EventKind::Suspect(known) => {
            fields.set_item("liveness", liveness(py, known)?)?;
            "Suspect"
        }
        EventKind::Alive(known) => {
            fields.set_item("liveness", liveness(py, known)?)?;
            "Alive"
        }
        EventKind::Moved(connected) => {
            fill_connected(&fields, connected)?;
            "Moved"
        }
        other => {
            fields.set_item("description", format!("{other:?}"))?;
            "OtherEvent"
        }
    };
    let record = event.record.as_ref();
    let record = record.map(|record| (record.to_string(), record.to_json()));
    gate::within(py, || {
        py.import("mqttka._events")?.getattr("told")?.call1((
            class,
            event.to_string(),
            &fields,
            record,
        ))
    })
}

/// An instance of a class of `mqttka._events`.
pub(crate) fn build<'py>(
    py: Python<'py>,
    class: &str,
    fields: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    gate::within(py, || {
        py.import("mqttka._events")?
            .getattr(class)?
            .call((), Some(fields))
    })
}

/// The broker's CONNACK, as what connect gives.
pub(crate) fn connack<'py>(py: Python<'py>, connected: &Connected) -> PyResult<Bound<'py, PyAny>> {
    let fields = PyDict::new(py);
    fill_connected(&fields, connected)?;
    build(py, "Connack", &fields)
}

fn fill_connected(fields: &Bound<'_, PyDict>, connected: &Connected) -> PyResult<()> {
    let maximum_qos = member(fields.py(), Enum::QoS, connected.maximum_qos as i32)?;
    fields.set_item("session_present", connected.session_present)?;
    fields.set_item("session_lost", connected.session_lost)?;
    let offline = connected.offline.map(|time| time.as_secs_f64());
    fields.set_item("offline", offline)?;
    fields.set_item("resubscribed", connected.resubscribed)?;
    fields.set_item("sent_again", connected.sent_again)?;
    fields.set_item("lost", connected.lost)?;
    fields.set_item("keep_alive", connected.keep_alive)?;
    fields.set_item("receive_maximum", connected.receive_maximum)?;
    fields.set_item("maximum_packet_size", connected.maximum_packet_size)?;
    fields.set_item("maximum_qos", maximum_qos)?;
    fields.set_item("retain_available", connected.retain_available)?;
    for (name, value) in [
        ("session_expiry_interval", connected.session_expiry_interval),
        ("topic_alias_maximum", connected.topic_alias_maximum.into()),
    ] {
        fields.set_item(name, value)?;
    }
    for (name, value) in [
        (
            "wildcard_subscription_available",
            connected.wildcard_subscription_available,
        ),
        (
            "subscription_identifiers_available",
            connected.subscription_identifiers_available,
        ),
        (
            "shared_subscription_available",
            connected.shared_subscription_available,
        ),
    ] {
        fields.set_item(name, value)?;
    }
    for (name, value) in [
        ("server_reference", &connected.server_reference),
        ("reason_string", &connected.reason_string),
        ("authentication_method", &connected.authentication_method),
    ] {
        fields.set_item(name, value.as_deref())?;
    }
    let assigned = connected.assigned_client_identifier.as_deref();
    fields.set_item("assigned_client_identifier", assigned)?;
    let response = connected.response_information.as_deref();
    fields.set_item("response_information", response)?;
    fields.set_item("user_properties", told::pairs(&connected.properties))
}

fn fill_disconnected(fields: &Bound<'_, PyDict>, end: &Disconnected) -> PyResult<()> {
    let py = fields.py();
    fields.set_item("keep_alive", end.keep_alive)?;
    fields.set_item("liveness", liveness(py, &end.liveness)?)?;
    fill_cause(fields, &end.cause)?;
    fields.set_item("description", end.cause.to_string())
}

fn fill_cause(fields: &Bound<'_, PyDict>, cause: &DisconnectCause) -> PyResult<()> {
    let py = fields.py();
    let code = member(py, Enum::DisconnectCause, cause.code())?;
    fields.set_item("cause", code)?;
    match cause {
        DisconnectCause::ServerDisconnect {
            reason_code,
            reason_string,
            server_reference,
        } => {
            let reason_code = member(py, Enum::ReasonCode, *reason_code as i32)?;
            fields.set_item("reason_code", reason_code)?;
            fields.set_item("reason_string", reason_string)?;
            fields.set_item("server_reference", server_reference)
        }
        DisconnectCause::Transport(error) | DisconnectCause::ReclaimedBySystem(error) => {
            attempted::fill_transport_error(fields, error)
        }
        _ => Ok(()),
    }
}

/// What ended, as the exception that a loop or `connect` raises for it.
fn cause<'py>(py: Python<'py>, ended: &Ended) -> PyResult<Bound<'py, PyAny>> {
    match ended {
        Ended::Disconnected(cause) => Ok(self::ended(py, cause)
            .into_value(py)
            .into_bound(py)
            .into_any()),
        Ended::ConnectFailed(failed) => error::connect(py, failed, None, None),
    }
}

/// The end of a connection, as the error of a loop over its messages.
pub(crate) fn ended(py: Python<'_>, cause: &DisconnectCause) -> PyErr {
    let details = PyDict::new(py);
    let filled = fill_cause(&details, cause);
    filled.map_or_else(
        |error| error,
        |()| error::ended(py, &cause.to_string(), details),
    )
}

/// What is known of the peer's life.
pub(crate) fn liveness<'py>(
    py: Python<'py>,
    known: &LivenessSnapshot,
) -> PyResult<Bound<'py, PyAny>> {
    let seconds = |age: std::time::Duration| age.as_secs_f64();
    let fields = PyDict::new(py);
    fields.set_item("last_inbound_age", seconds(known.last_inbound_age))?;
    fields.set_item("last_evidence_age", seconds(known.last_evidence_age))?;
    fields.set_item("unanswered_pings", known.unanswered_pings)?;
    fields.set_item("oldest_ping_age", known.oldest_ping_age.map(seconds))?;
    fields.set_item("verdict_in", known.verdict_in.map(seconds))?;
    fields.set_item("round_trip", known.round_trip.map(seconds))?;
    fields.set_item("suspect", known.suspect)?;
    build(py, "Liveness", &fields)
}
