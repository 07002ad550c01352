use std::fmt;
use std::ops::Deref;

use bytes::Bytes;

use super::shown;
use crate::error::InvalidText;

/// A UTF-8 Encoded String as MQTT defines it (section 1.5.4): valid UTF-8, no U+0000
/// [MQTT-1.5.4-2], at most 65,535 bytes.
///
/// Cheap to clone; a received one is a slice of the read buffer.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Text(Bytes);

impl Text {
    /// The longest string that the wire's two length bytes can say.
    pub const MAX_LEN: usize = 65_535;

    /// The empty string.
    pub const fn new() -> Self {
        Text(Bytes::new())
    }

    /// Parses bytes without copying them.
    ///
    /// # Errors
    /// [`InvalidText`] says which of the three rules is broken.
    pub fn from_bytes(bytes: Bytes) -> Result<Self, InvalidText> {
        Self::check(&bytes)?;
        Ok(Text(bytes))
    }

    /// Whether these bytes are such a string.
    #[inline]
    pub(crate) fn check(bytes: &[u8]) -> Result<(), InvalidText> {
        if bytes.len() > Self::MAX_LEN {
            return Err(InvalidText::TooLong);
        }
        // Nearly all strings are ASCII: one pass that the compiler turns into vector code.
        let plain = |all, byte: &u8| all & (1..=0x7f).contains(byte);
        if bytes.iter().fold(true, plain) {
            return Ok(());
        }
        std::str::from_utf8(bytes).map_err(|_| InvalidText::NotUtf8)?;
        if bytes.contains(&0) {
            return Err(InvalidText::ContainsNul);
        }
        Ok(())
    }

    /// Bytes that [`check`](Self::check) has found good.
    pub(super) fn checked(bytes: Bytes) -> Self {
        Text(bytes)
    }

    /// The string.
    pub fn as_str(&self) -> &str {
        // Validated by every constructor; the check is repeated because the alternative is unsafe.
        // Hot paths use `as_bytes`.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The string's bytes, without a copy.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The string's bytes, sharing the allocation.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }

    /// The bytes, to be moved to another place, not to be changed.
    pub(super) fn bytes_mut(&mut self) -> &mut Bytes {
        &mut self.0
    }

    /// Whether the string is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl TryFrom<&str> for Text {
    type Error = InvalidText;
    fn try_from(value: &str) -> Result<Self, InvalidText> {
        Text::from_bytes(Bytes::copy_from_slice(value.as_bytes()))
    }
}

impl TryFrom<String> for Text {
    type Error = InvalidText;
    fn try_from(value: String) -> Result<Self, InvalidText> {
        Text::from_bytes(Bytes::from(value))
    }
}

/// Strings of more than 128 bytes are cut, and followed by their length.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        shown::text(self.as_bytes(), f)
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_has_its_error() {
        assert_eq!(Text::try_from("a\0b"), Err(InvalidText::ContainsNul));
        assert_eq!(
            Text::from_bytes(Bytes::from_static(&[0xff])),
            Err(InvalidText::NotUtf8)
        );
        // A UTF-8 encoded surrogate is ill-formed UTF-8 [MQTT-1.5.4-1].
        assert_eq!(
            Text::from_bytes(Bytes::from_static(&[0xed, 0xa0, 0x80])),
            Err(InvalidText::NotUtf8)
        );
        assert_eq!(
            Text::try_from("x".repeat(65_536)),
            Err(InvalidText::TooLong)
        );
        assert_eq!(
            Text::try_from("x".repeat(65_535)).map(|t| t.len()),
            Ok(65_535)
        );
    }

    #[test]
    fn bom_is_kept() {
        // [MQTT-1.5.4-3]
        assert_eq!(Text::try_from("\u{feff}a").map(|t| t.len()), Ok(4));
    }
}
