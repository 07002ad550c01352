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
    /// The outcome. The return codes of MQTT 3.1.1 are mapped to those of the same meaning; a
    /// refusal is understood in the numbers and the form of either version.
    pub reason_code: ReasonCode,
    /// MQTT 5.0 properties; in 3.1.1 only of a refusal that came in the form of 5.0.
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
        let session_present = flags == 1;
        match body.u8()? {
            0 => Self::decode_acceptance(session_present, body, version),
            number => Self::decode_refusal(session_present, number, body),
        }
    }

    fn decode_acceptance(
        session_present: bool,
        mut body: Reader,
        version: Version,
    ) -> Result<ConnAck, DecodeError> {
        let mut connack = ConnAck::new(session_present, ReasonCode::Success);
        match version {
            // What follows would be of the other version too, so there is no going on.
            Version::V5 if body.is_empty() => Err(DecodeError::AcceptedInOtherVersion),
            Version::V5 => {
                connack.properties = properties::decode(&mut body, HOLDER, version)?;
                body.finish()?;
                Ok(connack)
            }
            Version::V311 if body.is_empty() => Ok(connack),
            Version::V311 => {
                let trailing = DecodeError::TrailingBytes(body.len());
                let other = properties::decode(&mut body, HOLDER, Version::V5);
                match other.and_then(|_| body.finish()) {
                    Ok(()) => Err(DecodeError::AcceptedInOtherVersion),
                    Err(_) => Err(trailing),
                }
            }
        }
    }

    /// A refusal is read in the numbers and the form of either version: a broker that knows only
    /// one of them refuses the other in its own. Its meaning is plain, the connection ends anyway,
    /// and "malformed packet" would hide why.
    fn decode_refusal(
        session_present: bool,
        number: u8,
        mut body: Reader,
    ) -> Result<ConnAck, DecodeError> {
        // No number has a meaning in both versions.
        let reason_code = match RETURN_CODES.get(usize::from(number)) {
            Some(code) => *code,
            None => reason_table::decode(number, PacketType::ConnAck)?,
        };
        if session_present {
            return Err(DecodeError::SessionPresentOnFailure(reason_code));
        }
        let mut connack = ConnAck::new(false, reason_code);
        if !body.is_empty() {
            connack.properties = properties::decode(&mut body, HOLDER, Version::V5)?;
        }
        body.finish()?;
        Ok(connack)
    }
}
