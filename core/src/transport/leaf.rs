//! What the system's sockets give: TCP, and Unix sockets where there are some.

use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BytesMut;

use super::tcp::Tcp;
#[cfg(unix)]
use super::unix::Unix;
use super::{Read, Stream};
use crate::proto::Progress;

/// A connected socket.
#[derive(Debug)]
pub(crate) enum Leaf {
    Tcp(Tcp),
    #[cfg(unix)]
    Unix(Unix),
}

macro_rules! each {
    ($self:expr, $socket:ident => $call:expr) => {
        match $self {
            Leaf::Tcp($socket) => $call,
            #[cfg(unix)]
            Leaf::Unix($socket) => $call,
        }
    };
}

impl From<Tcp> for Leaf {
    fn from(tcp: Tcp) -> Self {
        Leaf::Tcp(tcp)
    }
}

#[cfg(unix)]
impl From<Unix> for Leaf {
    fn from(unix: Unix) -> Self {
        Leaf::Unix(unix)
    }
}

impl Leaf {
    /// Ready where there is perhaps something to read or, where `writable`, room to write; else the
    /// task is woken when there is. One task at a time.
    pub(crate) fn poll_ready(&self, writable: bool, cx: &mut Context<'_>) -> Poll<()> {
        each!(self, socket => socket.poll_ready(writable, cx))
    }
}

impl Stream for Leaf {
    fn try_read(&mut self, into: &mut BytesMut, max: usize) -> io::Result<Read> {
        each!(self, socket => socket.try_read(into, max))
    }

    fn look_again(&mut self) {
        each!(self, socket => socket.look_again());
    }

    fn try_write(&mut self, head: &[u8], tail: &[u8]) -> io::Result<usize> {
        each!(self, socket => socket.try_write(head, tail))
    }

    fn progress(&mut self) -> Option<Progress> {
        each!(self, socket => socket.progress())
    }

    fn acknowledge_now(&mut self) {
        each!(self, socket => socket.acknowledge_now());
    }

    fn has_local_address(&self) -> bool {
        each!(self, socket => socket.has_local_address())
    }

    fn established(&mut self) {
        each!(self, socket => socket.established());
    }

    fn finish(&mut self, backstop: Option<Duration>) {
        each!(self, socket => socket.finish(backstop));
    }

    fn abort(self) {
        each!(self, socket => socket.abort());
    }
}
