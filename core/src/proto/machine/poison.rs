//! An operation at which the broker ends connection after connection.

use super::Machine;
use super::operations::filters_of;
use crate::error::{DisconnectCause, OperationError};
use crate::proto::inflight::{Exchange, Slot};
use crate::proto::operation::{Operation, Request};
use crate::proto::session::Ended;
use crate::types::{ReasonCode, TopicFilter};

/// What the broker had not finished, oldest of all, when it ended connections.
#[derive(Debug)]
pub(super) struct Suspect {
    what: What,
    /// How many connections in a row.
    connections: u32,
}

#[derive(Debug, PartialEq, Eq)]
enum What {
    /// The operation of this serial number.
    Operation(u64),
    /// What the session asked for again by itself, beginning with this filter.
    Again(Option<TopicFilter>),
}

impl<T> Machine<T> {
    /// While an operation is suspected for more than one connection, one at a time is sent: so it
    /// is certain at which one the broker ends the connection.
    pub(super) fn waits_for_suspect(&self) -> bool {
        let suspect = self.recovery.suspect.as_ref();
        suspect.is_some_and(|it| it.connections > 1 || self.config.poison_after < 3)
            && self.session.inflight.has_sent()
    }

    /// The connection ends, and its operations are still where they were.
    pub(super) fn suspect_the_oldest(&mut self, cause: &DisconnectCause) {
        if self.config.reconnect.is_none() || self.config.poison_after == 0 {
            return;
        }
        if !ended_by_the_broker(cause) {
            // A path that fails says nothing of what was sent over it.
            return;
        }
        let written = self.outgoing.written();
        let oldest = self.session.inflight.oldest_sent();
        let Some((_, slot)) = oldest.filter(|(from, _)| *from < written) else {
            self.recovery.suspect = None;
            return;
        };
        let what = what(slot.serial, &slot.exchange);
        let before = self.recovery.suspect.take();
        let connections = match before {
            Some(suspect) if suspect.what == what => suspect.connections.saturating_add(1),
            _ => 1,
        };
        if connections < self.config.poison_after {
            self.recovery.suspect = Some(Suspect { what, connections });
        } else {
            self.give_up(connections);
        }
    }

    /// The broker has finished this: it is not suspected any more.
    pub(super) fn acquit(&mut self, serial: u64, exchange: &Exchange) {
        if let Some(suspect) = &self.recovery.suspect
            && suspect.what == what(serial, exchange)
        {
            self.recovery.suspect = None;
        }
    }

    /// What has ended otherwise, by a timeout for example, is not waited for.
    pub(super) fn forget_suspect_that_ended(&mut self) {
        let Some(suspect) = &self.recovery.suspect else {
            return;
        };
        let waits = self.session.queue.iter().any(|operation| match operation {
            Operation::Publish(outbound, _) => suspect.what == What::Operation(outbound.serial),
            Operation::Request(request, _) => suspect.what == of_request(request),
        });
        let sent = |(_, slot): (_, &mut Slot<T>)| suspect.what == what(slot.serial, &slot.exchange);
        if !waits && !self.session.inflight.iter_mut().any(sent) {
            self.recovery.suspect = None;
        }
    }

    /// The oldest that was sent gets its outcome, and is not sent again.
    fn give_up(&mut self, connections: u32) {
        let error = OperationError::Poison { connections };
        let Some((_, slot)) = self.session.inflight.oldest_sent() else {
            return;
        };
        let serial = slot.serial;
        if let Exchange::Request(request) = &slot.exchange
            && request.is_again()
        {
            let filters = filters_of(request);
            // A broker may take fewer filters at once: that is tried before they are given up.
            let fewer = if filters.len() > 8 { 8 } else { 1 };
            if filters.len() > 1 && self.session.subscriptions.limit_batch(fewer) {
                return;
            }
            return self.lose_subscriptions(filters, &error);
        }
        let found = self.session.inflight.iter_mut();
        let id = found
            .filter(|(_, slot)| slot.serial == serial)
            .map(|(id, slot)| (id, !matches!(slot.exchange, Exchange::Request(_))))
            .next();
        match id {
            Some((id, true)) => self.withdraw(id, error),
            Some((id, false)) => {
                if let Some(slot) = self.session.inflight.finish(id)
                    && let Some(ended) = Ended::sent(id, slot)
                {
                    self.end(ended, Err(error));
                }
            }
            None => {}
        }
    }
}

fn what(serial: u64, exchange: &Exchange) -> What {
    match exchange {
        Exchange::Request(request) => of_request(request),
        _ => What::Operation(serial),
    }
}

fn of_request(request: &Request) -> What {
    match request.is_again() {
        true => What::Again(filters_of(request).into_iter().next()),
        false => What::Operation(request.serial),
    }
}

/// Whether the broker itself ended the connection, and perhaps for what it was sent.
fn ended_by_the_broker(cause: &DisconnectCause) -> bool {
    use ReasonCode as R;
    match cause {
        DisconnectCause::ClosedByServer => true,
        DisconnectCause::Transport(error) => error.is_reset(),
        DisconnectCause::ServerDisconnect { reason_code, .. } => !matches!(
            *reason_code,
            R::ServerBusy
                | R::ServerShuttingDown
                | R::KeepAliveTimeout
                | R::SessionTakenOver
                | R::UseAnotherServer
                | R::ServerMoved
                | R::ConnectionRateExceeded
                | R::MaximumConnectTime
                | R::AdministrativeAction
                | R::MessageRateTooHigh
        ),
        _ => false,
    }
}
