//! Bytes to packets and back: what the specifications say, what is malformed, and what nobody may send.

mod arbitrary;
mod encode_errors;
mod malformed;
mod publish_faults;
mod refusals;
mod round_trip;
mod sides;
mod vectors;
