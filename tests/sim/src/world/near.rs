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
use crate::tcp::{Segment, Tcp};

/// Between the client and its system: what the layers hold of it is a [`SimStream`].
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) tcp: Tcp,
    /// The client has let go of its end.
    pub(super) closed: bool,
    /// It did so with a reset.
    pub(super) aborted: bool,
    /// The system has its local address no more.
    pub(super) address_gone: bool,
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
    /// Which bytes that we wrote carry the MQTT stream.
    data: VecDeque<(u64, u64)>,
    /// When bytes of the MQTT stream last came, or were acknowledged.
    data_received: Option<Instant>,
    data_acked: Option<Instant>,
    /// A part of a record came that will turn out to carry none.
    growing: Option<Instant>,
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
            address_gone: false,
            written: 0,
            got: Vec::new(),
            sent: Vec::new(),
            mqtt_written: 0,
            marks: None,
            mqtt_acked: 0,
            data: VecDeque::new(),
            data_received: None,
            data_acked: None,
            growing: None,
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

    /// A segment comes. `control`: whether the broker's byte at this offset carries nothing of the
    /// MQTT stream, and where that ends; `records`: whether parts of such may be more.
    pub(super) fn on_segment(
        &mut self,
        now: Instant,
        segment: Segment,
        control: impl Fn(u64) -> Option<u64>,
        records: bool,
    ) {
        let (received, acked) = (self.tcp.received(), self.tcp.acked());
        self.tcp.on_segment(now, segment);
        let mut at = received;
        while at < self.tcp.received() {
            match control(at) {
                Some(end) if end <= self.tcp.received() => {
                    self.growing = None;
                    at = end;
                }
                Some(_) => {
                    self.growing = records.then_some(now);
                    break;
                }
                None => {
                    self.data_received = Some(now);
                    at += 1;
                }
            }
        }
        if self.tcp.acked() > acked {
            let new = self.tcp.acked();
            while self.data.front().is_some_and(|(_, end)| *end <= acked) {
                self.data.pop_front();
            }
            if self.data.front().is_some_and(|(start, _)| *start < new) {
                self.data_acked = Some(now);
            }
        }
    }

    /// When the last byte of the MQTT stream came; or what may yet turn out to hold one.
    fn last_received(&self) -> Option<Instant> {
        match &self.marks {
            None => self.tcp.last_received,
            Some(_) => self.data_received.max(self.growing),
        }
    }

    fn last_advance(&self) -> Option<Instant> {
        match &self.marks {
            None => self.tcp.last_advance,
            Some(_) => self.data_acked,
        }
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

    /// The same as [`acked`](Self::acked), with what may be. Between two marks the truth is not
    /// known exactly; and a control frame may have gone with the rest of a unit, and stands behind
    /// its end on the wire.
    fn acked_most(&mut self) -> u64 {
        let (acked, on_wire) = (self.acked(), self.tcp.acked());
        let Some(marks) = &self.marks else {
            return acked;
        };
        match marks.front() {
            Some((mqtt, end)) => {
                let before = u64::from(*end > on_wire + CONTROL);
                acked.max(mqtt - before)
            }
            // Some records of a batch may be there whose last one waits for room.
            None => self.mqtt_written,
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

/// What control frames and records have at most, on the wire.
const CONTROL: u64 = 256;

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
            round_trip: wire.tcp.round_trip().filter(|_| wire.knows_ack_age),
            retransmissions: wire.tcp.timeouts(),
        })
    }

    fn acknowledge_now(&mut self) {}

    fn has_local_address(&self) -> bool {
        !self.0.borrow().address_gone
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
    /// Where on the wire that begins which the layers took last, and have not sent whole.
    unit: Option<u64>,
}

impl Observed {
    pub(super) fn new(stream: Layered<SimStream>) -> Self {
        let wire = Rc::clone(&stream.leaf().0);
        if !matches!(stream, Layered::Plain { .. }) {
            wire.borrow_mut().marks = Some(VecDeque::new());
        }
        Observed {
            stream,
            wire,
            unit: None,
        }
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
        // What the layers have of their own goes first, and is told apart.
        self.flush()?;
        let start = self.wire.borrow().written;
        let count = self.stream.try_write(head, tail)?;
        self.unit = Some(start);
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
        let flushed = self.stream.flush();
        let wire = &mut *self.wire.borrow_mut();
        if let Some(start) = self.unit {
            match wire.data.back_mut() {
                Some((first, end)) if *first == start => *end = wire.written,
                _ => wire.data.push_back((start, wire.written)),
            }
        }
        if flushed.is_ok() {
            self.unit = None;
            wire.mark();
        }
        flushed
    }

    /// The layers may know less than the truth, never more.
    fn progress(&mut self) -> Option<Progress> {
        let progress = self.stream.progress()?;
        let wire = &mut *self.wire.borrow_mut();
        let (truth, on_wire) = (wire.acked(), wire.tcp.acked());
        let most = wire.acked_most();
        let none_left = wire.marks.as_ref().is_none_or(VecDeque::is_empty);
        let all = on_wire == wire.written && none_left && wire.mqtt_written == truth;
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
    let inbound = wire.last_received().unwrap_or(connected_at);
    Some(Truth {
        inbound,
        evidence: inbound.max(wire.last_advance().unwrap_or(inbound)),
        advance: wire.last_advance(),
        acked: wire.acked(),
        acked_most: wire.acked_most(),
        any_packet: wire.tcp.last_ack,
        blocked,
    })
}
