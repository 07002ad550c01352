//! How TLS begins.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::UnbufferedClientConnection;
use rustls::pki_types::ServerName;

use super::session::{Session, Stop};
use super::{Closing, Tls, TlsConnector, failure, parts, send};
use crate::error::{TransportError, TransportErrorKind as Kind};
use crate::transport::handshake::{Handshake, Job};
use crate::transport::offsets::Offsets;
use crate::transport::stream::{ReadKind, Stream};

/// Where the session is.
pub(super) enum State {
    /// Here.
    Here(Box<Session>),
    /// With a job, which puts it back when it is done.
    Away(Arc<Slot>),
    /// Nowhere: the job was dropped without having run, or has panicked.
    Lost,
}

/// Where a job puts the session, and how the processing went.
pub(super) type Slot = Mutex<Option<(Box<Session>, Result<Stop, rustls::Error>)>>;

impl<S: Stream> Tls<S> {
    /// A connection to `host` over this stream, to which `written_before` bytes were written
    /// already, by others. Nothing is sent yet.
    ///
    /// # Errors
    /// The host is no name that a certificate can have.
    pub fn new(
        stream: S,
        written_before: u64,
        connector: &TlsConnector,
        host: &str,
    ) -> Result<Self, TransportError> {
        let name = match &connector.server_name {
            Some(name) => name.clone(),
            None => server_name(host)?,
        };
        let connection = UnbufferedClientConnection::new(connector.config.clone(), name)
            .map_err(|error| failure::describe(&error, failure::Situation::default()))?;
        Ok(Tls {
            below: stream,
            state: State::Here(Box::new(Session::new(connection, written_before))),
            offsets: Offsets::new(),
            unmetered: false,
            taken: 0,
            blocks: connector.blocks,
            below_more: false,
            unreported_part: false,
            below_ended: false,
            failed: None,
            streak: 0,
            turn: 0,
            closing: Closing::Not,
            deaf: false,
        })
    }

    /// Does what can be done now. Where the certificate's verification may take time, it is a job
    /// ([`Handshake::Elsewhere`]); until it has ended, this says [`Handshake::Waiting`].
    ///
    /// # Errors
    /// The certificate was refused, the server has refused, its bytes are no TLS, the stream below
    /// failed or ended, or a job was dropped without having run. The handshake is over then.
    pub fn handshake(&mut self) -> Result<Handshake, TransportError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let result = self.go_on();
        if let Err(error) = &result {
            self.failed = Some(error.clone());
        }
        result
    }

    fn go_on(&mut self) -> Result<Handshake, TransportError> {
        if let State::Away(slot) = &self.state {
            // In this order: who alone holds the slot gets what was put into it before.
            let alone = Arc::strong_count(slot) == 1;
            let back = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
            match back {
                Some((session, processed)) => {
                    self.state = State::Here(session);
                    if let Some(done) = self.judge(processed)? {
                        return Ok(done);
                    }
                }
                None if alone => {
                    self.state = State::Lost;
                    return Err(TransportError::new(
                        "the verification of the server's certificate did not come to its end",
                    ));
                }
                None => return Ok(Handshake::Waiting { blocked: false }),
            }
        }
        loop {
            let (below, session) = parts(&mut self.below, &mut self.state)?;
            if !session.begun {
                session.begun = true;
                let processed = session.process(|_| true);
                if let Some(done) = self.judge(processed)? {
                    return Ok(done);
                }
                continue;
            }
            if !session.connection().is_handshaking() {
                return Ok(Handshake::Complete);
            }
            let blocked = match send(below, session) {
                Ok(()) => false,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => true,
                Err(error) => return Err(error.into()),
            };
            let before = session.incoming.len();
            match self.receive() {
                Ok(None) => {}
                Ok(Some(read)) if read.kind == ReadKind::End => {
                    let (_, session) = parts(&mut self.below, &mut self.state)?;
                    return Err(failure::closed(session.situation()));
                }
                Ok(Some(_)) => continue,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    return Ok(Handshake::Waiting { blocked });
                }
                Err(error) => return Err(error.into()),
            }
            let (_, session) = parts(&mut self.below, &mut self.state)?;
            session.note_opening(session.incoming.len() - before);
            if self.blocks && session.has_record() {
                return self.send_away();
            }
            let processed = process(session);
            if let Some(done) = self.judge(processed)? {
                return Ok(done);
            }
        }
    }

    /// What came of processing.
    fn judge(
        &mut self,
        processed: Result<Stop, rustls::Error>,
    ) -> Result<Option<Handshake>, TransportError> {
        let (below, session) = parts(&mut self.below, &mut self.state)?;
        match processed {
            Ok(Stop::Handshaking) => Ok(None),
            Ok(Stop::Drained | Stop::Full) => {
                // What there is no room for goes with the first write.
                match send(below, session) {
                    Err(error) if error.kind() != std::io::ErrorKind::WouldBlock => {
                        return Err(error.into());
                    }
                    _ => {}
                }
                session.release();
                Ok(Some(Handshake::Complete))
            }
            Err(error) => {
                let described = failure::describe(&error, session.situation());
                // So that the server's log says it, too. Nobody waits for it.
                session.last_words();
                let _ = send(below, session);
                Err(described)
            }
        }
    }

    /// What was received is processed on another thread.
    fn send_away(&mut self) -> Result<Handshake, TransportError> {
        let slot = Arc::new(Slot::default());
        let away = State::Away(slot.clone());
        match std::mem::replace(&mut self.state, away) {
            State::Here(mut session) => Ok(Handshake::Elsewhere(Job::new(move || {
                let processed = process(&mut session);
                let done = Some((session, processed));
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = done;
            }))),
            other => {
                self.state = other;
                Err(TransportError::new("the handshake is under way elsewhere"))
            }
        }
    }
}

/// Processes what was received; what the server says right behind its handshake waits.
fn process(session: &mut Session) -> Result<Stop, rustls::Error> {
    let mut early = std::mem::take(&mut session.plaintext);
    let processed = session.process(|plaintext| {
        early.extend_from_slice(plaintext);
        true
    });
    session.plaintext = early;
    processed
}

/// The host without the brackets of an IPv6 address, its interface, and the dot of a full name.
fn server_name(host: &str) -> Result<ServerName<'static>, TransportError> {
    let inner = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    let address = inner.split_once('%').map_or(inner, |(address, _)| address);
    if let Ok(address) = address.parse::<IpAddr>() {
        return Ok(ServerName::from(address));
    }
    let name = inner.strip_suffix('.').unwrap_or(inner);
    ServerName::try_from(name.to_owned()).map_err(|_| {
        TransportError::of(
            Kind::WrongHost,
            format!(
                "no certificate can be for {host}, which is neither a DNS name nor an IP address; \
                 tls_server_name can name another"
            ),
        )
    })
}
