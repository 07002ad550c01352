//! Enhanced authentication (section 4.12) from the application's side to the bytes of the broker.
#![cfg(feature = "client")]

mod again;
mod attempts;
mod moved;
#[cfg(feature = "scram")]
mod scram;
mod told;
mod world;
