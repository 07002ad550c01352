//! The body of the proxies' fuzz target, fed with generated input.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const HTTP: &[&[u8]] = &[
    b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n",
    b"HTTP/1.0 204\n\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    b"HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n",
    b"HTTP/1.1 407 Auth\r\nProxy-Authenticate: NTLM\r\nContent-Length: 3\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    b"HTTP/1.0 401 Unauthorized\r\n\r\n",
    b"HTTP/1.1 403 Filtered\r\n\r\n<html>",
    b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
];

const METHODS: &[&[u8]] = &[
    b"\x05\x00",
    b"\x05\x02",
    b"\x05\xff",
    b"\x05\x01",
    b"\x05",
    b"HTTP",
];

const LOGINS: &[&[u8]] = &[b"\x01\x00", b"\x05\x00", b"\x01\x01", b"\x01"];

const REPLIES: &[&[u8]] = &[
    b"\x05\x00\x00\x01\x0a\x00\x00\x01\x12\x34",
    b"\x05\x00\x00\x03\x01h\x12\x34",
    b"\x05\x00\x00\x04................\x12\x34",
    b"\x05\x00\x00\x03\x00\x00\x00",
    b"\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00",
    b"\x05\x02",
    b"\x05\x00\x00",
    b"\x05\x00\x00\x02",
];

/// The options, and the answers with at most two bytes changed.
fn input(
    options: u8,
    piece: u8,
    answers: [&[u8]; 3],
    damage: &[(prop::sample::Index, u8)],
) -> Vec<u8> {
    let lengths = [answers[0].len(), answers[1].len()].map(|it| it.min(255) as u8);
    let head = [options, piece, lengths[0], lengths[1]];
    let mut all = [&head[..], &answers.concat()].concat();
    for (index, byte) in damage {
        let index = index.index(all.len());
        all[index] = *byte;
    }
    all
}

fn damage() -> impl Strategy<Value = Vec<(prop::sample::Index, u8)>> {
    vec((any::<prop::sample::Index>(), any::<u8>()), 0..3)
}

#[test]
fn the_seeds_themselves() {
    for piece in 0..16 {
        for login in [0, 2] {
            for answer in HTTP {
                mqttka_fuzz::proxy_answer(&input(login, piece, [answer, b"", b""], &[]));
            }
            for (method, reply) in METHODS
                .iter()
                .flat_map(|m| REPLIES.iter().map(move |r| (m, r)))
            {
                mqttka_fuzz::proxy_answer(&input(1 | login, piece, [method, reply, b""], &[]));
                for status in LOGINS {
                    mqttka_fuzz::proxy_answer(&input(
                        1 | login,
                        piece,
                        [method, status, reply],
                        &[],
                    ));
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn damaged_answers_of_http(options in any::<u8>(), piece in any::<u8>(), answer in select(HTTP), damage in damage()) {
        mqttka_fuzz::proxy_answer(&input(options & 2, piece, [answer, b"", b""], &damage));
    }

    #[test]
    fn damaged_answers_of_socks(
        options in any::<u8>(),
        piece in any::<u8>(),
        method in select(METHODS),
        login in select(LOGINS),
        reply in select(REPLIES),
        damage in damage(),
    ) {
        mqttka_fuzz::proxy_answer(&input(options | 1, piece, [method, login, reply], &damage));
        mqttka_fuzz::proxy_answer(&input(options | 1, piece, [method, reply, b""], &damage));
    }

    #[test]
    fn noise(data in vec(any::<u8>(), 0..60)) {
        mqttka_fuzz::proxy_answer(&data);
    }
}
