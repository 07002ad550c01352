//! A second stream that is to take the place of the first without a gap (rule L24).

use std::io::ErrorKind;

use bytes::BytesMut;

use super::packets::{Of, Packets};
use super::{Direction, Driver, Host, READ};
use crate::proto::Machine;
use crate::transport::{ReadKind, Stream};
use crate::types::Instant;

/// Reads of one turn: what comes first is one CONNACK.
const READS: usize = 16;

/// The second stream, and what came over it.
#[derive(Debug)]
pub(super) struct Standby<S> {
    stream: S,
    input: BytesMut,
    blocked: bool,
    /// The host was not asked yet.
    fresh: bool,
    /// Where it wants to hear of packets.
    packets: Option<Box<Packets>>,
}

/// How a turn of the second stream ended.
enum Turned {
    Waits,
    Accepted,
    Failed,
}

impl<S: Stream> Standby<S> {
    pub(super) fn new(stream: S) -> Self {
        Standby {
            stream,
            input: BytesMut::new(),
            blocked: false,
            fresh: true,
            packets: None,
        }
    }

    /// Writes CONNECT, and looks for CONNACK.
    fn turn<T>(
        &mut self,
        now: Instant,
        machine: &mut Machine<T>,
        host: &mut impl Host<T>,
    ) -> Turned {
        if std::mem::take(&mut self.fresh) {
            self.packets = Packets::wanted(host.wants_packets());
        }
        loop {
            let bytes = machine.standby_transmit();
            let result = match bytes.is_empty() {
                true => self.stream.flush().map(|()| 0),
                false => self.stream.try_write(bytes, &[]),
            };
            match result {
                Ok(0) => {
                    self.blocked = false;
                    break;
                }
                Ok(count) => {
                    if let Some(packets) = &mut self.packets {
                        let of = Of::standby(machine, now);
                        packets.pass(Direction::Sent, &bytes[..count], of, host);
                    }
                    host.sent(count);
                    machine.handle_standby_written(now, count);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.blocked = true;
                    break;
                }
                Err(_) => return Turned::Failed,
            }
        }
        // The application may have found the broker right since.
        if machine.is_standby_accepted() {
            return Turned::Accepted;
        }
        for _ in 0..READS {
            match self.stream.try_read(&mut self.input, READ) {
                Ok(read) if read.kind == ReadKind::End => return Turned::Failed,
                Ok(read) => {
                    host.received(read.count);
                    if let Some(packets) = &mut self.packets {
                        let from = self.input.len() - read.count;
                        let of = Of::standby(machine, now);
                        packets.pass(Direction::Received, &self.input[from..], of, host);
                    }
                    if machine.handle_standby_input(now, &mut self.input) {
                        return Turned::Accepted;
                    }
                    if !machine.has_standby() {
                        return Turned::Failed;
                    }
                    if !read.more {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => return Turned::Failed,
            }
        }
        Turned::Waits
    }
}

impl<S: Stream, T> Driver<S, T> {
    /// The second stream and whether to wait until it takes bytes, where there is one.
    pub fn standby(&self) -> Option<(&S, bool)> {
        self.standby
            .as_ref()
            .map(|standby| (&standby.stream, standby.blocked))
    }

    pub(super) fn standby_opened(&mut self, now: Instant, mut stream: S) {
        let knows_progress = stream.progress().is_some();
        self.machine.handle_standby_open(now, knows_progress);
        self.standby = Some(Standby::new(stream));
    }

    /// Goes over to the second stream as soon as the broker has accepted it: the first is read to
    /// its end before.
    pub(super) fn turn_standby(
        &mut self,
        now: Instant,
        scratch: &mut BytesMut,
        host: &mut impl Host<T>,
    ) {
        let Some(standby) = &mut self.standby else {
            return;
        };
        match standby.turn(now, &mut self.machine, host) {
            Turned::Waits => {}
            Turned::Failed => {
                self.drop_standby();
                self.machine.drop_standby(now);
            }
            Turned::Accepted => {
                if let Some(stream) = &mut self.stream {
                    stream.look_again();
                }
                self.read(now, scratch, host);
                if !self.machine.switch(now) {
                    return self.drop_standby();
                }
                let Some(standby) = self.standby.take() else {
                    return;
                };
                if let Some(old) = self.stream.replace(standby.stream) {
                    old.abort();
                }
                self.undecoded = !standby.input.is_empty();
                self.input = standby.input;
                (self.blocked, self.ended) = (false, false);
                self.packets = standby.packets;
            }
        }
    }

    pub(super) fn drop_standby(&mut self) {
        if let Some(standby) = self.standby.take() {
            standby.stream.abort();
        }
    }
}
