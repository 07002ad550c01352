//! What carries a connection's bytes: the trait [`Stream`], which is pure, and ways to open one to
//! a broker: TCP and Unix sockets, proxies' tunnels, TLS and WebSocket over them.

mod handshake;
pub(crate) mod host;
mod layered;
mod offsets;
mod opening;
pub mod options;
#[cfg(feature = "proxy")]
mod proxy;
mod reference;
mod stream;
#[cfg(feature = "tls")]
mod tls;
mod uri;
#[cfg(feature = "websocket")]
mod web_socket;

pub use handshake::{Handshake, Job};
pub use layered::Layered;
pub use offsets::Offsets;
pub use opening::{Advance, Opening, Plan};
#[cfg(feature = "proxy")]
pub use proxy::{Tunnel, system as system_proxy};
pub use reference::referred;
pub use stream::{Read, ReadKind, Stream};
#[cfg(feature = "tls")]
pub use tls::{Tls, TlsConnector};
pub use uri::{InvalidUri, Uri, UriProblem};
#[cfg(feature = "websocket")]
pub use web_socket::{UpgradeRequest, WebSocket};

#[cfg(feature = "engine")]
mod connector;
#[cfg(feature = "engine")]
mod dial;
#[cfg(feature = "engine")]
mod elsewhere;
#[cfg(feature = "engine")]
mod failures;
#[cfg(feature = "client")]
mod hosted;
#[cfg(feature = "engine")]
mod leaf;
#[cfg(feature = "client")]
mod pipe;
#[cfg(all(
    feature = "host-loop",
    any(target_os = "linux", target_vendor = "apple")
))]
pub(crate) mod polled;
#[cfg(feature = "engine")]
mod race;
#[cfg(feature = "engine")]
mod resolve;
#[cfg(feature = "client")]
mod route;
#[cfg(feature = "client")]
mod servers;
#[cfg(feature = "engine")]
mod socket;
#[cfg(feature = "client")]
mod stages;
#[cfg(feature = "engine")]
mod tcp;
#[cfg(all(test, feature = "engine"))]
mod testing;
#[cfg(all(unix, feature = "engine"))]
mod unix;

#[cfg(feature = "engine")]
pub(crate) use connector::{Connection, Connector};
#[cfg(feature = "client")]
pub(crate) use hosted::HostedConnector;
#[cfg(feature = "client")]
pub use pipe::Action;
#[cfg(feature = "client")]
pub(crate) use pipe::{Actions, Pipe, PipeEnd};
#[cfg(feature = "engine")]
pub(crate) use resolve::Resolver;
#[cfg(feature = "client")]
pub(crate) use route::{Overrides, Route, Ways, not_built};
#[cfg(feature = "engine")]
pub(crate) use socket::Sockets;
