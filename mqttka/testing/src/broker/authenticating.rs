//! Enhanced authentication: AUTH, and what a test tells of it.

use std::collections::VecDeque;

use bytes::Bytes;
use mqttka_core::codec::{Auth, ConnAck, Connect, Disconnect, Packet};
use mqttka_core::types::{Instant, Properties, Property, PropertyId, ReasonCode, Text};

use super::directing::refusal;
use super::{Broker, Output};
use crate::authentication::{Exchange, Next, Way};
use crate::error::Error;
use crate::seen::{Seen, SeenKind};

/// How many challenges a script has at most.
const MOST_CHALLENGES: usize = 100;

/// What is told holds for exchanges that begin from then on.
impl Broker {
    /// Clients have to authenticate by this method from now on (section 4.12), and are refused where they do not:
    /// without any with 0x87, with another with 0x8c. Whoever does is let in, after the [challenges](Self::challenge)
    /// that follow this call. `None`: nobody has to, which is how a broker begins.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where the method is no text that MQTT allows.
    pub fn authenticate(&mut self, method: Option<&str>) -> Result<(), Error> {
        let Some(method) = method else {
            self.script.authentication = None;
            return Ok(());
        };
        let method = Text::try_from(method.to_owned());
        let method = method.map_err(|error| Error::invalid("method", error.to_string()))?;
        self.script.authentication = Some(Way::Scripted {
            method,
            challenges: VecDeque::new(),
            last: None,
        });
        Ok(())
    }

    /// One more challenge for each exchange of the method of [`authenticate`](Self::authenticate): AUTH with this data, at
    /// most 100 of them. What clients send is [`Authenticating`](SeenKind::Authenticating), and nothing of it is wrong.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where no such method was told before, the data is longer than 65,535 bytes, or there
    /// are 100 already.
    pub fn challenge(&mut self, data: &[u8]) -> Result<(), Error> {
        let data = binary(data)?;
        let (challenges, _) = self.scripted()?;
        if challenges.len() == MOST_CHALLENGES {
            let reason = format!("more than {MOST_CHALLENGES} challenges");
            return Err(Error::invalid("data", reason));
        }
        challenges.push_back(data);
        Ok(())
    }

    /// What CONNACK, or the last AUTH, has as authentication data, for the method of
    /// [`authenticate`](Self::authenticate); `None`: nothing.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where no such method was told before, or the data is longer than 65,535 bytes.
    pub fn finish_authentication(&mut self, data: Option<&[u8]>) -> Result<(), Error> {
        let data = data.map(binary).transpose()?;
        *self.scripted()?.1 = data;
        Ok(())
    }

    /// Clients have to authenticate by SCRAM-SHA-256 from now on, as this user with this password; both as SASLprep leaves
    /// them, which changes no printable ASCII. Who knows another is refused with 0x87.
    #[cfg(feature = "scram")]
    pub fn authenticate_scram(&mut self, user: &str, password: &str) {
        let account = crate::scram::Account::new(user, password);
        self.script.authentication = Some(Way::Scram(account));
    }

    /// Refuses with this code at the end of each exchange, whatever the client has proved; `None`: no longer. It is that of
    /// CONNACK, and of DISCONNECT where a client authenticates again; a code that DISCONNECT has no number for is
    /// sent there as 0x87.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where a CONNACK cannot have the code, or it is no refusal.
    pub fn refuse_authentications(&mut self, reason_code: Option<ReasonCode>) -> Result<(), Error> {
        if let Some(code) = reason_code {
            refusal(code, &Packet::ConnAck(ConnAck::new(false, code)))?;
        }
        self.script.authentication_refusal = reason_code;
        Ok(())
    }

    fn scripted(&mut self) -> Result<(&mut VecDeque<Bytes>, &mut Option<Bytes>), Error> {
        match &mut self.script.authentication {
            Some(Way::Scripted {
                challenges, last, ..
            }) => Ok((challenges, last)),
            _ => {
                let reason = "no method was told that a script has";
                Err(Error::invalid("authenticate", reason))
            }
        }
    }

    /// CONNECT, as far as who it is goes. `None`: it is answered, or an exchange has begun.
    pub(super) fn identify(
        &mut self,
        now: Instant,
        connection: u64,
        connect: Connect,
    ) -> Option<Connect> {
        let named = connect
            .properties
            .get_text(PropertyId::AuthenticationMethod);
        let code = match (named, &self.script.authentication) {
            (None, None) => return Some(connect),
            (Some(named), Some(way)) if named.as_str() == way.method() => {
                let (named, properties) = (named.clone(), connect.properties.clone());
                self.exchanges += 1;
                let connect = Some(Box::new(connect));
                let exchange = Exchange::new(way, named, connect, self.exchanges);
                if let Some(it) = self.connections.get_mut(&connection) {
                    it.exchange = Some(exchange);
                }
                self.step(now, connection, None, properties);
                return None;
            }
            (Some(_), _) => ReasonCode::BadAuthenticationMethod,
            (None, Some(_)) => ReasonCode::NotAuthorized,
        };
        self.refuse(connection, &connect, code);
        None
    }

    /// The client's AUTH.
    pub(super) fn auth(&mut self, now: Instant, connection: u64, auth: Auth) {
        let Some(it) = self.connections.get_mut(&connection) else {
            return;
        };
        let named = auth.properties.get_text(PropertyId::AuthenticationMethod);
        let first = it.client.as_ref().and_then(|it| it.method.as_ref());
        let text = match (auth.reason_code, &it.exchange) {
            (ReasonCode::ContinueAuthentication, Some(under_way)) => {
                // [MQTT-4.12.0-5]
                let same = named == Some(&under_way.method);
                (!same).then_some("AUTH of another method")
            }
            (ReasonCode::ReAuthenticate, None) => match (named, first, &self.script.authentication)
            {
                (Some(named), Some(first), Some(way))
                    if named == first && way.method() == named.as_str() =>
                {
                    self.exchanges += 1;
                    let exchange = Exchange::new(way, named.clone(), None, self.exchanges);
                    it.exchange = Some(exchange);
                    None
                }
                // [MQTT-4.12.1-1]
                _ => Some("re-authentication by a method that CONNECT did not have"),
            },
            _ => Some("AUTH is not for the broker at this moment"),
        };
        match text {
            Some(text) => self.faulty(now, connection, ReasonCode::ProtocolError, text),
            None => self.step(now, connection, Some(auth.reason_code), auth.properties),
        }
    }

    /// The client's next step in its exchange.
    fn step(
        &mut self,
        now: Instant,
        connection: u64,
        code: Option<ReasonCode>,
        properties: Properties,
    ) {
        let data = properties.get_binary(PropertyId::AuthenticationData);
        let data = data.cloned();
        let mut seen = self.seen(SeenKind::Authenticating, connection);
        (seen.reason_code, seen.properties) = (code, properties);
        self.saw(seen);
        let Some(it) = self.connections.get_mut(&connection) else {
            return;
        };
        let Some(mut exchange) = it.exchange.take() else {
            return;
        };
        let data = match exchange.step(data.as_ref()) {
            Next::Challenge(data) => {
                let mut ask = auth(ReasonCode::ContinueAuthentication, &exchange.method);
                ask.properties.push(Property::AuthenticationData(data));
                it.exchange = Some(exchange);
                self.send(connection, &Packet::Auth(ask));
                return;
            }
            Next::Done(data) => match self.script.authentication_refusal {
                None => data,
                Some(code) => return self.turn_away(now, connection, exchange, code, ""),
            },
            Next::Wrong(why) => {
                let code = ReasonCode::NotAuthorized;
                return self.turn_away(now, connection, exchange, code, why);
            }
        };
        let method = exchange.method;
        match exchange.connect {
            Some(connect) => self.let_in(now, connection, *connect, Some((method, data))),
            None => {
                let mut done = auth(ReasonCode::Success, &method);
                if let Some(data) = data {
                    done.properties.push(Property::AuthenticationData(data));
                }
                self.send(connection, &Packet::Auth(done));
            }
        }
    }

    /// The client is not who it should be.
    fn turn_away(
        &mut self,
        now: Instant,
        connection: u64,
        exchange: Exchange,
        code: ReasonCode,
        why: &str,
    ) {
        if let Some(connect) = exchange.connect {
            return self.refuse_because(connection, &connect, code, why);
        }
        let client_id = self.seen(SeenKind::Refused, connection).client_id;
        let mut seen = Seen::new(SeenKind::Refused, connection, &client_id);
        (seen.reason_code, seen.detail) = (Some(code), why.to_owned());
        self.saw(seen);
        let goodbye = Packet::Disconnect(Disconnect::new(code));
        if !self.send(connection, &goodbye) {
            self.say_goodbye(connection, Disconnect::new(ReasonCode::NotAuthorized));
        }
        self.end(now, connection, true);
        self.outputs.push_back(Output::Close { connection });
    }
}

fn auth(reason_code: ReasonCode, method: &Text) -> Auth {
    let mut properties = Properties::new();
    properties.push(Property::AuthenticationMethod(method.clone()));
    Auth {
        reason_code,
        properties,
    }
}

fn binary(data: &[u8]) -> Result<Bytes, Error> {
    if data.len() > usize::from(u16::MAX) {
        let reason = format!("{} bytes; 65535 at most", data.len());
        return Err(Error::invalid("data", reason));
    }
    Ok(Bytes::copy_from_slice(data))
}
