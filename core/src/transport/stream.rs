//! What the driver asks of a connection, whatever carries it.

use std::io;
use std::time::Duration;

use bytes::BytesMut;

use crate::proto::Progress;

/// What one read brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read {
    /// Bytes appended; 0 means that the peer sends no more (EOF).
    pub count: usize,
    /// Perhaps there is more. Where it is false the stream was read empty, and its readiness is
    /// cleared: reading again only makes sense after the next readiness.
    pub more: bool,
}

/// A connection's bytes in both directions, without waiting. TCP is one; TLS and WebSocket are
/// layers over one. No method blocks, and none makes a signal.
pub trait Stream {
    /// Appends what is there to `into`: at most `max` bytes (0 counts as 1), and no more than there
    /// is room for, where there is any.
    ///
    /// # Errors
    /// `WouldBlock` where nothing is there; else what the system reports.
    fn try_read(&mut self, into: &mut BytesMut, max: usize) -> io::Result<Read>;

    /// The next `try_read` asks the system itself, whatever is known of readiness. For the drain
    /// before a verdict (rule L9): bytes may lie in the system that no readiness has told of yet.
    /// A stream that always asks need not do anything.
    fn look_again(&mut self) {}

    /// Writes `head`, then `tail`, as far as there is room, and says how many bytes were taken.
    /// Where these are fewer than asked, there is no more room until the next readiness.
    ///
    /// # Errors
    /// `WouldBlock` where there is no room; else what the system reports.
    fn try_write(&mut self, head: &[u8], tail: &[u8]) -> io::Result<usize>;

    /// What the peer has acknowledged, in bytes of the MQTT stream (rule L4); `None` where that
    /// is not known.
    fn progress(&mut self) -> Option<Progress>;

    /// Acknowledges at once what was received, and what is received next. To be called after
    /// reads while the broker's answers are awaited: a broker that coalesces small packets
    /// (Nagle) sends the next one only then. Costs nothing where nothing was received.
    fn acknowledge_now(&mut self);

    /// False where the system no longer has the local address (rule L17). An address that is
    /// tentative or deprecated is not gone, and neither is one that cannot be looked up.
    fn has_local_address(&self) -> bool;

    /// CONNACK came: from now on only the machine judges, and the kernel's own limit goes
    /// (rule L18).
    fn established(&mut self);

    /// Ends our direction (rule L16). The kernel may go on trying to deliver what is left for
    /// `backstop` (rule L18; none: as long as the system does). Reading goes on.
    fn finish(&mut self, backstop: Option<Duration>);

    /// Closes at once and for both sides, also where a forked child holds a copy (rule L15).
    fn abort(self)
    where
        Self: Sized;
}
