//! Connection and session as a state machine: commands, bytes and time go in; bytes, events and
//! the next deadline come out. No I/O, clock, lock or task; the engine drives it.
//!
//! # How to drive it
//!
//! [`driver`](crate::driver) does. Whoever writes another driver keeps this order (reads
//! before timers): [`Machine::handle_command`] for each command; [`Machine::handle_evidence`] and
//! [`Machine::handle_input`] until a read would block (then `handle_eof` or
//! `handle_transport_error` where the stream ended); [`Machine::handle_progress`] where
//! [`Machine::wants_progress`]; [`Machine::handle_timeout`], of which early and repeated calls
//! change nothing but that a PINGREQ which is due soon goes at once; [`Machine::poll_output`] until there is nothing; [`Machine::prepare_transmit`],
//! [`Machine::transmit`] and [`Machine::handle_written`] until there is nothing to send or it would
//! block; `poll_output` again; then sleep until [`Machine::poll_deadline`], or something happens.

mod adaptive;
mod alias;
mod authentication;
mod backoff;
mod barrier;
mod command;
mod config;
mod event;
mod event_text;
mod farewell;
mod flight;
mod identifiers;
mod inbound;
mod inflight;
mod limits;
pub mod liveness;
mod machine;
mod network;
mod operation;
mod outbound;
mod outgoing;
mod pacer;
mod queue;
mod rate_limit;
mod receipt;
mod reconnect;
mod redirect;
mod refusal;
mod session;
mod subscriptions;
mod tally;
mod timers;

pub use authentication::{
    Authenticated, AuthenticationQuestion, AuthenticationReply, AuthenticationStep,
    AuthenticatorError,
};
pub use backoff::Backoff;
pub use command::{Command, Provided, ProviderError, PublishTerms};
pub use config::{Config, LostPublish, QueuePolicy};
pub use event::{
    Connected, Delivered, Disconnected, Event, EventKind, LivenessSnapshot, Outcome, Output,
    ReconnectStopped, Reconnecting, State, SubscriptionsLost, Usage,
};
pub use farewell::Farewell;
pub use flight::{FlightPacket, FlightRecord, QueueDepths};
pub use identifiers::OWN_IDENTIFIERS;
pub use liveness::Progress;
pub use machine::Machine;
pub use network::{NetworkChange, NetworkUpdate};
pub use rate_limit::RateLimit;
pub use receipt::Receipt;
pub use reconnect::{Ended, Reconnect, StopReason};
pub use refusal::Refusal;
pub use tally::{FaultCount, PacketCounts, RoundTrips, Tally};
