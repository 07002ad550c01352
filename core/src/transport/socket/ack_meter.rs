//! How much of a stream the peer's TCP has acknowledged.

use std::time::Duration;

use socket2::SockRef;

use crate::proto::Progress;

/// Reads what the peer's TCP has acknowledged of one stream.
///
/// Linux and Android: `tcp_info.tcpi_bytes_acked` (kernel 4.1 and later). macOS and iOS:
/// TCP_CONNECTION_INFO. Elsewhere it is not known: a slow upload and a dead path then look alike,
/// and rule L7 alone stands. The same holds for Multipath TCP before Linux 5.16. With it comes the
/// system's round trip and, on Linux, how often it repeats bytes in vain (L22); of Multipath TCP neither.
#[derive(Debug)]
pub(crate) struct AckMeter {
    /// What the system had counted when the stream was opened.
    base: u64,
    /// What was read last.
    acked: u64,
    /// Of Multipath TCP, while it is spoken: TCP_INFO is of one path alone.
    multipath: Option<multipath::Start>,
}

impl AckMeter {
    /// Starts at the stream's beginning; `None` where the system does not tell.
    pub(crate) fn start(stream: &SockRef<'_>, made_for: Protocol) -> Option<Self> {
        let multipath = match made_for {
            Protocol::Tcp => None,
            Protocol::Multipath { told: true } => multipath::start(stream)?,
            Protocol::Multipath { told: false } => return None,
        };
        let base = acknowledged(stream, 0)?.acked;
        Some(AckMeter {
            base,
            acked: 0,
            multipath,
        })
    }

    /// What is acknowledged now, of `handed_over` bytes written in all. Where the system suddenly
    /// does not tell any more (the stream is ending), nothing new is.
    pub(crate) fn read(&mut self, stream: &SockRef<'_>, handed_over: u64) -> Progress {
        let found = self.look(stream, handed_over);
        if let Some(found) = found {
            self.acked = found.acked.min(handed_over);
        }
        Progress {
            acked: self.acked,
            reached: self.acked,
            ..found.unwrap_or_default()
        }
    }

    #[cfg(all(test, target_os = "linux"))]
    pub(crate) fn is_multipath(&self) -> bool {
        self.multipath.is_some()
    }

    fn look(&mut self, stream: &SockRef<'_>, handed_over: u64) -> Option<Progress> {
        if let Some(start) = &self.multipath {
            match start.acknowledged(stream) {
                multipath::Now::Spoken(acked) => {
                    return Some(Progress {
                        acked,
                        ..Progress::default()
                    });
                }
                multipath::Now::Unknown => return None,
                // It has one path then, and had no other.
                multipath::Now::Given => self.multipath = None,
            }
        }
        let found = acknowledged(stream, handed_over)?;
        Some(Progress {
            acked: found.acked.saturating_sub(self.base),
            ..found
        })
    }
}

/// What a socket was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Tcp,
    /// Multipath TCP, which the peer need not speak. `told`: the kernel says what it does of it.
    #[cfg_attr(
        not(target_os = "linux"),
        allow(dead_code, reason = "never made there")
    )]
    Multipath {
        told: bool,
    },
}

#[cfg(target_os = "linux")]
impl Protocol {
    /// Of a new socket for Multipath TCP.
    pub(crate) fn multipath(socket: &socket2::Socket) -> Self {
        let told = multipath::first_unacknowledged(socket).is_ok();
        Protocol::Multipath { told }
    }
}

#[cfg(target_os = "linux")]
mod multipath {
    use std::io;
    use std::os::fd::AsRawFd;

    use socket2::SockRef;

    // linux/mptcp.h; libc has neither.
    const SOL_MPTCP: libc::c_int = 284;
    const MPTCP_INFO: libc::c_int = 1;

    /// The beginning of `struct mptcp_info`.
    #[repr(C)]
    #[derive(Default)]
    struct MptcpInfo {
        counts: [u8; 6],
        flags: u32,
        token: u32,
        write_seq: u64,
        snd_una: u64,
    }

    /// The number of the stream's first byte.
    #[derive(Debug)]
    pub(super) struct Start(u64);

    pub(super) enum Now {
        /// So many bytes of the stream are acknowledged.
        Spoken(u64),
        /// TCP alone is spoken.
        Given,
        Unknown,
    }

    /// Nothing within where the peer speaks TCP alone.
    pub(super) fn start(stream: &SockRef<'_>) -> Option<Option<Start>> {
        match first_unacknowledged(&**stream) {
            Ok(first) => Some(Some(Start(first))),
            Err(error) if is_given_up(&error) => Some(None),
            Err(_) => None,
        }
    }

    impl Start {
        pub(super) fn acknowledged(&self, stream: &SockRef<'_>) -> Now {
            match first_unacknowledged(&**stream) {
                Ok(first) => Now::Spoken(first.wrapping_sub(self.0)),
                Err(error) if is_given_up(&error) => Now::Given,
                Err(_) => Now::Unknown,
            }
        }
    }

    /// What the kernel says, where it knows of Multipath TCP, of a connection without.
    fn is_given_up(error: &io::Error) -> bool {
        matches!(
            error.raw_os_error(),
            Some(libc::EOPNOTSUPP | libc::ENOPROTOOPT)
        )
    }

    pub(super) fn first_unacknowledged(socket: &impl AsRawFd) -> io::Result<u64> {
        let mut info = MptcpInfo::default();
        let mut length = size_of::<MptcpInfo>() as libc::socklen_t;
        // SAFETY: the descriptor is open as long as `socket` lives; `info` has `length` writable
        // bytes, the kernel writes at most that many, and any bytes are a valid `MptcpInfo`.
        let result = unsafe {
            libc::getsockopt(
                socket.as_raw_fd(),
                SOL_MPTCP,
                MPTCP_INFO,
                (&raw mut info).cast(),
                &raw mut length,
            )
        };
        if result != 0 {
            return Err(io::Error::last_os_error());
        }
        if (length as usize) < size_of::<MptcpInfo>() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(info.snd_una)
    }
}

/// No other system of ours has it.
#[cfg(not(target_os = "linux"))]
mod multipath {
    use socket2::SockRef;

    #[derive(Debug)]
    pub(super) enum Start {}

    pub(super) enum Now {
        #[allow(dead_code, reason = "never made here")]
        Spoken(u64),
        #[allow(dead_code, reason = "never made here")]
        Given,
        #[allow(dead_code, reason = "never made here")]
        Unknown,
    }

    pub(super) fn start(_: &SockRef<'_>) -> Option<Option<Start>> {
        Some(None)
    }

    impl Start {
        pub(super) fn acknowledged(&self, _: &SockRef<'_>) -> Now {
            match *self {}
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn acknowledged(stream: &SockRef<'_>, _: u64) -> Option<Progress> {
    use std::os::fd::AsRawFd;

    /// The beginning of `struct tcp_info`; libc has it for some systems only.
    #[repr(C)]
    #[derive(Default)]
    struct TcpInfo {
        states: [u8; 2],
        retransmits: u8,
        bytes: [u8; 5],
        before_last_ack_recv: [u32; 12],
        last_ack_recv_ms: u32,
        before_rtt: [u32; 2],
        rtt_us: u32,
        after_rtt: [u32; 8],
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
    Some(Progress {
        acked: info.bytes_acked,
        last_ack_age: Some(Duration::from_millis(u64::from(info.last_ack_recv_ms))),
        round_trip: (info.rtt_us > 0).then(|| Duration::from_micros(u64::from(info.rtt_us))),
        retransmissions: u32::from(info.retransmits),
        ..Progress::default()
    })
}

#[cfg(target_vendor = "apple")]
fn acknowledged(stream: &SockRef<'_>, handed_over: u64) -> Option<Progress> {
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
    let rtt = u64::from(info.tcpi_srtt);
    Some(Progress {
        acked: handed_over.saturating_sub(u64::from(info.tcpi_snd_sbbytes)),
        round_trip: (rtt > 0).then(|| Duration::from_millis(rtt)),
        ..Progress::default()
    })
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn acknowledged(_: &SockRef<'_>, _: u64) -> Option<Progress> {
    None
}
