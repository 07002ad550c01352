//! The broker's end of a connection: TCP, and the layers over it.

use bytes::BytesMut;

use crate::tcp::Tcp;

/// What the broker reads from and writes to.
#[derive(Debug)]
pub struct Far {
    /// The system's part.
    pub tcp: Tcp,
}

impl Far {
    /// Over this TCP, without a layer.
    pub fn new(tcp: Tcp) -> Self {
        Far { tcp }
    }

    /// Moves up to `most` received bytes to the end of `into`.
    pub fn read(&mut self, into: &mut BytesMut, most: usize) -> usize {
        self.tcp.read(into, most)
    }

    /// Received bytes that wait.
    pub fn readable(&self) -> usize {
        self.tcp.readable()
    }

    /// Takes what there is room for, and says how much.
    pub fn write(&mut self, bytes: &[u8]) -> usize {
        self.tcp.write(bytes)
    }

    /// No more bytes follow.
    pub fn finish(&mut self) {
        self.tcp.finish();
    }

    /// The client's stream has ended and all of it was read.
    pub fn is_eof(&self) -> bool {
        self.tcp.is_eof()
    }
}
