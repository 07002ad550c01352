//! What the application asked for and has not been sent yet: the entries of the one queue.

use std::num::NonZeroU16;

use bytes::BytesMut;

use super::Command;
use super::identifiers;
use super::outbound::Outbound;
use crate::codec::{EncodeError, Packet, PacketType, Subscribe, Unsubscribe};
use crate::error::OperationError;
use crate::types::{Instant, Properties, Subscription, TopicFilter, Version};

/// An operation that waits for its turn, with its mark.
#[derive(Debug)]
pub(super) enum Operation<T> {
    Publish(Outbound, Option<T>),
    /// Boxed: it is rare, and would set the size of every entry.
    Request(Box<Request>, Option<T>),
}

impl<T> Operation<T> {
    /// What it counts for in the outbound queue; `None`: it is the session's own, and does not
    /// count.
    pub(super) fn cost(&self) -> Option<usize> {
        match self {
            Operation::Publish(outbound, _) => Some(outbound.message.cost()),
            Operation::Request(request, _) => request.cost,
        }
    }

    /// Its mark.
    pub(super) fn token(&self) -> Option<&T> {
        match self {
            Operation::Publish(_, token) | Operation::Request(_, token) => token.as_ref(),
        }
    }

    /// Whether some connection has sent it.
    pub(super) fn was_sent(&self) -> bool {
        match self {
            Operation::Publish(outbound, _) => outbound.is_again(),
            Operation::Request(request, _) => request.sent,
        }
    }

    pub(super) fn into_token(self) -> Option<T> {
        match self {
            Operation::Publish(_, token) | Operation::Request(_, token) => token,
        }
    }

    /// When its outcome is due, whatever becomes of it.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self {
            Operation::Publish(outbound, _) => outbound.deadline(),
            Operation::Request(request, _) => request.until,
        }
    }

    /// Why it may not be sent any more, if so.
    pub(super) fn overdue(&self, now: Instant) -> Option<OperationError> {
        match self {
            Operation::Publish(outbound, _) => outbound.overdue(now),
            Operation::Request(request, _) => {
                let overdue = request.until.is_some_and(|at| now >= at);
                overdue.then_some(OperationError::TimedOut)
            }
        }
    }

    /// Gives it its place among all operations.
    pub(super) fn set_serial(&mut self, serial: u64) {
        match self {
            Operation::Publish(outbound, _) => outbound.serial = serial,
            Operation::Request(request, _) => request.serial = serial,
        }
    }
}

/// A SUBSCRIBE or UNSUBSCRIBE; or a flush, which is no packet of its own: its PINGREQ goes when it
/// is its turn, and follows all that is before it.
#[derive(Debug)]
pub(super) struct Request {
    /// Its identifier means nothing until it is sent.
    packet: Packet,
    /// `None`: the session asks by itself for what the broker has forgotten.
    pub(super) cost: Option<usize>,
    /// Its place among all operations, in the order in which they were asked for.
    pub(super) serial: u64,
    /// When nobody waits for it any more; flushes only.
    pub(super) until: Option<Instant>,
    /// Some connection has sent it.
    pub(super) sent: bool,
}

impl Request {
    /// `None` for any other command.
    pub(super) fn new<T>(command: Command<T>) -> Option<(Self, Option<T>)> {
        let cost = command.cost();
        let (packet, token) = match command {
            Command::Subscribe {
                subscriptions,
                properties,
                token,
            } => (subscribe(subscriptions, properties), token),
            Command::Unsubscribe {
                filters,
                properties,
                token,
            } => {
                let packet = Packet::Unsubscribe(Unsubscribe {
                    packet_id: NonZeroU16::MIN,
                    filters,
                    properties,
                });
                (packet, token)
            }
            _ => return None,
        };
        Some((Request::of(packet, cost), token))
    }

    /// What the session asks for again by itself.
    pub(super) fn again(subscriptions: Vec<Subscription>, properties: Properties) -> Self {
        Request::of(subscribe(subscriptions, properties), None)
    }

    /// Waits, when it is its turn, until the broker has read all before it.
    pub(super) fn flush(cost: usize, until: Option<Instant>) -> Self {
        Request {
            until,
            ..Request::of(Packet::PingReq, Some(cost))
        }
    }

    fn of(packet: Packet, cost: Option<usize>) -> Self {
        Request {
            packet,
            cost,
            serial: 0,
            until: None,
            sent: false,
        }
    }

    /// Whether it is a flush.
    pub(super) fn is_flush(&self) -> bool {
        matches!(self.packet, Packet::PingReq)
    }

    /// Whether the session asks by itself.
    pub(super) fn is_again(&self) -> bool {
        self.cost.is_none()
    }

    /// The SUBSCRIBE, where it is one.
    pub(super) fn as_subscribe(&self) -> Option<&Subscribe> {
        match &self.packet {
            Packet::Subscribe(subscribe) => Some(subscribe),
            _ => None,
        }
    }

    /// The UNSUBSCRIBE, where it is one.
    pub(super) fn as_unsubscribe(&self) -> Option<&Unsubscribe> {
        match &self.packet {
            Packet::Unsubscribe(unsubscribe) => Some(unsubscribe),
            _ => None,
        }
    }

    /// The broker has no Subscription Identifiers: that of the library's does without.
    pub(super) fn remove_own_identifier(&mut self) {
        if let Packet::Subscribe(subscribe) = &mut self.packet {
            identifiers::remove_own(&mut subscribe.properties);
        }
    }

    /// How many reason codes its answer has, where it has some.
    pub(super) fn filters(&self) -> usize {
        match &self.packet {
            Packet::Subscribe(subscribe) => subscribe.subscriptions.len(),
            Packet::Unsubscribe(unsubscribe) => unsubscribe.filters.len(),
            _ => 0,
        }
    }

    /// The filters that it speaks of.
    pub(super) fn topic_filters(&self) -> impl Iterator<Item = &TopicFilter> {
        let subscribed = self.as_subscribe().map_or(&[][..], |it| &it.subscriptions);
        let ended = self.as_unsubscribe().map_or(&[][..], |it| &it.filters);
        subscribed.iter().map(|it| &it.filter).chain(ended)
    }

    /// What answers it.
    pub(super) fn answer(&self) -> PacketType {
        match &self.packet {
            Packet::Subscribe(_) => PacketType::SubAck,
            _ => PacketType::UnsubAck,
        }
    }

    pub(super) fn encode(
        &mut self,
        id: NonZeroU16,
        version: Version,
        out: &mut BytesMut,
    ) -> Result<(), EncodeError> {
        if let Packet::Subscribe(Subscribe { packet_id, .. })
        | Packet::Unsubscribe(Unsubscribe { packet_id, .. }) = &mut self.packet
        {
            *packet_id = id;
        }
        self.packet.encode(version, out)
    }

    /// How long its packet is. It is encoded for that, which is too much work for anything that
    /// is done more often.
    pub(super) fn packet_len(&self, version: Version) -> Result<usize, EncodeError> {
        let mut out = BytesMut::new();
        self.packet.encode(version, &mut out)?;
        Ok(out.len())
    }
}

fn subscribe(subscriptions: Vec<Subscription>, properties: Properties) -> Packet {
    Packet::Subscribe(Subscribe {
        packet_id: NonZeroU16::MIN,
        subscriptions,
        properties,
    })
}
