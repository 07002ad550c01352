//! TLS as a layer over another stream, by rustls's state machine without buffers of its own: what
//! is received is decrypted here, and what is sent becomes a record here, so that the liveness
//! rules see the wire.

mod connector;
mod failure;
mod handshake;
mod pem;
mod platform;
mod session;
mod sessions;
mod verify;

use std::fmt;
use std::io;
use std::time::Duration;

use bytes::{Buf, BytesMut};

pub use connector::TlsConnector;
use handshake::State;
use session::Session;

use super::offsets::Offsets;
use super::stream::{Read, ReadKind, Stream};
use crate::error::TransportError;
use crate::proto::Progress;

#[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
compile_error!("the feature `tls` needs one of `ring` and `aws-lc-rs`");

/// The most plaintext that a record holds.
const RECORD: usize = 16 * 1024;

/// A head is written in one record with what follows, where it is not longer than this.
const SMALL: usize = 4 * 1024;

/// So much plaintext is encrypted before the stream below is asked to take it: a payload of 16 KiB
/// goes with its MQTT header, which makes two records of it. More would be a longer queue in front
/// of a PINGREQ (rule L11).
const BATCH: usize = RECORD + SMALL;

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
        let (below, session) = parts(&mut self.below, &mut self.state)?;
        shaken(session)?;
        send(below, session)?;
        let (mut head, mut tail) = (head, tail);
        let before = self.taken;
        let mut result = Ok(());
        while result.is_ok() && !(head.is_empty() && tail.is_empty()) {
            let mut batch = 0;
            while batch < BATCH && !(head.is_empty() && tail.is_empty()) {
                let room = RECORD.min(BATCH - batch);
                let record = next_record(&mut head, &mut tail, room);
                let count = record.as_ref().len();
                match session.encrypt(record.as_ref()) {
                    Ok((start, end)) => {
                        batch += count;
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
            result = send(below, session);
        }
        session.release();
        let count = (self.taken - before) as usize;
        match result {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(count),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        let (below, session) = parts(&mut self.below, &mut self.state)?;
        let sent = send(below, session);
        session.release();
        sent?;
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

/// The next of what is to be written.
enum Record<'a> {
    Slice(&'a [u8]),
    Joined(Vec<u8>),
}

impl AsRef<[u8]> for Record<'_> {
    fn as_ref(&self) -> &[u8] {
        match self {
            Record::Slice(slice) => slice,
            Record::Joined(joined) => joined,
        }
    }
}

/// Takes what goes into the next record, at most `room` bytes. A short head goes with what follows
/// it where that saves a record: it must be copied for that.
fn next_record<'a>(head: &mut &'a [u8], tail: &mut &'a [u8], room: usize) -> Record<'a> {
    if head.is_empty() {
        let (now, later) = tail.split_at(room.min(tail.len()));
        *tail = later;
        return Record::Slice(now);
    }
    let saves = (head.len() + tail.len()).div_ceil(RECORD) <= tail.len().div_ceil(RECORD);
    if !saves || head.len() > room.min(SMALL) {
        let (now, later) = head.split_at(room.min(head.len()));
        *head = later;
        return Record::Slice(now);
    }
    let (now, later) = tail.split_at((room - head.len()).min(tail.len()));
    let mut joined = Vec::with_capacity(head.len() + now.len());
    joined.extend_from_slice(head);
    joined.extend_from_slice(now);
    (*head, *tail) = (&[], later);
    Record::Joined(joined)
}

#[cfg(test)]
mod tests;
