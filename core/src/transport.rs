//! Streams to a broker: what one is ([`stream`]), and the ways to open one. TCP today.

pub mod stream;

#[cfg(feature = "client")]
mod leaf;
#[cfg(feature = "client")]
mod open;
#[cfg(feature = "client")]
mod resolve;
#[cfg(feature = "client")]
mod tcp;

#[cfg(feature = "client")]
pub(crate) use leaf::TcpLeaf;
#[cfg(feature = "client")]
pub(crate) use open::{Endpoint, open};
