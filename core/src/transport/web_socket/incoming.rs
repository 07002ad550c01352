//! Frames of the server, taken apart where they lie.

use std::io::Cursor;

use bytes::BytesMut;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};

use super::text::{clean, meaning};
use crate::error::{TransportError, TransportErrorKind};

/// The payload of a data frame: the largest MQTT packet, as a server may put each one into a frame
/// of its own. It goes to the reader as it comes, so that this is no measure of memory; how large a
/// packet may be is the codec's business.
pub(super) const MAX_DATA: u64 = 5 + 268_435_455;

/// The payload of a control frame (RFC 6455, section 5.5).
const MAX_CONTROL: u64 = 125;

/// The header of a frame; a server's, which has no mask, takes 10.
const MAX_HEADER: usize = 14;

/// The end of the WebSocket: what the reader is told, once it has what came before.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) error: TransportError,
    /// What the server is told: the payload of a Close frame.
    pub(super) answer: Option<u16>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Header,
    Data { left: u64 },
    Control { kind: Control, left: usize },
}

/// Where the server's bytes stand.
#[derive(Debug)]
pub(super) struct Incoming {
    state: State,
    /// A message has begun, and its last fragment has not.
    fragmented: bool,
    /// The part of a header that came, where it is not whole.
    header: [u8; MAX_HEADER],
    header_len: usize,
    /// The part of a control frame's payload that came.
    control: Vec<u8>,
    /// The newest ping that was not answered.
    ping: Vec<u8>,
    pinged: bool,
}

impl Incoming {
    pub(super) const fn new() -> Self {
        Incoming {
            state: State::Header,
            fragmented: false,
            header: [0; MAX_HEADER],
            header_len: 0,
            control: Vec::new(),
            ping: Vec::new(),
            pinged: false,
        }
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.control.capacity() + self.ping.capacity()
    }

    /// The payload of the ping that is to be answered.
    pub(super) fn ping(&self) -> Option<&[u8]> {
        self.pinged.then_some(&*self.ping)
    }

    /// It was answered.
    pub(super) fn answered(&mut self) {
        self.pinged = false;
    }

    /// The server's bytes stand in `buffer` from `from` on. Leaves only the payload of its data
    /// frames there.
    ///
    /// # Errors
    /// The end of the WebSocket; what stands before it in the buffer is the reader's all the same.
    pub(super) fn strip(&mut self, buffer: &mut BytesMut, from: usize) -> Result<(), Fault> {
        // Read up to here, and kept up to there.
        let (mut read, mut kept) = (from, from);
        let outcome = loop {
            let there = buffer.len() - read;
            match &mut self.state {
                State::Data { left } => {
                    let count = usize::try_from(*left).map_or(there, |left| left.min(there));
                    if read != kept {
                        buffer.copy_within(read..read + count, kept);
                    }
                    (read, kept) = (read + count, kept + count);
                    *left -= count as u64;
                    if *left > 0 {
                        break Ok(());
                    }
                    self.state = State::Header;
                }
                State::Control { kind, left } => {
                    let (kind, count) = (*kind, (*left).min(there));
                    *left -= count;
                    let whole = *left == 0;
                    self.control.extend_from_slice(&buffer[read..read + count]);
                    read += count;
                    if !whole {
                        break Ok(());
                    }
                    self.state = State::Header;
                    if let Err(fault) = self.handle_control(kind) {
                        break Err(fault);
                    }
                }
                State::Header if there == 0 => break Ok(()),
                State::Header => match self.parse(&buffer[read..]) {
                    Ok(count) => read += count,
                    Err(fault) => break Err(fault),
                },
            }
        };
        buffer.truncate(kept);
        outcome
    }

    /// Takes a header, or what there is of it, from the front of `bytes`; says how many they were.
    fn parse(&mut self, bytes: &[u8]) -> Result<usize, Fault> {
        let earlier = self.header_len;
        let (taken, parsed) = if earlier == 0 {
            // As a rule it is whole.
            let mut cursor = Cursor::new(bytes);
            let parsed = FrameHeader::parse(&mut cursor);
            let taken = usize::try_from(cursor.position()).unwrap_or(bytes.len());
            (taken, parsed)
        } else {
            let count = bytes.len().min(MAX_HEADER - earlier);
            self.header[earlier..earlier + count].copy_from_slice(&bytes[..count]);
            let mut cursor = Cursor::new(&self.header[..earlier + count]);
            let parsed = FrameHeader::parse(&mut cursor);
            let end = usize::try_from(cursor.position()).unwrap_or(count);
            (end.saturating_sub(earlier), parsed)
        };
        match parsed {
            Ok(Some((header, length))) => {
                self.header_len = 0;
                self.begin(&header, length)?;
                Ok(taken)
            }
            Ok(None) => {
                let count = bytes.len().min(MAX_HEADER - earlier);
                self.header[earlier..earlier + count].copy_from_slice(&bytes[..count]);
                self.header_len = earlier + count;
                Ok(count)
            }
            Err(_) => Err(violation("a frame with a reserved opcode")),
        }
    }

    fn begin(&mut self, header: &FrameHeader, length: u64) -> Result<(), Fault> {
        if header.rsv1 || header.rsv2 || header.rsv3 {
            return Err(violation(
                "a frame with a bit of an extension that was not offered",
            ));
        }
        if header.mask.is_some() {
            return Err(violation("a masked frame, which only clients send"));
        }
        match header.opcode {
            OpCode::Control(kind) => {
                if !header.is_final {
                    return Err(violation("a control frame in fragments"));
                }
                let left = usize::try_from(length.min(MAX_CONTROL + 1)).unwrap_or(usize::MAX);
                if length > MAX_CONTROL {
                    return Err(violation("a control frame of more than 125 bytes"));
                }
                self.control.clear();
                self.state = State::Control { kind, left };
                return Ok(());
            }
            OpCode::Data(Data::Binary) if self.fragmented => {
                return Err(violation("a new message within the fragments of another"));
            }
            OpCode::Data(Data::Continue) if !self.fragmented => {
                return Err(violation("a further fragment of no message"));
            }
            OpCode::Data(Data::Binary | Data::Continue) => {}
            OpCode::Data(_) => {
                return Err(Fault::new(
                    CloseCode::Unsupported,
                    "the server sent a text frame; MQTT is in binary frames [MQTT-6.0.0-1]",
                ));
            }
        }
        if length > MAX_DATA {
            return Err(Fault::new(
                CloseCode::Size,
                "the server sent a frame larger than the largest MQTT packet",
            ));
        }
        self.fragmented = !header.is_final;
        self.state = State::Data { left: length };
        Ok(())
    }

    /// A control frame is whole.
    fn handle_control(&mut self, kind: Control) -> Result<(), Fault> {
        match kind {
            Control::Ping => {
                // Only the newest is answered (RFC 6455, section 5.5.3), however many come.
                std::mem::swap(&mut self.ping, &mut self.control);
                self.pinged = true;
                Ok(())
            }
            Control::Close => Err(closed(&self.control)),
            Control::Pong | Control::Reserved(_) => Ok(()),
        }
    }
}

impl Fault {
    fn new(code: CloseCode, message: impl Into<String>) -> Self {
        Fault {
            error: TransportError::of(TransportErrorKind::WebSocketProtocol, message),
            answer: Some(code.into()),
        }
    }
}

fn violation(what: &str) -> Fault {
    Fault::new(CloseCode::Protocol, format!("the server sent {what}"))
}

/// The server's Close frame.
fn closed(payload: &[u8]) -> Fault {
    let closed = |message| TransportError::of(TransportErrorKind::WebSocketClosed, message);
    let (code, reason) = match payload {
        [] => {
            return Fault {
                error: closed("the server closed the WebSocket without a code".to_owned()),
                answer: None,
            };
        }
        [_] => return violation("a Close frame with half a code"),
        [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
    };
    // IANA has added 1014 since.
    if !CloseCode::from(code).is_allowed() && code != 1014 {
        return violation(&format!(
            "a Close frame with code {code}, which has no meaning"
        ));
    }
    let Ok(reason) = std::str::from_utf8(reason) else {
        return Fault::new(
            CloseCode::Invalid,
            "the server sent a Close frame whose reason is not UTF-8",
        );
    };
    let message = match clean(reason) {
        empty if empty.is_empty() => meaning(code),
        reason => reason,
    };
    Fault {
        error: closed(message).with_status(code),
        answer: Some(code),
    }
}
