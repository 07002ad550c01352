//! What the broker's CONNACK settles for a connection, as one record.

use super::Machine;
use crate::codec::ConnAck;
use crate::proto::Connected;
use crate::proto::alias::{InboundAliases, OutboundAliases};
use crate::types::{PropertyId, Version};

impl<T> Machine<T> {
    /// Topic aliases begin anew with each connection.
    pub(super) fn begin_aliases(&mut self) {
        let limits = &self.limits;
        let maximum = match self.version() {
            Version::V311 => 0,
            Version::V5 => limits.topic_alias_maximum,
        };
        let maximum = maximum.min(self.config.outbound_topic_alias_maximum);
        self.inbound_aliases = InboundAliases::default();
        self.outbound_aliases = OutboundAliases::new(maximum, limits.maximum_packet_size);
    }

    /// What is in force from now on; nothing is said yet of what became of the session.
    pub(super) fn negotiated(&self, connack: &ConnAck) -> Connected {
        let owned = |id| connack.properties.get_text(id).cloned();
        let limits = &self.limits;
        Connected {
            session_present: connack.session_present,
            session_lost: false,
            offline: None,
            resubscribed: 0,
            sent_again: 0,
            lost: 0,
            keep_alive: self.keep_alive,
            receive_maximum: limits.receive_maximum,
            maximum_packet_size: limits.maximum_packet_size,
            maximum_qos: limits.maximum_qos,
            retain_available: limits.retain_available,
            session_expiry_interval: self.session.expiry(),
            topic_alias_maximum: limits.topic_alias_maximum,
            wildcard_subscription_available: limits.wildcard_subscriptions,
            subscription_identifiers_available: self.version() == Version::V5
                && limits.subscription_identifiers,
            shared_subscription_available: limits.shared_subscriptions,
            assigned_client_identifier: owned(PropertyId::AssignedClientIdentifier),
            response_information: owned(PropertyId::ResponseInformation),
            server_reference: owned(PropertyId::ServerReference),
            reason_string: owned(PropertyId::ReasonString),
            authentication_method: owned(PropertyId::AuthenticationMethod),
            properties: connack.properties.clone(),
        }
    }
}

#[cfg(test)]
impl Connected {
    /// What a broker that says nothing negotiates.
    pub(crate) fn plain() -> Self {
        let machine = Machine::<()>::new(crate::proto::Config::default(), 0);
        machine.negotiated(&ConnAck::new(false, crate::types::ReasonCode::Success))
    }
}
