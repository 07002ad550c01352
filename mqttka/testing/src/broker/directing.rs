//! What a test tells the broker to do.

use bytes::{Bytes, BytesMut};
use mqttka_core::codec::{Ack, ConnAck, Disconnect, Packet, PacketType, Publish, SubAck, UnsubAck};
use mqttka_core::types::{
    Instant, Message, Properties, Property, PropertyId, ReasonCode, Text, Version,
};
use std::num::NonZeroU16;

use super::bearing::{add, bearer, plain};
use super::{Broker, Output};
use crate::error::Error;
use crate::script::Acknowledging;

/// Where `client_id` is `None`, what is told holds for all connections that there are at this moment.
impl Broker {
    /// The internet is gone: connections stay open, but nothing is read or answered any more, and whoever carries the
    /// bytes accepts no new connection. What the broker is told to send waits, too. Its clock goes on: clients that it
    /// does not hear are lost to it after one and a half keep-alives.
    pub fn go_silent(&mut self) {
        self.silent = true;
    }

    /// The internet is back: what was sent meanwhile is read and answered, what waits is sent.
    pub fn come_back(&mut self, now: Instant) {
        if std::mem::take(&mut self.silent) {
            let connections: Vec<u64> = self.connections.keys().copied().collect();
            for connection in connections {
                self.read(now, connection);
            }
        }
    }

    /// Whether the internet is gone.
    pub fn is_silent(&self) -> bool {
        self.silent
    }

    /// Refuses connections from now on, with this code in CONNACK: the next `times`, or all. In MQTT 3.1.1, a code that
    /// it has no number for is sent as [`ReasonCode::ServerUnavailable`].
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where a CONNACK cannot have the code, or it is no refusal.
    pub fn refuse_connections(
        &mut self,
        reason_code: ReasonCode,
        times: Option<u32>,
    ) -> Result<(), Error> {
        refusal(
            reason_code,
            &Packet::ConnAck(ConnAck::new(false, reason_code)),
        )?;
        self.script.refusal = (times != Some(0)).then_some((reason_code, times));
        Ok(())
    }

    /// Accepts connections again.
    pub fn accept_connections(&mut self) {
        self.script.refusal = None;
    }

    /// Whether CONNECT is answered. Where it is not, the connection stays as it is, also when later ones are answered.
    pub fn answer_connects(&mut self, answer: bool) {
        self.script.ignores_connects = !answer;
    }

    /// Whether PINGREQ is answered. Where it is not, all else works.
    pub fn answer_pings(&mut self, answer: bool) {
        self.script.ignores_pings = !answer;
    }

    /// When PUBLISH, PUBREL, SUBSCRIBE and UNSUBSCRIBE are acknowledged. What they ask for is done in any case.
    pub fn acknowledge(&mut self, acknowledging: Acknowledging) {
        self.script.acknowledging = acknowledging;
        match acknowledging {
            Acknowledging::AtOnce => {
                for (connection, packet) in std::mem::take(&mut self.held) {
                    self.send(connection, &packet);
                }
            }
            Acknowledging::Held => {}
            Acknowledging::Never => self.held.clear(),
        }
    }

    /// Refuses messages of QoS 1 and 2 from now on, with this code in PUBACK or PUBREC; `None`: takes them again. They
    /// are seen, and go to nobody. MQTT 3.1.1 has no way to say so: there they are acknowledged. Those of QoS 0 go to nobody
    /// either.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where a PUBACK cannot have the code, or it is no refusal.
    pub fn refuse_publishes(&mut self, reason_code: Option<ReasonCode>) -> Result<(), Error> {
        if let Some(code) = reason_code {
            refusal(code, &Packet::PubAck(Ack::new(NonZeroU16::MIN, code)))?;
        }
        self.script.publish_refusal = reason_code;
        Ok(())
    }

    /// Refuses subscriptions from now on, with this code in SUBACK; `None`: grants them again. MQTT 3.1.1 has one number
    /// for all codes.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where a SUBACK cannot have the code, or it is no refusal.
    pub fn refuse_subscriptions(&mut self, reason_code: Option<ReasonCode>) -> Result<(), Error> {
        if let Some(code) = reason_code {
            let suback = SubAck {
                packet_id: NonZeroU16::MIN,
                reason_codes: vec![code],
                properties: Properties::new(),
            };
            refusal(code, &Packet::SubAck(suback))?;
        }
        self.script.subscription_refusal = reason_code;
        Ok(())
    }

    /// Refuses to end subscriptions from now on, with this code in UNSUBACK; `None`: ends them again. Those that are not
    /// ended go on. MQTT 3.1.1 has no way to say so: there they are ended.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where an UNSUBACK cannot have the code, or it is no refusal.
    pub fn refuse_unsubscriptions(&mut self, reason_code: Option<ReasonCode>) -> Result<(), Error> {
        if let Some(code) = reason_code {
            let unsuback = UnsubAck {
                packet_id: NonZeroU16::MIN,
                reason_codes: vec![code],
                properties: Properties::new(),
            };
            refusal(code, &Packet::UnsubAck(unsuback))?;
        }
        self.script.unsubscription_refusal = reason_code;
        Ok(())
    }

    /// Whether messages to clients have topic aliases (section 3.3.2.3.4), of MQTT 5.0 clients that take them. The first
    /// topics have one each, as many as the client's Topic Alias Maximum. Default: no.
    pub fn use_topic_aliases(&mut self, use_them: bool) {
        self.script.uses_topic_aliases = use_them;
    }

    /// Whether a message goes to a client once for each of its subscriptions that match, with the QoS and the Subscription
    /// Identifier of each [MQTT-3.3.4-5], as mosquitto sends it. Default: no, once, with the identifiers of all
    /// [MQTT-3.3.4-4].
    pub fn send_copies(&mut self, send_them: bool) {
        self.script.sends_copies = send_them;
    }

    /// Puts this property into each CONNACK of MQTT 5.0 from now on. What it announces is held to, and a client that does
    /// not is [`Faulty`](crate::SeenKind::Faulty): the largest packet and QoS, Receive Maximum, topic aliases, the
    /// keep-alive, what there is of retained messages, wildcards, shared subscriptions and subscription identifiers.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where a CONNACK cannot have the property, or not this value.
    pub fn announce(&mut self, property: Property) -> Result<(), Error> {
        let mut properties = Properties::new();
        properties.push(property);
        self.announce_all(properties)
    }

    /// As [`announce`](Self::announce), of all of these. User properties are added to those that were announced.
    ///
    /// # Errors
    /// As [`announce`](Self::announce); then none of them is.
    pub fn announce_all(&mut self, properties: Properties) -> Result<(), Error> {
        let mut connack = ConnAck::new(false, ReasonCode::Success);
        connack.properties = self.script.announced.clone();
        add(&mut connack.properties, &properties);
        let announced = connack.properties.clone();
        let written = Packet::ConnAck(connack).encode(Version::V5, &mut BytesMut::new());
        written.map_err(|error| Error::invalid("property", error.to_string()))?;
        self.script.announced = announced;
        Ok(())
    }

    /// As [`announce`](Self::announce), of a property whose value is a number.
    ///
    /// # Errors
    /// As [`announce`](Self::announce); and where the value is no such number.
    pub fn announce_number(&mut self, property: PropertyId, value: u32) -> Result<(), Error> {
        self.announce(crate::properties::number(property, value)?)
    }

    /// Puts these properties into each packet of this kind from now on, where the client speaks MQTT 5.0: PUBACK, PUBREC,
    /// PUBREL, PUBCOMP, SUBACK, UNSUBACK, DISCONNECT, AUTH, and CONNACK, where they are only said: what is to be held to, is
    /// [announced](Self::announce). Those of the last call count; where they are empty, there are none.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where a packet of this kind cannot have them, or it is none of these.
    pub fn set_properties(
        &mut self,
        packet_type: PacketType,
        properties: Properties,
    ) -> Result<(), Error> {
        let Some(mut packet) = plain(packet_type) else {
            let reason = format!("{}: none that gets properties", packet_type.name());
            return Err(Error::invalid("packet_type", reason));
        };
        if let Some(theirs) = bearer(&mut packet) {
            add(theirs, &properties);
        }
        let written = packet.encode(Version::V5, &mut BytesMut::new());
        written.map_err(|error| Error::invalid("properties", error.to_string()))?;
        self.script.properties.remove(&packet_type);
        if !properties.is_empty() {
            self.script.properties.insert(packet_type, properties);
        }
        Ok(())
    }

    /// Publishes a message to whoever has subscribed to it, as if another client had: one of the core's, or of `mqttka`.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where a PUBLISH cannot have its properties, or is too large with them; where it has a topic
    /// alias or a subscription identifier, which are the broker's to give.
    pub fn publish(&mut self, now: Instant, message: impl Into<Message>) -> Result<(), Error> {
        let message = message.into();
        for id in [PropertyId::TopicAlias, PropertyId::SubscriptionIdentifier] {
            if message.properties.get(id).is_some() {
                let reason = format!("{id:?}: the broker gives it");
                return Err(Error::invalid("message", reason));
            }
        }
        Publish::measure(&message, Version::V5)
            .map_err(|error| Error::invalid("message", error.to_string()))?;
        self.route(now, None, message);
        Ok(())
    }

    /// Sends these bytes, whatever they are.
    ///
    /// # Errors
    /// [`Error::NotConnected`].
    pub fn send_bytes(&mut self, client_id: Option<&str>, bytes: &[u8]) -> Result<(), Error> {
        for connection in self.targets(client_id)? {
            let bytes = Bytes::copy_from_slice(bytes);
            self.outputs.push_back(Output::Send { connection, bytes });
        }
        Ok(())
    }

    /// Sends DISCONNECT with this code, and closes. A broker of MQTT 3.1.1 has no such packet: there it closes only. The
    /// client's Will is published.
    ///
    /// # Errors
    /// [`Error::NotConnected`]; [`Error::InvalidArgument`] where a broker's DISCONNECT cannot have the code.
    pub fn disconnect(
        &mut self,
        now: Instant,
        client_id: Option<&str>,
        reason_code: ReasonCode,
        reason_string: Option<&str>,
    ) -> Result<(), Error> {
        let mut disconnect = Disconnect::new(reason_code);
        if let Some(text) = reason_string {
            let text = Text::try_from(text.to_owned());
            let text = text.map_err(|error| Error::invalid("reason_string", error.to_string()))?;
            disconnect.properties.push(Property::ReasonString(text));
        }
        let written = Packet::Disconnect(disconnect.clone());
        let written = written.encode(Version::V5, &mut BytesMut::new());
        written.map_err(|error| Error::reason_code(reason_code, &error))?;
        for connection in self.targets(client_id)? {
            self.say_goodbye(connection, disconnect.clone());
            self.end(now, connection, true);
            self.outputs.push_back(Output::Close { connection });
        }
        Ok(())
    }

    /// Closes without a word of MQTT (FIN both ways; before it close_notify of TLS, and WebSocket's Close frame, where there
    /// are such). The client's Will is published.
    ///
    /// # Errors
    /// [`Error::NotConnected`].
    pub fn close(&mut self, now: Instant, client_id: Option<&str>) -> Result<(), Error> {
        for connection in self.targets(client_id)? {
            self.end(now, connection, true);
            self.outputs.push_back(Output::Close { connection });
        }
        Ok(())
    }

    /// Says that it sends no more (FIN), and goes on reading.
    ///
    /// # Errors
    /// [`Error::NotConnected`].
    pub fn half_close(&mut self, client_id: Option<&str>) -> Result<(), Error> {
        for connection in self.targets(client_id)? {
            self.outputs.push_back(Output::Finish { connection });
        }
        Ok(())
    }

    /// Resets (RST). The client's Will is published.
    ///
    /// # Errors
    /// [`Error::NotConnected`].
    pub fn reset(&mut self, now: Instant, client_id: Option<&str>) -> Result<(), Error> {
        for connection in self.targets(client_id)? {
            self.end(now, connection, true);
            self.outputs.push_back(Output::Reset { connection });
        }
        Ok(())
    }

    /// Forgets the sessions of the clients that are not connected, as a broker does that was restarted without a disk.
    /// Their Wills that wait are not published.
    pub fn forget_sessions(&mut self) {
        self.sessions
            .retain(|_, session| session.connection.is_some());
        self.wills.clear();
    }

    fn targets(&self, client_id: Option<&str>) -> Result<Vec<u64>, Error> {
        let connections = self.connections.iter();
        let found: Vec<u64> = connections
            .filter(|(_, it)| {
                client_id.is_none_or(|id| it.client.is_some() && it.client_id() == id)
            })
            .map(|(connection, _)| *connection)
            .collect();
        if found.is_empty() {
            let client_id = client_id.map(str::to_owned);
            return Err(Error::NotConnected { client_id });
        }
        Ok(found)
    }
}

/// Whether this packet can say that something is refused with this code.
pub(super) fn refusal(code: ReasonCode, packet: &Packet) -> Result<(), Error> {
    if !code.is_error() {
        let reason = format!("{code}: no refusal, whose numbers are 0x80 and above");
        return Err(Error::invalid("reason_code", reason));
    }
    let written = packet.encode(Version::V5, &mut BytesMut::new());
    written.map_err(|error| Error::reason_code(code, &error))
}
