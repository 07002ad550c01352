//! Raw Ethernet on one network interface.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};

/// Every frame that arrives at one interface, and a way to send frames there.
#[derive(Debug)]
pub(crate) struct Ethernet(OwnedFd);

impl Ethernet {
    /// Opens the interface with this index, in the caller's network namespace.
    pub(crate) fn open(index: u32) -> io::Result<Self> {
        let kind = SocketType::RAW;
        // Protocol 0: it receives nothing until it is bound.
        let socket =
            rustix::net::socket_with(AddressFamily::PACKET, kind, SocketFlags::CLOEXEC, None)?;
        ignore_outgoing(socket.as_fd())?;
        bind_to_interface(socket.as_fd(), index)?;
        Ok(Self(socket))
    }

    /// Waits for a frame.
    pub(crate) fn receive<'a>(&self, buffer: &'a mut [u8]) -> io::Result<&'a [u8]> {
        let (length, _) = rustix::net::recv(&self.0, &mut *buffer, RecvFlags::empty())?;
        Ok(&buffer[..length])
    }

    /// Sends a frame.
    pub(crate) fn send(&self, frame: &[u8]) -> io::Result<()> {
        rustix::net::send(&self.0, frame, SendFlags::empty())?;
        Ok(())
    }
}

/// Without this, the socket would hear what the host itself sends.
fn ignore_outgoing(socket: BorrowedFd<'_>) -> io::Result<()> {
    let on: libc::c_int = 1;
    // SAFETY: the option's value is the int that the pointer and the length describe; the
    // kernel copies it during the call.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_PACKET,
            libc::PACKET_IGNORE_OUTGOING,
            (&raw const on).cast(),
            size_of_val(&on) as libc::socklen_t,
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

fn bind_to_interface(socket: BorrowedFd<'_>, index: u32) -> io::Result<()> {
    let address = libc::sockaddr_ll {
        sll_family: libc::AF_PACKET as u16,
        sll_protocol: (libc::ETH_P_ALL as u16).to_be(),
        sll_ifindex: index.cast_signed(),
        sll_hatype: 0,
        sll_pkttype: 0,
        sll_halen: 0,
        sll_addr: [0; 8],
    };
    // SAFETY: the pointer and the length describe `address`, which outlives the call.
    let result = unsafe {
        libc::bind(
            socket.as_raw_fd(),
            (&raw const address).cast(),
            size_of_val(&address) as libc::socklen_t,
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// `struct ethtool_value` of linux/ethtool.h.
#[repr(C)]
struct EthtoolValue {
    command: u32,
    value: u32,
}

/// Makes the kernel compute checksums (and cut segments) itself before it hands frames to
/// this virtual interface, as if it were a cable. Needs CAP_NET_ADMIN.
pub(crate) fn disable_offloads(name: &str) -> io::Result<()> {
    const ETHTOOL_STXCSUM: u32 = 0x17;
    const SIOCETHTOOL: libc::c_ulong = 0x8946;
    let socket = rustix::net::socket_with(
        AddressFamily::INET,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC,
        None,
    )?;
    let mut off = EthtoolValue {
        command: ETHTOOL_STXCSUM,
        value: 0,
    };
    // SAFETY: all zeroes is a valid ifreq (bytes, integers and null pointers).
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    // One byte less than the field: the name stays NUL-terminated.
    for (to, from) in request
        .ifr_name
        .iter_mut()
        .zip(name.bytes().take(libc::IFNAMSIZ - 1))
    {
        *to = from as libc::c_char;
    }
    request.ifr_ifru.ifru_data = (&raw mut off).cast();
    // SAFETY: SIOCETHTOOL takes an ifreq whose ifr_data points to a structure that starts with
    // its command; for ETHTOOL_STXCSUM that is an ethtool_value. Both outlive the call.
    let result = unsafe { libc::ioctl(socket.as_raw_fd(), SIOCETHTOOL as _, &raw mut request) };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
