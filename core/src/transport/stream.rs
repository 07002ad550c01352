//! What a connection is made of, seen from the driver. A transport is a leaf (TCP) or a layer
//! without I/O of its own over another stream (TLS, WebSocket); liveness sees through all of them.

use std::io;
use std::time::Duration;

use bytes::BytesMut;

use crate::proto::Progress;

/// What a read brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read {
    /// So many bytes; 0: the peer's stream has ended.
    pub count: usize,
    /// Perhaps there is more. `false`: a further read would block, and readiness will be told.
    pub more: bool,
}

/// An open stream of MQTT bytes. No call blocks, none raises a signal, and none decides anything.
pub trait Stream {
    /// Reads what is there to the end of `into`, at most about `max` bytes.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] where nothing is there; anything else is the stream's end.
    fn try_read(&mut self, into: &mut BytesMut, max: usize) -> io::Result<Read>;

    /// Writes `head`, then `tail`; returns how many bytes of both were taken.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] where nothing is taken now; anything else is the stream's end.
    fn try_write(&mut self, head: &[u8], tail: &[u8]) -> io::Result<usize>;

    /// What the peer's system has acknowledged, in bytes of MQTT (rule L4); `None` where that
    /// cannot be known.
    fn progress(&mut self) -> Option<Progress>;

    /// Sends the acknowledgement that is due now instead of later, where the system can.
    fn acknowledge_now(&mut self);

    /// Whether the system still has the stream's local address (rule L17).
    fn has_local_address(&self) -> bool;

    /// The broker accepted the connection: from now on the machine judges, and the system's own
    /// limit goes (rule L18).
    fn established(&mut self);

    /// Nothing more is written; reading goes on (rule L16). The system may try for `backstop` to
    /// deliver what was written (rule L18).
    fn finish(&mut self, backstop: Option<Duration>);

    /// Ends both directions at once, for every copy of the stream in every process (rule L15).
    fn abort(self)
    where
        Self: Sized;
}
