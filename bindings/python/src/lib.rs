//! The native half of the Python package `mqttka`: conversions, waiting without the GIL, and the
//! way from the engine's threads into Python. It decides nothing about MQTT.
//!
//! Every class is frozen and may be used from any thread, also in free-threaded builds.

mod argument;
mod attempted;
mod authentication;
mod bell;
mod bounded;
mod callback;
mod client;
mod counters;
mod error;
mod event;
mod events;
mod fork;
mod gate;
mod hooks;
mod limits;
mod logging;
mod message;
mod messages;
mod named;
mod network;
mod operation;
mod options;
mod outcome;
mod packet_properties;
mod polled;
mod properties;
mod provider;
mod python;
mod question;
mod reason;
mod reconnect;
mod requests;
mod responder;
mod seen;
mod slot;
mod status;
mod subscription;
mod tap;
mod testing;
mod told;
mod trace;
mod vocabulary;
mod wait;

/// The module `mqttka._mqttka`.
#[pyo3::pymodule(gil_used = false)]
mod _mqttka {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::authentication::{Challenge, ScramSha256};
    #[pymodule_export]
    use crate::bell::Bell;
    #[pymodule_export]
    use crate::callback::{Callback, Caller, report};
    #[pymodule_export]
    use crate::client::Client;
    #[pymodule_export]
    use crate::counters::Counters;
    #[pymodule_export]
    use crate::events::Events;
    #[pymodule_export]
    use crate::gate::{enter, leave, shut_down};
    #[pymodule_export]
    use crate::logging::{Records, forward_logs};
    #[pymodule_export]
    use crate::message::{Message, topic_matches};
    #[pymodule_export]
    use crate::messages::Messages;
    #[pymodule_export]
    use crate::operation::Operation;
    #[pymodule_export]
    use crate::options::option_defaults;
    #[pymodule_export]
    use crate::outcome::Outcome;
    #[pymodule_export]
    use crate::provider::Request;
    #[pymodule_export]
    use crate::python::awaited_with;
    #[pymodule_export]
    use crate::requests::{ReceivedRequest, Requests};
    #[pymodule_export]
    use crate::responder::Responder;
    #[pymodule_export]
    use crate::testing::FakeBroker;
    #[pymodule_export]
    use crate::trace::TraceContext;
    #[pymodule_export]
    use crate::vocabulary::vocabulary;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        crate::python::hand_in(module)
    }
}
