use bytes::{BufMut, BytesMut};

use super::primitive::put_head;
use super::property_table::Holder;
use super::reader::Reader;
use super::{DecodeError, EncodeError, PacketType, properties, reason_table};
use crate::types::{Properties, ReasonCode, Version};

/// CONNACK: the server's answer to CONNECT (section 3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnAck {
    /// Whether the server has the client's session [MQTT-3.2.2-2]; false where it refuses
    /// [MQTT-3.2.2-6].
    pub session_present: bool,
    /// The outcome. The return codes of MQTT 3.1.1 are mapped to those of the same meaning.
    pub reason_code: ReasonCode,
    /// MQTT 5.0 properties.
    pub properties: Properties,
}

const HOLDER: Holder = Holder::Packet(PacketType::ConnAck);

/// The return codes of MQTT 3.1.1, each at its number (table 3.1 there).
const RETURN_CODES: [ReasonCode; 6] = [
    ReasonCode::Success,
    ReasonCode::UnsupportedProtocolVersion,
    ReasonCode::ClientIdentifierNotValid,
    ReasonCode::ServerUnavailable,
    ReasonCode::BadUserNameOrPassword,
    ReasonCode::NotAuthorized,
];

/// The number of MQTT 3.1.1's "unacceptable protocol version".
const UNACCEPTABLE_VERSION: u8 = 1;

impl ConnAck {
    /// A CONNACK without properties.
    pub const fn new(session_present: bool, reason_code: ReasonCode) -> Self {
        ConnAck {
            session_present,
            reason_code,
            properties: Properties::new(),
        }
    }

    fn number(&self, version: Version) -> Result<u8, EncodeError> {
        let code = self.reason_code;
        match version {
            Version::V5 => {
                reason_table::check(code, PacketType::ConnAck)?;
                Ok(code as u8)
            }
            Version::V311 => RETURN_CODES
                .iter()
                .position(|known| *known == code)
                .map(|number| number as u8)
                .ok_or(EncodeError::InvalidReasonCode {
                    packet: PacketType::ConnAck,
                    code,
                }),
        }
    }

    pub(super) fn encode(&self, version: Version, out: &mut BytesMut) -> Result<(), EncodeError> {
        let number = self.number(version)?;
        if self.session_present && self.reason_code != ReasonCode::Success {
            return Err(EncodeError::SessionPresentOnFailure);
        }
        properties::check(&self.properties, HOLDER, version)?;
        let len = 2 + properties::encoded_len(&self.properties, version);
        put_head(out, PacketType::ConnAck.first_byte(), len)?;
        out.put_u8(u8::from(self.session_present));
        out.put_u8(number);
        properties::put(out, &self.properties, version);
        Ok(())
    }

    pub(super) fn decode(mut body: Reader, version: Version) -> Result<ConnAck, DecodeError> {
        let flags = body.u8()?;
        if flags > 1 {
            return Err(DecodeError::InvalidConnAckFlags(flags));
        }
        let number = body.u8()?;
        // A broker that only knows 3.1.1 refuses a 5.0 CONNECT with a CONNACK of its own version.
        // Its meaning is plain, and "malformed packet" would hide it.
        let old_refusal =
            version == Version::V5 && body.is_empty() && number == UNACCEPTABLE_VERSION;
        let version = if old_refusal { Version::V311 } else { version };
        let mut connack = ConnAck::new(flags == 1, reason_code(number, version)?);
        if connack.session_present && connack.reason_code != ReasonCode::Success {
            return Err(DecodeError::SessionPresentOnFailure);
        }
        connack.properties = properties::decode(&mut body, HOLDER, version)?;
        body.finish()?;
        Ok(connack)
    }
}

fn reason_code(number: u8, version: Version) -> Result<ReasonCode, DecodeError> {
    match version {
        Version::V5 => reason_table::decode(number, PacketType::ConnAck),
        Version::V311 => {
            RETURN_CODES
                .get(usize::from(number))
                .copied()
                .ok_or(DecodeError::InvalidReasonCode {
                    packet: PacketType::ConnAck,
                    code: number,
                })
        }
    }
}
