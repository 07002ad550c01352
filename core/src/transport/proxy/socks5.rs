//! SOCKS 5 (RFC 1928), with user name and password (RFC 1929) where there are some.

use std::net::IpAddr;

use super::{ProxyServer, Step, Target, malformed};
use crate::error::{TransportError, TransportErrorKind};

const VERSION: u8 = 5;
const CONNECT: u8 = 1;

/// Methods of authentication.
const NONE: u8 = 0;
const USER_NAME_AND_PASSWORD: u8 = 2;
const NO_ACCEPTABLE: u8 = 0xff;

/// Types of addresses.
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

pub(super) struct Socks5 {
    awaited: Awaited,
    /// In the form of RFC 1929, where there are some.
    credentials: Option<Vec<u8>>,
    request: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Awaited {
    Method,
    Authentication,
    Reply,
}

impl Socks5 {
    pub(super) fn begin(
        proxy: &ProxyServer,
        target: &Target<'_>,
    ) -> Result<(Self, Vec<u8>), TransportError> {
        let credentials = credentials(proxy)?;
        let words = match credentials {
            Some(_) => vec![VERSION, 2, NONE, USER_NAME_AND_PASSWORD],
            None => vec![VERSION, 1, NONE],
        };
        let socks5 = Socks5 {
            awaited: Awaited::Method,
            credentials,
            request: request(target)?,
        };
        Ok((socks5, words))
    }

    pub(super) fn hear(&mut self, answer: &[u8]) -> Result<Step, TransportError> {
        match self.awaited {
            Awaited::Method => self.method(answer),
            Awaited::Authentication => self.authentication(answer),
            Awaited::Reply => reply(answer),
        }
    }

    fn method(&mut self, answer: &[u8]) -> Result<Step, TransportError> {
        check_version(answer)?;
        let &[_, method, ..] = answer else {
            return Ok(Step::More);
        };
        match method {
            NONE => {
                self.awaited = Awaited::Reply;
                Ok(Step::Say(2, std::mem::take(&mut self.request)))
            }
            USER_NAME_AND_PASSWORD if self.credentials.is_some() => {
                self.awaited = Awaited::Authentication;
                let words = self.credentials.clone().unwrap_or_default();
                Ok(Step::Say(2, words))
            }
            NO_ACCEPTABLE => Err(unauthenticated(if self.credentials.is_some() {
                "the proxy takes no user name and password"
            } else {
                "the proxy wants a user name and a password"
            })),
            other => Err(malformed(format!(
                "the proxy chose the authentication method {other}, which it was not offered"
            ))),
        }
    }

    fn authentication(&mut self, answer: &[u8]) -> Result<Step, TransportError> {
        // The version is of this exchange alone; some proxies send their own.
        let &[_, status, ..] = answer else {
            return Ok(Step::More);
        };
        if status != 0 {
            let text = "the proxy refused the user name or password";
            return Err(unauthenticated(text));
        }
        self.awaited = Awaited::Reply;
        Ok(Step::Say(2, std::mem::take(&mut self.request)))
    }
}

fn reply(answer: &[u8]) -> Result<Step, TransportError> {
    check_version(answer)?;
    let &[_, reply, ..] = answer else {
        return Ok(Step::More);
    };
    // A proxy that refuses may close without the rest.
    if reply != 0 {
        let text = format!("the proxy could not connect: {}", meaning(reply));
        let error = TransportError::of(TransportErrorKind::ProxyRefused, text);
        return Err(error.with_status(reply.into()));
    }
    // The address that the proxy connects from.
    let address = match answer.get(3) {
        None => return Ok(Step::More),
        Some(&IPV4) => 4,
        Some(&IPV6) => 16,
        Some(&NAME) => match answer.get(4) {
            None => return Ok(Step::More),
            Some(&length) => 1 + usize::from(length),
        },
        Some(other) => {
            return Err(malformed(format!(
                "the proxy's answer has an address of the unknown type {other}"
            )));
        }
    };
    let length = 4 + address + 2;
    if answer.len() < length {
        return Ok(Step::More);
    }
    Ok(Step::Open(length))
}

fn check_version(answer: &[u8]) -> Result<(), TransportError> {
    match answer.first() {
        Some(b'H') => Err(malformed(
            "the proxy's answer is not SOCKS 5; it looks like HTTP",
        )),
        Some(&version) if version != VERSION => Err(malformed(format!(
            "the proxy's answer is not SOCKS 5: it begins with {version}"
        ))),
        _ => Ok(()),
    }
}

/// RFC 1928, section 6.
fn meaning(reply: u8) -> String {
    let text = match reply {
        1 => "general failure",
        2 => "its rules do not allow the connection",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "TTL expired",
        7 => "it does not know the command",
        8 => "it does not know this type of address",
        other => return format!("reply {other}"),
    };
    text.to_owned()
}

fn unauthenticated(text: &str) -> TransportError {
    TransportError::of(TransportErrorKind::ProxyAuthentication, text)
}

fn credentials(proxy: &ProxyServer) -> Result<Option<Vec<u8>>, TransportError> {
    if proxy.user_name.is_none() && proxy.password.is_none() {
        return Ok(None);
    }
    let user_name = proxy.user_name.as_deref().unwrap_or_default().as_bytes();
    let password = proxy.password.as_deref().unwrap_or_default();
    let mut words = vec![1];
    for part in [user_name, password] {
        words.push(length(part, "user name or password for SOCKS")?);
        words.extend_from_slice(part);
    }
    Ok(Some(words))
}

fn request(target: &Target<'_>) -> Result<Vec<u8>, TransportError> {
    let mut words = vec![VERSION, CONNECT, 0];
    match target.host.address() {
        Some((IpAddr::V4(address), _)) => {
            words.push(IPV4);
            words.extend_from_slice(&address.octets());
        }
        Some((IpAddr::V6(address), _)) => {
            words.push(IPV6);
            words.extend_from_slice(&address.octets());
        }
        // The proxy looks it up.
        None => {
            let name = target.host.to_string();
            words.push(NAME);
            words.push(length(name.as_bytes(), "host for SOCKS")?);
            words.extend_from_slice(name.as_bytes());
        }
    }
    words.extend_from_slice(&target.port.to_be_bytes());
    Ok(words)
}

fn length(part: &[u8], name: &str) -> Result<u8, TransportError> {
    u8::try_from(part.len())
        .map_err(|_| TransportError::new(format!("the {name} has more than 255 bytes")))
}
