//! TLS as a layer over another stream, by rustls's state machine without buffers of its own: what
//! is received is decrypted here, and what is sent becomes a record here, so that the liveness
//! rules see the wire.

mod connector;
mod failure;
mod handshake;
mod pem;
mod platform;
mod record;
mod session;
mod sessions;
mod verify;

use std::fmt;
use std::io;
use std::time::Duration;

use bytes::{Buf, BytesMut};

pub use connector::TlsConnector;
use handshake::State;
use record::{RECORD, SMALL, next_record};
use session::Session;

use super::offsets::Offsets;
use super::stream::{Read, ReadKind, Stream};
use crate::error::TransportError;
use crate::proto::Progress;

#[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
compile_error!("the feature `tls` needs one of `ring` and `aws-lc-rs`");

/// So much plaintext is encrypted before the stream below is asked to take it: a payload of 16 KiB
/// goes with its MQTT header, which makes two records of it. More would be a longer queue in front
/// of a PINGREQ (rule L11).
const BATCH: usize = RECORD + SMALL;

/// The same where the stream below takes all at once, turn after turn: a few large writes cost much
/// less than many small ones, and there nothing waits long (rule L11). With the record that reaches
/// it, it fits into one segment of the kernel, which is 64 KiB at most.
const FAST_BATCH: usize = 3 * RECORD - 2048;

/// After so many batches in succession that the stream below took whole, it is fast.
const FAST_AFTER: u8 = 16;

/// Room for a first read: a whole record and something of the next one.
const FIRST_READ: usize = RECORD + 2 * 1024;

/// Room for a read where the one before filled its own.
const NEXT_READ: usize = 64 * 1024;

/// A stream whose bytes go in TLS records over the stream `S`.
///
/// First [`handshake`](Tls::handshake) until it is complete. An idle connection keeps no buffers.
pub struct Tls<S> {
    below: S,
    state: State,
    offsets: Offsets,
    /// The stream below does not know what is acknowledged.
    unmetered: bool,
    /// How many bytes were taken.
    taken: u64,
    /// How many batches in succession the stream below took whole.
    streak: u8,
    /// What was taken since the last flush.
    turn: usize,
    /// The certificate's verification may take time.
    blocks: bool,
    /// The last read of the stream below left something there, perhaps.
    below_more: bool,
    /// A part of a record came together with the control record that was reported.
    unreported_part: bool,
    /// The stream below has ended.
    below_ended: bool,
    /// Why nothing more can be read or written.
    failed: Option<TransportError>,
    closing: Closing,
    /// After our goodbye: what the server says is not TLS any more. It is read all the same (rule
    /// L16), and dropped.
    deaf: bool,
}

impl<S: fmt::Debug> fmt::Debug for Tls<S> {
    /// Without keys and without what is sent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("below", &self.below)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

/// Where the goodbye stands.
enum Closing {
    Not,
    /// The close_notify waits for room; then the stream below is finished with this backstop.
    Waiting(Option<Duration>),
    Done,
}

impl<S: Stream> Tls<S> {
    /// The stream below.
    pub fn get_ref(&self) -> &S {
        &self.below
    }

    /// Whether the handshake resumed an earlier session. False until it is complete.
    pub fn resumed(&self) -> bool {
        let kind = self
            .session()
            .and_then(|it| it.connection().handshake_kind());
        kind == Some(rustls::HandshakeKind::Resumed)
    }

    /// The protocol that the server chose by ALPN.
    pub fn alpn(&self) -> Option<&[u8]> {
        self.session()?.connection().alpn_protocol()
    }

    /// The version that was agreed on: `TLS 1.2` or `TLS 1.3`.
    pub fn version(&self) -> Option<&'static str> {
        match self.session()?.connection().protocol_version()? {
            rustls::ProtocolVersion::TLSv1_2 => Some("TLS 1.2"),
            rustls::ProtocolVersion::TLSv1_3 => Some("TLS 1.3"),
            _ => None,
        }
    }

    fn session(&self) -> Option<&Session> {
        match &self.state {
            State::Here(session) => Some(session),
            State::Away(_) | State::Lost => None,
        }
    }

    /// The stream below has taken all for a while: what is encrypted may wait for the end of the turn.
    fn is_fast(&self) -> bool {
        self.streak >= FAST_AFTER
    }

    /// Writes what is encrypted. `WouldBlock` where something is left.
    fn send(&mut self) -> io::Result<()> {
        let (below, session) = parts(&mut self.below, &mut self.state)?;
        let whole = session.outgoing.len() >= RECORD;
        let sent = send(below, session);
        match &sent {
            Ok(()) => self.streak = self.streak.saturating_add(u8::from(whole)),
            Err(_) => self.streak = 0,
        }
        if self.streak < FAST_AFTER {
            session.release();
        }
        sent
    }

    /// Nothing more can be read or written, and nothing is said to the server.
    fn fail(&mut self, error: TransportError) -> io::Error {
        self.failed = Some(error.clone());
        error.into()
    }

    /// One read of the stream below. `None` where it brought bytes.
    fn receive(&mut self) -> io::Result<Option<Read>> {
        let (below, session) = parts(&mut self.below, &mut self.state)?;
        let room = session.incoming.capacity() - session.incoming.len();
        let wanted = if self.below_more {
            NEXT_READ
        } else {
            FIRST_READ
        };
        if room < wanted / 2 {
            session.incoming.reserve(wanted);
        }
        let room = session.incoming.capacity() - session.incoming.len();
        let read = match below.try_read(&mut session.incoming, room) {
            Ok(read) => read,
            Err(error) => {
                if error.kind() == io::ErrorKind::WouldBlock {
                    self.below_more = false;
                    session.release();
                }
                return Err(error);
            }
        };
        self.below_more = read.more;
        match read.kind {
            ReadKind::Bytes => Ok(None),
            ReadKind::Unfinished | ReadKind::Control => Ok(Some(read)),
            ReadKind::End => {
                self.below_ended = true;
                Ok(Some(Read::END))
            }
        }
    }
}

/// The stream below and the session, where no job has it.
fn parts<'a, S>(
    below: &'a mut S,
    state: &'a mut State,
) -> io::Result<(&'a mut S, &'a mut Session)> {
    match state {
        State::Here(session) => Ok((below, session)),
        State::Away(_) | State::Lost => Err(io::ErrorKind::NotConnected.into()),
    }
}

/// Nothing is read or written before the handshake is complete.
fn shaken(session: &Session) -> io::Result<()> {
    if session.connection().is_handshaking() {
        return Err(io::ErrorKind::NotConnected.into());
    }
    Ok(())
}

/// Writes what is encrypted. `WouldBlock` where something is left.
fn send<S: Stream>(below: &mut S, session: &mut Session) -> io::Result<()> {
    while !session.outgoing.is_empty() {
        let count = below.try_write(&session.outgoing, &[])?;
        session.outgoing.advance(count);
        if !session.outgoing.is_empty() {
            // No more room until the next readiness.
            return Err(io::ErrorKind::WouldBlock.into());
        }
    }
    Ok(())
}

impl<S: Stream> Stream for Tls<S> {
    fn try_read(&mut self, into: &mut BytesMut, max: usize) -> io::Result<Read> {
        if let Some(error) = &self.failed {
            return Err(error.clone().into());
        }
        let room = match into.capacity() - into.len() {
            0 => max.max(1),
            spare => max.clamp(1, spare),
        };
        let (_, session) = parts(&mut self.below, &mut self.state)?;
        shaken(session)?;
        if !session.plaintext.is_empty() {
            let count = room.min(session.plaintext.len());
            into.extend_from_slice(&session.plaintext[..count]);
            session.plaintext.advance(count);
            let more = !session.plaintext.is_empty()
                || session.has_record()
                || session.peer_closed
                || self.below_more;
            session.release();
            return Ok(Read::bytes(count, more));
        }
        if session.peer_closed || self.below_ended {
            return Ok(Read::END);
        }
        if self.deaf && !session.has_record() {
            let read = self.receive()?;
            let (_, session) = parts(&mut self.below, &mut self.state)?;
            session.incoming.clear();
            session.release();
            return Ok(read.unwrap_or(Read::empty(ReadKind::Control, self.below_more)));
        }
        if !session.has_record() {
            if std::mem::take(&mut self.unreported_part) {
                return Ok(Read::empty(ReadKind::Unfinished, self.below_more));
            }
            if let Some(read) = self.receive()? {
                return Ok(read);
            }
        }

        let (below, session) = parts(&mut self.below, &mut self.state)?;
        // Mosquitto 2.1 answers the Close of a WebSocket beside TLS. rustls would send an alert for
        // it, and asserts that there was no close_notify before.
        if !matches!(self.closing, Closing::Not) && session.cut_off_what_is_no_record() {
            self.deaf = true;
        }
        let whole = session.has_record();
        let mut rest = BytesMut::new();
        let mut count = 0;
        let processed = session.process(|plaintext| {
            let fits = plaintext.len().min(room - count);
            into.extend_from_slice(&plaintext[..fits]);
            rest.extend_from_slice(&plaintext[fits..]);
            count += fits;
            count < room
        });
        session.plaintext = rest;
        if let Err(error) = processed {
            let error = failure::describe(&error, session.situation());
            let error = self.fail(error);
            // What came before is given first.
            return if count > 0 {
                Ok(Read::bytes(count, true))
            } else {
                Err(error)
            };
        }
        if !session.outgoing.is_empty() {
            // An answer of rustls's own, if there is room; else with the next write.
            let _ = send(below, session);
        }
        let waits = !session.plaintext.is_empty() || session.has_record() || session.peer_closed;
        let part = session.has_part();
        let ended = session.peer_closed;
        if !self.below_more && !session.has_record() {
            session.release();
        }
        let more = waits || self.below_more;
        Ok(if count > 0 {
            Read::bytes(count, more)
        } else if ended {
            Read::END
        } else if whole {
            self.unreported_part = part;
            Read::empty(ReadKind::Control, more || part)
        } else {
            Read::empty(ReadKind::Unfinished, more)
        })
    }

    fn look_again(&mut self) {
        self.below.look_again();
    }

    fn try_write(&mut self, head: &[u8], tail: &[u8]) -> io::Result<usize> {
        if let Some(error) = &self.failed {
            return Err(error.clone().into());
        }
        let (_, session) = parts(&mut self.below, &mut self.state)?;
        shaken(session)?;
        if !self.is_fast() {
            self.send()?;
        }
        let (mut head, mut tail) = (head, tail);
        let before = self.taken;
        let mut result = Ok(());
        while result.is_ok() && !(head.is_empty() && tail.is_empty()) {
            let fast = self.is_fast();
            let batch = if fast { FAST_BATCH } else { BATCH };
            let (_, session) = parts(&mut self.below, &mut self.state)?;
            if fast && session.outgoing.is_empty() {
                session.outgoing.reserve(FAST_BATCH + RECORD);
            }
            while session.outgoing.len() < batch && !(head.is_empty() && tail.is_empty()) {
                let room = if fast {
                    RECORD
                } else {
                    RECORD.min(batch - session.outgoing.len())
                };
                let record = next_record(&mut head, &mut tail, room);
                let count = record.as_ref().len();
                match session.encrypt(record.as_ref()) {
                    Ok((start, end)) => {
                        self.taken += count as u64;
                        if !self.unmetered {
                            self.offsets.push(self.taken, start, end);
                        }
                    }
                    Err(error) => {
                        let error = failure::describe(&error, session.situation());
                        return Err(self.fail(error));
                    }
                }
            }
            if !fast || session.outgoing.len() >= batch {
                result = self.send();
            }
        }
        let count = (self.taken - before) as usize;
        self.turn += count;
        match result {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(count),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send()?;
        if (1..RECORD).contains(&std::mem::take(&mut self.turn)) {
            // What was fast long ago need not be now. And who is idle keeps no buffer: the next
            // PINGREQ comes here at the latest.
            self.streak = 0;
            let (_, session) = parts(&mut self.below, &mut self.state)?;
            session.release();
        }
        if let Closing::Waiting(backstop) = self.closing {
            self.closing = Closing::Done;
            self.below.finish(backstop);
        }
        self.below.flush()
    }

    fn progress(&mut self) -> Option<Progress> {
        match self.below.progress() {
            Some(below) => Some(self.offsets.translate(below)),
            None => {
                // Nobody will ask again what is where.
                self.unmetered = true;
                self.offsets = Offsets::new();
                None
            }
        }
    }

    fn acknowledge_now(&mut self) {
        self.below.acknowledge_now();
    }

    fn has_local_address(&self) -> bool {
        self.below.has_local_address()
    }

    fn established(&mut self) {
        self.below.established();
    }

    fn finish(&mut self, backstop: Option<Duration>) {
        if !matches!(self.closing, Closing::Not) {
            return;
        }
        let said = match (&self.failed, &mut self.state) {
            (None, State::Here(session)) => session.close().is_ok(),
            _ => false,
        };
        if said {
            self.closing = Closing::Waiting(backstop);
            // Where there is no room, the next flush goes on.
            let _ = self.flush();
        } else {
            self.closing = Closing::Done;
            self.below.finish(backstop);
        }
    }

    fn abort(self) {
        self.below.abort();
    }
}

#[cfg(test)]
mod tests;
