//! Against rustls's server, over a wire in memory.

mod garbage;
mod handshake;
mod options;
mod refusals;
mod resumption;
mod support;
mod traffic;
mod writing;
