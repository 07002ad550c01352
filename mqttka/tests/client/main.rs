//! The crate against real sockets: a scripted broker where a test says byte by byte what the broker
//! does, and mosquitto (which `tests/setup` installs) where it is to be a broker in use.

mod acknowledging;
#[cfg(feature = "testing")]
mod answering;
mod authenticating;
mod builder;
mod cancelled;
mod connecting;
mod examples;
#[cfg(feature = "testing")]
mod given_up;
mod outcomes;
mod printing;
mod publishing;
#[cfg(feature = "testing")]
mod refused;
mod requesting;
mod subscribing;
mod support;
