//! The way to one server: which door to knock at, and which layers are behind it.

use std::sync::Arc;

#[cfg(feature = "tls")]
use super::TlsConnector;
#[cfg(feature = "websocket")]
use super::UpgradeRequest;
use super::host::{self, Host};
use super::opening::Plan;
use super::options::{Proxy, ProxyServer, Server, Transport};
#[cfg(feature = "proxy")]
use super::proxy;
use super::socket::Sockets;
#[cfg(unix)]
use super::unix::SocketPath;
use crate::error::{Attempted, TransportError};

/// A server, and how it is reached.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    /// As the options have it.
    pub(crate) server: Server,
    /// Where it is.
    pub(crate) place: Place,
    /// Where it wants WebSocket.
    #[cfg(feature = "websocket")]
    pub(crate) web_socket: Option<UpgradeRequest>,
}

/// Where a server is.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    Host(Host),
    #[cfg(unix)]
    Unix(SocketPath),
}

/// What all routes have in common.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ways {
    /// How TCP sockets are made.
    pub(crate) sockets: Arc<Sockets>,
    /// Where a server wants TLS.
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<TlsConnector>,
    /// The proxy between.
    pub(crate) proxy: Proxy,
}

/// What an attempt connects to.
#[derive(Debug)]
pub(super) enum Door {
    Host {
        host: Host,
        port: u16,
        /// It is this proxy's.
        proxy: Option<ProxyServer>,
    },
    #[cfg(unix)]
    Unix(SocketPath),
}

impl Door {
    pub(super) fn proxy(&self) -> Option<&ProxyServer> {
        match self {
            Door::Host { proxy, .. } => proxy.as_ref(),
            #[cfg(unix)]
            Door::Unix(_) => None,
        }
    }
}

impl Route {
    /// What to connect to now: the system's proxy may be another one at each attempt.
    ///
    /// # Errors
    /// What is wrong with the proxy that the environment names.
    pub(super) fn door(&self, ways: &Ways) -> Result<Door, TransportError> {
        let host = match &self.place {
            Place::Host(host) => host.clone(),
            #[cfg(unix)]
            Place::Unix(path) => return Ok(Door::Unix(path.clone())),
        };
        let port = self.server.effective_port();
        let Some(proxy) = self.proxy(&ways.proxy, port)? else {
            return Ok(Door::Host {
                host,
                port,
                proxy: None,
            });
        };
        let host = host::parse(&proxy.host).map_err(|must_be| {
            TransportError::new(format!(
                "the proxy's host is {:?}; it must be {must_be}",
                proxy.host
            ))
        })?;
        Ok(Door::Host {
            host,
            port: proxy.port,
            proxy: Some(proxy),
        })
    }

    #[cfg(feature = "proxy")]
    fn proxy(&self, chosen: &Proxy, port: u16) -> Result<Option<ProxyServer>, TransportError> {
        match chosen {
            Proxy::None => Ok(None),
            Proxy::Uri(proxy) => Ok(Some(proxy.clone())),
            Proxy::System => {
                let Server {
                    transport, host, ..
                } = &self.server;
                proxy::system(*transport, host, port, |name| std::env::var(name).ok())
            }
        }
    }

    /// The client was not made where there is one.
    #[cfg(not(feature = "proxy"))]
    fn proxy(&self, _: &Proxy, _: u16) -> Result<Option<ProxyServer>, TransportError> {
        Ok(None)
    }

    #[cfg(feature = "tls")]
    fn tls(&self, ways: &Ways) -> Option<TlsConnector> {
        let connector = ways.tls.as_ref()?;
        match self.server.transport {
            Transport::Tls => Some(connector.clone()),
            Transport::WebSocketTls => Some(connector.for_web_socket()),
            Transport::Tcp | Transport::WebSocket | Transport::Unix => None,
        }
    }

    /// The layers behind the door.
    pub(super) fn plan(&self, ways: &Ways, proxy: Option<&ProxyServer>) -> Plan {
        let _ = (ways, proxy);
        Plan {
            host: self.server.host.clone(),
            port: self.server.effective_port(),
            #[cfg(feature = "proxy")]
            proxy: proxy.cloned(),
            #[cfg(feature = "tls")]
            tls: self.tls(ways),
            #[cfg(feature = "websocket")]
            web_socket: self.web_socket.clone(),
        }
    }

    /// For those who report it.
    pub(super) fn attempted(&self) -> Attempted {
        let Server {
            transport,
            host,
            path,
            ..
        } = &self.server;
        let name = if *transport == Transport::Unix {
            path
        } else {
            host
        };
        let mut attempted = Attempted::new(name, self.server.effective_port());
        attempted.transport = *transport;
        attempted
    }
}
