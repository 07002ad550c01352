//! What an event says of each MQTTKA_EVENT_* key.
use mqttka_core::client::{
    Attempted, ConnectError, Connected, DisconnectCause, Ended, Event, EventKind, LivenessSnapshot,
    ReasonCode, Text, Transport, TransportError,
};

use crate::event::*;

/// What ended, in the events that say so: each accessor of an end serves them all.
#[derive(Clone, Copy)]
enum End<'a> {
    Connection(&'a DisconnectCause),
    Attempt(&'a ConnectError),
}

fn end(event: &Event) -> Option<End<'_>> {
    let ended = match &event.kind {
        EventKind::Disconnected(disconnected) => return Some(End::Connection(&disconnected.cause)),
        EventKind::ConnectFailed(error) => return Some(End::Attempt(error)),
        EventKind::Reconnecting(reconnecting) => &reconnecting.cause,
        EventKind::ReconnectStopped(stopped) => &stopped.cause,
        _ => return None,
    };
    Some(match ended {
        Ended::Disconnected(cause) => End::Connection(cause),
        Ended::ConnectFailed(error) => End::Attempt(error),
    })
}

pub(crate) fn number(event: &Event, key: i32) -> Option<i64> {
    let attempted = || attempted(event);
    match key {
        MQTTKA_EVENT_CONNECTION_NUMBER => i64::try_from(event.connection_number).ok(),
        MQTTKA_EVENT_ATTEMPT_NUMBER => Some(i64::from(event.attempt_number)),
        MQTTKA_EVENT_OS_ERROR => transport_error(event)?.os_error.map(i64::from),
        MQTTKA_EVENT_TRANSPORT_ERROR => Some(transport_error(event)?.kind as i64),
        MQTTKA_EVENT_TRANSPORT_STATUS => transport_error(event)?.status.map(i64::from),
        MQTTKA_EVENT_SERVER_INDEX => i64::try_from(attempted()?.server_index).ok(),
        MQTTKA_EVENT_TRANSPORT => Some(attempted()?.transport as i64),
        MQTTKA_EVENT_REMEMBERED_ADDRESS => Some(i64::from(attempted()?.remembered_address)),
        MQTTKA_EVENT_PORT => {
            let attempted = attempted()?;
            (attempted.transport != Transport::Unix).then(|| i64::from(attempted.port))
        }
        MQTTKA_EVENT_WILL_RECONNECT => matches!(
            event.kind,
            EventKind::Disconnected(_) | EventKind::ConnectFailed(_)
        )
        .then(|| i64::from(event.will_reconnect)),
        _ => of_kind(event, key).or_else(|| end_number(end(event)?, key)),
    }
}

fn of_kind(event: &Event, key: i32) -> Option<i64> {
    match &event.kind {
        EventKind::Connected(connected) | EventKind::Moved(connected) => {
            connected_number(connected, key)
        }
        EventKind::Disconnected(disconnected) => match key {
            MQTTKA_EVENT_KEEP_ALIVE => Some(i64::from(disconnected.keep_alive)),
            _ => liveness_number(&disconnected.liveness, key),
        },
        EventKind::Suspect(liveness) | EventKind::Alive(liveness) => liveness_number(liveness, key),
        EventKind::Reconnecting(reconnecting) => match key {
            MQTTKA_EVENT_NEXT_ATTEMPT_NUMBER => Some(i64::from(reconnecting.attempt_number)),
            MQTTKA_EVENT_DELAY_MS => Some(milliseconds(reconnecting.delay)),
            _ => None,
        },
        EventKind::ReconnectStopped(stopped) => {
            (key == MQTTKA_EVENT_STOP_REASON).then_some(stopped.reason as i64)
        }
        EventKind::SubscriptionsLost(lost) => match key {
            MQTTKA_EVENT_LOST_FILTERS => i64::try_from(lost.filters.len()).ok(),
            _ => None,
        },
        _ => None,
    }
}

/// What was tried, in the events of an attempt's end.
pub(crate) fn attempted(event: &Event) -> Option<&Attempted> {
    match &event.kind {
        EventKind::ConnectFailed(error) => error.attempted(),
        _ => None,
    }
    .or(event.attempted.as_deref())
}

fn transport_error(event: &Event) -> Option<&TransportError> {
    match end(event)? {
        End::Connection(
            DisconnectCause::Transport(error) | DisconnectCause::ReclaimedBySystem(error),
        )
        | End::Attempt(ConnectError::Transport { error, .. }) => Some(error),
        _ => None,
    }
}

pub(crate) fn connected_number(connected: &Connected, key: i32) -> Option<i64> {
    Some(match key {
        MQTTKA_EVENT_REASON_CODE => ReasonCode::Success as i64,
        MQTTKA_EVENT_SESSION_PRESENT => i64::from(connected.session_present),
        MQTTKA_EVENT_SESSION_LOST => i64::from(connected.session_lost),
        MQTTKA_EVENT_OFFLINE_MS => milliseconds(connected.offline?),
        MQTTKA_EVENT_RESUBSCRIBED => i64::from(connected.resubscribed),
        MQTTKA_EVENT_SENT_AGAIN => i64::from(connected.sent_again),
        MQTTKA_EVENT_LOST => i64::from(connected.lost),
        MQTTKA_EVENT_KEEP_ALIVE => i64::from(connected.keep_alive),
        MQTTKA_EVENT_SERVER_RECEIVE_MAXIMUM => i64::from(connected.receive_maximum),
        MQTTKA_EVENT_SERVER_MAXIMUM_PACKET_SIZE => i64::from(connected.maximum_packet_size),
        MQTTKA_EVENT_SERVER_MAXIMUM_QOS => connected.maximum_qos as i64,
        MQTTKA_EVENT_SERVER_RETAIN_AVAILABLE => i64::from(connected.retain_available),
        MQTTKA_EVENT_SESSION_EXPIRY_INTERVAL => i64::from(connected.session_expiry_interval),
        MQTTKA_EVENT_SERVER_TOPIC_ALIAS_MAXIMUM => i64::from(connected.topic_alias_maximum),
        MQTTKA_EVENT_SERVER_WILDCARD_SUBSCRIPTION_AVAILABLE => {
            i64::from(connected.wildcard_subscription_available)
        }
        MQTTKA_EVENT_SERVER_SUBSCRIPTION_IDENTIFIERS_AVAILABLE => {
            i64::from(connected.subscription_identifiers_available)
        }
        MQTTKA_EVENT_SERVER_SHARED_SUBSCRIPTION_AVAILABLE => {
            i64::from(connected.shared_subscription_available)
        }
        _ => return None,
    })
}

fn liveness_number(liveness: &LivenessSnapshot, key: i32) -> Option<i64> {
    Some(match key {
        MQTTKA_EVENT_LAST_INBOUND_AGE_MS => milliseconds(liveness.last_inbound_age),
        MQTTKA_EVENT_LAST_EVIDENCE_AGE_MS => milliseconds(liveness.last_evidence_age),
        MQTTKA_EVENT_UNANSWERED_PINGS => i64::from(liveness.unanswered_pings),
        MQTTKA_EVENT_OLDEST_PING_AGE_MS => milliseconds(liveness.oldest_ping_age?),
        MQTTKA_EVENT_VERDICT_IN_MS => milliseconds(liveness.verdict_in?),
        MQTTKA_EVENT_ROUND_TRIP_US => microseconds(liveness.round_trip?),
        MQTTKA_EVENT_SUSPECTED => i64::from(liveness.suspect),
        _ => return None,
    })
}

fn end_number(end: End<'_>, key: i32) -> Option<i64> {
    Some(match (key, end) {
        (MQTTKA_EVENT_CAUSE, End::Connection(cause)) => i64::from(cause.code()),
        (MQTTKA_EVENT_CAUSE, End::Attempt(error)) => i64::from(error.code()),
        (MQTTKA_EVENT_STAGE, End::Attempt(error)) => error.stage()? as i64,
        (
            MQTTKA_EVENT_REASON_CODE,
            End::Connection(DisconnectCause::ServerDisconnect { reason_code, .. })
            | End::Attempt(ConnectError::Refused { reason_code, .. }),
        ) => *reason_code as i64,
        (
            MQTTKA_EVENT_REASON_CODE,
            End::Connection(DisconnectCause::Protocol(error))
            | End::Attempt(ConnectError::Protocol(error)),
        ) => error.reason_code() as i64,
        _ => return None,
    })
}

pub(crate) fn string(event: &Event, key: i32) -> Option<&[u8]> {
    match &event.kind {
        EventKind::Connected(connected) | EventKind::Moved(connected) => {
            connected_string(connected, key)
        }
        EventKind::SubscriptionsLost(lost) => match key {
            MQTTKA_EVENT_REASON_STRING => Some(lost.reason_string.as_ref()?.as_bytes()),
            _ => None,
        },
        _ => match key {
            MQTTKA_EVENT_TRANSPORT_MESSAGE => Some(transport_error(event)?.message.as_bytes()),
            _ => Some(end_string(end(event)?, key)?.as_bytes()),
        },
    }
}

pub(crate) fn connected_string(connected: &Connected, key: i32) -> Option<&[u8]> {
    let text = match key {
        MQTTKA_EVENT_ASSIGNED_CLIENT_ID => connected.assigned_client_identifier.as_ref(),
        MQTTKA_EVENT_RESPONSE_INFORMATION => connected.response_information.as_ref(),
        MQTTKA_EVENT_REASON_STRING => connected.reason_string.as_ref(),
        MQTTKA_EVENT_SERVER_REFERENCE => connected.server_reference.as_ref(),
        MQTTKA_EVENT_AUTHENTICATION_METHOD => connected.authentication_method.as_ref(),
        _ => None,
    };
    text.map(Text::as_bytes)
}

fn end_string(end: End<'_>, key: i32) -> Option<&str> {
    match (key, end) {
        (
            MQTTKA_EVENT_REASON_STRING,
            End::Connection(DisconnectCause::ServerDisconnect { reason_string, .. })
            | End::Attempt(ConnectError::Refused { reason_string, .. }),
        ) => reason_string.as_deref(),
        (
            MQTTKA_EVENT_SERVER_REFERENCE,
            End::Connection(DisconnectCause::ServerDisconnect {
                server_reference, ..
            })
            | End::Attempt(ConnectError::Refused {
                server_reference, ..
            }),
        ) => server_reference.as_deref(),
        (MQTTKA_EVENT_PROVIDER_MESSAGE, End::Attempt(ConnectError::Provider(message))) => {
            Some(message)
        }
        _ => None,
    }
}

pub(crate) fn proxy(event: &Event) -> Option<&[u8]> {
    Some(attempted(event)?.proxy.as_deref()?.as_bytes())
}
