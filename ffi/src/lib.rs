//! libmqttka: the C ABI over `mqttka_core::client`.
//!
//! One file per C type. The contract with C programs (who owns what, threads, strings, what may
//! be called from where) is written once, in the text that opens include/mqttka.h; it lives in
//! ffi/header/preamble.h. Module comments open the header's chapters, and the comments of
//! constants and functions are the header's too: they address C programmers.
//!
//! Every exported function goes through `guard`, so that no panic crosses the border, and takes
//! pointers and numbers only through `handle`, which checks them.
// C names are the ABI.
#![allow(non_camel_case_types)]
// What callers owe is the header's contract, stated once there instead of per function.
#![allow(clippy::missing_safety_doc)]

mod acknowledgement;
mod asking;
mod authentication;
mod callback_options;
mod callbacks;
mod canceller;
mod cause;
mod client;
mod connect;
mod counters;
mod disconnect_request;
mod error;
mod error_text;
mod event;
mod event_values;
mod goodbye;
mod guard;
mod handle;
mod hint;
mod hooks;
mod host_driver;
mod host_loop;
mod lanes;
mod limit_options;
mod log;
mod message;
mod names;
mod negotiated;
mod network;
mod network_options;
mod once;
mod open;
mod operation;
mod option_getters;
mod options;
mod packed;
mod packet_tap;
mod property;
mod provider;
mod reconnect_options;
mod refusal;
mod requests;
mod result;
mod status;
mod stop_reason;
mod stream;
mod subscribe_request;
mod subscription;
mod topic;
mod trace_context;
mod transport;
mod unsubscribe_request;
mod user_data;
mod version;

pub use acknowledgement::*;
pub use asking::*;
pub use authentication::*;
pub use callback_options::*;
pub use callbacks::{
    mqttka_completion_fn, mqttka_destructor_fn, mqttka_event_fn, mqttka_message_fn,
    mqttka_socket_hook_fn, mqttka_terminated_fn, mqttka_tls_verifier_fn,
};
pub use canceller::*;
pub use cause::*;
pub use client::*;
pub use connect::*;
pub use counters::*;
pub use disconnect_request::*;
pub use error::*;
pub use error_text::*;
pub use event::*;
pub use goodbye::*;
pub use hint::*;
pub use host_loop::*;
pub use limit_options::*;
pub use log::*;
pub use message::*;
pub use negotiated::*;
pub use network::*;
pub use network_options::*;
pub use operation::*;
pub use option_getters::*;
pub use options::*;
pub use packet_tap::*;
pub use property::*;
pub use provider::*;
pub use reconnect_options::*;
pub use refusal::*;
pub use requests::*;
pub use result::*;
pub use status::*;
pub use stop_reason::*;
pub use stream::*;
pub use subscribe_request::*;
pub use subscription::*;
pub use topic::*;
pub use trace_context::*;
pub use transport::*;
pub use unsubscribe_request::*;
pub use version::*;

// Tests that are about the whole border. They are here because a crate that makes C libraries only
// cannot be used by another crate.
#[cfg(test)]
#[path = "../tests/unit/allocations.rs"]
mod allocations;
#[cfg(test)]
#[path = "../tests/unit/vocabulary.rs"]
mod vocabulary;
