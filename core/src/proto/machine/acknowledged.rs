//! The broker's word on operations of ours.

use std::num::NonZeroU16;

use super::Machine;
use crate::codec::{Ack, DecodeError, Packet, PacketType, SubAck, UnsubAck};
use crate::error::{OperationError, ProtocolError};
use crate::proto::inflight::Exchange;
use crate::proto::operation::Request;
use crate::proto::{Delivered, Outcome, Receipt};
use crate::types::{Fault, Properties, PropertyId, QoS, ReasonCode, Text, Version};

impl<T> Machine<T> {
    fn exchange(&mut self, id: NonZeroU16) -> Option<&mut Exchange> {
        self.session
            .inflight
            .get_mut(id)
            .map(|slot| &mut slot.exchange)
    }

    pub(super) fn handle_puback(&mut self, ack: Ack) -> Result<(), ProtocolError> {
        self.check_problem_information(PacketType::PubAck, &ack.properties)?;
        let qos = match self.exchange(ack.packet_id) {
            Some(Exchange::Publish(sent)) => sent.message.qos,
            // A late one of an exchange that ended; harmless.
            None => return Ok(()),
            Some(_) => return self.wrong_acknowledgement(PacketType::PubAck),
        };
        // What a broker without QoS 2 says to it. It would say it again and again, until the client
        // stops: what was asked for is not to be had there.
        if qos != QoS::AtLeastOnce && !self.tolerates(Fault::PubackForQoS2) {
            let error = OperationError::NotSupportedByServer(ReasonCode::QoSNotSupported);
            self.end_sent(ack.packet_id, error);
            return Err(ProtocolError::PubackForQoS2);
        }
        self.finish_publish(ack);
        Ok(())
    }

    pub(super) fn handle_pubrec(&mut self, ack: Ack) -> Result<(), ProtocolError> {
        self.check_problem_information(PacketType::PubRec, &ack.properties)?;
        let id = ack.packet_id;
        let refused = ack.reason_code.is_error();
        match self.exchange(id) {
            Some(Exchange::Publish(sent)) if sent.message.qos != QoS::ExactlyOnce => {
                return self.wrong_acknowledgement(PacketType::PubRec);
            }
            Some(Exchange::Publish(_)) if refused => self.finish_publish(ack),
            Some(Exchange::Publish(_)) => {
                // The message itself is not needed again [MQTT-4.3.3-4].
                let most = self.config.inbound_queue_max_bytes;
                let inflight = &mut self.session.inflight;
                inflight.release(id, ack.reason_code, &ack.properties, most);
                self.acknowledge(Packet::PubRel, id, ReasonCode::Success);
            }
            Some(Exchange::Withdrawn { .. }) if refused => self.finish_withdrawn(id),
            Some(Exchange::Release { .. } | Exchange::Withdrawn { .. }) => {
                self.acknowledge(Packet::PubRel, id, ReasonCode::Success);
            }
            Some(_) => return self.wrong_acknowledgement(PacketType::PubRec),
            None if refused => {}
            None => {
                self.acknowledge(Packet::PubRel, id, ReasonCode::PacketIdentifierNotFound);
            }
        }
        Ok(())
    }

    pub(super) fn handle_pubcomp(&mut self, mut ack: Ack) -> Result<(), ProtocolError> {
        self.check_problem_information(PacketType::PubComp, &ack.properties)?;
        let id = ack.packet_id;
        match self.exchange(id) {
            Some(Exchange::Release { repeated, .. }) => {
                if *repeated && ack.reason_code == ReasonCode::PacketIdentifierNotFound {
                    // The PUBREL of the earlier connection arrived, and its PUBCOMP was lost: no
                    // error during recovery (section 3.7.2.1). The broker has the message since
                    // its PUBREC.
                    ack.reason_code = ReasonCode::Success;
                }
                self.finish_publish(ack);
            }
            Some(Exchange::Withdrawn { .. }) => self.finish_withdrawn(id),
            None => {}
            Some(_) => return self.wrong_acknowledgement(PacketType::PubComp),
        }
        Ok(())
    }

    /// The broker has ended what had its outcome before: the identifier is free.
    fn finish_withdrawn(&mut self, id: NonZeroU16) {
        if let Some(slot) = self.session.inflight.finish(id) {
            self.acquit(slot.serial, &slot.exchange);
        }
    }

    fn finish_publish(&mut self, mut ack: Ack) {
        let Some(slot) = self.session.inflight.finish(ack.packet_id) else {
            return;
        };
        self.free(slot.cost);
        self.acquit(slot.serial, &slot.exchange);
        let Some(token) = slot.token else { return };
        if let Exchange::Release {
            reason_code, told, ..
        } = slot.exchange
        {
            add_received(&mut ack, reason_code, told);
        }
        let mut outcome = Outcome::new(result(ack.reason_code), Some(ack.packet_id));
        outcome.receipt = outcome.result.is_ok().then_some(Receipt::Acknowledged);
        if !ack.properties.is_empty() {
            outcome.reason_string = reason_string(&ack.properties);
            outcome.properties = ack.properties;
        }
        self.delivered.push(Delivered::Completed { token, outcome });
    }

    pub(super) fn handle_suback(&mut self, mut suback: SubAck) -> Result<(), ProtocolError> {
        let packet = PacketType::SubAck;
        self.check_problem_information(packet, &suback.properties)?;
        let id = suback.packet_id;
        let Some(filters) = self.awaited(id, packet)? else {
            return Ok(());
        };
        if suback.reason_codes.len() != filters {
            if !self.tolerates(Fault::WrongReasonCodeCount) {
                return self.wrong_count(id, packet, filters, suback.reason_codes.len());
            }
            let missing = ReasonCode::UnspecifiedError;
            suback.reason_codes.resize(filters, missing);
        }
        self.finish_request(id, suback.reason_codes, &suback.properties);
        Ok(())
    }

    pub(super) fn handle_unsuback(&mut self, mut unsuback: UnsubAck) -> Result<(), ProtocolError> {
        let packet = PacketType::UnsubAck;
        self.check_problem_information(packet, &unsuback.properties)?;
        let id = unsuback.packet_id;
        let Some(filters) = self.awaited(id, packet)? else {
            return Ok(());
        };
        // In 3.1.1 it has none.
        if self.version() == Version::V5 && unsuback.reason_codes.len() != filters {
            if !self.tolerates(Fault::WrongReasonCodeCount) {
                return self.wrong_count(id, packet, filters, unsuback.reason_codes.len());
            }
            let missing = ReasonCode::UnspecifiedError;
            unsuback.reason_codes.resize(filters, missing);
        }
        self.finish_request(id, unsuback.reason_codes, &unsuback.properties);
        Ok(())
    }

    /// How many filters the request has that waits for this answer; `None` for a late answer to one
    /// that ended.
    fn awaited(
        &mut self,
        id: NonZeroU16,
        packet: PacketType,
    ) -> Result<Option<usize>, ProtocolError> {
        match self.exchange(id) {
            Some(Exchange::Request(request)) if request.answer() == packet => {
                Ok(Some(request.filters()))
            }
            None => Ok(None),
            Some(_) => Err(ProtocolError::WrongAcknowledgement(packet)),
        }
    }

    fn finish_request(
        &mut self,
        id: NonZeroU16,
        reason_codes: Vec<ReasonCode>,
        properties: &Properties,
    ) {
        let Some(slot) = self.session.inflight.finish(id) else {
            return;
        };
        self.free(slot.cost);
        self.acquit(slot.serial, &slot.exchange);
        if let Exchange::Request(request) = &slot.exchange {
            self.note_subscriptions(request, &reason_codes, properties);
            if reason_codes.iter().any(|code| code.is_error()) {
                // What it was to take the place of, a new session may lack.
                self.subscribe_to_what_is_missing();
            }
        }
        let Some(token) = slot.token else { return };
        let failed = reason_codes.iter().find(|code| code.is_error());
        let code = failed.or(reason_codes.first()).copied();
        let outcome = Outcome {
            result: result(code.unwrap_or(ReasonCode::Success)),
            packet_id: Some(id),
            reason_codes,
            reason_string: reason_string(properties),
            properties: properties.clone(),
            receipt: None,
        };
        self.delivered.push(Delivered::Completed { token, outcome });
    }

    /// What the application is subscribed to now.
    fn note_subscriptions(
        &mut self,
        request: &Request,
        reason_codes: &[ReasonCode],
        told: &Properties,
    ) {
        if let Some(unsubscribe) = request.as_unsubscribe() {
            self.session.subscriptions.remove(&unsubscribe.filters);
        }
        let Some(subscribe) = request.as_subscribe() else {
            return;
        };
        if self.config.reconnect.is_some() {
            self.session.subscriptions.granted(subscribe, reason_codes);
        }
        if !request.is_again() {
            return;
        }
        self.tell_asked_again(request);
        let answers = subscribe.subscriptions.iter().zip(reason_codes);
        let refused: Vec<_> = answers
            .filter(|(_, code)| code.is_error())
            .map(|(s, code)| (s.filter.clone(), OperationError::Refused(*code)))
            .collect();
        let filters = refused.iter().map(|(filter, _)| filter);
        self.session.subscriptions.remove(filters);
        self.tell_lost_subscriptions(refused, told);
    }

    /// What the session asked for by itself has its answer.
    pub(super) fn tell_asked_again(&mut self, request: &Request) {
        let filters = u32::try_from(request.filters()).unwrap_or(u32::MAX);
        self.delivered.push(Delivered::SubscribedAgain(filters));
    }

    /// An acknowledgement of another kind than the exchange waits for.
    fn wrong_acknowledgement(&self, packet: PacketType) -> Result<(), ProtocolError> {
        Err(ProtocolError::WrongAcknowledgement(packet))
    }

    /// Not one reason code per filter: the connection ends for it, and the operation says why.
    fn wrong_count(
        &mut self,
        id: NonZeroU16,
        packet: PacketType,
        expected: usize,
        received: usize,
    ) -> Result<(), ProtocolError> {
        self.end_sent(
            id,
            OperationError::WrongReasonCodeCount { expected, received },
        );
        Err(ProtocolError::WrongReasonCodeCount(packet))
    }

    /// The connection ends for this error. Where it is an answer without a word, it is not known
    /// to which subscribe it belongs; all that wait for one say why they failed.
    pub(super) fn fail_requests(&mut self, error: &ProtocolError) {
        let ProtocolError::Decode(DecodeError::EmptyList(packet)) = error else {
            return;
        };
        for id in self.session.inflight.in_order() {
            let (waits, expected) = match self.exchange(id) {
                Some(Exchange::Request(request)) => (request.answer(), request.filters()),
                _ => continue,
            };
            if waits == *packet {
                let received = 0;
                self.end_sent(
                    id,
                    OperationError::WrongReasonCodeCount { expected, received },
                );
            }
        }
    }

    /// Where we asked for no problem information, acknowledgements have none [MQTT-3.1.2-29].
    #[inline]
    pub(super) fn check_problem_information(
        &mut self,
        packet: PacketType,
        properties: &Properties,
    ) -> Result<(), ProtocolError> {
        if self.config.request_problem_information || properties.is_empty() {
            return Ok(());
        }
        let unasked = [PropertyId::ReasonString, PropertyId::UserProperty];
        match unasked.into_iter().find(|id| properties.get(*id).is_some()) {
            Some(property) if !self.tolerates(Fault::UnaskedProperty) => {
                Err(ProtocolError::UnexpectedProperty { packet, property })
            }
            _ => Ok(()),
        }
    }
}

/// PUBCOMP, and before it what PUBREC said. Of what there is once, the later counts, unless that is
/// no more than that all went well.
fn add_received(pubcomp: &mut Ack, reason_code: ReasonCode, told: Option<Box<Properties>>) {
    if pubcomp.reason_code == ReasonCode::Success {
        pubcomp.reason_code = reason_code;
    }
    if let Some(mut all) = told {
        for property in pubcomp.properties.iter().cloned() {
            match property.id() {
                PropertyId::UserProperty => all.push(property),
                _ => all.set(property),
            }
        }
        pubcomp.properties = *all;
    }
}

fn result(code: ReasonCode) -> Result<ReasonCode, OperationError> {
    if code.is_error() {
        Err(OperationError::Refused(code))
    } else {
        Ok(code)
    }
}

pub(super) fn reason_string(properties: &Properties) -> Option<Text> {
    properties.get_text(PropertyId::ReasonString).cloned()
}
