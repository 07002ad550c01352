//! Around the pure driver: one task per client on one thread for all clients, with timers that count
//! while the device sleeps; or a host that has its own loop. No policy lives here.

mod owner;
#[cfg(feature = "engine")]
mod runtime;
mod tap;
#[cfg(feature = "engine")]
mod task;
#[cfg(feature = "engine")]
mod timer;

pub(crate) use owner::Owner;
#[cfg(feature = "engine")]
pub(crate) use runtime::{Runtime, get};
pub(crate) use tap::{Attempts, Tap};
#[cfg(feature = "engine")]
pub(crate) use task::Engine;
