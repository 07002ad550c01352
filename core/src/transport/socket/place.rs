//! Where a socket goes out: from an interface, from an address. These are conditions: where one
//! cannot be met, there is no connection, rather than one that goes another way.

use std::io;
use std::net::{IpAddr, SocketAddr, SocketAddrV6};

use socket2::Socket;

use super::addresses::interface_index;
use super::note;
use crate::error::TransportError;
use crate::transport::options::SocketOptions;

/// Whether an address can be connected to from the local one.
pub(in crate::transport) fn suits(options: &SocketOptions, peer: &SocketAddr) -> bool {
    options
        .local_address
        .is_none_or(|local| local.is_ipv4() == peer.is_ipv4())
}

/// Binds the socket to what the options want.
///
/// # Errors
/// There is no such interface or address, it is not allowed, or the system cannot.
pub(super) fn bind(socket: &Socket, options: &SocketOptions, peer: SocketAddr) -> io::Result<()> {
    if let Some(name) = &options.interface {
        interface(socket, name, peer)
            .map_err(|error| told(&format!("interface {name:?}"), error))?;
    }
    if let Some(address) = options.local_address {
        let from = format!("local_address {address}");
        if !suits(options, &peer) {
            let other = "the server has no address of this kind";
            return Err(told(
                &from,
                io::Error::new(io::ErrorKind::Unsupported, other),
            ));
        }
        without_port(socket);
        let place = place(address, options, peer);
        socket
            .bind(&place.into())
            .map_err(|error| told(&from, error))?;
    }
    Ok(())
}

fn told(what: &str, error: io::Error) -> io::Error {
    let mut told = TransportError::from(error);
    told.message = format!("{what}: {}", told.message);
    told.into()
}

/// The address with any port. One that every interface can have needs the interface: the peer's,
/// where it is such an address, too.
fn place(address: IpAddr, options: &SocketOptions, peer: SocketAddr) -> SocketAddr {
    let scope = || match (peer, &options.interface) {
        (SocketAddr::V6(peer), _) if peer.scope_id() > 0 => peer.scope_id(),
        (_, Some(name)) => interface_index(name).unwrap_or(0),
        _ => 0,
    };
    match address {
        IpAddr::V6(local) if local.is_unicast_link_local() => {
            SocketAddrV6::new(local, 0, 0, scope()).into()
        }
        address => (address, 0).into(),
    }
}

/// The kernel chooses the port when it knows the peer, so that one port serves many peers.
fn without_port(socket: &Socket) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use std::os::fd::AsRawFd;

        let yes: libc::c_int = 1;
        // SAFETY: the descriptor is open as long as `socket` lives, and the kernel reads as many
        // bytes of `yes` as it has.
        let result = unsafe {
            libc::setsockopt(
                socket.as_raw_fd(),
                libc::IPPROTO_IP,
                libc::IP_BIND_ADDRESS_NO_PORT,
                (&raw const yes).cast(),
                size_of_val(&yes) as libc::socklen_t,
            )
        };
        let result = if result == 0 {
            Ok(())
        } else {
            Err(io::Error::last_os_error())
        };
        note("IP_BIND_ADDRESS_NO_PORT", result);
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = (socket, note);
}

/// By its name, which the kernel looks up. It would cut a name that is too long, and take no name
/// for any interface.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn interface(socket: &Socket, name: &str, _: SocketAddr) -> io::Result<()> {
    if name.is_empty() || name.len() >= libc::IFNAMSIZ || name.contains('\0') {
        return Err(io::Error::from_raw_os_error(libc::ENODEV));
    }
    socket.bind_device(Some(name.as_bytes()))
}

#[cfg(target_vendor = "apple")]
fn interface(socket: &Socket, name: &str, peer: SocketAddr) -> io::Result<()> {
    let index = std::num::NonZeroU32::new(interface_index(name)?);
    if index.is_none() {
        // It would bind to any.
        return Err(io::Error::from_raw_os_error(libc::ENXIO));
    }
    if peer.is_ipv4() {
        socket.bind_device_by_index_v4(index)
    } else {
        socket.bind_device_by_index_v6(index)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn interface(_: &Socket, _: &str, _: SocketAddr) -> io::Result<()> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "this system cannot bind a connection to an interface",
    ))
}
