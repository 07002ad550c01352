//! One client's connection: reads all there is, answers in one write, and pumps its flood while the socket takes it.

use std::io::{self, Read as _, Write as _};

use mio::net::TcpStream;

use crate::flood::Flood;
use crate::packet::{self, Packet};

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
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
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
    out: Vec<u8>,
    flood: Option<Flood>,
    echo_id: u16,
    disconnected: bool,
}

impl Connection {
    /// A connection just accepted.
    pub(crate) fn new(stream: TcpStream) -> Connection {
        Connection {
            stream,
            partial: Vec::new(),
            session: Session::default(),
            written: 0,
        }
    }

    /// The socket may be readable or writable: do what can be done.
    pub(crate) fn ready(&mut self, scratch: &mut Vec<u8>) -> io::Result<Next> {
        let open = self.read_all(scratch)?;
        self.pump()?;
        let go_on = open && !self.session.disconnected;
        Ok(if go_on { Next::Wait } else { Next::Close })
    }

    /// Reads until the socket is empty, and answers batch by batch; false at the end of the stream.
    fn read_all(&mut self, scratch: &mut Vec<u8>) -> io::Result<bool> {
        loop {
            let kept = self.partial.len();
            if scratch.len() < kept + SCRATCH {
                scratch.resize(kept + SCRATCH, 0);
            }
            scratch[..kept].copy_from_slice(&self.partial);
            let count = match self.stream.read(&mut scratch[kept..]) {
                Ok(0) => return Ok(false),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(false),
                Err(error) => return Err(error),
            };
            let filled = &scratch[..kept + count];
            let used = self.session.take_all(filled)?;
            self.partial.clear();
            self.partial.extend_from_slice(&filled[used..]);
            self.pump()?;
            // A short read means the socket is empty: readiness will tell of more.
            if kept + count < scratch.len() {
                return Ok(true);
            }
        }
    }

    /// Writes what waits, and the flood as long as the socket takes it.
    fn pump(&mut self) -> io::Result<()> {
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
            match self.stream.write(&session.out[self.written..]) {
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

impl Session {
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
                    1 => packet::acknowledgement(&mut self.out, PUBACK, id),
                    _ => packet::acknowledgement(&mut self.out, PUBREC, id),
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
            Packet::Received { id } => packet::acknowledgement(&mut self.out, PUBREL, id),
            Packet::Release { id } => packet::acknowledgement(&mut self.out, PUBCOMP, id),
            Packet::Connect { level } => {
                self.level = level;
                let answer: &[u8] = if level >= 5 {
                    &[0x20, 3, 0, 0, 0]
                } else {
                    &[0x20, 2, 0, 0]
                };
                self.out.extend_from_slice(answer);
            }
            Packet::Subscribe { id, rest } => {
                let (filters, granted): (Vec<_>, Vec<_>) =
                    packet::subscriptions(rest, self.level)?.into_iter().unzip();
                packet::grant(&mut self.out, SUBACK, self.level, id, &granted);
                self.flood = filters
                    .iter()
                    .find_map(|filter| Flood::ordered_by(filter, self.level));
            }
            Packet::Unsubscribe { id, rest } => {
                let count = packet::filter_count(rest, self.level)?;
                let codes = vec![0; if self.level >= 5 { count } else { 0 }];
                packet::grant(&mut self.out, UNSUBACK, self.level, id, &codes);
            }
            Packet::Ping => self.out.extend_from_slice(&PINGRESP),
            Packet::Disconnect => self.disconnected = true,
        }
        Ok(())
    }

    fn echo(&mut self, payload: &[u8]) {
        self.echo_id = self.echo_id.checked_add(1).unwrap_or(1);
        packet::publish(&mut self.out, self.level, 1, ECHO, self.echo_id, payload);
    }
}
