//! What the driver asks of a connection, whatever carries it.

use std::io;
use std::time::Duration;

use bytes::BytesMut;

use crate::proto::Progress;
use crate::types::Instant;

/// What one read brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read {
    /// What it was.
    pub kind: ReadKind,
    /// Bytes of the MQTT stream appended; 0 unless they are what came.
    pub count: usize,
    /// Perhaps there is more. Where it is false the stream was read empty, and its readiness is
    /// cleared: reading again only makes sense after the next readiness.
    pub more: bool,
}

/// What a read can bring, as evidence of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadKind {
    /// Bytes of the MQTT stream.
    Bytes,
    /// A part of something that may hold such bytes, as a TLS record that is not whole yet.
    Unfinished,
    /// What came was whole, and held no such byte: evidence that its parts gave is void.
    Control,
    /// The peer sends no more.
    End,
}

impl Read {
    /// So many bytes of the MQTT stream, at least one.
    pub const fn bytes(count: usize, more: bool) -> Self {
        let kind = ReadKind::Bytes;
        Read { kind, count, more }
    }

    /// Nothing for the reader, of this kind.
    pub const fn empty(kind: ReadKind, more: bool) -> Self {
        let count = 0;
        Read { kind, count, more }
    }

    /// The peer sends no more.
    pub const END: Self = Read::empty(ReadKind::End, true);
}

/// A connection's bytes in both directions, without waiting. TCP is one; TLS and WebSocket are
/// layers over one. No method blocks, and none makes a signal.
pub trait Stream {
    /// Appends what is there to `into`: at most `max` bytes (0 counts as 1), and no more than there
    /// is room for, where there is any. One call asks the system at most once.
    ///
    /// # Errors
    /// `WouldBlock` where nothing is there; else what the system reports.
    fn try_read(&mut self, into: &mut BytesMut, max: usize) -> io::Result<Read>;

    /// The next `try_read` asks the system itself, whatever is known of readiness. For the drain
    /// before a verdict: bytes may lie in the system that no readiness has told of yet.
    /// A stream that always asks need not do anything.
    fn look_again(&mut self) {}

    /// Writes `head`, then `tail`, as far as there is room, and says how many bytes were taken.
    /// Where these are fewer than asked, there is no more room until the next readiness.
    ///
    /// # Errors
    /// `WouldBlock` where there is no room; else what the system reports.
    fn try_write(&mut self, head: &[u8], tail: &[u8]) -> io::Result<usize>;

    /// Goes on sending what the stream keeps of its own: the rest of a record or frame whose bytes
    /// it took, or an answer to a control frame. To be called after writing, and when there is
    /// room again. A stream that keeps nothing need not do anything.
    ///
    /// # Errors
    /// `WouldBlock` where something is left and there is no room; else what the system reports.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// What the peer has acknowledged, in bytes of the MQTT stream; `None` where that
    /// is not known.
    fn progress(&mut self) -> Option<Progress>;

    /// Since when nothing went of what was written, where a host sends it and something is left;
    /// `None` where everything went, or the system tells more by [`progress`](Self::progress).
    fn stands_since(&self) -> Option<Instant> {
        None
    }

    /// Acknowledges at once what was received, and what is received next. To be called after
    /// reads while the broker's answers are awaited: a broker that coalesces small packets
    /// (Nagle) sends the next one only then. Costs nothing where nothing was received.
    fn acknowledge_now(&mut self);

    /// False where the system no longer has the local address. An address that is
    /// tentative or deprecated is not gone, and neither is one that cannot be looked up.
    fn has_local_address(&self) -> bool;

    /// CONNACK came: from now on only the machine judges, and the kernel's own limit goes.
    fn established(&mut self);

    /// Ends our direction, with the goodbyes of its layers; what there is no room for
    /// yet follows by [`flush`](Self::flush). The kernel may go on trying to deliver what is left for
    /// `backstop` (none: as long as the system does). Reading goes on.
    fn finish(&mut self, backstop: Option<Duration>);

    /// Closes at once and for both sides, also where a forked child holds a copy, and without a
    /// word: no close_notify, no Close frame.
    fn abort(self)
    where
        Self: Sized;
}
