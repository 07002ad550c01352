//! What one system's sockets have and another's have not. What the library sets by itself is a
//! help and no condition: where it is missing, the rules above it still hold, with the loss that
//! [`AckMeter`] names. What the application wants ([`place`], [`hook`]) is a condition.

pub(super) mod ack_meter;
pub(super) mod addresses;
mod hook;
pub(super) mod local_network;
mod place;
pub(super) mod transfer;

pub(super) use ack_meter::AckMeter;

use std::io::{self, ErrorKind};
use std::net::{Shutdown, SocketAddr};
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::TcpStream;

use super::options::SocketOptions;
use crate::log::log;
use hook::HookCalls;

/// How much the kernel queues unsent before it stops taking more (rule L11).
#[cfg(any(target_os = "linux", target_os = "android"))]
const NOTSENT_LOWAT: u32 = 16 * 1024;

/// How a client's TCP sockets are made.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    options: SocketOptions,
    backstop: Option<Duration>,
    hook_calls: HookCalls,
}

/// A socket that is connecting.
pub(super) struct Connecting {
    pub(super) stream: TcpStream,
    pub(super) made_for: ack_meter::Protocol,
}

impl Sockets {
    /// `backstop`: until they are connected, as in `Stream::finish`.
    pub(crate) fn new(options: SocketOptions, backstop: Option<Duration>) -> Self {
        Sockets {
            options,
            backstop,
            hook_calls: HookCalls::default(),
        }
    }

    /// Whether the options allow to connect to this address.
    pub(super) fn suit(&self, peer: &SocketAddr) -> bool {
        place::suits(&self.options, peer)
    }

    /// A socket that connects to this address. It is when it is writable and has no error.
    ///
    /// # Errors
    /// No descriptor, no buffer, no route, or what else the system knows at once; that an option
    /// cannot be met; what the hook says.
    pub(super) async fn connect(&self, address: SocketAddr) -> io::Result<Connecting> {
        let (mut socket, made_for) = self.made(address)?;
        if let Some(hook) = &self.options.hook {
            socket = self.hook_calls.call(hook, socket).await?;
        }
        begin(&socket, address)?;
        Ok(Connecting {
            stream: TcpStream::from_std(socket.into())?,
            made_for,
        })
    }

    /// As [`connect`](Self::connect), where the hook is called here and now.
    #[cfg(all(
        feature = "host-loop",
        any(target_os = "linux", target_vendor = "apple")
    ))]
    pub(super) fn connect_here(
        &self,
        address: SocketAddr,
    ) -> io::Result<(Socket, ack_meter::Protocol)> {
        let (socket, made_for) = self.made(address)?;
        if let Some(hook) = &self.options.hook {
            hook::call_here(hook, &socket)?;
        }
        begin(&socket, address)?;
        Ok((socket, made_for))
    }

    fn made(&self, address: SocketAddr) -> io::Result<(Socket, ack_meter::Protocol)> {
        let (socket, made_for) = self.open(address)?;
        prepare(&SockRef::from(&socket), self.backstop);
        place::bind(&socket, &self.options, address)?;
        Ok((socket, made_for))
    }

    fn open(&self, address: SocketAddr) -> io::Result<(Socket, ack_meter::Protocol)> {
        let family = Domain::for_address(address);
        #[cfg(target_os = "linux")]
        if self.options.multipath_tcp {
            match Socket::new(family, Type::STREAM, Some(Protocol::MPTCP)) {
                Ok(socket) => {
                    let made_for = ack_meter::Protocol::multipath(&socket);
                    return Ok((socket, made_for));
                }
                // Not in this kernel, or switched off.
                Err(error) => log!(Debug, "no Multipath TCP: {error}"),
            }
        }
        let socket = Socket::new(family, Type::STREAM, Some(Protocol::TCP))?;
        Ok((socket, ack_meter::Protocol::Tcp))
    }
}

/// Connects; without waiting, whatever a hook did.
fn begin(socket: &Socket, address: SocketAddr) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    match socket.connect(&address.into()) {
        Ok(()) => Ok(()),
        Err(error) if is_under_way(&error) => Ok(()),
        Err(error) => Err(local_network::explain(address, error)),
    }
}

fn is_under_way(error: &io::Error) -> bool {
    #[cfg(unix)]
    let started = error.raw_os_error() == Some(libc::EINPROGRESS);
    #[cfg(not(unix))]
    let started = false;
    started || error.kind() == ErrorKind::WouldBlock
}

/// Options of every socket, set before it connects.
fn prepare(socket: &SockRef<'_>, backstop: Option<Duration>) {
    // Coalescing is done in user space, where it costs no round trip.
    note("TCP_NODELAY", socket.set_tcp_nodelay(true));
    #[cfg(any(target_os = "linux", target_os = "android"))]
    note(
        "TCP_NOTSENT_LOWAT",
        socket.set_tcp_notsent_lowat(NOTSENT_LOWAT),
    );
    backstop::set(socket, backstop);
}

/// Rule L18: the kernel's own limit, as a backstop while connecting and after a graceful close.
pub(super) fn set_backstop(stream: &SockRef<'_>, after: Option<Duration>) {
    backstop::set(stream, after);
}

/// TCP_USER_TIMEOUT, in milliseconds; 0 is the system's own.
#[cfg(any(target_os = "linux", target_os = "android"))]
mod backstop {
    use super::{Duration, SockRef, note};

    /// The kernel takes it as a signed number.
    const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);

    pub(super) fn set(socket: &SockRef<'_>, after: Option<Duration>) {
        let after = after.map(|after| after.clamp(Duration::from_millis(1), LONGEST));
        note("TCP_USER_TIMEOUT", socket.set_tcp_user_timeout(after));
    }
}

/// TCP_CONNECTIONTIMEOUT until it is connected and TCP_RXT_CONNDROPTIME from then on, in seconds;
/// 0 is the system's own.
#[cfg(target_vendor = "apple")]
mod backstop {
    use std::os::fd::AsRawFd;

    use super::{Duration, SockRef, note};

    // netinet/tcp.h; libc has neither.
    const TCP_CONNECTIONTIMEOUT: libc::c_int = 0x20;
    const TCP_RXT_CONNDROPTIME: libc::c_int = 0x80;

    pub(super) fn set(socket: &SockRef<'_>, after: Option<Duration>) {
        let seconds = after.map_or(0, |after| {
            libc::c_int::try_from(after.as_millis().div_ceil(1000)).unwrap_or(libc::c_int::MAX)
        });
        for (name, option) in [
            ("TCP_CONNECTIONTIMEOUT", TCP_CONNECTIONTIMEOUT),
            ("TCP_RXT_CONNDROPTIME", TCP_RXT_CONNDROPTIME),
        ] {
            // SAFETY: the descriptor is open as long as `socket` lives, and the kernel reads
            // as many bytes of `seconds` as it has.
            let result = unsafe {
                libc::setsockopt(
                    socket.as_raw_fd(),
                    libc::IPPROTO_TCP,
                    option,
                    (&raw const seconds).cast(),
                    size_of_val(&seconds) as libc::socklen_t,
                )
            };
            let result = if result == 0 {
                Ok(())
            } else {
                Err(std::io::Error::last_os_error())
            };
            note(name, result);
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
mod backstop {
    use super::{Duration, SockRef};

    pub(super) fn set(_: &SockRef<'_>, _: Option<Duration>) {}
}

/// Sends the acknowledgement that the kernel has delayed, if there is one, and delays none until
/// it decides otherwise: the option holds only for a while.
pub(super) fn acknowledge_now(stream: &SockRef<'_>) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    note("TCP_QUICKACK", stream.set_tcp_quickack(true));
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = stream;
}

/// Ends one direction or both. That it has ended already is no news.
pub(super) fn shutdown(stream: &SockRef<'_>, how: Shutdown) {
    let _ = stream.shutdown(how);
}

/// Ends the connection with a reset that keeps nothing (rule L15), before the descriptor is
/// closed and apart from it: a forked child's copy would keep the connection alive, and there the
/// zero linger of the close does nothing.
pub(super) fn abort(stream: &SockRef<'_>) {
    if dissolve(stream).is_err() {
        // Not on this system: FIN behind what is queued, and RST by the close where ours is the
        // only descriptor.
        shutdown(stream, Shutdown::Both);
        note("SO_LINGER", stream.set_linger(Some(Duration::ZERO)));
    }
}

/// RST at once whoever holds a descriptor: connecting to no address dissolves a connection.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn dissolve(stream: &SockRef<'_>) -> io::Result<()> {
    use std::os::fd::AsRawFd;

    let nowhere = libc::sockaddr {
        sa_family: libc::AF_UNSPEC as libc::sa_family_t,
        sa_data: [0; 14],
    };
    // SAFETY: the descriptor is open as long as `stream` lives, and the kernel reads as many
    // bytes of `nowhere` as it has.
    let result = unsafe {
        libc::connect(
            stream.as_raw_fd(),
            &raw const nowhere,
            size_of_val(&nowhere) as libc::socklen_t,
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn dissolve(_: &SockRef<'_>) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

fn note(option: &str, result: io::Result<()>) {
    if let Err(error) = result {
        log!(Debug, "socket option {option} not set: {error}");
    }
}

#[cfg(test)]
mod tests;
