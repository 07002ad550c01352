//! What every Rust client of the harness shares; `clients/c/bench.h` is the same for C.
//!
//! A client is run as `bench_client HOST PORT MODE COUNT SIZE [WINDOW [TRANSPORT [CA]]]` and prints one line of JSON.

mod arguments;
mod memory;
mod stopwatch;

pub use arguments::{Arguments, Mode, Transport};
pub use memory::{Idle, Quiet};
pub use stopwatch::{Latencies, Stopwatch};

/// What is published to; the sink ignores it but for [`ECHO`].
pub const TOPIC: &str = "bench/topic";
/// What is published to this topic comes back at QoS 1.
pub const ECHO: &str = "echo";
