use proptest::prelude::*;

use super::*;

fn ok(text: &str) -> Uri {
    Uri::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn wrong(text: &str) -> String {
    Uri::parse(text).unwrap_err().to_string()
}

fn server(transport: Transport, host: &str, port: Option<u16>, path: &str) -> Server {
    Server {
        transport,
        host: host.into(),
        port,
        path: path.into(),
    }
}

#[test]
fn every_scheme_and_its_aliases() {
    use Transport::{Tcp, Tls, Unix, WebSocket, WebSocketTls};
    for (scheme, transport) in [
        ("mqtt", Tcp),
        ("tcp", Tcp),
        ("MQTT", Tcp),
        ("mqtts", Tls),
        ("ssl", Tls),
        ("tls", Tls),
        ("TlS", Tls),
        ("ws", WebSocket),
        ("wss", WebSocketTls),
        ("WSS", WebSocketTls),
    ] {
        let uri = ok(&format!("{scheme}://broker.example"));
        assert_eq!(uri.server, server(transport, "broker.example", None, ""));
        assert_eq!((uri.user_name, uri.password), (None, None));
    }
    for text in ["unix:/run/x.sock", "unix:///run/x.sock", "UNIX:/run/x.sock"] {
        assert_eq!(ok(text).server, server(Unix, "", None, "/run/x.sock"));
    }
    for text in ["unix:@name", "unix://@name"] {
        assert_eq!(ok(text).server, server(Unix, "", None, "@name"));
    }
    assert_eq!(ok("unix:/a%20b%25%3F").server.path, "/a b%?");
    assert_eq!(ok("unix:@a/b:c").server.path, "@a/b:c");
}

#[test]
fn hosts_and_ports() {
    for (place, host, port) in [
        ("localhost", "localhost", None),
        ("localhost:", "localhost", None),
        ("localhost:1", "localhost", Some(1)),
        ("10.0.0.1:65535", "10.0.0.1", Some(65535)),
        ("10.0.0.1:01883", "10.0.0.1", Some(1883)),
        ("[::1]", "::1", None),
        ("[::1]:1883", "::1", Some(1883)),
        ("[fe80::1%25eth0]:1883", "fe80::1%eth0", Some(1883)),
        ("[fe80::1%eth0]", "fe80::1%eth0", None),
        ("[fe80::1%25a%2Db]", "fe80::1%a-b", None),
        ("[fe80::1%252]", "fe80::1%2", None),
        ("[fe80::1%25]", "fe80::1%25", None),
        ("[fe80::1%7]", "fe80::1%7", None),
    ] {
        for end in ["", "/"] {
            let uri = ok(&format!("mqtt://{place}{end}"));
            assert_eq!(uri.server, server(Transport::Tcp, host, port, ""));
        }
    }
}

#[test]
fn credentials_are_decoded() {
    for (text, user_name, password) in [
        ("u@", Some("u"), None),
        ("u:p@", Some("u"), Some(&b"p"[..])),
        ("u:@", Some("u"), Some(b"")),
        (":p@", None, Some(b"p")),
        ("@", None, None),
        ("u:a:b@", Some("u"), Some(b"a:b")),
        ("u:a@b@", Some("u"), Some(b"a@b")),
        (
            "%C3%BC%3a:%00%ff%2F%3f%23%25@",
            Some("ü:"),
            Some(b"\x00\xff/?#%"),
        ),
        ("ü:ü@", Some("ü"), Some("ü".as_bytes())),
    ] {
        let mut uris = vec![ok(&format!("mqtt://{text}host:7"))];
        if text != "@" {
            uris.push(ok(&format!("unix://{text}/run/x")));
        }
        for uri in uris {
            assert_eq!(uri.user_name.as_deref(), user_name, "{text}");
            assert_eq!(uri.password.as_deref(), password, "{text}");
        }
    }
}

#[test]
fn a_web_sockets_path_is_as_it_was() {
    for (given, path) in [
        ("", ""),
        ("/", "/"),
        ("/mqtt", "/mqtt"),
        ("/a%20b/%zz?token=a@b/c?d", "/a%20b/%zz?token=a@b/c?d"),
        ("?a=b", "/mqtt?a=b"),
    ] {
        assert_eq!(ok(&format!("ws://h:80{given}")).server.path, path);
        assert_eq!(ok(&format!("wss://u:p@[::1]{given}")).server.path, path);
    }
}

#[test]
fn what_is_wrong_is_named() {
    for (text, message) in [
        (
            "http://host",
            "uri has the scheme \"http\"; it must be mqtt, mqtts, ws, wss or unix",
        ),
        (
            "host",
            "uri has no scheme; it must begin with mqtt://, mqtts://, ws://, wss:// or unix:",
        ),
        ("mqtt:host", "uri has no // behind the scheme"),
        ("mqtt:/host", "uri has no // behind the scheme"),
        (
            "mqtt://ho st",
            "uri has the character ' '; it must be percent-encoded",
        ),
        ("mqtt://host\n", "uri has the character '\\n'"),
        ("ws://host/ü", "uri has the character 'ü'"),
        (
            "mqtt://a%4:b@host",
            "uri has a % without two hexadecimal digits in the user name",
        ),
        ("mqtt://a:%zz@host", "digits in the password"),
        ("mqtt://a:%+1@host", "digits in the password"),
        ("mqtt://a:%c3%@host", "digits in the password"),
        (
            "mqtt://%ff@host",
            "uri has bytes in the user name that are no text; it must be UTF-8 without U+0000",
        ),
        ("mqtt://%00@host", "uri has bytes in the user name that"),
        ("unix:/a%00", "uri has bytes in the path that"),
        ("unix:/%ff", "uri has bytes in the path that"),
        (
            "mqtt://",
            "uri has the host \"\"; it must be a name or an IP address",
        ),
        ("mqtt:///path", "uri has the host \"\""),
        (
            "mqtt://a..b",
            "uri has the host \"a..b\"; it must be a name",
        ),
        ("mqtt://[host]", "uri has the host \"[host]\""),
        ("mqtt://[::1%25%00]", "uri has bytes in the interface that"),
        ("mqtt://256.0.0.1", "uri has the host \"256.0.0.1\""),
        ("mqtt://a%20b", "uri has the host \"a%20b\""),
        ("mqtt://::1", "uri has a host with colons"),
        ("mqtt://fe80::1%25eth0", "uri has a host with colons"),
        ("mqtt://[::1]x", "uri has a host with colons"),
        (
            "mqtt://host:0",
            "uri has the port \"0\"; it must be 1 to 65535",
        ),
        ("mqtt://host:65536", "uri has the port \"65536\""),
        ("mqtt://host:+1", "uri has the port \"+1\""),
        ("mqtt://host:x", "uri has the port \"x\""),
        ("mqtt://[::1]:x", "uri has the port \"x\""),
        (
            "mqtt://host/path",
            "uri has a path; with mqtt and mqtts it must have none",
        ),
        ("mqtts://host//", "uri has a path"),
        ("mqtts://host?a", "uri has a query; with mqtt and mqtts"),
        ("mqtts://host/?a", "uri has a query; with mqtt and mqtts"),
        ("mqtt://host#a", "uri has a fragment"),
        ("wss://host/a#b", "uri has a fragment"),
        ("unix:/a#b", "uri has a fragment"),
        ("unix:/a?b", "uri has a query; with unix"),
        ("unix://host/a", "uri has a host; with unix"),
        ("unix://u@host/a", "uri has a host; with unix"),
        ("unix:run/a", "uri has no path of a socket"),
        ("unix:", "uri has no path of a socket"),
        ("unix:/", "uri has no path of a socket"),
        ("unix:@", "uri has no path of a socket"),
        ("unix://u:p@", "uri has no path of a socket"),
    ] {
        let told = wrong(text);
        assert!(
            told.starts_with(message) || (!message.starts_with("uri") && told.contains(message)),
            "{text}: {told}"
        );
    }
    let error = Error::from(Uri::parse("x").unwrap_err().of("servers"));
    let told = error.to_string();
    assert!(
        told.starts_with("invalid argument: servers has no"),
        "{told}"
    );
}

/// A user name or password that is not encoded as it must be ends the host too early.
#[test]
fn a_password_is_never_printed() {
    const SECRET: &str = "hunter2";
    for text in [
        "mqtt://u:hunter2%@host",
        "mqtt://u:hunter2/x@host",
        "mqtt://u:hunter2?x@host",
        "mqtt://u:hunter2#x@host",
        "mqtt://u:hunter2 x@host",
        "mqtt://u:/hunter2@host",
        "mqtt://u:1/hunter2@host",
        "ws://u:hunter2/x@host",
        "ws://u:hunter2?x@host",
        "ws://hunter2!/x@host",
        "ws://u:hunter2#x@host",
        "mqtt://u:hunter2@ho..st",
        "mqtt://u:hunter2@host:x",
        "mqtt://u:hunter2@host/x",
        "unix://u:hunter2@host/x",
        "unix://u:hunter2/x",
        "u:hunter2@host",
        "mqtt:u:hunter2@host",
    ] {
        let error = Uri::parse(text).unwrap_err();
        assert!(!error.to_string().contains(SECRET), "{text}: {error}");
        assert!(!format!("{error:?}").contains(SECRET), "{text}: {error:?}");
    }
    let uri = ok("ws://u:hunter2@host/?hunter2");
    assert_eq!(uri.password.as_deref(), Some(SECRET.as_bytes()));
    let all = format!("{uri:?} {} {:?}", uri.server, uri.server);
    // Not as the numbers of its bytes, either.
    assert!(!all.contains(SECRET) && !all.contains("104"), "{all}");
}

#[test]
fn a_server_is_printed_as_it_is_parsed() {
    for text in [
        "mqtt://host",
        "mqtts://host:1",
        "ws://[::1]:80/mqtt/a%20b",
        "wss://[fe80::1%25a%2Bb]",
        "unix:/run/a%20b",
        "unix:@a:b",
    ] {
        assert_eq!(ok(text).server.to_string(), text);
    }
    let text = ok("wss://u:p@host/a?token=secret").server.to_string();
    assert_eq!(text, "wss://host/a?...");
    // An address may have had its brackets, and its interface, in the options.
    let given = server(Transport::Tcp, "[fe80::1%eth0]", None, "");
    assert_eq!(given.to_string(), "mqtt://[fe80::1%25eth0]");
}

proptest! {
    #[test]
    fn anything_is_parsed_or_refused(text in "(mqtt|wss|unix|x)?:?/{0,2}[%@:\\[\\]/?#a-f0-9é.]{0,30}") {
        let _ = Uri::parse(&text);
    }

    #[test]
    fn any_credentials_come_back(user_name in "[^\0]{1,8}", password in proptest::collection::vec(any::<u8>(), 0..8)) {
        let secret: String = password.iter().map(|byte| format!("%{byte:02x}")).collect();
        let uri = ok(&format!("mqtt://{}:{secret}@host", encode(&user_name, b"")));
        prop_assert_eq!(uri.user_name, Some(user_name));
        prop_assert_eq!(uri.password, Some(password));
    }

    #[test]
    fn any_socket_comes_back(path in "[/@][^\0]{1,12}") {
        let uri = ok(&server(Transport::Unix, "", None, &path).to_string());
        prop_assert_eq!(uri.server.path, path);
    }
}
