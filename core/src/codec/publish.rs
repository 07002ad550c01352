use std::num::NonZeroU16;

use bytes::{BufMut, Bytes, BytesMut};

use super::error::PublishFault;
use super::excerpt::excerpt;
use super::primitive::{MAX_REMAINING_LENGTH, put_head, var_int_len};
use super::property_table::Holder;
use super::reader::Reader;
use super::{DecodeError, EncodeError, PacketType, properties};
use crate::types::{Message, Properties, PropertyId, QoS, TopicName, Version};

mod aliased;

pub use aliased::TopicAlias;

/// PUBLISH: an Application Message on the wire (section 3.3).
#[derive(Clone, PartialEq, Eq)]
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
        self.check_delivery()?;
        properties::check(self.properties, HOLDER, version)
    }

    /// What does not belong to the message.
    #[inline]
    fn check_delivery(&self) -> Result<(), EncodeError> {
        if self.packet_id.is_some() != (self.qos != QoS::AtMostOnce) {
            return Err(EncodeError::PacketIdMismatch);
        }
        if self.dup && self.qos == QoS::AtMostOnce {
            return Err(EncodeError::DupAtQoS0);
        }
        Ok(())
    }

    /// The length of what follows the fixed header, the payload included. `list_len`: that of the
    /// properties.
    #[inline]
    fn remaining(&self, list_len: usize, version: Version) -> usize {
        let packet_id = if self.qos == QoS::AtMostOnce { 0 } else { 2 };
        let properties = properties::len_with_length(list_len, version);
        2 + self.topic.len() + packet_id + properties + self.payload_len
    }

    #[inline]
    fn packet_len(&self, version: Version) -> usize {
        let remaining = self.remaining(properties::list_len(self.properties, version), version);
        1 + var_int_len(remaining) + remaining
    }

    #[inline]
    fn encode(&self, version: Version, out: &mut BytesMut) -> Result<(), EncodeError> {
        self.check(version)?;
        self.put(properties::list_len(self.properties, version), version, out)
    }

    #[inline]
    fn put(
        &self,
        list_len: usize,
        version: Version,
        out: &mut BytesMut,
    ) -> Result<(), EncodeError> {
        let first_byte = PacketType::Publish.first_byte()
            | if self.dup { DUP } else { 0 }
            | (self.qos as u8) << QOS_SHIFT
            | u8::from(self.retain);
        put_head(out, first_byte, self.remaining(list_len, version))?;
        out.put_u16(self.topic.len() as u16);
        out.put_slice(self.topic);
        if let Some(packet_id) = self.packet_id {
            out.put_u16(packet_id.get());
        }
        properties::put_measured(out, self.properties, list_len, version);
        Ok(())
    }
}

/// What the packet that publishes a message takes, found once by [`Publish::measure`]. It belongs
/// to that message and version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishLen {
    /// No more than the protocol allows, 268,435,460.
    packet: u32,
    /// The properties without their length.
    list: u32,
}

impl PublishLen {
    /// The whole packet's length in bytes.
    pub const fn packet(self) -> usize {
        self.packet as usize
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

    /// Checks `message` as [`Publish::check_message`] does, and finds out once how long its packet
    /// will be, whatever its packet identifier.
    ///
    /// # Errors
    /// [`EncodeError::PacketTooLarge`], or what is wrong with its properties.
    #[inline]
    pub fn measure(message: &Message, version: Version) -> Result<PublishLen, EncodeError> {
        Self::check_message(message, version)?;
        let list = properties::list_len(&message.properties, version);
        let remaining = Self::message_head(message, false, None).remaining(list, version);
        if remaining > MAX_REMAINING_LENGTH {
            return Err(EncodeError::PacketTooLarge(remaining));
        }
        Ok(PublishLen {
            // Both fit: they are at most MAX_REMAINING_LENGTH and five bytes.
            packet: (1 + var_int_len(remaining) + remaining) as u32,
            list: list as u32,
        })
    }

    /// As [`Publish::encode_message_head`], for a message that [`Publish::measure`] found good:
    /// its properties are neither checked nor measured again. The message is only borrowed, so
    /// that one that waits for its acknowledgement is encoded where it is kept, each time.
    ///
    /// # Errors
    /// [`EncodeError::PacketIdMismatch`] or [`EncodeError::DupAtQoS0`]; nothing was written.
    #[inline]
    pub fn encode_measured_head(
        message: &Message,
        len: PublishLen,
        dup: bool,
        packet_id: Option<NonZeroU16>,
        version: Version,
        out: &mut BytesMut,
    ) -> Result<(), EncodeError> {
        debug_assert_eq!(Self::measure(message, version), Ok(len));
        let head = Self::message_head(message, dup, packet_id);
        head.check_delivery()?;
        head.put(len.list as usize, version, out)
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
        if version == Version::V5 && !message.properties.is_empty() {
            // [MQTT-3.3.4-6]; and aliases are the connection's, which gives them itself.
            for given in [PropertyId::SubscriptionIdentifier, PropertyId::TopicAlias] {
                if message.properties.get(given).is_some() {
                    return Err(EncodeError::PropertyNotAllowed {
                        property: given,
                        packet: PacketType::Publish,
                    });
                }
            }
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
