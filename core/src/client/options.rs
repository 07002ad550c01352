mod checks;
mod provided;
mod rate_limit;
mod servers;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::authenticator::Authenticator;
use super::packet_tap::PacketTap;
use super::provider::ConnectionProvider;
use crate::proto::Config;
use crate::transport::options::{
    Carrier, Proxy, Server, SocketOptions, TlsOptions, WebSocketOptions,
};
pub use checks::{DURATIONS, NUMBERS};
#[cfg(feature = "tls")]
pub(super) use provided::LastTls;

/// How a [`Client`](super::Client) connects and what bounds it keeps.
///
/// Start with [`Options::new`] and change fields; [`Client::new`](super::Client::new) checks each
/// against its bounds ([`NUMBERS`], [`DURATIONS`]).
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// The broker's servers, 1 to 64, in the order in which an attempt tries them: the next one
    /// where no stream to the one before came about within its share of the time that is left.
    /// The next attempt begins with another than the one that failed last. All of them have the
    /// same credentials and the same session.
    pub servers: Vec<Server>,
    /// How TLS is spoken, where a server wants it.
    pub tls: TlsOptions,
    /// How WebSocket is spoken, where a server wants it.
    pub web_socket: WebSocketOptions,
    /// The proxy between. Default: none.
    pub proxy: Proxy,
    /// What is done to the sockets before they connect.
    pub socket: SocketOptions,
    /// What the connection and the session are made with.
    pub config: Config,
    /// How long a message that matches no consumer waits for one, after a resumed session began,
    /// after the first consumer came, or after the stream that held it was closed; 0 to 1 day.
    /// Then it counts as unclaimed, and is acknowledged. Default 10 s.
    pub unclaimed_timeout: Duration,
    /// Asked before each attempt what to connect with. Default: none.
    pub provider: Option<Arc<dyn ConnectionProvider>>,
    /// What the client's handler and its streams without a subscription
    /// ([`Client::messages`](super::Client::messages)) take of QoS 1 and 2 is acknowledged when they
    /// say so ([`Acknowledgement`](super::Acknowledgement), in what
    /// [`Handler::on_received`](super::Handler::on_received) is given, and the stream), not when the
    /// handler has returned or the stream was asked for the next one. Subscriptions have
    /// [an option of their own](super::SubscriptionOptions::manual_acknowledgement). Default false.
    pub manual_acknowledgement: bool,
    /// Enhanced authentication: how the client proves who it is, and has the broker prove what it
    /// is (section 4.12); 5.0 only, and never dropped for a broker that does not speak that. Default:
    /// none.
    pub authenticator: Option<Arc<dyn Authenticator>>,
    /// Sees each packet that is sent or received, over every connection: for debugging, and for
    /// tests. One call at a time, in order, on the threads of message callbacks, beside the handler;
    /// the last ones may come after [`Handler::on_terminated`](super::Handler::on_terminated). It
    /// may block: up to 1,024 packets or 8 MiB then wait, and further ones are dropped, counted
    /// ([`Counters::packets_not_tapped`](super::Counters::packets_not_tapped)) and told of
    /// ([`TappedPacket::dropped_before`](super::TappedPacket::dropped_before)). Payloads and topics
    /// are in it, credentials are not. Default: none, which costs nothing.
    pub packet_tap: Option<PacketTap>,
    /// Watch the system's network, where this build can (Linux, with the feature
    /// `network-monitor`): changes are hints, as [`Client::network_changed`](super::Client) takes
    /// them from elsewhere. A client whose broker is on this machine, or its proxy, is not told that
    /// the network is lost. Where the system does not allow it, there are no hints. Default true.
    pub network_monitor: bool,
    /// Whose streams are used.
    pub(super) carrier: Carrier,
}

impl Options {
    /// The defaults, for this broker over TCP.
    pub fn new(host: impl Into<String>) -> Self {
        Options {
            servers: vec![Server::new(host)],
            tls: TlsOptions::default(),
            web_socket: WebSocketOptions::default(),
            proxy: Proxy::default(),
            socket: SocketOptions::default(),
            config: Config::default(),
            unclaimed_timeout: Duration::from_secs(10),
            provider: None,
            manual_acknowledgement: false,
            authenticator: None,
            packet_tap: None,
            network_monitor: true,
            carrier: Carrier::Socket,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("servers", &self.servers)
            .field("tls", &self.tls)
            .field("web_socket", &self.web_socket)
            .field("proxy", &self.proxy)
            .field("socket", &self.socket)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn a_password_is_not_printed() {
        let mut options = Options::new("localhost");
        options.config.password = Some(Bytes::from_static(b"secret"));
        for text in [format!("{options:?}"), format!("{:?}", options.config)] {
            assert!(!text.contains("secret"), "{text}");
            // As bytes print, too.
            assert!(!text.contains("115, 101"), "{text}");
        }
    }
}
