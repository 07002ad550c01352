//! Where a server is, as one text (RFC 3986): `mqtts://user:password@host:8883`.

mod parts;
mod percent;

use std::fmt;
use std::net::IpAddr;

use thiserror::Error as ThisError;

use super::host::{self, Host};
use super::options::{Server, Transport};
use crate::error::Error;
use crate::types::shown;
pub(super) use parts::{Parts, authority};
use percent::{decode_text, encode};

/// A server and the credentials for it.
///
/// | scheme | transport | the rest |
/// |---|---|---|
/// | `mqtt`, `tcp` | TCP | `//[user[:password]@]host[:port]` |
/// | `mqtts`, `ssl`, `tls` | TLS over TCP | the same |
/// | `ws` | WebSocket over TCP | the same, then path and query as they are sent |
/// | `wss` | WebSocket over TLS | the same, then path and query as they are sent |
/// | `unix` | a Unix socket | `/path`, `//[user[:password]@]/path`, or `@name` (abstract, Linux) |
///
/// User name, password and the path of a Unix socket are percent-decoded. An empty user name is
/// none. A `/`, `?` or `#` in user name or password must be percent-encoded, and a `:` in the user
/// name. An IPv6 address is in brackets; its interface follows after `%25` (RFC 6874) or `%`.
/// Where the path of a WebSocket is empty, it is `/mqtt`; `/` is another one.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Uri {
    /// Where it is, and what carries MQTT to it.
    pub server: Server,
    /// The user name for MQTT.
    pub user_name: Option<String>,
    /// The password for MQTT.
    pub password: Option<Vec<u8>>,
}

/// Why a text is not a URI of a server or of a proxy: `uri has the scheme "http"; it must be mqtt,
/// mqtts, ws, wss or unix`. Passwords are not in it.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[error("{option} has {problem}")]
#[non_exhaustive]
pub struct InvalidUri {
    /// The option that the text was for.
    pub option: &'static str,
    /// What is wrong.
    pub problem: UriProblem,
}

/// Which part of a URI is wrong, and what it must be.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum UriProblem {
    /// Nothing before `://`.
    #[error("no scheme; it must begin with {0}")]
    NoScheme(&'static str),
    /// A scheme that is none of ours: what it is, and what there is.
    #[error("the scheme {0:?}; it must be {1}")]
    Scheme(String, &'static str),
    /// A scheme without `//` behind it.
    #[error("no // behind the scheme; it must, as in {0}")]
    NoSlashes(&'static str),
    /// A character that cannot stand for itself.
    #[error("the character {0:?}; it must be percent-encoded")]
    Character(char),
    /// A `%` in this part without its digits.
    #[error("a % without two hexadecimal digits in the {0}; itself it must be %25")]
    Percent(&'static str),
    /// This part is text, and not valid UTF-8 without U+0000 where it is decoded.
    #[error("bytes in the {0} that are no text; it must be UTF-8 without U+0000")]
    NotText(&'static str),
    /// User name or password end too early.
    #[error("an @ behind the host; /, ? and # in a user name or password must be percent-encoded")]
    UserInfo,
    /// User name or password are longer than the protocol can carry.
    #[error("a {0} of more than 255 bytes; with socks5 it must be 0 to 255 long")]
    TooLong(&'static str),
    /// A user name that HTTP's Basic authentication cannot carry.
    #[error("a : in the user name; with http it must have none, also not percent-encoded")]
    ColonInUserName,
    /// A host that is none, and what it must be.
    #[error("the host {0:?}; it must be {1}")]
    Host(String, String),
    /// An IPv6 address without brackets.
    #[error("a host with colons; an IPv6 address must be in brackets, as in [::1]")]
    Brackets,
    /// A port that is none.
    #[error("the port {0:?}; it must be 1 to 65535")]
    Port(String),
    /// A path where there is none.
    #[error("a path; with {0} it must have none")]
    Path(&'static str),
    /// A query where there is none.
    #[error("a query; with {0} it must have none, and a ? for itself is %3F")]
    Query(&'static str),
    /// A fragment.
    #[error("a fragment; it must have none, and a # for itself is %23")]
    Fragment,
    /// A host where there is none.
    #[error("a host; with unix it must have none, as in unix:/run/mqtt.sock")]
    UnixHost,
    /// A Unix socket without an absolute path or a name.
    #[error("no path of a socket; it must, as in unix:/run/mqtt.sock or unix:@name")]
    UnixPath,
    /// TLS to the proxy.
    #[error("the scheme \"https\"; TLS to a proxy is not supported, it must be http or socks5")]
    SecureProxy,
}

const BEGINNINGS: &str = "mqtt://, mqtts://, ws://, wss:// or unix:";
const SCHEMES: &str = "mqtt, mqtts, ws, wss or unix";

impl Uri {
    /// Takes a URI apart.
    ///
    /// # Errors
    /// Which part is wrong, and what it must be.
    pub fn parse(text: &str) -> Result<Self, InvalidUri> {
        parse(text).map_err(|problem| InvalidUri {
            option: "uri",
            problem,
        })
    }
}

fn parse(text: &str) -> Result<Uri, UriProblem> {
    let parts = Parts::split(text)?;
    let transport = match &*parts.scheme {
        "mqtt" | "tcp" => Transport::Tcp,
        "mqtts" | "ssl" | "tls" => Transport::Tls,
        "ws" => Transport::WebSocket,
        "wss" => Transport::WebSocketTls,
        "unix" => return unix(&parts),
        _ if !parts.slashes => return Err(UriProblem::NoScheme(BEGINNINGS)),
        _ => return Err(UriProblem::Scheme(parts.scheme, SCHEMES)),
    };
    if !parts.slashes {
        return Err(UriProblem::NoSlashes("mqtt://broker.example"));
    }
    if parts.rest.contains('#') {
        return Err(UriProblem::Fragment);
    }
    let authority = authority(parts.rest)?;
    let path = if transport.is_web_socket() {
        let path = authority.tail;
        if let Some(bad) = path.chars().find(|c| !c.is_ascii()) {
            return Err(UriProblem::Character(bad));
        }
        if path.starts_with('?') {
            // The path is empty, and so the one that an empty one means.
            format!("/mqtt{path}")
        } else {
            path.to_owned()
        }
    } else {
        authority.refuse_tail("mqtt and mqtts")?;
        String::new()
    };
    Ok(Uri {
        server: Server {
            transport,
            host: authority.host,
            port: authority.port,
            path,
        },
        user_name: authority.user_info.user_name,
        password: authority.user_info.password,
    })
}

fn unix(parts: &Parts<'_>) -> Result<Uri, UriProblem> {
    if parts.rest.contains('#') {
        return Err(UriProblem::Fragment);
    }
    if parts.rest.contains('?') {
        return Err(UriProblem::Query("unix"));
    }
    let mut user_info = parts::UserInfo::default();
    let mut path = parts.rest;
    // After two slashes, what is before the next one is a host and those who log in to it.
    if parts.slashes && !path.starts_with('@') {
        let (place, rest) = path.split_at(path.find('/').unwrap_or(path.len()));
        match place.rsplit_once('@') {
            Some((given, "")) => user_info = parts::UserInfo::decode(given)?,
            None if place.is_empty() => {}
            _ => return Err(UriProblem::UnixHost),
        }
        path = rest;
    }
    let path = decode_text(path, "path")?;
    if !path.starts_with(['/', '@']) || path.len() < 2 {
        return Err(UriProblem::UnixPath);
    }
    Ok(Uri {
        server: Server {
            transport: Transport::Unix,
            host: String::new(),
            port: None,
            path,
        },
        user_name: user_info.user_name,
        password: user_info.password,
    })
}

impl fmt::Debug for Uri {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Uri")
            .field("server", &self.server)
            .field(
                "user_name",
                &self.user_name.as_deref().map(shown::user_name),
            )
            .field("password", &self.password.as_ref().map(|_| "(hidden)"))
            .finish()
    }
}

impl From<InvalidUri> for Error {
    fn from(invalid: InvalidUri) -> Self {
        Error::InvalidArgument(invalid.to_string())
    }
}

impl InvalidUri {
    /// The same for a text that was for another option.
    #[must_use]
    pub fn of(self, option: &'static str) -> Self {
        InvalidUri { option, ..self }
    }
}

impl fmt::Display for Server {
    /// As a URI, for people: without a WebSocket's query, which may have credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.transport {
            Transport::Tcp => "mqtt",
            Transport::Tls => "mqtts",
            Transport::WebSocket => "ws",
            Transport::WebSocketTls => "wss",
            Transport::Unix => {
                // Two slashes would begin something else.
                let slashes = if self.path.starts_with("//") {
                    "//"
                } else {
                    ""
                };
                return write!(f, "unix:{slashes}{}", encode(&self.path, b"/@:"));
            }
        };
        write!(f, "{scheme}://{}", Bracketed(&self.host))?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        if self.transport.is_web_socket() {
            let (path, query) = match self.path.split_once('?') {
                Some((path, _)) => (path, "?..."),
                None => (&*self.path, ""),
            };
            write!(f, "{path}{query}")?;
        }
        Ok(())
    }
}

/// A host as it stands in a URI.
pub(super) struct Bracketed<'a>(pub(super) &'a str);

impl fmt::Display for Bracketed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = host::parse(self.0).ok();
        match host.as_ref().and_then(Host::address) {
            Some((IpAddr::V6(address), Some(zone))) => {
                write!(f, "[{address}%25{}]", encode(zone, b""))
            }
            Some((IpAddr::V6(address), None)) => write!(f, "[{address}]"),
            _ => f.write_str(self.0),
        }
    }
}

#[cfg(test)]
mod tests;
