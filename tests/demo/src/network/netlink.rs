//! rtnetlink, as far as the demo needs it, so that it needs no `ip` program.

use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};

/// Configures the interfaces of the network namespace in which it was opened.
#[derive(Debug)]
pub(crate) struct Netlink(OwnedFd);

impl Netlink {
    pub(crate) fn open() -> io::Result<Self> {
        // Protocol 0 is NETLINK_ROUTE.
        Ok(Self(rustix::net::socket_with(
            AddressFamily::NETLINK,
            SocketType::RAW,
            SocketFlags::CLOEXEC,
            None,
        )?))
    }

    /// The index of an interface.
    pub(crate) fn index(&self, name: &str) -> io::Result<u32> {
        let socket = rustix::net::socket_with(
            AddressFamily::INET,
            SocketType::DGRAM,
            SocketFlags::CLOEXEC,
            None,
        )?;
        Ok(rustix::net::netdevice::name_to_index(socket, name)?)
    }

    /// Lays a virtual cable: `name` here, `peer` in the namespace `there`.
    pub(crate) fn create_cable(
        &self,
        name: &str,
        peer: &str,
        there: BorrowedFd<'_>,
    ) -> io::Result<()> {
        const VETH_INFO_PEER: u16 = 1;
        let flags = libc::NLM_F_CREATE | libc::NLM_F_EXCL;
        let mut request = Message::new(libc::RTM_NEWLINK, flags);
        request.interface(0, 0);
        request.string(libc::IFLA_IFNAME, name);
        request.nested(libc::IFLA_LINKINFO, |info| {
            info.string(libc::IFLA_INFO_KIND, "veth");
            info.nested(libc::IFLA_INFO_DATA, |data| {
                data.nested(VETH_INFO_PEER, |end| {
                    end.interface(0, 0);
                    end.string(libc::IFLA_IFNAME, peer);
                    end.attribute(libc::IFLA_NET_NS_FD, &there.as_raw_fd().to_ne_bytes());
                });
            });
        });
        self.ask(request)
    }

    /// Gives an interface an address in a network of 2^(32 - `prefix`) addresses.
    pub(crate) fn add_address(&self, index: u32, address: Ipv4Addr, prefix: u8) -> io::Result<()> {
        let flags = libc::NLM_F_CREATE | libc::NLM_F_EXCL;
        let mut request = Message::new(libc::RTM_NEWADDR, flags);
        // struct ifaddrmsg: family, prefix length, flags, scope, index
        request.bytes(&[libc::AF_INET as u8, prefix, 0, 0]);
        request.bytes(&index.to_ne_bytes());
        request.attribute(libc::IFA_LOCAL, &address.octets());
        request.attribute(libc::IFA_ADDRESS, &address.octets());
        self.ask(request)
    }

    /// Switches an interface on.
    pub(crate) fn up(&self, index: u32) -> io::Result<()> {
        let mut request = Message::new(libc::RTM_NEWLINK, 0);
        request.interface(index, libc::IFF_UP as u32);
        self.ask(request)
    }

    /// Sends a request and waits for the kernel's yes or no.
    fn ask(&self, request: Message) -> io::Result<()> {
        rustix::net::send(&self.0, &request.finish(), SendFlags::empty())?;
        let mut answer = [0; 4096];
        let (length, _) = rustix::net::recv(&self.0, &mut answer, RecvFlags::empty())?;
        // struct nlmsghdr (16 bytes), then struct nlmsgerr, which starts with minus errno.
        match answer[..length].get(16..20) {
            Some(&[a, b, c, d]) => match i32::from_ne_bytes([a, b, c, d]) {
                0 => Ok(()),
                error => Err(io::Error::from_raw_os_error(-error)),
            },
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// A netlink message that is being written.
#[derive(Debug)]
struct Message(Vec<u8>);

impl Message {
    fn new(kind: u16, flags: libc::c_int) -> Self {
        let flags = (flags | libc::NLM_F_REQUEST | libc::NLM_F_ACK) as u16;
        let mut message = Self(vec![0; 4]); // the length, see `finish`
        message.bytes(&kind.to_ne_bytes());
        message.bytes(&flags.to_ne_bytes());
        message.bytes(&[0; 8]); // sequence number and port
        message
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// struct ifinfomsg: family and type (zero), index, flags, which flags to change.
    fn interface(&mut self, index: u32, flags: u32) {
        self.bytes(&[0; 4]);
        self.bytes(&index.to_ne_bytes());
        self.bytes(&flags.to_ne_bytes());
        self.bytes(&flags.to_ne_bytes());
    }

    fn attribute(&mut self, kind: u16, value: &[u8]) {
        self.nested(kind, |message| message.bytes(value));
    }

    fn string(&mut self, kind: u16, value: &str) {
        self.nested(kind, |message| {
            message.bytes(value.as_bytes());
            message.bytes(&[0]);
        });
    }

    /// An attribute: length, kind, whatever `write` writes, padding to four bytes.
    fn nested(&mut self, kind: u16, write: impl FnOnce(&mut Self)) {
        let start = self.0.len();
        self.bytes(&[0; 2]);
        self.bytes(&kind.to_ne_bytes());
        write(self);
        let length = (self.0.len() - start) as u16;
        self.0[start..start + 2].copy_from_slice(&length.to_ne_bytes());
        self.0.resize(self.0.len().next_multiple_of(4), 0);
    }

    fn finish(mut self) -> Vec<u8> {
        let length = self.0.len() as u32;
        self.0[..4].copy_from_slice(&length.to_ne_bytes());
        self.0
    }
}
