//! Filters that overlap: whatever a broker makes of them (section 3.3.4), each taker gets each
//! message once, where that can be told. The broker is this test, packet by packet.
#![cfg(feature = "client")]

mod beside;
mod identifiers;
mod takers;
mod world;
