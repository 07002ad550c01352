use bytes::{BufMut, BytesMut};

use super::EncodeError;

/// The largest Remaining Length that the fixed header's four bytes can say (section 1.5.5).
pub const MAX_REMAINING_LENGTH: usize = 268_435_455;

/// The longest a Variable Byte Integer can be.
const MAX_VAR_INT_BYTES: usize = 4;

/// What a Variable Byte Integer at the front of some bytes is (section 1.5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VarInt {
    /// Its value and how many bytes it takes.
    Whole { value: u32, len: usize },
    /// It goes on after these bytes.
    Incomplete,
    /// It has more than four bytes.
    TooLong,
}

impl VarInt {
    #[inline]
    pub(super) fn parse(bytes: &[u8]) -> VarInt {
        // Most are short.
        match *bytes {
            [only, ..] if only < 0x80 => VarInt::Whole {
                value: only.into(),
                len: 1,
            },
            [first, last, ..] if last < 0x80 => VarInt::Whole {
                value: u32::from(last) << 7 | u32::from(first & 0x7f),
                len: 2,
            },
            _ => Self::parse_long(bytes),
        }
    }

    #[cold]
    fn parse_long(bytes: &[u8]) -> VarInt {
        let mut value = 0;
        for (index, byte) in bytes.iter().take(MAX_VAR_INT_BYTES).enumerate() {
            value |= u32::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                let len = index + 1;
                return VarInt::Whole { value, len };
            }
        }
        if bytes.len() < MAX_VAR_INT_BYTES {
            VarInt::Incomplete
        } else {
            VarInt::TooLong
        }
    }
}

/// How many bytes the shortest Variable Byte Integer of this value takes.
#[inline]
pub(super) const fn var_int_len(value: usize) -> usize {
    match value {
        0..0x80 => 1,
        0x80..0x4000 => 2,
        0x4000..0x20_0000 => 3,
        _ => 4,
    }
}

/// The length of the packet that starts at `bytes[0]`, its fixed header included. `None` where
/// the header is incomplete or its length is invalid. Does not look at the packet's type, and
/// takes a length that is not minimal.
#[inline]
pub fn packet_len(bytes: &[u8]) -> Option<usize> {
    match VarInt::parse(bytes.get(1..)?) {
        VarInt::Whole { value, len } => Some(1 + len + value as usize),
        VarInt::Incomplete | VarInt::TooLong => None,
    }
}

/// Limits a length to one that is certainly refused by [`put_head`], so that sums of several
/// cannot wrap on a 32-bit machine.
#[inline]
pub(super) const fn capped(len: usize) -> usize {
    if len > MAX_REMAINING_LENGTH {
        MAX_REMAINING_LENGTH + 1
    } else {
        len
    }
}

/// Writes the shortest form of `value`, which is at most [`MAX_REMAINING_LENGTH`].
#[inline]
pub(super) fn put_var_int(out: &mut BytesMut, mut value: usize) {
    while value >= 0x80 {
        out.put_u8(value as u8 | 0x80);
        value >>= 7;
    }
    out.put_u8(value as u8);
}

/// Writes the fixed header.
///
/// # Errors
/// Where `remaining` is more than the header can say; nothing was written.
#[inline]
pub(super) fn put_head(
    out: &mut BytesMut,
    first_byte: u8,
    remaining: usize,
) -> Result<(), EncodeError> {
    if remaining > MAX_REMAINING_LENGTH {
        return Err(EncodeError::PacketTooLarge(remaining));
    }
    out.put_u8(first_byte);
    put_var_int(out, remaining);
    Ok(())
}

/// Writes a string's or binary data's two length bytes and its bytes. The length was checked:
/// strings by their type, binary data by [`check_binary`].
#[inline]
pub(super) fn put_binary(out: &mut BytesMut, bytes: &[u8]) {
    debug_assert!(bytes.len() <= usize::from(u16::MAX));
    out.put_u16(bytes.len() as u16);
    out.put_slice(bytes);
}

/// Refuses binary data that two length bytes cannot describe (section 1.5.6).
pub(super) fn check_binary(bytes: &[u8]) -> Result<(), EncodeError> {
    if bytes.len() > usize::from(u16::MAX) {
        return Err(EncodeError::BinaryTooLong(bytes.len()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The boundaries of table 1-1.
    const BOUNDARIES: [(u32, &[u8]); 8] = [
        (0, &[0]),
        (127, &[0x7f]),
        (128, &[0x80, 0x01]),
        (16_383, &[0xff, 0x7f]),
        (16_384, &[0x80, 0x80, 0x01]),
        (2_097_151, &[0xff, 0xff, 0x7f]),
        (2_097_152, &[0x80, 0x80, 0x80, 0x01]),
        (268_435_455, &[0xff, 0xff, 0xff, 0x7f]),
    ];

    #[test]
    fn variable_byte_integers_at_their_boundaries() {
        for (value, bytes) in BOUNDARIES {
            let mut out = BytesMut::new();
            put_var_int(&mut out, value as usize);
            assert_eq!(out, bytes);
            assert_eq!(var_int_len(value as usize), bytes.len());
            let len = bytes.len();
            assert_eq!(VarInt::parse(bytes), VarInt::Whole { value, len });
            assert_eq!(VarInt::parse(&bytes[..len - 1]), VarInt::Incomplete);
        }
        assert_eq!(VarInt::parse(&[0x80, 0x80, 0x80, 0x80]), VarInt::TooLong);
    }

    #[test]
    fn packet_len_needs_the_whole_header() {
        for (value, bytes) in BOUNDARIES {
            let packet = [&[0x30], bytes].concat();
            assert_eq!(
                packet_len(&packet),
                Some(packet.len() + value as usize),
                "{packet:02x?}"
            );
            assert_eq!(packet_len(&packet[..packet.len() - 1]), None);
        }
        assert_eq!(packet_len(&[]), None);
        assert_eq!(packet_len(&[0x30, 0xff, 0xff, 0xff, 0xff, 0x01]), None);
    }

    #[test]
    fn a_remaining_length_beyond_the_limit_writes_nothing() {
        let mut out = BytesMut::new();
        let error = EncodeError::PacketTooLarge(MAX_REMAINING_LENGTH + 1);
        assert_eq!(
            put_head(&mut out, 0x30, MAX_REMAINING_LENGTH + 1),
            Err(error)
        );
        assert!(out.is_empty());
    }
}
