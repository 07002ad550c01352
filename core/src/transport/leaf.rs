//! What the system's sockets give: TCP, and Unix sockets where there are some.

use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BytesMut;

use super::tcp::Tcp;
use super::{Read, Stream};
use crate::proto::Progress;

/// A connected socket.
#[derive(Debug)]
pub(crate) struct Leaf {
    socket: Socket,
    /// What a proxy's tunnel took, which is no part of what goes through it.
    base: u64,
}

#[derive(Debug)]
enum Socket {
    Tcp(Tcp),
}

macro_rules! each {
    ($self:expr, $socket:ident => $call:expr) => {
        match $self {
            Socket::Tcp($socket) => $call,
        }
    };
}

impl From<Tcp> for Leaf {
    fn from(tcp: Tcp) -> Self {
        Leaf {
            socket: Socket::Tcp(tcp),
            base: 0,
        }
    }
}

impl Leaf {
    /// Ready where there is perhaps something to read or, where `writable`, room to write; else the
    /// task is woken when there is. One task at a time.
    pub(crate) fn poll_ready(&self, writable: bool, cx: &mut Context<'_>) -> Poll<()> {
        each!(&self.socket, socket => socket.poll_ready(writable, cx))
    }
}

impl Stream for Leaf {
    fn try_read(&mut self, into: &mut BytesMut, max: usize) -> io::Result<Read> {
        each!(&mut self.socket, socket => socket.try_read(into, max))
    }

    fn look_again(&mut self) {
        each!(&mut self.socket, socket => socket.look_again());
    }

    fn try_write(&mut self, head: &[u8], tail: &[u8]) -> io::Result<usize> {
        each!(&mut self.socket, socket => socket.try_write(head, tail))
    }

    fn progress(&mut self) -> Option<Progress> {
        let progress = each!(&mut self.socket, socket => socket.progress())?;
        Some(Progress {
            acked: progress.acked.saturating_sub(self.base),
            reached: progress.reached.saturating_sub(self.base),
            ..progress
        })
    }

    fn acknowledge_now(&mut self) {
        each!(&mut self.socket, socket => socket.acknowledge_now());
    }

    fn has_local_address(&self) -> bool {
        each!(&self.socket, socket => socket.has_local_address())
    }

    fn established(&mut self) {
        each!(&mut self.socket, socket => socket.established());
    }

    fn finish(&mut self, backstop: Option<Duration>) {
        each!(&mut self.socket, socket => socket.finish(backstop));
    }

    fn abort(self) {
        each!(self.socket, socket => socket.abort());
    }
}
