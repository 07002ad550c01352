//! A hostile broker, guided by constraints, as FUME and MQueez are for brokers, turned round.
//!
//! A [`Broker`] hears what a client says, and knows at each moment what a broker may say next
//! ([`Broker::legal`]): answers that are owed, messages within the client's Receive Maximum, PUBREL of
//! what was received. A [`Fault`] breaks one rule of the specification, and is only possible where that
//! rule can be broken: an answer with too few codes needs a SUBSCRIBE that waits. A sequence is legal up
//! to one fault, so what a client does then is for that fault and nothing else.
//!
//! The tests run sequences against mqttka in virtual time; the program of this crate runs them over
//! loopback against any client with an adapter, and makes the table of `docs/hostile.md`.

mod broker;
mod faults;
mod packets;
mod rng;

pub use broker::Broker;
pub use faults::{Fault, Phase, Should, all};
pub use packets::{connack, framed, publish};
pub use rng::Rng;
