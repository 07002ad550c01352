//! Coming back by itself: what follows an end, and when.

use std::time::Duration;

use super::{Machine, Phase};
use crate::error::{ConnectError, DisconnectCause, Stage};
use crate::proto::event::Action;
use crate::proto::redirect::Redirects;
use crate::proto::timers::Timer;
use crate::proto::{
    Backoff, Config, Ended, EventKind, NetworkChange, NetworkUpdate, Provided, ProviderError,
    ReconnectStopped, Reconnecting, StopReason,
};
use crate::transport::options::Server;
use crate::types::{Instant, Properties};

/// Where the system says that there is no network, an attempt is made all the same after this
/// time: it may be wrong.
const WITHOUT_NETWORK: Duration = Duration::from_secs(5 * 60);

/// Attempts that hints bring about begin no closer to each other.
const BETWEEN_HINTED: Duration = Duration::from_millis(250);

/// A connection that lasted so long has come about for good, where its keep-alive is not shorter.
const LASTING: Duration = Duration::from_secs(30);

/// While nobody takes the events of earlier attempts, no new one begins; asked again after this.
const EVENTS_PAUSE: Duration = Duration::from_secs(1);

/// What is remembered from attempt to attempt.
#[derive(Debug)]
pub(super) struct Recovery {
    backoff: Option<Backoff>,
    /// Attempts since a connection last lasted.
    attempts: u32,
    redirects: Redirects,
    /// The next attempt goes where the broker says.
    redirected: bool,
    /// Ends in a row for which the broker's bytes were the reason.
    protocol_errors: u32,
    /// An attempt was made without a delay since then.
    hurried: bool,
    connected_at: Option<Instant>,
    offline_since: Option<Instant>,
    /// Since when a connection that lasts is tried for.
    trying_since: Option<Instant>,
    last_attempt: Option<Instant>,
    /// Why it waits for the next attempt.
    ended: Option<Ended>,
    no_network: bool,
    provider_gave_up: bool,
    /// The application takes its events.
    events_taken: bool,
    /// The operation at which the broker ends connections.
    pub(super) suspect: Option<super::poison::Suspect>,
}

/// What follows an end.
#[derive(Debug)]
pub(super) enum Plan {
    /// Nothing by itself.
    Rest,
    /// Another attempt.
    Retry { delay: Duration, cause: Ended },
    /// Trying again cannot help.
    Stop { reason: StopReason, cause: Ended },
}

impl Recovery {
    pub(super) fn new(config: &Config, seed: u64) -> Self {
        Recovery {
            backoff: config.reconnect.as_ref().map(|it| Backoff::new(it, seed)),
            attempts: 0,
            redirects: Redirects::default(),
            redirected: false,
            protocol_errors: 0,
            hurried: false,
            connected_at: None,
            offline_since: None,
            trying_since: None,
            last_attempt: None,
            ended: None,
            no_network: false,
            provider_gave_up: false,
            events_taken: true,
            suspect: None,
        }
    }

    fn begin_anew(&mut self) {
        if let Some(backoff) = &mut self.backoff {
            backoff.reset();
        }
        self.attempts = 0;
        self.protocol_errors = 0;
        self.redirects.reset();
        self.hurried = false;
        self.trying_since = None;
    }
}

impl<T> Machine<T> {
    /// The number of the newest attempt, counted since the last connection that came about.
    pub fn attempt_number(&self) -> u32 {
        self.attempt_number
    }

    /// The stream that opens next leads to this server. Where nobody says it, the client follows no
    /// broker that sends it elsewhere ([`Config::max_redirects`]).
    pub fn set_server(&mut self, server: Server) {
        self.recovery.redirects.set_server(server);
    }

    /// When the next attempt begins by itself, where one does.
    pub fn next_attempt_at(&self) -> Option<Instant> {
        self.timers.get(Timer::Reconnect)
    }

    /// Since when there has been no connection; `None` while connected and before the first.
    pub fn offline_since(&self) -> Option<Instant> {
        self.recovery.offline_since
    }

    /// Whether the application takes its events: while it does not, no attempt begins by itself.
    pub fn set_events_taken(&mut self, taken: bool) {
        self.recovery.events_taken = taken;
    }

    /// The time of the next attempt has come.
    pub(super) fn go_on(&mut self, now: Instant) {
        if !self.recovery.events_taken {
            return self.timers.set(Timer::Reconnect, now + EVENTS_PAUSE);
        }
        self.start_attempt(now);
    }

    pub(super) fn start_attempt(&mut self, now: Instant) {
        self.timers.clear(Timer::Reconnect);
        self.flight.begin();
        self.recovery.ended = None;
        self.connection_number += 1;
        self.attempt_number = self.attempt_number.saturating_add(1);
        let recovery = &mut self.recovery;
        recovery.attempts = recovery.attempts.saturating_add(1);
        recovery.last_attempt = Some(now);
        recovery.trying_since.get_or_insert(now);
        let timeout = self.connect_timeout();
        self.timers.set(Timer::Connect, now + timeout);
        self.provided = Provided::default();
        let (stage, action) = match self.config.provider {
            true => (Stage::Provider, Action::Provide),
            false => (Stage::Dns, Action::Open),
        };
        self.phase = Phase::Opening { stage, timeout };
        self.actions.push_back(action);
    }

    pub(super) fn handle_provided(
        &mut self,
        now: Instant,
        connection_number: u64,
        result: Result<Provided, ProviderError>,
    ) {
        let Phase::Opening { stage, .. } = &mut self.phase else {
            return;
        };
        if connection_number != self.connection_number || *stage != Stage::Provider {
            return;
        }
        match result {
            Ok(provided) => {
                *stage = Stage::Dns;
                self.provided = provided;
                self.actions.push_back(Action::Open);
            }
            Err(error) => {
                self.recovery.provider_gave_up = error.fatal;
                self.fail_attempt(now, ConnectError::Provider(error.message));
            }
        }
    }

    /// Where the client waits, it tries as soon as it may.
    pub(super) fn try_soon(&mut self, now: Instant) {
        if self.phase == Phase::Waiting {
            let last = self.recovery.last_attempt;
            let at = last.map_or(now, |last| now.max(last + BETWEEN_HINTED));
            self.timers.advance(Timer::Reconnect, at);
        }
    }

    /// The system's network is not what it was (rule L17).
    pub(super) fn handle_network(&mut self, now: Instant, update: NetworkUpdate) {
        let known = std::mem::replace(
            &mut self.recovery.no_network,
            update.change == NetworkChange::Lost,
        );
        let moves = self.may_move(&update);
        if update.change != NetworkChange::Lost {
            self.network_id.clone_from(&update.id);
        }
        if self.is_judged() {
            // A connection whose address is gone ends before another one could take its place.
            self.actions.push_back(Action::CheckLocalAddress);
            if moves {
                self.start_standby(now);
            }
            return;
        }
        match (self.phase, update.change) {
            // Told again, it puts the next attempt off no further.
            (Phase::Waiting, NetworkChange::Lost) if known => {}
            (Phase::Waiting, NetworkChange::Lost) => {
                let delay = self.within_max_time(now, WITHOUT_NETWORK);
                self.timers.set(Timer::Reconnect, now + delay);
            }
            (Phase::Waiting, _) => self.try_soon(now),
            (Phase::Opening { stage, .. }, change)
                if change != NetworkChange::Lost && stage != Stage::Provider =>
            {
                self.open_again(now);
            }
            _ => {}
        }
    }

    /// What is being opened went out over a network that may be gone: begin again, within the
    /// attempt's time.
    fn open_again(&mut self, now: Instant) {
        let last = self.recovery.last_attempt;
        if last.is_some_and(|last| now < last + BETWEEN_HINTED) {
            return;
        }
        self.recovery.last_attempt = Some(now);
        self.actions.push_back(Action::Open);
    }

    /// A connection has come about. How long there was none.
    pub(super) fn comes_back(&mut self, now: Instant) -> Option<Duration> {
        self.recovery.no_network = false;
        // A connection that moved is the same one.
        self.recovery.connected_at.get_or_insert(now);
        let since = self.recovery.offline_since.take();
        since.map(|since| now.saturating_since(since))
    }

    /// What follows this end.
    pub(super) fn plan(&mut self, now: Instant, cause: Ended) -> Plan {
        if let Some(since) = self.recovery.connected_at.take() {
            self.recovery.offline_since = Some(now);
            let lasted = now.saturating_since(since);
            if lasted >= self.lasting() {
                self.recovery.begin_anew();
            }
            // While it was connected it did not try.
            let trying = self.recovery.trying_since;
            self.recovery.trying_since = Some(trying.map_or(now, |since| since + lasted));
        }
        let asked = matches!(
            &cause,
            Ended::Disconnected(
                DisconnectCause::DisconnectRequested | DisconnectCause::ClientClosed
            ) | Ended::ConnectFailed(
                ConnectError::DisconnectRequested | ConnectError::ClientClosed
            )
        );
        // A goodbye that something else has cut short is one all the same.
        let goodbye = matches!(
            self.phase,
            Phase::Draining(_) | Phase::Leaving(_) | Phase::Left(_)
        );
        if asked || goodbye {
            self.recovery.begin_anew();
        }
        if self.config.reconnect.is_none() || self.closing || asked || goodbye {
            return Plan::Rest;
        }
        match self.reason_to_stop(now, &cause) {
            Some(reason) => {
                self.recovery.begin_anew();
                Plan::Stop { reason, cause }
            }
            None => Plan::Retry {
                delay: self.delay(now, &cause),
                cause,
            },
        }
    }

    fn lasting(&self) -> Duration {
        let k = Duration::from_secs(u64::from(self.keep_alive));
        let option = self.config.reconnect.as_ref().and_then(|it| it.reset_after);
        option.unwrap_or(if k.is_zero() { LASTING } else { k.min(LASTING) })
    }

    fn reason_to_stop(&mut self, now: Instant, cause: &Ended) -> Option<StopReason> {
        if std::mem::take(&mut self.recovery.provider_gave_up) {
            return Some(StopReason::Provider);
        }
        if let Some(class) = self.class(cause)
            && !self.retries(class)
        {
            return Some(class);
        }
        let reconnect = self.config.reconnect.as_ref()?;
        let recovery = &self.recovery;
        if reconnect
            .max_attempts
            .is_some_and(|most| recovery.attempts >= most)
        {
            return Some(StopReason::MaxAttempts);
        }
        let over = |most: Duration| {
            recovery
                .trying_since
                .is_some_and(|since| now >= since + most)
        };
        reconnect
            .max_time
            .is_some_and(over)
            .then_some(StopReason::MaxTime)
    }

    fn retries(&self, class: StopReason) -> bool {
        let reconnect = self.config.reconnect.as_ref();
        reconnect.is_some_and(|reconnect| reconnect.retry_on.contains(&class))
    }

    /// Why trying again as before cannot help, where it cannot. Where something else can, that is
    /// prepared.
    fn class(&mut self, cause: &Ended) -> Option<StopReason> {
        let most = self.config.max_redirects;
        let redirect = self.recovery.redirects.follow(cause, most);
        self.recovery.redirected = redirect.is_some();
        if let Some(redirect) = redirect {
            self.recovery.protocol_errors = 0;
            self.actions.push_back(Action::Refer(redirect));
            return None;
        }
        if cause.is_protocol() {
            self.recovery.protocol_errors += 1;
            let most = self.config.poison_after;
            if most > 0 && self.recovery.protocol_errors >= most {
                self.recovery.protocol_errors = 0;
                if !self.config.clean_start_on_backlog {
                    return Some(StopReason::Protocol);
                }
                self.session.start_clean();
            }
            return None;
        }
        self.recovery.protocol_errors = 0;
        match cause.class()? {
            // The next attempt has others.
            StopReason::Credentials if self.config.provider => None,
            StopReason::ProtocolVersion if self.fall_back() => None,
            class => Some(class),
        }
    }

    fn delay(&mut self, now: Instant, cause: &Ended) -> Duration {
        if self.recovery.no_network {
            return self.within_max_time(now, WITHOUT_NETWORK);
        }
        let recovery = &mut self.recovery;
        let hurries = match cause {
            // Rule L23: nothing is wrong with network and broker.
            Ended::Disconnected(DisconnectCause::ReclaimedBySystem(_)) => true,
            ended => ended.class() == Some(StopReason::ProtocolVersion),
        };
        if recovery.redirected || hurries && !std::mem::replace(&mut recovery.hurried, true) {
            return Duration::ZERO;
        }
        let draw = match cause.is_busy() {
            true => Backoff::next_busy_delay,
            false => Backoff::next_delay,
        };
        let delay = recovery.backoff.as_mut().map(draw).unwrap_or_default();
        self.within_max_time(now, delay)
    }

    /// The last attempt comes when the time for all of them is up.
    fn within_max_time(&self, now: Instant, delay: Duration) -> Duration {
        let most = self.config.reconnect.as_ref().and_then(|it| it.max_time);
        let since = self.recovery.trying_since;
        let until = since.zip(most).map(|(since, most)| since + most);
        until.map_or(delay, |until| delay.min(until.saturating_since(now)))
    }

    /// The connection or attempt is over; its event says whether the client goes on by itself.
    pub(super) fn leave(&mut self, now: Instant, plan: &Plan, kind: EventKind) {
        let record = self.flight_record(now, &kind);
        let told = std::mem::take(&mut self.told);
        let told = match &kind {
            EventKind::Disconnected(end) => match end.cause {
                DisconnectCause::ServerDisconnect { .. } => told,
                _ => Properties::new(),
            },
            EventKind::ConnectFailed(error) => match **error {
                ConnectError::Refused { .. } => told,
                _ => Properties::new(),
            },
            _ => Properties::new(),
        };
        self.phase = match plan {
            Plan::Retry { .. } => Phase::Waiting,
            _ => Phase::Idle,
        };
        self.timers.end_connection();
        self.standby = None;
        self.push_event(kind);
        if let Some(event) = self.events.back_mut() {
            event.will_reconnect = matches!(plan, Plan::Retry { .. });
            event.record = Some(record);
            event.properties = told;
        }
    }

    /// What is next.
    pub(super) fn follow(&mut self, now: Instant, plan: Plan) {
        match plan {
            Plan::Rest => {}
            Plan::Retry { delay, cause } => {
                self.timers.set(Timer::Reconnect, now + delay);
                self.recovery.ended = Some(cause.clone());
                self.push_event(EventKind::Reconnecting(Box::new(Reconnecting {
                    attempt_number: self.attempt_number.saturating_add(1),
                    delay,
                    cause,
                })));
            }
            Plan::Stop { reason, cause } => self.tell_stop(reason, cause),
        }
        if self.closing {
            self.become_closed();
        }
    }

    fn tell_stop(&mut self, reason: StopReason, cause: Ended) {
        let stopped = ReconnectStopped { reason, cause };
        self.push_event(EventKind::ReconnectStopped(Box::new(stopped)));
    }

    /// The application ends the wait for the next attempt.
    pub(super) fn stop_waiting(&mut self, reason: StopReason) {
        self.phase = Phase::Idle;
        self.timers.clear(Timer::Reconnect);
        self.recovery.begin_anew();
        // There is no wait without an end before it.
        if let Some(cause) = self.recovery.ended.take() {
            self.tell_stop(reason, cause);
        }
    }
}
