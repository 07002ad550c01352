//! SUBSCRIBE and UNSUBSCRIBE.

use mqttka_core::codec::{Packet, SubAck, Subscribe, UnsubAck, Unsubscribe};
use mqttka_core::types::{
    Instant, Properties, PropertyId, QoS, ReasonCode, RetainHandling, Subscription, Version,
};

use super::Broker;
use crate::seen::{Seen, SeenKind};
use crate::session::Held;

impl Broker {
    pub(super) fn subscribe(&mut self, now: Instant, connection: u64, subscribe: Subscribe) {
        let mut known = self.seen(SeenKind::Subscribed, connection);
        known.properties = subscribe.properties.clone();
        let identifier = PropertyId::SubscriptionIdentifier;
        let identifier = subscribe.properties.get_number(identifier);
        let mut reason_codes = Vec::new();
        let mut fresh: Vec<String> = Vec::new();
        for subscription in subscribe.subscriptions {
            let filter = subscription.filter.as_str().to_owned();
            let code = match self.refuses(&subscription, identifier) {
                Some(code) => code,
                None => {
                    let (code, wants) =
                        self.hold(&known.client_id, &filter, subscription, identifier);
                    if wants {
                        fresh.push(filter.clone());
                    }
                    code
                }
            };
            self.saw(Seen {
                filter: Some(filter),
                reason_code: Some(code),
                ..known.clone()
            });
            reason_codes.push(code);
        }
        let suback = SubAck {
            packet_id: subscribe.packet_id,
            reason_codes,
            properties: Properties::new(),
        };
        self.respond(connection, Packet::SubAck(suback));
        for filter in fresh {
            self.send_retained(now, &known.client_id, &filter);
        }
    }

    /// The code it is granted with, and whether retained messages follow.
    fn hold(
        &mut self,
        client_id: &str,
        filter: &str,
        mut subscription: Subscription,
        identifier: Option<u32>,
    ) -> (ReasonCode, bool) {
        let most = self.announced(PropertyId::MaximumQoS);
        let most = most.and_then(|most| QoS::from_u8(u8::try_from(most).ok()?));
        subscription.qos = subscription.qos.min(most.unwrap_or(QoS::ExactlyOnce));
        let code = match subscription.qos {
            QoS::AtMostOnce => ReasonCode::Success,
            QoS::AtLeastOnce => ReasonCode::GrantedQoS1,
            QoS::ExactlyOnce => ReasonCode::GrantedQoS2,
        };
        let (handling, shared) = (
            subscription.retain_handling,
            subscription.filter.is_shared(),
        );
        let Some(session) = self.sessions.get_mut(client_id) else {
            return (code, false);
        };
        let held = Held {
            subscription,
            identifier,
        };
        let old = session.subscriptions.insert(filter.to_owned(), held);
        let wants = match handling {
            RetainHandling::SendAtSubscribe => true,
            RetainHandling::SendIfNew => old.is_none(),
            RetainHandling::DoNotSend => false,
        };
        (code, wants && !shared)
    }

    /// What the script refuses, and what the broker had said that it does not have.
    fn refuses(&self, subscription: &Subscription, identifier: Option<u32>) -> Option<ReasonCode> {
        if self.script.subscription_refusal.is_some() {
            return self.script.subscription_refusal;
        }
        let without = |id| self.announced(id) == Some(0);
        let filter = &subscription.filter;
        if filter.is_shared() && without(PropertyId::SharedSubscriptionAvailable) {
            return Some(ReasonCode::SharedSubscriptionsNotSupported);
        }
        let wild = filter.as_str().contains(['+', '#']);
        if wild && without(PropertyId::WildcardSubscriptionAvailable) {
            return Some(ReasonCode::WildcardSubscriptionsNotSupported);
        }
        let has_none = without(PropertyId::SubscriptionIdentifierAvailable);
        (identifier.is_some() && has_none)
            .then_some(ReasonCode::SubscriptionIdentifiersNotSupported)
    }

    pub(super) fn unsubscribe(&mut self, connection: u64, unsubscribe: Unsubscribe) {
        let mut known = self.seen(SeenKind::Unsubscribed, connection);
        known.properties = unsubscribe.properties.clone();
        let mut reason_codes = Vec::new();
        let client = self.connections.get(&connection);
        let version = client.map(|it| it.decoder.version());
        let refusal = self.script.unsubscription_refusal;
        let refusal = refusal.filter(|_| version == Some(Version::V5));
        for filter in unsubscribe.filters {
            let mut end = || {
                let session = self.sessions.get_mut(&known.client_id)?;
                session.subscriptions.remove(filter.as_str())
            };
            let code = match refusal {
                Some(code) => code,
                None if end().is_some() => ReasonCode::Success,
                None => ReasonCode::NoSubscriptionExisted,
            };
            self.saw(Seen {
                filter: Some(filter.as_str().to_owned()),
                reason_code: Some(code),
                ..known.clone()
            });
            reason_codes.push(code);
        }
        let unsuback = UnsubAck {
            packet_id: unsubscribe.packet_id,
            reason_codes,
            properties: Properties::new(),
        };
        self.respond(connection, Packet::UnsubAck(unsuback));
    }
}
