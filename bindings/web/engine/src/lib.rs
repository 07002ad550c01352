//! The class `Engine`: mqttka's client as WebAssembly, driven from outside by the TypeScript of
//! `bindings/web/src`.
//!
//! Calls go in one by one and call nothing back; what comes of them is fetched after each turn:
//! actions for the host's sockets, messages and plain outcomes in bytes, the rest as JSON.

mod actions;
mod counters;
mod engine;
mod events;
mod failure;
mod json;
mod observing;
mod operations;
mod options;
mod outbox;
mod properties;
mod slab;
mod streams;
mod topics;
mod tracing;
mod value;
mod waits;

pub use engine::Engine;
pub use operations::topic_matches;
pub use tracing::trace_context;
