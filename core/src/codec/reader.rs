use std::num::NonZeroU16;

use bytes::{Buf, Bytes};

use super::DecodeError;
use super::primitive::VarInt;
use crate::types::{Text, TopicFilter, TopicName, Version};

/// Takes fields off the front of a packet's body. What is left can be taken whole, so a payload
/// inherits the frame's handle instead of counting another reference.
pub(super) struct Reader(Bytes);

impl Reader {
    #[inline]
    pub(super) fn new(body: Bytes) -> Self {
        Reader(body)
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many bytes were not read.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    pub(super) fn u8(&mut self) -> Result<u8, DecodeError> {
        let value = *self.0.first().ok_or(DecodeError::Truncated)?;
        self.0.advance(1);
        Ok(value)
    }

    /// Whether the next byte was 0; then it is read.
    #[inline]
    pub(super) fn skip_zero(&mut self) -> bool {
        let zero = self.0.first() == Some(&0);
        if zero {
            self.0.advance(1);
        }
        zero
    }

    #[inline]
    pub(super) fn u16(&mut self) -> Result<u16, DecodeError> {
        let value = *self.0.first_chunk().ok_or(DecodeError::Truncated)?;
        self.0.advance(2);
        Ok(u16::from_be_bytes(value))
    }

    #[inline]
    pub(super) fn u32(&mut self) -> Result<u32, DecodeError> {
        let value = *self.0.first_chunk().ok_or(DecodeError::Truncated)?;
        self.0.advance(4);
        Ok(u32::from_be_bytes(value))
    }

    /// A Variable Byte Integer, which must be minimal [MQTT-1.5.5-1].
    #[inline]
    pub(super) fn var_int(&mut self) -> Result<u32, DecodeError> {
        match VarInt::parse(&self.0) {
            VarInt::Whole { value, len } => {
                if len > 1 && self.0[len - 1] == 0 {
                    return Err(DecodeError::InvalidVarInt);
                }
                self.0.advance(len);
                Ok(value)
            }
            VarInt::Incomplete => Err(DecodeError::Truncated),
            VarInt::TooLong => Err(DecodeError::InvalidVarInt),
        }
    }

    #[inline]
    pub(super) fn packet_id(&mut self) -> Result<NonZeroU16, DecodeError> {
        NonZeroU16::new(self.u16()?).ok_or(DecodeError::ZeroPacketId)
    }

    #[inline]
    pub(super) fn bytes(&mut self, len: usize) -> Result<Bytes, DecodeError> {
        if self.0.len() < len {
            return Err(DecodeError::Truncated);
        }
        Ok(self.0.split_to(len))
    }

    /// Binary Data (section 1.5.6).
    #[inline]
    pub(super) fn binary(&mut self) -> Result<Bytes, DecodeError> {
        let len = self.u16()?;
        self.bytes(usize::from(len))
    }

    /// A UTF-8 Encoded String (section 1.5.4).
    pub(super) fn text(&mut self) -> Result<Text, DecodeError> {
        Ok(Text::from_bytes(self.binary()?)?)
    }

    pub(super) fn topic_name(&mut self) -> Result<TopicName, DecodeError> {
        TopicName::from_bytes(self.binary()?).map_err(DecodeError::InvalidTopicName)
    }

    pub(super) fn topic_filter(&mut self, version: Version) -> Result<TopicFilter, DecodeError> {
        let invalid = DecodeError::InvalidTopicFilter;
        let filter = TopicFilter::from_bytes(self.binary()?).map_err(invalid)?;
        filter.check(version).map_err(invalid)?;
        Ok(filter)
    }

    /// Everything that was not read.
    #[inline]
    pub(super) fn rest(self) -> Bytes {
        self.0
    }

    /// Ends a packet that has no payload.
    #[inline]
    pub(super) fn finish(self) -> Result<(), DecodeError> {
        match self.0.len() {
            0 => Ok(()),
            count => Err(DecodeError::TrailingBytes(count)),
        }
    }
}
