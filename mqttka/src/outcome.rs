use std::num::NonZeroU16;

use crate::{Properties, ReasonCode, Receipt};

/// How a publish, a subscribe, an unsubscribe or a flush ended well.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// The broker's reason code, such as [`ReasonCode::NoMatchingSubscribers`]; of several filters,
    /// the first one's. QoS 0 has no answer: [`ReasonCode::Success`].
    pub reason_code: ReasonCode,
    /// For subscribe and unsubscribe, one for each filter: which QoS was granted, for example. MQTT
    /// 3.1.1 has none for unsubscribe.
    pub reason_codes: Vec<ReasonCode>,
    /// The broker's words, where it sent some.
    pub reason_string: Option<String>,
    /// All properties of the broker's answer, as its user properties; MQTT 3.1.1 has none. For QoS 2
    /// those of PUBREC, then those of PUBCOMP.
    pub properties: Properties,
    /// The Packet Identifier; QoS 0 has none.
    pub packet_id: Option<NonZeroU16>,
    /// How far a publish came: acknowledged (QoS 1 and 2), read by the broker
    /// ([`Publish::receipt`](crate::Publish::receipt)) or written. `None` for the others.
    pub receipt: Option<Receipt>,
}
