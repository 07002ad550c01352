//! Messages of clients, and messages to them.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use mqttka_core::codec::{Ack, Packet, Publish};
use mqttka_core::types::{
    Instant, Message, Properties, Property, PropertyId, QoS, ReasonCode, TopicName, Version,
};

use super::{Broker, Kept};
use crate::seen::SeenKind;
use crate::session::{Held, Next, Outbound, Unanswered};

impl Broker {
    /// A client's PUBLISH.
    pub(super) fn published(&mut self, now: Instant, connection: u64, publish: Publish) {
        let topic = match self.topic(connection, &publish) {
            Ok(topic) => topic,
            Err((code, text)) => return self.faulty(now, connection, code, text),
        };
        if let Some((code, text)) = self.ruled_out(&publish) {
            return self.faulty(now, connection, code, text);
        }
        if let Some(id) = publish.packet_id
            && !self.has_room(connection, id)
        {
            let text = "more unacknowledged messages than Receive Maximum";
            return self.faulty(now, connection, ReasonCode::ReceiveMaximumExceeded, text);
        }
        let seen = self.seen(SeenKind::Published, connection);
        let client_id = seen.client_id.clone();
        let refusal = self.script.publish_refusal;
        let (qos, id) = (publish.qos, publish.packet_id);
        let repeated = match (qos, id, self.sessions.get_mut(&client_id)) {
            (QoS::ExactlyOnce, Some(id), Some(session)) => match refusal {
                None => !session.incoming.insert(id),
                Some(_) => session.incoming.contains(&id),
            },
            _ => false,
        };
        if !repeated {
            let mut message = message(topic, publish);
            let mut seen = seen;
            seen.message = Some(message.clone());
            self.saw(seen);
            message.dup = false;
            if refusal.is_none() {
                self.route(now, Some(&client_id), message);
            }
        }
        if let Some(id) = id {
            self.answer(connection, qos, id, refusal.filter(|_| !repeated));
        }
    }

    fn answer(&mut self, connection: u64, qos: QoS, id: NonZeroU16, refusal: Option<ReasonCode>) {
        let it = self.connections.get(&connection);
        let version = it.map_or(Version::V5, |it| it.decoder.version());
        // 3.1.1 has no way to refuse a message.
        let code = match (refusal, version) {
            (Some(code), Version::V5) => code,
            _ => ReasonCode::Success,
        };
        let ack = Ack::new(id, code);
        self.respond(
            connection,
            match qos {
                QoS::ExactlyOnce => Packet::PubRec(ack),
                _ => Packet::PubAck(ack),
            },
        );
    }

    /// The topic, which an alias may stand for (section 3.3.2.3.4).
    fn topic(
        &mut self,
        connection: u64,
        publish: &Publish,
    ) -> Result<TopicName, (ReasonCode, &'static str)> {
        let fault = (ReasonCode::TopicAliasInvalid, "no such topic alias");
        let it = self.connections.get_mut(&connection);
        let client = it.and_then(|it| it.client.as_mut()).ok_or(fault)?;
        let alias = publish.properties.get_number(PropertyId::TopicAlias);
        let Some(alias) = alias.and_then(|alias| u16::try_from(alias).ok()) else {
            return publish.topic.clone().ok_or(fault);
        };
        if alias == 0 || alias > client.topic_alias_maximum {
            return Err(fault);
        }
        match &publish.topic {
            Some(topic) => {
                client.aliases.insert(alias, topic.clone());
                Ok(topic.clone())
            }
            None => client.aliases.get(&alias).cloned().ok_or(fault),
        }
    }

    /// Whether one more message may be unacknowledged [MQTT-3.3.4-7].
    fn has_room(&mut self, connection: u64, id: NonZeroU16) -> bool {
        let it = self.connections.get_mut(&connection);
        let Some(client) = it.and_then(|it| it.client.as_mut()) else {
            return true;
        };
        client.unacknowledged.insert(id);
        client.unacknowledged.len() <= client.takes
    }

    /// What the broker had said that it does not take.
    fn ruled_out(&self, publish: &Publish) -> Option<(ReasonCode, &'static str)> {
        let most = self.announced(PropertyId::MaximumQoS);
        if most.is_some_and(|most| publish.qos as u32 > most) {
            return Some((ReasonCode::QoSNotSupported, "a QoS above Maximum QoS"));
        }
        if publish.retain && self.announced(PropertyId::RetainAvailable) == Some(0) {
            let text = "a retained message, where none is kept";
            return Some((ReasonCode::RetainNotSupported, text));
        }
        None
    }

    /// Gives a message to all whose subscriptions match it, and keeps it where it is to be.
    pub(super) fn route(&mut self, now: Instant, publisher: Option<&str>, message: Message) {
        if message.retain {
            let topic = message.topic.as_str().to_owned();
            match message.payload.is_empty() {
                true => self.retained.remove(&topic),
                false => {
                    let message = message.clone();
                    self.retained.insert(
                        topic,
                        Kept {
                            message,
                            since: now,
                        },
                    )
                }
            };
        }
        let mut takers: Vec<String> = Vec::new();
        let mut shared: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut outbound: Vec<Publish> = Vec::new();
        for (client_id, session) in &self.sessions {
            let mut matching: Vec<&Held> = Vec::new();
            for (filter, held) in &session.subscriptions {
                let subscription = &held.subscription;
                if !subscription.filter.matches(&message.topic) {
                    continue;
                }
                if subscription.filter.is_shared() {
                    shared.entry(filter).or_default().push(client_id);
                } else if !(subscription.no_local && publisher == Some(client_id)) {
                    matching.push(held);
                }
            }
            let at_once = if self.script.sends_copies {
                1
            } else {
                usize::MAX
            };
            for copy in matching.chunks(at_once) {
                takers.push(client_id.clone());
                outbound.push(delivery(&message, copy, false));
            }
        }
        // Each group of a shared subscription has one taker, in turn; a connected one, where there is one.
        for (filter, members) in shared {
            let connected = |id: &&str| {
                self.sessions
                    .get(*id)
                    .is_some_and(|it| it.connection.is_some())
            };
            let present: Vec<&str> = members.iter().copied().filter(connected).collect();
            let members = if present.is_empty() { members } else { present };
            let member = members[self.turn % members.len()];
            self.turn = self.turn.wrapping_add(1);
            if let Some(held) = self.sessions[member].subscriptions.get(filter) {
                takers.push(member.to_owned());
                outbound.push(delivery(&message, &[held], false));
            }
        }
        for (client_id, publish) in takers.into_iter().zip(outbound) {
            self.enqueue(now, &client_id, publish, now);
        }
    }

    /// Hands a message to a client, or keeps it until the client comes back.
    pub(super) fn enqueue(&mut self, now: Instant, to: &str, publish: Publish, since: Instant) {
        if let Some(session) = self.sessions.get_mut(to)
            && (session.connection.is_some() || publish.qos != QoS::AtMostOnce)
        {
            session.push(Outbound { publish, since });
            self.deliver(now, to);
        }
    }

    /// Sends what waits for a client, as far as it takes it.
    pub(super) fn deliver(&mut self, now: Instant, client_id: &str) {
        loop {
            let Some(session) = self.sessions.get_mut(client_id) else {
                return;
            };
            let Some(connection) = session.connection else {
                return;
            };
            let it = self.connections.get(&connection);
            let Some(client) = it.and_then(|it| it.client.as_ref()) else {
                return;
            };
            if let Some(waits) = session.queue.front()
                && expired(now, waits.since, &waits.publish.properties)
            {
                session.queue.pop_front();
                continue;
            }
            let packet = match session.next(client.receive_maximum) {
                None => return,
                Some(Next::Message(outbound)) => self.written(now, connection, outbound, false),
                Some(Next::Again(_, Unanswered::Publish(outbound))) => {
                    self.written(now, connection, outbound, true)
                }
                Some(Next::Again(id, Unanswered::PubRel)) => {
                    Packet::PubRel(Ack::new(id, ReasonCode::Success))
                }
            };
            let id = match &packet {
                Packet::Publish(publish) => publish.packet_id,
                _ => None,
            };
            // What the client does not take counts as delivered [MQTT-3.1.2-25].
            if !self.send(connection, &packet)
                && let Some(session) = self.sessions.get_mut(client_id)
                && let Some(place) = id.and_then(|id| session.place(id))
            {
                session.in_flight.remove(place);
            }
        }
    }

    /// The message as it leaves now.
    fn written(&mut self, now: Instant, connection: u64, outbound: Outbound, dup: bool) -> Packet {
        let mut publish = outbound.publish;
        publish.dup = dup;
        count_down(now, outbound.since, &mut publish.properties);
        let it = self.connections.get_mut(&connection);
        if self.script.uses_topic_aliases
            && let Some(client) = it.and_then(|it| it.client.as_mut())
            && let Some(topic) = &publish.topic
            && let Some((alias, known)) = client.alias(topic)
        {
            publish.properties.set(Property::TopicAlias(alias));
            if known {
                publish.topic = None;
            }
        }
        Packet::Publish(publish)
    }

    /// The retained messages that this new subscription gets.
    pub(super) fn send_retained(&mut self, now: Instant, client_id: &str, filter: &str) {
        self.retained
            .retain(|_, kept| !expired(now, kept.since, &kept.message.properties));
        let session = self.sessions.get(client_id);
        let Some(held) = session.and_then(|session| session.subscriptions.get(filter)) else {
            return;
        };
        let matching = self.retained.values();
        let matching =
            matching.filter(|kept| held.subscription.filter.matches(&kept.message.topic));
        let found: Vec<(Publish, Instant)> = matching
            .map(|kept| (delivery(&kept.message, &[held], true), kept.since))
            .collect();
        for (publish, since) in found {
            self.enqueue(now, client_id, publish, since);
        }
    }
}

fn message(topic: TopicName, publish: Publish) -> Message {
    let mut message = Message::new(topic, publish.payload);
    message.qos = publish.qos;
    message.retain = publish.retain;
    message.dup = publish.dup;
    message.properties = publish.properties;
    message.properties.remove(PropertyId::TopicAlias);
    message
}

/// The message as it goes to a client whose subscriptions these are. `kept`: because it subscribed.
fn delivery(message: &Message, matching: &[&Held], kept: bool) -> Publish {
    let granted = matching.iter().map(|held| held.subscription.qos).max();
    let mut properties = message.properties.clone();
    properties.remove(PropertyId::SubscriptionIdentifier);
    for identifier in matching.iter().filter_map(|held| held.identifier) {
        properties.push(Property::SubscriptionIdentifier(identifier));
    }
    let as_published = |held: &&Held| held.subscription.retain_as_published;
    Publish {
        dup: false,
        qos: message.qos.min(granted.unwrap_or_default()),
        retain: kept || message.retain && matching.iter().any(as_published),
        topic: Some(message.topic.clone()),
        packet_id: None,
        payload: message.payload.clone(),
        properties,
    }
}

fn age(now: Instant, since: Instant) -> u32 {
    u32::try_from(now.saturating_since(since).as_secs()).unwrap_or(u32::MAX)
}

/// Whether the message's time is over (section 3.3.2.3.3).
fn expired(now: Instant, since: Instant, properties: &Properties) -> bool {
    let expiry = properties.get_number(PropertyId::MessageExpiryInterval);
    expiry.is_some_and(|expiry| age(now, since) >= expiry)
}

/// What is left of it [MQTT-3.3.2-6].
fn count_down(now: Instant, since: Instant, properties: &mut Properties) {
    let expiry = properties.get_number(PropertyId::MessageExpiryInterval);
    if let Some(expiry) = expiry {
        let left = expiry.saturating_sub(age(now, since));
        properties.set(Property::MessageExpiryInterval(left));
    }
}
