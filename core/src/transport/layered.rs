//! A stream with the layers that its server wants.

use std::io;
use std::time::Duration;

use bytes::BytesMut;

#[cfg(feature = "tls")]
use super::Tls;
#[cfg(feature = "websocket")]
use super::WebSocket;
use super::{Read, Stream};
use crate::proto::Progress;
use crate::types::Instant;

/// A leaf, such as TCP, with the layers over it. All of them are open.
#[derive(Debug)]
pub enum Layered<S> {
    /// The leaf alone.
    Plain {
        /// The leaf.
        leaf: S,
        /// What a proxy's tunnel took of it, in bytes, which is no part of the stream.
        base: u64,
    },
    /// TLS.
    #[cfg(feature = "tls")]
    Tls(Box<Tls<S>>),
    /// WebSocket.
    #[cfg(feature = "websocket")]
    WebSocket(Box<WebSocket<S>>),
    /// WebSocket over TLS.
    #[cfg(all(feature = "tls", feature = "websocket"))]
    WebSocketTls(Box<WebSocket<Tls<S>>>),
}

/// The same call, whatever there is.
macro_rules! each {
    ($self:expr, $stream:ident => $call:expr) => {
        match $self {
            Layered::Plain { leaf: $stream, .. } => $call,
            #[cfg(feature = "tls")]
            Layered::Tls($stream) => $call,
            #[cfg(feature = "websocket")]
            Layered::WebSocket($stream) => $call,
            #[cfg(all(feature = "tls", feature = "websocket"))]
            Layered::WebSocketTls($stream) => $call,
        }
    };
}

impl<S: Stream> Layered<S> {
    /// The leaf.
    pub fn leaf(&self) -> &S {
        match self {
            Layered::Plain { leaf, .. } => leaf,
            #[cfg(feature = "tls")]
            Layered::Tls(tls) => tls.get_ref(),
            #[cfg(feature = "websocket")]
            Layered::WebSocket(web_socket) => web_socket.get_ref(),
            #[cfg(all(feature = "tls", feature = "websocket"))]
            Layered::WebSocketTls(web_socket) => web_socket.get_ref().get_ref(),
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
        let progress = each!(self, stream => stream.progress())?;
        let base = match self {
            Layered::Plain { base, .. } => *base,
            // Layers count their own.
            #[cfg(any(feature = "tls", feature = "websocket"))]
            _ => return Some(progress),
        };
        Some(Progress {
            acked: progress.acked.saturating_sub(base),
            reached: progress.reached.saturating_sub(base),
            ..progress
        })
    }

    fn stands_since(&self) -> Option<Instant> {
        self.leaf().stands_since()
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
