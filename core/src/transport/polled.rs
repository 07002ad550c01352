//! Sockets for a loop that polls descriptors: the same sockets as the engine's, without a runtime
//! around them.

mod race;

use std::io::{self, ErrorKind, Read};
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

use super::host::{self, Host};
use super::pipe::Below;
use super::socket::{self, AckMeter, ack_meter, addresses};
use super::unix::SocketPath;
use crate::error::TransportError;
use crate::proto::Progress;

pub(crate) use super::failures::Failures;
pub(crate) use race::{Race, Raced};

/// A host, and its address where it is one.
pub(crate) enum Place {
    /// To be looked up.
    Name(String),
    Address(SocketAddr),
}

/// Where this host is, by its text.
pub(crate) fn place(text: &str) -> Result<Place, TransportError> {
    let host: Host = host::parse(text)
        .map_err(|must_be| TransportError::new(format!("it must be {must_be}")))?;
    match host.literal() {
        Some(Ok(address)) => Ok(Place::Address(address)),
        Some(Err(error)) => Err(error.into()),
        None => Ok(Place::Name(host.text().to_string())),
    }
}

/// A connected socket.
#[derive(Debug)]
pub(crate) struct Polled {
    socket: Arc<Socket>,
    /// Bytes that the system took.
    written: Arc<AtomicU64>,
    /// What is special to TCP.
    tcp: Option<ack_meter::Protocol>,
    established: Arc<AtomicBool>,
}

impl Polled {
    fn tcp(socket: Socket, made_for: ack_meter::Protocol) -> Self {
        Polled {
            socket: Arc::new(socket),
            written: Arc::default(),
            tcp: Some(made_for),
            established: Arc::default(),
        }
    }

    /// What the pipe above it asks.
    pub(crate) fn below(&self) -> Box<dyn Below> {
        let meter = self
            .tcp
            .and_then(|made_for| AckMeter::start(&SockRef::from(&*self.socket), made_for));
        Box::new(Known {
            socket: Arc::clone(&self.socket),
            written: Arc::clone(&self.written),
            is_tcp: self.tcp.is_some(),
            meter,
            established: Arc::clone(&self.established),
        })
    }

    /// Whether CONNACK came over it.
    pub(crate) fn is_established(&self) -> bool {
        self.established.load(Ordering::Relaxed)
    }

    /// Reads what is there; 0: the peer sends no more.
    pub(crate) fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        (&*self.socket).read(into)
    }

    /// Writes as much as there is room for, and makes no signal.
    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let count = self
            .socket
            .send_with_flags(bytes, socket::transfer::NO_SIGNAL)?;
        self.written.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }

    /// Sends nothing more.
    pub(crate) fn finish(&self) {
        socket::shutdown(&SockRef::from(&*self.socket), std::net::Shutdown::Write);
    }

    /// Ends it at once.
    pub(crate) fn abort(&self) {
        let socket = SockRef::from(&*self.socket);
        match self.tcp {
            Some(_) => socket::abort(&socket),
            None => socket::shutdown(&socket, std::net::Shutdown::Both),
        }
    }
}

impl AsFd for Polled {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Drop for Polled {
    fn drop(&mut self) {
        // Closing alone would leave the connection to a child that was forked meanwhile.
        socket::shutdown(&SockRef::from(&*self.socket), std::net::Shutdown::Both);
    }
}

#[derive(Debug)]
struct Known {
    socket: Arc<Socket>,
    written: Arc<AtomicU64>,
    is_tcp: bool,
    meter: Option<AckMeter>,
    established: Arc<AtomicBool>,
}

impl Below for Known {
    fn progress(&mut self) -> Option<Progress> {
        let written = self.written.load(Ordering::Relaxed);
        let meter = self.meter.as_mut()?;
        Some(meter.read(&SockRef::from(&*self.socket), written))
    }

    fn acknowledge_now(&mut self) {
        if self.is_tcp {
            socket::acknowledge_now(&SockRef::from(&*self.socket));
        }
    }

    fn has_local_address(&self) -> bool {
        if !self.is_tcp {
            return true;
        }
        // Where it cannot be said, the reads will tell what is wrong with the socket.
        let address = self.socket.local_addr().ok();
        let address = address.and_then(|it| it.as_socket());
        address.is_none_or(addresses::is_local)
    }

    fn established(&mut self) {
        self.established.store(true, Ordering::Relaxed);
        self.set_backstop(None);
    }

    fn set_backstop(&mut self, backstop: Option<Duration>) {
        if self.is_tcp {
            socket::set_backstop(&SockRef::from(&*self.socket), backstop);
        }
    }
}

/// A Unix socket that connects at once, or where the queue of its listener has room.
///
/// # Errors
/// `WouldBlock` where the queue is full; else what the system reports.
pub(crate) fn connect_unix(path: &str) -> io::Result<Polled> {
    let path = SocketPath::parse(path).map_err(|must_be| {
        io::Error::new(ErrorKind::InvalidInput, format!("it must be {must_be}"))
    })?;
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.connect(path.address())?;
    Ok(Polled {
        socket: Arc::new(socket),
        written: Arc::default(),
        tcp: None,
        established: Arc::default(),
    })
}
