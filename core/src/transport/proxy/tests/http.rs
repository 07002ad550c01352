use super::*;

/// One turn after which the tunnel is open.
pub(super) fn opened(place: &'static str) -> Vec<Turn<'static>> {
    let asked = format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n");
    vec![Turn::new(
        asked.leak().as_bytes(),
        b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n",
    )]
}

fn answered(answer: &str) -> (Kind, Option<u16>, String) {
    fails("http://p", "h", &[Turn::any(answer.as_bytes())])
}

#[test]
fn names_and_addresses_are_asked_for() {
    play("http://p", "h", &opened("h:8883")).unwrap();
    play("http://p", "10.0.0.1", &opened("10.0.0.1:8883")).unwrap();
    play("http://p", "::1", &opened("[::1]:8883")).unwrap();
    play("http://p", "[::1]", &opened("[::1]:8883")).unwrap();
}

#[test]
fn credentials_are_basic() {
    let asked = |credentials: &str| {
        format!(
            "CONNECT h:8883 HTTP/1.1\r\nHost: h:8883\r\n\
             Proxy-Authorization: Basic {credentials}\r\n\r\n"
        )
    };
    for (uri, credentials) in [
        // The example of RFC 7617.
        (
            "http://Aladdin:open%20sesame@p",
            "QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        ),
        ("http://u@p", "dTo="),
        ("http://:p@p", "OnA="),
        ("http://u:%ff%00:@p", "dTr/ADo="),
    ] {
        let turn = asked(credentials);
        let turns = [Turn::new(turn.as_bytes(), b"HTTP/1.0 200\r\n\r\n")];
        play(uri, "h", &turns).unwrap();
    }
}

#[test]
fn whatever_opens_a_tunnel_does() {
    for answer in [
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.0 200 Connection established\nProxy-agent: x\n\n",
        "HTTP/1.1 204\r\n\r\n",
        "HTTP/1.1 299 \r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        &format!("HTTP/1.1 200 OK\r\nA: {}\r\n\r\n", "b".repeat(16_000)),
    ] {
        for pieces in [&[usize::MAX][..], &[30], &[3, 0, 70]] {
            let turns = [Turn::new(
                b"CONNECT h:8883 HTTP/1.1\r\nHost: h:8883\r\n\r\n",
                answer.as_bytes(),
            )];
            play_in_pieces("http://p", "h", &turns, pieces).unwrap();
        }
    }
}

#[test]
fn a_refusal_is_told_with_its_status_and_words() {
    let (kind, status, message) = answered("HTTP/1.1 403 Filtered by policy\r\n\r\n<html>");
    assert_eq!((kind, status), (Kind::ProxyRefused, Some(403)));
    assert_eq!(message, "the proxy refused: 403 Filtered by policy");
    for (answer, code) in [
        ("HTTP/1.1 101 Switching\r\n\r\n", 101),
        ("HTTP/1.1 302 Found\r\nLocation: x\r\n\r\n", 302),
        ("HTTP/1.1 502\r\n\r\n", 502),
        ("HTTP/1.1 999 \r\n\r\n", 999),
        ("HTTP/1.1 100 A\r\n\r\nHTTP/1.1 503 B\r\n\r\n", 503),
    ] {
        let (kind, status, _) = answered(answer);
        assert_eq!((kind, status), (Kind::ProxyRefused, Some(code)));
    }
    let (.., message) = answered(&format!("HTTP/1.1 500 {}\r\n\r\n", "x".repeat(9000)));
    assert!(message.len() < 200, "{message}");
}

#[test]
fn what_is_wrong_with_the_credentials_is_told() {
    let of = |uri: &str, answer: &str| fails(uri, "h", &[Turn::any(answer.as_bytes())]);
    let basic = "HTTP/1.1 407 Auth\r\nProxy-Authenticate: basic realm=\"x\"\r\n\r\n";
    for (uri, answer, text) in [
        (
            "http://p",
            basic,
            "the proxy wants a user name and a password",
        ),
        (
            "http://u:hunter2@p",
            basic,
            "the proxy refused the user name or password",
        ),
        (
            "http://u:hunter2@p",
            "HTTP/1.1 407 \r\n\r\n",
            "the proxy refused the user name",
        ),
        (
            "http://u:hunter2@p",
            "HTTP/1.1 407 Auth\r\nPROXY-authenticate: NTLM\r\nProxy-Authenticate: Negotiate x\r\n\r\n",
            "the proxy wants NTLM, Negotiate, and only Basic is supported",
        ),
    ] {
        let (kind, status, message) = of(uri, answer);
        assert_eq!((kind, status), (Kind::ProxyAuthentication, Some(407)));
        assert!(
            message.starts_with(text) && !message.contains("hunter2"),
            "{message}"
        );
    }
}

#[test]
fn what_is_no_http_is_an_error_at_once() {
    for answer in [
        "SSH-2.0-OpenSSH_9.2\r\n",
        "\x05\x00",
        "\x16\x03\x01",
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\na b: c\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n\x20\x02\x00\x00",
        &format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(200)),
    ] {
        let (kind, _, message) = answered(answer);
        assert_eq!(kind, Kind::ProxyProtocol, "{answer}: {message}");
    }
}

#[test]
fn an_answer_without_an_end_is_bounded() {
    for answer in ["HTTP/1.1 200 O", "HTTP/1.1 200 OK\r\nA: "] {
        let answer = format!("{answer}{}", "k".repeat(20_000));
        for pieces in [&[usize::MAX][..], &[50]] {
            let turns = [Turn::any(answer.as_bytes())];
            let error = play_in_pieces("http://p", "h", &turns, pieces).unwrap_err();
            assert_eq!(error.kind, Kind::ProxyProtocol);
            assert!(error.message.contains("16 KiB"), "{error}");
        }
    }
}

proptest! {
    #[test]
    fn an_answer_may_trickle(pieces in proptest::collection::vec(0..40_usize, 1..20)) {
        play_in_pieces("http://p", "h", &opened("h:8883"), &pieces).unwrap();
        let turns = [Turn::any(b"HTTP/1.1 403 No\r\nA: b\r\n\r\n")];
        let error = play_in_pieces("http://p", "h", &turns, &pieces).unwrap_err();
        prop_assert_eq!(error.status, Some(403));
    }
}
