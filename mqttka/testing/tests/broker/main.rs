//! The broker as a state machine, packet by packet, in both versions.

mod directing;
mod messages;
mod sessions;
mod support;
