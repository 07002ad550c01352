//! What an application may give as a broker's host.

use std::fmt;
#[cfg(feature = "engine")]
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
#[cfg(feature = "engine")]
use std::net::{SocketAddr, SocketAddrV6};
use std::sync::Arc;

use thiserror::Error;

#[cfg(feature = "engine")]
use super::socket::addresses::interface_index;

/// The longest name that DNS has, in bytes, without a last dot (RFC 1035, section 2.3.4).
const MAX_NAME: usize = 253;

/// The longest part of it between dots.
const MAX_LABEL: usize = 63;

/// A name or an address, as it was given, that looks right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    text: Arc<str>,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Name,
    V4(Ipv4Addr),
    V6(Ipv6Addr, Option<Arc<str>>),
}

/// Why a text is not a host: what it must be instead, to continue `it must be`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum InvalidHost {
    #[error("a name or an IP address")]
    Empty,
    #[error("a name or an IP address, without a scheme or a path")]
    NotAlone,
    #[error("a name or an IP address; the port is an option of its own")]
    Port,
    #[error("a name or an IP address, without {0:?}")]
    Character(char),
    #[error("an IPv6 address where there are brackets, and nothing around them")]
    Brackets,
    #[error("a name or an IPv4 address: four numbers from 0 to 255, without zeros before them")]
    Ipv4,
    #[error("an IPv6 address or a name, which has no colons")]
    Ipv6,
    #[error("an IPv6 address where an interface follows after '%', by name or number")]
    Zone,
    #[error("a link-local address with its interface, as in fe80::1%eth0")]
    NoZone,
    #[error("a name whose parts between dots have 1 to 63 bytes")]
    Label,
    #[error("a name of at most 253 bytes")]
    TooLong,
}

/// What was given as a host, to be shown: it may be more than one, with a user's name and password in
/// front.
pub(crate) struct Shown<'a>(pub(crate) &'a str);

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.rsplit_once('@') {
            Some((_, host)) => fmt::Debug::fmt(&format!("...@{host}"), f),
            None => fmt::Debug::fmt(self.0, f),
        }
    }
}

/// Takes a host apart: a name, an IPv4 address, or an IPv6 address, with or without brackets and,
/// after a `%`, its interface by name or number.
///
/// # Errors
/// What is wrong, where the resolver would only say that it knows no such name.
pub(crate) fn parse(text: &str) -> Result<Host, InvalidHost> {
    let kind = kind(text)?;
    Ok(Host {
        text: text.into(),
        kind,
    })
}

fn kind(text: &str) -> Result<Kind, InvalidHost> {
    if text.is_empty() {
        return Err(InvalidHost::Empty);
    }
    if text.contains("://") {
        return Err(InvalidHost::NotAlone);
    }
    if let Some(bad) = text.chars().find(|c| c.is_whitespace() || c.is_control()) {
        return Err(InvalidHost::Character(bad));
    }
    if let Some(rest) = text.strip_prefix('[') {
        return match rest.split_once(']') {
            Some((inner, "")) => v6(inner, InvalidHost::Brackets),
            Some((_, after)) if after.starts_with(':') => Err(InvalidHost::Port),
            _ => Err(InvalidHost::Brackets),
        };
    }
    let before_zone = text.split('%').next().unwrap_or(text);
    if before_zone.matches(':').count() > 1 {
        return v6(text, InvalidHost::Ipv6);
    }
    if let Ok(address) = text.parse() {
        return Ok(Kind::V4(address));
    }
    name(text).map(|()| Kind::Name)
}

fn v6(text: &str, otherwise: InvalidHost) -> Result<Kind, InvalidHost> {
    let (address, zone) = match text.split_once('%') {
        Some((address, zone)) => (address, Some(zone)),
        None => (text, None),
    };
    let address: Ipv6Addr = address.parse().map_err(|_| otherwise)?;
    match zone {
        Some(zone) if zone.is_empty() || zone.contains(['%', '[', ']', '/']) => {
            Err(InvalidHost::Zone)
        }
        // Windows finds the interface by itself.
        None if address.is_unicast_link_local() && !cfg!(windows) => Err(InvalidHost::NoZone),
        zone => Ok(Kind::V6(address, zone.map(Arc::from))),
    }
}

/// Letters of other scripts are the resolver's business.
fn name(text: &str) -> Result<(), InvalidHost> {
    for character in text.chars() {
        match character {
            '-' | '_' | '.' => {}
            ':' => return Err(InvalidHost::Port),
            '%' => return Err(InvalidHost::Zone),
            '[' | ']' => return Err(InvalidHost::Brackets),
            '/' => return Err(InvalidHost::NotAlone),
            other if other.is_ascii() && !other.is_ascii_alphanumeric() => {
                return Err(InvalidHost::Character(other));
            }
            _ => {}
        }
    }
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.len() > MAX_NAME {
        return Err(InvalidHost::TooLong);
    }
    if text
        .split('.')
        .any(|label| label.is_empty() || label.len() > MAX_LABEL)
    {
        return Err(InvalidHost::Label);
    }
    let digits = |label: &str| label.bytes().all(|b| b.is_ascii_digit());
    if text.split('.').count() == 4 && text.split('.').all(digits) {
        return Err(InvalidHost::Ipv4);
    }
    Ok(())
}

impl Host {
    /// As it was given.
    #[cfg(any(test, feature = "engine"))]
    pub(crate) fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// Where it is an address: that, and its interface by name or number.
    pub(crate) fn address(&self) -> Option<(IpAddr, Option<&str>)> {
        match &self.kind {
            Kind::Name => None,
            Kind::V4(address) => Some(((*address).into(), None)),
            Kind::V6(address, zone) => Some(((*address).into(), zone.as_deref())),
        }
    }

    /// Where it is an address already, as a place to connect to; a name gives none.
    ///
    /// # Errors
    /// There is no such interface now.
    #[cfg(feature = "engine")]
    pub(super) fn literal(&self) -> Option<io::Result<SocketAddr>> {
        match &self.kind {
            Kind::Name => None,
            Kind::V4(address) => Some(Ok((IpAddr::from(*address), 0).into())),
            Kind::V6(address, zone) => {
                let scope = zone.as_deref().map_or(Ok(0), scope);
                Some(scope.map(|scope| SocketAddrV6::new(*address, 0, 0, scope).into()))
            }
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The interface's number. A name may consist of digits, so names come first.
#[cfg(feature = "engine")]
fn scope(zone: &str) -> io::Result<u32> {
    interface_index(zone).or_else(|error| match zone.parse() {
        Ok(index) if index > 0 => Ok(index),
        _ => Err(io::Error::new(
            error.kind(),
            format!("interface {zone}: {error}"),
        )),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> InvalidHost {
        parse(text).unwrap_err()
    }

    #[test]
    fn what_stands_in_front_of_a_host_is_not_shown() {
        for (given, shown) in [
            ("h", r#""h""#),
            ("ann:s3cret@h:1883", r#""...@h:1883""#),
            ("a@s3cret@h", r#""...@h""#),
        ] {
            assert_eq!(format!("{:?}", Shown(given)), shown);
        }
    }

    #[test]
    fn names_and_addresses_in_every_form_are_taken() {
        for text in [
            "localhost",
            "broker.example.com",
            "broker.example.com.",
            "under_score-1",
            "bücher.example",
            "1.2.3",
            "127.0.0.1",
            "::1",
            "[::1]",
            "::ffff:127.0.0.1",
            "fe80::1%eth0",
            "[fe80::1%eth0]",
            "[fe80::1%2]",
            "2001:db8::1%eth0",
        ] {
            assert_eq!(&**parse(text).unwrap().text(), text);
        }
        assert!(parse(&["a"; 127].join(".")).is_ok());
    }

    #[cfg(feature = "engine")]
    #[test]
    fn an_address_is_a_place_to_connect_to() {
        assert!(parse("localhost").unwrap().literal().is_none());
        for text in ["::1", "[::1]", "[::1%7]", "127.0.0.1"] {
            let address = parse(text).unwrap().literal().unwrap().unwrap();
            assert!(address.ip().is_loopback(), "{address}");
        }
    }

    #[test]
    fn an_address_has_its_interface_beside_it() {
        let zone = |text: &str| {
            parse(text)
                .unwrap()
                .address()
                .map(|(_, zone)| zone.is_some())
        };
        assert_eq!(zone("localhost"), None);
        assert_eq!(zone("127.0.0.1"), Some(false));
        assert_eq!(zone("[::1]"), Some(false));
        assert_eq!(zone("[fe80::1%eth0]"), Some(true));
    }

    /// Fault 20: what is wrong, not what the resolver makes of it.
    #[test]
    fn what_is_not_a_host_is_named() {
        assert_eq!(wrong(""), InvalidHost::Empty);
        assert_eq!(wrong("mqtt://host"), InvalidHost::NotAlone);
        assert_eq!(wrong("mqtts://a:8883/b"), InvalidHost::NotAlone);
        assert_eq!(wrong("host/path"), InvalidHost::NotAlone);
        assert_eq!(wrong("user@host"), InvalidHost::Character('@'));
        assert_eq!(wrong("host?query"), InvalidHost::Character('?'));
        assert_eq!(wrong("host:1883"), InvalidHost::Port);
        assert_eq!(wrong("127.0.0.1:1883"), InvalidHost::Port);
        assert_eq!(wrong("[::1]:1883"), InvalidHost::Port);
        assert_eq!(wrong(" host"), InvalidHost::Character(' '));
        assert_eq!(wrong("ho\0st"), InvalidHost::Character('\0'));
        assert_eq!(wrong("host\n"), InvalidHost::Character('\n'));
        assert_eq!(wrong("a,b"), InvalidHost::Character(','));
        assert_eq!(wrong("a*b"), InvalidHost::Character('*'));
        for text in [
            "[]",
            "[::1",
            "::1]",
            "[::1]x",
            "[host]",
            "[127.0.0.1]",
            "host]",
        ] {
            let error = wrong(text);
            assert!(
                matches!(error, InvalidHost::Brackets | InvalidHost::Ipv6),
                "{text}: {error:?}"
            );
        }
        assert_eq!(wrong("::g"), InvalidHost::Ipv6);
        assert_eq!(wrong("1:2:3"), InvalidHost::Ipv6);
        assert_eq!(wrong("256.0.0.1"), InvalidHost::Ipv4);
        assert_eq!(wrong("192.168.001.010"), InvalidHost::Ipv4);
        assert_eq!(wrong("host%eth0"), InvalidHost::Zone);
        assert_eq!(wrong("fe80::1%"), InvalidHost::Zone);
        assert_eq!(wrong("[fe80::1%a%b]"), InvalidHost::Zone);
        #[cfg(not(windows))]
        assert_eq!(wrong("[fe80::1]"), InvalidHost::NoZone);
        assert_eq!(wrong("a..b"), InvalidHost::Label);
        assert_eq!(wrong("."), InvalidHost::Label);
        assert_eq!(wrong(&"a".repeat(64)), InvalidHost::Label);
        assert_eq!(wrong(&["a"; 128].join(".")), InvalidHost::TooLong);
    }

    #[cfg(feature = "engine")]
    #[test]
    fn an_interface_that_is_not_there_is_named() {
        let host = parse("[fe80::1%nonesuch0]").unwrap();
        let error = host.literal().unwrap().unwrap_err();
        assert!(error.to_string().contains("nonesuch0"), "{error}");
        // Zero is no interface.
        assert!(parse("fe80::1%0").unwrap().literal().unwrap().is_err());
    }
}
