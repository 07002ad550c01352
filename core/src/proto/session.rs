//! What outlives a connection (section 4.1): what is queued, what is in flight, what the broker
//! sent by halves, and who we are to the broker. A [`Machine`](super::Machine) is a connection,
//! and holds one of these.

use std::num::NonZeroU16;

use super::inbound::Inbound;
use super::inflight::{Exchange, Inflight, Slot};
use super::operation::Operation;
use super::queue::Queue;
use super::subscriptions::Subscriptions;
use super::{Config, LostPublish, QueuePolicy};
use crate::codec::ConnAck;
use crate::error::OperationError;
use crate::types::{PropertyId, QoS, ReasonCode, Text, Version};

/// A client's half of a session, and what the application queued for it.
#[derive(Debug)]
pub(super) struct Session<T> {
    version: Version,
    /// What the application asked for.
    clean_start: bool,
    wanted_expiry: u32,
    wanted_client_id: Text,
    /// The client comes back by itself: what was not sent waits for it.
    comes_back: bool,
    lost_qos1: LostPublish,
    lost_qos2: LostPublish,
    /// The Client Identifier that the broker assigned.
    assigned_client_id: Option<Text>,
    /// Session Expiry Interval in force, in seconds; 5.0 only.
    expiry: u32,
    /// The broker keeps this session from an earlier connection of ours.
    exists: bool,
    /// What the broker keeps cannot be taken: the next connection begins a new session.
    give_up: bool,
    /// Operations that were not sent yet, in the order in which they were asked for.
    pub(super) queue: Queue<T>,
    /// Those that were asked for while the connection was saying goodbye: for the next one.
    pub(super) later: Vec<Operation<T>>,
    pub(super) inflight: Inflight<T>,
    pub(super) inbound: Inbound,
    pub(super) subscriptions: Subscriptions,
    /// Publishes that ended with [`OperationError::SessionLost`] since the last connection began.
    pub(super) lost: u32,
}

/// An operation that ended without the broker's word.
#[derive(Debug)]
pub(super) struct Ended<T> {
    pub(super) token: Option<T>,
    /// What it cost in the outbound queue, where it counted.
    pub(super) cost: Option<usize>,
    /// `None`: it was never sent.
    pub(super) packet_id: Option<NonZeroU16>,
    /// Why, where it is not for the end itself.
    pub(super) error: Option<OperationError>,
}

impl<T> Session<T> {
    pub(super) fn new(config: &Config) -> Self {
        Session {
            version: config.protocol_version,
            clean_start: config.clean_start,
            wanted_expiry: config.session_expiry_interval,
            wanted_client_id: config.client_id.clone(),
            comes_back: config.reconnect.is_some(),
            lost_qos1: config.lost_qos1,
            lost_qos2: config.lost_qos2,
            assigned_client_id: None,
            expiry: config.session_expiry_interval,
            exists: false,
            give_up: false,
            queue: Queue::new(config.queue_policy != QueuePolicy::RefuseNewest),
            later: Vec::new(),
            inflight: Inflight::default(),
            inbound: Inbound::default(),
            subscriptions: Subscriptions::default(),
            lost: 0,
        }
    }

    /// The Client Identifier for CONNECT: the assigned one where there is one, or what the broker
    /// keeps could not be found again.
    pub(super) fn client_id(&self) -> &Text {
        self.assigned_client_id
            .as_ref()
            .unwrap_or(&self.wanted_client_id)
    }

    /// Clean Start for CONNECT: clean at the first connection of this client. Later ones must not
    /// end the session that the expiry is to keep.
    pub(super) fn clean_start(&self) -> bool {
        self.give_up || self.clean_start && !self.exists
    }

    /// Whether it outlives the connection.
    pub(super) fn persists(&self) -> bool {
        match self.version {
            Version::V311 => !self.clean_start,
            Version::V5 => self.expiry > 0,
        }
    }

    /// How long it outlives the connection, in seconds; `u32::MAX`: for ever.
    pub(super) fn expiry(&self) -> u32 {
        match self.version {
            Version::V311 if self.clean_start => 0,
            Version::V311 => u32::MAX,
            Version::V5 => self.expiry,
        }
    }

    /// Whether the broker should have it.
    pub(super) fn exists(&self) -> bool {
        self.exists
    }

    /// Whether the operation waits for the next connection.
    pub(super) fn keeps(&self, operation: &Operation<T>) -> bool {
        match operation {
            _ if self.comes_back => true,
            Operation::Publish(outbound, _) => {
                outbound.message.qos > QoS::AtMostOnce && self.persists()
            }
            Operation::Request(..) => false,
        }
    }

    /// Takes the publish that leaves a full queue by this policy.
    pub(super) fn take_for_room(&mut self, policy: QueuePolicy) -> Option<Operation<T>> {
        let any = policy == QueuePolicy::DropOldest;
        let oldest = match any {
            true => self.queue.take_publish(),
            false => self.queue.take_at_most_once(),
        };
        if oldest.is_some() || self.later.is_empty() {
            return oldest.or_else(|| self.queue.pop_publish());
        }
        let publish = |operation: &Operation<T>, any: bool| match operation {
            Operation::Publish(outbound, _) => any || outbound.message.qos == QoS::AtMostOnce,
            Operation::Request(..) => false,
        };
        let newest = self.later.len() - 1;
        let oldest = self.later.iter().position(|it| publish(it, any));
        let index = oldest.or(publish(&self.later[newest], true).then_some(newest))?;
        Some(self.later.remove(index))
    }

    /// From now on it is spoken of in this version, in which it may not outlive connections.
    pub(super) fn set_version(&mut self, version: Version) {
        self.version = version;
        self.exists &= self.persists();
    }

    /// The client says at the end of the connection how long the broker is to keep it.
    pub(super) fn set_expiry(&mut self, expiry: u32) {
        self.expiry = expiry;
        self.exists &= self.persists();
    }

    /// The next connection begins a new session.
    pub(super) fn start_clean(&mut self) {
        self.give_up = true;
    }

    /// The broker accepted the connection, and says what the session is to it.
    pub(super) fn accepted(&mut self, connack: &ConnAck) {
        let properties = &connack.properties;
        // Section 3.2.2.3.2: the broker's value takes the place of ours.
        self.expiry = properties
            .get_number(PropertyId::SessionExpiryInterval)
            .unwrap_or(self.wanted_expiry);
        self.exists = self.persists();
        self.give_up = false;
        // Section 3.2.2.3.7: it is an answer to an empty one.
        if self.client_id().is_empty()
            && let Some(id) = properties.get_text(PropertyId::AssignedClientIdentifier)
        {
            // Kept for long, so not as a piece of a read buffer.
            self.assigned_client_id = Text::try_from(id.as_str()).ok();
        }
    }

    /// The broker refused the connection.
    pub(super) fn refused(&mut self, reason_code: ReasonCode) {
        if reason_code == ReasonCode::ClientIdentifierNotValid {
            // It may not like its own any more. Then a new one helps, and nothing else.
            self.assigned_client_id = None;
        }
    }

    /// The connection is gone: what the session does not keep.
    pub(super) fn connection_lost(&mut self) -> Vec<Ended<T>> {
        self.inbound.connection_lost();
        for (_, slot) in self.inflight.iter_mut() {
            slot.sent_from = None;
        }
        let persists = self.persists();
        let mut ended = if self.comes_back {
            self.requeue(!persists)
        } else {
            self.take_inflight(|exchange| !persists || matches!(exchange, Exchange::Request(_)))
        };
        let later = std::mem::take(&mut self.later);
        if self.comes_back {
            // Made anew for the next connection, whose limits may be others.
            self.queue.extract(|operation| match operation {
                Operation::Request(request, _) => request.is_again(),
                Operation::Publish(..) => false,
            });
            for operation in later {
                self.queue.push_back(operation);
            }
        } else {
            let kept = |operation: &Operation<T>| match operation {
                Operation::Publish(outbound, _) => {
                    persists && outbound.message.qos > QoS::AtMostOnce
                }
                Operation::Request(..) => false,
            };
            let left = self.queue.extract(|operation| !kept(operation));
            ended.extend(left.into_iter().map(Ended::unsent));
            for operation in later {
                if kept(&operation) {
                    self.queue.push_back(operation);
                } else {
                    ended.push(Ended::unsent(operation));
                }
            }
        }
        if !persists {
            // The next one is another session, with what the application asked for.
            self.expiry = self.wanted_expiry;
            if self.comes_back {
                self.inbound.session_lost();
                self.subscriptions.forgotten();
            }
        }
        ended
    }

    /// Another connection of the same session takes the place of the present one.
    pub(super) fn moved(&mut self) {
        self.inbound.connection_lost();
        for (_, slot) in self.inflight.iter_mut() {
            slot.sent_from = None;
        }
        let ended = self.requeue(false);
        debug_assert!(ended.is_empty());
    }

    /// The broker has no session: what was sent and not finished has an unknown outcome.
    pub(super) fn broker_lost_it(&mut self) -> Vec<Ended<T>> {
        self.inbound.session_lost();
        self.subscriptions.forgotten();
        if self.comes_back {
            return self.requeue(true);
        }
        let told =
            |slot: &Slot<T>| slot.told || matches!(slot.exchange, Exchange::Withdrawn { .. });
        let lost = self.inflight.iter_mut().filter(|(_, slot)| !told(slot));
        let lost = u32::try_from(lost.count()).unwrap_or(u32::MAX);
        self.lost = self.lost.saturating_add(lost);
        self.take_inflight(|_| true)
    }

    /// What was sent and not finished goes back to the front of the queue, in order: requests, and
    /// where the session is lost, publishes as the policy says. Gives those that end.
    fn requeue(&mut self, session_lost: bool) -> Vec<Ended<T>> {
        let mut ended = Vec::new();
        for id in self.inflight.in_order().into_iter().rev() {
            let stays = !session_lost
                && self
                    .inflight
                    .get_mut(id)
                    .is_some_and(|slot| !matches!(slot.exchange, Exchange::Request(_)));
            if stays {
                continue;
            }
            let Some(slot) = self.inflight.finish(id) else {
                continue;
            };
            match slot.exchange {
                // What the session asks for by itself is asked for anew.
                Exchange::Request(request) if request.is_again() => {}
                Exchange::Request(mut request) => {
                    request.sent = true;
                    self.queue
                        .push_front(Operation::Request(request, slot.token));
                }
                Exchange::Publish(mut outbound) if self.publishes_again(outbound.message.qos) => {
                    outbound.set_again();
                    self.queue
                        .push_front(Operation::Publish(outbound, slot.token));
                }
                _ => {
                    let told = slot.told;
                    if let Some(mut lost) = Ended::sent(id, slot) {
                        self.lost = self.lost.saturating_add(u32::from(!told));
                        lost.error = Some(OperationError::SessionLost);
                        ended.push(lost);
                    }
                }
            }
        }
        ended.reverse();
        ended
    }

    fn publishes_again(&self, qos: QoS) -> bool {
        let policy = match qos {
            QoS::ExactlyOnce => self.lost_qos2,
            _ => self.lost_qos1,
        };
        policy == LostPublish::PublishAgain
    }

    /// Nothing is sent any more: everything.
    pub(super) fn close(&mut self) -> Vec<Ended<T>> {
        let mut ended = self.take_inflight(|_| true);
        let queue = std::mem::take(&mut self.queue);
        let later = std::mem::take(&mut self.later);
        ended.extend(queue.into_iter().chain(later).map(Ended::unsent));
        ended
    }

    /// Gives memory back that only a busy connection needs.
    pub(super) fn shrink(&mut self) {
        self.inflight.shrink();
        self.queue.shrink();
    }

    fn take_inflight(&mut self, which: impl Fn(&Exchange) -> bool) -> Vec<Ended<T>> {
        let mut ended = Vec::new();
        for id in self.inflight.in_order() {
            let taken = self
                .inflight
                .get_mut(id)
                .is_some_and(|slot| which(&slot.exchange));
            if taken
                && let Some(slot) = self.inflight.finish(id)
                && let Some(slot) = Ended::sent(id, slot)
            {
                ended.push(slot);
            }
        }
        ended
    }
}

impl<T> Ended<T> {
    /// `None` for what had ended before.
    pub(super) fn sent(id: NonZeroU16, slot: Slot<T>) -> Option<Self> {
        if matches!(slot.exchange, Exchange::Withdrawn { .. }) {
            return None;
        }
        Some(Ended {
            token: slot.token,
            cost: slot.cost,
            packet_id: Some(id),
            error: None,
        })
    }

    pub(super) fn unsent(operation: Operation<T>) -> Self {
        Ended {
            cost: operation.cost(),
            token: operation.into_token(),
            packet_id: None,
            error: None,
        }
    }
}
