//! Android asks people whether an app may reach their local network (ACCESS_LOCAL_NETWORK, from
//! Android 17 on). To an app that may not, the system says so only for datagrams, with EPERM; TCP's
//! packets it drops in silence, and a connection would only be late.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use crate::error::{TransportError, TransportErrorKind};

/// Whether this system has such a permission. Tests ask the kernel of Linux, which drops what it is
/// told to in the same way.
const IS_ASKED: bool = cfg!(any(target_os = "android", test));

/// How long an answer may take before the system is asked whether there can be one.
const PATIENCE: Duration = Duration::from_secs(1);

/// The number is the same on all Unix systems.
const EPERM: i32 = 1;

/// Where nobody listens, as a rule; what comes there is thrown away (RFC 863).
const DISCARD: u16 = 9;

/// Whether the system wants a permission for this address.
fn is_local(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            address.is_private()
                // Behind a provider's NAT (RFC 6598).
                || (first == 100 && (64..128).contains(&second))
                || address.is_link_local()
                || address.is_multicast()
                || address.is_broadcast()
        }
        IpAddr::V6(address) => {
            address.is_unique_local() || address.is_unicast_link_local() || address.is_multicast()
        }
    }
}

/// Connecting to this address has failed at once: what that means.
pub(super) fn explain(address: SocketAddr, error: io::Error) -> io::Error {
    if IS_ASKED && error.raw_os_error() == Some(EPERM) && is_local(address.ip()) {
        missing(address)
    } else {
        error
    }
}

fn missing(address: SocketAddr) -> io::Error {
    let mut error = TransportError::of(
        TransportErrorKind::PermissionLocalNetwork,
        format!(
            "{} is in the local network, for which the app lacks the permission",
            address.ip()
        ),
    );
    error.os_error = Some(EPERM);
    error.into()
}

/// Waits for `connected`, and for less long where the permission is missing.
///
/// # Errors
/// Those of `connected`; [`TransportErrorKind::PermissionLocalNetwork`].
pub(in crate::transport) async fn unless_refused(
    address: SocketAddr,
    connected: impl Future<Output = io::Result<()>>,
) -> io::Result<()> {
    if !IS_ASKED || !is_local(address.ip()) {
        return connected.await;
    }
    let mut connected = std::pin::pin!(connected);
    if let Ok(done) = tokio::time::timeout(PATIENCE, &mut connected).await {
        return done;
    }
    if is_refused(address.ip()) {
        return Err(missing(address));
    }
    connected.await
}

/// Whether the system lets nothing through to this address: an empty datagram tells.
fn is_refused(address: IpAddr) -> bool {
    let any: IpAddr = match address {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let sent = UdpSocket::bind((any, 0)).and_then(|socket| {
        socket.set_nonblocking(true)?;
        socket.send_to(&[], (address, DISCARD))
    });
    sent.is_err_and(|error| error.raw_os_error() == Some(EPERM))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::testing::within;

    #[test]
    fn the_local_network_is_what_no_router_of_the_internet_knows() {
        for address in [
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.7",
            "100.64.0.1",
            "100.127.255.255",
            "169.254.3.4",
            "224.0.0.251",
            "239.255.255.250",
            "255.255.255.255",
            "fc00::1",
            "fdff::1",
            "fe80::1",
            "febf::1",
            "ff02::fb",
            "::ffff:192.168.1.7",
        ] {
            assert!(is_local(address.parse().unwrap()), "{address}");
        }
        for address in [
            "127.0.0.1",
            "9.255.255.255",
            "11.0.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "192.169.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "169.253.255.255",
            "8.8.8.8",
            "::1",
            "fbff::1",
            "fe00::1",
            "fec0::1",
            "2001:db8::1",
            "::ffff:8.8.8.8",
        ] {
            assert!(!is_local(address.parse().unwrap()), "{address}");
        }
    }

    fn explained(address: &str, number: i32) -> TransportError {
        let address = address.parse().unwrap();
        explain(address, io::Error::from_raw_os_error(number)).into()
    }

    #[test]
    fn what_is_not_permitted_there_is_a_permission_that_is_missing() {
        let error = explained("192.168.1.7:1883", EPERM);
        assert_eq!(error.kind, TransportErrorKind::PermissionLocalNetwork);
        assert_eq!(error.os_error, Some(EPERM));
        assert!(error.message.contains("192.168.1.7"), "{error}");
        for (address, number) in [("8.8.8.8:1883", EPERM), ("192.168.1.7:1883", 111)] {
            let error = explained(address, number);
            assert_eq!(error.kind, TransportErrorKind::System);
            assert_eq!(error.os_error, Some(number));
        }
    }

    /// Linux that is told to drop what goes there does as Android does.
    #[cfg(target_os = "linux")]
    #[test]
    fn silence_that_the_system_made_is_told_from_another() {
        use crate::transport::tcp::Tcp;
        use crate::transport::testing::{in_namespace, ip, is_allowed, is_child};

        const NAME: &str = "transport::socket::local_network::tests::\
            silence_that_the_system_made_is_told_from_another";
        if !is_child(NAME) {
            return in_namespace(NAME);
        }
        ip("link add v0 type veth peer name v1");
        ip("link set v0 up");
        ip("link set v1 up");
        ip("addr add 10.9.0.1/24 dev v0");
        let rule = ["-A", "OUTPUT", "-d", "10.9.0.2", "-j", "DROP"];
        if !is_allowed("iptables", &rule) {
            return eprintln!("skipped: {NAME} needs iptables");
        }
        // Nobody has it, and nothing forbids it.
        assert!(!is_refused([10, 9, 0, 3].into()));
        within(async {
            let connecting = Tcp::connect(([10, 9, 0, 2], 1883).into(), std::sync::Arc::default());
            let error = TransportError::from(connecting.await.unwrap_err());
            assert_eq!(error.kind, TransportErrorKind::PermissionLocalNetwork);
        });
    }
}
