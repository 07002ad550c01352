//! What carries a connection's bytes: the socket itself, or TLS over it.

use std::io::{self, Read as _, Write as _};

use mio::net::TcpStream;

use crate::tls::Tls;

/// A connection's bytes, in and out.
pub(crate) enum Wire {
    Plain(TcpStream),
    Tls(Box<Tls>),
}

/// What a read brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Brought {
    /// Bytes; 0 only at the end of the stream.
    pub(crate) count: usize,
    /// The socket was seen empty: readiness will tell of more.
    pub(crate) drained: bool,
}

impl Wire {
    /// Reads into `buffer`, which is larger than what a read of TLS brings.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<Brought> {
        match self {
            Wire::Plain(socket) => {
                let count = socket.read(buffer)?;
                Ok(Brought {
                    count,
                    drained: count < buffer.len(),
                })
            }
            Wire::Tls(tls) => tls.read(buffer),
        }
    }

    /// Takes some of `bytes`; what it took may wait for `flush`.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Wire::Plain(socket) => socket.write(bytes),
            Wire::Tls(tls) => tls.write(bytes),
        }
    }

    /// Sends what waits; `WouldBlock` while there is some.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        match self {
            Wire::Plain(_) => Ok(()),
            Wire::Tls(tls) => tls.flush(),
        }
    }

    /// Says goodbye, as far as the socket takes it at once.
    pub(crate) fn finish(&mut self) {
        if let Wire::Tls(tls) = self {
            tls.finish();
        }
    }
}
