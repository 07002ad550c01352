//! A TCP connection as a [`Stream`].

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BytesMut;
use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::TcpStream;

use super::socket::{self, AckMeter, Connecting, Sockets, addresses, local_network, transfer};
use super::stream::{Read, Stream};
use crate::proto::Progress;

/// Waits until it is connected.
async fn established(stream: &TcpStream) -> io::Result<()> {
    loop {
        stream.writable().await?;
        if let Some(error) = stream.take_error()? {
            return Err(error);
        }
        match stream.peer_addr() {
            Ok(_) => return Ok(()),
            // Not yet: the readiness was for nothing.
            Err(error) if error.kind() == io::ErrorKind::NotConnected => {
                let nothing = || Err::<(), _>(io::ErrorKind::WouldBlock.into());
                let _ = stream.try_io(Interest::WRITABLE, nothing);
            }
            Err(error) => return Err(error),
        }
    }
}

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
    /// What the system reports: of the descriptor, the socket, or the connection; what stands
    /// against the socket's options.
    pub(super) async fn connect(peer: SocketAddr, sockets: Arc<Sockets>) -> io::Result<Self> {
        let Connecting { stream, made_for } = sockets.connect(peer).await?;
        let mut tcp = Tcp {
            stream,
            peer,
            meter: None,
            handed_over: 0,
            look_again: false,
        };
        local_network::unless_refused(peer, established(&tcp.stream)).await?;
        tcp.meter = AckMeter::start(&SockRef::from(&tcp.stream), made_for);
        Ok(tcp)
    }

    /// Ready where there is perhaps something to read or, where `writable`, room to write; else the
    /// task is woken when there is. One task at a time.
    pub(crate) fn poll_ready(&self, writable: bool, cx: &mut Context<'_>) -> Poll<()> {
        transfer::poll_ready(&self.stream, writable, cx)
    }

    #[cfg(test)]
    pub(super) async fn ready(&self, writable: bool) -> io::Result<()> {
        std::future::poll_fn(|cx| self.poll_ready(writable, cx)).await;
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn socket(&self) -> socket2::SockRef<'_> {
        socket2::SockRef::from(&self.stream)
    }

    #[cfg(all(test, target_os = "linux"))]
    pub(super) fn speaks_multipath(&self) -> bool {
        self.meter.as_ref().is_some_and(AckMeter::is_multipath)
    }

    /// The address that was connected to.
    pub(crate) fn peer(&self) -> SocketAddr {
        self.peer
    }
}

impl Stream for Tcp {
    fn try_read(&mut self, into: &mut BytesMut, max: usize) -> io::Result<Read> {
        let ask = std::mem::take(&mut self.look_again);
        transfer::read(&self.stream, ask, into, max)
    }

    fn look_again(&mut self) {
        self.look_again = true;
    }

    fn try_write(&mut self, head: &[u8], tail: &[u8]) -> io::Result<usize> {
        let count = transfer::write(&self.stream, head, tail)?;
        self.handed_over += count as u64;
        Ok(count)
    }

    fn progress(&mut self) -> Option<Progress> {
        let meter = self.meter.as_mut()?;
        Some(meter.read(&SockRef::from(&self.stream), self.handed_over))
    }

    fn acknowledge_now(&mut self) {
        socket::acknowledge_now(&SockRef::from(&self.stream));
    }

    fn has_local_address(&self) -> bool {
        // Where it cannot be said, the reads will tell what is wrong with the socket.
        self.stream.local_addr().map_or(true, addresses::is_local)
    }

    fn established(&mut self) {
        socket::set_backstop(&SockRef::from(&self.stream), None);
    }

    fn finish(&mut self, backstop: Option<Duration>) {
        socket::set_backstop(&SockRef::from(&self.stream), backstop);
        socket::shutdown(&SockRef::from(&self.stream), std::net::Shutdown::Write);
    }

    fn abort(self) {
        socket::abort(&SockRef::from(&self.stream));
    }
}

impl Drop for Tcp {
    fn drop(&mut self) {
        // Closing alone would leave the connection to a child that was forked meanwhile.
        socket::shutdown(&SockRef::from(&self.stream), std::net::Shutdown::Both);
    }
}

#[cfg(test)]
mod tests;
