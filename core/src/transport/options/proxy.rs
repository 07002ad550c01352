use std::fmt;
use std::str::FromStr;

use crate::transport::host::Shown;
use crate::transport::uri::{Bracketed, InvalidUri, Parts, UriProblem, authority};

/// Whether the way to a server goes through a proxy. Unix sockets never go through one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Proxy {
    /// The way is direct.
    #[default]
    None,
    /// Each attempt looks at the environment, as curl does: at `https_proxy` or `HTTPS_PROXY` for
    /// `mqtts` and `wss`, at `http_proxy` (in lower case alone) for `ws`, and then, for these and
    /// for `mqtt`, at `all_proxy` or `ALL_PROXY`. The way is direct where none is set, to what
    /// `no_proxy` or `NO_PROXY` lists, and to this machine (loopback).
    ///
    /// `no_proxy` is a list with commas: names, which stand for what ends in them, too, with or
    /// without a dot or `*.` before them; addresses; networks, such as `10.0.0.0/8`; `*` for all.
    System,
    /// This one.
    Uri(ProxyServer),
}

/// What is spoken to a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProxyProtocol {
    /// HTTP/1.1 `CONNECT` (RFC 9110, section 9.3.6), with `Basic` authentication.
    Http,
    /// SOCKS 5 (RFC 1928) without authentication or with user name and password (RFC 1929).
    Socks5,
}

/// A proxy, and the credentials for it.
///
/// As a URI: `http://[user[:password]@]host[:port]`, the same with `socks5` or `socks5h`. User name
/// and password are percent-decoded. With both `socks5` and `socks5h` the proxy looks the server's
/// name up, not this machine.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ProxyServer {
    /// What is spoken to it.
    pub protocol: ProxyProtocol,
    /// Its name or IP address, without brackets.
    pub host: String,
    /// Its port. Where a URI has none it is 1080, as with curl.
    pub port: u16,
    /// The user name.
    pub user_name: Option<String>,
    /// The password.
    pub password: Option<Vec<u8>>,
}

/// Where none is given.
const DEFAULT_PORT: u16 = 1080;

/// What SOCKS can carry.
const MAX_SOCKS_CREDENTIAL: usize = 255;

const BEGINNINGS: &str = "http://, socks5:// or socks5h://";
const SCHEMES: &str = "http, socks5 or socks5h";

impl Proxy {
    /// Takes the option's text: nothing, `system`, or a proxy's URI.
    ///
    /// # Errors
    /// Which part of the URI is wrong, and what it must be.
    pub fn parse(text: &str) -> Result<Self, InvalidUri> {
        match text {
            "" => Ok(Proxy::None),
            "system" => Ok(Proxy::System),
            uri => ProxyServer::parse(uri).map(Proxy::Uri),
        }
    }
}

impl ProxyServer {
    /// Takes a proxy's URI apart.
    ///
    /// # Errors
    /// Which part is wrong, and what it must be.
    pub fn parse(text: &str) -> Result<Self, InvalidUri> {
        parse(text).map_err(|problem| InvalidUri {
            option: "proxy",
            problem,
        })
    }

    /// Host and port, for people, such as `[::1]:1080`.
    pub fn place(&self) -> String {
        format!("{}:{}", Bracketed(&self.host), self.port)
    }
}

fn parse(text: &str) -> Result<ProxyServer, UriProblem> {
    let parts = Parts::split(text)?;
    let protocol = match &*parts.scheme {
        "http" => ProxyProtocol::Http,
        "socks5" | "socks5h" => ProxyProtocol::Socks5,
        "https" => return Err(UriProblem::SecureProxy),
        _ if !parts.slashes => return Err(UriProblem::NoScheme(BEGINNINGS)),
        _ => return Err(UriProblem::Scheme(parts.scheme, SCHEMES)),
    };
    if !parts.slashes {
        return Err(UriProblem::NoSlashes("http://proxy.example:3128"));
    }
    if parts.rest.contains('#') {
        return Err(UriProblem::Fragment);
    }
    let authority = authority(parts.rest)?;
    authority.refuse_tail("a proxy")?;
    let (user_name, password) = (authority.user_info.user_name, authority.user_info.password);
    if protocol == ProxyProtocol::Socks5 {
        let length = |it: Option<&[u8]>| it.map_or(0, <[u8]>::len);
        if length(user_name.as_deref().map(str::as_bytes)) > MAX_SOCKS_CREDENTIAL {
            return Err(UriProblem::TooLong("user name"));
        }
        if length(password.as_deref()) > MAX_SOCKS_CREDENTIAL {
            return Err(UriProblem::TooLong("password"));
        }
    } else if user_name.as_ref().is_some_and(|name| name.contains(':')) {
        return Err(UriProblem::ColonInUserName);
    }
    Ok(ProxyServer {
        protocol,
        host: authority.host,
        port: authority.port.unwrap_or(DEFAULT_PORT),
        user_name,
        password,
    })
}

impl FromStr for Proxy {
    type Err = InvalidUri;

    fn from_str(text: &str) -> Result<Self, InvalidUri> {
        Proxy::parse(text)
    }
}

impl fmt::Display for ProxyServer {
    /// As a URI without credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.protocol {
            ProxyProtocol::Http => "http",
            ProxyProtocol::Socks5 => "socks5",
        };
        write!(f, "{scheme}://{}", self.place())
    }
}

impl fmt::Debug for ProxyServer {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyServer")
            .field("protocol", &self.protocol)
            .field("host", &Shown(&self.host))
            .field("port", &self.port)
            .field("user_name", &self.user_name)
            .field("password", &self.password.as_ref().map(|_| "(hidden)"))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ok(text: &str) -> ProxyServer {
        ProxyServer::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn the_options_text_is_nothing_the_system_or_a_uri() {
        assert_eq!(Proxy::parse("").unwrap(), Proxy::None);
        assert_eq!(Proxy::parse("system").unwrap(), Proxy::System);
        let proxy = Proxy::parse("http://h").unwrap();
        assert_eq!(proxy, Proxy::Uri(ok("http://h")));
        assert!(Proxy::parse("System").is_err());
    }

    #[test]
    fn a_proxys_uri_is_taken_apart() {
        use ProxyProtocol::{Http, Socks5};
        for (text, protocol, place) in [
            ("http://h", Http, "h:1080"),
            ("HTTP://h:3128/", Http, "h:3128"),
            ("socks5://h", Socks5, "h:1080"),
            ("socks5h://[::1]:1", Socks5, "[::1]:1"),
        ] {
            let proxy = ok(text);
            assert_eq!((proxy.protocol, &*proxy.place()), (protocol, place));
            assert_eq!((proxy.user_name, proxy.password), (None, None));
        }
        let proxy = ok("socks5://u%40:p%00@h");
        assert_eq!(proxy.user_name.as_deref(), Some("u@"));
        assert_eq!(proxy.password.as_deref(), Some(&b"p\0"[..]));
        assert_eq!(proxy.to_string(), "socks5://h:1080");
        assert!(!format!("{proxy:?}").contains("112"), "{proxy:?}");
        let longest = "a".repeat(255);
        ok(&format!("socks5://{longest}:{longest}@h"));
        ok(&format!("http://{longest}a:{longest}a@h"));
    }

    #[test]
    fn what_is_wrong_with_a_proxy_is_named() {
        let long = "a".repeat(256);
        for (text, message) in [
            ("h:3128", "proxy has no scheme; it must begin with http://"),
            (
                "https://h",
                "proxy has the scheme \"https\"; TLS to a proxy is not supported",
            ),
            (
                "socks4://h",
                "proxy has the scheme \"socks4\"; it must be http, socks5 or socks5h",
            ),
            ("http:h", "proxy has no // behind the scheme"),
            (
                "http://h/a",
                "proxy has a path; with a proxy it must have none",
            ),
            ("http://h/?a", "proxy has a query"),
            ("http://h#a", "proxy has a fragment"),
            ("http://h:0", "proxy has the port \"0\""),
            ("http://", "proxy has the host \"\""),
            ("http://u:p/w@h", "proxy has an @ behind the host"),
            ("http://a%3Ab:p@h", "proxy has a : in the user name"),
            (
                &format!("socks5://{long}:p@h"),
                "proxy has a user name of more than 255 bytes",
            ),
            (
                &format!("socks5://u:{long}@h"),
                "proxy has a password of more than 255 bytes",
            ),
        ] {
            let told = ProxyServer::parse(text).unwrap_err().to_string();
            assert!(told.starts_with(message), "{text}: {told}");
        }
    }
}
