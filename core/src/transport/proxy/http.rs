//! HTTP's CONNECT (RFC 9110, section 9.3.6).

use data_encoding::BASE64;
use httparse::{EMPTY_HEADER, Header, Response, Status};

use super::{ProxyServer, Step, Target, malformed};
use crate::error::{TransportError, TransportErrorKind};
use crate::transport::uri::Bracketed;

/// More headers than any proxy has.
const MAX_HEADERS: usize = 128;

/// How much of a proxy's words is repeated in errors.
const MAX_WORDS: usize = 120;

pub(super) struct Http {
    has_credentials: bool,
}

impl Http {
    pub(super) fn begin(proxy: &ProxyServer, target: &Target<'_>) -> (Self, Vec<u8>) {
        let host = match target.host.address() {
            Some((address, _)) => Bracketed(&address.to_string()).to_string(),
            None => target.host.to_string(),
        };
        let place = format!("{host}:{}", target.port);
        let mut words = format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n");
        let has_credentials = proxy.user_name.is_some() || proxy.password.is_some();
        if has_credentials {
            // RFC 7617.
            let mut credentials = proxy.user_name.clone().unwrap_or_default().into_bytes();
            credentials.push(b':');
            credentials.extend_from_slice(proxy.password.as_deref().unwrap_or_default());
            words.push_str("Proxy-Authorization: Basic ");
            BASE64.encode_append(&credentials, &mut words);
            words.push_str("\r\n");
        }
        words.push_str("\r\n");
        (Http { has_credentials }, words.into_bytes())
    }

    /// Takes the answer apart anew as it grows: what is no HTTP is seen at once, and an answer is
    /// short.
    pub(super) fn hear(&self, answer: &[u8]) -> Result<Step, TransportError> {
        let mut begin = 0;
        loop {
            let mut headers = [EMPTY_HEADER; MAX_HEADERS];
            let mut response = Response::new(&mut headers);
            let length = match response.parse(&answer[begin..]) {
                Ok(Status::Complete(length)) => length,
                Ok(Status::Partial) => return Ok(Step::More),
                Err(error) => {
                    let text = format!("the proxy's answer is not HTTP: {error}");
                    return Err(malformed(text));
                }
            };
            begin += length;
            match response.code.unwrap_or(0) {
                // Nothing was asked that it would switch to.
                100 | 102..=199 => {}
                200..=299 => return Ok(Step::Open(begin)),
                code => return Err(self.refused(code, &response)),
            }
        }
    }

    fn refused(&self, code: u16, response: &Response<'_, '_>) -> TransportError {
        let reason = short(response.reason.unwrap_or_default());
        let answer = format!("{code} {reason}").trim_end().to_owned();
        // The server is not asked yet: 401, too, is about the credentials for the proxy.
        if !matches!(code, 401 | 407) {
            let text = format!("the proxy refused: {answer}");
            return TransportError::of(TransportErrorKind::ProxyRefused, text).with_status(code);
        }
        let schemes = schemes(response.headers);
        let text = if !schemes.is_empty() && !schemes.iter().any(|it| is(it, "Basic")) {
            let wanted = short(&schemes.join(", "));
            format!("the proxy wants {wanted}, and only Basic is supported: {answer}")
        } else if self.has_credentials {
            format!("the proxy refused the user name or password: {answer}")
        } else {
            format!("the proxy wants a user name and a password: {answer}")
        };
        TransportError::of(TransportErrorKind::ProxyAuthentication, text).with_status(code)
    }
}

fn is(text: &str, other: &str) -> bool {
    text.eq_ignore_ascii_case(other)
}

/// The first of each `Proxy-Authenticate`: proxies send one for each scheme.
fn schemes<'a>(headers: &[Header<'a>]) -> Vec<&'a str> {
    headers
        .iter()
        .filter(|header| {
            is(header.name, "Proxy-Authenticate") || is(header.name, "WWW-Authenticate")
        })
        .filter_map(|header| std::str::from_utf8(header.value).ok())
        .filter_map(|value| value.split_ascii_whitespace().next())
        .collect()
}

fn short(text: &str) -> String {
    text.chars().take(MAX_WORDS).collect()
}
