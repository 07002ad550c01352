//! What a client shows of itself: flight records, counters, the packet tap. The host of the client
//! is the test, and so is the broker, byte by byte; time moves where the test says so.
#![cfg(feature = "client")]

mod canary;
mod counters;
mod flight;
mod tap;
mod world;
