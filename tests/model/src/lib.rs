//! What a session promises, as a model of which every reachable state is visited.
//!
//! [`session`] has a client, its journal on disk, two channels that lose what is on its way when the
//! connection breaks, and a broker that may lose the session. It is written from the specification
//! (sections 4.1, 4.3, 4.4 and 4.6) and from what the library does (`proto/session.rs`,
//! `machine/resume.rs`), as a TLA+ module would be: an initial state, the steps that may come next,
//! invariants of each state, and that from each state the end can be reached.
//! [`check`] visits the states breadth first, so that what it finds wrong comes with a shortest way there.
//!
//! # What it has found
//!
//! A journal keeps exactly once over the death of a program only where
//! - a publish leaves when the journal has it and its packet identifier, PUBREL when it has the PUBREC,
//!   PUBREC when it has the message, and PUBCOMP when it has forgotten the identifier;
//! - what is told of a write is told of that message, not of its identifier, which may be another's by then;
//! - what was waiting to be sent for a write is sent over the connection that asked for it, or never;
//! - a session counts as resumable only when the journal has that it began, behind what ended with the one
//!   before it.
//!
//! And one thing that no client can mend ([`session::Scene::told`]): a server begins a session as it answers
//! CONNECT. Where its CONNACK, which says that the old session is lost, is lost itself, the next one says
//! "session present" of the new one, and a QoS 2 publish that is then sent again may arrive twice.
//!
//! Each [`session::Flaw`] is a plausible mistake. A model that did not find them would prove nothing:
//! the tests want each of them found.

mod checker;
pub mod session;

pub use checker::{Model, Report, Wrong, check};
