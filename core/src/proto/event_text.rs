//! Events in words: what a log of an application prints.

use std::fmt;
use std::time::Duration;

use super::{
    Connected, Event, EventKind, LivenessSnapshot, LostPublish, NetworkChange, QueuePolicy,
    Reconnecting, State, SubscriptionsLost,
};
use crate::error::Words;
use crate::types::named;

named! {
    State:
    Idle "idle",
    Connecting "connecting",
    Connected "connected",
    Disconnecting "disconnecting",
    Closed "closed",
    Reconnecting "reconnecting",
}

named! {
    NetworkChange:
    Lost "lost",
    Available "available",
    Changed "changed",
}

named! {
    QueuePolicy:
    RefuseNewest "refuse_newest",
    DropOldestQos0 "drop_oldest_qos0",
    DropOldest "drop_oldest",
}

named! {
    LostPublish:
    PublishAgain "publish_again",
    Fail "fail",
}

impl EventKind {
    /// The name that every language has for it, such as `connect_failed`.
    pub const fn name(&self) -> &'static str {
        match self {
            EventKind::Connected(_) => "connected",
            EventKind::Disconnected(_) => "disconnected",
            EventKind::ConnectFailed(_) => "connect_failed",
            EventKind::Reconnecting(_) => "reconnecting",
            EventKind::ReconnectStopped(_) => "reconnect_stopped",
            EventKind::SubscriptionsLost(_) => "subscriptions_lost",
            EventKind::Suspect(_) => "suspect",
            EventKind::Alive(_) => "alive",
            EventKind::Moved(_) => "moved",
        }
    }
}

/// So that nobody reads nanoseconds.
struct Time(Duration);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Time(time) = *self;
        if time < Duration::from_secs(1) {
            write!(f, "{} ms", time.subsec_millis())
        } else {
            Seconds::<1>(time).fmt(f)
        }
    }
}

/// With so many digits, rounded: without the code for floating point, which WebAssembly is spared.
pub(super) struct Seconds<const DIGITS: u32>(pub(super) Duration);

impl<const DIGITS: u32> fmt::Display for Seconds<DIGITS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10_u32.pow(9 - DIGITS);
        let digits = (self.0.subsec_nanos() + unit / 2) / unit;
        let all = 10_u32.pow(DIGITS);
        let whole = self.0.as_secs().saturating_add((digits / all).into());
        let width = DIGITS as usize;
        write!(f, "{whole}.{:0width$} s", digits % all)
    }
}

impl fmt::Display for Event {
    /// One line, such as `connection 3: disconnected: no sign of life within the keep-alive bound
    /// (keep_alive_timeout); last byte 7.250 s ago, last sign of life 7.250 s ago, 2 unanswered
    /// pings; it will reconnect`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "connection {}: ", self.connection_number)?;
        match (&self.kind, &self.attempted) {
            (EventKind::Connected(connected), Some(attempted)) => {
                write!(f, "connected to {attempted}")?;
                rest_of_connected(connected, f)?;
                if attempted.stages.iter().next().is_some() {
                    write!(f, " ({})", attempted.stages)?;
                }
            }
            (kind, _) => write!(f, "{kind}")?,
        }
        match &self.kind {
            EventKind::Disconnected(it) => write!(f, "; {}", Signs(&it.liveness))?,
            EventKind::Suspect(liveness) | EventKind::Alive(liveness) => {
                write!(f, "; {}", Signs(liveness))?;
            }
            EventKind::ConnectFailed(error) => {
                let attempted = error.attempted().or(self.attempted.as_deref());
                if let Some(attempted) = attempted.filter(|it| it.stages.iter().next().is_some()) {
                    write!(f, " ({})", attempted.stages)?;
                }
            }
            EventKind::ReconnectStopped(it) => write!(f, "; the last end was: {}", it.cause)?,
            _ => {}
        }
        match self.will_reconnect {
            true => f.write_str("; it will reconnect"),
            false => Ok(()),
        }
    }
}

impl fmt::Display for EventKind {
    /// The name, and what happened, such as `connect_failed: refused by the broker: Not authorized
    /// (0x87) (refused)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            EventKind::Connected(connected) => rest_of_connected(connected, f),
            EventKind::Disconnected(it) => write!(f, ": {}", it.cause),
            EventKind::ConnectFailed(error) => write!(f, ": {error}"),
            EventKind::Reconnecting(it) => write!(f, ": {it}"),
            EventKind::ReconnectStopped(it) => write!(f, ": {}", it.reason),
            EventKind::SubscriptionsLost(it) => write!(f, ": {it}"),
            EventKind::Suspect(_) => f.write_str(": no answer from the broker"),
            EventKind::Alive(_) => f.write_str(": the broker answers again"),
            EventKind::Moved(connected) => {
                f.write_str(": the connection goes on over another path")?;
                rest_of_connected(connected, f)
            }
        }
    }
}

fn rest_of_connected(connected: &Connected, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if let Some(offline) = connected.offline {
        write!(f, " after {}", Time(offline))?;
    }
    f.write_str(match (connected.session_present, connected.session_lost) {
        (true, _) => ", the session goes on",
        (false, true) => ", the broker lost the session",
        (false, false) => ", a new session",
    })?;
    write!(f, ", keep-alive {} s", connected.keep_alive)?;
    for (number, what) in [
        (connected.resubscribed, "filters subscribed again"),
        (connected.sent_again, "publishes sent again"),
        (connected.lost, "publishes lost"),
    ] {
        if number > 0 {
            write!(f, ", {number} {what}")?;
        }
    }
    Ok(())
}

/// What a verdict is based on.
pub(super) struct Signs<'a>(pub(super) &'a LivenessSnapshot);

impl fmt::Display for Signs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Signs(liveness) = self;
        write!(
            f,
            "last byte {} ago, last sign of life {} ago, {} unanswered pings",
            Seconds::<3>(liveness.last_inbound_age),
            Seconds::<3>(liveness.last_evidence_age),
            liveness.unanswered_pings
        )
    }
}

impl fmt::Display for Reconnecting {
    /// Such as `attempt 2 in 640 ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "attempt {} in {}", self.attempt_number, Time(self.delay))
    }
}

impl fmt::Display for SubscriptionsLost {
    /// The first filter and why, the broker's words, and how many more there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = Words(&self.reason_string);
        match &*self.filters {
            [] => f.write_str("none"),
            [(filter, why)] => write!(f, "{filter:?}, {why}{words}"),
            [(filter, why), rest @ ..] => {
                write!(f, "{filter:?}, {why}{words}, and {} more", rest.len())
            }
        }
    }
}

#[cfg(test)]
mod tests;
