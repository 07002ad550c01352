//! One end of a TCP connection, after its handshake: what the liveness rules see of TCP.
//!
//! Byte-exact streams, cumulative acknowledgements, a congestion window (slow start, fast
//! retransmit), timestamps and DSACK, the retransmission timer with its doubling and Eifel's undo of
//! it, the receiver's window with zero-window probes, and NOTSENT_LOWAT. Left out: delayed ACKs,
//! SACK, tail loss probes; so it recovers from loss more slowly than Linux does.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use mqttka_core::types::Instant;

/// The smallest and largest retransmission timeout, and the first one (RFC 6298, as in Linux).
const RTO: (Duration, Duration, Duration) = (
    Duration::from_millis(200),
    Duration::from_secs(120),
    Duration::from_secs(1),
);

/// The largest congestion window: what fills the largest router's buffer.
const MAX_CWND: u64 = 4 * 1024 * 1024;

const HEADER: u64 = 40;

/// What one end is configured with.
#[derive(Clone, Copy, Debug)]
pub struct TcpConfig {
    /// Payload bytes of one segment.
    pub mss: usize,
    /// Takes bytes from the application only while fewer than this are unsent.
    pub notsent_lowat: u64,
    /// What is kept for an application that does not read.
    pub receive_buffer: u64,
}

impl Default for TcpConfig {
    fn default() -> Self {
        TcpConfig {
            mss: 1460,
            notsent_lowat: 16 * 1024,
            receive_buffer: 256 * 1024,
        }
    }
}

/// A packet. Offsets count the bytes of the stream from 0.
#[derive(Clone, Debug)]
pub struct Segment {
    offset: u64,
    data: Bytes,
    fin: bool,
    rst: bool,
    /// Asks for an acknowledgement although it brings nothing (a zero-window probe).
    probe: bool,
    ack: u64,
    window: u64,
    /// When it was sent, and when that was sent which it answers (RFC 7323).
    sent: Instant,
    echo: Option<Instant>,
    /// It answers bytes that had come before (DSACK, RFC 2883).
    repeated: bool,
}

impl Segment {
    pub(crate) fn wire_size(&self) -> u64 {
        HEADER + self.data.len() as u64
    }

    pub(crate) fn has_payload(&self) -> bool {
        !self.data.is_empty()
    }

    /// An abort.
    pub fn reset() -> Self {
        Segment {
            offset: 0,
            data: Bytes::new(),
            fin: false,
            rst: true,
            probe: false,
            ack: 0,
            window: 0,
            sent: Instant::ORIGIN,
            echo: None,
            repeated: false,
        }
    }
}

/// What a timeout changed, in case that it was a false one.
#[derive(Clone, Copy, Debug)]
struct Undo {
    at: Instant,
    cwnd: u64,
    ssthresh: u64,
}

/// One end.
#[derive(Debug)]
pub struct Tcp {
    config: TcpConfig,
    // Sending. `unsent_from` <= `sent_to`: less after a timeout, when it goes back.
    buffer: BytesMut,
    acked: u64,
    unsent_from: u64,
    sent_to: u64,
    fin_queued: bool,
    window_end: u64,
    cwnd: u64,
    ssthresh: u64,
    duplicates: u32,
    recover: Option<u64>,
    rto: Duration,
    backoff: u32,
    smoothed: Option<(Duration, Duration)>,
    undo: Option<Undo>,
    timer: Option<Instant>,
    // Receiving.
    received: u64,
    early: BTreeMap<u64, Bytes>,
    ready: BytesMut,
    fin_at: Option<u64>,
    ack_due: bool,
    to_echo: Option<Instant>,
    saw_repeated: bool,
    advertised: u64,
    frozen_window: bool,
    reset: bool,
    /// When bytes last came in order.
    pub last_received: Option<Instant>,
    /// When our bytes were last acknowledged further.
    pub last_advance: Option<Instant>,
    /// When any acknowledgement last came.
    pub last_ack: Option<Instant>,
}

impl Tcp {
    /// An end of a connection whose handshake took this round trip.
    pub fn new(config: TcpConfig, rtt: Duration) -> Self {
        let mut tcp = Tcp {
            config,
            buffer: BytesMut::new(),
            acked: 0,
            unsent_from: 0,
            sent_to: 0,
            fin_queued: false,
            window_end: 64 * 1024,
            cwnd: 10 * config.mss as u64,
            ssthresh: u64::MAX,
            duplicates: 0,
            recover: None,
            rto: RTO.2,
            backoff: 0,
            smoothed: None,
            undo: None,
            timer: None,
            received: 0,
            early: BTreeMap::new(),
            ready: BytesMut::new(),
            fin_at: None,
            ack_due: false,
            to_echo: None,
            saw_repeated: false,
            advertised: config.receive_buffer,
            frozen_window: false,
            reset: false,
            last_received: None,
            last_advance: None,
            last_ack: None,
        };
        tcp.measure(rtt);
        tcp
    }

    fn end(&self) -> u64 {
        self.acked + self.buffer.len() as u64
    }

    /// Bytes of ours that the peer acknowledged.
    pub fn acked(&self) -> u64 {
        self.acked
    }

    /// The smoothed round trip.
    pub fn round_trip(&self) -> Option<Duration> {
        self.smoothed.map(|(smoothed, _)| smoothed)
    }

    /// How often in a row the retransmission timer fired in vain.
    pub fn timeouts(&self) -> u32 {
        self.backoff
    }

    /// Bytes of the peer that came in order.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Whether the application may write: fewer unsent bytes than NOTSENT_LOWAT.
    pub fn writable(&self) -> bool {
        !self.fin_queued && self.room() > 0
    }

    fn room(&self) -> u64 {
        self.config
            .notsent_lowat
            .saturating_sub(self.end() - self.sent_to.min(self.end()))
    }

    /// Takes what there is room for, and says how much.
    pub fn write(&mut self, bytes: &[u8]) -> usize {
        if !self.writable() {
            return 0;
        }
        let count = bytes.len().min(self.room() as usize);
        self.buffer.extend_from_slice(&bytes[..count]);
        count
    }

    /// No more bytes follow.
    pub fn finish(&mut self) {
        self.fin_queued = true;
    }

    /// Moves up to `most` received bytes to the end of `into`.
    pub fn read(&mut self, into: &mut BytesMut, most: usize) -> usize {
        let count = self.ready.len().min(most);
        into.extend_from_slice(&self.ready.split_to(count));
        let (before, now) = (self.advertised, self.window());
        if before < self.config.mss as u64 && now >= self.config.mss as u64 {
            self.ack_due = true;
        }
        count
    }

    /// Received bytes that wait for the application.
    pub fn readable(&self) -> usize {
        self.ready.len()
    }

    /// The peer's stream has ended and all of it was read.
    pub fn is_eof(&self) -> bool {
        self.fin_at == Some(self.received) && self.ready.is_empty()
    }

    /// The peer aborted.
    pub fn is_reset(&self) -> bool {
        self.reset
    }

    /// From now on the receiver advertises no window, whatever is read.
    pub fn freeze_window(&mut self) {
        self.frozen_window = true;
        self.ack_due = true;
    }

    fn window(&self) -> u64 {
        let free = self
            .config
            .receive_buffer
            .saturating_sub(self.ready.len() as u64);
        if self.frozen_window || free < self.config.mss as u64 {
            0
        } else {
            free
        }
    }

    /// A segment came.
    pub fn on_segment(&mut self, now: Instant, segment: Segment) {
        if segment.rst {
            self.reset = true;
            self.timer = None;
            return;
        }
        self.on_ack(now, &segment);
        if segment.offset <= self.received {
            self.to_echo = Some(segment.sent);
        }
        if segment.data.is_empty() && !segment.fin {
            self.ack_due |= segment.probe;
            return;
        }
        self.ack_due = true;
        if segment.fin {
            self.fin_at = Some(segment.offset + segment.data.len() as u64);
        }
        let end = segment.offset + segment.data.len() as u64;
        self.saw_repeated = end <= self.received && !segment.data.is_empty();
        let unread = self.ready.len() as u64;
        if self.frozen_window || end + unread > self.received + self.config.receive_buffer {
            return;
        }
        if end > self.received && !segment.data.is_empty() {
            self.early.insert(segment.offset, segment.data);
        }
        while let Some((offset, data)) = self.early.pop_first() {
            if offset > self.received {
                self.early.insert(offset, data);
                break;
            }
            let skip = (self.received - offset) as usize;
            if skip < data.len() {
                self.ready.extend_from_slice(&data[skip..]);
                self.received += (data.len() - skip) as u64;
                self.last_received = Some(now);
            }
        }
    }

    fn on_ack(&mut self, now: Instant, segment: &Segment) {
        self.last_ack = Some(now);
        self.window_end = self.window_end.max(segment.ack + segment.window);
        // The FIN counts as one byte after the last.
        let ack = segment.ack.min(self.end());
        if ack > self.acked {
            self.advance(now, ack, segment.echo);
        } else if ack == self.acked
            && self.sent_to > self.acked
            && segment.data.is_empty()
            && !segment.repeated
        {
            self.duplicates += 1;
            if self.duplicates == 3 && self.recover.is_none() {
                self.recover = Some(self.sent_to);
                self.ssthresh = ((self.sent_to - self.acked) / 2).max(2 * self.config.mss as u64);
                self.cwnd = self.ssthresh;
                self.unsent_from = self.acked;
            }
        }
    }

    fn advance(&mut self, now: Instant, ack: u64, echo: Option<Instant>) {
        let count = ack - self.acked;
        let _ = self.buffer.split_to(count as usize);
        self.acked = ack;
        self.unsent_from = self.unsent_from.max(ack);
        self.sent_to = self.sent_to.max(ack);
        self.last_advance = Some(now);
        self.duplicates = 0;
        if let Some(sent) = echo {
            match self.undo.take() {
                Some(undo) if sent < undo.at => {
                    // It answers what was sent before the timeout: nothing had been lost.
                    self.cwnd = undo.cwnd;
                    self.ssthresh = undo.ssthresh;
                    self.unsent_from = self.sent_to;
                }
                _ => self.measure(now.saturating_since(sent)),
            }
        }
        self.backoff = 0;
        if self.recover.is_some_and(|recover| ack >= recover) {
            self.recover = None;
        }
        let mss = self.config.mss as u64;
        self.cwnd += if self.cwnd < self.ssthresh {
            count
        } else {
            mss * mss / self.cwnd.max(1)
        };
        self.cwnd = self.cwnd.min(MAX_CWND);
        self.timer = None;
    }

    fn measure(&mut self, rtt: Duration) {
        let (smoothed, variation) = match self.smoothed {
            None => (rtt, rtt / 2),
            Some((smoothed, variation)) => (
                smoothed * 7 / 8 + rtt / 8,
                variation * 3 / 4 + smoothed.abs_diff(rtt) / 4,
            ),
        };
        self.smoothed = Some((smoothed, variation));
        self.rto = (smoothed + variation * 4).clamp(RTO.0, RTO.1);
    }

    /// What goes out now.
    pub fn transmit(&mut self, now: Instant, out: &mut Vec<Segment>) {
        if self.reset {
            return;
        }
        self.on_timer(now);
        let limit = self.window_end.min(self.acked + self.cwnd);
        while self.unsent_from < self.end() && self.unsent_from < limit {
            let from = (self.unsent_from - self.acked) as usize;
            let most = (limit - self.unsent_from).min(self.config.mss as u64) as usize;
            let to = self.buffer.len().min(from + most);
            let cut = to < self.buffer.len() && to - from < self.config.mss;
            if cut && self.unsent_from > self.acked {
                // No silly small segments because a window ends there.
                break;
            }
            let data = Bytes::copy_from_slice(&self.buffer[from..to]);
            let end = self.unsent_from + data.len() as u64;
            let fin = self.fin_queued && end == self.end();
            let segment = self.segment(now, self.unsent_from, data, fin);
            out.push(segment);
            self.unsent_from = end;
            self.sent_to = self.sent_to.max(end);
        }
        if self.fin_queued && self.buffer.is_empty() && self.timer.is_none() && self.backoff < 8 {
            let segment = self.segment(now, self.end(), Bytes::new(), true);
            out.push(segment);
            self.timer = Some(now + self.timeout());
        }
        if self.ack_due {
            let segment = self.segment(now, self.unsent_from, Bytes::new(), false);
            out.push(segment);
        }
        let waits = self.sent_to > self.acked || self.end() > self.sent_to;
        if waits && self.timer.is_none() {
            self.timer = Some(now + self.timeout());
        }
        if self.timer.is_some_and(|at| at <= now) {
            // A zero window: ask whether it has opened.
            let mut segment = self.segment(now, self.unsent_from, Bytes::new(), false);
            segment.probe = true;
            out.push(segment);
            self.backoff += 1;
            self.timer = Some(now + self.timeout());
        }
    }

    fn segment(&mut self, now: Instant, offset: u64, data: Bytes, fin: bool) -> Segment {
        self.ack_due = false;
        self.advertised = self.window();
        let fin_seen = u64::from(self.fin_at == Some(self.received));
        Segment {
            offset,
            data,
            fin,
            rst: false,
            probe: false,
            ack: self.received + fin_seen,
            window: self.advertised,
            sent: now,
            echo: self.to_echo,
            repeated: std::mem::take(&mut self.saw_repeated),
        }
    }

    fn timeout(&self) -> Duration {
        (self.rto * 2u32.pow(self.backoff.min(16))).min(RTO.1)
    }

    fn on_timer(&mut self, now: Instant) {
        if self.timer.is_none_or(|at| at > now) {
            return;
        }
        if self.sent_to > self.acked && self.window_end > self.acked {
            let mss = self.config.mss as u64;
            self.undo.get_or_insert(Undo {
                at: now,
                cwnd: self.cwnd,
                ssthresh: self.ssthresh,
            });
            self.ssthresh = ((self.sent_to - self.acked) / 2).max(2 * mss);
            self.cwnd = mss;
            self.unsent_from = self.acked;
            self.recover = None;
            self.duplicates = 0;
            self.backoff += 1;
            self.timer = None;
        } else if self.fin_queued && self.buffer.is_empty() {
            self.backoff += 1;
            self.timer = None;
        }
    }

    /// When a timer fires, or now where an acknowledgement is due.
    pub fn deadline(&self) -> Option<Instant> {
        if self.reset {
            return None;
        }
        self.timer
    }
}
