//! What the application wants of its sockets, through a connection.

mod hook;
#[cfg(target_os = "linux")]
mod multipath;

use std::net::TcpListener;
use std::sync::Arc;

use super::*;
use crate::error::TransportError;
use crate::transport::tcp::Tcp;
use crate::transport::testing::within;
#[cfg(target_os = "linux")]
use crate::transport::testing::{add_address, in_namespace, ip, is_child};

fn sockets(change: impl FnOnce(&mut SocketOptions)) -> Arc<Sockets> {
    let mut options = SocketOptions::default();
    change(&mut options);
    Arc::new(Sockets::new(options, None))
}

fn listener(address: &str) -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind(address).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

async fn refused(address: SocketAddr, sockets: &Arc<Sockets>) -> TransportError {
    let error = Tcp::connect(address, Arc::clone(sockets)).await;
    TransportError::from(error.unwrap_err())
}

#[test]
fn a_local_address_is_where_the_connection_comes_from() {
    within(async {
        let (listener, there) = listener("127.0.0.1:0");
        // Any of the network's, on Linux.
        let from = if cfg!(target_os = "linux") { 9 } else { 1 };
        let from = [127, 0, 0, from].into();
        let sockets = sockets(|options| options.local_address = Some(from));
        let _ours = Tcp::connect(there, Arc::clone(&sockets)).await.unwrap();
        let (_theirs, peer) = listener.accept().unwrap();
        assert_eq!(peer.ip(), from);

        assert!(sockets.suit(&there) && !sockets.suit(&"[::1]:1883".parse().unwrap()));
        let error = refused("[::1]:1883".parse().unwrap(), &sockets).await;
        let text = "no address of this kind";
        assert!(error.message.contains(text), "{error}");
    });
}

#[test]
fn a_local_address_that_is_not_there_is_an_error_that_names_it() {
    within(async {
        let (_listener, there) = listener("127.0.0.1:0");
        let sockets = sockets(|options| options.local_address = Some([192, 0, 2, 1].into()));
        let error = refused(there, &sockets).await;
        assert!(
            error.message.contains("local_address 192.0.2.1: "),
            "{error}"
        );
        assert!(error.os_error.is_some());
    });
}

/// One local port serves many peers, as without a local address.
#[cfg(target_os = "linux")]
#[test]
fn a_local_address_does_not_use_the_ports_up() {
    const NAME: &str = "transport::socket::tests::a_local_address_does_not_use_the_ports_up";
    if !is_child(NAME) {
        return in_namespace(NAME);
    }
    ip("link set lo up");
    std::fs::write("/proc/sys/net/ipv4/ip_local_port_range", "50000 50001").unwrap();
    within(async {
        let sockets = sockets(|options| options.local_address = Some([127, 0, 0, 9].into()));
        let mut all = Vec::new();
        for number in 1..8 {
            let (listener, there) = listener(&format!("127.0.0.{number}:1883"));
            all.push((
                listener,
                Tcp::connect(there, Arc::clone(&sockets)).await.unwrap(),
            ));
        }
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_link_local_address_is_bound_on_the_peers_interface() {
    const NAME: &str =
        "transport::socket::tests::a_link_local_address_is_bound_on_the_peers_interface";
    if !is_child(NAME) {
        return in_namespace(NAME);
    }
    two_interfaces();
    let index = addresses::interface_index("v0").unwrap();
    let (listener, there) = listener(&format!("[fe80::7%{index}]:0"));
    within(async {
        let sockets = sockets(|options| options.local_address = Some("fe80::7".parse().unwrap()));
        let _ours = Tcp::connect(there, sockets).await.unwrap();
        listener.accept().unwrap();
    });
}

/// Loopback, and a pair of interfaces: v0 with fe80::7 and 10.9.0.1.
#[cfg(target_os = "linux")]
fn two_interfaces() {
    ip("link set lo up");
    ip("link add v0 type veth peer name v1");
    ip("link set v0 up");
    ip("link set v1 up");
    ip("addr add 10.9.0.1/24 dev v0");
    add_address("fe80::7", "v0");
}

/// What cannot be reached over the interface is not reached: no other way is taken.
#[cfg(target_os = "linux")]
#[test]
fn only_the_interface_is_used() {
    const NAME: &str = "transport::socket::tests::only_the_interface_is_used";
    if !is_child(NAME) {
        return in_namespace(NAME);
    }
    two_interfaces();
    let over = |name: &str| sockets(|options| options.interface = Some(name.to_owned()));
    within(async {
        let (_listener, there) = listener("127.0.0.1:0");
        Tcp::connect(there, over("lo")).await.unwrap();
        // Its packets would have to come back another way.
        let wait = Duration::from_millis(300);
        let other = tokio::time::timeout(wait, Tcp::connect(there, over("v0"))).await;
        assert!(!matches!(other, Ok(Ok(_))), "{other:?}");
        for multipath in [false, true] {
            let sockets = sockets(|options| {
                options.interface = Some("v0".to_owned());
                options.multipath_tcp = multipath;
            });
            let other = tokio::time::timeout(wait, Tcp::connect(there, sockets)).await;
            assert!(!matches!(other, Ok(Ok(_))), "{other:?}");
        }
    });
}

#[test]
fn an_interface_that_is_not_there_is_an_error_that_names_it() {
    within(async {
        let (_listener, there) = listener("127.0.0.1:0");
        // The kernel would cut the name, or take none for any interface.
        for name in ["nonesuch0", "", "lo\0", "lo.and-so-on-and-on"] {
            let sockets = sockets(|options| options.interface = Some(name.to_owned()));
            let error = refused(there, &sockets).await;
            let text = format!("interface {name:?}: ");
            assert!(error.message.contains(&text), "{error}");
        }
    });
}
