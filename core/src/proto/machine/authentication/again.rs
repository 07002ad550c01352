//! Re-authentication (section 4.12.1): asked for by the application, one after the other, while the
//! connection goes on.

use std::collections::VecDeque;

use super::{Purpose, REAUTHENTICATION_COST, State};
use crate::error::{AuthenticationError, OperationError};
use crate::proto::machine::{Machine, Phase};
use crate::proto::timers::Timer;
use crate::types::{Instant, ReasonCode};

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
        if let Purpose::Reauthenticate(token) = exchange.purpose {
            self.complete(token, result);
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

    /// The broker's DISCONNECT has this reason: a re-authentication under way was refused for it.
    pub(in crate::proto::machine) fn refuse_reauthentication(&mut self, reason_code: ReasonCode) {
        if reason_code.is_error() {
            self.end_reauthentication(Err(OperationError::Refused(reason_code)));
        }
    }
}
