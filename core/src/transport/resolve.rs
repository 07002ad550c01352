//! Names to addresses, with the system's resolver, whose calls cannot be cancelled.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, OnceLock};

use tokio::sync::Semaphore;

use crate::error::TransportError;

/// How many resolver calls may be under way in the process. Each occupies a thread for as long as
/// the system takes, also after its attempt was given up; further ones wait, within their
/// attempt's deadline.
const MAX_CALLS: usize = 32;

fn permits() -> Arc<Semaphore> {
    static PERMITS: OnceLock<Arc<Semaphore>> = OnceLock::new();
    Arc::clone(PERMITS.get_or_init(|| Arc::new(Semaphore::new(MAX_CALLS))))
}

/// The addresses of `host`, in the order of the system's preference. Dropping the future leaves
/// the resolver call behind.
pub(super) async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, TransportError> {
    let literal = host
        .strip_prefix('[')
        .and_then(|h| h.strip_suffix(']'))
        .unwrap_or(host);
    if let Ok(ip) = literal.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let permit = permits()
        .acquire_owned()
        .await
        .map_err(|error| TransportError::new(error.to_string()))?;
    let host = host.to_owned();
    let call = tokio::task::spawn_blocking(move || {
        let addresses = (host.as_str(), port).to_socket_addrs();
        drop(permit);
        addresses.map(Iterator::collect::<Vec<_>>)
    });
    let addresses = call
        .await
        .map_err(|error| TransportError::new(error.to_string()))??;
    if addresses.is_empty() {
        return Err(TransportError::new("the name has no addresses"));
    }
    Ok(addresses)
}
