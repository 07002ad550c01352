//! Enhanced authentication (section 4.12): an exchange of a connection that comes about, of one
//! that is to take the place of another, or of one that stands and is asked to prove itself anew.
//!
//! There is one exchange at a time. Before CONNECT, and between the broker's AUTH and ours, it
//! waits for the application; else for the broker. A CONNACK that accepts counts only when the
//! application has found the broker's last data right: until then what follows it is not decoded.

mod again;

use std::collections::VecDeque;

use bytes::Bytes;

use super::{Machine, Phase};
use crate::codec::{Auth, ConnAck, Packet, PacketType};
use crate::error::{
    AuthenticationError, ConnectError, DisconnectCause, OperationError, ProtocolError, Stage,
};
use crate::proto::event::Action;
use crate::proto::timers::Timer;
use crate::proto::{
    Authenticated, AuthenticationQuestion, AuthenticationReply, AuthenticationStep,
    AuthenticatorError,
};
use crate::types::{Instant, Properties, Property, PropertyId, ReasonCode, Text, Version};

/// What a re-authentication counts for in the outbound queue, in bytes.
pub(in crate::proto) const REAUTHENTICATION_COST: usize = 64;

/// The exchange under way, and what waits for one.
#[derive(Debug)]
pub(super) struct Authentication<T> {
    /// How many there were.
    exchanges: u64,
    exchange: Option<Exchange<T>>,
    /// Re-authentications that were asked for and have not begun.
    waiting: VecDeque<Option<T>>,
    /// When bytes came last, while CONNACK waits for the application: that long ago is the last
    /// evidence of life when the connection begins.
    evidence_at: Option<Instant>,
}

#[derive(Debug)]
struct Exchange<T> {
    purpose: Purpose<T>,
    /// How many questions the application was asked.
    questions: u32,
    state: State,
}

#[derive(Debug)]
enum Purpose<T> {
    /// The attempt under way.
    Connect,
    /// A connection that is to take the place of the present one.
    Standby,
    Reauthenticate(Option<T>),
}

#[derive(Debug)]
enum State {
    /// The application was asked what to send.
    Asked,
    /// The broker is next.
    Sent,
    /// The application looks at the data of this CONNACK.
    Accepted(Box<ConnAck>),
    /// The application looks at the data of an AUTH that ends a re-authentication.
    Finished,
}

impl<T> Default for Authentication<T> {
    fn default() -> Self {
        Authentication {
            exchanges: 0,
            exchange: None,
            waiting: VecDeque::new(),
            evidence_at: None,
        }
    }
}

impl<T> Authentication<T> {
    fn state(&self) -> Option<&State> {
        self.exchange.as_ref().map(|exchange| &exchange.state)
    }

    fn is_reauthentication(&self) -> bool {
        let exchange = self.exchange.as_ref();
        exchange.is_some_and(|it| matches!(it.purpose, Purpose::Reauthenticate(_)))
    }

    fn is_of_standby(&self) -> bool {
        let exchange = self.exchange.as_ref();
        exchange.is_some_and(|it| matches!(it.purpose, Purpose::Standby))
    }

    /// Whether a CONNACK waits for the application.
    fn holds(&self) -> bool {
        matches!(self.state(), Some(State::Accepted(_)))
    }

    /// When the last evidence of life came, as the connection begins now.
    pub(super) fn evidence_at(&mut self, now: Instant) -> Instant {
        self.evidence_at.take().unwrap_or(now)
    }

    /// Bytes came; `standby`: over the second stream.
    pub(super) fn note_evidence(&mut self, now: Instant, standby: bool) {
        if self.holds() && self.is_of_standby() == standby {
            self.evidence_at = Some(now);
        }
    }

    /// The marks of all that has no outcome.
    pub(super) fn take_tokens(&mut self) -> Vec<T> {
        let mut tokens: Vec<T> = std::mem::take(&mut self.waiting)
            .into_iter()
            .flatten()
            .collect();
        if let Some(exchange) = self.exchange.take()
            && let Purpose::Reauthenticate(Some(token)) = exchange.purpose
        {
            tokens.push(token);
        }
        tokens
    }
}

impl<T> Machine<T> {
    /// The Authentication Method, where there is one.
    fn authentication_method(&self) -> Option<&Text> {
        let method = self.config.authentication_method.as_ref();
        method.filter(|_| self.version() == Version::V5)
    }

    /// Whether what came may not be decoded yet, as the application looks at CONNACK's data.
    pub fn holds_input(&self) -> bool {
        self.authentication.holds() && !self.authentication.is_of_standby()
    }

    /// Whether an exchange is under way.
    pub(super) fn is_authenticating(&self) -> bool {
        self.authentication.exchange.is_some()
    }

    /// Whether what comes over the second stream is decoded: no more of it, once CONNACK is there.
    pub(super) fn decodes_standby(&self) -> bool {
        let held = self.authentication.holds() && self.authentication.is_of_standby();
        self.has_standby() && !held && !self.is_standby_accepted()
    }

    /// Of input that is not decoded yet there is a bound, too. `true`: it is passed, and the
    /// attempt has ended for it.
    pub(super) fn held_input_overflows(&mut self, now: Instant, bytes: usize) -> bool {
        let limit = self.config.inbound_queue_max_bytes;
        let overflows = self.holds_input() && bytes > limit;
        if overflows {
            self.fail_authentication(now, AuthenticationError::Overflow(limit));
        }
        overflows
    }

    /// The stream is open. `true`: CONNECT waits for the application. `standby`: it is that of a
    /// connection that is to take the place of the present one.
    pub(super) fn begin_authentication(&mut self, now: Instant, standby: bool) -> bool {
        if self.authentication_method().is_none() {
            return false;
        }
        let purpose = match standby {
            true => Purpose::Standby,
            false => Purpose::Connect,
        };
        self.begin_exchange(now, purpose);
        true
    }

    fn begin_exchange(&mut self, now: Instant, purpose: Purpose<T>) {
        let reauthenticate = matches!(purpose, Purpose::Reauthenticate(_));
        let authentication = &mut self.authentication;
        authentication.exchanges += 1;
        authentication.evidence_at = None;
        authentication.exchange = Some(Exchange {
            purpose,
            questions: 0,
            state: State::Asked,
        });
        self.ask(
            now,
            State::Asked,
            AuthenticationStep::Start { reauthenticate },
            Properties::new(),
        );
    }

    /// `properties`: what the broker says besides the step.
    fn ask(
        &mut self,
        now: Instant,
        state: State,
        step: AuthenticationStep,
        properties: Properties,
    ) {
        let of_reauthentication = self.timers.get(Timer::Authentication);
        let deadline = of_reauthentication.or(self.connect_deadline());
        let Some(exchange) = &mut self.authentication.exchange else {
            return;
        };
        exchange.state = state;
        exchange.questions = exchange.questions.saturating_add(1);
        let question = AuthenticationQuestion {
            exchange: self.authentication.exchanges,
            number: exchange.questions,
            step,
            properties,
            deadline: deadline.unwrap_or(now),
        };
        self.actions
            .push_back(Action::Authenticate(Box::new(question)));
    }

    /// The application's answer.
    pub(super) fn handle_authenticated(&mut self, now: Instant, answer: Authenticated) {
        let number = self.authentication.exchanges;
        let Some(exchange) = &mut self.authentication.exchange else {
            return;
        };
        if answer.exchange != number || answer.number != exchange.questions {
            return;
        }
        let first = exchange.questions == 1;
        // Until the broker says something, one that was answered already is not answered again.
        let state = match &exchange.state {
            State::Sent => return,
            _ => std::mem::replace(&mut exchange.state, State::Sent),
        };
        let in_auth = !first || self.authentication.is_reauthentication();
        let in_auth = in_auth && matches!(state, State::Asked);
        let reply = match answer.result {
            // Of CONNECT they are an option, and nothing is sent at the end.
            Ok(reply) if !in_auth && !reply.user_properties.is_empty() => {
                let error = AuthenticationError::Authenticator {
                    message: "there is no AUTH packet for its user properties".to_owned(),
                    fatal: true,
                };
                return self.fail_authentication(now, error);
            }
            Ok(reply) => reply,
            Err(AuthenticatorError { message, fatal }) => {
                let error = AuthenticationError::Authenticator { message, fatal };
                if first && self.authentication.is_reauthentication() {
                    // Nothing was sent: the connection stays as it is.
                    return self.end_reauthentication(Err(error.into()));
                }
                return self.fail_authentication(now, error);
            }
        };
        match state {
            State::Sent => {}
            State::Asked => self.send_authentication(now, first, reply),
            State::Finished => self.end_reauthentication(Ok(ReasonCode::Success)),
            State::Accepted(connack) => {
                let standby = self.authentication.is_of_standby();
                self.authentication.exchange = None;
                match standby {
                    true => self.accept_standby(connack),
                    false => self.accept_connack(now, *connack),
                }
            }
        }
    }

    fn send_authentication(&mut self, now: Instant, first: bool, reply: AuthenticationReply) {
        let Some(method) = self.authentication_method().cloned() else {
            return;
        };
        let Some(exchange) = &self.authentication.exchange else {
            return;
        };
        let reason_code = match (&exchange.purpose, first) {
            (Purpose::Connect, true) => return self.send_connect(now, reply.data),
            (Purpose::Standby, true) => return self.send_standby_connect(now, reply.data),
            (Purpose::Reauthenticate(_), true) => ReasonCode::ReAuthenticate,
            _ => ReasonCode::ContinueAuthentication,
        };
        let auth = Packet::Auth(Auth {
            reason_code,
            properties: reply.into_properties(method),
        });
        let connected = self.authentication.is_reauthentication();
        let limit = match connected {
            true => self.limits.maximum_packet_size as usize,
            // What the broker takes is not known before CONNACK.
            false => usize::MAX,
        };
        let standby = self.authentication.is_of_standby();
        let version = self.version();
        let buffer = match (connected, standby) {
            (true, _) => &mut self.control,
            (false, true) => match self.standby_buffer() {
                Some(buffer) => buffer,
                None => return,
            },
            (false, false) => self.outgoing.buffer(),
        };
        let before = buffer.len();
        let encoded = auth.encode(version, buffer);
        let size = buffer.len() - before;
        let error = match encoded {
            Ok(()) if size <= limit => return,
            Ok(()) => {
                buffer.truncate(before);
                format!("{size} bytes, and the broker takes {limit}")
            }
            Err(error) => error.to_string(),
        };
        let error = AuthenticationError::TooLarge(error);
        if connected && first {
            return self.end_reauthentication(Err(error.into()));
        }
        self.fail_authentication(now, error);
    }

    /// The properties of CONNECT that authentication has.
    pub(super) fn authenticate_connect(&self, properties: &mut Properties, data: Option<Bytes>) {
        if let Some(method) = self.authentication_method() {
            properties.push(Property::AuthenticationMethod(method.clone()));
            if let Some(data) = data {
                properties.push(Property::AuthenticationData(data));
            }
        }
    }

    /// The broker's method has to be ours, in each AUTH and in a CONNACK that accepts
    /// [MQTT-4.12.0-5].
    pub(super) fn check_method(
        &self,
        packet: PacketType,
        properties: &Properties,
    ) -> Result<(), ProtocolError> {
        let theirs = properties.get_text(PropertyId::AuthenticationMethod);
        match self.authentication_method() {
            Some(method) if theirs != Some(method) => {
                Err(ProtocolError::WrongAuthenticationMethod(packet))
            }
            _ => Ok(()),
        }
    }

    /// Whether this property of CONNACK was asked for.
    pub(super) fn asked_for(&self, property: PropertyId) -> bool {
        match property {
            PropertyId::ResponseInformation => self.config.request_response_information,
            _ => self.authentication_method().is_some(),
        }
    }

    /// The broker accepts the attempt. `Ok(None)`: the application is asked about its last data
    /// first.
    pub(super) fn verify_connack(
        &mut self,
        now: Instant,
        connack: ConnAck,
    ) -> Result<Option<ConnAck>, ProtocolError> {
        let Some(state) = self.authentication.state() else {
            return Ok(Some(connack));
        };
        if !matches!(state, State::Sent) {
            return Err(ProtocolError::UnexpectedPacket(PacketType::ConnAck));
        }
        let (data, told) = (
            data_of(&connack.properties),
            connack.properties.problem_information(),
        );
        self.ask(
            now,
            State::Accepted(Box::new(connack)),
            AuthenticationStep::Finish { data },
            told,
        );
        let standby = self.authentication.is_of_standby();
        self.authentication.note_evidence(now, standby);
        Ok(None)
    }

    /// The broker's AUTH, of the connection or attempt; `standby`: of the one to come.
    pub(super) fn handle_auth(
        &mut self,
        now: Instant,
        auth: &Auth,
        standby: bool,
    ) -> Result<(), ProtocolError> {
        let unexpected = ProtocolError::UnexpectedPacket(PacketType::Auth);
        let expected = matches!(self.authentication.state(), Some(State::Sent))
            && self.authentication.is_of_standby() == standby;
        if !expected {
            return Err(unexpected);
        }
        self.check_method(PacketType::Auth, &auth.properties)?;
        self.check_problem_information(PacketType::Auth, &auth.properties)?;
        let (data, told) = (
            data_of(&auth.properties),
            auth.properties.problem_information(),
        );
        match auth.reason_code {
            ReasonCode::ContinueAuthentication => {
                self.ask(
                    now,
                    State::Asked,
                    AuthenticationStep::Continue { data },
                    told,
                );
            }
            // An attempt ends with CONNACK.
            ReasonCode::Success if self.authentication.is_reauthentication() => {
                self.ask(
                    now,
                    State::Finished,
                    AuthenticationStep::Finish { data },
                    told,
                );
            }
            _ => return Err(unexpected),
        }
        Ok(())
    }

    /// Why an attempt whose time is over did not come about, where the stream is open.
    pub(super) fn handshake_timeout(&self, after: std::time::Duration) -> ConnectError {
        match self.authentication.state() {
            None | Some(State::Sent) => ConnectError::timeout(Stage::Mqtt, after),
            Some(_) => ConnectError::Authentication(AuthenticationError::AuthenticatorTimeout),
        }
    }

    /// It failed on this side: there is no connection with a broker that is not the right one, and
    /// none goes on after a re-authentication that failed [MQTT-4.12.1-2].
    pub(super) fn fail_authentication(&mut self, now: Instant, error: AuthenticationError) {
        if self.authentication.is_of_standby() {
            return self.drop_standby(now);
        }
        if !self.authentication.is_reauthentication() {
            return self.fail_attempt(now, ConnectError::Authentication(error));
        }
        self.end_reauthentication(Err(error.clone().into()));
        if matches!(self.phase, Phase::Left(_)) {
            // The goodbye was first.
            return;
        }
        self.say_why(ReasonCode::UnspecifiedError);
        self.end_connection(now, DisconnectCause::Authentication(error), true);
    }

    /// The second stream is given up.
    pub(super) fn drop_standby_authentication(&mut self) {
        if self.authentication.is_of_standby() {
            self.authentication.exchange = None;
            self.ask_no_more();
        }
    }

    /// What the application was not asked yet, it is not asked any more.
    fn ask_no_more(&mut self) {
        self.actions
            .retain(|action| !matches!(action, Action::Authenticate(_)));
    }

    /// The connection is gone.
    pub(super) fn drop_authentication(&mut self, error: &OperationError) {
        self.end_reauthentication(Err(error.clone()));
        if self.authentication.exchange.take().is_some() {
            self.ask_no_more();
        }
        self.authentication.evidence_at = None;
        while let Some(token) = self.authentication.waiting.pop_front() {
            self.free(Some(REAUTHENTICATION_COST));
            self.complete(token, Err(error.clone()));
        }
    }
}

fn data_of(properties: &Properties) -> Option<Bytes> {
    let data = properties.get_binary(PropertyId::AuthenticationData);
    // The read buffer must not live as long as an application thinks.
    data.map(|data| Bytes::copy_from_slice(data))
}
