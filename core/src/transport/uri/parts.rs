//! The parts of a URI.

use super::percent::{decode, decode_text};
use super::{UriProblem, host};

/// Scheme and rest.
pub(in crate::transport) struct Parts<'a> {
    /// In lower case.
    pub(in crate::transport) scheme: String,
    /// Two slashes were between them.
    pub(in crate::transport) slashes: bool,
    pub(in crate::transport) rest: &'a str,
}

impl<'a> Parts<'a> {
    /// A text without a scheme has an empty one.
    pub(in crate::transport) fn split(text: &'a str) -> Result<Self, UriProblem> {
        if let Some(bad) = text.chars().find(|c| c.is_whitespace() || c.is_control()) {
            return Err(UriProblem::Character(bad));
        }
        let (scheme, rest) = match text.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) => (scheme, rest),
            _ => ("", text),
        };
        let authority = rest.strip_prefix("//").filter(|_| !scheme.is_empty());
        Ok(Parts {
            scheme: scheme.to_ascii_lowercase(),
            slashes: authority.is_some(),
            rest: authority.unwrap_or(rest),
        })
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

/// What is before the host.
#[derive(Default)]
pub(in crate::transport) struct UserInfo {
    pub(in crate::transport) user_name: Option<String>,
    pub(in crate::transport) password: Option<Vec<u8>>,
}

impl UserInfo {
    pub(super) fn decode(text: &str) -> Result<Self, UriProblem> {
        let (user_name, password) = match text.split_once(':') {
            Some((user_name, password)) => (user_name, Some(decode(password, "password")?)),
            None => (text, None),
        };
        let user_name = decode_text(user_name, "user name")?;
        Ok(UserInfo {
            user_name: Some(user_name).filter(|name| !name.is_empty()),
            password,
        })
    }
}

/// What is between the two slashes and the path, and the rest behind it.
pub(in crate::transport) struct Authority<'a> {
    pub(in crate::transport) user_info: UserInfo,
    /// Without brackets, the interface after a `%` alone.
    pub(in crate::transport) host: String,
    pub(in crate::transport) port: Option<u16>,
    /// Path and query, as they are.
    pub(in crate::transport) tail: &'a str,
}

/// Takes apart what follows the two slashes.
pub(in crate::transport) fn authority(rest: &str) -> Result<Authority<'_>, UriProblem> {
    let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (user_info, place) = match authority.rsplit_once('@') {
        Some((user_info, place)) => (UserInfo::decode(user_info)?, place),
        None => (UserInfo::default(), authority),
    };
    let place = place_of(place);
    match place {
        // It may be a password: not to be printed.
        Err(_) if !authority.contains('@') && tail.contains('@') => Err(UriProblem::UserInfo),
        Err(problem) => Err(problem),
        Ok((host, port)) => Ok(Authority {
            user_info,
            host,
            port,
            tail,
        }),
    }
}

fn place_of(place: &str) -> Result<(String, Option<u16>), UriProblem> {
    if let Some((inner, behind)) = place.strip_prefix('[').and_then(|it| it.split_once(']')) {
        let port = match behind.strip_prefix(':') {
            Some(port) => Some(port),
            None if behind.is_empty() => None,
            None => return Err(UriProblem::Brackets),
        };
        let inner = interface(inner)?;
        check(&format!("[{inner}]"))?;
        return Ok((inner, port_of(port)?));
    }
    let (host, port) = match place.split_once(':') {
        Some((_, port)) if port.contains(':') => return Err(UriProblem::Brackets),
        Some((host, port)) => (host, Some(port)),
        None => (place, None),
    };
    check(host)?;
    Ok((host.to_owned(), port_of(port)?))
}

/// An address whose interface follows after `%25`, percent-encoded, or as it is after `%`.
fn interface(address: &str) -> Result<String, UriProblem> {
    match address.split_once("%25") {
        // An interface of the number 25 after a `%` alone.
        Some((_, "")) | None => Ok(address.to_owned()),
        Some((address, zone)) => Ok(format!("{address}%{}", decode_text(zone, "interface")?)),
    }
}

fn check(text: &str) -> Result<(), UriProblem> {
    match host::parse(text) {
        Ok(_) => Ok(()),
        Err(must_be) => Err(UriProblem::Host(text.to_owned(), must_be.to_string())),
    }
}

fn port_of(text: Option<&str>) -> Result<Option<u16>, UriProblem> {
    match text {
        None | Some("") => Ok(None),
        Some(text) => match text.parse() {
            Ok(port) if port > 0 && text.bytes().all(|b| b.is_ascii_digit()) => Ok(Some(port)),
            _ => Err(UriProblem::Port(text.to_owned())),
        },
    }
}

impl Authority<'_> {
    /// Nothing but a `/` may follow; `scheme` is for the message.
    pub(in crate::transport) fn refuse_tail(&self, scheme: &'static str) -> Result<(), UriProblem> {
        if matches!(self.tail, "" | "/") {
            return Ok(());
        }
        let user_info = &self.user_info;
        if user_info.user_name.is_none() && user_info.password.is_none() && self.tail.contains('@')
        {
            return Err(UriProblem::UserInfo);
        }
        Err(if self.tail.trim_start_matches('/').starts_with('?') {
            UriProblem::Query(scheme)
        } else {
            UriProblem::Path(scheme)
        })
    }
}
