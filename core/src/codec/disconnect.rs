use bytes::{BufMut, BytesMut};

use super::primitive::put_head;
use super::property_table::Holder;
use super::reader::Reader;
use super::{DecodeError, EncodeError, PacketType, properties, reason_table};
use crate::types::{Properties, PropertyId, ReasonCode, Version};

/// DISCONNECT: the last packet of a connection (section 3.14).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disconnect {
    /// Why. MQTT 3.1.1 knows only a normal disconnection, `Success`; there it is not written.
    pub reason_code: ReasonCode,
    /// MQTT 5.0 properties.
    pub properties: Properties,
}

const HOLDER: Holder = Holder::Packet(PacketType::Disconnect);

impl Disconnect {
    /// A DISCONNECT without properties.
    pub const fn new(reason_code: ReasonCode) -> Self {
        Disconnect {
            reason_code,
            properties: Properties::new(),
        }
    }

    pub(super) fn encode(&self, version: Version, out: &mut BytesMut) -> Result<(), EncodeError> {
        let first_byte = PacketType::Disconnect.first_byte();
        if version == Version::V311 {
            return put_head(out, first_byte, 0);
        }
        reason_table::check(self.reason_code, PacketType::Disconnect)?;
        properties::check(&self.properties, HOLDER, version)?;
        if self.properties.is_empty() {
            // Section 3.14.2.1: both fields may be left out from the end.
            if self.reason_code == ReasonCode::Success {
                return put_head(out, first_byte, 0);
            }
            put_head(out, first_byte, 1)?;
            out.put_u8(self.reason_code as u8);
            return Ok(());
        }
        let len = 1 + properties::encoded_len(&self.properties, version);
        put_head(out, first_byte, len)?;
        out.put_u8(self.reason_code as u8);
        properties::put(out, &self.properties, version);
        Ok(())
    }

    /// What a server's may not have [MQTT-3.14.2-1] [MQTT-3.14.2-2].
    pub(super) fn check_of_server(&self) -> Result<(), DecodeError> {
        reason_table::check_of_server(self.reason_code, PacketType::Disconnect)?;
        match self.properties.get(PropertyId::SessionExpiryInterval) {
            Some(_) => Err(DecodeError::PropertyOfClient {
                packet: PacketType::Disconnect,
                property: PropertyId::SessionExpiryInterval,
            }),
            None => Ok(()),
        }
    }

    pub(super) fn decode(mut body: Reader, version: Version) -> Result<Disconnect, DecodeError> {
        let mut disconnect = Disconnect::new(ReasonCode::Success);
        if version == Version::V5 {
            if !body.is_empty() {
                disconnect.reason_code = reason_table::decode(body.u8()?, PacketType::Disconnect)?;
            }
            if !body.is_empty() {
                disconnect.properties = properties::decode(&mut body, HOLDER, version)?;
            }
        }
        body.finish()?;
        Ok(disconnect)
    }
}
