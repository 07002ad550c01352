//! Operations: whether they are taken, and how they end.

use super::{Machine, Phase};
use crate::error::OperationError;
use crate::proto::session::Ended;
use crate::proto::{Command, Delivered, Outcome};
use crate::types::{Message, ReasonCode};

impl<T> Machine<T> {
    pub(super) fn publish(&mut self, message: Message, token: Option<T>) {
        match self.phase {
            Phase::Opening { .. } | Phase::Handshaking { .. } | Phase::Connected => {}
            Phase::Idle if self.session.keeps(&message) => {}
            Phase::Idle | Phase::Disconnecting { .. } => {
                self.free(message.cost());
                return self.complete(token, Err(OperationError::Disconnected));
            }
            Phase::Closed => {
                self.free(message.cost());
                return self.complete(token, Err(OperationError::Closed));
            }
        }
        self.session.queue.push_back((message, token));
    }

    /// The broker still has the session: what is unfinished is sent again, in order
    /// [MQTT-4.4.0-1].
    pub(super) fn resume_session(&mut self) {
        self.resend = self.session.inflight.in_order().into();
    }

    /// The broker has no session.
    pub(super) fn restart_session(&mut self) {
        let ended = self.session.broker_lost_it();
        self.end_all(ended, &OperationError::SessionLost);
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
        for request in std::mem::take(&mut self.requests) {
            self.refuse_request(request, error.clone());
        }
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
        let requests = std::mem::take(&mut self.requests);
        tokens.extend(requests.into_iter().filter_map(|request| match request {
            Command::Subscribe { token, .. } | Command::Unsubscribe { token, .. } => token,
            _ => None,
        }));
        for delivered in std::mem::take(&mut self.delivered) {
            match delivered {
                Delivered::Completed { token, .. } => tokens.push(token),
                other => self.delivered.push(other),
            }
        }
        tokens
    }

    fn end_all(&mut self, ended: Vec<Ended<T>>, error: &OperationError) {
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

    /// Ends a subscribe or unsubscribe that was not sent.
    pub(super) fn refuse_request(&mut self, request: Command<T>, error: OperationError) {
        if let Some(cost) = request.cost() {
            self.free(cost);
        }
        if let Command::Subscribe { token, .. } | Command::Unsubscribe { token, .. } = request {
            self.complete(token, Err(error));
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
