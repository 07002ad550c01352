use std::fmt;

/// How WebSocket is spoken (section 6 of MQTT).
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct WebSocketOptions {
    /// Further headers of the upgrade request, such as `Authorization`. Not those that the
    /// upgrade itself has (`Host`, `Upgrade`, `Connection` and `Sec-WebSocket-*`), and not
    /// `Content-Length` or `Transfer-Encoding`, as the request has no body; at most 16 KiB together
    /// with the path.
    pub headers: Vec<(String, String)>,
}

impl fmt::Debug for WebSocketOptions {
    /// Without the headers' values, which may be credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("WebSocketOptions")
            .field("headers", &names)
            .finish()
    }
}
