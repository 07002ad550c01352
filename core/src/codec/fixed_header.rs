use super::primitive::VarInt;
use super::{DecodeError, PacketType, Publish};
use crate::types::Version;

/// The first bytes of every packet (section 2.1): type, flags and remaining length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FixedHeader {
    pub(crate) packet_type: PacketType,
    pub(super) flags: u8,
    /// How many bytes the header itself takes.
    pub(super) len: usize,
    /// How many bytes follow it.
    pub(super) remaining: usize,
}

impl FixedHeader {
    /// The header at the front of `input`; `None` where more bytes are needed. The first byte is
    /// judged as soon as it is there.
    #[inline(always)]
    pub(super) fn parse(
        input: &[u8],
        version: Version,
    ) -> Result<Option<FixedHeader>, DecodeError> {
        let Some((first, rest)) = input.split_first() else {
            return Ok(None);
        };
        let (number, flags) = (first >> 4, first & 0x0f);
        let packet_type =
            PacketType::from_u8(number).ok_or(DecodeError::UnknownPacketType(number))?;
        match packet_type {
            PacketType::Publish => {
                Publish::check_flags(flags)?;
            }
            PacketType::Auth if version == Version::V311 => {
                return Err(DecodeError::UnknownPacketType(number));
            }
            _ if *first != packet_type.first_byte() => {
                return Err(DecodeError::InvalidFlags {
                    packet: packet_type,
                    flags,
                });
            }
            _ => {}
        }
        match VarInt::parse(rest) {
            VarInt::Whole { value, len } => {
                // [MQTT-1.5.5-1]; 3.1.1 has no such rule (its section 2.2.3).
                if version == Version::V5 && len > 1 && rest[len - 1] == 0 {
                    return Err(DecodeError::InvalidVarInt);
                }
                Ok(Some(FixedHeader {
                    packet_type,
                    flags,
                    len: 1 + len,
                    remaining: value as usize,
                }))
            }
            VarInt::Incomplete => Ok(None),
            VarInt::TooLong => Err(DecodeError::InvalidVarInt),
        }
    }

    /// The whole packet's length.
    #[inline]
    pub(crate) fn packet_len(&self) -> usize {
        self.len + self.remaining
    }
}
