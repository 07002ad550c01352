//! A TCP connection as a [`Stream`].

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::Interest;
use tokio::net::TcpStream;

use super::socket::{self, AckMeter, addresses};
use super::stream::{Read, Stream};
use crate::proto::Progress;

/// A connected TCP stream. Dropping it ends the connection, also for a forked child's copy.
#[derive(Debug)]
pub(crate) struct Tcp {
    stream: TcpStream,
    peer: SocketAddr,
    meter: Option<AckMeter>,
    handed_over: u64,
    look_again: bool,
}

impl Tcp {
    /// Connects. Dropping the future ends what has come about, also for a forked child's copy.
    ///
    /// # Errors
    /// What the system reports: of the descriptor, the socket, or the connection.
    pub(super) async fn connect(peer: SocketAddr, backstop: Option<Duration>) -> io::Result<Self> {
        let mut tcp = Tcp {
            stream: socket::connect(peer, backstop)?,
            peer,
            meter: None,
            handed_over: 0,
            look_again: false,
        };
        loop {
            tcp.stream.writable().await?;
            if let Some(error) = tcp.stream.take_error()? {
                return Err(error);
            }
            match tcp.stream.peer_addr() {
                Ok(_) => break,
                // Not yet: the readiness was for nothing.
                Err(error) if error.kind() == io::ErrorKind::NotConnected => {
                    let nothing = || Err::<(), _>(io::ErrorKind::WouldBlock.into());
                    let _ = tcp.stream.try_io(Interest::WRITABLE, nothing);
                }
                Err(error) => return Err(error),
            }
        }
        tcp.meter = AckMeter::start(&tcp.stream);
        Ok(tcp)
    }

    /// Ready where there is perhaps something to read or, where `writable`, room to write; else the
    /// task is woken when there is. One task at a time.
    pub(crate) fn poll_ready(&self, writable: bool, cx: &mut Context<'_>) -> Poll<()> {
        // An error is the end of the runtime: the read will say it.
        let mut ready = self.stream.poll_read_ready(cx).is_ready();
        ready |= writable && self.stream.poll_write_ready(cx).is_ready();
        if ready {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    #[cfg(test)]
    pub(super) async fn ready(&self, writable: bool) -> io::Result<()> {
        std::future::poll_fn(|cx| self.poll_ready(writable, cx)).await;
        Ok(())
    }

    /// The address that was connected to.
    pub(crate) fn peer(&self) -> SocketAddr {
        self.peer
    }
}

impl Stream for Tcp {
    /// One system call, or none where there is nothing to read.
    ///
    /// A read that brings fewer bytes than asked has emptied the socket: the readiness is cleared
    /// then, and the read that would only say EAGAIN is spared. Nothing is missed by that:
    ///
    /// - Readiness comes as edges (epoll, kqueue): bytes or an end that arrive after the read
    ///   make a new one. One that arrives between the read and the clearing has another tick than
    ///   the one that `try_io` took before the read, and tokio clears nothing then.
    /// - An end (FIN, RST) whose edge came together with the last bytes is READ_CLOSED, which
    ///   tokio never clears: the next `ready` returns at once, and the next read says it.
    /// - Where mio asks the system level by level (Windows, poll), a WouldBlock makes it ask
    ///   again, and what is there makes a new readiness.
    ///
    /// Only urgent data, which MQTT does not know, makes a read short with bytes behind it; these
    /// then wait for the next that arrives, or for `look_again`.
    fn try_read(&mut self, into: &mut BytesMut, max: usize) -> io::Result<Read> {
        // Of nothing, the answer would look like the end.
        let max = max.max(1);
        if std::mem::take(&mut self.look_again) {
            let (count, _) = socket::receive(&self.stream, into, max)?;
            return Ok(found(count, true));
        }
        let mut last = None;
        let full = self.stream.try_io(Interest::READABLE, || {
            let (count, wanted) = socket::receive(&self.stream, into, max)?;
            if 0 < count && count < wanted {
                last = Some(count);
                return Err(io::ErrorKind::WouldBlock.into());
            }
            Ok(count)
        });
        match last {
            Some(count) => Ok(found(count, false)),
            None => full.map(|count| found(count, true)),
        }
    }

    fn look_again(&mut self) {
        self.look_again = true;
    }

    /// As with reading: what is taken in part leaves no room, and the kernel makes an edge when
    /// there is some again.
    fn try_write(&mut self, head: &[u8], tail: &[u8]) -> io::Result<usize> {
        let asked = head.len() + tail.len();
        if asked == 0 {
            return Ok(0);
        }
        let mut part = None;
        let whole = self.stream.try_io(Interest::WRITABLE, || {
            let count = socket::send(&self.stream, head, tail)?;
            if count < asked {
                part = Some(count);
                return Err(io::ErrorKind::WouldBlock.into());
            }
            Ok(count)
        });
        let count = match part {
            Some(count) if count > 0 => count,
            _ => whole?,
        };
        self.handed_over += count as u64;
        Ok(count)
    }

    fn progress(&mut self) -> Option<Progress> {
        let meter = self.meter.as_mut()?;
        Some(meter.read(&self.stream, self.handed_over))
    }

    fn acknowledge_now(&mut self) {
        socket::acknowledge_now(&self.stream);
    }

    fn has_local_address(&self) -> bool {
        // Where it cannot be said, the reads will tell what is wrong with the socket.
        self.stream.local_addr().map_or(true, addresses::is_local)
    }

    fn established(&mut self) {
        socket::set_backstop(&self.stream, None);
    }

    fn finish(&mut self, backstop: Option<Duration>) {
        socket::set_backstop(&self.stream, backstop);
        socket::shutdown(&self.stream, std::net::Shutdown::Write);
    }

    fn abort(self) {
        socket::abort(&self.stream);
    }
}

/// Where the system gives nothing, there will be nothing.
fn found(count: usize, more: bool) -> Read {
    if count == 0 {
        Read::END
    } else {
        Read::bytes(count, more)
    }
}

impl Drop for Tcp {
    fn drop(&mut self) {
        // Closing alone would leave the connection to a child that was forked meanwhile.
        socket::shutdown(&self.stream, std::net::Shutdown::Both);
    }
}

#[cfg(test)]
mod tests;
