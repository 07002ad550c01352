//! The core of mqttka: an MQTT 3.1.1 and 5.0 client that keeps one promise. When the path or the
//! broker is gone, the application gets exactly one disconnect event within 1.5 x keep-alive, and
//! never while the link is merely slow.
//!
//! The layers, from the wire up:
//!
//! - [`types`] and [`error`]: the vocabulary, parsed once and not validated again.
//! - [`codec`]: bytes to packets and back, for both protocol versions.
//! - [`proto`]: connection, session and liveness as a state machine without I/O or clock; time is
//!   an argument. Built alone with `--no-default-features`.
//! - [`driver`]: one bounded turn of a client, generic over its [`transport`] and over who takes
//!   the outputs; without I/O or clock, too.
//! - `engine`, [`client`]: tokio around the state machine, and the [`Client`] that
//!   every language binding is a thin layer over.
#![forbid(unsafe_op_in_unsafe_fn)]
#![deny(missing_docs)]

pub mod codec;
pub mod driver;
pub mod error;
pub mod proto;
pub mod types;

#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "client")]
mod clock;
#[cfg(feature = "client")]
mod engine;
#[cfg(feature = "client")]
mod log;
#[cfg(all(feature = "network-monitor", target_os = "linux"))]
mod network_monitor;
#[cfg(feature = "client")]
mod threads;
pub mod transport;

#[cfg(feature = "client")]
pub use client::Client;
