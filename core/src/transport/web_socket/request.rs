//! The upgrade request (RFC 6455, section 4.1).

use std::fmt;
use std::sync::Arc;

use crate::error::Error;
use crate::transport::options::{Server, WebSocketOptions};

/// Path, query and further headers together, in bytes.
const MAX_OPTIONS: usize = 16 * 1024;

/// Where it is not said otherwise (section 6 of MQTT names none, brokers have this).
const DEFAULT_PATH: &str = "/mqtt";

/// Bytes of a bad header's name that an error shows.
const SHOWN: usize = 64;

/// Headers that the upgrade has itself, and those that would give the request a body. Those that
/// begin with `sec-websocket-` are refused beside them.
const OWN: [&str; 5] = [
    "host",
    "upgrade",
    "connection",
    "content-length",
    "transfer-encoding",
];

/// An upgrade request but for the key, which is a new one for each connection.
#[derive(Clone)]
pub struct UpgradeRequest {
    text: Arc<str>,
}

impl UpgradeRequest {
    /// The request to this server.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] of `path`, of `web_socket_headers` (without a header's value), or of
    /// `host`.
    pub fn new(server: &Server, options: &WebSocketOptions) -> Result<Self, Error> {
        check(&server.path, options)?;
        let host = &server.host;
        if host.is_empty() || host.chars().any(|c| c.is_whitespace() || c.is_control()) {
            let bound = "a name or an IP address";
            return Err(Error::invalid_option("host", format!("{host:?}"), bound));
        }
        let mut text = format!("GET {} HTTP/1.1\r\nHost: ", path_or_default(&server.path));
        // The interface of an address means nothing to the server (RFC 6874, section 4).
        let address = host.trim_start_matches('[').trim_end_matches(']');
        let address = address.split('%').next().unwrap_or(address);
        if address.contains(':') {
            text.extend(["[", address, "]"]);
        } else {
            text.push_str(address);
        }
        let port = server.effective_port();
        if port != server.transport.default_port() {
            text.push_str(&format!(":{port}"));
        }
        text.push_str(
            "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Protocol: mqtt\r\n",
        );
        for (name, value) in &options.headers {
            text.extend([name, ": ", value, "\r\n"]);
        }
        text.push_str("Sec-WebSocket-Key: ");
        Ok(UpgradeRequest { text: text.into() })
    }

    /// The request as it is sent.
    pub(super) fn with_key(&self, key: &str) -> Vec<u8> {
        [&*self.text, key, "\r\n\r\n"].concat().into_bytes()
    }
}

impl fmt::Debug for UpgradeRequest {
    /// Without the headers, which may be credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UpgradeRequest(..)")
    }
}

fn path_or_default(path: &str) -> &str {
    if path.is_empty() { DEFAULT_PATH } else { path }
}

/// Whether a request can be made of this path (empty: the default), with its query, and of these
/// headers.
///
/// # Errors
/// [`Error::InvalidOption`] of `path` or of `web_socket_headers`, without a header's value.
pub(super) fn check(path: &str, options: &WebSocketOptions) -> Result<(), Error> {
    let path = path_or_default(path);
    let bad_path = |bound| Error::invalid_option("path", format!("{path:?}"), bound);
    if !path.starts_with('/') {
        return Err(bad_path("a path that begins with '/'"));
    }
    if !path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(bad_path(
            "a path and a query of visible ASCII; everything else percent-encoded",
        ));
    }
    if path.contains('#') {
        return Err(bad_path("a path and a query, without a fragment"));
    }
    let mut size = path.len();
    for (name, value) in &options.headers {
        check_header(name, value)?;
        size += name.len() + value.len() + ": \r\n".len();
    }
    if path.len() > MAX_OPTIONS {
        let value = format!("{} bytes long", path.len());
        return Err(Error::invalid_option("path", value, "at most 16384 bytes"));
    }
    if size > MAX_OPTIONS {
        let value = format!("{size} bytes long together with the path");
        let bound = "at most 16384 bytes";
        return Err(Error::invalid_option("web_socket_headers", value, bound));
    }
    Ok(())
}

fn check_header(name: &str, value: &str) -> Result<(), Error> {
    let shown: String = name.chars().take(SHOWN).collect();
    let bad = |what: &str, bound| {
        let value = format!("{what}{shown:?}");
        Error::invalid_option("web_socket_headers", value, bound)
    };
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(token) {
        return Err(bad("", "headers whose names are HTTP tokens"));
    }
    let lower = name.to_ascii_lowercase();
    if OWN.contains(&&*lower) || lower.starts_with("sec-websocket-") {
        return Err(bad("", "headers that the upgrade does not have itself"));
    }
    if value.chars().any(|c| c.is_control() && c != '\t') {
        let bound = "headers whose values have no line ends and other control characters";
        return Err(bad("the value of ", bound));
    }
    Ok(())
}
