//! What lies between a client and the broker.

use crate::error::Error;

/// What a broker on a port speaks below MQTT. The numbers never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
#[non_exhaustive]
pub enum Transport {
    /// TCP alone: `mqtt://`. The default.
    #[default]
    Tcp = 0,
    /// TLS 1.2 or 1.3, with a certificate of an authority that was made for this broker: `mqtts://`. Needs the feature `tls`.
    Tls = 1,
    /// WebSocket: `ws://`. Needs the feature `websocket`.
    WebSocket = 2,
    /// WebSocket over TLS: `wss://`. Needs both features.
    SecureWebSocket = 3,
}

impl Transport {
    /// All of them, ascending.
    pub const ALL: &'static [Transport] =
        &[Self::Tcp, Self::Tls, Self::WebSocket, Self::SecureWebSocket];

    /// That of this number.
    pub const fn from_u8(number: u8) -> Option<Transport> {
        match number {
            0 => Some(Self::Tcp),
            1 => Some(Self::Tls),
            2 => Some(Self::WebSocket),
            3 => Some(Self::SecureWebSocket),
            _ => None,
        }
    }

    /// Its name in every language, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::WebSocket => "web_socket",
            Self::SecureWebSocket => "secure_web_socket",
        }
    }

    /// Where clients find a broker of this port.
    pub(super) fn uri(self, port: u16) -> String {
        let (scheme, path) = match self {
            Self::Tcp => ("mqtt", ""),
            Self::Tls => ("mqtts", ""),
            Self::WebSocket => ("ws", "/mqtt"),
            Self::SecureWebSocket => ("wss", "/mqtt"),
        };
        format!("{scheme}://127.0.0.1:{port}{path}")
    }

    pub(super) fn has_tls(self) -> bool {
        matches!(self, Self::Tls | Self::SecureWebSocket)
    }

    pub(super) fn has_web_socket(self) -> bool {
        matches!(self, Self::WebSocket | Self::SecureWebSocket)
    }

    /// Whether this build has it.
    pub(super) fn check(self) -> Result<(), Error> {
        let lacks = |feature| {
            let reason = format!("{}: needs the feature `{feature}`", self.name());
            Err(Error::invalid("transport", reason))
        };
        if self.has_tls() && !cfg!(feature = "tls") {
            return lacks("tls");
        }
        if self.has_web_socket() && !cfg!(feature = "websocket") {
            return lacks("websocket");
        }
        Ok(())
    }
}
