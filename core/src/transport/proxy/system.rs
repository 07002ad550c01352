//! The proxy that the environment names.

use std::net::IpAddr;

use super::ProxyServer;
use crate::error::TransportError;
use crate::transport::options::Transport;

/// The environment's proxy for a server, as [`Proxy::System`](crate::transport::options::Proxy)
/// has it. `env`: the value of a variable.
///
/// # Errors
/// The variable has a proxy that cannot be one.
pub fn system(
    transport: Transport,
    host: &str,
    port: u16,
    env: impl Fn(&str) -> Option<String>,
) -> Result<Option<ProxyServer>, TransportError> {
    if transport == Transport::Unix || is_this_machine(host) {
        return Ok(None);
    }
    // Where it has none of its own, `all_proxy`; a variable that is empty is not set.
    let own: &[_] = match transport {
        Transport::Tls | Transport::WebSocketTls => &["https_proxy", "HTTPS_PROXY"],
        // In upper case it is what a CGI script gets as a header of its request.
        Transport::WebSocket => &["http_proxy"],
        Transport::Tcp | Transport::Unix => &[],
    };
    let get = |name: &str| env(name).filter(|value| !value.trim().is_empty());
    let named = own
        .iter()
        .chain(&["all_proxy", "ALL_PROXY"])
        .find_map(|name| Some((*name, get(name)?)));
    let Some((name, value)) = named else {
        return Ok(None);
    };
    let list = get("no_proxy").or_else(|| get("NO_PROXY"));
    if list.is_some_and(|list| is_excepted(&list, host, port)) {
        return Ok(None);
    }
    let value = value.trim();
    let uri = if value.contains("://") {
        value.to_owned()
    } else {
        format!("http://{value}")
    };
    match ProxyServer::parse(&uri) {
        Ok(proxy) => Ok(Some(proxy)),
        Err(invalid) => {
            let text = format!("the environment variable {}", invalid.of(name));
            Err(TransportError::new(text))
        }
    }
}

/// A name in the form in which names are compared.
fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// Without brackets and interface.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let bare = bare.unwrap_or(text);
    let address = bare.split('%').next().unwrap_or(bare);
    Some(address.parse::<IpAddr>().ok()?.to_canonical())
}

fn is_this_machine(host: &str) -> bool {
    match address(host) {
        Some(address) => address.is_loopback() || address.is_unspecified(),
        None => {
            let name = plain(host);
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

/// Whether the list has the server. Entries that cannot be understood have none.
fn is_excepted(list: &str, host: &str, port: u16) -> bool {
    let address = address(host);
    let name = plain(host);
    list.split(|c: char| c == ',' || c.is_whitespace())
        .filter(|entry| !entry.is_empty())
        .any(|entry| match address {
            _ if entry == "*" => true,
            Some(address) => has_address(entry, address, port),
            None => has_name(entry, &name, port),
        })
}

/// An entry and, where it has one, its port.
fn with_port(entry: &str) -> (&str, Option<&str>) {
    match entry.rsplit_once(':') {
        Some((rest, port)) if !rest.contains(':') || rest.ends_with(']') => (rest, Some(port)),
        _ => (entry, None),
    }
}

fn is_port(wanted: Option<&str>, port: u16) -> bool {
    wanted.is_none_or(|wanted| wanted.parse() == Ok(port))
}

fn has_name(entry: &str, name: &str, port: u16) -> bool {
    let (entry, wanted) = with_port(entry);
    let entry = entry.strip_prefix('*').unwrap_or(entry);
    let end = plain(entry.strip_prefix('.').unwrap_or(entry));
    let ends = !end.is_empty()
        && name
            .strip_suffix(&end)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    ends && is_port(wanted, port)
}

fn has_address(entry: &str, wanted: IpAddr, port: u16) -> bool {
    let (network, length) = match entry.split_once('/') {
        Some((network, length)) => (network, Some(length)),
        None => (entry, None),
    };
    let (network, wanted_port) = with_port(network);
    let Some(network) = address(network) else {
        return false;
    };
    let Some(length) = length else {
        return network == wanted && is_port(wanted_port, port);
    };
    let Ok(length) = length.parse::<u32>() else {
        return false;
    };
    match (network, wanted) {
        (IpAddr::V4(network), IpAddr::V4(wanted)) => {
            let differing = network.to_bits() ^ wanted.to_bits();
            length <= 32 && differing.leading_zeros() >= length
        }
        (IpAddr::V6(network), IpAddr::V6(wanted)) => {
            let differing = network.to_bits() ^ wanted.to_bits();
            length <= 128 && differing.leading_zeros() >= length
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Variables = [(&'static str, &'static str)];

    fn ask(
        transport: Transport,
        host: &str,
        variables: &Variables,
    ) -> Result<Option<String>, String> {
        let env = |name: &str| {
            let found = variables.iter().find(|(it, _)| *it == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        match system(transport, host, 1883, env) {
            Ok(proxy) => Ok(proxy.map(|proxy| proxy.to_string())),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn each_transport_has_its_variables() {
        use Transport::{Tcp, Tls, Unix, WebSocket, WebSocketTls};
        let all: &Variables = &[
            ("https_proxy", "http://a"),
            ("HTTPS_PROXY", "http://b"),
            ("http_proxy", "http://c"),
            ("HTTP_PROXY", "http://d"),
            ("all_proxy", "socks5h://e"),
            ("ALL_PROXY", "socks5://f"),
        ];
        let of = |transport, from: usize| ask(transport, "h", &all[from..]).unwrap();
        let is = |proxy: &str| Some(format!("{proxy}:1080"));
        for secure in [Tls, WebSocketTls] {
            assert_eq!(of(secure, 0), is("http://a"));
            assert_eq!(of(secure, 1), is("http://b"));
            assert_eq!(of(secure, 2), is("socks5://e"));
            assert_eq!(of(secure, 5), is("socks5://f"));
        }
        assert_eq!(of(WebSocket, 0), is("http://c"));
        assert_eq!(of(WebSocket, 3), is("socks5://e"));
        assert_eq!(of(Tcp, 0), is("socks5://e"));
        assert_eq!(of(Tcp, 5), is("socks5://f"));
        assert_eq!(of(Tcp, 6), None);
        assert_eq!(of(Unix, 0), None);
    }

    #[test]
    fn values_are_as_people_write_them() {
        let of = |value| ask(Transport::Tcp, "h", &[("all_proxy", value)]);
        assert_eq!(of("p:3128"), Ok(Some("http://p:3128".into())));
        assert_eq!(of(" p "), Ok(Some("http://p:1080".into())));
        assert_eq!(of("http://u:p@p:1/"), Ok(Some("http://p:1".into())));
        assert_eq!(of(""), Ok(None));
        let empty: &Variables = &[("all_proxy", ""), ("ALL_PROXY", "p")];
        assert!(ask(Transport::Tcp, "h", empty).unwrap().is_some());
        let error = of("socks4://p").unwrap_err();
        let text = "the environment variable all_proxy has the scheme \"socks4\"; it must be";
        assert!(error.starts_with(text), "{error}");
        assert!(!of("http://u:hunter2@p:x").unwrap_err().contains("hunter2"));
    }

    #[test]
    fn this_machine_is_never_reached_through_a_proxy() {
        for host in [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "[::1]",
            "::ffff:127.0.0.1",
            "0.0.0.0",
        ] {
            let variables: &Variables = &[("all_proxy", "p")];
            assert_eq!(ask(Transport::Tcp, host, variables), Ok(None), "{host}");
        }
        for host in ["localhost.example", "notlocalhost", "128.0.0.1", "::2"] {
            let variables: &Variables = &[("all_proxy", "p")];
            assert_ne!(ask(Transport::Tcp, host, variables), Ok(None), "{host}");
        }
    }

    #[test]
    fn exceptions_are_names_addresses_networks_and_all() {
        let excepted = |list: &str, host: &str| is_excepted(list, host, 1883);
        for (list, host) in [
            ("*", "a.example"),
            ("x, *", "10.0.0.1"),
            ("a.example", "a.example"),
            ("A.Example.", "b.a.eXample"),
            (".example", "a.example"),
            ("*.example", "a.example"),
            (".example", "example"),
            ("x,y a.example", "a.example."),
            ("a.example:1883", "a.example"),
            ("10.0.0.1", "10.0.0.1"),
            ("10.0.0.1:1883", "10.0.0.1"),
            ("10.0.0.0/8", "10.200.0.1"),
            ("10.0.0.1/32", "10.0.0.1"),
            ("0.0.0.0/0", "10.0.0.1"),
            ("10.0.0.0/8", "::ffff:10.1.1.1"),
            ("2001:db8::1", "[2001:db8::1]"),
            ("[2001:db8::1]", "2001:db8:0::1"),
            ("[2001:db8::1]:1883", "2001:db8::1"),
            ("2001:db8::/32", "2001:db8:ffff::1"),
            ("::/0", "2001:db8::1"),
            ("fe80::/10", "fe80::1%eth0"),
        ] {
            assert!(excepted(list, host), "{list}: {host}");
        }
        for (list, host) in [
            ("", "a.example"),
            (",", "a.example"),
            (".", "a.example"),
            ("example", "notexample"),
            ("a.example", "example"),
            ("a.example:1884", "a.example"),
            ("10.0.0.1:1884", "10.0.0.1"),
            ("0.1", "10.0.0.1"),
            ("10.0.0.0/8", "11.0.0.1"),
            ("10.0.0.0/9", "10.128.0.1"),
            ("10.0.0.0/33", "10.0.0.0"),
            ("10.0.0.0/x", "10.0.0.0"),
            ("0.0.0.0/0", "2001:db8::1"),
            ("2001:db8::/33", "2001:db8:8000::1"),
            ("10.0.0.1", "a10.0.0.1.example"),
        ] {
            assert!(!excepted(list, host), "{list}: {host}");
        }
        let list: &Variables = &[("all_proxy", "p"), ("NO_PROXY", "example")];
        assert_eq!(ask(Transport::Tcp, "a.example", list), Ok(None));
        let lower: &Variables = &[("no_proxy", "x"), list[0], list[1]];
        assert_ne!(ask(Transport::Tcp, "a.example", lower), Ok(None));
    }
}
