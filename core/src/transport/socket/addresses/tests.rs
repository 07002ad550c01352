use std::io::Read as _;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use super::*;
use crate::transport::Stream as _;
use crate::transport::testing::{add_address, connected, in_namespace, ip, is_child, within};

fn there(address: &str) -> bool {
    is_local(address.parse().unwrap())
}

#[test]
fn only_addresses_of_this_machine_are_there() {
    assert!(there("127.0.0.1:1883"));
    // On no interface, but local by a route.
    #[cfg(target_os = "linux")]
    assert!(there("127.8.8.8:1883"));
    // For documentation only (RFC 5737, RFC 3849): no machine has them.
    assert!(!there("192.0.2.1:1883"));
    assert!(!there("[2001:db8::1]:1883"));
    assert!(!there("[fe80::1%4000000]:1883"));
}

/// Fault 8, rule L17: after a flap of the link duplicate address detection runs again, and the
/// address cannot be bound although connections from it live on.
#[cfg(target_os = "linux")]
#[test]
fn an_address_is_there_while_it_is_tentative_duplicate_or_deprecated() {
    const NAME: &str = "transport::socket::addresses::tests::\
        an_address_is_there_while_it_is_tentative_duplicate_or_deprecated";
    if !is_child(NAME) {
        return in_namespace(NAME);
    }
    ip("link set lo up");
    let there_too = Namespace::new();
    ip(&format!(
        "link add v0 type veth peer name v1 netns {}",
        there_too.0.id()
    ));
    there_too.ip("link set v1 up");
    there_too.ip("-6 addr add 2001:db8::2/64 dev v1 nodad");
    ip("link set v0 up");
    ip("-6 addr add 2001:db8::2/64 dev v0");
    // The other end has this one, too: it stays, and stays useless.
    while !ip("-6 addr show dev v0").contains("dadfailed") {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(UdpSocket::bind("[2001:db8::2]:0").is_err());
    assert!(there("[2001:db8::2]:0"));
    ip("-6 addr del 2001:db8::2/64 dev v0");
    assert!(!there("[2001:db8::2]:0"));

    add_address("2001:db8::1", "v0");
    within(async {
        let listener = TcpListener::bind("[2001:db8::1]:0").unwrap();
        let (tcp, _peer) = connected(&listener).await;
        assert!(tcp.has_local_address());

        // Detection that does not end by itself.
        std::fs::write("/proc/sys/net/ipv6/conf/v0/dad_transmits", "100000").unwrap();
        ip("-6 addr del 2001:db8::1/64 dev v0");
        assert!(!tcp.has_local_address());
        ip("-6 addr add 2001:db8::1/64 dev v0");
        assert!(ip("-6 addr show dev v0 tentative").contains("2001:db8::1/64"));
        assert!(UdpSocket::bind("[2001:db8::1]:0").is_err());
        assert!(tcp.has_local_address());

        ip("-6 addr del 2001:db8::1/64 dev v0");
        ip("-6 addr add 2001:db8::1/64 dev v0 nodad preferred_lft 0");
        assert!(ip("-6 addr show dev v0 deprecated").contains("2001:db8::1/64"));
        assert!(tcp.has_local_address());
    });
}

/// Another network namespace, which lives until it is dropped.
#[cfg(target_os = "linux")]
struct Namespace(Child);

#[cfg(target_os = "linux")]
impl Namespace {
    fn new() -> Self {
        let mut child = Command::new("unshare")
            .args(["--net", "sh", "-c", "echo made && cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = [0; 5];
        child
            .stdout
            .as_mut()
            .unwrap()
            .read_exact(&mut said)
            .unwrap();
        Namespace(child)
    }

    fn ip(&self, words: &str) {
        let status = Command::new("nsenter")
            .args(["--net", "--target", &self.0.id().to_string(), "ip"])
            .args(words.split_whitespace())
            .status()
            .unwrap();
        assert!(status.success());
    }
}

#[cfg(target_os = "linux")]
impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Each interface can have the same link-local address.
#[cfg(target_os = "linux")]
#[test]
fn a_link_local_address_is_there_on_its_own_interface_only() {
    const NAME: &str = "transport::socket::addresses::tests::\
        a_link_local_address_is_there_on_its_own_interface_only";
    if !is_child(NAME) {
        return in_namespace(NAME);
    }
    ip("link add d0 type veth peer name d1");
    ip("link set d0 up");
    ip("link set d1 up");
    add_address("fe80::7", "d0");
    add_address("fe80::7", "d1");
    let on = |name| {
        let index = interface_index(name).unwrap();
        is_local(format!("[fe80::7%{index}]:1883").parse().unwrap())
    };
    assert!(on("d0") && on("d1"));
    ip("-6 addr del fe80::7/64 dev d0");
    assert!(!on("d0") && on("d1"));
}
