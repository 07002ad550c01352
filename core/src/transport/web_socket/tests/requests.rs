use super::*;
use crate::error::Error;
use crate::transport::web_socket::request::check;

fn options(headers: &[(&str, &str)]) -> WebSocketOptions {
    let mut options = WebSocketOptions::default();
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    options.headers = headers.iter().map(own).collect();
    options
}

fn text(server: &Server, headers: &[(&str, &str)]) -> String {
    let request = UpgradeRequest::new(server, &options(headers)).expect("a request");
    String::from_utf8(request.with_key("the key")).expect("text")
}

#[test]
fn a_request_has_what_the_specifications_want() {
    let mut server = server();
    assert_eq!(
        text(&server, &[("Authorization", "Bearer x"), ("X-Empty", "")]),
        "GET /mqtt HTTP/1.1\r\n\
         Host: broker.test\r\n\
         Connection: Upgrade\r\n\
         Upgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Protocol: mqtt\r\n\
         Authorization: Bearer x\r\n\
         X-Empty: \r\n\
         Sec-WebSocket-Key: the key\r\n\r\n"
    );
    server.path = "/a/b?c=%20d".to_owned();
    assert!(text(&server, &[]).starts_with("GET /a/b?c=%20d HTTP/1.1\r\n"));
}

#[test]
fn the_host_header_names_a_port_that_is_not_the_usual_one() {
    let host = |transport, host: &str, port| {
        let mut server = Server::new(host);
        (server.transport, server.port) = (transport, port);
        let text = text(&server, &[]);
        let from = text.find("Host: ").expect("a host") + "Host: ".len();
        let rest = &text[from..];
        rest[..rest.find("\r\n").expect("a line")].to_owned()
    };
    let (plain, tls) = (Transport::WebSocket, Transport::WebSocketTls);
    assert_eq!(host(plain, "a.test", None), "a.test");
    assert_eq!(host(plain, "a.test", Some(80)), "a.test");
    assert_eq!(host(plain, "a.test", Some(443)), "a.test:443");
    assert_eq!(host(tls, "a.test", Some(443)), "a.test");
    assert_eq!(host(tls, "a.test", Some(80)), "a.test:80");
    assert_eq!(host(plain, "::1", Some(9001)), "[::1]:9001");
    assert_eq!(host(plain, "[fe80::1%eth0]", None), "[fe80::1]");
    assert_eq!(host(plain, "fe80::1%eth0", None), "[fe80::1]");
}

#[test]
fn a_host_cannot_add_lines() {
    for host in ["", "a b", "a\r\nX: y"] {
        let error = UpgradeRequest::new(&Server::new(host), &options(&[])).expect_err(host);
        assert!(matches!(error, Error::InvalidOption { option: "host", .. }));
    }
}

#[test]
fn paths_are_checked() {
    for path in ["", "/", "/mqtt?a=b&c=%C3%A4", "/~user/'x'"] {
        assert_eq!(check(path, &options(&[])), Ok(()), "{path}");
    }
    let long = format!("/{}", "x".repeat(16 * 1024));
    for path in [
        "mqtt",
        "?a",
        "/a b",
        "/ä",
        "/a\r\nX: y",
        "/a#b",
        "*",
        "\0",
        &long,
    ] {
        let error = check(path, &options(&[])).expect_err(path);
        let Error::InvalidOption { option, value, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(option, "path");
        assert!(value.len() < 100);
    }
}

#[test]
fn headers_are_checked_without_showing_their_values() {
    let fine = [
        ("Authorization", "Basic c2VjcmV0"),
        ("x-ä".get(..1).unwrap_or(""), "ä\tb"),
    ];
    assert_eq!(check("", &options(&fine)), Ok(()));
    let bad = [
        ("", "secret"),
        ("a b", "secret"),
        ("a:b", "secret"),
        ("ä", "secret"),
        ("a\r\nb", "secret"),
        ("x", "secret\r\nsecret"),
        ("x", "secret\n"),
        ("x", "secret\0"),
        ("x", "secret\x7f"),
        ("Host", "secret"),
        ("UPGRADE", "secret"),
        ("connection", "secret"),
        ("Content-Length", "secret"),
        ("transfer-encoding", "secret"),
        ("Sec-WebSocket-Protocol", "secret"),
        ("sec-websocket-anything", "secret"),
    ];
    for (name, value) in bad {
        let error = check("", &options(&[(name, value)])).expect_err(name);
        assert!(!error.to_string().contains("secret"), "{error}");
        let Error::InvalidOption { option, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(option, "web_socket_headers");
    }
}

#[test]
fn headers_and_path_have_a_bound_together() {
    let size = |path: &str, value: usize| {
        let value = "x".repeat(value);
        check(path, &options(&[("a", &value), ("b", "")]))
    };
    // Two names, two times colon, space and line end, and the path.
    let most = 16 * 1024 - 2 - 8 - 5;
    assert_eq!(size("/mqtt", most), Ok(()));
    assert_eq!(size("", most), Ok(()));
    assert!(size("/mqtt", most + 1).is_err());
    assert!(size("/mqtt?", most).is_err());
}

#[test]
fn secrets_are_not_shown() {
    let request = UpgradeRequest::new(&server(), &options(&[("Authorization", "secret")]));
    let request = request.expect("a request");
    assert!(!format!("{request:?}").contains("secret"));
    let ws = WebSocket::new(Below::default(), 0, request).expect("random bytes");
    let shown = format!("{ws:?}");
    assert!(!shown.contains("secret") && !shown.contains(&format!("{:?}", b"secret")));
    assert!(!shown.contains("115, 101, 99"), "{shown}");
}
