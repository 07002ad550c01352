use std::num::NonZeroU16;

use bytes::{BufMut, Bytes, BytesMut};

use super::error::PublishFault;
use super::excerpt::excerpt;
use super::primitive::{put_head, var_int_len};
use super::property_table::Holder;
use super::reader::Reader;
use super::{DecodeError, EncodeError, PacketType, properties};
use crate::types::{Message, Properties, PropertyId, QoS, TopicName, Version};

/// PUBLISH: an Application Message on the wire (section 3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publish {
    /// Whether this may be a repeated delivery [MQTT-3.3.1-1]; never at QoS 0 [MQTT-3.3.1-2].
    pub dup: bool,
    /// The delivery guarantee.
    pub qos: QoS,
    /// To be kept by the server, or kept by it (section 3.3.1.3).
    pub retain: bool,
    /// The topic. `None`: empty on the wire, the topic alias among the properties stands for it.
    pub topic: Option<TopicName>,
    /// Present where the QoS is above 0 [MQTT-2.2.1-2].
    pub packet_id: Option<NonZeroU16>,
    /// The application's bytes.
    pub payload: Bytes,
    /// MQTT 5.0 properties.
    pub properties: Properties,
}

const HOLDER: Holder = Holder::Packet(PacketType::Publish);

/// The flags in the first byte (section 3.3.1).
const RETAIN: u8 = 0x01;
const QOS_SHIFT: u8 = 1;
const DUP: u8 = 0x08;

/// What a PUBLISH has before its payload, from whichever type it comes.
struct Head<'a> {
    dup: bool,
    qos: QoS,
    retain: bool,
    topic: &'a [u8],
    packet_id: Option<NonZeroU16>,
    properties: &'a Properties,
    payload_len: usize,
}

impl Head<'_> {
    #[inline]
    fn check(&self, version: Version) -> Result<(), EncodeError> {
        if self.topic.is_empty() {
            let aliased =
                version == Version::V5 && self.properties.get(PropertyId::TopicAlias).is_some();
            if !aliased {
                return Err(EncodeError::MissingTopic);
            }
        }
        if self.packet_id.is_some() != (self.qos != QoS::AtMostOnce) {
            return Err(EncodeError::PacketIdMismatch);
        }
        if self.dup && self.qos == QoS::AtMostOnce {
            return Err(EncodeError::DupAtQoS0);
        }
        properties::check(self.properties, HOLDER, version)
    }

    /// The length of what follows the fixed header and precedes the payload.
    #[inline]
    fn variable_len(&self, version: Version) -> usize {
        let packet_id = if self.qos == QoS::AtMostOnce { 0 } else { 2 };
        2 + self.topic.len() + packet_id + properties::encoded_len(self.properties, version)
    }

    #[inline]
    fn packet_len(&self, version: Version) -> usize {
        let remaining = self.variable_len(version) + self.payload_len;
        1 + var_int_len(remaining) + remaining
    }

    #[inline]
    fn encode(&self, version: Version, out: &mut BytesMut) -> Result<(), EncodeError> {
        self.check(version)?;
        let first_byte = PacketType::Publish.first_byte()
            | if self.dup { DUP } else { 0 }
            | (self.qos as u8) << QOS_SHIFT
            | u8::from(self.retain);
        let variable = self.variable_len(version);
        put_head(out, first_byte, variable + self.payload_len)?;
        out.put_u16(self.topic.len() as u16);
        out.put_slice(self.topic);
        if let Some(packet_id) = self.packet_id {
            out.put_u16(packet_id.get());
        }
        properties::put(out, self.properties, version);
        Ok(())
    }
}

impl Publish {
    fn head(&self) -> Head<'_> {
        Head {
            dup: self.dup,
            qos: self.qos,
            retain: self.retain,
            topic: self.topic.as_ref().map_or(&[], TopicName::as_bytes),
            packet_id: self.packet_id,
            properties: &self.properties,
            payload_len: self.payload.len(),
        }
    }

    /// Appends everything but the payload. The fixed header counts it, so it has to follow; a
    /// large one can without being copied.
    ///
    /// # Errors
    /// [`EncodeError`] where the packet breaks a rule; nothing was written.
    pub fn encode_head(&self, version: Version, out: &mut BytesMut) -> Result<(), EncodeError> {
        self.head().encode(version, out)
    }

    /// The whole packet's length in bytes.
    pub fn encoded_len(&self, version: Version) -> usize {
        self.head().packet_len(version)
    }

    /// As [`Publish::encode_head`], straight from a message: the send path needs no `Publish`.
    /// `dup` and `packet_id` belong to the delivery, so [`Message::dup`] is not looked at.
    ///
    /// # Errors
    /// [`EncodeError`] where the packet breaks a rule; nothing was written.
    #[inline]
    pub fn encode_message_head(
        message: &Message,
        dup: bool,
        packet_id: Option<NonZeroU16>,
        version: Version,
        out: &mut BytesMut,
    ) -> Result<(), EncodeError> {
        Self::message_head(message, dup, packet_id).encode(version, out)
    }

    /// The whole length in bytes of the packet that publishes `message`.
    #[inline]
    pub fn message_len(message: &Message, version: Version) -> usize {
        Self::message_head(message, false, None).packet_len(version)
    }

    /// Whether the properties of `message` are such that a client's PUBLISH can have.
    ///
    /// # Errors
    /// [`EncodeError`] names one that is not.
    #[inline]
    pub fn check_message(message: &Message, version: Version) -> Result<(), EncodeError> {
        let given = PropertyId::SubscriptionIdentifier;
        // [MQTT-3.3.4-6]
        if version == Version::V5 && message.properties.get(given).is_some() {
            return Err(EncodeError::PropertyNotAllowed {
                property: given,
                packet: PacketType::Publish,
            });
        }
        properties::check(&message.properties, HOLDER, version)
    }

    #[inline]
    fn message_head(message: &Message, dup: bool, packet_id: Option<NonZeroU16>) -> Head<'_> {
        Head {
            dup,
            qos: message.qos,
            retain: message.retain,
            topic: message.topic.as_bytes(),
            packet_id,
            properties: &message.properties,
            payload_len: message.payload.len(),
        }
    }

    pub(super) fn encode(&self, version: Version, out: &mut BytesMut) -> Result<(), EncodeError> {
        self.head().encode(version, out)?;
        out.put_slice(&self.payload);
        Ok(())
    }

    /// The QoS in the first byte's flags, where they are valid.
    #[inline]
    pub(super) fn check_flags(flags: u8) -> Result<QoS, DecodeError> {
        let qos = QoS::from_u8(flags >> QOS_SHIFT & 0b11).ok_or(DecodeError::InvalidQoS)?;
        if qos == QoS::AtMostOnce && flags & DUP != 0 {
            return Err(DecodeError::DupAtQoS0);
        }
        Ok(qos)
    }

    #[inline]
    pub(super) fn decode(
        flags: u8,
        size: usize,
        mut body: Reader,
        version: Version,
    ) -> Result<Publish, DecodeError> {
        let qos = Self::check_flags(flags)?;
        let has_length = body.len() >= 2;
        let topic = match body.binary() {
            Ok(bytes) if bytes.is_empty() => None,
            Ok(bytes) => match TopicName::or_bytes(bytes) {
                Ok(topic) => Some(topic),
                Err((error, bytes)) => {
                    let error = DecodeError::InvalidTopicName(error);
                    return Err(in_publish(error, size, &bytes, bytes.len()));
                }
            },
            Err(error) => {
                // Where it is cut off, what there is of it.
                let start = if has_length {
                    body.rest()
                } else {
                    Bytes::new()
                };
                return Err(in_publish(error, size, &start, start.len()));
            }
        };
        match Self::decode_rest(&mut body, qos, topic.is_none(), version) {
            Ok((packet_id, properties)) => Ok(Publish {
                dup: flags & DUP != 0,
                qos,
                retain: flags & RETAIN != 0,
                topic,
                packet_id,
                payload: body.rest(),
                properties,
            }),
            Err(error) => {
                let topic = topic.as_ref().map_or(&[][..], TopicName::as_bytes);
                Err(in_publish(error, size, topic, topic.len()))
            }
        }
    }

    /// What follows the topic.
    #[inline]
    fn decode_rest(
        body: &mut Reader,
        qos: QoS,
        needs_alias: bool,
        version: Version,
    ) -> Result<(Option<NonZeroU16>, Properties), DecodeError> {
        let packet_id = match qos {
            QoS::AtMostOnce => None,
            QoS::AtLeastOnce | QoS::ExactlyOnce => Some(body.packet_id()?),
        };
        let properties = properties::decode(body, HOLDER, version)?;
        if needs_alias && properties.get(PropertyId::TopicAlias).is_none() {
            return Err(DecodeError::MissingTopic);
        }
        Ok((packet_id, properties))
    }

    /// The error of a PUBLISH that is larger than it may be, with as much of its topic as is in
    /// `body` already. `remaining`: how long the body would be.
    #[cold]
    pub(super) fn too_large(
        error: DecodeError,
        size: usize,
        body: &[u8],
        remaining: usize,
    ) -> DecodeError {
        let Some((length, rest)) = body.split_first_chunk() else {
            return in_publish(error, size, &[], 0);
        };
        let len = usize::from(u16::from_be_bytes(*length)).min(remaining.saturating_sub(2));
        in_publish(error, size, &rest[..rest.len().min(len)], len)
    }
}

/// `error` with what can be named of the PUBLISH that it is in; of its topic of `len` bytes `start`
/// is there.
#[cold]
fn in_publish(error: DecodeError, size: usize, start: &[u8], len: usize) -> DecodeError {
    let topic = (!start.is_empty()).then(|| excerpt(start, len));
    DecodeError::Publish(Box::new(PublishFault { error, size, topic }))
}
