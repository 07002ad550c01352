use std::num::NonZeroU16;

use bytes::{BufMut, BytesMut};

use super::primitive::put_head;
use super::property_table::Holder;
use super::reader::Reader;
use super::{DecodeError, EncodeError, PacketType, properties, reason_table};
use crate::types::{Properties, ReasonCode, Version};

/// PUBACK, PUBREC, PUBREL or PUBCOMP (sections 3.4 to 3.7), which differ in nothing but their
/// first byte and their reason codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack {
    /// The packet identifier of the PUBLISH that is acknowledged [MQTT-2.2.1-5].
    pub packet_id: NonZeroU16,
    /// The outcome. MQTT 3.1.1 knows only `Success`; there it is not written.
    pub reason_code: ReasonCode,
    /// MQTT 5.0 properties.
    pub properties: Properties,
}

impl Ack {
    /// An acknowledgement without properties.
    pub const fn new(packet_id: NonZeroU16, reason_code: ReasonCode) -> Self {
        Ack {
            packet_id,
            reason_code,
            properties: Properties::new(),
        }
    }

    /// Appends it as the packet type given, one of PUBACK, PUBREC, PUBREL and PUBCOMP, in the
    /// shortest form: the reason code and the properties are left out where they say nothing
    /// (section 3.4.2.1).
    ///
    /// # Errors
    /// A reason code or property that this packet type cannot have.
    #[inline]
    pub fn encode(
        &self,
        packet_type: PacketType,
        version: Version,
        out: &mut BytesMut,
    ) -> Result<(), EncodeError> {
        debug_assert!(matches!(
            packet_type,
            PacketType::PubAck | PacketType::PubRec | PacketType::PubRel | PacketType::PubComp
        ));
        let plain = self.reason_code == ReasonCode::Success && self.properties.is_empty();
        if plain || version == Version::V311 {
            let [high, low] = self.packet_id.get().to_be_bytes();
            out.put_slice(&[packet_type.first_byte(), 2, high, low]);
            return Ok(());
        }
        self.encode_with_reason(packet_type, out)
    }

    fn encode_with_reason(
        &self,
        packet_type: PacketType,
        out: &mut BytesMut,
    ) -> Result<(), EncodeError> {
        reason_table::check(self.reason_code, packet_type)?;
        properties::check(&self.properties, Holder::Packet(packet_type), Version::V5)?;
        let tail = match self.properties.is_empty() {
            true => 0,
            false => properties::encoded_len(&self.properties, Version::V5),
        };
        put_head(out, packet_type.first_byte(), 3 + tail)?;
        out.put_u16(self.packet_id.get());
        out.put_u8(self.reason_code as u8);
        if tail > 0 {
            properties::put(out, &self.properties, Version::V5);
        }
        Ok(())
    }

    /// The fields of a body that has no properties in it, which is nearly every one, straight
    /// from the input: there is nothing to slice, so the buffer needs no further reference.
    /// `None` where the body is of another form.
    #[inline]
    pub(super) fn decode_plain(
        packet_type: PacketType,
        body: &[u8],
        version: Version,
    ) -> Result<Option<(NonZeroU16, ReasonCode)>, DecodeError> {
        let (id, number) = match *body {
            [high, low] => ([high, low], 0),
            [high, low, number] | [high, low, number, 0] if version == Version::V5 => {
                ([high, low], number)
            }
            _ => return Ok(None),
        };
        let packet_id = NonZeroU16::new(u16::from_be_bytes(id)).ok_or(DecodeError::ZeroPacketId)?;
        let reason_code = reason_table::decode(number, packet_type)?;
        Ok(Some((packet_id, reason_code)))
    }

    /// Reads any other body.
    pub(super) fn decode(
        packet_type: PacketType,
        mut body: Reader,
        version: Version,
    ) -> Result<Ack, DecodeError> {
        let mut ack = Ack::new(body.packet_id()?, ReasonCode::Success);
        if version == Version::V5 {
            ack.reason_code = reason_table::decode(body.u8()?, packet_type)?;
            ack.properties = properties::decode(&mut body, Holder::Packet(packet_type), version)?;
        }
        body.finish()?;
        Ok(ack)
    }
}
