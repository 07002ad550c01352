//! TCP as a [`Stream`].

use std::io::{self, IoSlice};
use std::time::Duration;

use bytes::BytesMut;
use socket2::SockRef;
use tokio::net::TcpStream;

use super::stream::{Read, Stream};
use crate::engine::socket::{self, AckMeter};
use crate::proto::Progress;

/// A TCP connection.
#[derive(Debug)]
pub(crate) struct TcpLeaf {
    pub(crate) tcp: TcpStream,
    meter: Option<AckMeter>,
    written: u64,
}

impl TcpLeaf {
    pub(crate) fn new(tcp: TcpStream) -> Self {
        let meter = AckMeter::start(&tcp);
        TcpLeaf {
            tcp,
            meter,
            written: 0,
        }
    }
}

impl Stream for TcpLeaf {
    fn try_read(&mut self, into: &mut BytesMut, _max: usize) -> io::Result<Read> {
        let count = self.tcp.try_read_buf(into)?;
        Ok(Read {
            count,
            more: count > 0,
        })
    }

    fn try_write(&mut self, head: &[u8], tail: &[u8]) -> io::Result<usize> {
        let count = if tail.is_empty() {
            self.tcp.try_write(head)?
        } else {
            self.tcp
                .try_write_vectored(&[IoSlice::new(head), IoSlice::new(tail)])?
        };
        self.written += count as u64;
        Ok(count)
    }

    fn progress(&mut self) -> Option<Progress> {
        let meter = self.meter.as_mut()?;
        Some(meter.read(&self.tcp, self.written))
    }

    fn acknowledge_now(&mut self) {}

    fn has_local_address(&self) -> bool {
        socket::has_local_address(&self.tcp)
    }

    fn established(&mut self) {
        socket::set_backstop(&SockRef::from(&self.tcp), None);
    }

    fn finish(&mut self, backstop: Option<Duration>) {
        let socket = SockRef::from(&self.tcp);
        socket::set_backstop(&socket, backstop);
        let _ = socket.shutdown(std::net::Shutdown::Write);
    }

    fn abort(self) {
        socket::abort(self.tcp);
    }
}
