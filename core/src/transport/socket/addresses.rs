//! Which addresses and interfaces this machine has.

use std::net::{SocketAddr, UdpSocket};

/// Whether the system still has this address of a connection. It is gone only where both say so:
///
/// - another socket cannot be bound to it, and
/// - the list of the interfaces' addresses does not have it. IPv6 addresses that are tentative
///   (duplicate address detection is running, as after each flap of a link) cannot be bound but
///   are in the list, and connections from them live on.
///
/// The list alone would call addresses gone that only a route makes local. Where the list cannot
/// be had, the address counts as there: a hint kills only on certainty (rule L17), and the probe
/// tells.
pub(crate) fn is_local(address: SocketAddr) -> bool {
    let mut place = address;
    place.set_port(0);
    match UdpSocket::bind(place) {
        Ok(_) => true,
        Err(error) => system::is_listed(address, &error).unwrap_or(true),
    }
}

/// The number of the interface with this name, now.
pub(crate) fn interface_index(name: &str) -> std::io::Result<u32> {
    system::interface_index(name)
}

/// The same address, on the same interface where it is one that each interface can have.
#[cfg(unix)]
fn same(listed: SocketAddr, wanted: SocketAddr) -> bool {
    match (listed, wanted) {
        (SocketAddr::V6(listed), SocketAddr::V6(wanted)) if wanted.ip().is_unicast_link_local() => {
            let (mut number, mut same_link) =
                (*listed.ip(), listed.scope_id() == wanted.scope_id());
            if cfg!(target_vendor = "apple") {
                // The kernel's own form may come through: the interface within the address.
                let mut octets = number.octets();
                octets[2..4].fill(0);
                number = octets.into();
                same_link = true;
            }
            number == *wanted.ip() && same_link
        }
        _ => listed.ip() == wanted.ip(),
    }
}

#[cfg(unix)]
mod system {
    use std::ffi::CString;
    use std::io;
    use std::net::SocketAddr;

    use socket2::{SockAddr, SockAddrStorage};

    use super::same;

    /// The list that the system made, until it is dropped.
    struct List(*mut libc::ifaddrs);

    impl Drop for List {
        fn drop(&mut self) {
            // SAFETY: `getifaddrs` made the list, and nothing of it is used any more.
            unsafe { libc::freeifaddrs(self.0) };
        }
    }

    /// Also addresses that are tentative or deprecated, or whose detection found a duplicate.
    pub(super) fn is_listed(wanted: SocketAddr, _: &io::Error) -> io::Result<bool> {
        let mut first = std::ptr::null_mut();
        // SAFETY: `first` is a valid place for a pointer.
        if unsafe { libc::getifaddrs(&raw mut first) } != 0 {
            return Err(io::Error::last_os_error());
        }
        let list = List(first);
        let mut next = list.0;
        while !next.is_null() {
            // SAFETY: the entries of the list live as long as `list`, and each but the last
            // points at the next.
            let entry = unsafe { &*next };
            next = entry.ifa_next;
            // SAFETY: a null pointer or an address that lives as long as `list`.
            if unsafe { address(entry.ifa_addr) }.is_some_and(|listed| same(listed, wanted)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// # Safety
    ///
    /// `raw` is null or points at an address as large as its family's.
    unsafe fn address(raw: *const libc::sockaddr) -> Option<SocketAddr> {
        if raw.is_null() {
            return None;
        }
        // SAFETY: not null, so the caller's promise holds for the part that all families share.
        let family = i32::from(unsafe { (*raw).sa_family });
        let size = match family {
            libc::AF_INET => size_of::<libc::sockaddr_in>(),
            libc::AF_INET6 => size_of::<libc::sockaddr_in6>(),
            _ => return None,
        };
        let mut storage = SockAddrStorage::zeroed();
        // SAFETY: the caller's promise for `size` bytes of `raw`; the storage holds any address;
        // the two do not overlap.
        unsafe {
            std::ptr::copy_nonoverlapping(raw.cast::<u8>(), (&raw mut storage).cast(), size);
        }
        // SAFETY: the storage has an address of this family in its first `size` bytes.
        unsafe { SockAddr::new(storage, size as libc::socklen_t) }.as_socket()
    }

    pub(super) fn interface_index(name: &str) -> io::Result<u32> {
        let name = CString::new(name)?;
        // SAFETY: `name` is a C string for the whole call.
        match unsafe { libc::if_nametoindex(name.as_ptr()) } {
            0 => Err(io::Error::last_os_error()),
            index => Ok(index),
        }
    }
}

#[cfg(not(unix))]
mod system {
    use std::io;
    use std::net::SocketAddr;

    /// Here what binding says is all.
    pub(super) fn is_listed(_: SocketAddr, error: &io::Error) -> io::Result<bool> {
        Ok(error.kind() != io::ErrorKind::AddrNotAvailable)
    }

    pub(super) fn interface_index(_: &str) -> io::Result<u32> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "on this system an interface is given by its number",
        ))
    }
}

#[cfg(test)]
mod tests;
