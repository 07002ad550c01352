use std::fmt;

use bytes::Bytes;

use super::scan::is_plain;
use super::{Text, Version};
use crate::error::InvalidTopic;

/// A Topic Name: at least one character, no wildcards [MQTT-3.3.2-2] [MQTT-4.7.3-1].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicName(Text);

/// A Topic Filter: wildcards `+` and `#` only where section 4.7.1 allows them.
///
/// MQTT 5.0 has shared subscriptions besides, `$share/{name}/{filter}`, and forbids other filters
/// that begin with `$share/` [MQTT-4.8.2-1]: see [`TopicFilter::check`]. To MQTT 3.1.1 all of them
/// are ordinary filters; but mosquitto, HiveMQ and others serve those of 5.0's form as shared
/// subscriptions in 3.1.1 too, so [`matches`](TopicFilter::matches) knows both readings.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicFilter(Text);

impl TopicName {
    /// Parses a topic name.
    ///
    /// # Errors
    /// [`InvalidTopic`] names the rule that is broken.
    pub fn parse(text: Text) -> Result<Self, InvalidTopic> {
        Self::check_rules(text.as_bytes())?;
        Ok(TopicName(text))
    }

    /// The rules beyond those of every string.
    #[inline]
    fn check_rules(text: &[u8]) -> Result<(), InvalidTopic> {
        if text.is_empty() {
            return Err(InvalidTopic::Empty);
        }
        // Without a way out of the loop the compiler makes vector code of it.
        let wild = |any, byte: &u8| any | matches!(byte, b'+' | b'#');
        if text.iter().fold(false, wild) {
            return Err(InvalidTopic::WildcardInName);
        }
        Ok(())
    }

    /// Parses bytes without copying them.
    ///
    /// # Errors
    /// [`InvalidTopic`] names the rule that is broken.
    pub fn from_bytes(bytes: Bytes) -> Result<Self, InvalidTopic> {
        Self::or_bytes(bytes).map_err(|(error, _)| error)
    }

    /// As [`from_bytes`](Self::from_bytes), and gives the bytes back that are no topic name, so
    /// that an error can show them.
    #[inline(always)]
    pub(crate) fn or_bytes(bytes: Bytes) -> Result<Self, (InvalidTopic, Bytes)> {
        // The usual case, in one pass.
        if (1..=Text::MAX_LEN).contains(&bytes.len()) && is_plain(&bytes) {
            return Ok(TopicName(Text::checked(bytes)));
        }
        Self::looked_at(bytes)
    }

    /// Byte by byte.
    #[cold]
    fn looked_at(bytes: Bytes) -> Result<Self, (InvalidTopic, Bytes)> {
        let rules = Text::check(&bytes).map_err(InvalidTopic::from);
        match rules.and_then(|()| Self::check_rules(&bytes)) {
            Ok(()) => Ok(TopicName(Text::checked(bytes))),
            Err(error) => Err((error, bytes)),
        }
    }

    /// The bytes, to be moved to another place, not to be changed.
    pub(super) fn bytes_mut(&mut self) -> &mut Bytes {
        self.0.bytes_mut()
    }
}

impl TopicFilter {
    /// Parses a topic filter.
    ///
    /// # Errors
    /// [`InvalidTopic`] names the rule that is broken.
    pub fn parse(text: Text) -> Result<Self, InvalidTopic> {
        if text.is_empty() {
            return Err(InvalidTopic::Empty);
        }
        let mut levels = text.as_bytes().split(|b| *b == b'/').peekable();
        while let Some(level) = levels.next() {
            if level.contains(&b'#') && (level.len() > 1 || levels.peek().is_some()) {
                return Err(InvalidTopic::MisplacedMultiLevelWildcard);
            }
            if level.contains(&b'+') && level.len() > 1 {
                return Err(InvalidTopic::MisplacedSingleLevelWildcard);
            }
        }
        Ok(TopicFilter(text))
    }

    /// Parses bytes without copying them.
    ///
    /// # Errors
    /// [`InvalidTopic`] names the rule that is broken.
    pub fn from_bytes(bytes: Bytes) -> Result<Self, InvalidTopic> {
        Self::parse(Text::from_bytes(bytes)?)
    }

    /// Whether this version has such a filter: in 5.0, `$share/` begins a shared subscription and
    /// nothing else. Checked by `subscribe` and `unsubscribe`.
    ///
    /// # Errors
    /// [`InvalidTopic::BadSharedSubscription`].
    pub fn check(&self, version: Version) -> Result<(), InvalidTopic> {
        let begun = self.as_bytes().starts_with(SHARE);
        if version == Version::V5 && begun && !self.is_shared() {
            return Err(InvalidTopic::BadSharedSubscription);
        }
        Ok(())
    }

    /// Whether messages of this topic belong to this filter (section 4.7): `+` and `#` match as
    /// they do for the broker, but not topics that begin with `$` [MQTT-4.7.2-1]. Of a shared
    /// subscription its filter counts; the whole does too, as MQTT 3.1.1 has it, which no topic of
    /// 5.0 can meet.
    ///
    /// ```
    /// use mqttka_core::types::{TopicFilter, TopicName};
    ///
    /// let filter: TopicFilter = "$share/group/sensors/+/temperature".parse()?;
    /// let topic: TopicName = "sensors/kitchen/temperature".parse()?;
    /// assert!(filter.matches(&topic));
    /// # Ok::<(), mqttka_core::error::InvalidTopic>(())
    /// ```
    pub fn matches(&self, topic: &TopicName) -> bool {
        let topic = topic.as_bytes();
        level_by_level(self.as_bytes(), topic)
            || self
                .shared()
                .is_some_and(|filter| level_by_level(filter, topic))
    }

    /// Whether this has the form of a shared subscription, `$share/{name}/{filter}` (section
    /// 4.8.2). What a broker makes of it in 3.1.1 is its own affair.
    pub fn is_shared(&self) -> bool {
        self.shared().is_some()
    }

    /// What a topic may match: itself, and the filter of a shared subscription.
    #[cfg(feature = "client")]
    pub(crate) fn forms(&self) -> impl Iterator<Item = &[u8]> {
        std::iter::once(self.as_bytes()).chain(self.shared())
    }

    /// The filter of a shared subscription.
    fn shared(&self) -> Option<&[u8]> {
        let rest = self.as_bytes().strip_prefix(SHARE)?;
        let end = rest.iter().position(|b| *b == b'/')?;
        let (name, filter) = (&rest[..end], &rest[end + 1..]);
        // [MQTT-4.8.2-1] [MQTT-4.8.2-2]
        let named = !name.is_empty() && !name.iter().any(|b| matches!(b, b'+' | b'#'));
        (named && !filter.is_empty()).then_some(filter)
    }
}

const SHARE: &[u8] = b"$share/";

fn level_by_level(filter: &[u8], topic: &[u8]) -> bool {
    if topic.first() == Some(&b'$') && matches!(filter.first(), Some(b'+' | b'#')) {
        return false;
    }
    let mut levels = topic.split(|b| *b == b'/');
    for level in filter.split(|b| *b == b'/') {
        if level == b"#" {
            return true;
        }
        match levels.next() {
            Some(name) if level == b"+" || level == name => {}
            _ => return false,
        }
    }
    levels.next().is_none()
}

macro_rules! topic_impls {
    ($name:ident) => {
        impl $name {
            /// The topic as a string.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            /// The topic's bytes (UTF-8), without a copy.
            pub fn as_bytes(&self) -> &[u8] {
                self.0.as_bytes()
            }

            /// The topic as MQTT text, sharing the allocation.
            pub fn into_text(self) -> Text {
                self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == *other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == **other
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidTopic;
            fn from_str(text: &str) -> Result<Self, InvalidTopic> {
                Self::try_from(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidTopic;
            fn try_from(text: String) -> Result<Self, InvalidTopic> {
                Self::parse(Text::try_from(text)?)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = InvalidTopic;
            fn try_from(value: &str) -> Result<Self, InvalidTopic> {
                Self::parse(Text::try_from(value)?)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

topic_impls!(TopicName);
topic_impls!(TopicFilter);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["a", "/", "a/b", " ", "$SYS/x", "ü/é"] {
            assert!(TopicName::try_from(good).is_ok(), "{good}");
        }
        assert_eq!(TopicName::try_from(""), Err(InvalidTopic::Empty));
        for wild in ["a/+", "#", "a#b"] {
            assert_eq!(
                TopicName::try_from(wild),
                Err(InvalidTopic::WildcardInName),
                "{wild}"
            );
        }
    }

    #[test]
    fn matching() {
        for (filter, topic, expected) in [
            ("a/b", "a/b", true),
            ("a/b", "a/bc", false),
            ("a/+", "a/b", true),
            ("a/+", "a", false),
            ("a/+", "a/", true),
            ("a/+", "a/b/c", false),
            ("+", "a/b", false),
            ("a/#", "a", true),
            ("a/#", "a/b/c", true),
            ("a/#", "ab", false),
            ("#", "a/b", true),
            ("+/+", "/a", true),
            ("#", "$SYS/x", false),
            ("+/x", "$SYS/x", false),
            ("$SYS/#", "$SYS/x", true),
            ("$share/g/a/+", "a/b", true),
            ("$share/g/#", "$SYS/x", false),
            ("$share/g/a", "b", false),
            // What 3.1.1 makes of them.
            ("$share/g/a", "$share/g/a", true),
            ("$share/g", "$share/g", true),
            ("$share/g", "g", false),
            ("$share/g/", "$share/g/", true),
            ("$share/+/a", "$share/g/a", true),
            ("$share/+/a", "a", false),
            ("$share//a", "a", false),
            ("$share/#", "$share", true),
        ] {
            let filter = TopicFilter::try_from(filter).unwrap();
            let topic = TopicName::try_from(topic).unwrap();
            assert_eq!(filter.matches(&topic), expected, "{filter} {topic}");
        }
    }

    #[test]
    fn filters() {
        for good in [
            "a",
            "#",
            "+",
            "a/#",
            "+/+/#",
            "/+",
            "a/+/b",
            "/",
            "$share/g/a/#",
            "$SYS/#",
            "$share",
            "$share/",
            "$share/g",
            "$share/g/",
            "$share//a",
            "$share/+/a",
            "$share/#",
        ] {
            assert!(TopicFilter::try_from(good).is_ok(), "{good}");
        }
        use InvalidTopic::*;
        for (bad, error) in [
            ("", Empty),
            ("a/#/b", MisplacedMultiLevelWildcard),
            ("a#", MisplacedMultiLevelWildcard),
            ("##", MisplacedMultiLevelWildcard),
            ("a+", MisplacedSingleLevelWildcard),
            ("++", MisplacedSingleLevelWildcard),
            ("$share/g/a#", MisplacedMultiLevelWildcard),
            ("$share/g+/a", MisplacedSingleLevelWildcard),
            ("$share/#/a", MisplacedMultiLevelWildcard),
        ] {
            assert_eq!(TopicFilter::try_from(bad), Err(error), "{bad}");
        }
    }

    #[test]
    fn only_5_knows_shared_subscriptions() {
        for (filter, shared, in_5) in [
            ("$share/g/a", true, true),
            ("$share/g/#", true, true),
            ("$share/g//", true, true),
            ("$share/g", false, false),
            ("$share/", false, false),
            ("$share//a", false, false),
            ("$share/g/", false, false),
            ("$share/+/a", false, false),
            ("$share/#", false, false),
            ("$share", false, true),
            ("$shared/g", false, true),
            ("a/$share/g", false, true),
        ] {
            let filter = TopicFilter::try_from(filter).unwrap();
            assert_eq!(filter.is_shared(), shared, "{filter}");
            assert_eq!(filter.check(Version::V311), Ok(()), "{filter}");
            let expected = match in_5 {
                true => Ok(()),
                false => Err(InvalidTopic::BadSharedSubscription),
            };
            assert_eq!(filter.check(Version::V5), expected, "{filter}");
        }
    }
}
