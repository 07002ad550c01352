//! The events of a client that comes back by itself: in which order they come, what they promise,
//! and how often it tries.

use std::collections::VecDeque;
use std::time::Duration;

use mqttka_core::error::{ConnectError, DisconnectCause};
use mqttka_core::proto::{Ended, Event, EventKind, Reconnect, State};
use mqttka_core::types::{Instant, ReasonCode};

/// After so long without a network a client tries all the same.
const LOST: Duration = Duration::from_secs(300);

/// Attempts that were asked for begin no closer to each other.
const BETWEEN_POKED: Duration = Duration::from_millis(250);

const HOUR: Duration = Duration::from_secs(3600);

/// So many attempts by themselves in any hour are as many as backoff explains where no delay
/// passes a minute: 120 where each waits half of it on the average, and more after connections
/// that lasted.
pub const ATTEMPTS_PER_HOUR: usize = 300;

#[derive(Debug, PartialEq)]
enum Place {
    Idle,
    Attempting,
    Connected,
    /// The last event said whether the client goes on; the next has to be that.
    Ended {
        ended: Ended,
        goes_on: bool,
    },
    Waiting {
        since: Instant,
        delay: Duration,
    },
}

/// What the events have said so far.
#[derive(Debug)]
pub struct Grammar {
    options: Option<Reconnect>,
    place: Place,
    /// Attempts since the last connection.
    failures: u32,
    /// Delays since a connection lasted.
    steps: i32,
    connected_at: Instant,
    reset_after: Duration,
    /// When the application, or a hint of it, last asked for an attempt.
    poked_at: Option<Instant>,
    lost_at: Option<Instant>,
    /// When there was one again. In that turn the client may not have come to it yet.
    found_at: Option<Instant>,
    /// The application ends the connection, whatever it is that ends it in fact.
    goodbye: bool,
    /// The engine did not run.
    gap_until: Instant,
    attempts: VecDeque<Instant>,
    pokes: VecDeque<Instant>,
    /// Attempts in all.
    pub total: u64,
    /// The most attempts in one hour, those apart that were asked for, as a part of their bound.
    pub most_per_hour: f64,
    /// What broke the promise.
    pub violations: Vec<String>,
}

impl Grammar {
    /// Of a client with these options that has done nothing.
    pub fn new(options: Option<Reconnect>) -> Self {
        Grammar {
            options,
            place: Place::Idle,
            failures: 0,
            steps: 0,
            connected_at: Instant::ORIGIN,
            reset_after: Duration::MAX,
            poked_at: None,
            lost_at: None,
            found_at: None,
            goodbye: false,
            gap_until: Instant::ORIGIN,
            attempts: VecDeque::new(),
            pokes: VecDeque::new(),
            total: 0,
            most_per_hour: 0.0,
            violations: Vec::new(),
        }
    }

    fn wrong(&mut self, now: Instant, text: impl AsRef<str>) {
        let text = text.as_ref();
        self.violations
            .push(format!("{now:?}: {text}, after {:?}", self.place));
    }

    /// The application asks for an attempt, or gives a hint that may bring one.
    pub fn on_poke(&mut self, now: Instant) {
        self.poked_at = Some(now);
        self.pokes.push_back(now);
    }

    /// The application calls `disconnect` or `close`.
    pub fn on_goodbye(&mut self) {
        self.goodbye = self.place == Place::Connected;
    }

    /// The application says whether there is a network.
    pub fn on_network(&mut self, now: Instant, there: bool) {
        self.lost_at = (!there).then_some(now);
        self.found_at = there.then_some(now).or(self.found_at);
    }

    /// The engine did not run until now.
    pub fn on_resume(&mut self, now: Instant) {
        self.gap_until = now;
    }

    /// An attempt begins.
    pub fn on_attempt(&mut self, now: Instant) {
        match self.place {
            Place::Waiting { since, delay } => {
                let asked = self.poked_at.is_some_and(|at| at >= since);
                if now < since + delay && !asked {
                    self.wrong(now, "an attempt before its time");
                }
            }
            Place::Idle => {}
            _ => self.wrong(now, "an attempt out of turn"),
        }
        self.place = Place::Attempting;
        self.total += 1;
        self.attempts.push_back(now);
        for times in [&mut self.attempts, &mut self.pokes] {
            while times.front().is_some_and(|at| *at + HOUR < now) {
                times.pop_front();
            }
        }
        let own = self.attempts.len().saturating_sub(self.pokes.len());
        let part = own as f64 / self.most_attempts() as f64;
        self.most_per_hour = self.most_per_hour.max(part);
        if own > self.most_attempts() {
            self.wrong(now, format!("{own} attempts in an hour"));
            self.attempts.clear();
        }
    }

    /// An event comes.
    pub fn on_event(&mut self, now: Instant, event: &Event) {
        let after = std::mem::replace(&mut self.place, Place::Idle);
        let before = format!("{after:?}");
        let fine = match &event.kind {
            EventKind::Connected(connected) => {
                self.connected_at = now;
                let k = Duration::from_secs(u64::from(connected.keep_alive));
                let half_a_minute = Duration::from_secs(30);
                let usual = if k.is_zero() {
                    half_a_minute
                } else {
                    k.min(half_a_minute)
                };
                let options = self.options.as_ref();
                self.reset_after = options.and_then(|o| o.reset_after).unwrap_or(usual);
                self.place = Place::Connected;
                let counts = event.attempt_number == self.failures + 1;
                self.failures = 0;
                after == Place::Attempting && counts && !event.will_reconnect
            }
            EventKind::Disconnected(disconnected) => {
                if now >= self.connected_at + self.reset_after {
                    self.steps = 0;
                }
                self.end(event, Ended::Disconnected(disconnected.cause.clone()));
                after == Place::Connected
            }
            EventKind::ConnectFailed(error) => {
                self.failures += 1;
                self.end(event, Ended::ConnectFailed((**error).clone()));
                after == Place::Attempting
            }
            EventKind::Reconnecting(told) => {
                let bound = self.bound();
                self.steps += 1;
                self.place = Place::Waiting {
                    since: now,
                    delay: told.delay,
                };
                // A broker that is busy is given a bound more.
                let bound = if is_busy(&told.cause) {
                    bound * 2
                } else {
                    bound
                };
                let lost = self.lost_at.is_some() || self.found_at == Some(now);
                let bound = if lost { bound.max(LOST) } else { bound };
                told.delay <= bound
                    && told.attempt_number == self.failures + 1
                    && matches!(after, Place::Ended { ended, goes_on: true } if ended == told.cause)
            }
            EventKind::ReconnectStopped(told) => match after {
                Place::Ended { ended, goes_on } => !goes_on && ended == told.cause,
                Place::Waiting { .. } => true,
                _ => false,
            },
            EventKind::Suspect(_)
            | EventKind::Alive(_)
            | EventKind::Moved(_)
            | EventKind::SubscriptionsLost(_) => {
                let connected = after == Place::Connected;
                self.place = after;
                connected
            }
            _ => false,
        };
        if !fine {
            self.violations
                .push(format!("{now:?}: {event:?} after {before}"));
        }
    }

    fn end(&mut self, event: &Event, ended: Ended) {
        let asked = matches!(
            ended,
            Ended::Disconnected(
                DisconnectCause::DisconnectRequested | DisconnectCause::ClientClosed
            ) | Ended::ConnectFailed(
                ConnectError::DisconnectRequested | ConnectError::ClientClosed
            )
        );
        let goodbye = std::mem::take(&mut self.goodbye);
        // It may not have come to it yet.
        let silent = self.options.is_none() || asked || goodbye && !event.will_reconnect;
        if silent && event.will_reconnect {
            let text = format!("{event:?}, but nobody wants that");
            self.violations.push(text);
        }
        self.place = if silent {
            Place::Idle
        } else {
            Place::Ended {
                ended,
                goes_on: event.will_reconnect,
            }
        };
    }

    /// The bound of attempts in an hour.
    fn most_attempts(&self) -> usize {
        let longest = self
            .options
            .as_ref()
            .map_or(0.0, |o| o.max_delay.as_secs_f64());
        let scale = (60.0 / longest).max(1.0);
        (ATTEMPTS_PER_HOUR as f64 * scale) as usize
    }

    /// What the next delay cannot pass.
    fn bound(&self) -> Duration {
        let Some(options) = &self.options else {
            return Duration::ZERO;
        };
        let seconds = options.first_delay.as_secs_f64() * options.factor.powi(self.steps);
        Duration::from_secs_f64(seconds.min(options.max_delay.as_secs_f64()))
    }

    /// The client has done what there was to do: where it says it stands, and when it says the
    /// next attempt begins. `slack`: how late it may be.
    pub fn on_turn(
        &mut self,
        now: Instant,
        state: State,
        next_attempt: Option<Instant>,
        slack: Duration,
    ) {
        let fits = match &self.place {
            Place::Idle => matches!(state, State::Idle | State::Closed | State::Connecting),
            Place::Attempting => state == State::Connecting,
            Place::Connected => matches!(state, State::Connected | State::Disconnecting),
            Place::Ended { .. } => false,
            Place::Waiting { since, delay } => {
                let due = (*since + *delay).max(self.gap_until);
                let due = self.poked_at.map_or(due, |at| due.max(at + BETWEEN_POKED));
                let due = self.lost_at.map_or(due, |lost| due.max(lost + LOST));
                let late = now > due + slack;
                if late {
                    let text = format!("{now:?}: no attempt yet, due at {due:?}");
                    self.violations.push(text);
                }
                state == State::Reconnecting && next_attempt.is_some()
            }
        };
        if !fits {
            self.wrong(
                now,
                format!("state {state:?}, next attempt {next_attempt:?}"),
            );
        }
    }
}

/// The broker said that it has too much to do.
fn is_busy(ended: &Ended) -> bool {
    use ReasonCode as R;
    let (Ended::Disconnected(DisconnectCause::ServerDisconnect { reason_code, .. })
    | Ended::ConnectFailed(ConnectError::Refused { reason_code, .. })) = ended
    else {
        return false;
    };
    matches!(
        *reason_code,
        R::ServerUnavailable | R::ServerBusy | R::ConnectionRateExceeded
    )
}
