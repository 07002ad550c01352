use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

/// What is done to the sockets before they connect.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct SocketOptions {
    /// Only this interface is used, by name (SO_BINDTODEVICE on Linux and Android, where it may
    /// need a privilege; IP_BOUND_IF on Apple's systems; an error elsewhere). Default: the
    /// system's routes decide.
    pub interface: Option<String>,
    /// The local address to connect from. Servers' addresses of the other family are not tried
    /// then. Default: the system chooses.
    pub local_address: Option<IpAddr>,
    /// Multipath TCP, where the system has it (Linux); plain TCP elsewhere, and with a server
    /// that does not speak it. What the peer acknowledged is not known then where the system does
    /// not tell it for MPTCP. Default false.
    pub multipath_tcp: bool,
    /// Gets each TCP socket before it connects, as `Network.bindSocket` of Android needs it.
    pub hook: Option<SocketHook>,
}

/// The socket as the system numbers it: a file descriptor, or a `SOCKET` on Windows.
#[cfg(unix)]
pub type RawSocket = std::os::fd::RawFd;
/// The socket as the system numbers it: a file descriptor, or a `SOCKET` on Windows.
#[cfg(windows)]
pub type RawSocket = std::os::windows::io::RawSocket;
/// The socket as the system numbers it: a file descriptor, or a `SOCKET` on Windows.
#[cfg(not(any(unix, windows)))]
pub type RawSocket = i32;

/// Gets each TCP socket before it connects. It is called on a thread of its own, may block (the
/// attempt's deadline goes on), must not close the socket, and must not use it after it returned.
/// An error fails the attempt to this address. A client's calls are made one at a time. While the
/// call of an attempt that was given up has not returned, further attempts wait a second for it,
/// and fail with
/// [`TransportErrorKind::SocketHook`](crate::error::TransportErrorKind::SocketHook) then.
#[derive(Clone)]
pub struct SocketHook(Arc<dyn Fn(RawSocket) -> io::Result<()> + Send + Sync>);

impl SocketHook {
    /// A hook that calls this.
    pub fn new(hook: impl Fn(RawSocket) -> io::Result<()> + Send + Sync + 'static) -> Self {
        SocketHook(Arc::new(hook))
    }

    /// Calls it.
    ///
    /// # Errors
    /// What the hook says.
    pub fn call(&self, socket: RawSocket) -> io::Result<()> {
        (self.0)(socket)
    }
}

impl fmt::Debug for SocketHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SocketHook(..)")
    }
}

impl fmt::Debug for SocketOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketOptions")
            .field("interface", &self.interface)
            .field("local_address", &self.local_address)
            .field("multipath_tcp", &self.multipath_tcp)
            .field("hook", &self.hook)
            .finish()
    }
}
