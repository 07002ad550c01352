//! From a name to an open stream.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;

use super::{resolve, tcp};
use crate::engine::dial::Progress;
use crate::error::{Stage, TransportError};

/// Where the broker is.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    /// A name or an IP address.
    pub(crate) host: Arc<str>,
    /// The port.
    pub(crate) port: u16,
    /// For the sockets of the attempt (rule L18).
    pub(crate) backstop: Option<Duration>,
}

/// Resolves, races and connects. It has no deadline of its own: whoever waits gives up.
pub(crate) async fn open(
    endpoint: Endpoint,
    progress: Arc<Progress>,
) -> Result<TcpStream, TransportError> {
    progress.enter(Stage::Dns);
    let addresses = resolve::resolve(&endpoint.host, endpoint.port).await?;
    progress.enter(Stage::Tcp);
    tcp::race(addresses, endpoint.backstop).await
}
