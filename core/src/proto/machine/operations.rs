//! Operations: whether they are taken, and how they end.

use super::{Machine, Phase};
use crate::error::OperationError;
use crate::proto::operation::Operation;
use crate::proto::session::Ended;
use crate::proto::{Delivered, Outcome};
use crate::types::ReasonCode;

impl<T> Machine<T> {
    /// Queues an operation, or refuses it at once.
    pub(super) fn queue(&mut self, operation: Operation<T>) {
        let kept = self.session.keeps(&operation);
        let error = match self.phase {
            Phase::Opening { .. } | Phase::Handshaking { .. } => None,
            Phase::Connected => self.limits.refuses(&operation, self.version()),
            Phase::Idle if kept => None,
            Phase::Idle => Some(OperationError::Disconnected),
            // It belongs to the next connection, where there is one.
            Phase::Draining(_) | Phase::Leaving(_) | Phase::Left(_) if kept && !self.closing => {
                return self.session.later.push_back(operation);
            }
            Phase::Draining(_) | Phase::Leaving(_) | Phase::Left(_) if !self.closing => {
                Some(OperationError::Disconnected)
            }
            _ => Some(OperationError::Closed),
        };
        match error {
            None => self.session.queue.push_back(operation),
            Some(error) => self.end(Ended::unsent(operation), Err(error)),
        }
    }

    /// The limits of the connection are known now: what they forbid has its outcome.
    pub(super) fn refuse_what_is_forbidden(&mut self) {
        let version = self.version();
        for operation in std::mem::take(&mut self.session.queue) {
            match self.limits.refuses(&operation, version) {
                None => self.session.queue.push_back(operation),
                Some(error) => self.end(Ended::unsent(operation), Err(error)),
            }
        }
    }

    /// The connection is gone; what no session keeps has its outcome now.
    pub(super) fn drop_connection(&mut self, error: &OperationError) {
        self.liveness = None;
        self.resend.clear();
        while let Some((_, token)) = self.handed.pop_front() {
            self.complete(Some(token), Err(error.clone()));
        }
        let ended = self.session.connection_lost();
        self.end_all(ended, error);
    }

    /// The client is closed: everything has its outcome.
    pub(super) fn close_session(&mut self) {
        let ended = self.session.close();
        self.end_all(ended, &OperationError::Closed);
    }

    /// Takes the token of every operation that is still inside: for an engine that came to grief
    /// and can run the machine no more. Where it can still take the deliveries, it takes those
    /// first; what was completed and is still among them counts as inside.
    pub fn abandon(&mut self) -> Vec<T> {
        let mut tokens: Vec<T> = self.handed.drain(..).map(|(_, token)| token).collect();
        let ended = self.session.close();
        tokens.extend(ended.into_iter().filter_map(|ended| ended.token));
        for delivered in std::mem::take(&mut self.delivered) {
            match delivered {
                Delivered::Completed { token, .. } => tokens.push(token),
                other => self.delivered.push(other),
            }
        }
        tokens
    }

    pub(super) fn end_all(&mut self, ended: Vec<Ended<T>>, error: &OperationError) {
        for ended in ended {
            self.end(ended, Err(error.clone()));
        }
    }

    pub(super) fn end(&mut self, ended: Ended<T>, result: Result<ReasonCode, OperationError>) {
        self.free(ended.cost);
        if let Some(token) = ended.token {
            self.delivered.push(Delivered::Completed {
                token,
                outcome: Outcome::new(result, ended.packet_id),
            });
        }
    }

    pub(super) fn complete(
        &mut self,
        token: Option<T>,
        result: Result<ReasonCode, OperationError>,
    ) {
        if let Some(token) = token {
            self.delivered.push(Delivered::Completed {
                token,
                outcome: Outcome::new(result, None),
            });
        }
    }

    /// An operation has left the outbound queue.
    pub(super) fn free(&mut self, cost: usize) {
        self.released.messages += 1;
        self.released.bytes += cost;
    }
}
