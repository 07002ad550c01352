//! The monitor's two sockets: one hears that something changed, the other asks what is there now.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, connect, recv, send,
    socket_with, sockopt,
};
use tokio::io::unix::AsyncFd;

use super::message::{self, Address, Answer, Link};
use super::picture::{Picture, Way};

/// Addresses in the world, of a root name server. Nothing is sent to them: the kernel says how it
/// would send. That follows policy rules and half routes, as VPNs have them, where a list of
/// default routes would not.
const WORLD: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(198, 41, 0, 4)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0x503, 0xba3e, 0, 0, 0, 2, 0x30)),
];

/// The groups whose notices may mean something.
const GROUPS: i32 = libc::RTMGRP_LINK
    | libc::RTMGRP_IPV4_IFADDR
    | libc::RTMGRP_IPV4_ROUTE
    | libc::RTMGRP_IPV6_IFADDR
    | libc::RTMGRP_IPV6_ROUTE;

/// The kernel keeps few notices: that one waits is all that matters.
const NOTICES: usize = 16 * 1024;

/// The kernel fills what a reader has room for, up to this.
const DATAGRAM: usize = 32 * 1024;

/// How many notices are thrown away at once.
const MOST_CLEARED: usize = 64;

/// How many interfaces are looked at. On those beyond, addresses count for nothing.
const MOST_LINKS: usize = 64;

fn open() -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    // Of netlink's protocols the first, NETLINK_ROUTE.
    let protocol = None;
    let (family, kind) = (AddressFamily::NETLINK, SocketType::RAW);
    Ok(socket_with(family, kind, flags, protocol)?)
}

/// Hears that something of the network changed.
#[derive(Debug)]
pub(super) struct Notices(AsyncFd<OwnedFd>);

impl Notices {
    /// From now on. To be called within the runtime.
    pub(super) fn listen() -> io::Result<Self> {
        let socket = open()?;
        // Without it, there are more notices to throw away.
        let _ = sockopt::set_socket_recv_buffer_size(&socket, NOTICES);
        bind(&socket, &SocketAddrNetlink::new(0, GROUPS.unsigned_abs()))?;
        // SAFETY: an `OwnedFd` is an open descriptor, always the same one, until it is dropped, and
        // `AsyncFd` owns it.
        Ok(Notices(unsafe { AsyncFd::register(socket) }?))
    }

    /// Waits until there is one.
    pub(super) async fn any(&self) -> io::Result<()> {
        self.0.readable().await.map(drop)
    }

    /// Throws away what is there. What a notice says is not looked at: several may have been lost
    /// (ENOBUFS), and what is there now can be asked for.
    pub(super) async fn clear(&self) -> io::Result<()> {
        let mut ready = self.0.readable().await?;
        let mut nothing = [0; 1];
        for _ in 0..MOST_CLEARED {
            match recv(self.0.get_ref(), &mut nothing, RecvFlags::TRUNC) {
                Ok(_) | Err(Errno::NOBUFS | Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    ready.clear_ready();
                    break;
                }
                Err(error) => return Err(error.into()),
            }
        }
        // Those that are left are the next ones.
        Ok(())
    }
}

/// Asks the kernel, which answers within the call that asks.
#[derive(Debug)]
pub(super) struct Questions {
    /// None after an error: answers to what was asked before may still come.
    socket: Option<OwnedFd>,
    buffer: Vec<u8>,
    /// As far as they were looked at this time.
    links: BTreeMap<u32, Option<Link>>,
}

impl Questions {
    /// Has its descriptor from now on.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Questions {
            socket: Some(open_questions()?),
            buffer: Vec::new(),
            links: BTreeMap::new(),
        })
    }

    /// The network as it is now. Between parts of long lists others have their turn (rule L20).
    pub(super) async fn look(&mut self) -> io::Result<Picture> {
        self.buffer.resize(DATAGRAM, 0);
        let picture = self.picture().await;
        if picture.is_err() {
            self.socket = None;
        }
        // While nothing changes, it keeps nothing.
        (self.buffer, self.links) = (Vec::new(), BTreeMap::new());
        picture
    }

    async fn picture(&mut self) -> io::Result<Picture> {
        let mut picture = Picture::default();
        for (way, destination) in picture.ways.iter_mut().zip(WORLD) {
            *way = self.way(destination)?;
        }
        for Address {
            interface,
            is_global,
            address,
        } in self.addresses().await?
        {
            let Some(link) = self.link(interface)?.filter(leads_out) else {
                continue;
            };
            picture.has_link = true;
            let is_way = |way: &Way| way.interface == interface;
            if is_global && (!link.is_inner || picture.ways.iter().flatten().any(is_way)) {
                picture.addresses.insert((interface, address));
            }
        }
        Ok(picture)
    }

    fn way(&mut self, destination: IpAddr) -> io::Result<Option<Way>> {
        let answers = self.ask(&message::route_to(destination))?;
        let way = answers.into_iter().find_map(|answer| match answer {
            Answer::Route(route) if route.is_unicast => Some(Way {
                interface: route.interface?,
                gateway: route.gateway,
                source: route.source,
            }),
            // There is none.
            _ => None,
        });
        let Some(way) = way else { return Ok(None) };
        let link = self.link(way.interface)?.filter(leads_out);
        Ok(link.map(|_| way))
    }

    async fn addresses(&mut self) -> io::Result<Vec<Address>> {
        let mut all = Vec::new();
        let mut answers = self.ask(&message::all_addresses())?;
        loop {
            for answer in answers {
                match answer {
                    Answer::Address(address) => all.push(address),
                    Answer::Done => return Ok(all),
                    Answer::Error(number) if number != 0 => {
                        return Err(io::Error::from_raw_os_error(number.saturating_neg()));
                    }
                    _ => {}
                }
            }
            tokio::task::yield_now().await;
            answers = self.read()?;
        }
    }

    /// None where it has gone meanwhile.
    fn link(&mut self, index: u32) -> io::Result<Option<Link>> {
        if let Some(known) = self.links.get(&index) {
            return Ok(*known);
        }
        if self.links.len() >= MOST_LINKS {
            return Ok(None);
        }
        let answers = self.ask(&message::link(index))?;
        let link = answers.into_iter().find_map(|answer| match answer {
            Answer::Link(link) if link.index == index => Some(link),
            _ => None,
        });
        self.links.insert(index, link);
        Ok(link)
    }

    fn ask(&mut self, request: &[u8]) -> io::Result<Vec<Answer>> {
        let socket = match &mut self.socket {
            Some(socket) => socket,
            none => none.insert(open_questions()?),
        };
        send(socket, request, SendFlags::empty())?;
        self.read()
    }

    /// One datagram.
    fn read(&mut self) -> io::Result<Vec<Answer>> {
        let Some(socket) = &self.socket else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        let count = loop {
            match recv(socket, &mut self.buffer[..], RecvFlags::empty()) {
                Ok((count, _)) => break count,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        };
        let answers = message::answers(self.buffer.get(..count).unwrap_or_default());
        let wrong = |_| io::Error::new(io::ErrorKind::InvalidData, "netlink's answer is malformed");
        answers.map(|answer| answer.map_err(wrong)).collect()
    }
}

fn leads_out(link: &Link) -> bool {
    link.is_up && !link.is_loopback
}

fn open_questions() -> io::Result<OwnedFd> {
    let socket = open()?;
    // Answers come from the kernel alone.
    connect(&socket, &SocketAddrNetlink::new(0, 0))?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kernel of the machine that tests: its own words are understood.
    #[test]
    fn the_network_of_this_machine_is_seen() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut questions = match Questions::new() {
                Ok(questions) => questions,
                Err(error) => return eprintln!("skipped: no routing socket here: {error}"),
            };
            let first = questions.look().await.unwrap();
            let again = questions.look().await.unwrap();
            assert_eq!(first, again);
            for way in first.ways.iter().flatten() {
                assert!(first.has_link);
                if let Some(source) = way.source {
                    // Of an address that binding takes, too.
                    std::net::UdpSocket::bind((source, 0)).unwrap();
                }
            }
            for (_, address) in &first.addresses {
                assert!(!address.is_loopback());
            }
            questions.buffer.resize(DATAGRAM, 0);
            let loopback = questions.link(index_of("lo")).unwrap().unwrap();
            assert!(loopback.is_loopback);
        });
    }

    fn index_of(name: &str) -> u32 {
        let path = format!("/sys/class/net/{name}/ifindex");
        let text = std::fs::read_to_string(path).unwrap();
        text.trim().parse().unwrap()
    }
}
