//! What an application says to the broker instead of "taken" (sections 3.4.2 and 3.5.2).

use bytes::BytesMut;

use crate::codec::{Ack, EncodeError, PacketType};
use crate::error::Error;
use crate::types::{Properties, Property, PropertyId, ReasonCode, Text, Version};

/// A negative acknowledgement of a received QoS 1 or 2 message: the reason code of its PUBACK or
/// PUBREC, and what goes with it. MQTT 5.0 only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    reason_code: ReasonCode,
    properties: Properties,
}

impl Refusal {
    /// The codes that a client may refuse a message with (sections 3.4.2.1 and 3.5.2.1): those that
    /// PUBACK and PUBREC may have, from 0x80 on.
    pub const REASON_CODES: [ReasonCode; 7] = [
        ReasonCode::UnspecifiedError,
        ReasonCode::ImplementationSpecificError,
        ReasonCode::NotAuthorized,
        ReasonCode::TopicNameInvalid,
        ReasonCode::PacketIdentifierInUse,
        ReasonCode::QuotaExceeded,
        ReasonCode::PayloadFormatInvalid,
    ];

    /// A refusal with this code.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for a code that is none of [`REASON_CODES`](Self::REASON_CODES).
    pub fn new(reason_code: ReasonCode) -> Result<Self, Error> {
        if Self::REASON_CODES.contains(&reason_code) {
            return Ok(Refusal {
                reason_code,
                properties: Properties::new(),
            });
        }
        let bound = "one of 0x80 or above that a PUBACK or PUBREC can have";
        Err(Error::invalid_option("reason_code", reason_code, bound))
    }

    /// The same, with words for whoever looks for the reason. Left out where the packet would
    /// become larger than the broker takes [MQTT-3.4.2-2].
    #[must_use]
    pub fn with_reason_string(mut self, words: Text) -> Self {
        self.properties.set(Property::ReasonString(words));
        self
    }

    /// The same, with one more user property. They are left out where the packet would become
    /// larger than the broker takes [MQTT-3.4.2-3].
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] above [`Properties::MAX_COUNT`].
    pub fn with_user_property(mut self, name: Text, value: Text) -> Result<Self, Error> {
        if self.properties.len() >= Properties::MAX_COUNT {
            return Err(Error::InvalidArgument(format!(
                "user_properties are more than {}",
                Properties::MAX_COUNT
            )));
        }
        self.properties.push(Property::UserProperty(name, value));
        Ok(self)
    }

    /// Its reason code.
    pub fn reason_code(&self) -> ReasonCode {
        self.reason_code
    }

    /// Its Reason String and user properties.
    pub fn properties(&self) -> &Properties {
        &self.properties
    }

    /// Appends the acknowledgement: with what goes with it as far as the broker takes packets of
    /// that size, first without the user properties, then without the words.
    pub(super) fn encode(
        self,
        packet_id: std::num::NonZeroU16,
        packet: PacketType,
        most: usize,
        version: Version,
        out: &mut BytesMut,
    ) -> Result<(), EncodeError> {
        let mut ack = Ack {
            packet_id,
            reason_code: self.reason_code,
            properties: self.properties,
        };
        for left_out in [PropertyId::UserProperty, PropertyId::ReasonString] {
            let before = out.len();
            ack.encode(packet, version, out)?;
            if out.len() - before <= most {
                return Ok(());
            }
            out.truncate(before);
            ack.properties.remove(left_out);
        }
        ack.encode(packet, version, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Text {
        Text::try_from(text).unwrap()
    }

    fn encoded(refusal: &Refusal, most: usize, version: Version) -> Vec<u8> {
        let mut out = BytesMut::new();
        let id = std::num::NonZeroU16::MIN;
        refusal
            .clone()
            .encode(id, PacketType::PubAck, most, version, &mut out)
            .unwrap();
        out.to_vec()
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let refusal = Refusal::new(ReasonCode::QuotaExceeded)
            .unwrap()
            .with_reason_string(text("no"))
            .with_user_property(text("a"), text("b"))
            .unwrap();
        let words = [0x40, 9, 0, 1, 0x97, 5, 0x1f, 0, 2, b'n', b'o'];
        let all = encoded(&refusal, 100, Version::V5);
        assert_eq!(all.len(), words.len() + 7);
        assert_eq!(encoded(&refusal, all.len(), Version::V5), all);
        assert_eq!(encoded(&refusal, all.len() - 1, Version::V5), words);
        assert_eq!(encoded(&refusal, 11, Version::V5), words);
        assert_eq!(encoded(&refusal, 10, Version::V5), [0x40, 3, 0, 1, 0x97]);
        // Where the client fell back to 3.1.1, the broker cannot be told.
        assert_eq!(encoded(&refusal, 100, Version::V311), [0x40, 2, 0, 1]);
    }

    #[test]
    fn only_what_the_packets_can_have_is_a_refusal() {
        for code in ReasonCode::ALL {
            let allowed = Ack::new(std::num::NonZeroU16::MIN, *code)
                .encode(PacketType::PubRec, Version::V5, &mut BytesMut::new())
                .is_ok();
            let expected = allowed && code.is_error();
            assert_eq!(Refusal::new(*code).is_ok(), expected, "{code}");
        }
    }
}
