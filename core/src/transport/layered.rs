//! A stream with the layers that its server wants.

use std::io;
use std::time::Duration;

use bytes::BytesMut;

use super::{Read, Stream};
use crate::proto::Progress;

/// A leaf, such as TCP, with the layers over it. All of them are open.
#[derive(Debug)]
pub enum Layered<S> {
    /// The leaf alone.
    Plain(S),
}

/// The same call, whatever there is.
macro_rules! each {
    ($self:expr, $stream:ident => $call:expr) => {
        match $self {
            Layered::Plain($stream) => $call,
        }
    };
}

impl<S> Layered<S> {
    /// The leaf.
    pub fn leaf(&self) -> &S {
        match self {
            Layered::Plain(leaf) => leaf,
        }
    }
}

impl<S: Stream> Stream for Layered<S> {
    fn try_read(&mut self, into: &mut BytesMut, max: usize) -> io::Result<Read> {
        each!(self, stream => stream.try_read(into, max))
    }

    fn look_again(&mut self) {
        each!(self, stream => stream.look_again());
    }

    fn try_write(&mut self, head: &[u8], tail: &[u8]) -> io::Result<usize> {
        each!(self, stream => stream.try_write(head, tail))
    }

    fn flush(&mut self) -> io::Result<()> {
        each!(self, stream => stream.flush())
    }

    fn progress(&mut self) -> Option<Progress> {
        each!(self, stream => stream.progress())
    }

    fn acknowledge_now(&mut self) {
        each!(self, stream => stream.acknowledge_now());
    }

    fn has_local_address(&self) -> bool {
        each!(self, stream => stream.has_local_address())
    }

    fn established(&mut self) {
        each!(self, stream => stream.established());
    }

    fn finish(&mut self, backstop: Option<Duration>) {
        each!(self, stream => stream.finish(backstop));
    }

    fn abort(self) {
        each!(self, stream => stream.abort());
    }
}
