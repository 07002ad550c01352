#![doc = include_str!("../README.md")]
//!
//! - [`Broker`]: what the broker decides, without socket, thread and clock: bytes and the time go in, bytes come out.
//! - [`FakeBroker`]: the same on a port of the loopback interface, with one thread.
#![cfg_attr(
    feature = "memory",
    doc = "- [`Memory`]: the same in one thread's memory, beside clients that it drives, in virtual time."
)]
#![forbid(unsafe_code)]

mod authentication;
mod broker;
mod connection;
mod error;
#[cfg(not(target_family = "wasm"))]
mod loopback;
#[cfg(feature = "memory")]
mod memory;
pub mod properties;
#[cfg(feature = "scram")]
mod scram;
mod script;
mod seen;
mod session;

pub use broker::{Broker, Output};
pub use error::{Error, Missing};
#[cfg(not(target_family = "wasm"))]
pub use loopback::{FakeBroker, Transport};
#[cfg(feature = "memory")]
pub use memory::Memory;
/// A kind of packet.
pub use mqttka_core::codec::PacketType;
pub use script::Acknowledging;
pub use seen::{Seen, SeenKind};
