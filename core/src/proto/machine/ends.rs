//! How an attempt and a connection end: one transition each, with the first cause (rule L15).

use super::{Machine, Phase};
use crate::error::{ConnectError, DisconnectCause, OperationError, Stage, TransportError};
use crate::proto::event::Action;
use crate::proto::{Disconnected, Ended, EventKind};
use crate::types::{Instant, ReasonCode};

impl<T> Machine<T> {
    /// The transport could not open a stream.
    pub fn handle_open_failed(&mut self, now: Instant, stage: Stage, error: TransportError) {
        if matches!(self.phase, Phase::Opening { .. }) {
            self.fail_attempt(now, ConnectError::transport(stage, error));
        }
    }

    /// The stream ended in good order.
    pub fn handle_eof(&mut self, now: Instant) {
        match self.phase {
            Phase::Handshaking { .. } => self.fail_attempt(now, ConnectError::ClosedByServer),
            Phase::Connected | Phase::Draining(_) => {
                if !self.hold(&DisconnectCause::ClosedByServer) {
                    self.end_connection(now, DisconnectCause::ClosedByServer, false);
                }
            }
            // The broker has read our DISCONNECT, or will not.
            Phase::Leaving(_) | Phase::Left(_) => self.end_goodbye(now),
            Phase::Idle | Phase::Waiting | Phase::Opening { .. } | Phase::Closed => {}
        }
    }

    /// The system ended the stream.
    pub fn handle_transport_error(&mut self, now: Instant, error: TransportError) {
        match self.phase {
            Phase::Handshaking { .. } => {
                self.fail_attempt(now, ConnectError::transport(Stage::Mqtt, error));
            }
            Phase::Connected | Phase::Draining(_) => {
                let cause = match error.is_reclaimed() {
                    true => DisconnectCause::ReclaimedBySystem(error),
                    false => DisconnectCause::Transport(error),
                };
                if !self.hold(&cause) {
                    self.end_connection(now, cause, false);
                }
            }
            Phase::Leaving(_) | Phase::Left(_) => self.end_goodbye(now),
            Phase::Idle | Phase::Waiting | Phase::Opening { .. } | Phase::Closed => {}
        }
    }

    /// The system is about to take the stream away, and there is time for one more write: the
    /// broker is told, so that it publishes no Will. Else as the error that it is.
    pub fn handle_reclaimed(&mut self, now: Instant, error: TransportError) {
        match self.phase {
            Phase::Connected | Phase::Draining(_) => {
                self.drop_standby(now);
                self.say_why(ReasonCode::Success);
                self.end_connection(now, DisconnectCause::ReclaimedBySystem(error), true);
            }
            _ => self.handle_transport_error(now, error),
        }
    }

    /// Connecting to idle or waiting, with the first cause.
    pub(super) fn fail_attempt(&mut self, now: Instant, error: ConnectError) {
        if !matches!(
            self.phase,
            Phase::Opening { .. } | Phase::Handshaking { .. }
        ) {
            return;
        }
        let outcome = match &error {
            ConnectError::ClientClosed => OperationError::Closed,
            _ if self.closing => OperationError::Closed,
            _ => OperationError::Disconnected,
        };
        let plan = self.plan(now, Ended::ConnectFailed(error.clone()));
        self.leave(now, &plan, EventKind::ConnectFailed(Box::new(error)));
        self.actions.push_back(Action::Close { graceful: false });
        self.drop_connection(&outcome);
        self.follow(now, plan);
    }

    /// Connected to idle or waiting: one transition, with the first cause (rule L15). The event is
    /// queued before anything touches the socket.
    pub(super) fn end_connection(&mut self, now: Instant, cause: DisconnectCause, graceful: bool) {
        if !self.may_send() && !matches!(self.phase, Phase::Left(_)) {
            return;
        }
        self.learn_lost(now, &cause);
        let liveness = self.liveness(now).unwrap_or_default();
        let outcome = match &cause {
            DisconnectCause::ClientClosed => OperationError::Closed,
            // However that went: nothing follows.
            _ if self.closing => OperationError::Closed,
            _ => OperationError::Disconnected,
        };
        self.suspect_the_oldest(&cause);
        let plan = self.plan(now, Ended::Disconnected(cause.clone()));
        let kind = EventKind::Disconnected(Box::new(Disconnected {
            cause,
            keep_alive: self.keep_alive,
            liveness,
        }));
        self.leave(now, &plan, kind);
        self.attempt_number = 0;
        self.actions.push_back(Action::Close { graceful });
        self.drop_connection(&outcome);
        self.follow(now, plan);
    }
}
