//! The promise and its neighbours, one file for each kind of thing that may happen. One program, so that
//! it is linked once and its tests share the processors.

mod adaptive;
mod coalescing;
mod days;
mod drain;
mod exhaustive;
mod gaps;
mod garbage;
mod goodbye;
mod hints;
mod identifiers;
mod layers;
mod limits;
mod matrix;
mod memory;
mod packet_size;
mod phases;
mod properties;
mod random;
mod ruled_out;
mod server_rules;
mod session;
mod slow_paths;
mod suspicion;
mod tolerate;
