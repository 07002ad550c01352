//! What outlives a connection, and what ends with it.

use super::{Machine, Phase};
use crate::error::OperationError;
use crate::proto::inflight::{Exchange, Slot};
use crate::proto::{Command, Delivered, Outcome};
use crate::types::{Message, QoS, ReasonCode};

impl<T> Machine<T> {
    pub(super) fn publish(&mut self, message: Message, token: Option<T>) {
        match self.phase {
            Phase::Opening { .. } | Phase::Handshaking { .. } | Phase::Connected => {}
            Phase::Idle if self.keeps(&message) => {}
            Phase::Idle | Phase::Disconnecting { .. } => {
                self.free(message.cost());
                return self.complete(token, Err(OperationError::Disconnected));
            }
            Phase::Closed => {
                self.free(message.cost());
                return self.complete(token, Err(OperationError::Closed));
            }
        }
        self.queue.push_back((message, token));
    }

    /// Whether the message waits for the next connection of the session.
    fn keeps(&self, message: &Message) -> bool {
        message.qos > QoS::AtMostOnce && self.config.session_persists()
    }

    /// The broker still has the session: what is unfinished is sent again, in order
    /// [MQTT-4.4.0-1].
    pub(super) fn resume_session(&mut self) {
        self.resend = self.inflight.in_order().into();
    }

    /// The broker has no session: what was sent and not finished has an unknown outcome.
    pub(super) fn restart_session(&mut self) {
        self.inbound.session_lost();
        for id in self.inflight.in_order() {
            if let Some(slot) = self.inflight.finish(id) {
                self.finish_slot(id, slot, Err(OperationError::SessionLost));
            }
        }
    }

    /// The connection is gone; what no session keeps has its outcome now.
    pub(super) fn drop_connection(&mut self, error: OperationError) {
        self.liveness = None;
        self.resend.clear();
        self.inbound.connection_lost();
        while let Some((_, token)) = self.handed.pop_front() {
            self.complete(Some(token), Err(error.clone()));
        }
        let persists = self.config.session_persists();
        for id in self.inflight.in_order() {
            let keep = self.inflight.get_mut(id).is_some_and(|slot| {
                persists && matches!(slot.exchange, Exchange::Publish(_) | Exchange::Release)
            });
            if !keep && let Some(slot) = self.inflight.finish(id) {
                self.finish_slot(id, slot, Err(error.clone()));
            }
        }
        for request in std::mem::take(&mut self.requests) {
            self.refuse_request(request, error.clone());
        }
        for (message, token) in std::mem::take(&mut self.queue) {
            if self.keeps(&message) {
                self.queue.push_back((message, token));
            } else {
                self.free(message.cost());
                self.complete(token, Err(error.clone()));
            }
        }
    }

    /// The client is closed: everything has its outcome.
    pub(super) fn close_session(&mut self) {
        for id in self.inflight.in_order() {
            if let Some(slot) = self.inflight.finish(id) {
                self.finish_slot(id, slot, Err(OperationError::Closed));
            }
        }
        while let Some((message, token)) = self.queue.pop_front() {
            self.free(message.cost());
            self.complete(token, Err(OperationError::Closed));
        }
    }

    pub(super) fn finish_slot(
        &mut self,
        id: std::num::NonZeroU16,
        slot: Slot<T>,
        result: Result<ReasonCode, OperationError>,
    ) {
        self.free(slot.cost);
        if let Some(token) = slot.token {
            self.delivered.push(Delivered::Completed {
                token,
                outcome: Outcome::new(result, Some(id)),
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
