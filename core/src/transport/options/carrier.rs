/// What the streams of a host carry that opens them for the library
/// (`mqttka_core::client::hosted`): what is missing for a server is a layer of the library's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Carrier {
    /// The bytes of a TCP or Unix socket.
    #[default]
    Socket,
    /// The bytes of such a socket, or what is within TLS over it, where the server wants TLS.
    TlsSocket,
    /// The payloads of a WebSocket's binary messages: a browser's. Other servers than those of
    /// `ws://` and `wss://` cannot be reached.
    WebSocket,
}
