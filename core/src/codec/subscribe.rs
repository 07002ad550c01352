use std::num::NonZeroU16;

use bytes::{BufMut, BytesMut};

use super::primitive::{capped, put_binary, put_head};
use super::property_table::Holder;
use super::reader::Reader;
use super::{DecodeError, EncodeError, PacketType, properties, reason_table};
use crate::types::{Properties, QoS, ReasonCode, RetainHandling, Subscription, Version};

/// SUBSCRIBE: a client asks for messages (section 3.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscribe {
    /// Marks the SUBACK that answers.
    pub packet_id: NonZeroU16,
    /// At least one [MQTT-3.8.3-2].
    pub subscriptions: Vec<Subscription>,
    /// MQTT 5.0 properties.
    pub properties: Properties,
}

/// SUBACK: the answer to SUBSCRIBE (section 3.9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubAck {
    /// That of the SUBSCRIBE [MQTT-3.8.4-2].
    pub packet_id: NonZeroU16,
    /// One per filter, in their order [MQTT-3.9.3-1]. MQTT 3.1.1 has one number for all failures:
    /// it is read as `UnspecifiedError`, and every failure is written as it.
    pub reason_codes: Vec<ReasonCode>,
    /// MQTT 5.0 properties.
    pub properties: Properties,
}

const SUBSCRIBE: Holder = Holder::Packet(PacketType::Subscribe);
const SUBACK: Holder = Holder::Packet(PacketType::SubAck);

/// The subscription options (section 3.8.3.1).
mod option {
    pub(super) const QOS: u8 = 0x03;
    pub(super) const NO_LOCAL: u8 = 0x04;
    pub(super) const RETAIN_AS_PUBLISHED: u8 = 0x08;
    pub(super) const RETAIN_HANDLING_SHIFT: u8 = 4;
    pub(super) const RESERVED: u8 = 0xc0;
    /// In MQTT 3.1.1 everything but the QoS is reserved [MQTT-3-8.3-4].
    pub(super) const RESERVED_V311: u8 = !QOS;
}

impl Subscribe {
    pub(super) fn encode(&self, version: Version, out: &mut BytesMut) -> Result<(), EncodeError> {
        if self.subscriptions.is_empty() {
            return Err(EncodeError::EmptyList(PacketType::Subscribe));
        }
        for subscription in &self.subscriptions {
            subscription.filter.check(version)?;
        }
        let no_local_on_shared = |s: &Subscription| s.no_local && s.filter.is_shared();
        if version == Version::V5 && self.subscriptions.iter().any(no_local_on_shared) {
            return Err(EncodeError::NoLocalOnShared);
        }
        properties::check(&self.properties, SUBSCRIBE, version)?;
        let len = 2 + properties::encoded_len(&self.properties, version);
        let len = self.subscriptions.iter().fold(len, |len, subscription| {
            capped(len + 2 + subscription.filter.as_bytes().len() + 1)
        });
        put_head(out, PacketType::Subscribe.first_byte(), len)?;
        out.put_u16(self.packet_id.get());
        properties::put(out, &self.properties, version);
        for subscription in &self.subscriptions {
            put_binary(out, subscription.filter.as_bytes());
            out.put_u8(encode_options(subscription, version));
        }
        Ok(())
    }

    pub(super) fn decode(mut body: Reader, version: Version) -> Result<Subscribe, DecodeError> {
        let packet_id = body.packet_id()?;
        let properties = properties::decode(&mut body, SUBSCRIBE, version)?;
        let mut subscriptions = Vec::new();
        while !body.is_empty() {
            let filter = body.topic_filter(version)?;
            let options = body.u8()?;
            let mut subscription = Subscription::new(filter, QoS::AtMostOnce);
            decode_options(&mut subscription, options, version)?;
            subscriptions.push(subscription);
        }
        if subscriptions.is_empty() {
            return Err(DecodeError::EmptyList(PacketType::Subscribe));
        }
        Ok(Subscribe {
            packet_id,
            subscriptions,
            properties,
        })
    }
}

fn encode_options(subscription: &Subscription, version: Version) -> u8 {
    let mut options = subscription.qos as u8;
    if version == Version::V5 {
        options |= if subscription.no_local {
            option::NO_LOCAL
        } else {
            0
        };
        options |= match subscription.retain_as_published {
            true => option::RETAIN_AS_PUBLISHED,
            false => 0,
        };
        options |= (subscription.retain_handling as u8) << option::RETAIN_HANDLING_SHIFT;
    }
    options
}

fn decode_options(
    subscription: &mut Subscription,
    options: u8,
    version: Version,
) -> Result<(), DecodeError> {
    let reserved = match version {
        Version::V311 => option::RESERVED_V311,
        Version::V5 => option::RESERVED,
    };
    if options & reserved != 0 {
        return Err(DecodeError::ReservedSubscriptionOptions(options));
    }
    let invalid = DecodeError::InvalidSubscriptionOptions(options);
    subscription.no_local = options & option::NO_LOCAL != 0;
    subscription.retain_as_published = options & option::RETAIN_AS_PUBLISHED != 0;
    subscription.retain_handling = match options >> option::RETAIN_HANDLING_SHIFT {
        0 => RetainHandling::SendAtSubscribe,
        1 => RetainHandling::SendIfNew,
        2 => RetainHandling::DoNotSend,
        _ => return Err(invalid),
    };
    if subscription.no_local && subscription.filter.is_shared() {
        return Err(invalid);
    }
    subscription.qos = QoS::from_u8(options & option::QOS).ok_or(invalid)?;
    Ok(())
}

impl SubAck {
    pub(super) fn encode(&self, version: Version, out: &mut BytesMut) -> Result<(), EncodeError> {
        if self.reason_codes.is_empty() {
            return Err(EncodeError::EmptyList(PacketType::SubAck));
        }
        for code in &self.reason_codes {
            reason_table::check(*code, PacketType::SubAck)?;
        }
        properties::check(&self.properties, SUBACK, version)?;
        let len = 2 + properties::encoded_len(&self.properties, version);
        put_head(
            out,
            PacketType::SubAck.first_byte(),
            len + self.reason_codes.len(),
        )?;
        out.put_u16(self.packet_id.get());
        properties::put(out, &self.properties, version);
        for code in &self.reason_codes {
            out.put_u8(match version {
                Version::V311 if code.is_error() => ReasonCode::UnspecifiedError as u8,
                _ => *code as u8,
            });
        }
        Ok(())
    }

    pub(super) fn decode(mut body: Reader, version: Version) -> Result<SubAck, DecodeError> {
        let packet_id = body.packet_id()?;
        let properties = properties::decode(&mut body, SUBACK, version)?;
        let list = body.rest();
        if list.is_empty() {
            return Err(DecodeError::EmptyList(PacketType::SubAck));
        }
        let reason_codes = list
            .iter()
            .map(|number| reason_code(*number, version))
            .collect::<Result<_, _>>()?;
        Ok(SubAck {
            packet_id,
            reason_codes,
            properties,
        })
    }
}

fn reason_code(number: u8, version: Version) -> Result<ReasonCode, DecodeError> {
    // [MQTT-3.9.3-2] of 3.1.1
    if version == Version::V311 && !matches!(number, 0 | 1 | 2 | 0x80) {
        return Err(DecodeError::InvalidReasonCode {
            packet: PacketType::SubAck,
            code: number,
        });
    }
    reason_table::decode(number, PacketType::SubAck)
}
