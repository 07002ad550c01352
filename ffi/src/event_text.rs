//! Events in one line of English, for logs.
use mqttka_core::client::{
    Connected, Event, EventKind, LivenessSnapshot, Reconnecting, SubscriptionsLost,
};

use crate::event_values::attempted;

pub(crate) fn describe(event: &Event) -> String {
    let number = event.connection_number;
    match &event.kind {
        EventKind::Connected(connected) => {
            let (to, times) = match attempted(event) {
                Some(it) => (format!(" to {it}"), format!("; {}", it.stages)),
                None => Default::default(),
            };
            let session = session(connected);
            format!("connection {number}: connected{to}, {session}{times}")
        }
        EventKind::Moved(connected) => {
            let session = session(connected);
            format!("connection {number}: goes on over another network, {session}")
        }
        EventKind::Disconnected(disconnected) => format!(
            "connection {number}: disconnected, {} ({}); {}",
            disconnected.cause.name(),
            disconnected.cause,
            signs(&disconnected.liveness),
        ),
        EventKind::ConnectFailed(error) => {
            let times = match attempted(event) {
                Some(it) => format!("; {}", it.stages),
                None => String::new(),
            };
            format!("connection {number}: connect failed, {error}{times}")
        }
        EventKind::Reconnecting(reconnecting) => {
            let Reconnecting {
                attempt_number,
                delay,
                cause,
                ..
            } = &**reconnecting;
            let delay = delay.as_secs_f64();
            format!("trying again in {delay:.3} s, attempt {attempt_number}, after {cause}")
        }
        EventKind::ReconnectStopped(stopped) => format!(
            "not trying again, {} ({}); last end: {}",
            stopped.reason.name(),
            stopped.reason,
            stopped.cause
        ),
        EventKind::SubscriptionsLost(lost) => format!("subscriptions lost: {}", filters(lost)),
        EventKind::Suspect(liveness) => {
            format!("connection {number}: suspect; {}", signs(liveness))
        }
        EventKind::Alive(liveness) => format!("connection {number}: alive; {}", signs(liveness)),
        _ => format!("connection {number}: an event this version of the C library does not know"),
    }
}

fn session(connected: &Connected) -> String {
    let session = match (connected.session_present, connected.session_lost) {
        (true, _) => "resumed",
        (false, true) => "lost",
        (false, false) => "new",
    };
    let mut text = format!("keep-alive {} s, session {session}", connected.keep_alive);
    for (number, what) in [
        (connected.resubscribed, "filters subscribed again"),
        (connected.sent_again, "publishes sent again"),
        (connected.lost, "publishes lost"),
    ] {
        if number > 0 {
            text += &format!(", {number} {what}");
        }
    }
    text
}

fn signs(liveness: &LivenessSnapshot) -> String {
    format!(
        "last byte {:.3} s ago, last sign of life {:.3} s ago, {} unanswered pings",
        liveness.last_inbound_age.as_secs_f64(),
        liveness.last_evidence_age.as_secs_f64(),
        liveness.unanswered_pings
    )
}

/// The first ones: there may be thousands.
fn filters(lost: &SubscriptionsLost) -> String {
    const NAMED: usize = 5;
    let mut text = lost
        .filters
        .iter()
        .take(NAMED)
        .map(|(filter, why)| format!("{filter} ({why})"))
        .collect::<Vec<_>>()
        .join(", ");
    let more = lost.filters.len().saturating_sub(NAMED);
    if more > 0 {
        text += &format!(" and {more} more");
    }
    text
}
