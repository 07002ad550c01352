//! The answer to the upgrade request (RFC 6455, section 4.1).

use tungstenite::handshake::derive_accept_key;

use super::text::clean;
use crate::error::{TransportError, TransportErrorKind};

/// The head of an answer, in bytes.
pub(super) const MAX_HEAD: usize = 16 * 1024;

/// Headers of an answer.
const MAX_HEADERS: usize = 100;

/// What an answer begins with.
const BEGIN: &[u8] = b"HTTP/1.";

/// What was received of the server's answer.
#[derive(Debug)]
pub(super) struct Answer {
    /// What the server has to answer with to our key.
    accept: String,
    /// Where the head begins that is not whole yet: behind interim answers.
    start: usize,
    /// Up to here that head has no end.
    searched: usize,
}

impl Answer {
    /// The answer to a request with this key.
    pub(super) fn to(key: &str) -> Self {
        Answer {
            accept: derive_accept_key(key.as_bytes()),
            start: 0,
            searched: 0,
        }
    }

    /// Looks at what came so far, each time the whole of it. `Some`: the server has upgraded, and
    /// its answer has so many bytes.
    ///
    /// # Errors
    /// The server refuses, or does not speak HTTP, or does not know WebSocket.
    pub(super) fn look(&mut self, buffer: &[u8]) -> Result<Option<usize>, TransportError> {
        loop {
            let rest = &buffer[self.start..];
            let known = rest.len().min(BEGIN.len());
            if rest[..known] != BEGIN[..known] {
                return Err(violation(
                    "the server's answer is not HTTP; perhaps its port is not one for WebSocket",
                ));
            }
            let Some(end) = self.find_end(buffer) else {
                break;
            };
            if self.check_head(&buffer[self.start..end])? {
                return Ok(Some(end));
            }
            // 1xx: another head follows (RFC 9110, section 15.2).
            (self.start, self.searched) = (end, end);
        }
        if buffer.len() >= MAX_HEAD {
            return Err(violation(
                "the server's answer to the upgrade has a head of more than 16 KiB",
            ));
        }
        Ok(None)
    }

    /// Where the head ends, behind the empty line.
    fn find_end(&mut self, buffer: &[u8]) -> Option<usize> {
        for (index, byte) in buffer.iter().enumerate().skip(self.searched) {
            let before = &buffer[self.start..index];
            if *byte == b'\n' && (before.ends_with(b"\n\r") || before.ends_with(b"\n")) {
                return Some(index + 1);
            }
        }
        self.searched = buffer.len();
        None
    }

    /// Whether it is the upgrade; false where the answer is yet to come.
    fn check_head(&self, head: &[u8]) -> Result<bool, TransportError> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        match response.parse(head) {
            Ok(httparse::Status::Complete(size)) if size == head.len() => {}
            Ok(_) => {
                return Err(violation("the server's answer to the upgrade is malformed"));
            }
            Err(error) => {
                return Err(violation(format!(
                    "the server's answer to the upgrade is malformed: {error}"
                )));
            }
        }
        let status = response.code.unwrap_or(0);
        let headers = Headers(response.headers);
        match status {
            101 if response.version != Some(1) => {
                Err(violation("the server upgrades in HTTP/1.0, which cannot"))
            }
            101 => self.check_upgrade(&headers).map(|()| true),
            100..200 => Ok(false),
            _ => Err(refused(status, response.reason.unwrap_or(""), &headers)),
        }
    }

    fn check_upgrade(&self, headers: &Headers<'_>) -> Result<(), TransportError> {
        if !headers.has_token("upgrade", "websocket") {
            return Err(violation("the server upgrades to something else"));
        }
        if !headers.has_token("connection", "upgrade") {
            return Err(violation(
                "the server's answer has no 'Connection: Upgrade'",
            ));
        }
        let mut accepts = headers.all("sec-websocket-accept");
        if accepts.next() != Some(self.accept.as_bytes()) || accepts.next().is_some() {
            return Err(violation(
                "the server's Sec-WebSocket-Accept does not belong to this connection's key",
            ));
        }
        if let Some(extension) = headers
            .all("sec-websocket-extensions")
            .find(|it| !it.is_empty())
        {
            let extension = clean(&String::from_utf8_lossy(extension));
            return Err(violation(format!(
                "the server uses a WebSocket extension that was not offered: {extension}"
            )));
        }
        // [MQTT-6.0.0-4] has the server name the one that was offered, `mqtt`. Brokers that were
        // written before browsers insisted on it name none: that is what RFC 6455 has a server do
        // that knows no subprotocols, and what follows will be MQTT or be refused as malformed.
        // One that was not offered is an error by both.
        match headers
            .all("sec-websocket-protocol")
            .find(|it| *it != b"mqtt")
        {
            None => Ok(()),
            Some(other) => {
                let other = clean(&String::from_utf8_lossy(other));
                Err(violation(format!(
                    "the server speaks the WebSocket subprotocol {other:?} instead of \"mqtt\""
                )))
            }
        }
    }
}

struct Headers<'a>(&'a [httparse::Header<'a>]);

impl Headers<'_> {
    /// The values of this header; httparse takes the spaces around them away.
    fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s [u8]> {
        let named = |it: &&httparse::Header<'_>| it.name.eq_ignore_ascii_case(name);
        let headers = self.0.iter().filter(named);
        headers.map(|header| header.value)
    }

    /// Whether this is in the header's list.
    fn has_token(&self, name: &str, token: &str) -> bool {
        self.all(name).any(|value| {
            let mut tokens = value.split(|byte| *byte == b',');
            tokens.any(|it| it.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
        })
    }
}

fn refused(status: u16, reason: &str, headers: &Headers<'_>) -> TransportError {
    let mut message = format!("the server answered {status}");
    if !reason.is_empty() {
        message.extend([" ", &clean(reason)]);
    }
    message.push_str(" instead of upgrading to WebSocket");
    if let (300..400, Some(location)) = (status, headers.all("location").next()) {
        let location = clean(&String::from_utf8_lossy(location));
        message.extend(["; it redirects to ", &location]);
    }
    TransportError::of(TransportErrorKind::UpgradeRefused, message).with_status(status)
}

fn violation(message: impl Into<String>) -> TransportError {
    TransportError::of(TransportErrorKind::WebSocketProtocol, message)
}
