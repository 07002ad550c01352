//! What one system's sockets have and another's have not. Every option is a help, none a
//! condition: where it is missing, the rules above it still hold, with the loss that
//! [`AckMeter`] names.

use std::time::Duration;

use socket2::SockRef;
use tokio::net::TcpStream;

use crate::proto::Progress;

/// How much the kernel queues unsent before it stops taking more (rule L11).
#[cfg(any(target_os = "linux", target_os = "android"))]
const NOTSENT_LOWAT: u32 = 16 * 1024;

/// Options of every socket, set before it connects.
pub(crate) fn prepare(socket: &SockRef<'_>) {
    // Coalescing is done in user space, where it costs no round trip.
    note("TCP_NODELAY", socket.set_tcp_nodelay(true));
    #[cfg(any(target_os = "linux", target_os = "android"))]
    note(
        "TCP_NOTSENT_LOWAT",
        socket.set_tcp_notsent_lowat(NOTSENT_LOWAT),
    );
}

/// Rule L18: the kernel's own limit, as a backstop while connecting and after a graceful close.
/// Not on systems without TCP_USER_TIMEOUT.
pub(crate) fn set_backstop(socket: &SockRef<'_>, after: Option<Duration>) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    note("TCP_USER_TIMEOUT", socket.set_tcp_user_timeout(after));
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = (socket, after);
}

/// Closing now sends RST and keeps nothing (rule L15).
pub(crate) fn abort(stream: TcpStream) {
    note(
        "SO_LINGER",
        SockRef::from(&stream).set_linger(Some(Duration::ZERO)),
    );
    drop(stream);
}

/// Whether the system still has the address that the stream is bound to: whether another socket
/// could be bound to it.
pub(crate) fn has_local_address(stream: &TcpStream) -> bool {
    stream
        .local_addr()
        .is_ok_and(|address| has_address(address.ip()))
}

fn has_address(ip: std::net::IpAddr) -> bool {
    match std::net::UdpSocket::bind((ip, 0)) {
        Ok(_) => true,
        Err(error) => error.kind() != std::io::ErrorKind::AddrNotAvailable,
    }
}

fn note(option: &str, result: std::io::Result<()>) {
    if let Err(error) = result {
        tracing::debug!(option, %error, "socket option not set");
    }
}

/// Reads what the peer's TCP has acknowledged of one stream.
///
/// Linux and Android: `tcp_info.tcpi_bytes_acked` (kernel 4.1 and later). macOS and iOS:
/// TCP_CONNECTION_INFO. Elsewhere it is not known: a slow upload and a dead path then look alike,
/// and rule L7 alone stands.
#[derive(Debug)]
pub(crate) struct AckMeter {
    /// What the system had counted when the stream was opened.
    base: u64,
    /// What was read last.
    acked: u64,
}

impl AckMeter {
    /// Starts at the stream's beginning; `None` where the system does not tell.
    pub(crate) fn start(stream: &TcpStream) -> Option<Self> {
        let (base, _) = acknowledged(stream, 0)?;
        Some(AckMeter { base, acked: 0 })
    }

    /// What is acknowledged now, of `handed_over` bytes written in all. Where the system suddenly
    /// does not tell any more (the stream is ending), nothing new is.
    pub(crate) fn read(&mut self, stream: &TcpStream, handed_over: u64) -> Progress {
        let mut last_ack_age = None;
        if let Some((acked, age)) = acknowledged(stream, handed_over) {
            self.acked = acked.saturating_sub(self.base).min(handed_over);
            last_ack_age = age;
        }
        Progress {
            acked: self.acked,
            last_ack_age,
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn acknowledged(stream: &TcpStream, _: u64) -> Option<(u64, Option<Duration>)> {
    use std::os::fd::AsRawFd;

    /// The beginning of `struct tcp_info`; libc has it for some systems only.
    #[repr(C)]
    #[derive(Default)]
    struct TcpInfo {
        bytes: [u8; 8],
        before_last_ack_recv: [u32; 12],
        last_ack_recv_ms: u32,
        after_last_ack_recv: [u32; 11],
        pacing_rates: [u64; 2],
        bytes_acked: u64,
    }

    let mut info = TcpInfo::default();
    let mut length = size_of::<TcpInfo>() as libc::socklen_t;
    // SAFETY: the descriptor is open as long as `stream` lives; `info` has `length` writable
    // bytes, the kernel writes at most that many, and any bytes are a valid `TcpInfo`.
    let result = unsafe {
        libc::getsockopt(
            stream.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            (&raw mut info).cast(),
            &raw mut length,
        )
    };
    // Kernels before 4.1 have a shorter structure.
    if result != 0 || (length as usize) < size_of::<TcpInfo>() {
        return None;
    }
    let age = Duration::from_millis(u64::from(info.last_ack_recv_ms));
    Some((info.bytes_acked, Some(age)))
}

#[cfg(target_vendor = "apple")]
fn acknowledged(stream: &TcpStream, handed_over: u64) -> Option<(u64, Option<Duration>)> {
    use std::mem::MaybeUninit;
    use std::os::fd::AsRawFd;

    let mut info = MaybeUninit::<libc::tcp_connection_info>::zeroed();
    let mut length = size_of::<libc::tcp_connection_info>() as libc::socklen_t;
    // SAFETY: the descriptor is open as long as `stream` lives; `info` has `length` writable
    // bytes, and the kernel writes at most that many.
    let result = unsafe {
        libc::getsockopt(
            stream.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_CONNECTION_INFO,
            info.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    if result != 0 || (length as usize) < size_of::<libc::tcp_connection_info>() {
        return None;
    }
    // SAFETY: zeroed, then written by the kernel; it holds integers only.
    let info = unsafe { info.assume_init() };
    // What is in the send buffer, sent or not, is what is not acknowledged.
    Some((
        handed_over.saturating_sub(u64::from(info.tcpi_snd_sbbytes)),
        None,
    ))
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn acknowledged(_: &TcpStream, _: u64) -> Option<(u64, Option<Duration>)> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_machine_are_there() {
        assert!(has_address("127.0.0.1".parse().unwrap()));
        // For documentation only (RFC 5737): no machine has it.
        assert!(!has_address("192.0.2.1".parse().unwrap()));
    }
}
