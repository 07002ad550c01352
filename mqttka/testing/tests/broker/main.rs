//! The broker as a state machine, packet by packet, in both versions.

mod authenticating;
mod directing;
mod limits;
mod messages;
mod sessions;
mod support;
