use std::num::NonZeroU16;

use bytes::{BufMut, BytesMut};

use super::primitive::{capped, put_binary, put_head};
use super::property_table::Holder;
use super::reader::Reader;
use super::{DecodeError, EncodeError, PacketType, properties, reason_table};
use crate::types::{Properties, ReasonCode, TopicFilter, Version};

/// UNSUBSCRIBE: a client wants no more messages of these filters (section 3.10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsubscribe {
    /// Marks the UNSUBACK that answers.
    pub packet_id: NonZeroU16,
    /// At least one [MQTT-3.10.3-2].
    pub filters: Vec<TopicFilter>,
    /// MQTT 5.0 properties.
    pub properties: Properties,
}

/// UNSUBACK: the answer to UNSUBSCRIBE (section 3.11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsubAck {
    /// That of the UNSUBSCRIBE [MQTT-3.10.4-5].
    pub packet_id: NonZeroU16,
    /// One per filter, in their order [MQTT-3.11.3-1]. Empty in MQTT 3.1.1, which sends none.
    pub reason_codes: Vec<ReasonCode>,
    /// MQTT 5.0 properties.
    pub properties: Properties,
}

const UNSUBSCRIBE: Holder = Holder::Packet(PacketType::Unsubscribe);
const UNSUBACK: Holder = Holder::Packet(PacketType::UnsubAck);

impl Unsubscribe {
    pub(super) fn encode(&self, version: Version, out: &mut BytesMut) -> Result<(), EncodeError> {
        if self.filters.is_empty() {
            return Err(EncodeError::EmptyList(PacketType::Unsubscribe));
        }
        for filter in &self.filters {
            filter.check(version)?;
        }
        properties::check(&self.properties, UNSUBSCRIBE, version)?;
        let len = 2 + properties::encoded_len(&self.properties, version);
        let len = self
            .filters
            .iter()
            .fold(len, |len, filter| capped(len + 2 + filter.as_bytes().len()));
        put_head(out, PacketType::Unsubscribe.first_byte(), len)?;
        out.put_u16(self.packet_id.get());
        properties::put(out, &self.properties, version);
        for filter in &self.filters {
            put_binary(out, filter.as_bytes());
        }
        Ok(())
    }

    pub(super) fn decode(mut body: Reader, version: Version) -> Result<Unsubscribe, DecodeError> {
        let packet_id = body.packet_id()?;
        let properties = properties::decode(&mut body, UNSUBSCRIBE, version)?;
        let mut filters = Vec::new();
        while !body.is_empty() {
            filters.push(body.topic_filter(version)?);
        }
        if filters.is_empty() {
            return Err(DecodeError::EmptyList(PacketType::Unsubscribe));
        }
        Ok(Unsubscribe {
            packet_id,
            filters,
            properties,
        })
    }
}

impl UnsubAck {
    pub(super) fn encode(&self, version: Version, out: &mut BytesMut) -> Result<(), EncodeError> {
        let first_byte = PacketType::UnsubAck.first_byte();
        if version == Version::V311 {
            put_head(out, first_byte, 2)?;
            out.put_u16(self.packet_id.get());
            return Ok(());
        }
        if self.reason_codes.is_empty() {
            return Err(EncodeError::EmptyList(PacketType::UnsubAck));
        }
        for code in &self.reason_codes {
            reason_table::check(*code, PacketType::UnsubAck)?;
        }
        properties::check(&self.properties, UNSUBACK, version)?;
        let len = 2 + properties::encoded_len(&self.properties, version);
        put_head(out, first_byte, len + self.reason_codes.len())?;
        out.put_u16(self.packet_id.get());
        properties::put(out, &self.properties, version);
        for code in &self.reason_codes {
            out.put_u8(*code as u8);
        }
        Ok(())
    }

    pub(super) fn decode(mut body: Reader, version: Version) -> Result<UnsubAck, DecodeError> {
        let mut unsuback = UnsubAck {
            packet_id: body.packet_id()?,
            reason_codes: Vec::new(),
            properties: properties::decode(&mut body, UNSUBACK, version)?,
        };
        if version == Version::V311 {
            body.finish()?;
            return Ok(unsuback);
        }
        let list = body.rest();
        if list.is_empty() {
            return Err(DecodeError::EmptyList(PacketType::UnsubAck));
        }
        unsuback.reason_codes = list
            .iter()
            .map(|number| reason_table::decode(*number, PacketType::UnsubAck))
            .collect::<Result<_, _>>()?;
        Ok(unsuback)
    }
}
