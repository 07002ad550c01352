//! A PUBLISH whose topic has an alias (section 3.3.2.3.4), from a message that knows nothing of it:
//! aliases belong to a connection.

use std::num::NonZeroU16;

use bytes::{BufMut, BytesMut};

use super::{DUP, Head, Publish, PublishLen, QOS_SHIFT, RETAIN};
use crate::codec::primitive::{put_head, put_var_int, var_int_len};
use crate::codec::{EncodeError, PacketType, properties};
use crate::types::{Message, PropertyId};

/// The alias of a topic, for one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicAlias {
    /// What stands for the topic, 1 to the receiver's Topic Alias Maximum.
    pub number: NonZeroU16,
    /// The receiver knows it already: the topic is left out. Else both are sent, and it knows from
    /// then on.
    pub known: bool,
}

impl TopicAlias {
    /// What the property takes: its number, and two bytes.
    const LEN: usize = 3;

    /// The most that an alias, sent along with the topic, adds to a packet: the property, one more
    /// byte of the properties' length, one of the packet's.
    pub const MAX_COST: usize = Self::LEN + 2;

    /// A topic of so many bytes or fewer is never longer than what stands for it.
    pub const MIN_GAIN: usize = Self::LEN + 1;
}

impl Publish {
    /// As [`Publish::encode_measured_head`], in 5.0, with an alias in front of the properties that
    /// the message has.
    ///
    /// # Errors
    /// [`EncodeError::PacketIdMismatch`], [`EncodeError::DupAtQoS0`] or
    /// [`EncodeError::PacketTooLarge`]. Nothing was written.
    pub fn encode_aliased_head(
        message: &Message,
        len: PublishLen,
        alias: TopicAlias,
        dup: bool,
        packet_id: Option<NonZeroU16>,
        out: &mut BytesMut,
    ) -> Result<(), EncodeError> {
        let head = Publish::message_head(message, dup, packet_id);
        head.check_delivery()?;
        head.put_aliased(len.list as usize, alias, out)
    }
}

impl Head<'_> {
    fn put_aliased(
        &self,
        list_len: usize,
        alias: TopicAlias,
        out: &mut BytesMut,
    ) -> Result<(), EncodeError> {
        let topic: &[u8] = if alias.known { &[] } else { self.topic };
        let list_len = list_len + TopicAlias::LEN;
        let packet_id = self.packet_id.map_or(0, |_| 2);
        let remaining =
            2 + topic.len() + packet_id + var_int_len(list_len) + list_len + self.payload_len;
        let first_byte = PacketType::Publish.first_byte()
            | if self.dup { DUP } else { 0 }
            | (self.qos as u8) << QOS_SHIFT
            | if self.retain { RETAIN } else { 0 };
        put_head(out, first_byte, remaining)?;
        out.put_u16(topic.len() as u16);
        out.put_slice(topic);
        if let Some(packet_id) = self.packet_id {
            out.put_u16(packet_id.get());
        }
        put_var_int(out, list_len);
        out.put_u8(PropertyId::TopicAlias as u8);
        out.put_u16(alias.number.get());
        properties::put_entries(out, self.properties);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Decoder, Packet};
    use crate::types::{Property, QoS, Text, TopicName, Version};

    /// Whatever the message, the decoder finds it and the alias again.
    #[test]
    fn what_is_encoded_is_decoded() {
        for (qos, properties, payload, known) in [
            (QoS::AtMostOnce, 0, 0, false),
            (QoS::AtMostOnce, 0, 0, true),
            (QoS::AtLeastOnce, 1, 10, true),
            // The properties' length gets a second byte, and the packet's.
            (QoS::AtLeastOnce, 25, 0, false),
            (QoS::ExactlyOnce, 25, 200, true),
        ] {
            let topic = TopicName::try_from("sensors/kitchen").unwrap();
            let mut message = Message::new(topic, vec![7; payload]).with_qos(qos);
            for _ in 0..properties {
                let (name, value) = (Text::new(), Text::new());
                let property = Property::UserProperty(name, value);
                message.properties.push(property);
            }
            let len = Publish::measure(&message, Version::V5).unwrap();
            let number = NonZeroU16::new(300).unwrap();
            let id = NonZeroU16::new(9).filter(|_| qos > QoS::AtMostOnce);
            let mut out = BytesMut::new();
            let alias = TopicAlias { number, known };
            Publish::encode_aliased_head(&message, len, alias, false, id, &mut out).unwrap();
            out.extend_from_slice(&message.payload);
            assert!(out.len() <= len.packet() + TopicAlias::MAX_COST);
            if known {
                assert!(out.len() <= len.packet(), "it gains nothing");
            }
            let decoded = Decoder::new(Version::V5, u32::MAX).decode(&mut out);
            let Ok(Some(Packet::Publish(publish))) = decoded else {
                panic!("{decoded:?}");
            };
            assert!(out.is_empty());
            assert_eq!(publish.topic, (!known).then_some(message.topic));
            assert_eq!((publish.packet_id, publish.qos), (id, qos));
            assert_eq!(publish.payload, message.payload);
            let found = publish.properties.get_number(PropertyId::TopicAlias);
            assert_eq!(found, Some(300));
            assert_eq!(publish.properties.len(), properties + 1);
        }
    }
}
