//! What carries a connection's bytes: the trait [`Stream`], which is pure, and ways to open one to
//! a broker. TCP today.

mod handshake;
mod offsets;
pub mod options;
mod stream;

pub use handshake::{Handshake, Job};
pub use offsets::Offsets;
pub use stream::{Read, ReadKind, Stream};

#[cfg(feature = "client")]
mod dial;
#[cfg(feature = "client")]
mod failures;
#[cfg(feature = "client")]
pub(crate) mod host;
#[cfg(feature = "client")]
mod race;
#[cfg(feature = "client")]
mod resolve;
#[cfg(feature = "client")]
mod socket;
#[cfg(feature = "client")]
mod tcp;
#[cfg(all(test, feature = "client"))]
mod testing;

#[cfg(feature = "client")]
pub(crate) use dial::{Dialer, Endpoint};
#[cfg(feature = "client")]
pub(crate) use resolve::Resolver;
#[cfg(feature = "client")]
pub(crate) use tcp::Tcp;
