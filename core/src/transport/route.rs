//! The way to one server: which door to knock at, and which layers are behind it.

#[cfg(feature = "engine")]
use std::sync::Arc;

#[cfg(feature = "tls")]
use super::TlsConnector;
#[cfg(feature = "websocket")]
use super::UpgradeRequest;
use super::host::{self, Host};
use super::opening::Plan;
#[cfg(feature = "engine")]
use super::options::Proxy;
#[cfg(feature = "websocket")]
use super::options::WebSocketOptions;
use super::options::{Carrier, ProxyServer, Server, Transport};
#[cfg(all(feature = "proxy", feature = "engine"))]
use super::proxy;
#[cfg(feature = "engine")]
use super::socket::Sockets;
#[cfg(all(unix, feature = "engine"))]
use super::unix::SocketPath;
use crate::error::{Attempted, Error, Stage, TransportError};

/// A server, and how it is reached.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    /// As the options have it.
    pub(crate) server: Server,
    /// Where it is.
    #[cfg_attr(
        not(feature = "engine"),
        allow(dead_code, reason = "a host looks itself")
    )]
    pub(crate) place: Place,
    /// What the streams to it carry.
    carrier: Carrier,
}

/// Where a server is.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    #[cfg_attr(
        not(feature = "engine"),
        expect(dead_code, reason = "a host looks it up itself")
    )]
    Host(Host),
    #[cfg(all(unix, feature = "engine"))]
    Unix(SocketPath),
    /// A Unix socket, whose path the host knows what to do with.
    OfHost,
}

/// What all routes have in common.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ways {
    /// How TCP sockets are made.
    #[cfg(feature = "engine")]
    pub(crate) sockets: Arc<Sockets>,
    /// Where a server wants TLS.
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<TlsConnector>,
    /// Where a server wants WebSocket.
    #[cfg(feature = "websocket")]
    pub(crate) web_socket: WebSocketOptions,
    /// The proxy between.
    #[cfg(feature = "engine")]
    pub(crate) proxy: Proxy,
}

/// What one attempt has in place of what the options say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overrides {
    /// In place of all servers.
    pub(crate) route: Option<Route>,
    /// In place of [`Ways::tls`].
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<TlsConnector>,
    /// In place of [`Ways::web_socket`].
    #[cfg(feature = "websocket")]
    pub(crate) web_socket: Option<WebSocketOptions>,
}

impl Ways {
    /// Of a WebSocket's upgrade, beyond its own.
    pub(super) fn headers(&self) -> Vec<(String, String)> {
        #[cfg(feature = "websocket")]
        return self.web_socket.headers.clone();
        #[cfg(not(feature = "websocket"))]
        Vec::new()
    }

    /// These, but for what an attempt has in their place.
    pub(super) fn with(&self, overrides: Overrides) -> Self {
        let _ = &overrides;
        #[cfg_attr(
            not(any(feature = "tls", feature = "websocket")),
            expect(unused_mut, reason = "nothing can be given")
        )]
        let mut ways = self.clone();
        #[cfg(feature = "tls")]
        if let Some(tls) = overrides.tls {
            ways.tls = Some(tls);
        }
        #[cfg(feature = "websocket")]
        if let Some(web_socket) = overrides.web_socket {
            ways.web_socket = web_socket;
        }
        ways
    }
}

/// What an attempt connects to.
#[cfg(feature = "engine")]
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

#[cfg(feature = "engine")]
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
    /// The way to this server.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] of `port`, `host` or `path`; [`Error::InvalidArgument`] where this
    /// build, or its host, cannot reach it.
    pub(crate) fn new(server: Server, carrier: Carrier) -> Result<Self, Error> {
        let place = place(&server, carrier)?;
        Ok(Route {
            server,
            place,
            carrier,
        })
    }

    /// What the streams to it carry.
    pub(super) fn carrier(&self) -> Carrier {
        self.carrier
    }

    /// What to connect to now: the system's proxy may be another one at each attempt.
    ///
    /// # Errors
    /// What is wrong with the proxy that the environment names.
    #[cfg(feature = "engine")]
    pub(super) fn door(&self, ways: &Ways) -> Result<Door, TransportError> {
        let host = match &self.place {
            Place::Host(host) => host.clone(),
            #[cfg(unix)]
            Place::Unix(path) => return Ok(Door::Unix(path.clone())),
            Place::OfHost => return Err(TransportError::new("its host alone can reach it")),
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
                host::Shown(&proxy.host)
            ))
        })?;
        Ok(Door::Host {
            host,
            port: proxy.port,
            proxy: Some(proxy),
        })
    }

    #[cfg(all(feature = "proxy", feature = "engine"))]
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
    #[cfg(all(not(feature = "proxy"), feature = "engine"))]
    fn proxy(&self, _: &Proxy, _: u16) -> Result<Option<ProxyServer>, TransportError> {
        Ok(None)
    }

    /// Never plain where the server is to have TLS.
    #[cfg(feature = "tls")]
    fn tls(&self, ways: &Ways) -> Result<Option<TlsConnector>, TransportError> {
        if self.carrier != Carrier::Socket {
            return Ok(None);
        }
        let connector = || {
            let missing = || TransportError::new("TLS was not made ready for this server");
            ways.tls.as_ref().ok_or_else(missing)
        };
        Ok(match self.server.transport {
            Transport::Tls => Some(connector()?.clone()),
            Transport::WebSocketTls => Some(connector()?.for_web_socket()),
            Transport::Tcp | Transport::WebSocket | Transport::Unix => None,
        })
    }

    #[cfg(feature = "websocket")]
    fn web_socket(&self, ways: &Ways) -> Result<Option<UpgradeRequest>, TransportError> {
        if !self.server.transport.is_web_socket() || self.carrier == Carrier::WebSocket {
            return Ok(None);
        }
        match UpgradeRequest::new(&self.server, &ways.web_socket) {
            Ok(request) => Ok(Some(request)),
            Err(error) => Err(TransportError::new(error.to_string())),
        }
    }

    /// The layers behind the door.
    ///
    /// # Errors
    /// The stage that cannot come about.
    pub(super) fn plan(
        &self,
        ways: &Ways,
        proxy: Option<&ProxyServer>,
    ) -> Result<Plan, (Stage, TransportError)> {
        let _ = (ways, proxy);
        Ok(Plan {
            host: self.server.host.clone(),
            port: self.server.effective_port(),
            #[cfg(feature = "proxy")]
            proxy: proxy.cloned(),
            #[cfg(feature = "tls")]
            tls: self.tls(ways).map_err(|error| (Stage::Tls, error))?,
            #[cfg(feature = "websocket")]
            web_socket: self
                .web_socket(ways)
                .map_err(|error| (Stage::WebSocket, error))?,
        })
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

fn place(server: &Server, carrier: Carrier) -> Result<Place, Error> {
    check_built(server.transport, carrier)?;
    if server.transport == Transport::Unix {
        if carrier != Carrier::Socket {
            return Ok(Place::OfHost);
        }
        #[cfg(all(unix, feature = "engine"))]
        return SocketPath::parse(&server.path)
            .map(Place::Unix)
            .map_err(|must_be| {
                let value = format_args!("{:?}", server.path);
                Error::invalid_option("path", value, must_be.to_string())
            });
        #[cfg(all(unix, not(feature = "engine")))]
        return Ok(Place::OfHost);
        #[cfg(not(unix))]
        return Err(not_built("unix"));
    }
    if server.port == Some(0) {
        return Err(Error::invalid_option("port", 0, "1 to 65535"));
    }
    let host = host::parse(&server.host).map_err(|must_be| {
        let value = format_args!("{:?}", host::Shown(&server.host));
        Error::invalid_option("host", value, must_be.to_string())
    })?;
    Ok(Place::Host(host))
}

fn check_built(transport: Transport, carrier: Carrier) -> Result<(), Error> {
    let lacks_tls = cfg!(not(feature = "tls")) && carrier == Carrier::Socket;
    let lacks_web_socket = cfg!(not(feature = "websocket"));
    match carrier {
        Carrier::WebSocket if transport.is_web_socket() => Ok(()),
        Carrier::WebSocket => {
            let bound = "ws or wss, as here only WebSocket is to be had";
            Err(Error::invalid_option("transport", transport.name(), bound))
        }
        _ if transport.is_secure() && lacks_tls
            || transport.is_web_socket() && lacks_web_socket =>
        {
            Err(not_built(transport.name()))
        }
        _ => Ok(()),
    }
}

/// This build has not what was asked for.
pub(crate) fn not_built(what: &str) -> Error {
    Error::InvalidArgument(format!("this build of the library has no {what}"))
}
