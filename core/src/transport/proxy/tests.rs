mod double;
mod http;
#[cfg(feature = "engine")]
mod real;
mod socks5;

use proptest::prelude::*;

use super::*;
use TransportErrorKind as Kind;
use double::{Double, Turn};

fn proxy(uri: &str) -> ProxyServer {
    ProxyServer::parse(uri).unwrap()
}

/// Plays the turns with the whole of each answer at once.
fn play(uri: &str, host: &str, turns: &[Turn<'_>]) -> Result<(), TransportError> {
    play_in_pieces(uri, host, turns, &[usize::MAX])
}

/// Plays them with reads and writes of these lengths; 0 is no readiness.
fn play_in_pieces(
    uri: &str,
    host: &str,
    turns: &[Turn<'_>],
    pieces: &[usize],
) -> Result<(), TransportError> {
    play_to_completion(uri, host, turns, pieces)?.is_through();
    Ok(())
}

/// What is left behind the tunnel's answer is not the tunnel's.
fn play_to_completion(
    uri: &str,
    host: &str,
    turns: &[Turn<'_>],
    pieces: &[usize],
) -> Result<Double, TransportError> {
    let mut tunnel = Tunnel::new(Double::new(turns, pieces), &proxy(uri), host, 8883);
    for _ in 0..100_000 {
        match tunnel.handshake()? {
            Handshake::Complete => {
                // What is complete stays so, and asks nothing of the stream.
                assert!(matches!(tunnel.handshake(), Ok(Handshake::Complete)));
                let (double, written) = tunnel.into_inner();
                assert_eq!(written, double.written());
                return Ok(double);
            }
            Handshake::Waiting { blocked } => {
                assert_eq!(blocked, !tunnel.unsent.is_empty());
                if tunnel.get_ref().is_silent() && !blocked {
                    return Err(TransportError::new("silence"));
                }
            }
            Handshake::Elsewhere(job) => panic!("{job:?}"),
        }
    }
    panic!("no end");
}

/// The proxy's kind of error, and its words.
fn fails(uri: &str, host: &str, turns: &[Turn<'_>]) -> (Kind, Option<u16>, String) {
    let error = play(uri, host, turns).unwrap_err();
    (error.kind, error.status, error.message)
}

#[test]
fn what_no_proxy_can_be_asked_for_is_refused_at_once() {
    for uri in ["http://p", "socks5://p"] {
        for (host, text) in [
            ("fe80::1%eth0", "an interface of this machine"),
            ("bücher.example", "xn--"),
            ("a b", "the host is \"a b\""),
            ("a\r\nb", "the host is"),
            ("", "the host is"),
            (&["a"; 128].join("."), "at most 253 bytes"),
        ] {
            let (kind, _, message) = fails(uri, host, &[]);
            assert_eq!(kind, Kind::System);
            assert!(message.contains(text), "{host}: {message}");
        }
    }
    // Credentials that no URI gave.
    let mut long = proxy("socks5://u:p@p");
    long.password = Some(vec![b'a'; 256]);
    let mut tunnel = Tunnel::new(Double::new(&[], &[1]), &long, "h", 1);
    let error = tunnel.handshake().unwrap_err();
    assert!(error.message.contains("255"), "{error}");
}

#[test]
fn an_end_is_an_error_wherever_it_comes() {
    for (uri, turns) in [
        ("http://p", http::opened("h:8883").as_slice()),
        ("socks5://p", &socks5::opened()),
    ] {
        play(uri, "h", turns).unwrap();
        for (index, turn) in turns.iter().enumerate() {
            for length in 0..turn.answer.len() {
                let mut turns = turns[..=index].to_vec();
                turns[index].answer = &turn.answer[..length];
                turns[index].end = true;
                let (kind, _, message) = fails(uri, "h", &turns);
                assert_eq!(kind, Kind::Closed, "{message}");
            }
        }
    }
}

/// A proxy that says nothing, or half of something, is waited for; the attempt's deadline ends it.
#[test]
fn silence_is_waited_for() {
    for (uri, turns) in [
        ("http://p", http::opened("h:8883").as_slice()),
        ("socks5://p", &socks5::opened()),
    ] {
        for length in 0..turns[0].answer.len() {
            let mut turns = turns[..1].to_vec();
            turns[0].answer = &turns[0].answer[..length];
            assert_eq!(fails(uri, "h", &turns).2, "silence");
        }
    }
}

/// An answer to nothing: also where there was no room to ask.
#[test]
fn an_answer_before_the_question_is_no_answer() {
    for (uri, answer) in [
        ("http://p", &b"HTTP/1.1 200 OK\r\n\r\n"[..]),
        ("socks5://p", b"\x05\x00"),
    ] {
        let turns = [Turn::new(b"", answer)];
        let mut tunnel = Tunnel::new(Double::blocked(&turns), &proxy(uri), "h", 1);
        let error = tunnel.handshake().unwrap_err();
        assert_eq!(error.kind, Kind::ProxyProtocol);
        assert!(error.message.contains("before it was asked"), "{error}");
    }
    // Why it does not want to be asked counts.
    let turns = [Turn::new(b"", b"HTTP/1.1 503 Full\r\n\r\n")];
    let mut tunnel = Tunnel::new(Double::blocked(&turns), &proxy("http://p"), "h", 1);
    let error = tunnel.handshake().unwrap_err();
    assert_eq!(error.kind, Kind::ProxyRefused);
}

#[test]
fn an_error_of_the_stream_is_told() {
    let mut double = Double::new(&[], &[1]);
    double.broken = true;
    let mut tunnel = Tunnel::new(double, &proxy("http://p"), "h", 1);
    let error = tunnel.handshake().unwrap_err();
    assert_eq!((error.kind, error.os_error), (Kind::System, Some(104)));
}

#[test]
fn a_tunnel_does_not_print_its_credentials() {
    let double = Double::new(&[], &[1]);
    let tunnel = Tunnel::new(double, &proxy("socks5://u:hunter2@p"), "h", 1);
    let text = format!("{tunnel:?}");
    assert!(!text.contains("hunter2") && !text.contains("104"), "{text}");
}

proptest! {
    #[test]
    fn garbage_is_an_error_or_silence(
        uri in "(http|socks5)://(u:p@)?p",
        answers in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 1..4),
        pieces in proptest::collection::vec(0..9_usize, 1..9),
    ) {
        let turns: Vec<_> = answers.iter().map(|answer| Turn::any(answer)).collect();
        let _ = play_in_pieces(&uri, "h", &turns, &pieces);
    }

    #[test]
    fn garbage_behind_a_good_beginning_too(
        garbage in proptest::collection::vec(any::<u8>(), 0..300),
        pieces in proptest::collection::vec(0..90_usize, 1..9),
    ) {
        for (uri, beginnings) in [
            ("http://p", vec![&b"HTTP/1.1 200"[..], b"HTTP/1.1 407 A\r\nProxy-Authenticate: "]),
            ("socks5://u:p@p", vec![b"\x05", b"\x05\x00\x05\x00\x00"]),
        ] {
            for beginning in beginnings {
                let answer = [beginning, &garbage].concat();
                let _ = play_to_completion(uri, "h", &[Turn::any(&answer)], &pieces);
            }
        }
    }
}
