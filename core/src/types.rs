//! The vocabulary of MQTT, parsed once: a value of one of these types is valid.

mod instant;
mod message;
mod named;
mod property;
mod qos;
mod reason_code;
mod scan;
pub(crate) mod shown;
mod text;
mod tolerate;
mod topic;
mod trace_context;

pub use instant::Instant;
pub use message::{Message, RetainHandling, Subscription, Will};
pub(crate) use named::named;
pub use property::{Properties, Property, PropertyId, PropertyType};
pub use qos::{QoS, Version};
pub use reason_code::ReasonCode;
pub use text::Text;
pub(crate) use tolerate::Tolerated;
pub use tolerate::{Fault, FaultCounts, Tolerate};
pub use topic::{TopicFilter, TopicName};
pub use trace_context::{InvalidTraceContext, TraceContext};
