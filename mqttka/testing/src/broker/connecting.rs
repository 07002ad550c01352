//! CONNECT and its answer.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use bytes::Bytes;
use mqttka_core::codec::{ConnAck, Connect, Packet};
use mqttka_core::types::{Instant, Property, PropertyId, ReasonCode, Text, Version};

use super::{Broker, Output};
use crate::connection::{Connected, LARGEST};
use crate::seen::{Seen, SeenKind};
use crate::session::FOR_EVER;

impl Broker {
    pub(super) fn connect(&mut self, now: Instant, connection: u64, connect: Connect) {
        if let Some(code) = self.script.refuses() {
            return self.refuse(connection, &connect, code);
        }
        if let Some(connect) = self.identify(now, connection, connect) {
            self.let_in(now, connection, connect, None);
        }
    }

    /// The client is connected. `proved`: how it has authenticated, and what it is told with that.
    pub(super) fn let_in(
        &mut self,
        now: Instant,
        connection: u64,
        connect: Connect,
        proved: Option<(Text, Option<Bytes>)>,
    ) {
        let assigned = connect.client_id.is_empty();
        let client_id = match assigned {
            true => {
                self.assigned += 1;
                format!("fake-{}", self.assigned)
            }
            false => connect.client_id.as_str().to_owned(),
        };
        self.take_over(now, &client_id);
        if connect.clean_start {
            self.end_session(now, &client_id);
        }
        // [MQTT-3.1.3-9]: a client that comes back in time has no Will published.
        self.wills.retain(|will| will.client_id != client_id);
        let session_present = self.sessions.contains_key(&client_id);
        let session = self.sessions.entry(client_id.clone()).or_default();
        session.begin(connection);
        session.expiry = match connect.version {
            Version::V5 => number(&connect, PropertyId::SessionExpiryInterval).unwrap_or(0),
            Version::V311 if connect.clean_start => 0,
            Version::V311 => FOR_EVER,
        };
        let keep_alive = match connect.version {
            Version::V5 => self.announced(PropertyId::ServerKeepAlive),
            Version::V311 => None,
        };
        let seconds = keep_alive.unwrap_or(u32::from(connect.keep_alive));
        let detail = described(&connect, seconds);
        let largest = number(&connect, PropertyId::MaximumPacketSize).unwrap_or(LARGEST);
        let receive = number(&connect, PropertyId::ReceiveMaximum).unwrap_or(u32::from(u16::MAX));
        let takes = self.announced(PropertyId::ReceiveMaximum);
        let takes = takes.filter(|_| connect.version == Version::V5);
        let aliases = number(&connect, PropertyId::TopicAliasMaximum);
        let client = Connected {
            client_id: client_id.clone(),
            version: connect.version,
            method: proved.as_ref().map(|(method, _)| method.clone()),
            patience: (seconds > 0).then(|| Duration::from_millis(u64::from(seconds) * 1500)),
            will: connect.will,
            receive_maximum: receive as usize,
            maximum_packet_size: largest as usize,
            topic_alias_maximum: match self.announced(PropertyId::TopicAliasMaximum) {
                Some(most) => u16::try_from(most).unwrap_or(u16::MAX),
                None => 0,
            },
            aliases: HashMap::new(),
            their_alias_maximum: aliases.map_or(0, |most| u16::try_from(most).unwrap_or(u16::MAX)),
            their_aliases: HashMap::new(),
            takes: takes.map_or(usize::MAX, |most| most as usize),
            unacknowledged: BTreeSet::new(),
        };
        let most = self.announced(PropertyId::MaximumPacketSize);
        if let Some(it) = self.connections.get_mut(&connection) {
            it.client = Some(client);
            it.decoder.set_max_packet_size(most.unwrap_or(LARGEST));
        }
        let mut seen = self.seen(SeenKind::Connected, connection);
        (seen.detail, seen.properties) = (detail, connect.properties);
        self.saw(seen);
        let mut connack = ConnAck::new(session_present, ReasonCode::Success);
        if connect.version == Version::V5 {
            connack.properties = self.script.announced.clone();
            if assigned && let Ok(id) = Text::try_from(client_id.clone()) {
                let id = Property::AssignedClientIdentifier(id);
                connack.properties.set(id);
            }
            if let Some((method, data)) = proved {
                connack
                    .properties
                    .set(Property::AuthenticationMethod(method));
                if let Some(data) = data {
                    connack.properties.set(Property::AuthenticationData(data));
                }
            }
        }
        self.send(connection, &Packet::ConnAck(connack));
        self.deliver(now, &client_id);
    }

    pub(super) fn refuse(&mut self, connection: u64, connect: &Connect, code: ReasonCode) {
        self.refuse_because(connection, connect, code, "");
    }

    pub(super) fn refuse_because(
        &mut self,
        connection: u64,
        connect: &Connect,
        code: ReasonCode,
        why: &str,
    ) {
        let id = connect.client_id.as_str();
        let mut seen = Seen::new(SeenKind::Refused, connection, id);
        (seen.reason_code, seen.detail) = (Some(code), why.to_owned());
        seen.properties = connect.properties.clone();
        self.saw(seen);
        let before = self.outputs.len();
        self.send(connection, &Packet::ConnAck(ConnAck::new(false, code)));
        if self.outputs.len() == before {
            // 3.1.1 has five numbers alone.
            let code = ReasonCode::ServerUnavailable;
            self.send(connection, &Packet::ConnAck(ConnAck::new(false, code)));
        }
        self.connections.remove(&connection);
        self.outputs.push_back(Output::Close { connection });
    }

    /// What the broker said of itself.
    pub(super) fn announced(&self, id: PropertyId) -> Option<u32> {
        self.script.announced.get_number(id)
    }
}

fn number(connect: &Connect, id: PropertyId) -> Option<u32> {
    connect.properties.get_number(id)
}

fn described(connect: &Connect, keep_alive: u32) -> String {
    let version = match connect.version {
        Version::V311 => "3.1.1",
        Version::V5 => "5.0",
    };
    let start = if connect.clean_start {
        "clean"
    } else {
        "session"
    };
    let user = connect.user_name.as_ref();
    let user = user.map_or_else(String::new, |it| format!(", user '{it}'"));
    format!("MQTT {version}, {start}, keep-alive {keep_alive} s{user}")
}
