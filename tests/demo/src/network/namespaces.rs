//! A phone and a broker with an IP stack each, and a hotspot that carries their packets.
//!
//! Three network namespaces: the phone's, the broker's, and the hotspot's own, which is this
//! process's. A virtual cable (veth) leads from the hotspot to each of the others. A user
//! namespace makes that possible for everybody; root does without.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Arc;
use std::thread;

use rustix::process::{getegid, geteuid};
use rustix::thread::{LinkNameSpaceType, UnshareFlags, move_into_link_name_space, unshare_unsafe};

use super::ethernet::{Ethernet, disable_offloads};
use super::forwarder::{Lines, forward};
use super::link::Direction;
use super::netlink::Netlink;
use super::{Links, Network, Ways};
use crate::options::Fault;

/// Addresses reserved for examples (RFC 5737).
const PHONE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
const BROKER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
/// A second address of the phone's, from which a peer connects.
const PEER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 3);

/// The network, ready to forward.
#[derive(Debug)]
pub(crate) struct Namespaces {
    phone: Arc<File>,
    broker: Arc<File>,
    to_phone: Arc<Ethernet>,
    to_broker: Arc<Ethernet>,
}

impl Namespaces {
    /// Moves this process into namespaces of its own. Call it before the first thread starts.
    /// After an error the process may have lost its network: it had better end.
    pub(crate) fn new() -> io::Result<Self> {
        let phone = first_namespace()?;
        let broker = another_namespace()?;
        let hotspot = another_namespace()?;

        let netlink = Netlink::open()?;
        netlink.create_cable("to-phone", "wlan0", phone.as_fd())?;
        netlink.create_cable("to-broker", "eth0", broker.as_fd())?;
        for (namespace, interface, addresses) in [
            (&phone, "wlan0", &[PHONE, PEER][..]),
            (&broker, "eth0", &[BROKER]),
        ] {
            enter(namespace)?;
            configure(interface, addresses)?;
        }
        enter(&hotspot)?;
        let open = |name| {
            let index = netlink.index(name)?;
            netlink.up(index)?;
            Ethernet::open(index).map(Arc::new)
        };
        Ok(Self {
            phone: Arc::new(phone),
            broker: Arc::new(broker),
            to_phone: open("to-phone")?,
            to_broker: open("to-broker")?,
        })
    }
}

impl Network for Namespaces {
    fn describe(&self) -> &'static str {
        "up: phone 192.0.2.2 and broker 192.0.2.1 have IP stacks of their own"
    }

    fn acknowledges_itself(&self) -> bool {
        false
    }

    fn describe_fault(&self, fault: Fault) -> &'static str {
        match fault {
            Fault::Both => "THE INTERNET IS GONE: packets vanish both ways, TCP notices nothing",
            Fault::In => "THE INTERNET IS HALF GONE: packets to the phone vanish",
            Fault::Out => "THE INTERNET IS HALF GONE: packets from the phone vanish",
            Fault::BrokerStopped => {
                "THE BROKER HANGS: its kernel still acknowledges, it never answers"
            }
        }
    }

    fn listen_address(&self) -> SocketAddr {
        (BROKER, 1883).into()
    }

    fn place_broker(&self, command: &mut Command) {
        run_in(&self.broker, command);
    }

    fn place_phone(&self, command: &mut Command) {
        run_in(&self.phone, command);
    }

    fn start(&self, broker: SocketAddr, links: Links) -> io::Result<Ways> {
        let peer_address = links.peer.is_some().then_some(PEER);
        let links = Arc::new(links);
        for direction in [Direction::ToBroker, Direction::ToPhone] {
            let (from, to) = match direction {
                Direction::ToBroker => (&self.to_phone, &self.to_broker),
                Direction::ToPhone => (&self.to_broker, &self.to_phone),
            };
            let (from, to, links) = (Arc::clone(from), Arc::clone(to), Arc::clone(&links));
            thread::spawn(move || forward(&from, &to, direction, &Lines::new(&links, PEER)));
        }
        Ok(Ways {
            phone: broker,
            peer: broker,
            peer_address,
        })
    }
}

/// A network namespace, inside a user namespace where that is needed.
fn first_namespace() -> io::Result<File> {
    another_namespace().or_else(|_| {
        let (user, group) = (geteuid().as_raw(), getegid().as_raw());
        unshare(UnshareFlags::NEWUSER)?;
        // Everybody stays who they are; only the power over the new networks is new.
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
        fs::write("/proc/self/gid_map", format!("{group} {group} 1"))?;
        another_namespace()
    })
}

/// Moves this process into a new network namespace.
fn another_namespace() -> io::Result<File> {
    unshare(UnshareFlags::NEWNET)?;
    File::open("/proc/self/ns/net")
}

fn unshare(what: UnshareFlags) -> io::Result<()> {
    // SAFETY: only CLONE_FILES can harm (it would give this thread descriptors of its own);
    // the callers ask for NEWUSER and NEWNET.
    unsafe { unshare_unsafe(what) }?;
    Ok(())
}

fn enter(namespace: &File) -> io::Result<()> {
    move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))?;
    Ok(())
}

/// Switches on the loopback and one Ethernet interface of the current namespace.
fn configure(interface: &str, addresses: &[Ipv4Addr]) -> io::Result<()> {
    let netlink = Netlink::open()?;
    netlink.up(netlink.index("lo")?)?;
    disable_offloads(interface)?;
    let index = netlink.index(interface)?;
    for address in addresses {
        netlink.add_address(index, *address, 24)?;
    }
    netlink.up(index)
}

fn run_in(namespace: &Arc<File>, command: &mut Command) {
    let namespace = Arc::clone(namespace);
    // SAFETY: between fork and exec this makes one system call and allocates nothing.
    unsafe { command.pre_exec(move || enter(&namespace)) };
}
