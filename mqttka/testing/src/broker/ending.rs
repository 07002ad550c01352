//! Ends of connections and sessions, and what time does.

use mqttka_core::codec::{Disconnect, Packet};
use mqttka_core::types::{Instant, PropertyId, ReasonCode, Version, Will};

use super::{Broker, Output, Waiting};
use crate::seen::SeenKind;
use crate::session::FOR_EVER;

impl Broker {
    /// The client's DISCONNECT.
    pub(super) fn goodbye(&mut self, now: Instant, connection: u64, disconnect: &Disconnect) {
        let mut seen = self.seen(SeenKind::Disconnected, connection);
        seen.reason_code = Some(disconnect.reason_code);
        seen.properties = disconnect.properties.clone();
        let expiry = PropertyId::SessionExpiryInterval;
        if let Some(expiry) = disconnect.properties.get_number(expiry)
            && let Some(session) = self.sessions.get_mut(&seen.client_id)
        {
            if session.expiry == 0 && expiry > 0 {
                // Section 3.14.2.2.2.
                let text = "a session that ends with its connection gets no expiry at its end";
                return self.faulty(now, connection, ReasonCode::ProtocolError, text);
            }
            session.expiry = expiry;
        }
        self.saw(seen);
        let will = disconnect.reason_code == ReasonCode::DisconnectWithWillMessage;
        self.end(now, connection, will);
        self.outputs.push_back(Output::Close { connection });
    }

    /// The connection ended, and the client had not said so.
    pub(super) fn lost(&mut self, now: Instant, connection: u64, detail: &str) {
        let mut seen = self.seen(SeenKind::Lost, connection);
        seen.detail = detail.to_owned();
        self.saw(seen);
        self.end(now, connection, true);
        self.outputs.push_back(Output::Close { connection });
    }

    /// The client has sent what it must not.
    pub(super) fn faulty(&mut self, now: Instant, connection: u64, code: ReasonCode, text: &str) {
        let mut seen = self.seen(SeenKind::Faulty, connection);
        seen.reason_code = Some(code);
        seen.detail = text.to_owned();
        self.saw(seen);
        self.say_goodbye(connection, Disconnect::new(code));
        self.end(now, connection, true);
        self.outputs.push_back(Output::Close { connection });
    }

    /// DISCONNECT, where the client would understand it: 3.1.1 has none of a broker.
    pub(super) fn say_goodbye(&mut self, connection: u64, disconnect: Disconnect) {
        let it = self.connections.get(&connection);
        let client = it.and_then(|it| it.client.as_ref());
        if client.is_some_and(|it| it.version == Version::V5) {
            self.send(connection, &Packet::Disconnect(disconnect));
        }
    }

    /// Another connection of the same client [MQTT-3.1.4-3].
    pub(super) fn take_over(&mut self, now: Instant, client_id: &str) {
        let session = self.sessions.get(client_id);
        let Some(old) = session.and_then(|session| session.connection) else {
            return;
        };
        self.say_goodbye(old, Disconnect::new(ReasonCode::SessionTakenOver));
        self.lost(now, old, "taken over");
    }

    /// The connection is no more; its session may go on, and its Will is published or waits.
    pub(super) fn end(&mut self, now: Instant, connection: u64, with_will: bool) {
        let Some(client) = self
            .connections
            .remove(&connection)
            .and_then(|it| it.client)
        else {
            return;
        };
        let Some(session) = self.sessions.get_mut(&client.client_id) else {
            return;
        };
        session.connection = None;
        session.since = Some(now);
        let expiry = session.expiry;
        if with_will && let Some(will) = client.will {
            self.will(now, &client.client_id, *will, expiry);
        }
        if expiry == 0 {
            self.end_session(now, &client.client_id);
        }
    }

    fn will(&mut self, now: Instant, client_id: &str, will: Will, expiry: u32) {
        let mut message = will.message;
        let delay = message.properties.get_number(PropertyId::WillDelayInterval);
        message.properties.remove(PropertyId::WillDelayInterval);
        // The earlier of both (section 3.1.3.2.2).
        let delay = delay.unwrap_or(0).min(match expiry {
            FOR_EVER => u32::MAX,
            expiry => expiry,
        });
        if delay == 0 {
            return self.route(now, Some(client_id), message);
        }
        self.wills.push(Waiting {
            client_id: client_id.to_owned(),
            due: now + std::time::Duration::from_secs(u64::from(delay)),
            message,
        });
    }

    /// Its state is forgotten, and its Will waits no longer.
    pub(super) fn end_session(&mut self, now: Instant, client_id: &str) {
        self.sessions.remove(client_id);
        self.publish_wills(now, |will| will.client_id == client_id);
    }

    fn publish_wills(&mut self, now: Instant, which: impl Fn(&Waiting) -> bool) {
        let (due, waiting) = std::mem::take(&mut self.wills).into_iter().partition(which);
        self.wills = waiting;
        for Waiting {
            client_id, message, ..
        } in due
        {
            self.route(now, Some(&client_id), message);
        }
    }

    /// What is due by the time.
    pub(super) fn pass(&mut self, now: Instant) {
        let connections = self.connections.iter();
        let late: Vec<u64> = connections
            .filter(|(_, it)| it.deadline().is_some_and(|at| at <= now))
            .map(|(connection, _)| *connection)
            .collect();
        for connection in late {
            self.say_goodbye(connection, Disconnect::new(ReasonCode::KeepAliveTimeout));
            self.lost(
                now,
                connection,
                "nothing came for one and a half keep-alives",
            );
        }
        self.publish_wills(now, |will| will.due <= now);
        let sessions = self.sessions.iter();
        let over: Vec<String> = sessions
            .filter(|(_, session)| session.ends().is_some_and(|at| at <= now))
            .map(|(client_id, _)| client_id.clone())
            .collect();
        for client_id in over {
            self.end_session(now, &client_id);
        }
    }
}
