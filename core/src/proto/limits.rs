//! What the broker announced in CONNACK, applied to what we send.

use crate::codec::{ConnAck, MAX_REMAINING_LENGTH, Subscribe};
use crate::error::{OperationError, ProtocolError};
use crate::proto::identifiers;
use crate::proto::operation::{Operation, Request};
use crate::proto::outbound::Outbound;
use crate::types::{PropertyId, QoS, ReasonCode, TopicFilter, Version};

/// What an acknowledgement with its reason code has. Messages and subscriptions have more.
const LEAST_PACKET_SIZE: u32 = 5;

/// The limits of one connection.
#[derive(Clone, Debug)]
pub(super) struct ServerLimits {
    pub(super) receive_maximum: u16,
    pub(super) maximum_packet_size: u32,
    pub(super) maximum_qos: QoS,
    pub(super) retain_available: bool,
    pub(super) wildcard_subscriptions: bool,
    pub(super) shared_subscriptions: bool,
    pub(super) subscription_identifiers: bool,
    pub(super) topic_alias_maximum: u16,
}

impl ServerLimits {
    pub(super) fn new(connack: &ConnAck) -> Self {
        let number = |id| connack.properties.get_number(id);
        let flag = |id| number(id).is_none_or(|value| value != 0);
        ServerLimits {
            receive_maximum: number(PropertyId::ReceiveMaximum)
                .and_then(|value| u16::try_from(value).ok())
                .unwrap_or(u16::MAX),
            maximum_packet_size: number(PropertyId::MaximumPacketSize)
                .unwrap_or(MAX_REMAINING_LENGTH as u32 + 5),
            maximum_qos: match number(PropertyId::MaximumQoS) {
                Some(0) => QoS::AtMostOnce,
                Some(1) => QoS::AtLeastOnce,
                _ => QoS::ExactlyOnce,
            },
            retain_available: flag(PropertyId::RetainAvailable),
            wildcard_subscriptions: flag(PropertyId::WildcardSubscriptionAvailable),
            shared_subscriptions: flag(PropertyId::SharedSubscriptionAvailable),
            subscription_identifiers: flag(PropertyId::SubscriptionIdentifierAvailable),
            topic_alias_maximum: number(PropertyId::TopicAliasMaximum)
                .and_then(|value| u16::try_from(value).ok())
                .unwrap_or(0),
        }
    }

    /// Whether there can be a session within these limits.
    pub(super) fn check(connack: &ConnAck) -> Result<(), ProtocolError> {
        let size = connack.properties.get_number(PropertyId::MaximumPacketSize);
        match size {
            Some(size) if size < LEAST_PACKET_SIZE => {
                Err(ProtocolError::MaximumPacketSizeTooSmall(size))
            }
            _ => Ok(()),
        }
    }

    /// Why this operation must not be sent, if so. It is asked when the operation is taken, or
    /// at CONNACK, so that nothing has to wait for its turn to be refused.
    pub(super) fn refuses<T>(
        &self,
        operation: &Operation<T>,
        version: Version,
    ) -> Option<OperationError> {
        match operation {
            Operation::Publish(outbound, _) => self
                .refuses_publish(outbound)
                .map(OperationError::NotSupportedByServer),
            Operation::Request(request, _) => self.refuses_request(request, version),
        }
    }

    /// Why this message must not be sent, if so [MQTT-3.2.2-11] [MQTT-3.2.2-14] [MQTT-3.2.2-15].
    pub(super) fn refuses_publish(&self, outbound: &Outbound) -> Option<ReasonCode> {
        if outbound.message.qos > self.maximum_qos {
            Some(ReasonCode::QoSNotSupported)
        } else if outbound.message.retain && !self.retain_available {
            Some(ReasonCode::RetainNotSupported)
        } else if self.too_large(outbound.packet_len()) {
            Some(ReasonCode::PacketTooLarge)
        } else {
            None
        }
    }

    fn refuses_request(&self, request: &Request, version: Version) -> Option<OperationError> {
        let subscribe = request.as_subscribe();
        let code = match request.packet_len(version) {
            Err(error) => return Some(error.into()),
            Ok(len) if self.too_large(len) => Some(ReasonCode::PacketTooLarge),
            Ok(_) => subscribe.and_then(|subscribe| self.refuses_subscribe(subscribe)),
        };
        code.map(OperationError::NotSupportedByServer)
    }

    /// Sections 3.2.2.3.11 to 3.2.2.3.13.
    fn refuses_subscribe(&self, subscribe: &Subscribe) -> Option<ReasonCode> {
        // What the library gave is left out where the broker has none.
        let identified = identifiers::has_foreign(&subscribe.properties);
        subscribe
            .subscriptions
            .iter()
            .find_map(|s| self.refuses_filter(&s.filter, identified))
    }

    pub(super) fn refuses_filter(
        &self,
        filter: &TopicFilter,
        with_identifier: bool,
    ) -> Option<ReasonCode> {
        if filter.is_shared() && !self.shared_subscriptions {
            Some(ReasonCode::SharedSubscriptionsNotSupported)
        } else if !self.wildcard_subscriptions
            && filter.as_bytes().iter().any(|b| matches!(b, b'+' | b'#'))
        {
            Some(ReasonCode::WildcardSubscriptionsNotSupported)
        } else if with_identifier && !self.subscription_identifiers {
            Some(ReasonCode::SubscriptionIdentifiersNotSupported)
        } else {
            None
        }
    }

    fn too_large(&self, packet: usize) -> bool {
        packet > self.maximum_packet_size as usize
    }
}
