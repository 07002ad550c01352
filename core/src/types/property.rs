use bytes::Bytes;

use super::Text;

/// The wire form of a property's value (section 2.2.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PropertyType {
    /// One byte.
    Byte,
    /// Two Byte Integer.
    U16,
    /// Four Byte Integer.
    U32,
    /// Variable Byte Integer.
    VarInt,
    /// UTF-8 Encoded String.
    Text,
    /// UTF-8 String Pair.
    TextPair,
    /// Binary Data.
    Binary,
}

macro_rules! properties {
    ($($id:literal $name:ident($($value:ty),+) $type:ident $doc:literal,)*) => {
        /// One property of MQTT 5.0 (section 2.2.2.2).
        #[derive(Clone, PartialEq, Eq)]
        pub enum Property {
            $(#[doc = $doc] $name($($value),+),)*
        }

        /// The number of a property.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum PropertyId {
            $(#[doc = $doc] $name = $id,)*
        }

        impl PropertyId {
            /// Every property, ascending.
            pub const ALL: &'static [PropertyId] = &[$(PropertyId::$name),*];

            /// The property of this number, if there is one.
            pub const fn from_u8(id: u8) -> Option<PropertyId> {
                match id {
                    $($id => Some(PropertyId::$name),)*
                    _ => None,
                }
            }

            /// The wire form of its value.
            pub const fn value_type(self) -> PropertyType {
                match self {
                    $(PropertyId::$name => PropertyType::$type,)*
                }
            }
        }

        impl Property {
            /// Which property this is.
            pub const fn id(&self) -> PropertyId {
                match self {
                    $(Property::$name(..) => PropertyId::$name,)*
                }
            }
        }
    };
}

properties! {
    0x01 PayloadFormatIndicator(u8) Byte "0 = bytes, 1 = UTF-8 text (3.3.2.3.2).",
    0x02 MessageExpiryInterval(u32) U32 "Lifetime of the message in seconds (3.3.2.3.3).",
    0x03 ContentType(Text) Text "What the payload is, such as a MIME type (3.3.2.3.9).",
    0x08 ResponseTopic(Text) Text "Topic for a response; no wildcards (3.3.2.3.5).",
    0x09 CorrelationData(Bytes) Binary "Marks which request a response is for (3.3.2.3.6).",
    0x0b SubscriptionIdentifier(u32) VarInt "1 to 268,435,455 (3.8.2.1.2).",
    0x11 SessionExpiryInterval(u32) U32 "Seconds the session outlives the connection; 0xFFFFFFFF = for ever (3.1.2.11.2).",
    0x12 AssignedClientIdentifier(Text) Text "The Client Identifier that the broker chose (3.2.2.3.7).",
    0x13 ServerKeepAlive(u16) U16 "The Keep Alive that the broker imposes, in seconds (3.2.2.3.14).",
    0x15 AuthenticationMethod(Text) Text "Name of the extended authentication method (3.1.2.11.9).",
    0x16 AuthenticationData(Bytes) Binary "Data of the authentication method (3.1.2.11.10).",
    0x17 RequestProblemInformation(u8) Byte "0 = reason strings only where a failure needs them (3.1.2.11.7).",
    0x18 WillDelayInterval(u32) U32 "Seconds before the Will is published (3.1.3.2.2).",
    0x19 RequestResponseInformation(u8) Byte "1 = ask for Response Information (3.1.2.11.6).",
    0x1a ResponseInformation(Text) Text "Basis for response topics (3.2.2.3.15).",
    0x1c ServerReference(Text) Text "Another server to use (3.2.2.3.16).",
    0x1f ReasonString(Text) Text "The reason in words, for diagnostics (3.2.2.3.9).",
    0x21 ReceiveMaximum(u16) U16 "How many QoS 1 and 2 publishes may be unacknowledged at once (3.1.2.11.3).",
    0x22 TopicAliasMaximum(u16) U16 "The highest topic alias accepted (3.1.2.11.5).",
    0x23 TopicAlias(u16) U16 "Stands for the topic name (3.3.2.3.4).",
    0x24 MaximumQoS(u8) Byte "The highest QoS that the broker accepts (3.2.2.3.4).",
    0x25 RetainAvailable(u8) Byte "Whether the broker keeps retained messages (3.2.2.3.5).",
    0x26 UserProperty(Text, Text) TextPair "A name and a value of the application's own (3.1.2.11.8).",
    0x27 MaximumPacketSize(u32) U32 "The largest packet accepted, in bytes (3.1.2.11.4).",
    0x28 WildcardSubscriptionAvailable(u8) Byte "Whether the broker takes wildcards (3.2.2.3.11).",
    0x29 SubscriptionIdentifierAvailable(u8) Byte "Whether the broker takes subscription identifiers (3.2.2.3.12).",
    0x2a SharedSubscriptionAvailable(u8) Byte "Whether the broker takes shared subscriptions (3.2.2.3.13).",
}

/// The properties of one packet or message: the user properties, in their order [MQTT-3.3.2-18],
/// after all others, in theirs. Empty costs no allocation.
///
/// # Bounds
///
/// A packet has at most [`Properties::MAX_COUNT`] of them (a CONNECT as many again for its Will),
/// whether it is sent or received. In memory each takes at most [`Properties::ENTRY_BYTES`] beside
/// its bytes on the wire, so that the entries of one packet take less than a megabyte, however
/// large the packet is.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Properties(Vec<Property>);

/// What a user property has that is none; never seen.
static NOTHING: Text = Text::new();

impl Properties {
    /// The most properties that a packet may have. MQTT sets no limit; a packet of 16 MiB has room
    /// for three millions of empty ones, which would be 240 MB in memory.
    pub const MAX_COUNT: usize = 10_000;

    /// What a property takes in memory beside its bytes, which are those of the packet.
    pub const ENTRY_BYTES: usize = size_of::<Property>();

    /// No properties.
    pub const fn new() -> Self {
        Properties(Vec::new())
    }

    /// Adds a property, after those that are there. Which packet may carry it, and whether it may
    /// repeat, is checked where the packet is encoded.
    pub fn push(&mut self, property: Property) {
        if property.is_user() {
            self.0.push(property);
        } else {
            self.0.insert(self.user_start(), property);
        }
    }

    /// Puts a property in place of the one of the same kind, or adds it.
    pub fn set(&mut self, property: Property) {
        match self.0.iter_mut().find(|p| p.id() == property.id()) {
            Some(slot) => *slot = property,
            None => self.push(property),
        }
    }

    /// Where the user properties begin.
    fn user_start(&self) -> usize {
        self.0.partition_point(|property| !property.is_user())
    }

    /// The first property of this kind.
    pub fn get(&self, id: PropertyId) -> Option<&Property> {
        let (others, user) = self.0.split_at(self.user_start());
        match id {
            PropertyId::UserProperty => user.first(),
            _ => others.iter().find(|p| p.id() == id),
        }
    }

    /// The value of the first property of this kind, where that is a number of any width.
    pub fn get_number(&self, id: PropertyId) -> Option<u32> {
        self.get(id).and_then(Property::number)
    }

    /// The value of the first property of this kind, where that is a string.
    pub fn get_text(&self, id: PropertyId) -> Option<&Text> {
        self.get(id).and_then(Property::text)
    }

    /// The value of the first property of this kind, where that is binary data.
    pub fn get_binary(&self, id: PropertyId) -> Option<&Bytes> {
        self.get(id).and_then(Property::binary)
    }

    /// The user properties, in order. Their number is known at once; to go through them by index,
    /// see [`user_property`](Self::user_property).
    pub fn user_properties(&self) -> impl ExactSizeIterator<Item = (&Text, &Text)> {
        self.0[self.user_start()..].iter().map(Property::pair)
    }

    /// The user property at this index, from 0. As fast for the last one as for the first.
    pub fn user_property(&self, index: usize) -> Option<(&Text, &Text)> {
        self.0[self.user_start()..].get(index).map(Property::pair)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// All properties, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Property> {
        self.0.iter()
    }

    /// Removes every property of this kind.
    pub fn remove(&mut self, id: PropertyId) {
        self.0.retain(|p| p.id() != id);
    }

    /// Removes those that `keep` does not want.
    pub(crate) fn retain(&mut self, keep: impl FnMut(&Property) -> bool) {
        self.0.retain(keep);
        if self.0.is_empty() {
            // Of a message that is kept for long.
            self.0 = Vec::new();
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reason String and user properties, which the specification calls problem information, in memory
    /// of their own, so that the buffer in which their packet came can go. None at all cost no
    /// allocation.
    pub(crate) fn problem_information(&self) -> Properties {
        let wanted = self.0.iter().filter(|property| {
            matches!(
                property.id(),
                PropertyId::ReasonString | PropertyId::UserProperty
            )
        });
        let mut copies = Properties(wanted.cloned().collect());
        let mut len = 0;
        copies.for_each_value(&mut |value| len += value.len());
        let mut values = Vec::with_capacity(len);
        copies.for_each_value(&mut |value| values.extend_from_slice(value));
        let mut values = Bytes::from(values);
        copies.for_each_value(&mut |value| *value = values.split_to(value.len()));
        copies
    }

    /// Every string and binary value.
    pub(super) fn for_each_value(&mut self, change: &mut dyn FnMut(&mut Bytes)) {
        use Property as P;
        for property in &mut self.0 {
            match property {
                P::ContentType(v)
                | P::ResponseTopic(v)
                | P::AssignedClientIdentifier(v)
                | P::AuthenticationMethod(v)
                | P::ResponseInformation(v)
                | P::ServerReference(v)
                | P::ReasonString(v) => change(v.bytes_mut()),
                P::CorrelationData(v) | P::AuthenticationData(v) => change(v),
                P::UserProperty(name, value) => {
                    change(name.bytes_mut());
                    change(value.bytes_mut());
                }
                _ => {}
            }
        }
    }

    /// What they count for in the byte limits of queues: the values plus their bookkeeping.
    pub fn cost(&self) -> usize {
        self.0
            .iter()
            .map(|property| {
                Self::ENTRY_BYTES
                    + match property {
                        Property::UserProperty(name, value) => name.len() + value.len(),
                        Property::CorrelationData(v) | Property::AuthenticationData(v) => v.len(),
                        other => other.text().map_or(0, |text| text.len()),
                    }
            })
            .sum()
    }
}

impl Property {
    const fn is_user(&self) -> bool {
        matches!(self, Property::UserProperty(..))
    }

    /// The value, where that is a number of any width.
    pub(super) fn number(&self) -> Option<u32> {
        use Property as P;
        match self {
            P::PayloadFormatIndicator(v)
            | P::RequestProblemInformation(v)
            | P::RequestResponseInformation(v)
            | P::MaximumQoS(v)
            | P::RetainAvailable(v)
            | P::WildcardSubscriptionAvailable(v)
            | P::SubscriptionIdentifierAvailable(v)
            | P::SharedSubscriptionAvailable(v) => Some(u32::from(*v)),
            P::ServerKeepAlive(v)
            | P::ReceiveMaximum(v)
            | P::TopicAliasMaximum(v)
            | P::TopicAlias(v) => Some(u32::from(*v)),
            P::MessageExpiryInterval(v)
            | P::SubscriptionIdentifier(v)
            | P::SessionExpiryInterval(v)
            | P::WillDelayInterval(v)
            | P::MaximumPacketSize(v) => Some(*v),
            _ => None,
        }
    }

    /// The value, where that is one string.
    pub(super) fn text(&self) -> Option<&Text> {
        use Property as P;
        match self {
            P::ContentType(v)
            | P::ResponseTopic(v)
            | P::AssignedClientIdentifier(v)
            | P::AuthenticationMethod(v)
            | P::ResponseInformation(v)
            | P::ServerReference(v)
            | P::ReasonString(v) => Some(v),
            _ => None,
        }
    }

    /// The value, where that is binary data.
    pub(super) fn binary(&self) -> Option<&Bytes> {
        match self {
            Property::CorrelationData(v) | Property::AuthenticationData(v) => Some(v),
            _ => None,
        }
    }

    fn pair(&self) -> (&Text, &Text) {
        match self {
            Property::UserProperty(name, value) => (name, value),
            _ => (&NOTHING, &NOTHING),
        }
    }
}

impl From<Vec<Property>> for Properties {
    fn from(mut list: Vec<Property>) -> Self {
        if !list.is_sorted_by_key(Property::is_user) {
            // Keeps the order of equal ones.
            list.sort_by_key(Property::is_user);
        }
        if list.len() > 4 {
            // Grown by doubling; what is not used would not be counted by `cost`.
            list.shrink_to_fit();
        }
        Properties(list)
    }
}

impl FromIterator<Property> for Properties {
    fn from_iter<I: IntoIterator<Item = Property>>(iter: I) -> Self {
        Properties::from(iter.into_iter().collect::<Vec<_>>())
    }
}

impl<'a> IntoIterator for &'a Properties {
    type Item = &'a Property;
    type IntoIter = std::slice::Iter<'a, Property>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> Property {
        Property::UserProperty(Text::try_from(name).unwrap(), Text::new())
    }

    #[test]
    fn user_properties_stand_behind_the_others() {
        let mut pushed = Properties::new();
        for property in [
            user("a"),
            Property::SubscriptionIdentifier(1),
            user("b"),
            Property::SubscriptionIdentifier(2),
            Property::TopicAlias(1),
        ] {
            pushed.push(property);
        }
        let expected = [
            Property::SubscriptionIdentifier(1),
            Property::SubscriptionIdentifier(2),
            Property::TopicAlias(1),
            user("a"),
            user("b"),
        ];
        assert!(pushed.iter().eq(&expected));
        let mixed = [3, 0, 4, 1, 2].map(|n: usize| expected[n].clone());
        assert_eq!(mixed.into_iter().collect::<Properties>(), pushed);
        assert_eq!(pushed.get(PropertyId::UserProperty), Some(&expected[3]));
        assert_eq!(pushed.get_number(PropertyId::TopicAlias), Some(1));
        pushed.set(Property::TopicAlias(7));
        pushed.remove(PropertyId::SubscriptionIdentifier);
        pushed.set(Property::TopicAliasMaximum(3));
        assert_eq!(pushed.len(), 4);
        assert_eq!(pushed.user_properties().len(), 2);
    }

    #[test]
    fn copies_have_memory_of_their_own() {
        let packet = Bytes::from_static(b"words");
        let slice = || {
            let mut text = Text::new();
            *text.bytes_mut() = packet.slice(1..);
            text
        };
        let all: Properties = [
            Property::ReasonString(slice()),
            Property::TopicAlias(1),
            Property::UserProperty(slice(), slice()),
        ]
        .into_iter()
        .collect();
        let copies = all.problem_information();
        let mut expected = all.clone();
        expected.remove(PropertyId::TopicAlias);
        assert_eq!(copies, expected);
        let mut copies = copies;
        copies.for_each_value(&mut |value| {
            assert_eq!(&value[..], b"ords");
            assert!(!packet.as_ptr_range().contains(&value.as_ptr()));
        });
        assert_eq!(Properties::new().problem_information().0.capacity(), 0);
    }

    #[test]
    fn user_properties_by_index() {
        let mut properties = Properties::new();
        assert_eq!(properties.user_property(0), None);
        properties.push(Property::TopicAlias(1));
        assert_eq!(properties.user_property(0), None);
        for n in 0..100 {
            properties.push(user(&n.to_string()));
        }
        for n in 0..100 {
            let (name, _) = properties.user_property(n).unwrap();
            assert_eq!(name.as_str(), n.to_string());
        }
        assert_eq!(properties.user_property(100), None);
        assert_eq!(properties.user_property(usize::MAX), None);
    }
}
