//! Whether the peer lives: what liveness judges becomes pings, suspicions and ends.

use std::time::Duration;

use super::{Machine, Phase};
use crate::error::DisconnectCause;
use crate::proto::EventKind;
use crate::proto::liveness::{Change, Progress, Verdict};
use crate::types::Instant;

/// How long a path whose network changed may take to show that it lives: min(K/2, this).
const MAX_NETWORK_PROBE: Duration = Duration::from_secs(10);

impl<T> Machine<T> {
    /// Whether the connection lives, and no goodbye bounds the rest of it.
    pub(super) fn is_judged(&self) -> bool {
        matches!(self.phase, Phase::Connected | Phase::Draining(_))
    }

    pub(super) fn probe(&mut self, now: Instant, timeout: Duration) {
        if self.is_judged()
            && let Some(liveness) = &mut self.liveness
        {
            liveness.probe(now, now + timeout);
        }
    }

    /// The answer to [`Output::CheckLocalAddress`](crate::proto::Output::CheckLocalAddress): only
    /// where the address is gone is the connection ended at once; else it is probed.
    pub fn handle_local_address(&mut self, now: Instant, present: bool) {
        if !self.is_judged() {
            return;
        }
        if !present {
            return self.end_connection(now, DisconnectCause::NetworkLost, false);
        }
        let k = Duration::from_secs(u64::from(self.keep_alive));
        let timeout = if k.is_zero() {
            MAX_NETWORK_PROBE
        } else {
            (k / 2).min(MAX_NETWORK_PROBE)
        };
        self.probe(now, timeout);
    }

    /// Whether [`handle_progress`](Self::handle_progress) would tell something new.
    pub fn wants_progress(&self, now: Instant) -> bool {
        self.liveness
            .as_ref()
            .is_some_and(|l| l.wants_progress(now))
    }

    /// What the peer's TCP has acknowledged of our stream.
    pub fn handle_progress(&mut self, now: Instant, progress: Progress) {
        if self.acked.is_some() {
            self.acked = Some(progress.acked);
        }
        if let Some(liveness) = &mut self.liveness {
            liveness.on_progress(now, progress);
        }
    }

    /// Since when nothing went of what was written, where a host sends it.
    pub fn handle_standing(&mut self, since: Option<Instant>) {
        if let Some(liveness) = &mut self.liveness {
            liveness.on_standing(since);
        }
    }

    pub(super) fn check_liveness(&mut self, now: Instant, suspended: bool) {
        let Some(liveness) = &mut self.liveness else {
            return;
        };
        let cause = match liveness.judge(now, suspended) {
            Verdict::PathDead => DisconnectCause::KeepAliveTimeout,
            Verdict::PeerDead => DisconnectCause::ServerUnresponsive,
            Verdict::Alive => {
                // L5: one that is due soon goes now, unless it may go with what is written now.
                let ping_due = liveness.ping_due(now)
                    || liveness.early_at().is_some_and(|at| now >= at) && !self.has_unsent();
                self.tell_suspicion(now);
                if ping_due {
                    self.send_ping(now);
                }
                return;
            }
        };
        let cause = self.held().unwrap_or(cause);
        self.end_connection(now, cause, false);
    }

    /// Rule L22: one `Suspect` at a time; `Alive` or `Disconnected` ends it.
    fn tell_suspicion(&mut self, now: Instant) {
        if let Some(liveness) = &mut self.liveness
            && let Some(change) = liveness.take_change()
        {
            let snapshot = Box::new(liveness.snapshot(now));
            self.push_event(match change {
                Change::Suspect => EventKind::Suspect(snapshot),
                Change::Alive => EventKind::Alive(snapshot),
            });
        }
    }

    /// Whether the application has heard of a suspicion, and not of its end.
    pub(super) fn is_told_suspect(&mut self) -> bool {
        let Some(liveness) = &mut self.liveness else {
            return false;
        };
        match liveness.take_change() {
            Some(change) => change == Change::Alive,
            None => liveness.is_suspect(),
        }
    }

    /// How long the system itself may try to deliver our bytes after a graceful close, before it
    /// gives up: the backstop, 2 D. `None` where liveness is not judged.
    pub fn backstop(&self) -> Option<Duration> {
        let bound = self.liveness.as_ref()?.bound()?;
        Some(bound.saturating_mul(2))
    }
}
