//! rustls's state of a connection, and the bytes that it has not digested yet. No stream in it: it
//! can go to another thread while a certificate is verified.

use bytes::{Buf, BytesMut};
use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::unbuffered::{ConnectionState, EncodeError, EncryptError, UnbufferedStatus};

use super::failure::Situation;

/// The header of a record: type, version, and the length of what follows.
const HEADER: usize = 5;

/// No cipher suite adds more to a record.
const OVERHEAD: usize = 64;

/// Where the processing of what was received stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The handshake needs more of the server.
    Handshaking,
    /// All is processed; what is left is a part of a record.
    Drained,
    /// Who takes the plaintext wants no more for now.
    Full,
}

/// The state of a connection, without the stream that carries it.
pub(super) struct Session {
    connection: UnbufferedClientConnection,
    /// What was received and is not processed. Empty, it keeps no memory.
    pub(super) incoming: BytesMut,
    /// So much at the beginning of `incoming` is processed and held by rustls: whole records with
    /// a part of a handshake message.
    held: usize,
    /// Records that are not written yet. Empty, it keeps no memory.
    pub(super) outgoing: BytesMut,
    /// Plaintext that came before anybody could take it.
    pub(super) plaintext: BytesMut,
    /// Where the end of `outgoing` is on the wire.
    wire: u64,
    opening: [u8; 8],
    opened: usize,
    /// Our greeting is made.
    pub(super) begun: bool,
    /// The server has said that it sends no more.
    pub(super) peer_closed: bool,
}

impl Session {
    pub(super) fn new(connection: UnbufferedClientConnection, wire: u64) -> Self {
        Session {
            connection,
            incoming: BytesMut::new(),
            held: 0,
            outgoing: BytesMut::new(),
            plaintext: BytesMut::new(),
            wire,
            opening: [0; 8],
            opened: 0,
            begun: false,
            peer_closed: false,
        }
    }

    pub(super) fn connection(&self) -> &UnbufferedClientConnection {
        &self.connection
    }

    /// So many bytes were appended to `incoming`, in the handshake.
    pub(super) fn note_opening(&mut self, count: usize) {
        let new = &self.incoming[self.incoming.len().saturating_sub(count)..];
        let count = new.len().min(self.opening.len() - self.opened);
        self.opening[self.opened..self.opened + count].copy_from_slice(&new[..count]);
        self.opened += count;
    }

    /// What is known for an error's message.
    pub(super) fn situation(&self) -> Situation<'_> {
        Situation {
            negotiated: self.connection.protocol_version().is_some(),
            opening: &self.opening[..self.opened],
        }
    }

    /// Whether a whole record waits to be processed.
    pub(super) fn has_record(&self) -> bool {
        self.records_end() > self.held
    }

    /// Whether a part of a record waits for its rest, where no whole one waits.
    pub(super) fn has_part(&self) -> bool {
        self.incoming.len() > self.held
    }

    /// Drops what is no record of TLS, and all behind it. Says whether there was such.
    pub(super) fn cut_off_what_is_no_record(&mut self) -> bool {
        let end = self.records_end();
        let mut at = self.held;
        while at < end && is_record(&self.incoming[at..]) {
            at += length(&self.incoming[at..]).unwrap_or(HEADER);
        }
        if at == self.incoming.len() || is_record(&self.incoming[at..]) {
            return false;
        }
        self.incoming.truncate(at);
        true
    }

    /// The end of the last whole record in `incoming`.
    fn records_end(&self) -> usize {
        records(&self.incoming, self.held)
    }

    /// Processes what was received. `take` gets plaintext, and says whether it can take more of
    /// it; what it got is taken.
    pub(super) fn process(
        &mut self,
        mut take: impl FnMut(&[u8]) -> bool,
    ) -> Result<Stop, rustls::Error> {
        let end = self.records_end();
        let mut discarded = 0;
        loop {
            let UnbufferedStatus {
                mut discard, state, ..
            } = self.connection.process_tls_records(&mut self.incoming);
            let mut stop = None;
            let mut failed = None;
            match state {
                Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                    while let Some(record) = traffic.next_record() {
                        match record {
                            Ok(record) => {
                                discard += record.discard;
                                if !take(record.payload) {
                                    stop = Some(Stop::Full);
                                }
                            }
                            Err(error) => failed = Some(error),
                        }
                    }
                }
                Ok(ConnectionState::EncodeTlsData(data)) => {
                    self.wire += encode(data, &mut self.outgoing)?;
                }
                Ok(ConnectionState::TransmitTlsData(data)) => data.done(),
                Ok(ConnectionState::PeerClosed) => self.peer_closed = true,
                Ok(ConnectionState::WriteTraffic(_) | ConnectionState::Closed) => {
                    stop = Some(Stop::Drained);
                }
                Ok(_) => stop = Some(Stop::Handshaking),
                Err(error) => failed = Some(error),
            }
            let discard = discard.min(self.incoming.len());
            self.incoming.advance(discard);
            discarded += discard;
            if let Some(error) = failed {
                self.held = 0;
                return Err(error);
            }
            if let Some(stop) = stop {
                // A record with plaintext cannot lie within a handshake message.
                self.held = match stop {
                    Stop::Full => 0,
                    Stop::Handshaking | Stop::Drained => end.saturating_sub(discarded),
                };
                if self.peer_closed {
                    // "Any data received after a closure alert has been received MUST be ignored."
                    self.incoming = BytesMut::new();
                    self.held = 0;
                }
                return Ok(stop);
            }
        }
    }

    /// After an error: the alert that tells the server of it goes to `outgoing`.
    pub(super) fn last_words(&mut self) {
        // With something to send, rustls gives that, and does not look at what was received.
        while self.connection.wants_write() {
            match self.connection.process_tls_records(&mut []).state {
                Ok(ConnectionState::EncodeTlsData(data)) => {
                    if encode(data, &mut self.outgoing).is_err() {
                        return;
                    }
                }
                _ => return,
            }
        }
    }

    /// Puts a record with this into `outgoing`, at most 16 KiB, and says where it begins and ends on
    /// the wire.
    pub(super) fn encrypt(&mut self, plaintext: &[u8]) -> Result<(u64, u64), rustls::Error> {
        let before = self.outgoing.len();
        self.write(plaintext.len() + OVERHEAD, |traffic, into| {
            traffic.encrypt(plaintext, into)
        })?;
        // Ahead of it there may be an update of the keys.
        let new = &self.outgoing[before..];
        let mut start = 0;
        while let Some(length) = length(&new[start..]) {
            if start + length >= new.len() {
                break;
            }
            start += length;
        }
        Ok((self.wire - (new.len() - start) as u64, self.wire))
    }

    /// Puts a close_notify into `outgoing`.
    pub(super) fn close(&mut self) -> Result<(), rustls::Error> {
        self.write(OVERHEAD, |traffic, into| traffic.queue_close_notify(into))
    }

    fn write(
        &mut self,
        mut room: usize,
        mut encrypt: impl FnMut(
            &mut rustls::unbuffered::WriteTraffic<'_, ClientConnectionData>,
            &mut [u8],
        ) -> Result<usize, EncryptError>,
    ) -> Result<(), rustls::Error> {
        loop {
            // Only what rustls has seen: the rest would be read now.
            let seen = &mut self.incoming[..self.held];
            match self.connection.process_tls_records(seen).state? {
                ConnectionState::EncodeTlsData(data) => {
                    self.wire += encode(data, &mut self.outgoing)?;
                }
                ConnectionState::TransmitTlsData(data) => data.done(),
                ConnectionState::PeerClosed => self.peer_closed = true,
                ConnectionState::WriteTraffic(mut traffic) => {
                    let start = self.outgoing.len();
                    self.outgoing.resize(start + room, 0);
                    let written = encrypt(&mut traffic, &mut self.outgoing[start..]);
                    let count = *written.as_ref().unwrap_or(&0);
                    self.outgoing.truncate(start + count);
                    match written {
                        Ok(_) => {
                            self.wire += count as u64;
                            return Ok(());
                        }
                        // Something of rustls's own goes with it.
                        Err(EncryptError::InsufficientSize(size)) if size.required_size > room => {
                            room = size.required_size;
                        }
                        Err(error) => return Err(rustls::Error::General(error.to_string())),
                    }
                }
                _ => return Err(rustls::Error::HandshakeNotComplete),
            }
        }
    }

    /// Gives back what an idle connection does not need.
    pub(super) fn release(&mut self) {
        if self.outgoing.is_empty() {
            self.outgoing = BytesMut::new();
        }
        if self.plaintext.is_empty() {
            self.plaintext = BytesMut::new();
        }
        if self.incoming.is_empty() {
            self.incoming = BytesMut::new();
        } else if self.incoming.capacity() > 2 * self.incoming.len() + 256 {
            self.incoming = BytesMut::from(&self.incoming[..]);
        }
    }
}

/// Appends it, and says how long it is.
fn encode(
    mut data: rustls::unbuffered::EncodeTlsData<'_, ClientConnectionData>,
    outgoing: &mut BytesMut,
) -> Result<u64, rustls::Error> {
    let start = outgoing.len();
    let mut room = 1024;
    loop {
        outgoing.resize(start + room, 0);
        match data.encode(&mut outgoing[start..]) {
            Ok(count) => {
                outgoing.truncate(start + count);
                return Ok(count as u64);
            }
            Err(EncodeError::InsufficientSize(size)) if size.required_size > room => {
                room = size.required_size;
            }
            Err(error) => {
                outgoing.truncate(start);
                return Err(rustls::Error::General(error.to_string()));
            }
        }
    }
}

/// Whether a record can begin like this: its type, and the version of all records (RFC 8446, 5.1).
fn is_record(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(20..=23)) && matches!(bytes.get(1), None | Some(3))
}

/// The length of the record at the beginning, where its header is there.
fn length(bytes: &[u8]) -> Option<usize> {
    let header = bytes.get(..HEADER)?;
    Some(HEADER + usize::from(u16::from_be_bytes([header[3], header[4]])))
}

/// Where the last whole record ends, of those that begin at `start`.
fn records(bytes: &[u8], mut start: usize) -> usize {
    while let Some(length) = bytes.get(start..).and_then(length) {
        if start + length > bytes.len() {
            break;
        }
        start += length;
    }
    start
}
