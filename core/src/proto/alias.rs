//! Topic aliases of one connection (section 3.3.2.3.4), in either direction. They never outlive it.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::num::NonZeroU16;

use bytes::BytesMut;

use super::outbound::Outbound;
use crate::codec::{EncodeError, TopicAlias};
use crate::error::ProtocolError;
use crate::types::{Properties, PropertyId, TopicName, Version};

/// What the broker's aliases stand for. At most as many topics as the maximum that it was told, each
/// in memory of its own.
#[derive(Debug, Default)]
pub(super) struct InboundAliases {
    topics: Vec<Option<TopicName>>,
}

impl InboundAliases {
    /// The topic of a PUBLISH that may have an alias, which is taken off.
    pub(super) fn resolve(
        &mut self,
        topic: Option<TopicName>,
        properties: &mut Properties,
        maximum: u16,
    ) -> Result<TopicName, ProtocolError> {
        let id = PropertyId::TopicAlias;
        let Some(alias) = properties.get_number(id) else {
            return topic.ok_or(ProtocolError::TopicAliasInvalid);
        };
        // [MQTT-3.1.2-26] [MQTT-3.1.2-27]; 0 the decoder refuses.
        if alias > u32::from(maximum) || alias == 0 {
            return Err(ProtocolError::TopicAliasInvalid);
        }
        properties.remove(id);
        let index = alias as usize - 1;
        match topic {
            Some(topic) => {
                if self.topics.len() <= index {
                    self.topics.resize(index + 1, None);
                }
                let known = &mut self.topics[index];
                if known.as_ref() != Some(&topic) {
                    // Kept for long, so not as a piece of a read buffer.
                    *known = TopicName::try_from(topic.as_str()).ok();
                }
                Ok(topic)
            }
            None => {
                let known = self.topics.get(index).cloned().flatten();
                known.ok_or(ProtocolError::TopicAliasInvalid)
            }
        }
    }
}

/// The aliases that we gave: those of the topics used last.
///
/// A list in the order of use, and a table from hashes to places in it. Topics are copied into
/// memory that is used again, so that once it is warm nothing is allocated.
#[derive(Debug, Default)]
pub(super) struct OutboundAliases {
    /// How many there may be; 0: none.
    maximum: u16,
    /// The largest packet that the broker takes.
    packet_limit: usize,
    entries: Vec<Entry>,
    table: HashMap<u64, u16, BuildHasherDefault<Same>>,
    /// The place of the topic that was used last, and of the one that was not used for longest.
    newest: u16,
    oldest: u16,
}

/// The topic of the alias that is its place and one.
#[derive(Debug)]
struct Entry {
    topic: Vec<u8>,
    hash: u64,
    /// Neighbours in the order of use; the ends are those of the list.
    newer: u16,
    older: u16,
}

impl OutboundAliases {
    /// Of a new connection.
    pub(super) fn new(maximum: u16, packet_limit: u32) -> Self {
        OutboundAliases {
            maximum,
            packet_limit: packet_limit as usize,
            ..OutboundAliases::default()
        }
    }

    /// Encodes everything but the payload, with an alias where there may be one.
    #[inline]
    pub(super) fn encode_head(
        &mut self,
        outbound: &Outbound,
        dup: bool,
        id: Option<NonZeroU16>,
        version: Version,
        out: &mut BytesMut,
    ) -> Result<(), EncodeError> {
        if self.maximum == 0 {
            return outbound.encode_head(dup, id, version, out);
        }
        self.encode_aliased(outbound, dup, id, version, out)
    }

    fn encode_aliased(
        &mut self,
        outbound: &Outbound,
        dup: bool,
        id: Option<NonZeroU16>,
        version: Version,
        out: &mut BytesMut,
    ) -> Result<(), EncodeError> {
        let topic = outbound.message.topic.as_bytes();
        let fits = outbound.packet_len() + TopicAlias::MAX_COST <= self.packet_limit;
        if topic.len() <= TopicAlias::MIN_GAIN {
            return outbound.encode_head(dup, id, version, out);
        }
        let Some(alias) = self.take(topic, fits) else {
            return outbound.encode_head(dup, id, version, out);
        };
        let encoded = outbound.encode_aliased_head(alias, dup, id, out);
        if encoded.is_err() {
            // The broker does not learn of it.
            *self = OutboundAliases::new(self.maximum, self.packet_limit as u32);
        }
        encoded
    }

    /// The alias of this topic. A new one takes the place of the one that was not used for longest,
    /// where there `may` be a new one.
    fn take(&mut self, topic: &[u8], may: bool) -> Option<TopicAlias> {
        let newest = self.entries.get(usize::from(self.newest));
        if newest.is_some_and(|entry| entry.topic == topic) {
            return Some(Self::alias(self.newest, true));
        }
        let hash = hash(topic);
        if let Some(&place) = self.table.get(&hash)
            && self.entries[usize::from(place)].topic == topic
        {
            self.unlink(place);
            self.link(place);
            return Some(Self::alias(place, true));
        }
        if !may {
            return None;
        }
        let place = self.place_for(topic, hash);
        Some(Self::alias(place, false))
    }

    fn place_for(&mut self, topic: &[u8], hash: u64) -> u16 {
        let place = if self.entries.len() < usize::from(self.maximum) {
            let place = self.entries.len() as u16;
            self.entries.push(Entry {
                topic: topic.to_vec(),
                hash,
                newer: 0,
                older: 0,
            });
            place
        } else {
            let place = self.oldest;
            self.unlink(place);
            let entry = &mut self.entries[usize::from(place)];
            // Another topic of the same hash may have taken its place in the table.
            if self.table.get(&entry.hash) == Some(&place) {
                self.table.remove(&entry.hash);
            }
            entry.topic.clear();
            entry.topic.extend_from_slice(topic);
            entry.hash = hash;
            place
        };
        self.table.insert(hash, place);
        self.link(place);
        place
    }

    fn alias(place: u16, known: bool) -> TopicAlias {
        // Places are below the maximum.
        let number = NonZeroU16::MIN.saturating_add(place);
        TopicAlias { number, known }
    }

    /// Takes it out of the order of use.
    fn unlink(&mut self, place: u16) {
        let Entry { newer, older, .. } = self.entries[usize::from(place)];
        if place == self.newest {
            self.newest = older;
        } else {
            self.entries[usize::from(newer)].older = older;
        }
        if place == self.oldest {
            self.oldest = newer;
        } else {
            self.entries[usize::from(older)].newer = newer;
        }
    }

    /// Puts it in front.
    fn link(&mut self, place: u16) {
        let before = self.newest;
        if self.entries.len() == 1 {
            self.oldest = place;
        } else {
            self.entries[usize::from(before)].newer = place;
        }
        self.entries[usize::from(place)].older = before;
        self.newest = place;
    }
}

fn hash(topic: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    topic.hash(&mut hasher);
    hasher.finish()
}

/// What is hashed already.
#[derive(Default)]
pub(super) struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
