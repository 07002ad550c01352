//! Around the pure driver: one task per client on one thread for all clients, with a clock and
//! timers that count while the device sleeps. No policy lives here.

pub(crate) mod clock;
mod runtime;
mod tap;
mod task;
mod timer;

pub(crate) use runtime::{Runtime, get};
pub(crate) use task::{Engine, Owner};
