//! A tunnel whose proxy's bytes are the fuzzer's.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::time::Duration;

use bytes::BytesMut;
use mqttka_core::error::TransportErrorKind as Kind;
use mqttka_core::proto::Progress;
use mqttka_core::transport::options::{ProxyProtocol, ProxyServer};
use mqttka_core::transport::{Handshake, Read, Stream, Tunnel};

/// How a handshake ended: open, waiting for more, or with this error.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Open,
    Waiting,
    Failed(Kind, Option<u16>),
}

/// Says its next turn when it was written to, in pieces.
struct Proxy {
    turns: VecDeque<Vec<u8>>,
    said: VecDeque<u8>,
    piece: usize,
}

impl Stream for Proxy {
    fn try_read(&mut self, into: &mut BytesMut, max: usize) -> io::Result<Read> {
        let count = self.piece.min(max).min(self.said.len());
        if count == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        into.extend(self.said.drain(..count));
        Ok(Read::bytes(count, !self.said.is_empty()))
    }

    fn try_write(&mut self, head: &[u8], tail: &[u8]) -> io::Result<usize> {
        self.said.extend(self.turns.pop_front().unwrap_or_default());
        Ok(head.len() + tail.len())
    }

    fn progress(&mut self) -> Option<Progress> {
        None
    }

    fn acknowledge_now(&mut self) {}

    fn has_local_address(&self) -> bool {
        true
    }

    fn established(&mut self) {}

    fn finish(&mut self, _: Option<Duration>) {}

    fn abort(self) {}
}

/// The proxy answers with `data`, whole and in pieces: both have to come to the same, and a SOCKS
/// proxy's answers to what a plain reading of RFC 1928 has it.
///
/// The first byte chooses the protocol and whether there are credentials, the second the size of
/// the pieces, the third and the fourth the lengths of the first two answers; the rest is the third.
///
/// # Panics
/// Where the tunnel breaks one of these rules.
pub fn proxy_answer(data: &[u8]) {
    let [options, piece, first, second, answers @ ..] = data else {
        return;
    };
    let login = if options & 2 == 0 { "" } else { "u:p@" };
    let uri = match options & 1 {
        0 => format!("http://{login}proxy"),
        _ => format!("socks5://{login}proxy"),
    };
    let proxy = ProxyServer::parse(&uri).expect("a URI");
    let (one, rest) = answers.split_at(usize::from(*first).min(answers.len()));
    let (two, three) = rest.split_at(usize::from(*second).min(rest.len()));
    let turns = [one, two, three];
    let (whole, behind) = tunnel(&proxy, &turns, usize::MAX);
    if proxy.protocol == ProxyProtocol::Socks5 {
        assert_eq!(whole, model(!login.is_empty(), &turns), "{turns:?}");
    }
    let (pieces, _) = tunnel(&proxy, &turns, usize::from(*piece % 16) + 1);
    // What is too much when it comes at once may be the answer to what is asked next.
    if !behind {
        assert_eq!(whole, pieces, "{turns:?}");
    }
}

/// The outcome, and whether it is for bytes behind an answer.
fn tunnel(proxy: &ProxyServer, turns: &[&[u8]], piece: usize) -> (Outcome, bool) {
    let turns = turns.iter().map(|turn| turn.to_vec()).collect();
    let said = VecDeque::new();
    let stream = Proxy { turns, said, piece };
    let mut tunnel = Tunnel::new(stream, proxy, "h", 1883);
    match tunnel.handshake() {
        Ok(Handshake::Complete) => {
            let (stream, written) = tunnel.into_inner();
            // Read in pieces, what is behind the answer may not have been read yet: it is the tunnel's.
            assert!(written > 0 && (piece < usize::MAX || stream.said.is_empty()));
            (Outcome::Open, false)
        }
        Ok(Handshake::Waiting { blocked }) => {
            assert!(!blocked && tunnel.get_ref().said.is_empty());
            (Outcome::Waiting, false)
        }
        Ok(Handshake::Elsewhere(job)) => panic!("{job:?}"),
        Err(error) => {
            assert!(!error.message.is_empty());
            let behind = error.kind == Kind::ProxyProtocol && error.message.contains("behind");
            (Outcome::Failed(error.kind, error.status), behind)
        }
    }
}

/// RFC 1928 and 1929 as they are read: each turn has one answer, and nothing else.
fn model(credentials: bool, turns: &[&[u8]]) -> Outcome {
    use Outcome::{Failed, Open, Waiting};
    const MALFORMED: Outcome = Failed(Kind::ProxyProtocol, None);
    const UNAUTHENTICATED: Outcome = Failed(Kind::ProxyAuthentication, None);
    let mut turns = turns.iter();
    let mut next = || turns.next().copied().unwrap_or_default();
    let method = next();
    match method {
        [] | [5] => return Waiting,
        [5, 0 | 2, ..] if method.len() > 2 && (method[1] == 0 || credentials) => return MALFORMED,
        [5, 0] => {}
        [5, 2] if credentials => match next() {
            [] | [_] => return Waiting,
            [_, 0] => {}
            [_, 0, ..] => return MALFORMED,
            _ => return UNAUTHENTICATED,
        },
        [5, 255, ..] => return UNAUTHENTICATED,
        _ => return MALFORMED,
    }
    let reply = next();
    let length = match reply {
        [] | [5] => return Waiting,
        &[5, refusal, ..] if refusal > 0 => {
            return Failed(Kind::ProxyRefused, Some(refusal.into()));
        }
        [5, 0, _, 1, ..] => 10,
        [5, 0, _, 4, ..] => 22,
        &[5, 0, _, 3, length, ..] => 7 + usize::from(length),
        [5, 0] | [5, 0, _] | [5, 0, _, 3] => return Waiting,
        _ => return MALFORMED,
    };
    match reply.len() {
        got if got < length => Waiting,
        got if got == length => Open,
        _ => MALFORMED,
    }
}
