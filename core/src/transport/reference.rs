//! Where a broker says that another server is to be used (section 4.11).

use super::host;
use super::options::{Server, Transport};
use super::uri::{Uri, authority};

/// How many servers of one reference are taken.
const MAX_SERVERS: usize = 8;

/// The servers that a Server Reference names and to which a client of the server `from` may go, in
/// their order; empty: it is not to be followed.
///
/// It is a list with spaces between, of `host`, `host:port` and `[IPv6 address]:port`, as section
/// 4.11 recommends, or of URIs, as some brokers send them. What has no scheme is reached as `from`
/// is, at the transport's default port where it names none. TLS leads to TLS only, and plain to
/// plain; a Unix socket leads nowhere, and nothing leads to one. What is wrong is passed over, as
/// are a URI with a user name or a password, and `from` itself.
pub fn referred(reference: &str, from: &Server) -> Vec<Server> {
    if from.transport == Transport::Unix {
        return Vec::new();
    }
    let servers = reference.split_ascii_whitespace();
    let servers = servers.filter_map(|text| server(text, from));
    let mut servers = servers.filter(|server| !is_same(server, from));
    servers.by_ref().take(MAX_SERVERS).collect()
}

fn server(text: &str, from: &Server) -> Option<Server> {
    if text.contains("://") {
        let uri = Uri::parse(text).ok()?;
        let transport = uri.server.transport;
        // Where the host has it, this build need not.
        let built = cfg!(feature = "websocket")
            || !transport.is_web_socket()
            || from.transport.is_web_socket();
        let allowed = uri.user_name.is_none()
            && uri.password.is_none()
            && transport != Transport::Unix
            && built
            && transport.is_secure() == from.transport.is_secure();
        return allowed.then_some(uri.server);
    }
    let authority = authority(text).ok()?;
    let user_info = authority.user_info;
    if !authority.tail.is_empty() || user_info.user_name.is_some() || user_info.password.is_some() {
        return None;
    }
    Some(Server {
        transport: from.transport,
        host: authority.host,
        port: authority.port,
        path: from.path.clone(),
    })
}

fn is_same(one: &Server, other: &Server) -> bool {
    one.transport == other.transport
        && one.effective_port() == other.effective_port()
        && (!one.transport.is_web_socket() || one.path == other.path)
        && is_same_host(&one.host, &other.host)
}

fn is_same_host(one: &str, other: &str) -> bool {
    if let (Ok(one), Ok(other)) = (host::parse(one), host::parse(other))
        && let (Some(one), Some(other)) = (one.address(), other.address())
    {
        return one == other;
    }
    let bare = |host: &str| host.trim_end_matches('.').to_ascii_lowercase();
    bare(one) == bare(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a client of the server of one URI is sent by this reference.
    fn sent(from: &str, reference: &str) -> Vec<String> {
        let from = Uri::parse(from).unwrap().server;
        let servers = referred(reference, &from);
        servers.iter().map(Server::to_string).collect()
    }

    #[test]
    fn names_and_addresses_are_reached_as_the_server_that_sent_there() {
        let plain = "mqtt://a.example:1884";
        assert_eq!(sent(plain, "b.example"), ["mqtt://b.example"]);
        assert_eq!(sent(plain, "b.example:1885"), ["mqtt://b.example:1885"]);
        assert_eq!(
            sent(plain, "[2001:db8::7]:1885"),
            ["mqtt://[2001:db8::7]:1885"]
        );
        assert_eq!(
            sent("mqtts://a.example", "192.0.2.7 b.example:99"),
            ["mqtts://192.0.2.7", "mqtts://b.example:99"]
        );
        assert_eq!(
            sent("wss://a.example/way?key=x", "b.example"),
            ["wss://b.example/way?..."]
        );
    }

    // What this build has no transport for, it goes nowhere by.
    #[cfg(feature = "websocket")]
    #[test]
    fn uris_are_taken_where_they_are_as_secure() {
        let uris = "mqtts://t.example mqtt://p.example wss://w.example/x ws://v.example unix:///s";
        assert_eq!(
            sent("mqtts://a.example", uris),
            ["mqtts://t.example", "wss://w.example/x"]
        );
        assert_eq!(
            sent("mqtt://a.example", uris),
            ["mqtt://p.example", "ws://v.example"]
        );
        assert!(sent("unix:/run/broker", uris).is_empty());
        assert!(sent("unix:/run/broker", "b.example").is_empty());
    }

    #[test]
    fn what_cannot_be_used_is_passed_over() {
        let bad = "b.example:0 c.example:x d.example/path ann@e.example mqtt://ann@f.example \
                   ::1 http://g.example [::1 h.example:70000 unix:/s";
        assert!(sent("mqtt://a.example", bad).is_empty());
        assert!(sent("mqtt://a.example", "").is_empty());
        assert_eq!(
            sent("mqtt://a.example", &format!("{bad} z.example")),
            ["mqtt://z.example"]
        );
        let many = "b.example:1 ".repeat(100);
        assert_eq!(sent("mqtt://a.example", &many).len(), MAX_SERVERS);
    }

    // What this build has no transport for, it goes nowhere by.
    #[cfg(feature = "websocket")]
    #[test]
    fn a_server_never_leads_to_itself() {
        for (from, reference) in [
            ("mqtt://a.example", "A.example."),
            ("mqtt://a.example", "mqtt://a.example:1883"),
            ("mqtts://a.example", "a.example:8883"),
            ("mqtt://[::1]:5", "[0:0::1]:5"),
            ("ws://a.example/x", "ws://a.example/x"),
        ] {
            assert!(sent(from, reference).is_empty(), "{from} {reference}");
        }
        assert_eq!(sent("mqtt://a.example", "a.example:1884").len(), 1);
        assert_eq!(sent("ws://a.example/x", "ws://a.example/y").len(), 1);
    }
}
