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

#[cfg(feature = "client")]
mod connector;
#[cfg(feature = "client")]
mod dial;
#[cfg(feature = "client")]
mod elsewhere;
#[cfg(feature = "client")]
mod failures;
#[cfg(feature = "client")]
mod leaf;
#[cfg(feature = "client")]
mod race;
#[cfg(feature = "client")]
mod resolve;
#[cfg(feature = "client")]
mod route;
#[cfg(feature = "client")]
mod servers;
#[cfg(feature = "client")]
mod socket;
#[cfg(feature = "client")]
mod tcp;
#[cfg(all(test, feature = "client"))]
mod testing;
#[cfg(all(unix, feature = "client"))]
mod unix;

#[cfg(feature = "client")]
pub(crate) use connector::{Connection, Connector};
#[cfg(feature = "client")]
pub(crate) use resolve::Resolver;
#[cfg(feature = "client")]
pub(crate) use route::{Overrides, Route, Ways, not_built};
#[cfg(feature = "client")]
pub(crate) use socket::Sockets;
