//! Events, causes, outcomes and status as JSON.

use mqttka_core::client::{
    Attempted, ConnectError, Connected, DisconnectCause, Ended, Event, EventKind, Failed, HeldBack,
    LivenessSnapshot, OperationError, Outcome, Receipt, Status, StreamEnd, TransportError,
};

use crate::json::{self, Object};
use crate::properties;

/// What the TypeScript's `Event` is.
pub(crate) fn event(object: &mut Object<'_>, event: &Event) {
    object.number("connectionNumber", event.connection_number);
    let attempt_number = match &event.kind {
        // The one to come.
        EventKind::Reconnecting(it) => it.attempt_number,
        _ => event.attempt_number,
    };
    object.number("attemptNumber", u64::from(attempt_number));
    object.flag("willReconnect", event.will_reconnect);
    object.flag("isFinal", event.is_final());
    // Of the broker's DISCONNECT, or the CONNACK or SUBACK that refuses; those of `connected` are in its `properties`.
    properties::user_to_json(object, &event.properties);
    object.text("description", &event.to_string());
    if let Some(tried) = &event.attempted {
        object.object("attempted", |object| attempted(object, tried));
    }
    if let Some(record) = &event.record {
        object.raw("record", &record.to_json());
    }
    let kind = match &event.kind {
        EventKind::Connected(it) => {
            connected(object, it);
            "connected"
        }
        EventKind::Moved(it) => {
            connected(object, it);
            "moved"
        }
        EventKind::Disconnected(it) => {
            object.object("cause", |object| cause(object, &it.cause));
            object.number("keepAlive", u64::from(it.keep_alive));
            object.object("liveness", |object| liveness(object, &it.liveness));
            "disconnected"
        }
        EventKind::ConnectFailed(error) => {
            object.object("error", |object| connect_error(object, error));
            "connectFailed"
        }
        EventKind::Reconnecting(it) => {
            object.time("delay", it.delay);
            object.object("cause", |object| ended(object, &it.cause));
            "reconnecting"
        }
        EventKind::ReconnectStopped(it) => {
            object.name("reason", it.reason.name());
            object.text("reasonDescription", &it.reason.to_string());
            object.object("cause", |object| ended(object, &it.cause));
            "reconnectStopped"
        }
        EventKind::SubscriptionsLost(it) => {
            object.list("subscriptions", &it.filters, |out, (filter, error)| {
                let mut object = Object::new(out);
                object.text("filter", filter.as_ref());
                object.some_number("reasonCode", error.reason_code().map(|it| it as u64));
                object.text("description", &error.to_string());
                object.end();
            });
            object.some_text("reasonString", it.reason_string.as_deref());
            "subscriptionsLost"
        }
        EventKind::Suspect(it) => {
            object.object("liveness", |object| liveness(object, it));
            "suspect"
        }
        EventKind::Alive(it) => {
            object.object("liveness", |object| liveness(object, it));
            "alive"
        }
        // What a newer core may add.
        _ => "other",
    };
    object.text("type", kind);
}

/// The fields of a CONNACK.
pub(crate) fn connected(object: &mut Object<'_>, it: &Connected) {
    object.flag("sessionPresent", it.session_present);
    object.flag("sessionLost", it.session_lost);
    object.some_time("offline", it.offline);
    object.number("resubscribed", u64::from(it.resubscribed));
    object.number("sentAgain", u64::from(it.sent_again));
    object.number("lost", u64::from(it.lost));
    object.number("keepAlive", u64::from(it.keep_alive));
    object.number("receiveMaximum", u64::from(it.receive_maximum));
    object.number("maximumPacketSize", u64::from(it.maximum_packet_size));
    object.number("maximumQos", it.maximum_qos as u64);
    object.flag("retainAvailable", it.retain_available);
    object.number(
        "sessionExpiryInterval",
        u64::from(it.session_expiry_interval),
    );
    object.number("topicAliasMaximum", u64::from(it.topic_alias_maximum));
    object.flag(
        "wildcardSubscriptionAvailable",
        it.wildcard_subscription_available,
    );
    object.flag(
        "subscriptionIdentifiersAvailable",
        it.subscription_identifiers_available,
    );
    object.flag(
        "sharedSubscriptionAvailable",
        it.shared_subscription_available,
    );
    object.some_text("serverReference", it.server_reference.as_deref());
    object.some_text("reasonString", it.reason_string.as_deref());
    object.some_text("authenticationMethod", it.authentication_method.as_deref());
    let assigned = it.assigned_client_identifier.as_deref();
    object.some_text("assignedClientIdentifier", assigned);
    let information = it.response_information.as_deref();
    object.some_text("responseInformation", information);
    properties::to_json(object, "properties", &it.properties);
}

fn attempted(object: &mut Object<'_>, it: &Attempted) {
    object.number("serverIndex", it.server_index as u64);
    object.name("transport", it.transport.name());
    object.text("host", &it.host);
    object.number("port", u64::from(it.port));
    let address = it.address.map(|address| address.ip().to_string());
    object.some_text("address", address.as_deref());
    object.list("stages", it.stages.iter(), |out, (stage, time)| {
        let mut object = Object::new(out);
        object.name("stage", stage.name());
        object.time("time", time);
        object.end();
    });
}

fn transport_error(object: &mut Object<'_>, error: &TransportError) {
    object.object("error", |object| {
        object.name("kind", error.kind.name());
        let os_error = error.os_error.and_then(|it| u64::try_from(it).ok());
        object.some_number("osError", os_error);
        object.some_number("status", error.status.map(u64::from));
        object.text("message", &error.message);
    });
}

/// The cause's name as `kind`, and what the peer said.
fn cause(object: &mut Object<'_>, cause: &DisconnectCause) {
    object.name("kind", cause.name());
    object.text("description", &cause.to_string());
    match cause {
        DisconnectCause::Transport(error) | DisconnectCause::ReclaimedBySystem(error) => {
            transport_error(object, error);
        }
        DisconnectCause::ServerDisconnect {
            reason_code,
            reason_string,
            server_reference,
        } => {
            object.number("reasonCode", *reason_code as u64);
            object.some_text("reasonString", reason_string.as_deref());
            object.some_text("serverReference", server_reference.as_deref());
        }
        DisconnectCause::Protocol(error) => {
            object.number("reasonCode", error.reason_code() as u64);
        }
        DisconnectCause::EngineFailed(message) => object.text("message", message),
        DisconnectCause::Authentication(error) => object.text("message", &error.to_string()),
        _ => {}
    }
}

pub(crate) fn connect_error(object: &mut Object<'_>, error: &ConnectError) {
    object.name("kind", error.name());
    object.text("description", &error.to_string());
    if let Some(stage) = error.stage() {
        object.name("stage", stage.name());
    }
    if let Some(tried) = error.attempted() {
        object.object("attempted", |object| attempted(object, tried));
    }
    match error {
        ConnectError::Timeout { after, .. } => object.time("after", *after),
        ConnectError::Transport { error, .. } => transport_error(object, error),
        ConnectError::Refused {
            reason_code,
            reason_string,
            server_reference,
        } => {
            object.number("reasonCode", *reason_code as u64);
            object.some_text("reasonString", reason_string.as_deref());
            object.some_text("serverReference", server_reference.as_deref());
        }
        ConnectError::Protocol(error) => object.number("reasonCode", error.reason_code() as u64),
        ConnectError::EngineFailed(message) | ConnectError::Provider(message) => {
            object.text("message", message);
        }
        ConnectError::Authentication(error) => object.text("message", &error.to_string()),
        _ => {}
    }
}

fn ended(object: &mut Object<'_>, it: &Ended) {
    match it {
        Ended::Disconnected(it) => {
            object.object("disconnected", |object| cause(object, it));
        }
        Ended::ConnectFailed(it) => {
            object.object("connectFailed", |object| connect_error(object, it));
        }
    }
}

fn liveness(object: &mut Object<'_>, it: &LivenessSnapshot) {
    object.time("lastInboundAge", it.last_inbound_age);
    object.time("lastEvidenceAge", it.last_evidence_age);
    object.number("unansweredPings", u64::from(it.unanswered_pings));
    object.some_time("oldestPingAge", it.oldest_ping_age);
    object.some_time("verdictIn", it.verdict_in);
    object.some_time("roundTrip", it.round_trip);
    object.flag("suspect", it.suspect);
}

/// How an operation ended.
pub(crate) fn outcome(object: &mut Object<'_>, outcome: &Outcome) {
    match &outcome.result {
        Ok(code) => object.number("reasonCode", *code as u64),
        Err(error) => object.object("failed", |object| operation_error(object, error)),
    }
    let packet_id = outcome.packet_id.map(|it| u64::from(u16::from(it)));
    object.some_number("packetId", packet_id);
    if let Some(receipt) = outcome.receipt {
        let name = match receipt {
            Receipt::Written => "written",
            Receipt::Read => "read",
            _ => "acknowledged",
        };
        object.text("receipt", name);
    }
    if !outcome.reason_codes.is_empty() {
        object.list("reasonCodes", &outcome.reason_codes, |out, code| {
            out.push_str(&(*code as u64).to_string());
        });
    }
    object.some_text("reasonString", outcome.reason_string.as_deref());
    properties::user_to_json(object, &outcome.properties);
}

/// Why a request has no response, or a stream no subscription, with what the broker said of it.
pub(crate) fn failed(object: &mut Object<'_>, failed: &Failed) {
    object.object("failed", |object| {
        operation_error(object, &failed.error);
        object.some_text("reasonString", failed.reason_string.as_deref());
        properties::user_to_json(object, &failed.properties);
    });
}

pub(crate) fn operation_error(object: &mut Object<'_>, error: &OperationError) {
    object.name("code", error.name());
    object.text("message", &error.to_string());
    object.some_number("reasonCode", error.reason_code().map(|it| it as u64));
    match error {
        OperationError::WrongReasonCodeCount { expected, received } => {
            object.number("expected", *expected as u64);
            object.number("received", *received as u64);
        }
        OperationError::Poison { connections } => {
            object.number("connections", u64::from(*connections))
        }
        _ => {}
    }
}

/// Why a stream has no more messages.
pub(crate) fn stream_end(object: &mut Object<'_>, end: &StreamEnd) {
    object.text("description", &end.to_string());
    let kind = match end {
        StreamEnd::Disconnected(it) => {
            object.object("cause", |object| cause(object, it));
            "disconnected"
        }
        StreamEnd::ConnectFailed(it) => {
            object.object("error", |object| connect_error(object, it));
            "connectFailed"
        }
        StreamEnd::SubscribeFailed(it) => {
            failed(object, it);
            "subscribeFailed"
        }
        StreamEnd::Unsubscribed => "unsubscribed",
        StreamEnd::Closed => "closed",
        _ => "other",
    };
    object.text("type", kind);
}

pub(crate) fn status(status: &Status) -> String {
    let mut out = String::new();
    let mut object = Object::new(&mut out);
    object.name("state", status.state.name());
    object.number("connectionNumber", status.connection_number);
    object.number("keepAlive", u64::from(status.keep_alive));
    if let Some(it) = &status.liveness {
        object.object("liveness", |object| liveness(object, it));
    }
    object.some_time("nextAttemptIn", status.next_attempt_in);
    object.some_time("offline", status.offline);
    if let Some(it) = &status.network {
        object.object("network", |object| {
            let change = json::snake_case(&format!("{:?}", it.change));
            object.name("change", change.trim_start_matches('_'));
            object.some_flag("metered", it.metered);
            object.some_flag("validated", it.validated);
            object.some_flag("captivePortal", it.captive_portal);
            object.text("id", it.id.as_str());
        });
    }
    object.number("bytesReceived", status.bytes_received);
    object.number("bytesSent", status.bytes_sent);
    object.number("messagesReceived", status.messages_received);
    object.number("messagesDropped", status.messages_dropped);
    object.number("outboundQueueMessages", status.outbound_queue_messages);
    object.number("outboundQueueBytes", status.outbound_queue_bytes);
    object.number("inboundQueueBytes", status.inbound_queue_bytes);
    object.number("messagesUnclaimed", status.messages_unclaimed);
    if let Some(it) = &status.held_back {
        object.object("heldBack", |object| held_back(object, it));
    }
    object.end();
    out
}

fn held_back(object: &mut Object<'_>, it: &HeldBack) {
    object.text("filter", &it.filter);
    object.number("messages", it.messages);
    object.number("bytes", it.bytes);
    object.time("since", it.since);
}
