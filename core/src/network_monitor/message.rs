//! Messages of the kernel's routing socket (netlink(7), rtnetlink(7)): requests, and what of the
//! answers the monitor needs. A message that is not as it should be is an error, never a panic.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// All parts of a message begin at multiples of this.
const ALIGNMENT: usize = 4;

const HEADER: usize = 16;
const ROUTE_HEADER: usize = 12;
const ADDRESS_HEADER: usize = 8;
const LINK_HEADER: usize = 16;
const ATTRIBUTE_HEADER: usize = 4;

/// The rest of an attribute's type says how its content is laid out.
const ATTRIBUTE_TYPE: u16 = 0x3fff;

/// Without counters an interface's description is a tenth as long (rtnetlink.h; libc lacks it).
const RTEXT_FILTER_SKIP_STATS: u32 = 1 << 3;

/// Kinds of interfaces that a machine makes for what runs on it, not to reach anything outside.
const INNER_KINDS: [&[u8]; 3] = [b"bridge", b"dummy", b"veth"];

/// What the kernel answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Route(Route),
    Address(Address),
    Link(Link),
    /// An error of this number; 0 is an acknowledgement.
    Error(i32),
    /// The end of a list.
    Done,
}

/// How the kernel would send to an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// It goes out to one machine: it is neither the own one nor refused.
    pub(super) is_unicast: bool,
    pub(super) interface: Option<u32>,
    pub(super) gateway: Option<IpAddr>,
    pub(super) source: Option<IpAddr>,
}

/// An address of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) interface: u32,
    /// Valid beyond its link.
    pub(super) is_global: bool,
    pub(super) address: IpAddr,
}

/// An interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) index: u32,
    /// Switched on, and connected to something.
    pub(super) is_up: bool,
    pub(super) is_loopback: bool,
    /// Of a kind as container engines make them.
    pub(super) is_inner: bool,
}

/// Bytes that are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// Asks how the kernel would send to this address. Nothing is sent to it.
pub(super) fn route_to(destination: IpAddr) -> Vec<u8> {
    let (family, bits, octets) = match destination {
        IpAddr::V4(address) => (libc::AF_INET, 32, address.octets().to_vec()),
        IpAddr::V6(address) => (libc::AF_INET6, 128, address.octets().to_vec()),
    };
    let mut body = vec![0; ROUTE_HEADER];
    (body[0], body[1]) = (u8::try_from(family).unwrap_or_default(), bits);
    add_attribute(&mut body, libc::RTA_DST, &octets);
    request(libc::RTM_GETROUTE, 0, &body)
}

/// Asks for the list of all addresses, those of IPv4 first.
pub(super) fn all_addresses() -> Vec<u8> {
    request(libc::RTM_GETADDR, libc::NLM_F_DUMP, &[0; ADDRESS_HEADER])
}

/// Asks for one interface.
pub(super) fn link(index: u32) -> Vec<u8> {
    let mut body = vec![0; LINK_HEADER];
    body[4..8].copy_from_slice(&index.to_ne_bytes());
    let mask = RTEXT_FILTER_SKIP_STATS.to_ne_bytes();
    add_attribute(&mut body, libc::IFLA_EXT_MASK, &mask);
    request(libc::RTM_GETLINK, 0, &body)
}

fn request(kind: u16, flags: i32, body: &[u8]) -> Vec<u8> {
    let flags = u16::try_from(libc::NLM_F_REQUEST | flags).unwrap_or_default();
    let length = u32::try_from(HEADER + body.len()).unwrap_or_default();
    let mut message = Vec::with_capacity(HEADER + body.len());
    message.extend(length.to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend(flags.to_ne_bytes());
    // Sequence number and sender: each request has a socket to itself until it is answered.
    message.extend([0; 8]);
    message.extend(body);
    message
}

fn add_attribute(body: &mut Vec<u8>, kind: u16, content: &[u8]) {
    let length = u16::try_from(ATTRIBUTE_HEADER + content.len()).unwrap_or_default();
    body.extend(length.to_ne_bytes());
    body.extend(kind.to_ne_bytes());
    body.extend(content);
    body.resize(body.len().next_multiple_of(ALIGNMENT), 0);
}

/// The answers in one datagram, in order; messages of other types are left out. Nothing follows an
/// error.
pub(super) fn answers(datagram: &[u8]) -> impl Iterator<Item = Result<Answer, Malformed>> {
    let mut rest = datagram;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            match message(&mut rest) {
                Ok(Some(answer)) => return Some(Ok(answer)),
                Ok(None) => {}
                Err(malformed) => {
                    rest = &[];
                    return Some(Err(malformed));
                }
            }
        }
        None
    })
}

fn message(rest: &mut &[u8]) -> Result<Option<Answer>, Malformed> {
    let length = usize::try_from(u32_at(rest, 0)?).map_err(|_| Malformed)?;
    let kind = u16_at(rest, 4)?;
    let body = rest.get(HEADER..length).ok_or(Malformed)?;
    // The last one may lack its padding.
    *rest = rest
        .get(length.next_multiple_of(ALIGNMENT)..)
        .unwrap_or_default();
    Ok(match kind {
        libc::RTM_NEWROUTE => Some(Answer::Route(parse_route(body)?)),
        libc::RTM_NEWADDR => parse_address(body)?.map(Answer::Address),
        libc::RTM_NEWLINK => Some(Answer::Link(parse_link(body)?)),
        kind if i32::from(kind) == libc::NLMSG_ERROR => {
            Some(Answer::Error(i32::from_ne_bytes(array(body, 0)?)))
        }
        kind if i32::from(kind) == libc::NLMSG_DONE => Some(Answer::Done),
        _ => None,
    })
}

fn parse_route(body: &[u8]) -> Result<Route, Malformed> {
    let mut route = Route {
        is_unicast: array::<1>(body, 7)?[0] == libc::RTN_UNICAST,
        interface: None,
        gateway: None,
        source: None,
    };
    for attribute in attributes(body, ROUTE_HEADER)? {
        let (kind, content) = attribute?;
        match kind {
            libc::RTA_OIF => route.interface = Some(u32_at(content, 0)?),
            libc::RTA_GATEWAY => route.gateway = Some(address(content)?),
            // Of another family than the destination: that comes first.
            libc::RTA_VIA => route.gateway = Some(address(content.get(2..).ok_or(Malformed)?)?),
            libc::RTA_PREFSRC => route.source = Some(address(content)?),
            _ => {}
        }
    }
    Ok(route)
}

/// None where it is of a family that is not IP's.
fn parse_address(body: &[u8]) -> Result<Option<Address>, Malformed> {
    let [family, _, _, scope] = array(body, 0)?;
    if ![libc::AF_INET, libc::AF_INET6].contains(&family.into()) {
        return Ok(None);
    }
    let (mut own, mut other) = (None, None);
    for attribute in attributes(body, ADDRESS_HEADER)? {
        let (kind, content) = attribute?;
        match kind {
            libc::IFA_LOCAL => own = Some(address(content)?),
            // The far end's, where there is one; else ours.
            libc::IFA_ADDRESS => other = Some(address(content)?),
            _ => {}
        }
    }
    Ok(Some(Address {
        interface: u32_at(body, 4)?,
        is_global: scope == libc::RT_SCOPE_UNIVERSE,
        address: own.or(other).ok_or(Malformed)?,
    }))
}

fn parse_link(body: &[u8]) -> Result<Link, Malformed> {
    let flags = u32_at(body, 8)?;
    let has = |flag: libc::c_int| flags & flag.unsigned_abs() != 0;
    let mut is_inner = false;
    for attribute in attributes(body, LINK_HEADER)? {
        let (kind, content) = attribute?;
        if kind == libc::IFLA_LINKINFO {
            for attribute in attributes(content, 0)? {
                let (kind, content) = attribute?;
                if kind == libc::IFLA_INFO_KIND {
                    let name = content.split(|byte| *byte == 0).next();
                    is_inner = INNER_KINDS.contains(&name.unwrap_or_default());
                }
            }
        }
    }
    Ok(Link {
        index: u32_at(body, 4)?,
        is_up: has(libc::IFF_UP) && has(libc::IFF_RUNNING),
        is_loopback: has(libc::IFF_LOOPBACK),
        is_inner,
    })
}

type Attribute<'a> = (u16, &'a [u8]);

/// The attributes behind a header of this length.
fn attributes(
    body: &[u8],
    header: usize,
) -> Result<impl Iterator<Item = Result<Attribute<'_>, Malformed>>, Malformed> {
    let mut rest = body.get(header..).ok_or(Malformed)?;
    Ok(std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let found = attribute(&mut rest);
        if found.is_err() {
            rest = &[];
        }
        Some(found)
    }))
}

fn attribute<'a>(rest: &mut &'a [u8]) -> Result<Attribute<'a>, Malformed> {
    let length = usize::from(u16_at(rest, 0)?);
    let kind = u16_at(rest, 2)? & ATTRIBUTE_TYPE;
    let content = rest.get(ATTRIBUTE_HEADER..length).ok_or(Malformed)?;
    *rest = rest
        .get(length.next_multiple_of(ALIGNMENT)..)
        .unwrap_or_default();
    Ok((kind, content))
}

fn address(content: &[u8]) -> Result<IpAddr, Malformed> {
    if let Ok(octets) = <[u8; 4]>::try_from(content) {
        return Ok(Ipv4Addr::from(octets).into());
    }
    let octets = <[u8; 16]>::try_from(content).map_err(|_| Malformed)?;
    Ok(Ipv6Addr::from(octets).into())
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], Malformed> {
    let part = bytes.get(at..).and_then(|rest| rest.first_chunk());
    part.copied().ok_or(Malformed)
}

fn u16_at(bytes: &[u8], at: usize) -> Result<u16, Malformed> {
    array(bytes, at).map(u16::from_ne_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, Malformed> {
    array(bytes, at).map(u32::from_ne_bytes)
}

#[cfg(test)]
mod tests;
