//! From an open stream to CONNACK.

use bytes::Bytes;

use super::{Early, Machine, Phase};
use crate::codec::{ConnAck, Connect, Decoder, Packet, PacketType};
use crate::error::{ConnectError, OperationError, ProtocolError};
use crate::proto::inflight::Exchange;
use crate::proto::limits::ServerLimits;
use crate::proto::liveness::Liveness;
use crate::proto::outgoing::Outgoing;
use crate::proto::timers::Timer;
use crate::proto::{Connected, Delivered, EventKind};
use crate::types::{
    Fault, Instant, Properties, Property, PropertyId, Tolerate, TopicFilter, Version,
};

impl<T> Machine<T> {
    /// The stream is open: CONNECT goes out [MQTT-3.1.0-1]. `acked`: whether the transport can
    /// tell what the peer's TCP acknowledges (counted from here).
    pub fn handle_open(&mut self, now: Instant, acked: bool) {
        let Phase::Opening { timeout, .. } = self.phase else {
            return;
        };
        self.phase = Phase::Handshaking { timeout };
        self.decoder = Decoder::of_server(self.version(), self.config.packet_limit());
        self.outgoing = Outgoing::default();
        self.control.clear();
        self.early = Early::default();
        self.tolerated.seen = Tolerate::NONE;
        self.acked = acked.then_some(0);
        self.last_outbound = now;
        if !self.begin_authentication(now, false) {
            self.send_connect(now, None);
        }
    }

    /// CONNECT goes out, with this Authentication Data.
    pub(super) fn send_connect(&mut self, now: Instant, data: Option<Bytes>) {
        let connect = Packet::Connect(Box::new(self.connect_packet(data)));
        if let Err(error) = connect.encode(self.version(), self.outgoing.buffer()) {
            // The options were checked when the client was made, so this is a limit of the
            // protocol that only all of them together break.
            self.outgoing = Outgoing::default();
            self.fail_attempt(
                now,
                ConnectError::transport(
                    crate::error::Stage::Mqtt,
                    crate::error::TransportError::new(format!("CONNECT: {error}")),
                ),
            );
        }
    }

    pub(super) fn connect_packet(&self, authentication: Option<Bytes>) -> Connect {
        let config = &self.config;
        Connect {
            version: self.version(),
            clean_start: self.session.clean_start(),
            keep_alive: config.keep_alive,
            client_id: self.session.client_id().clone(),
            will: config.will.clone().map(Box::new),
            user_name: provided(&self.provided.user_name, &config.user_name),
            password: provided(&self.provided.password, &config.password),
            properties: match self.version() {
                Version::V311 => Properties::new(),
                Version::V5 => self.connect_properties(authentication),
            },
        }
    }

    fn connect_properties(&self, authentication: Option<Bytes>) -> Properties {
        let config = &self.config;
        let mut properties = Properties::new();
        if config.session_expiry_interval > 0 {
            properties.push(Property::SessionExpiryInterval(
                config.session_expiry_interval,
            ));
        }
        properties.push(Property::ReceiveMaximum(config.receive_maximum));
        if let Some(size) = config.maximum_packet_size {
            properties.push(Property::MaximumPacketSize(size));
        }
        if config.topic_alias_maximum > 0 {
            properties.push(Property::TopicAliasMaximum(config.topic_alias_maximum));
        }
        if config.request_response_information {
            properties.push(Property::RequestResponseInformation(1));
        }
        if !config.request_problem_information {
            properties.push(Property::RequestProblemInformation(0));
        }
        self.authenticate_connect(&mut properties, authentication);
        for (name, value) in &config.user_properties {
            properties.push(Property::UserProperty(name.clone(), value.clone()));
        }
        properties
    }

    pub(super) fn handle_connack(&mut self, now: Instant, mut connack: ConnAck) {
        if connack.reason_code.is_error() {
            self.session.refused(connack.reason_code);
            self.told = connack.properties.clone();
            return self.fail_attempt(
                now,
                ConnectError::Refused {
                    reason_code: connack.reason_code,
                    reason_string: text(&connack.properties, PropertyId::ReasonString),
                    server_reference: text(&connack.properties, PropertyId::ServerReference),
                },
            );
        }
        let checked = has_asked(&self.outgoing, PacketType::ConnAck)
            .and_then(|()| ServerLimits::check(&connack))
            .and_then(|()| self.check_unasked(&connack));
        if let Err(error) = checked {
            return self.fail_attempt(now, ConnectError::Protocol(error));
        }
        if connack.session_present && self.session.clean_start() {
            // Tolerated, it is a new session: of an earlier one there is nothing here.
            connack.session_present = false;
            if !self.tolerates(Fault::SessionPresentOnCleanStart) {
                let error = ProtocolError::UnexpectedSessionPresent;
                return self.fail_attempt(now, ConnectError::Protocol(error));
            }
        }
        match self.verify_connack(now, connack) {
            Ok(Some(connack)) => self.accept_connack(now, connack),
            Ok(None) => {}
            Err(error) => self.fail_attempt(now, ConnectError::Protocol(error)),
        }
    }

    /// The broker accepts the connection, and it is the right one.
    pub(super) fn accept_connack(&mut self, now: Instant, connack: ConnAck) {
        let (connected, lost) = self.begin_connection(now, &connack);
        self.push_event(EventKind::Connected(connected));
        self.delivered
            .push(Delivered::Connection(self.connection_number));
        self.tell_lost_subscriptions(lost, &Properties::new());
        self.refuse_what_is_forbidden();
        self.forget_suspect_that_ended();
        self.take_early(now);
    }

    /// The broker accepted the connection whose CONNECT was written: the session goes on over it.
    /// Gives what is to be told, and the subscriptions that it does not offer.
    pub(super) fn begin_connection(
        &mut self,
        now: Instant,
        connack: &ConnAck,
    ) -> (Box<Connected>, Vec<(TopicFilter, OperationError)>) {
        let session_lost = self.session.exists() && !connack.session_present;
        self.flight.connected_at.get_or_insert(now);
        let number = |id| connack.properties.get_number(id);
        self.keep_alive = number(PropertyId::ServerKeepAlive)
            .and_then(|value| u16::try_from(value).ok())
            .unwrap_or(self.config.keep_alive);
        self.session.accepted(connack);
        self.limits = ServerLimits::new(connack);
        self.begin_aliases();
        self.liveness = Some(Liveness::new(
            self.authentication.evidence_at(now),
            self.keep_alive,
            self.config.dead_peer_timeout,
            self.last_outbound,
            self.outgoing.written(),
            // CONNACK answers CONNECT, so all of it has arrived: its acknowledgement, seen later,
            // must not pass for progress.
            self.acked.map(|_| self.outgoing.written()),
        ));
        self.learn_connected();
        self.phase = Phase::Connected;
        self.timers.clear(Timer::Connect);
        if connack.session_present {
            self.resume_session();
        } else {
            let ended = self.session.broker_lost_it();
            self.end_all(ended, &OperationError::SessionLost);
        }
        self.watch_deadlines();
        let (resubscribed, refused) = self.subscribe_again();
        let offline = self.comes_back(now);
        let sent_again = self.count_sent_again();
        let lost = std::mem::take(&mut self.session.lost);
        let connected = Box::new(Connected {
            session_lost,
            offline,
            resubscribed,
            sent_again,
            lost,
            ..self.negotiated(connack)
        });
        (connected, refused)
    }

    /// What a broker may only send where we asked for it [MQTT-3.1.2-28] [MQTT-4.12.0-6].
    pub(super) fn check_unasked(&mut self, connack: &ConnAck) -> Result<(), ProtocolError> {
        let properties = &connack.properties;
        let unasked = [
            PropertyId::AuthenticationMethod,
            PropertyId::AuthenticationData,
            PropertyId::ResponseInformation,
        ];
        self.check_method(PacketType::ConnAck, properties)?;
        let found = unasked
            .into_iter()
            .find(|id| properties.get(*id).is_some() && !self.asked_for(*id));
        match found {
            Some(PropertyId::ResponseInformation) if self.tolerates(Fault::UnaskedProperty) => {
                Ok(())
            }
            Some(property) => Err(ProtocolError::UnexpectedProperty {
                packet: PacketType::ConnAck,
                property,
            }),
            None => Ok(()),
        }
    }

    /// The broker still has the session: what is unfinished is sent again, in order
    /// [MQTT-4.4.0-1], unless the broker's limits shrank since it was sent first.
    fn resume_session(&mut self) {
        for id in self.session.inflight.in_order() {
            let refused = match self.session.inflight.get_mut(id).map(|s| &mut s.exchange) {
                Some(Exchange::Publish(outbound)) => self.limits.refuses_publish(outbound),
                Some(Exchange::Release { repeated, .. }) => {
                    *repeated = true;
                    None
                }
                Some(Exchange::Withdrawn { .. }) => {
                    self.release_withdrawn(id);
                    continue;
                }
                _ => continue,
            };
            match refused {
                None => self.resend.push_back(id),
                Some(code) => {
                    self.withdraw(id, OperationError::NotSupportedByServer(code));
                    self.release_withdrawn(id);
                }
            }
        }
    }
}

/// What the provider gave, else what the options say.
/// Whether everything that a packet answers has been written. A broker that accepts before would
/// let what the client says next overtake its CONNECT [MQTT-3.1.0-1]. (That it refuses it may say
/// at any time.)
pub(super) fn has_asked(outgoing: &Outgoing, answer: PacketType) -> Result<(), ProtocolError> {
    match outgoing.is_empty() && outgoing.at_boundary() {
        true => Ok(()),
        false => Err(ProtocolError::UnexpectedPacket(answer)),
    }
}

fn provided<V: Clone>(provided: &Option<V>, option: &Option<V>) -> Option<V> {
    provided.as_ref().or(option.as_ref()).cloned()
}

pub(super) fn text(properties: &Properties, id: PropertyId) -> Option<String> {
    properties.get_text(id).map(|text| text.as_str().to_owned())
}
