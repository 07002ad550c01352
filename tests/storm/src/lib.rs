//! How a million clients come back to a broker that restarts, in virtual time.
//!
//! Ours are real ones: each client is a [`Machine`](mqttka_core::proto::Machine) with the defaults
//! of the library, which takes CONNACK as bytes. The [`broker`] is a model, and so are the habits
//! of other libraries, as these document them ([`habit`]). A [`run`] repeats itself to the
//! millisecond; chance comes from a seed.

pub mod broker;
pub mod figure;
pub mod habit;
pub mod ours;
pub mod report;
pub mod rng;
pub mod run;
pub mod scenario;
mod wheel;

/// A moment or a length of time, in milliseconds. Time begins when the broker goes.
pub type Ms = u32;
