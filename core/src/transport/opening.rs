//! From an open leaf to a stream with all its layers.

use super::{Handshake, Job, Layered, Stream};
#[cfg(feature = "tls")]
use super::{Tls, TlsConnector};
#[cfg(feature = "proxy")]
use super::{Tunnel, options::ProxyServer};
#[cfg(feature = "websocket")]
use super::{UpgradeRequest, WebSocket};
use crate::error::{Stage, TransportError};

/// Which layers a server wants.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The server's host, for certificates and proxies.
    pub host: String,
    /// The server's port, for proxies.
    pub port: u16,
    /// The leaf is connected to this proxy.
    #[cfg(feature = "proxy")]
    pub proxy: Option<ProxyServer>,
    /// TLS.
    #[cfg(feature = "tls")]
    pub tls: Option<TlsConnector>,
    /// WebSocket, over TLS where there is TLS.
    #[cfg(feature = "websocket")]
    pub web_socket: Option<UpgradeRequest>,
}

impl Plan {
    /// The stage that begins on an open leaf.
    pub fn first_stage(&self) -> Stage {
        #[cfg(feature = "proxy")]
        if self.proxy.is_some() {
            return Stage::Proxy;
        }
        #[cfg(feature = "tls")]
        if self.tls.is_some() {
            return Stage::Tls;
        }
        #[cfg(feature = "websocket")]
        if self.web_socket.is_some() {
            return Stage::WebSocket;
        }
        Stage::Mqtt
    }
}

/// The handshakes of the layers, one after the other, without waiting.
#[derive(Debug)]
pub struct Opening<S> {
    step: Step<S>,
    #[cfg_attr(
        not(any(feature = "proxy", feature = "tls")),
        expect(
            dead_code,
            reason = "a layer may follow on another one only where there are two"
        )
    )]
    plan: Plan,
}

#[derive(Debug)]
enum Step<S> {
    #[cfg(feature = "proxy")]
    Tunnel(Tunnel<S>),
    #[cfg(feature = "tls")]
    Tls(Box<Tls<S>>),
    #[cfg(feature = "websocket")]
    WebSocket(Box<WebSocket<S>>),
    #[cfg(all(feature = "tls", feature = "websocket"))]
    WebSocketTls(Box<WebSocket<Tls<S>>>),
    /// No layer is left.
    Open(Layered<S>),
    /// The stream was taken, or a handshake failed.
    Over,
}

/// Where the opening stands, after it did what could be done now.
#[derive(Debug)]
pub enum Advance<S> {
    /// All layers are open; the opening is over.
    Open(Layered<S>),
    /// It waits for bytes of the peer and, where `blocked`, for room to write.
    Waiting {
        /// Something is left to be written.
        blocked: bool,
    },
    /// The next step may block: run it on another thread, and go on when it has ended.
    Elsewhere(Job),
}

impl<S: Stream> Opening<S> {
    /// Begins, on a stream that nobody has used.
    ///
    /// # Errors
    /// What the first layer has against it.
    pub fn new(leaf: S, plan: Plan) -> Result<Self, TransportError> {
        #[cfg(feature = "proxy")]
        if let Some(proxy) = &plan.proxy {
            let step = Step::Tunnel(Tunnel::new(leaf, proxy, &plan.host, plan.port));
            return Ok(Opening { step, plan });
        }
        let step = after_tunnel(leaf, 0, &plan)?;
        Ok(Opening { step, plan })
    }

    /// Does what can be done now.
    ///
    /// # Errors
    /// The handshake of the layer of [`stage`](Self::stage) failed; the opening is over.
    #[cfg_attr(
        not(any(feature = "proxy", feature = "tls", feature = "websocket")),
        expect(unreachable_code, clippy::never_loop, reason = "there are no layers")
    )]
    pub fn advance(&mut self) -> Result<Advance<S>, TransportError> {
        loop {
            let handshake = match &mut self.step {
                #[cfg(feature = "proxy")]
                Step::Tunnel(tunnel) => tunnel.handshake()?,
                #[cfg(feature = "tls")]
                Step::Tls(tls) => tls.handshake()?,
                #[cfg(feature = "websocket")]
                Step::WebSocket(web_socket) => web_socket.handshake()?,
                #[cfg(all(feature = "tls", feature = "websocket"))]
                Step::WebSocketTls(web_socket) => web_socket.handshake()?,
                Step::Open(_) | Step::Over => Handshake::Complete,
            };
            match handshake {
                Handshake::Waiting { blocked } => return Ok(Advance::Waiting { blocked }),
                Handshake::Elsewhere(job) => return Ok(Advance::Elsewhere(job)),
                Handshake::Complete => {}
            }
            self.step = match std::mem::replace(&mut self.step, Step::Over) {
                #[cfg(feature = "proxy")]
                Step::Tunnel(tunnel) => {
                    let (leaf, written) = tunnel.into_inner();
                    after_tunnel(leaf, written, &self.plan)?
                }
                #[cfg(feature = "tls")]
                Step::Tls(tls) => after_tls(tls, &self.plan)?,
                #[cfg(feature = "websocket")]
                Step::WebSocket(web_socket) => Step::Open(Layered::WebSocket(web_socket)),
                #[cfg(all(feature = "tls", feature = "websocket"))]
                Step::WebSocketTls(web_socket) => Step::Open(Layered::WebSocketTls(web_socket)),
                Step::Open(stream) => return Ok(Advance::Open(stream)),
                Step::Over => return Err(TransportError::new("the opening is over")),
            };
        }
    }

    /// Whose handshake is under way.
    pub fn stage(&self) -> Stage {
        match &self.step {
            #[cfg(feature = "proxy")]
            Step::Tunnel(_) => Stage::Proxy,
            #[cfg(feature = "tls")]
            Step::Tls(_) => Stage::Tls,
            #[cfg(feature = "websocket")]
            Step::WebSocket(_) => Stage::WebSocket,
            #[cfg(all(feature = "tls", feature = "websocket"))]
            Step::WebSocketTls(_) => Stage::WebSocket,
            Step::Open(_) | Step::Over => Stage::Mqtt,
        }
    }

    /// The leaf, to wait for its readiness; none when the opening is over.
    pub fn leaf(&self) -> Option<&S> {
        Some(match &self.step {
            #[cfg(feature = "proxy")]
            Step::Tunnel(tunnel) => tunnel.get_ref(),
            #[cfg(feature = "tls")]
            Step::Tls(tls) => tls.get_ref(),
            #[cfg(feature = "websocket")]
            Step::WebSocket(web_socket) => web_socket.get_ref(),
            #[cfg(all(feature = "tls", feature = "websocket"))]
            Step::WebSocketTls(web_socket) => web_socket.get_ref().get_ref(),
            Step::Open(stream) => stream.leaf(),
            Step::Over => return None,
        })
    }
}

/// The first layer over the leaf, of which the tunnel has written so many bytes.
fn after_tunnel<S: Stream>(leaf: S, base: u64, plan: &Plan) -> Result<Step<S>, TransportError> {
    #[cfg(feature = "tls")]
    if let Some(connector) = &plan.tls {
        let tls = Tls::new(leaf, base, connector, &plan.host)?;
        return Ok(Step::Tls(Box::new(tls)));
    }
    #[cfg(feature = "websocket")]
    if let Some(request) = &plan.web_socket {
        let web_socket = WebSocket::new(leaf, base, request.clone())?;
        return Ok(Step::WebSocket(Box::new(web_socket)));
    }
    let _ = plan;
    Ok(Step::Open(Layered::Plain { leaf, base }))
}

#[cfg(feature = "tls")]
fn after_tls<S: Stream>(tls: Box<Tls<S>>, plan: &Plan) -> Result<Step<S>, TransportError> {
    #[cfg(feature = "websocket")]
    if let Some(request) = &plan.web_socket {
        let web_socket = WebSocket::new(*tls, 0, request.clone())?;
        return Ok(Step::WebSocketTls(Box::new(web_socket)));
    }
    let _ = plan;
    Ok(Step::Open(Layered::Tls(tls)))
}
