use std::fmt;

use crate::transport::host::Shown;

/// What carries MQTT to a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Transport {
    /// TCP: `mqtt://`.
    #[default]
    Tcp = 1,
    /// TLS over TCP: `mqtts://`.
    Tls = 2,
    /// WebSocket over TCP: `ws://`.
    WebSocket = 3,
    /// WebSocket over TLS: `wss://`.
    WebSocketTls = 4,
    /// A Unix socket: `unix://`.
    Unix = 5,
}

impl Transport {
    /// The name that every language has for it, such as `web_socket_tls`.
    pub const fn name(self) -> &'static str {
        match self {
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
            Transport::WebSocket => "web_socket",
            Transport::WebSocketTls => "web_socket_tls",
            Transport::Unix => "unix",
        }
    }

    /// The port where none is given: 1883, 8883, 80, 443; 0 for a Unix socket, which has none.
    pub const fn default_port(self) -> u16 {
        match self {
            Transport::Tcp => 1883,
            Transport::Tls => 8883,
            Transport::WebSocket => 80,
            Transport::WebSocketTls => 443,
            Transport::Unix => 0,
        }
    }

    /// Whether TLS is part of it.
    pub const fn is_secure(self) -> bool {
        matches!(self, Transport::Tls | Transport::WebSocketTls)
    }

    /// Whether WebSocket is part of it.
    pub const fn is_web_socket(self) -> bool {
        matches!(self, Transport::WebSocket | Transport::WebSocketTls)
    }
}

/// Where a server is, and what carries MQTT to it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Server {
    /// What carries MQTT to it. Default TCP.
    pub transport: Transport,
    /// Its name or IP address, without a scheme, a path or a port; not used by a Unix socket. An
    /// IPv6 address may be in brackets; a link-local one has its interface behind it, by name or
    /// number, as in `fe80::1%eth0`.
    pub host: String,
    /// Its port, 1 to 65,535. `None`: [`Transport::default_port`].
    pub port: Option<u16>,
    /// WebSocket: path and query of the upgrade request, `/mqtt` where it is empty. A Unix socket:
    /// its path in the file system, or `@` and a name in Linux's abstract namespace. Not used by
    /// TCP and TLS.
    pub path: String,
}

impl Server {
    /// This host over TCP, at the default port.
    pub fn new(host: impl Into<String>) -> Self {
        Server {
            transport: Transport::Tcp,
            host: host.into(),
            port: None,
            path: String::new(),
        }
    }

    /// The port that is used.
    pub fn effective_port(&self) -> u16 {
        self.port.unwrap_or(self.transport.default_port())
    }
}

impl fmt::Debug for Server {
    /// Without a WebSocket's query, which may have credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = match self.path.split_once('?') {
            Some((path, _)) if self.transport.is_web_socket() => format!("{path}?..."),
            _ => self.path.clone(),
        };
        f.debug_struct("Server")
            .field("transport", &self.transport)
            .field("host", &Shown(&self.host))
            .field("port", &self.port)
            .field("path", &path)
            .finish()
    }
}
