//! How much of a stream the peer's TCP has acknowledged.

use std::time::Duration;

use tokio::net::TcpStream;

use crate::proto::Progress;

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
            reached: self.acked,
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
