//! Tunnels through proxies: a handshake, and then the stream below as it was.

mod http;
mod socks5;
mod system;

use std::fmt;
use std::io::ErrorKind;

use bytes::BytesMut;

use super::host::{self, Host};
use super::options::{ProxyProtocol, ProxyServer};
use super::{Handshake, ReadKind, Stream};
use crate::error::{TransportError, TransportErrorKind};
use http::Http;
use socks5::Socks5;
pub use system::system;

/// How many bytes a proxy may answer with before the tunnel is open.
const MAX_ANSWER: usize = 16 * 1024;

/// How much is read at once.
const CHUNK: usize = 2048;

/// A stream to a proxy, while the proxy opens its own to the server.
pub struct Tunnel<S> {
    stream: S,
    protocol: Protocol,
    /// What of our words is not written yet.
    unsent: Vec<u8>,
    /// What the proxy has said and nobody understood yet.
    answer: BytesMut,
    /// How many bytes the stream took.
    written: u64,
}

enum Protocol {
    Http(Http),
    Socks5(Socks5),
    /// It cannot be asked for this.
    Impossible(TransportError),
    /// Nothing is between the stream and the server any more.
    Open,
}

/// What a protocol makes of an answer.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// It is not whole.
    More,
    /// So many bytes of it are done with; these are to be sent.
    Say(usize, Vec<u8>),
    /// The tunnel is open behind so many bytes.
    Open(usize),
}

/// What the proxy is asked to connect to: a name, or an address.
struct Target<'a> {
    host: &'a Host,
    port: u16,
}

impl<S: Stream> Tunnel<S> {
    /// Begins, on a stream to the proxy that nobody has used. Nothing is written before
    /// [`handshake`](Self::handshake).
    pub fn new(stream: S, proxy: &ProxyServer, target_host: &str, target_port: u16) -> Self {
        let (protocol, unsent) = match begin(proxy, target_host, target_port) {
            Ok(begun) => begun,
            Err(error) => (Protocol::Impossible(error), Vec::new()),
        };
        Tunnel {
            stream,
            protocol,
            unsent,
            answer: BytesMut::new(),
            written: 0,
        }
    }

    /// Does what can be done now.
    ///
    /// # Errors
    /// The proxy does not open the tunnel, is not understood, or is gone.
    pub fn handshake(&mut self) -> Result<Handshake, TransportError> {
        if let Protocol::Impossible(error) = &self.protocol {
            return Err(error.clone());
        }
        while !matches!(self.protocol, Protocol::Open) {
            self.write()?;
            // Also while there is no room to write: what came may say why.
            let room = MAX_ANSWER.saturating_sub(self.answer.len());
            let read = match self.stream.try_read(&mut self.answer, room.min(CHUNK)) {
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let blocked = !self.unsent.is_empty();
                    return Ok(Handshake::Waiting { blocked });
                }
                Err(error) => return Err(error.into()),
            };
            match read.kind {
                ReadKind::Bytes => self.hear()?,
                ReadKind::End => {
                    let text = "the proxy closed the connection before its tunnel was open";
                    return Err(TransportError::of(TransportErrorKind::Closed, text));
                }
                ReadKind::Unfinished | ReadKind::Control => {}
            }
        }
        Ok(Handshake::Complete)
    }

    /// As much as there is room for.
    fn write(&mut self) -> Result<(), TransportError> {
        while !self.unsent.is_empty() {
            match self.stream.try_write(&self.unsent, &[]) {
                Ok(count) => {
                    self.written += count as u64;
                    self.unsent.drain(..count);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
        }
        match self.stream.flush() {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn hear(&mut self) -> Result<(), TransportError> {
        let step = match &mut self.protocol {
            Protocol::Http(http) => http.hear(&self.answer)?,
            Protocol::Socks5(socks5) => socks5.hear(&self.answer)?,
            Protocol::Impossible(_) | Protocol::Open => return Ok(()),
        };
        let (used, open) = match step {
            Step::More if self.answer.len() >= MAX_ANSWER => {
                return Err(malformed("the proxy's answer has no end within 16 KiB"));
            }
            Step::More => return Ok(()),
            _ if !self.unsent.is_empty() => {
                return Err(malformed("the proxy answered before it was asked"));
            }
            Step::Say(used, words) => {
                self.unsent = words;
                (used, false)
            }
            Step::Open(used) => (used, true),
        };
        // Nobody may speak now: the proxy not unasked, the server not before its client.
        if self.answer.len() > used {
            let more = self.answer.len() - used;
            return Err(malformed(format!(
                "the proxy sent {more} bytes behind its answer"
            )));
        }
        self.answer = BytesMut::new();
        if open {
            self.protocol = Protocol::Open;
        }
        Ok(())
    }
}

impl<S> Tunnel<S> {
    /// The stream, with the tunnel through it where the handshake is complete; and how many bytes
    /// of it were written to the proxy.
    pub fn into_inner(self) -> (S, u64) {
        (self.stream, self.written)
    }

    /// The stream to the proxy.
    pub fn get_ref(&self) -> &S {
        &self.stream
    }
}

fn begin(
    proxy: &ProxyServer,
    target_host: &str,
    port: u16,
) -> Result<(Protocol, Vec<u8>), TransportError> {
    let host = host::parse(target_host).map_err(|must_be| {
        TransportError::new(format!("the host is {target_host:?}; it must be {must_be}"))
    })?;
    if host.address().is_some_and(|(_, zone)| zone.is_some()) {
        let text = "a proxy cannot be asked for an address with an interface of this machine";
        return Err(TransportError::new(text));
    }
    if !target_host.is_ascii() {
        let text = "a proxy cannot be asked for a name with other than ASCII letters; \
                    give it in its form that begins with xn--";
        return Err(TransportError::new(text));
    }
    let target = Target { host: &host, port };
    Ok(match proxy.protocol {
        ProxyProtocol::Http => {
            let (http, words) = Http::begin(proxy, &target);
            (Protocol::Http(http), words)
        }
        ProxyProtocol::Socks5 => {
            let (socks5, words) = Socks5::begin(proxy, &target)?;
            (Protocol::Socks5(socks5), words)
        }
    })
}

/// What the proxy says is not its protocol.
fn malformed(text: impl Into<String>) -> TransportError {
    TransportError::of(TransportErrorKind::ProxyProtocol, text)
}

impl<S: fmt::Debug> fmt::Debug for Tunnel<S> {
    /// Without what is said to the proxy, which may be a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tunnel")
            .field("stream", &self.stream)
            .field("open", &matches!(self.protocol, Protocol::Open))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
