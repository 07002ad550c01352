//! What `Debug` prints of what peers and applications send: as much as a person can read, and no
//! secret.

use std::fmt::{self, Write};

use super::{Message, Property, PropertyId};

/// How many bytes of a string or of a payload are shown.
pub(crate) const MOST: usize = 128;

/// A string in quotes, cut between characters; of a longer one the length is told.
pub(super) fn text(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    if text.len() <= MOST {
        return fmt::Debug::fmt(text, f);
    }
    let boundary = |cut: &usize| text.is_char_boundary(*cut);
    let cut = (0..=MOST).rev().find(boundary).unwrap_or_default();
    write!(f, "{:?}... ({} bytes)", &text[..cut], text.len())
}

/// A payload: `"text"` where it is text, else `b"\xff\0..."`; of a longer one the length is told.
pub(crate) struct Payload<'a>(pub(crate) &'a [u8]);

/// A User Name without what some clouds take behind it as a query: a token, or a signature.
pub(crate) fn user_name(user_name: &str) -> &str {
    match user_name.find('?') {
        Some(at) => &user_name[..=at],
        None => user_name,
    }
}

impl fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Payload(bytes) = *self;
        if std::str::from_utf8(bytes).is_ok() {
            return text(bytes, f);
        }
        let cut = bytes.len().min(MOST);
        write!(f, "b\"{}\"", bytes[..cut].escape_ascii())?;
        if cut < bytes.len() {
            write!(f, "... ({} bytes)", bytes.len())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("topic", &self.topic)
            .field("payload", &Payload(&self.payload))
            .field("qos", &self.qos)
            .field("retain", &self.retain)
            .field("dup", &self.dup)
            .field("properties", &self.properties)
            .finish()
    }
}

impl fmt::Debug for Property {
    /// Without authentication data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.id(), f)?;
        f.write_char('(')?;
        if let Property::UserProperty(name, value) = self {
            write!(f, "{name:?}, {value:?}")?;
        } else if let Property::AuthenticationData(_) = self {
            f.write_str("hidden")?;
        } else if let Some(number) = self.number() {
            write!(f, "{number}")?;
        } else if let Some(text) = self.text() {
            write!(f, "{text:?}")?;
        } else if let Some(bytes) = self.binary() {
            write!(f, "{:?}", Payload(bytes))?;
        }
        f.write_char(')')
    }
}

impl fmt::Display for PropertyId {
    /// As the specification writes it, such as `Topic Alias Maximum`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = format!("{self:?}").replace("QoS", "Qos");
        let mut words = String::new();
        for (index, c) in name.char_indices() {
            if index > 0 && c.is_ascii_uppercase() {
                words.push(' ');
            }
            words.push(c);
        }
        f.write_str(&words.replace("Qos", "QoS"))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::types::{Text, TopicName};

    #[test]
    fn what_is_long_is_cut_and_what_is_secret_is_hidden() {
        let topic = TopicName::try_from("a/b").unwrap();
        let mut message = Message::new(topic, "21.5");
        message.properties = [
            Property::AuthenticationData(Bytes::from_static(b"s3cret")),
            Property::CorrelationData(Bytes::from_static(b"\xff\0")),
            Property::TopicAlias(7),
            Property::UserProperty(Text::try_from("n").unwrap(), Text::try_from("v").unwrap()),
        ]
        .into_iter()
        .collect();
        assert_eq!(
            format!("{message:?}"),
            "Message { topic: \"a/b\", payload: \"21.5\", qos: AtMostOnce, retain: false, dup: false, \
             properties: Properties([AuthenticationData(hidden), CorrelationData(b\"\\xff\\x00\"), \
             TopicAlias(7), UserProperty(\"n\", \"v\")]) }"
        );
        // Everything that can be long.
        let long = Text::try_from("é".repeat(20_000)).unwrap();
        message.topic = TopicName::parse(long.clone()).unwrap();
        message.payload = vec![0xff; 1_000_000].into();
        message.properties = [
            Property::CorrelationData(vec![7; 60_000].into()),
            Property::ContentType(long.clone()),
            Property::UserProperty(long.clone(), long),
        ]
        .into_iter()
        .collect();
        let printed = format!("{message:?}");
        assert!(printed.len() < 4000, "{} bytes", printed.len());
        assert!(printed.contains("... (1000000 bytes)"), "{printed}");
        assert!(printed.contains("é\"... (40000 bytes)"), "{printed}");
    }

    #[test]
    fn properties_have_the_specifications_names() {
        let names: Vec<_> = PropertyId::ALL.iter().map(PropertyId::to_string).collect();
        assert!(names.contains(&"Maximum QoS".to_owned()), "{names:?}");
        assert!(names.contains(&"Session Expiry Interval".to_owned()));
        let distinct: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), PropertyId::ALL.len());
    }
}
