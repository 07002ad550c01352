//! The client's end of a connection: the model of a socket, the layers that ship over it, and what
//! the oracle hears of both.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use bytes::BytesMut;
use mqttka_core::proto::Progress;
use mqttka_core::transport::{Layered, Read, Stream};
use mqttka_core::types::Instant;

use crate::ms;
use crate::oracle::Truth;
use crate::tcp::Tcp;

/// Between the client and its system: what the layers hold of it is a [`SimStream`].
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) tcp: Tcp,
    /// The client has let go of its end.
    pub(super) closed: bool,
    /// It did so with a reset.
    pub(super) aborted: bool,
    /// Written, in all.
    written: u64,
    /// What was read and written of the MQTT stream since the oracle last looked.
    got: Vec<u8>,
    sent: Vec<u8>,
    /// The same, written, in all.
    mqtt_written: u64,
    /// How much of the MQTT stream ends where on the wire; none where there are no layers.
    marks: Option<VecDeque<(u64, u64)>>,
    /// Of the MQTT stream, acknowledged whole.
    mqtt_acked: u64,
    /// What the layers said that is not true.
    lies: Vec<String>,
    pub(super) now: Instant,
    knows_acked: bool,
    knows_ack_age: bool,
}

impl Wire {
    pub(super) fn new(tcp: Tcp, now: Instant, knows_acked: bool, knows_ack_age: bool) -> Self {
        Wire {
            tcp,
            closed: false,
            aborted: false,
            written: 0,
            got: Vec::new(),
            sent: Vec::new(),
            mqtt_written: 0,
            marks: None,
            mqtt_acked: 0,
            lies: Vec::new(),
            now,
            knows_acked,
            knows_ack_age,
        }
    }

    /// What was read and written of the MQTT stream since the last call.
    pub(super) fn take(&mut self) -> (Vec<u8>, Vec<u8>) {
        (
            std::mem::take(&mut self.got),
            std::mem::take(&mut self.sent),
        )
    }

    /// What the layers said that is not true, since the last call.
    pub(super) fn lies(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lies)
    }

    /// All that was taken so far is on the wire.
    fn mark(&mut self) {
        let (mqtt, wire) = (self.mqtt_written, self.written);
        if let Some(marks) = &mut self.marks
            && marks.back().is_none_or(|(last, _)| *last < mqtt)
        {
            marks.push_back((mqtt, wire));
        }
    }

    /// Of the MQTT stream, what the peer has acknowledged whole.
    fn acked(&mut self) -> u64 {
        let on_wire = self.tcp.acked();
        let Some(marks) = &mut self.marks else {
            return on_wire;
        };
        while let Some((mqtt, _)) = marks.front().copied().filter(|(_, end)| *end <= on_wire) {
            self.mqtt_acked = mqtt;
            marks.pop_front();
        }
        self.mqtt_acked
    }
}

/// The client's end of a connection.
#[derive(Debug)]
pub(super) struct SimStream(Rc<RefCell<Wire>>);

impl SimStream {
    pub(super) fn new(wire: Rc<RefCell<Wire>>) -> Self {
        SimStream(wire)
    }
}

impl Stream for SimStream {
    fn try_read(&mut self, into: &mut BytesMut, max: usize) -> io::Result<Read> {
        let wire = &mut *self.0.borrow_mut();
        if wire.tcp.is_reset() {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        let count = wire.tcp.read(into, max);
        if count == 0 && !wire.tcp.is_eof() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        if count == 0 {
            return Ok(Read::END);
        }
        Ok(Read::bytes(count, count == max || wire.tcp.is_eof()))
    }

    fn try_write(&mut self, head: &[u8], tail: &[u8]) -> io::Result<usize> {
        let wire = &mut *self.0.borrow_mut();
        let mut count = wire.tcp.write(head);
        if count == head.len() {
            count += wire.tcp.write(tail);
        }
        if count == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        wire.written += count as u64;
        Ok(count)
    }

    fn progress(&mut self) -> Option<Progress> {
        let wire = self.0.borrow();
        if !wire.knows_acked {
            return None;
        }
        let age = wire.tcp.last_ack.map(|at| wire.now.saturating_since(at));
        // The system tells it in milliseconds.
        let age = age.map(|age| ms(age.as_millis() as u64));
        Some(Progress {
            acked: wire.tcp.acked(),
            reached: wire.tcp.acked(),
            last_ack_age: age.filter(|_| wire.knows_ack_age),
        })
    }

    fn acknowledge_now(&mut self) {}

    fn has_local_address(&self) -> bool {
        true
    }

    fn established(&mut self) {}

    fn finish(&mut self, _backstop: Option<Duration>) {
        self.0.borrow_mut().tcp.finish();
    }

    fn abort(self) {
        self.0.borrow_mut().aborted = true;
    }
}

impl Drop for SimStream {
    fn drop(&mut self) {
        let wire = &mut *self.0.borrow_mut();
        wire.closed = true;
        wire.tcp.finish();
    }
}

/// What the driver holds: the layers, with somebody who listens above them.
#[derive(Debug)]
pub(super) struct Observed {
    stream: Layered<SimStream>,
    wire: Rc<RefCell<Wire>>,
}

impl Observed {
    pub(super) fn new(stream: Layered<SimStream>) -> Self {
        let wire = Rc::clone(&stream.leaf().0);
        if !matches!(stream, Layered::Plain(_)) {
            wire.borrow_mut().marks = Some(VecDeque::new());
        }
        Observed { stream, wire }
    }
}

impl Stream for Observed {
    fn try_read(&mut self, into: &mut BytesMut, max: usize) -> io::Result<Read> {
        let before = into.len();
        let read = self.stream.try_read(into, max)?;
        let wire = &mut *self.wire.borrow_mut();
        wire.got.extend_from_slice(&into[before..]);
        if read.count != into.len() - before {
            let text = format!("{read:?}, but {} bytes came", into.len() - before);
            wire.lies.push(text);
        }
        Ok(read)
    }

    fn look_again(&mut self) {
        self.stream.look_again();
    }

    fn try_write(&mut self, head: &[u8], tail: &[u8]) -> io::Result<usize> {
        let count = self.stream.try_write(head, tail)?;
        let mut wire = self.wire.borrow_mut();
        let in_head = count.min(head.len());
        wire.sent.extend_from_slice(&head[..in_head]);
        wire.sent.extend_from_slice(&tail[..count - in_head]);
        wire.mqtt_written += count as u64;
        drop(wire);
        // After each, so that the marks are as close as the units of the layers.
        match self.flush() {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(count),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()?;
        self.wire.borrow_mut().mark();
        Ok(())
    }

    /// The layers may know less than the truth, never more.
    fn progress(&mut self) -> Option<Progress> {
        let progress = self.stream.progress()?;
        let wire = &mut *self.wire.borrow_mut();
        let (truth, on_wire) = (wire.acked(), wire.tcp.acked());
        let next = wire.marks.as_ref().and_then(|marks| marks.front().copied());
        // Between two marks the truth is not known exactly.
        let most = next.map_or(truth, |(mqtt, _)| mqtt - 1).max(truth);
        let all = on_wire == wire.written && next.is_none() && wire.mqtt_written == truth;
        if progress.acked > most
            || progress.reached < progress.acked
            || wire.marks.is_some() && progress.reached > wire.mqtt_written
            || all && progress.acked != truth
        {
            let text = format!("{progress:?}, but {truth} to {most} are acknowledged");
            wire.lies.push(text);
        }
        Some(progress)
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
        self.stream.finish(backstop);
    }

    fn abort(self) {
        self.stream.abort();
    }
}

/// What is true of a connection that the client holds.
pub(super) fn truth(wire: &mut Wire, connected_at: Instant, blocked: bool) -> Option<Truth> {
    if wire.closed {
        return None;
    }
    let inbound = wire.tcp.last_received.unwrap_or(connected_at);
    Some(Truth {
        inbound,
        evidence: inbound.max(wire.tcp.last_advance.unwrap_or(inbound)),
        advance: wire.tcp.last_advance,
        acked: wire.acked(),
        any_packet: wire.tcp.last_ack,
        blocked,
    })
}
