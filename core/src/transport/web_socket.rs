//! WebSocket (RFC 6455, section 6 of MQTT) as a layer over another stream.
//!
//! tungstenite has the frames' headers and the upgrade's key; the payload never goes through it. Its
//! own reader holds a frame back until it is whole, while a part of one is evidence of life (rule
//! L3) and belongs to the reader at once, and its writer copies before it masks.
//!
//! Reading: what the stream below brings goes straight into the reader's buffer, and the frames'
//! headers are taken out where they lie. Nothing is held back, so nothing is kept here but a
//! header or a control frame that is not whole.
//!
//! Writing: each `try_write` makes one frame of what it is given, at most 64 KiB, masked in one
//! pass into the one buffer that there is. Frames end where packets end (see [`cut`]).

mod answer;
mod cut;
mod incoming;
mod mask;
mod outgoing;
mod request;
mod text;
mod upgrade;

use std::io::{self, ErrorKind};
use std::time::Duration;

use bytes::BytesMut;
use tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};

use super::{Handshake, Offsets, Read, ReadKind, Stream};
use crate::error::{TransportError, TransportErrorKind};
use crate::proto::Progress;
use cut::Cut;
use incoming::{Fault, Incoming};
use mask::Masks;
use outgoing::Outgoing;
use upgrade::Upgrade;

pub use request::UpgradeRequest;

/// What one read may bring after one that brought mostly frames without payload. The driver
/// counts what the reader gets, so that a flood of them must be bounded here (rule L20).
const SPARSE_READ: usize = 4 * 1024;

/// The length of a PINGREQ. No other packet that follows CONNECT is as short, but DISCONNECT.
const PINGREQ: usize = 2;

/// A WebSocket over `S`, as a client. After [`new`](Self::new) comes
/// [`handshake`](Self::handshake) until it is complete, and then the use as a [`Stream`].
#[derive(Debug)]
pub struct WebSocket<S> {
    stream: S,
    /// Until it is complete.
    upgrade: Option<Box<Upgrade>>,
    /// What came behind the upgrade's answer, until it is read.
    early: BytesMut,
    incoming: Incoming,
    outgoing: Outgoing,
    masks: Masks,
    cut: Cut,
    offsets: Offsets,
    /// Bytes of the MQTT stream that were put into frames.
    written: u64,
    /// The last read brought mostly what is not for the reader.
    sparse: bool,
    /// Our Close frame is sent or in the buffer: nothing follows it.
    closed: bool,
    finish: Finish,
    /// Why the WebSocket is over, which the reader hears once it has what came before.
    fault: Option<Box<TransportError>>,
}

#[derive(Clone, Copy, Debug)]
enum Finish {
    No,
    /// Once everything is sent.
    Due(Option<Duration>),
    Done,
}

impl<S: Stream> WebSocket<S> {
    /// Begins an upgrade on a stream that has taken `written_before` bytes since it was opened, as
    /// it counts them in its [`progress`](Stream::progress).
    ///
    /// # Errors
    /// The system gives no random bytes.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "a request is for one connection"
    )]
    pub fn new(
        stream: S,
        written_before: u64,
        request: UpgradeRequest,
    ) -> Result<Self, TransportError> {
        let mut masks = Masks::new();
        let key = data_encoding::BASE64.encode(&masks.take::<16>()?);
        let mut outgoing = Outgoing::new(written_before);
        outgoing.push(&request.with_key(&key));
        Ok(WebSocket {
            stream,
            upgrade: Some(Box::new(Upgrade::new(&key))),
            early: BytesMut::new(),
            incoming: Incoming::new(),
            outgoing,
            masks,
            cut: Cut::default(),
            offsets: Offsets::new(),
            written: 0,
            sparse: false,
            closed: false,
            finish: Finish::No,
            fault: None,
        })
    }

    /// The stream below.
    pub fn get_ref(&self) -> &S {
        &self.stream
    }

    /// Goes on with the upgrade as far as it can be now.
    ///
    /// # Errors
    /// The server refuses ([`TransportErrorKind::UpgradeRefused`], with its status), breaks the
    /// protocol ([`TransportErrorKind::WebSocketProtocol`]), or has closed the connection
    /// ([`TransportErrorKind::Closed`]); else what the stream below reports.
    pub fn handshake(&mut self) -> Result<Handshake, TransportError> {
        let Some(upgrade) = &mut self.upgrade else {
            return Ok(Handshake::Complete);
        };
        // Where it cannot be sent, the server may have said why: what it said is read first.
        let sent = self.outgoing.send(&mut self.stream);
        let flushed = sent.and_then(|_| self.stream.flush());
        if let Some(early) = upgrade.read(&mut self.stream)? {
            self.early = early;
            self.upgrade = None;
            self.outgoing.shrink();
            return Ok(Handshake::Complete);
        }
        let blocked = match flushed {
            Ok(()) => !self.outgoing.is_empty(),
            Err(error) if error.kind() == ErrorKind::WouldBlock => true,
            Err(error) => return Err(error.into()),
        };
        Ok(Handshake::Waiting { blocked })
    }

    /// Memory that is allocated now, in bytes.
    #[cfg(test)]
    fn kept(&self) -> usize {
        self.early.capacity() + self.outgoing.capacity() + self.incoming.capacity()
    }

    /// Puts the answer to the newest ping into the buffer, where one is due.
    fn push_pong(&mut self) -> io::Result<()> {
        if let Some(payload) = self.incoming.ping().filter(|_| !self.closed) {
            let (opcode, mask) = (OpCode::Control(Control::Pong), self.masks.take()?);
            self.outgoing.push_frame(opcode, mask, payload, &[]);
        }
        Ok(())
    }

    /// Puts our Close frame into the buffer, unless it was there.
    fn push_close(&mut self, code: Option<u16>) -> io::Result<()> {
        if std::mem::replace(&mut self.closed, true) {
            return Ok(());
        }
        let (opcode, mask) = (OpCode::Control(Control::Close), self.masks.take()?);
        let code = code.map(u16::to_be_bytes);
        let payload = code.as_ref().map_or(&[][..], |code| code);
        self.outgoing.push_frame(opcode, mask, payload, &[]);
        Ok(())
    }

    /// The server has closed the WebSocket, or broke its rules. It is told once, as far as there
    /// is room: nobody waits for that.
    fn fail(&mut self, fault: Fault) {
        if self.push_close(fault.answer).is_ok() && self.outgoing.send(&mut self.stream).is_ok() {
            let _ = self.stream.flush();
        }
        self.fault = Some(Box::new(fault.error));
    }

    /// What a reader hears at the end: the server's Close frame after ours is the end of a
    /// goodbye, and no fault.
    fn end(&self, fault: &TransportError) -> io::Result<Read> {
        if matches!(self.finish, Finish::No) || fault.kind != TransportErrorKind::WebSocketClosed {
            return Err(fault.clone().into());
        }
        Ok(Read::END)
    }

    /// Sends what is there, and then, where it is due, the stream below ends.
    fn go_on(&mut self) -> io::Result<()> {
        let mut sent = self.outgoing.send(&mut self.stream);
        if sent.is_ok() && self.outgoing.is_empty() && self.incoming.ping().is_some() {
            self.push_pong()?;
            self.incoming.answered();
            sent = self.outgoing.send(&mut self.stream);
        }
        if let Finish::Due(backstop) = self.finish
            && (sent.is_err() || self.outgoing.is_empty())
        {
            self.finish = Finish::Done;
            self.stream.finish(backstop);
        }
        sent?;
        self.stream.flush()?;
        if self.outgoing.is_empty() {
            Ok(())
        } else {
            Err(ErrorKind::WouldBlock.into())
        }
    }
}

impl<S: Stream> Stream for WebSocket<S> {
    /// Headers and control frames of many frames cost no further read. What is brought by one call
    /// may be less than the stream below brought, and nothing where that was no payload.
    fn try_read(&mut self, into: &mut BytesMut, max: usize) -> io::Result<Read> {
        if let Some(fault) = &self.fault {
            return self.end(fault);
        }
        let from = into.len();
        let (brought, more) = if self.early.is_empty() {
            let max = if self.sparse {
                max.min(SPARSE_READ)
            } else {
                max
            };
            let read = self.stream.try_read(into, max)?;
            if read.kind != ReadKind::Bytes {
                return Ok(read);
            }
            (read.count, read.more)
        } else {
            let room = match into.capacity() - from {
                0 => usize::MAX,
                room => room,
            };
            let count = self.early.len().min(max.max(1)).min(room);
            into.extend_from_slice(&self.early.split_to(count));
            if self.early.is_empty() {
                self.early = BytesMut::new();
            }
            // What the stream below has was not looked at.
            (count, true)
        };
        if let Err(fault) = self.incoming.strip(into, from) {
            self.fail(fault);
        }
        let count = into.len() - from;
        self.sparse = count < brought / 2;
        match &self.fault {
            Some(_) if count > 0 => Ok(Read::bytes(count, true)),
            Some(fault) => self.end(fault),
            None if count > 0 => Ok(Read::bytes(count, more)),
            None => Ok(Read::empty(ReadKind::Control, more)),
        }
    }

    fn look_again(&mut self) {
        self.stream.look_again();
    }

    /// Makes one frame of what is given, as much as is allowed, once the one before is sent.
    fn try_write(&mut self, head: &[u8], tail: &[u8]) -> io::Result<usize> {
        if let Some(fault) = &self.fault {
            return Err(TransportError::clone(fault).into());
        }
        if self.closed {
            return Err(ErrorKind::BrokenPipe.into());
        }
        if head.is_empty() && tail.is_empty() {
            return Ok(0);
        }
        self.outgoing.send(&mut self.stream)?;
        if !self.outgoing.is_empty() {
            return Err(ErrorKind::WouldBlock.into());
        }
        let (count, cut) = self.cut.next(head, tail);
        if count <= PINGREQ {
            // Who has to ping is idle, or stuck: either way no time for a large buffer.
            self.outgoing.shrink();
        }
        self.push_pong()?;
        let head = &head[..head.len().min(count)];
        let tail = &tail[..count - head.len()];
        let start = self.outgoing.end();
        let mask = self.masks.take()?;
        self.outgoing
            .push_frame(OpCode::Data(Data::Binary), mask, head, tail);
        if !self.outgoing.send(&mut self.stream)? {
            // Of what is not begun, the order can still be changed: a PINGREQ goes first (rule L5).
            self.outgoing.take_back();
            return Err(ErrorKind::WouldBlock.into());
        }
        self.incoming.answered();
        self.cut = cut;
        self.written += count as u64;
        self.offsets.push(self.written, start, self.outgoing.end());
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.go_on()
    }

    fn progress(&mut self) -> Option<Progress> {
        let below = self.stream.progress()?;
        Some(self.offsets.translate(below))
    }

    fn acknowledge_now(&mut self) {
        self.stream.acknowledge_now();
    }

    fn has_local_address(&self) -> bool {
        self.stream.has_local_address()
    }

    fn established(&mut self) {
        self.stream.established();
    }

    fn finish(&mut self, backstop: Option<Duration>) {
        if !matches!(self.finish, Finish::No) {
            return;
        }
        self.finish = Finish::Due(backstop);
        // What fails here, a read will say.
        let _ = self.push_close(Some(CloseCode::Normal.into()));
        let _ = self.go_on();
    }

    fn abort(self) {
        self.stream.abort();
    }
}

#[cfg(test)]
mod tests;
