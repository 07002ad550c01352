//! Re-authentication (section 4.12.1): asked for by the application, one after the other, while the
//! connection goes on.

use std::collections::VecDeque;

use super::{Purpose, REAUTHENTICATION_COST, State};
use crate::codec::Disconnect;
use crate::error::{AuthenticationError, OperationError};
use crate::proto::machine::{Machine, Phase};
use crate::proto::timers::Timer;
use crate::proto::{Delivered, Outcome};
use crate::types::{Instant, PropertyId, ReasonCode};

impl<T> Machine<T> {
    /// The application wants to prove itself anew.
    pub(in crate::proto::machine) fn reauthenticate(&mut self, now: Instant, token: Option<T>) {
        self.usage.messages += 1;
        self.usage.bytes += REAUTHENTICATION_COST;
        let error = match self.phase {
            _ if self.authentication_method().is_none() => {
                OperationError::Authentication(AuthenticationError::Authenticator {
                    message: "there is no authenticator".to_owned(),
                    fatal: true,
                })
            }
            _ if self.cancels.is_cancelled(&token) => OperationError::Cancelled,
            Phase::Connected => {
                self.authentication.waiting.push_back(token);
                return self.begin_reauthentication(now);
            }
            Phase::Closed => OperationError::Closed,
            _ => OperationError::Disconnected,
        };
        self.free(Some(REAUTHENTICATION_COST));
        self.complete(token, Err(error));
    }

    /// One after the other, and not while the connection is about to move to another path, where
    /// it proves itself anyway.
    fn begin_reauthentication(&mut self, now: Instant) {
        if self.phase != Phase::Connected
            || self.has_standby()
            || self.authentication.exchange.is_some()
        {
            return;
        }
        if let Some(token) = self.authentication.waiting.pop_front() {
            let timeout = self.connect_timeout();
            self.timers.set(Timer::Authentication, now + timeout);
            self.begin_exchange(now, Purpose::Reauthenticate(token));
        }
    }

    /// Those that have not begun.
    pub(in crate::proto::machine) fn cancel_reauthentications(&mut self) {
        let cancels = &self.cancels;
        let (cancelled, left) = std::mem::take(&mut self.authentication.waiting)
            .into_iter()
            .partition(|token| cancels.is_cancelled(token));
        self.authentication.waiting = left;
        let cancelled: VecDeque<Option<T>> = cancelled;
        for token in cancelled {
            self.free(Some(REAUTHENTICATION_COST));
            self.complete(token, Err(OperationError::Cancelled));
        }
    }

    pub(super) fn end_reauthentication(&mut self, result: Result<ReasonCode, OperationError>) {
        self.end_reauthentication_with(Outcome::new(result, None));
    }

    fn end_reauthentication_with(&mut self, outcome: Outcome) {
        let Some(exchange) = self
            .authentication
            .exchange
            .take_if(|it| matches!(it.purpose, Purpose::Reauthenticate(_)))
        else {
            return;
        };
        self.timers.clear(Timer::Authentication);
        self.ask_no_more();
        self.free(Some(REAUTHENTICATION_COST));
        if let Purpose::Reauthenticate(Some(token)) = exchange.purpose {
            self.delivered.push(Delivered::Completed { token, outcome });
        }
    }

    /// What is due, and what was put off.
    pub(in crate::proto::machine) fn check_authentication(&mut self, now: Instant) {
        if self.timers.is_due(Timer::Authentication, now) {
            let error = match self.authentication.state() {
                Some(State::Sent) => AuthenticationError::ServerTimeout,
                _ => AuthenticationError::AuthenticatorTimeout,
            };
            return self.fail_authentication(now, error);
        }
        if !self.authentication.waiting.is_empty() {
            self.begin_reauthentication(now);
        }
    }

    /// The broker's DISCONNECT has a reason: a re-authentication under way was refused for it, with its
    /// words.
    pub(in crate::proto::machine) fn refuse_reauthentication(&mut self, disconnect: &Disconnect) {
        if disconnect.reason_code.is_error() {
            let refused = OperationError::Refused(disconnect.reason_code);
            let mut outcome = Outcome::new(Err(refused), None);
            let words = disconnect.properties.get_text(PropertyId::ReasonString);
            outcome.reason_string = words.cloned();
            outcome.properties = disconnect.properties.clone();
            self.end_reauthentication_with(outcome);
        }
    }
}
