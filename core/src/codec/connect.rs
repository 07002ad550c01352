use bytes::{BufMut, Bytes, BytesMut};

use super::primitive::{check_binary, put_binary, put_head};
use super::property_table::Holder;
use super::reader::Reader;
use super::{DecodeError, EncodeError, PacketType, properties};
use crate::types::{Message, Properties, PropertyId, QoS, Text, Version, Will};

/// CONNECT: a client asks for a connection (section 3.1).
#[derive(Clone, PartialEq, Eq)]
pub struct Connect {
    /// The protocol version that the client speaks.
    pub version: Version,
    /// Forget the old session; `CleanSession` in MQTT 3.1.1 (section 3.1.2.4).
    pub clean_start: bool,
    /// The keep-alive interval in seconds; 0 turns it off (section 3.1.2.10).
    pub keep_alive: u16,
    /// The client identifier; empty asks the server for one (section 3.1.3.1).
    pub client_id: Text,
    /// What the server publishes where the client goes without DISCONNECT.
    pub will: Option<Box<Will>>,
    /// The user name.
    pub user_name: Option<Text>,
    /// The password; in MQTT 3.1.1 only with a user name [MQTT-3.1.2-22].
    pub password: Option<Bytes>,
    /// MQTT 5.0 properties.
    pub properties: Properties,
}

const HOLDER: Holder = Holder::Packet(PacketType::Connect);

const PROTOCOL_NAME: &[u8] = b"MQTT";

/// Protocol name, level, flags and keep-alive (section 3.1.2).
const FIXED_FIELDS_LEN: usize = 2 + PROTOCOL_NAME.len() + 1 + 1 + 2;

/// The connect flags (section 3.1.2.3).
mod flag {
    pub(super) const RESERVED: u8 = 0x01;
    pub(super) const CLEAN_START: u8 = 0x02;
    pub(super) const WILL: u8 = 0x04;
    pub(super) const WILL_QOS: u8 = 0x18;
    pub(super) const WILL_QOS_SHIFT: u8 = 3;
    pub(super) const WILL_RETAIN: u8 = 0x20;
    pub(super) const PASSWORD: u8 = 0x40;
    pub(super) const USER_NAME: u8 = 0x80;
}

impl Connect {
    fn flags(&self) -> u8 {
        let mut flags = 0;
        let mut set = |condition: bool, bits: u8| flags |= if condition { bits } else { 0 };
        set(self.clean_start, flag::CLEAN_START);
        set(self.user_name.is_some(), flag::USER_NAME);
        set(self.password.is_some(), flag::PASSWORD);
        if let Some(will) = &self.will {
            set(
                true,
                flag::WILL | (will.message.qos as u8) << flag::WILL_QOS_SHIFT,
            );
            set(will.message.retain, flag::WILL_RETAIN);
        }
        flags
    }

    fn check(&self) -> Result<(), EncodeError> {
        properties::check(&self.properties, HOLDER, self.version)?;
        match self.version {
            Version::V311 if self.user_name.is_none() && self.password.is_some() => {
                return Err(EncodeError::PasswordWithoutUserName);
            }
            Version::V311 if self.client_id.is_empty() && !self.clean_start => {
                return Err(EncodeError::EmptyClientId);
            }
            Version::V5 if has_data_without_method(&self.properties) => {
                return Err(EncodeError::MissingAuthenticationMethod);
            }
            _ => {}
        }
        if let Some(will) = &self.will {
            properties::check(&will.message.properties, Holder::Will, self.version)?;
            check_binary(&will.message.payload)?;
        }
        check_binary(self.password.as_deref().unwrap_or_default())
    }

    fn body_len(&self) -> usize {
        let mut len = FIXED_FIELDS_LEN
            + properties::encoded_len(&self.properties, self.version)
            + 2
            + self.client_id.len();
        if let Some(will) = &self.will {
            let message = &will.message;
            len += properties::encoded_len(&message.properties, self.version);
            len += 2 + message.topic.as_bytes().len() + 2 + message.payload.len();
        }
        if let Some(user_name) = &self.user_name {
            len += 2 + user_name.len();
        }
        if let Some(password) = &self.password {
            len += 2 + password.len();
        }
        len
    }

    pub(super) fn encode(&self, out: &mut BytesMut) -> Result<(), EncodeError> {
        self.check()?;
        put_head(out, PacketType::Connect.first_byte(), self.body_len())?;
        put_binary(out, PROTOCOL_NAME);
        out.put_u8(self.version as u8);
        out.put_u8(self.flags());
        out.put_u16(self.keep_alive);
        properties::put(out, &self.properties, self.version);
        put_binary(out, self.client_id.as_bytes());
        if let Some(will) = &self.will {
            properties::put(out, &will.message.properties, self.version);
            put_binary(out, will.message.topic.as_bytes());
            put_binary(out, &will.message.payload);
        }
        if let Some(user_name) = &self.user_name {
            put_binary(out, user_name.as_bytes());
        }
        if let Some(password) = &self.password {
            put_binary(out, password);
        }
        Ok(())
    }

    pub(super) fn decode(mut body: Reader) -> Result<Connect, DecodeError> {
        if body.binary()? != PROTOCOL_NAME {
            return Err(DecodeError::UnknownProtocol);
        }
        let version = match body.u8()? {
            4 => Version::V311,
            5 => Version::V5,
            level => return Err(DecodeError::UnsupportedVersion(level)),
        };
        let flags = body.u8()?;
        let will_qos = check_flags(flags, version)?;
        let has = |bit: u8| flags & bit != 0;
        let keep_alive = body.u16()?;
        let properties = properties::decode(&mut body, HOLDER, version)?;
        if has_data_without_method(&properties) {
            return Err(DecodeError::MissingAuthenticationMethod);
        }
        let client_id = body.text()?;
        if version == Version::V311 && client_id.is_empty() && !has(flag::CLEAN_START) {
            return Err(DecodeError::EmptyClientId);
        }
        let will = match has(flag::WILL) {
            true => {
                let properties = properties::decode(&mut body, Holder::Will, version)?;
                let message = Message {
                    topic: body.topic_name()?,
                    payload: body.binary()?,
                    qos: will_qos,
                    retain: has(flag::WILL_RETAIN),
                    dup: false,
                    properties,
                };
                Some(Box::new(Will { message }))
            }
            false => None,
        };
        let user_name = has(flag::USER_NAME).then(|| body.text()).transpose()?;
        let password = has(flag::PASSWORD).then(|| body.binary()).transpose()?;
        body.finish()?;
        Ok(Connect {
            version,
            clean_start: has(flag::CLEAN_START),
            keep_alive,
            client_id,
            will,
            user_name,
            password,
            properties,
        })
    }
}

/// Refuses flags that are reserved or contradict each other; gives the Will's QoS.
fn check_flags(flags: u8, version: Version) -> Result<QoS, DecodeError> {
    let invalid = DecodeError::InvalidConnectFlags(flags);
    let has = |bits: u8| flags & bits != 0;
    // [MQTT-3.1.2-3]
    if has(flag::RESERVED) {
        return Err(invalid);
    }
    // [MQTT-3.1.2-11] [MQTT-3.1.2-13]
    if !has(flag::WILL) && has(flag::WILL_QOS | flag::WILL_RETAIN) {
        return Err(invalid);
    }
    // [MQTT-3.1.2-22] of 3.1.1; 5.0 allows a password alone (section 3.1.2.9).
    if version == Version::V311 && has(flag::PASSWORD) && !has(flag::USER_NAME) {
        return Err(invalid);
    }
    // [MQTT-3.1.2-12]
    QoS::from_u8((flags & flag::WILL_QOS) >> flag::WILL_QOS_SHIFT).ok_or(invalid)
}

/// Section 3.1.2.11.10.
fn has_data_without_method(properties: &Properties) -> bool {
    properties.get(PropertyId::AuthenticationData).is_some()
        && properties.get(PropertyId::AuthenticationMethod).is_none()
}
