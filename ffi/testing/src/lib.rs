//! libmqttka_testing: the C ABI over `mqttka_testing::FakeBroker`. Its contract with C programs opens
//! include/mqttka_testing.h (ffi/testing/header/preamble.h); Kotlin and Swift stand on it, too.
//!
//! Every exported function goes through `guard`, so that no panic crosses the border.
// C names are the ABI.
#![allow(non_camel_case_types)]
// What callers owe is the header's contract, stated once there instead of per function.
#![allow(clippy::missing_safety_doc)]

mod authenticating;
mod bearing;
mod broker;
mod clients;
mod guard;
mod properties;
mod seen;
mod telling;

pub use authenticating::*;
pub use bearing::*;
pub use broker::*;
pub use clients::*;
pub use properties::*;
pub use seen::*;
pub use telling::*;
