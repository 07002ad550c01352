use super::*;

const OPEN: &[u8] = b"\x05\x00\x00\x01\x0a\x00\x00\x01\x12\x34";
const FOR_H: &[u8] = b"\x05\x01\x00\x03\x01h\x22\xb3";

/// Two turns after which the tunnel is open.
pub(super) fn opened() -> [Turn<'static>; 2] {
    [
        Turn::new(b"\x05\x01\x00", b"\x05\x00"),
        Turn::new(FOR_H, OPEN),
    ]
}

fn method(answer: &'static [u8]) -> Turn<'static> {
    Turn::new(b"\x05\x01\x00", answer)
}

#[test]
fn names_and_addresses_are_asked_for() {
    let name = "a".repeat(63);
    for scheme in ["socks5", "socks5h"] {
        for (host, address) in [
            ("h", b"\x03\x01h".to_vec()),
            (&*name, [b"\x03\x3f", name.as_bytes()].concat()),
            ("10.0.0.1", b"\x01\x0a\x00\x00\x01".to_vec()),
            ("::1", [b"\x04", &[0; 15][..], b"\x01"].concat()),
            ("[::1]", [b"\x04", &[0; 15][..], b"\x01"].concat()),
        ] {
            let request = [b"\x05\x01\x00", &address[..], b"\x22\xb3"].concat();
            let turns = [method(b"\x05\x00"), Turn::new(&request, OPEN)];
            play(&format!("{scheme}://p"), host, &turns).unwrap();
        }
    }
}

#[test]
fn the_proxys_own_address_may_be_any() {
    let name = [b"\x05\x00\x00\x03\xff", &[b'a'; 257][..]].concat();
    let ipv6 = [b"\x05\x00\x00\x04", &[7; 18][..]].concat();
    for answer in [
        OPEN,
        &ipv6,
        &name,
        b"\x05\x00\x00\x03\x00\x00\x00",
        // Reserved, and so not looked at.
        b"\x05\x00\xff\x01\x00\x00\x00\x00\x00\x00",
    ] {
        for pieces in [&[usize::MAX][..], &[1]] {
            let turns = [method(b"\x05\x00"), Turn::new(FOR_H, answer)];
            play_in_pieces("socks5://p", "h", &turns, pieces).unwrap();
        }
    }
}

#[test]
fn credentials_are_given_where_they_are_wanted() {
    let greeting = b"\x05\x02\x00\x02";
    for (uri, words) in [
        ("socks5://u:pw@p", &b"\x01\x01u\x02pw"[..]),
        ("socks5://u@p", b"\x01\x01u\x00"),
        ("socks5://:p@p", b"\x01\x00\x01p"),
    ] {
        for status in [&b"\x01\x00"[..], b"\x05\x00"] {
            let turns = [
                Turn::new(greeting, b"\x05\x02"),
                Turn::new(words, status),
                Turn::new(FOR_H, OPEN),
            ];
            play(uri, "h", &turns).unwrap();
        }
        let turns = [Turn::new(greeting, b"\x05\x00"), Turn::new(FOR_H, OPEN)];
        play(uri, "h", &turns).unwrap();
        let turns = [
            Turn::new(greeting, b"\x05\x02"),
            Turn::new(words, b"\x01\x01"),
        ];
        let (kind, status, message) = fails(uri, "h", &turns);
        assert_eq!((kind, status), (Kind::ProxyAuthentication, None));
        assert_eq!(message, "the proxy refused the user name or password");
        let turns = [Turn::new(greeting, b"\x05\xff")];
        let (kind, _, message) = fails(uri, "h", &turns);
        assert_eq!(kind, Kind::ProxyAuthentication);
        assert!(message.contains("takes no user name"), "{message}");
    }
    let (kind, _, message) = fails("socks5://p", "h", &[method(b"\x05\xff")]);
    assert_eq!(kind, Kind::ProxyAuthentication);
    assert!(message.contains("wants a user name"), "{message}");
}

#[test]
fn a_refusal_is_told_with_its_reply_and_words() {
    for (reply, words) in [
        (1, "general failure"),
        (2, "rules"),
        (3, "network unreachable"),
        (4, "host unreachable"),
        (5, "connection refused"),
        (6, "TTL expired"),
        (7, "command"),
        (8, "type of address"),
        (9, "reply 9"),
        (255, "reply 255"),
    ] {
        // Whole, or as much of it as some proxies send.
        for rest in [&b"\x00\x01\x00\x00\x00\x00\x00\x00"[..], b""] {
            let answer = [&[5, reply], rest].concat();
            let turns = [method(b"\x05\x00"), Turn::new(FOR_H, &answer)];
            let (kind, status, message) = fails("socks5://p", "h", &turns);
            assert_eq!((kind, status), (Kind::ProxyRefused, Some(reply.into())));
            assert!(message.contains(words), "{message}");
        }
    }
}

#[test]
fn what_is_no_socks_is_an_error_at_once() {
    for answer in [
        &b"HTTP/1.0 400 Bad Request\r\n\r\n"[..],
        b"\x04",
        b"\x00\x5b",
        b"\x05\x01",
        b"\x05\x02",
        b"\x05\x80",
        b"\x05\x00\x05",
    ] {
        let (kind, _, message) = fails("socks5://p", "h", &[method(answer)]);
        assert_eq!(kind, Kind::ProxyProtocol, "{answer:?}: {message}");
    }
    for answer in [
        &b"\x04"[..],
        b"\x05\x00\x00\x02",
        b"\x05\x00\x00\x00",
        b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00\x10",
    ] {
        let turns = [method(b"\x05\x00"), Turn::new(FOR_H, answer)];
        let (kind, _, message) = fails("socks5://p", "h", &turns);
        assert_eq!(kind, Kind::ProxyProtocol, "{answer:?}: {message}");
    }
    let turns = [
        Turn::new(b"\x05\x02\x00\x02", b"\x05\x02"),
        Turn::new(b"\x01\x01u\x01p", b"\x01\x00\x05"),
    ];
    assert_eq!(fails("socks5://u:p@p", "h", &turns).0, Kind::ProxyProtocol);
}

proptest! {
    #[test]
    fn answers_may_trickle(pieces in proptest::collection::vec(0..5_usize, 1..20)) {
        play_in_pieces("socks5://p", "h", &opened(), &pieces).unwrap();
    }
}
