//! Connection and session as a state machine: commands, bytes and time go in; bytes, events and
//! the next deadline come out. No I/O, clock, lock or task; the engine drives it.
//!
//! # How to drive it
//!
//! For each wake-up, in this order (rule L9: reads before timers):
//!
//! 1. [`Machine::handle_command`] for each queued command;
//! 2. [`Machine::handle_input`] until a read would block (then `handle_eof` or
//!    `handle_transport_error` where the stream ended);
//! 3. where [`Machine::wants_progress`], [`Machine::handle_progress`] with what the peer's TCP
//!    acknowledged;
//! 4. [`Machine::handle_timeout`]: early and repeated calls change nothing;
//! 5. [`Machine::poll_action`], [`Machine::poll_event`] and [`Machine::take_deliveries`] until
//!    they are empty;
//! 6. [`Machine::prepare_transmit`] and [`Machine::transmit`]; report what the socket took with
//!    [`Machine::handle_written`], then do 5 again (a write can complete an operation, or be the
//!    last of a connection), and repeat until there is nothing to send or it would block;
//! 7. sleep until [`Machine::poll_deadline`], or something happens.

mod command;
mod config;
mod event;
mod inbound;
mod inflight;
mod limits;
pub mod liveness;
mod machine;
mod outgoing;

pub use command::Command;
pub use config::Config;
pub use event::{
    Action, Connected, Delivered, Disconnected, Event, EventKind, LivenessSnapshot, Outcome, State,
    Usage,
};
pub use liveness::Progress;
pub use machine::Machine;
