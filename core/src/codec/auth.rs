use bytes::{BufMut, BytesMut};

use super::primitive::put_head;
use super::property_table::Holder;
use super::reader::Reader;
use super::{DecodeError, EncodeError, PacketType, properties, reason_table};
use crate::types::{Properties, PropertyId, ReasonCode, Version};

/// AUTH: one step of extended authentication (section 3.15); MQTT 5.0 only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auth {
    /// `Success`, `ContinueAuthentication` or `ReAuthenticate`.
    pub reason_code: ReasonCode,
    /// MQTT 5.0 properties; the authentication method has to be among them.
    pub properties: Properties,
}

const HOLDER: Holder = Holder::Packet(PacketType::Auth);

impl Auth {
    /// The method's name must be there (section 3.15.2.2.2), yet the short form of section
    /// 3.15.2.1, `Success` without properties, has no place for it. The short form is therefore
    /// the one exception.
    fn lacks_method(&self) -> bool {
        let short = self.reason_code == ReasonCode::Success && self.properties.is_empty();
        !short
            && self
                .properties
                .get(PropertyId::AuthenticationMethod)
                .is_none()
    }

    pub(super) fn encode(&self, version: Version, out: &mut BytesMut) -> Result<(), EncodeError> {
        if version == Version::V311 {
            return Err(EncodeError::NotInThisVersion(PacketType::Auth));
        }
        reason_table::check(self.reason_code, PacketType::Auth)?;
        properties::check(&self.properties, HOLDER, version)?;
        if self.lacks_method() {
            return Err(EncodeError::MissingAuthenticationMethod);
        }
        if self.properties.is_empty() {
            return put_head(out, PacketType::Auth.first_byte(), 0);
        }
        let len = 1 + properties::encoded_len(&self.properties, version);
        put_head(out, PacketType::Auth.first_byte(), len)?;
        out.put_u8(self.reason_code as u8);
        properties::put(out, &self.properties, version);
        Ok(())
    }

    /// What a server's may not have [MQTT-3.15.2-1].
    pub(super) fn check_of_server(&self) -> Result<(), DecodeError> {
        reason_table::check_of_server(self.reason_code, PacketType::Auth)
    }

    pub(super) fn decode(mut body: Reader) -> Result<Auth, DecodeError> {
        let mut auth = Auth {
            reason_code: ReasonCode::Success,
            properties: Properties::new(),
        };
        if !body.is_empty() {
            auth.reason_code = reason_table::decode(body.u8()?, PacketType::Auth)?;
        }
        if !body.is_empty() {
            auth.properties = properties::decode(&mut body, HOLDER, Version::V5)?;
        }
        body.finish()?;
        if auth.lacks_method() {
            return Err(DecodeError::MissingAuthenticationMethod);
        }
        Ok(auth)
    }
}
