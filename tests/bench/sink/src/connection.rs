//! One client's connection: reads all there is, answers in one write, and pumps its flood while the socket takes it.

use std::io;

use crate::flood::Flood;
use crate::frames::{self, Incoming};
use crate::packet::{self, Packet};
use crate::wire::Wire;

/// Bytes read at once, shared by all connections: an idle one owns almost nothing.
pub(crate) const SCRATCH: usize = 256 * 1024;

const PUBACK: u8 = 0x40;
const PUBREC: u8 = 0x50;
const PUBREL: u8 = 0x62;
const PUBCOMP: u8 = 0x70;
const SUBACK: u8 = 0x90;
const UNSUBACK: u8 = 0xb0;
const PINGRESP: [u8; 2] = [0xd0, 0];
const ECHO: &[u8] = b"echo";

/// Whether a connection goes on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Until the socket is ready again.
    Wait,
    /// The client has gone.
    Close,
}

/// A client's connection.
pub(crate) struct Connection {
    wire: Wire,
    /// Where MQTT comes in frames of WebSocket.
    incoming: Option<Incoming>,
    /// The start of a packet whose end has not come.
    partial: Vec<u8>,
    session: Session,
    /// How much of the session's output is written.
    written: usize,
}

/// What the packets change; apart from the socket so that it can be borrowed beside the read buffer.
#[derive(Debug, Default)]
struct Session {
    level: u8,
    /// Each packet goes out in a frame of WebSocket.
    framed: bool,
    out: Vec<u8>,
    flood: Option<Flood>,
    echo_id: u16,
    disconnected: bool,
}

impl Connection {
    /// A connection just accepted.
    pub(crate) fn new(wire: Wire, framed: bool) -> Connection {
        Connection {
            wire,
            incoming: framed.then(|| Incoming::Request(Vec::new())),
            partial: Vec::new(),
            session: Session {
                framed,
                ..Session::default()
            },
            written: 0,
        }
    }

    /// The socket may be readable or writable: do what can be done.
    pub(crate) fn ready(&mut self, scratch: &mut Vec<u8>) -> io::Result<Next> {
        let open = self.read_all(scratch)?;
        self.pump()?;
        if open && !self.session.disconnected {
            return Ok(Next::Wait);
        }
        self.wire.finish();
        Ok(Next::Close)
    }

    /// Reads until the socket is empty, and answers batch by batch; false at the end of the stream.
    fn read_all(&mut self, scratch: &mut Vec<u8>) -> io::Result<bool> {
        loop {
            let kept = self.partial.len();
            if scratch.len() < kept + SCRATCH {
                scratch.resize(kept + SCRATCH, 0);
            }
            scratch[..kept].copy_from_slice(&self.partial);
            let brought = match self.wire.read(&mut scratch[kept..]) {
                Ok(brought) if brought.count == 0 => return Ok(false),
                Ok(brought) => brought,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(false),
                Err(error) => return Err(error),
            };
            let new = &mut scratch[kept..kept + brought.count];
            let count = match &mut self.incoming {
                None => new.len(),
                Some(incoming) => unframe(incoming, new, &mut self.session)?,
            };
            let filled = &scratch[..kept + count];
            let used = self.session.take_all(filled)?;
            self.partial.clear();
            self.partial.extend_from_slice(&filled[used..]);
            self.pump()?;
            if brought.drained {
                return Ok(true);
            }
        }
    }

    /// Writes what waits, and the flood as long as the socket takes it.
    fn pump(&mut self) -> io::Result<()> {
        match self.wire.flush() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            other => other?,
        }
        loop {
            let session = &mut self.session;
            if self.written == session.out.len() {
                session.out.clear();
                self.written = 0;
                if let Some(flood) = &mut session.flood {
                    flood.fill(&mut session.out);
                }
                if session.out.is_empty() {
                    return Ok(());
                }
            }
            match self.wire.write(&session.out[self.written..]) {
                Ok(count) => self.written += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
                    ) =>
                {
                    session.disconnected = true;
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// MQTT's part of what came: it is at the front of `bytes` then, and as long as this returns.
fn unframe(incoming: &mut Incoming, bytes: &mut [u8], session: &mut Session) -> io::Result<usize> {
    match incoming {
        Incoming::Frames(unframer) => {
            let count = unframer.unframe(bytes)?;
            session.disconnected |= unframer.closed;
            Ok(count)
        }
        Incoming::Request(head) => {
            head.extend_from_slice(bytes);
            if !head.ends_with(b"\r\n\r\n") {
                return Ok(0);
            }
            // No client sends a frame before it has the answer.
            session.out.extend_from_slice(&frames::accept(head)?);
            *incoming = Incoming::Frames(Default::default());
            Ok(0)
        }
    }
}

impl Session {
    /// Appends a packet to what goes out.
    fn say(&mut self, packet: impl FnOnce(&mut Vec<u8>)) {
        if self.framed {
            frames::frame(&mut self.out, packet);
        } else {
            packet(&mut self.out);
        }
    }

    /// Takes every whole packet; returns how many bytes they were.
    fn take_all(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut used = 0;
        while let Some((packet, length)) = packet::decode(&bytes[used..])? {
            self.take(packet)?;
            used += length;
        }
        Ok(used)
    }

    fn take(&mut self, packet: Packet<'_>) -> io::Result<()> {
        match packet {
            Packet::Publish {
                qos,
                topic,
                id,
                rest,
            } => {
                match qos {
                    0 => {}
                    1 => self.say(|out| packet::acknowledgement(out, PUBACK, id)),
                    _ => self.say(|out| packet::acknowledgement(out, PUBREC, id)),
                }
                if topic == ECHO {
                    self.echo(packet::skip_properties(rest, self.level)?);
                }
            }
            Packet::Delivered => {
                if let Some(flood) = &mut self.flood {
                    flood.acknowledged();
                }
            }
            Packet::Received { id } => self.say(|out| packet::acknowledgement(out, PUBREL, id)),
            Packet::Release { id } => self.say(|out| packet::acknowledgement(out, PUBCOMP, id)),
            Packet::Connect { level } => {
                self.level = level;
                let answer: &[u8] = if level >= 5 {
                    &[0x20, 3, 0, 0, 0]
                } else {
                    &[0x20, 2, 0, 0]
                };
                self.say(|out| out.extend_from_slice(answer));
            }
            Packet::Subscribe { id, rest } => {
                let (filters, granted): (Vec<_>, Vec<_>) =
                    packet::subscriptions(rest, self.level)?.into_iter().unzip();
                let level = self.level;
                self.say(|out| packet::grant(out, SUBACK, level, id, &granted));
                self.flood = filters
                    .iter()
                    .find_map(|filter| Flood::ordered_by(filter, level, self.framed));
            }
            Packet::Unsubscribe { id, rest } => {
                let count = packet::filter_count(rest, self.level)?;
                let codes = vec![0; if self.level >= 5 { count } else { 0 }];
                let level = self.level;
                self.say(|out| packet::grant(out, UNSUBACK, level, id, &codes));
            }
            Packet::Ping => self.say(|out| out.extend_from_slice(&PINGRESP)),
            Packet::Disconnect => self.disconnected = true,
        }
        Ok(())
    }

    fn echo(&mut self, payload: &[u8]) {
        self.echo_id = self.echo_id.checked_add(1).unwrap_or(1);
        let (level, id) = (self.level, self.echo_id);
        self.say(|out| packet::publish(out, level, 1, ECHO, id, payload));
    }
}
