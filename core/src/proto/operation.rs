//! What the application asked for and has not been sent yet: the entries of the one queue.

use std::num::NonZeroU16;

use bytes::BytesMut;

use super::Command;
use super::inflight::Exchange;
use super::outbound::Outbound;
use crate::codec::{EncodeError, Packet, Subscribe, Unsubscribe};
use crate::types::Version;

/// An operation that waits for its turn.
#[derive(Debug)]
pub(super) enum Operation<T> {
    Publish(Outbound, Option<T>),
    /// Boxed: it is rare, and would set the size of every entry.
    Request(Box<Request<T>>),
}

impl<T> Operation<T> {
    /// What it counts for in the outbound queue.
    pub(super) fn cost(&self) -> usize {
        match self {
            Operation::Publish(outbound, _) => outbound.message.cost(),
            Operation::Request(request) => request.cost,
        }
    }

    pub(super) fn into_token(self) -> Option<T> {
        match self {
            Operation::Publish(_, token) => token,
            Operation::Request(request) => request.token,
        }
    }
}

/// A SUBSCRIBE or UNSUBSCRIBE.
#[derive(Debug)]
pub(super) struct Request<T> {
    /// Its identifier means nothing until it is sent.
    packet: Packet,
    pub(super) cost: usize,
    pub(super) token: Option<T>,
}

impl<T> Request<T> {
    /// `None` for any other command.
    pub(super) fn new(command: Command<T>) -> Option<Self> {
        let cost = command.cost().unwrap_or_default();
        let (packet, token) = match command {
            Command::Subscribe {
                subscriptions,
                properties,
                token,
            } => {
                let packet = Packet::Subscribe(Subscribe {
                    packet_id: NonZeroU16::MIN,
                    subscriptions,
                    properties,
                });
                (packet, token)
            }
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
        Some(Request {
            packet,
            cost,
            token,
        })
    }

    /// The SUBSCRIBE, where it is one.
    pub(super) fn as_subscribe(&self) -> Option<&Subscribe> {
        match &self.packet {
            Packet::Subscribe(subscribe) => Some(subscribe),
            _ => None,
        }
    }

    /// What it waits for once it is sent.
    pub(super) fn exchange(&self) -> Exchange {
        match &self.packet {
            Packet::Subscribe(subscribe) => Exchange::Subscribe(subscribe.subscriptions.len()),
            Packet::Unsubscribe(unsubscribe) => Exchange::Unsubscribe(unsubscribe.filters.len()),
            _ => Exchange::Unsubscribe(0),
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
