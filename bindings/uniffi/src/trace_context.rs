//! Which trace a message belongs to, as the core reads and writes it.

use mqttka_core::client::{
    InvalidTraceContext, Message as CoreMessage, TopicName, TraceContext as CoreContext,
};

use crate::{MqttkaError, Property, property};

/// A trace context of the W3C.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct TraceContext {
    /// The trace, the span that the message was sent in, and flags: 55 characters.
    pub traceparent: String,
    /// What vendors add to it; empty: nothing.
    #[uniffi(default = "")]
    pub tracestate: String,
}

/// The context as the core reads it: of a later version's `traceparent`, what this one knows.
///
/// # Errors
/// [`MqttkaError::InvalidArgument`] says which of the two is wrong.
#[uniffi::export]
pub fn checked_trace_context(context: TraceContext) -> Result<TraceContext, MqttkaError> {
    Ok(CoreContext::try_from(context)?.into())
}

/// The context that a message with these properties bears; none where that is not valid.
#[uniffi::export]
pub fn trace_context_of(properties: Vec<Property>) -> Result<Option<TraceContext>, MqttkaError> {
    let properties = property::to_core(properties)?;
    Ok(CoreContext::of(&properties).map(TraceContext::from))
}

/// These properties with that context, in place of one that is there.
///
/// # Errors
/// [`MqttkaError::InvalidArgument`] says what is wrong with the context.
#[uniffi::export]
pub fn with_trace_context(
    properties: Vec<Property>,
    context: TraceContext,
) -> Result<Vec<Property>, MqttkaError> {
    let topic = TopicName::try_from("a")?;
    let mut message = CoreMessage::new(topic, "");
    message.properties = property::to_core(properties)?;
    message.set_trace_context(&context.try_into()?);
    Ok(property::from_core(&message.properties))
}

impl TryFrom<TraceContext> for CoreContext {
    type Error = MqttkaError;
    fn try_from(context: TraceContext) -> Result<Self, MqttkaError> {
        let parsed = context.traceparent.parse::<CoreContext>();
        let core = parsed.and_then(|core| core.with_state(&context.tracestate));
        core.map_err(|error: InvalidTraceContext| MqttkaError::InvalidArgument {
            detail: error.to_string(),
        })
    }
}

impl From<CoreContext> for TraceContext {
    fn from(core: CoreContext) -> Self {
        TraceContext {
            traceparent: core.traceparent(),
            tracestate: core.state().to_owned(),
        }
    }
}
