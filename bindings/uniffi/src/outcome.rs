//! How an operation ended.

use mqttka_core::client::{Outcome as CoreOutcome, ReasonCode, Receipt};

use crate::{MqttkaError, UserProperty, property};

/// How an operation succeeded.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Outcome {
    /// The broker's reason code; success for QoS 0, which is complete when it was handed to the
    /// socket.
    pub reason_code: ReasonCode,
    /// The Packet Identifier that it had; none for QoS 0.
    pub packet_id: Option<u16>,
    /// One per filter for subscribe and unsubscribe (empty for an UNSUBACK of 3.1.1); else empty.
    pub reason_codes: Vec<ReasonCode>,
    /// The broker's words, where it sent some.
    pub reason_string: Option<String>,
    /// How far a publish came; none for what is no publish.
    #[uniffi(default = None)]
    pub receipt: Option<Receipt>,
    /// The User Properties of the broker's answer, in its order; at most 10,000. None for what the
    /// broker does not answer, and in 3.1.1.
    #[uniffi(default = [])]
    pub user_properties: Vec<UserProperty>,
}

pub(crate) fn result(mut outcome: CoreOutcome) -> Result<Outcome, MqttkaError> {
    match std::mem::replace(&mut outcome.result, Ok(ReasonCode::Success)) {
        Ok(reason_code) => Ok(Outcome {
            reason_code,
            packet_id: outcome.packet_id.map(Into::into),
            reason_codes: outcome.reason_codes,
            reason_string: outcome.reason_string.map(|text| text.to_string()),
            receipt: outcome.receipt,
            user_properties: property::user_properties(&outcome.properties),
        }),
        Err(error) => Err(MqttkaError::of_operation(error, outcome)),
    }
}
