//! Around the pure machine: one task per client on one thread for all clients, with a clock and
//! timers that count while the device sleeps. No policy lives here.

pub(crate) mod clock;
mod connection;
pub(crate) mod dial;
mod guard;
pub(crate) mod socket;
mod timer;

pub(crate) use connection::run;
pub(crate) use timer::Timer;
