//! A list of properties on the wire (section 2.2.2). MQTT 3.1.1 has none: nothing is written, and
//! what a packet carries is ignored.

use bytes::{BufMut, BytesMut};

use super::primitive::{capped, put_binary, put_var_int, var_int_len};
use super::property_table::{Holder, is_allowed, may_repeat};
use super::reader::Reader;
use super::{DecodeError, EncodeError, MAX_REMAINING_LENGTH, primitive};
use crate::types::{Properties, Property, PropertyId, TopicName, Version};

/// The properties that were met, to find one that is repeated.
#[derive(Default)]
struct Seen(u64);

impl Seen {
    /// Notes one; false where it was there before.
    fn insert(&mut self, id: PropertyId) -> bool {
        // The highest number of a property is 42.
        let bit = 1 << id as u8;
        let new = self.0 & bit == 0;
        self.0 |= bit;
        new
    }
}

/// Reads the property length and the properties; nothing in 3.1.1.
#[inline]
pub(super) fn decode(
    reader: &mut Reader,
    holder: Holder,
    version: Version,
) -> Result<Properties, DecodeError> {
    if version == Version::V311 {
        return Ok(Properties::new());
    }
    // Most packets have none.
    match reader.skip_zero() {
        true => Ok(Properties::new()),
        false => decode_some(reader, holder),
    }
}

fn decode_some(reader: &mut Reader, holder: Holder) -> Result<Properties, DecodeError> {
    let len = reader.var_int()? as usize;
    decode_list(Reader::new(reader.bytes(len)?), holder)
}

fn decode_list(mut list: Reader, holder: Holder) -> Result<Properties, DecodeError> {
    let mut properties = Vec::new();
    let mut seen = Seen::default();
    while !list.is_empty() {
        if properties.len() == Properties::MAX_COUNT {
            return Err(DecodeError::TooManyProperties(holder.packet()));
        }
        // The number is a Variable Byte Integer, but all that exist fit its first byte.
        let number = list.u8()?;
        let id = PropertyId::from_u8(number).ok_or(DecodeError::UnknownProperty(number))?;
        if !is_allowed(id, holder) {
            return Err(DecodeError::PropertyNotAllowed {
                property: id,
                packet: holder.packet(),
            });
        }
        if !seen.insert(id) && !may_repeat(id, holder) {
            return Err(DecodeError::PropertyRepeated(id));
        }
        let property = decode_value(&mut list, id)?;
        if !value_is_allowed(&property) {
            return Err(DecodeError::InvalidPropertyValue(id));
        }
        if properties.is_empty() && list.is_empty() {
            // The only one, as a Subscription Identifier often is: else room for four.
            properties.reserve_exact(1);
        }
        properties.push(property);
    }
    Ok(Properties::from(properties))
}

fn decode_value(list: &mut Reader, id: PropertyId) -> Result<Property, DecodeError> {
    use PropertyId as Id;
    Ok(match id {
        Id::PayloadFormatIndicator => Property::PayloadFormatIndicator(list.u8()?),
        Id::MessageExpiryInterval => Property::MessageExpiryInterval(list.u32()?),
        Id::ContentType => Property::ContentType(list.text()?),
        // Parsed as the topic name that it is [MQTT-3.3.2-14].
        Id::ResponseTopic => Property::ResponseTopic(list.topic_name()?.into_text()),
        Id::CorrelationData => Property::CorrelationData(list.binary()?),
        Id::SubscriptionIdentifier => Property::SubscriptionIdentifier(list.var_int()?),
        Id::SessionExpiryInterval => Property::SessionExpiryInterval(list.u32()?),
        Id::AssignedClientIdentifier => Property::AssignedClientIdentifier(list.text()?),
        Id::ServerKeepAlive => Property::ServerKeepAlive(list.u16()?),
        Id::AuthenticationMethod => Property::AuthenticationMethod(list.text()?),
        Id::AuthenticationData => Property::AuthenticationData(list.binary()?),
        Id::RequestProblemInformation => Property::RequestProblemInformation(list.u8()?),
        Id::WillDelayInterval => Property::WillDelayInterval(list.u32()?),
        Id::RequestResponseInformation => Property::RequestResponseInformation(list.u8()?),
        Id::ResponseInformation => Property::ResponseInformation(list.text()?),
        Id::ServerReference => Property::ServerReference(list.text()?),
        Id::ReasonString => Property::ReasonString(list.text()?),
        Id::ReceiveMaximum => Property::ReceiveMaximum(list.u16()?),
        Id::TopicAliasMaximum => Property::TopicAliasMaximum(list.u16()?),
        Id::TopicAlias => Property::TopicAlias(list.u16()?),
        Id::MaximumQoS => Property::MaximumQoS(list.u8()?),
        Id::RetainAvailable => Property::RetainAvailable(list.u8()?),
        Id::UserProperty => Property::UserProperty(list.text()?, list.text()?),
        Id::MaximumPacketSize => Property::MaximumPacketSize(list.u32()?),
        Id::WildcardSubscriptionAvailable => Property::WildcardSubscriptionAvailable(list.u8()?),
        Id::SubscriptionIdentifierAvailable => {
            Property::SubscriptionIdentifierAvailable(list.u8()?)
        }
        Id::SharedSubscriptionAvailable => Property::SharedSubscriptionAvailable(list.u8()?),
    })
}

/// The values that the properties' sections rule out. Which values a connection allows (such as a
/// topic alias above the maximum) is for the session to say.
fn value_is_allowed(property: &Property) -> bool {
    use Property as P;
    match property {
        P::PayloadFormatIndicator(value)
        | P::RequestProblemInformation(value)
        | P::RequestResponseInformation(value)
        | P::MaximumQoS(value)
        | P::RetainAvailable(value)
        | P::WildcardSubscriptionAvailable(value)
        | P::SubscriptionIdentifierAvailable(value)
        | P::SharedSubscriptionAvailable(value) => *value <= 1,
        // [MQTT-3.3.2-8] for the alias; 3.1.2.11.3
        P::ReceiveMaximum(value) | P::TopicAlias(value) => *value != 0,
        P::MaximumPacketSize(value) => *value != 0,
        P::SubscriptionIdentifier(value) => *value != 0 && *value as usize <= MAX_REMAINING_LENGTH,
        _ => true,
    }
}

/// Whether `holder` may carry these properties, each of them with its value.
#[inline]
pub(super) fn check(
    properties: &Properties,
    holder: Holder,
    version: Version,
) -> Result<(), EncodeError> {
    if version == Version::V311 || properties.is_empty() {
        return Ok(());
    }
    check_list(properties, holder)
}

fn check_list(properties: &Properties, holder: Holder) -> Result<(), EncodeError> {
    if properties.len() > Properties::MAX_COUNT {
        return Err(EncodeError::TooManyProperties(holder.packet()));
    }
    let mut seen = Seen::default();
    for property in properties {
        let id = property.id();
        if !is_allowed(id, holder) {
            return Err(EncodeError::PropertyNotAllowed {
                property: id,
                packet: holder.packet(),
            });
        }
        if !seen.insert(id) && !may_repeat(id, holder) {
            return Err(EncodeError::PropertyRepeated(id));
        }
        if !value_is_allowed(property) || !is_topic_if_response_topic(property) {
            return Err(EncodeError::InvalidPropertyValue(id));
        }
        if let Property::CorrelationData(value) | Property::AuthenticationData(value) = property {
            primitive::check_binary(value)?;
        }
    }
    Ok(())
}

/// The type of a Response Topic's value is a string; on the way out it has to be a topic name
/// [MQTT-3.3.2-14]. The decoder parses it as one.
fn is_topic_if_response_topic(property: &Property) -> bool {
    match property {
        Property::ResponseTopic(text) => TopicName::parse(text.clone()).is_ok(),
        _ => true,
    }
}

/// How many bytes the properties take without their length; capped (see [`capped`]). None in
/// 3.1.1.
#[inline]
pub(super) fn list_len(properties: &Properties, version: Version) -> usize {
    if version == Version::V311 {
        return 0;
    }
    properties
        .iter()
        .fold(0, |sum, property| capped(sum + 1 + value_len(property)))
}

/// How many bytes properties of this [`list_len`] take with their length; none in 3.1.1.
#[inline]
pub(super) const fn len_with_length(list_len: usize, version: Version) -> usize {
    match version {
        Version::V311 => 0,
        Version::V5 => var_int_len(list_len) + list_len,
    }
}

/// How many bytes the properties take with their length; none in 3.1.1.
#[inline]
pub(super) fn encoded_len(properties: &Properties, version: Version) -> usize {
    len_with_length(list_len(properties, version), version)
}

fn value_len(property: &Property) -> usize {
    use Property as P;
    match property {
        P::PayloadFormatIndicator(_)
        | P::RequestProblemInformation(_)
        | P::RequestResponseInformation(_)
        | P::MaximumQoS(_)
        | P::RetainAvailable(_)
        | P::WildcardSubscriptionAvailable(_)
        | P::SubscriptionIdentifierAvailable(_)
        | P::SharedSubscriptionAvailable(_) => 1,
        P::ServerKeepAlive(_)
        | P::ReceiveMaximum(_)
        | P::TopicAliasMaximum(_)
        | P::TopicAlias(_) => 2,
        P::MessageExpiryInterval(_)
        | P::SessionExpiryInterval(_)
        | P::WillDelayInterval(_)
        | P::MaximumPacketSize(_) => 4,
        P::SubscriptionIdentifier(value) => var_int_len(*value as usize),
        P::ContentType(text)
        | P::ResponseTopic(text)
        | P::AssignedClientIdentifier(text)
        | P::AuthenticationMethod(text)
        | P::ResponseInformation(text)
        | P::ServerReference(text)
        | P::ReasonString(text) => 2 + text.len(),
        P::UserProperty(name, value) => 4 + name.len() + value.len(),
        P::CorrelationData(bytes) | P::AuthenticationData(bytes) => 2 + bytes.len(),
    }
}

/// Writes the properties and their length, after [`check`]; nothing in 3.1.1.
#[inline]
pub(super) fn put(out: &mut BytesMut, properties: &Properties, version: Version) {
    put_measured(out, properties, list_len(properties, version), version);
}

/// As [`put`], where their [`list_len`] is known.
#[inline]
pub(super) fn put_measured(
    out: &mut BytesMut,
    properties: &Properties,
    list_len: usize,
    version: Version,
) {
    if version == Version::V311 {
        return;
    }
    if properties.is_empty() {
        out.put_u8(0);
        return;
    }
    put_var_int(out, list_len);
    put_entries(out, properties);
}

/// Writes the properties without their length.
pub(super) fn put_entries(out: &mut BytesMut, properties: &Properties) {
    for property in properties {
        out.put_u8(property.id() as u8);
        put_value(out, property);
    }
}

fn put_value(out: &mut BytesMut, property: &Property) {
    use Property as P;
    match property {
        P::PayloadFormatIndicator(value)
        | P::RequestProblemInformation(value)
        | P::RequestResponseInformation(value)
        | P::MaximumQoS(value)
        | P::RetainAvailable(value)
        | P::WildcardSubscriptionAvailable(value)
        | P::SubscriptionIdentifierAvailable(value)
        | P::SharedSubscriptionAvailable(value) => out.put_u8(*value),
        P::ServerKeepAlive(value)
        | P::ReceiveMaximum(value)
        | P::TopicAliasMaximum(value)
        | P::TopicAlias(value) => out.put_u16(*value),
        P::MessageExpiryInterval(value)
        | P::SessionExpiryInterval(value)
        | P::WillDelayInterval(value)
        | P::MaximumPacketSize(value) => out.put_u32(*value),
        P::SubscriptionIdentifier(value) => put_var_int(out, *value as usize),
        P::ContentType(text)
        | P::ResponseTopic(text)
        | P::AssignedClientIdentifier(text)
        | P::AuthenticationMethod(text)
        | P::ResponseInformation(text)
        | P::ServerReference(text)
        | P::ReasonString(text) => put_binary(out, text.as_bytes()),
        P::UserProperty(name, value) => {
            put_binary(out, name.as_bytes());
            put_binary(out, value.as_bytes());
        }
        P::CorrelationData(bytes) | P::AuthenticationData(bytes) => put_binary(out, bytes),
    }
}

#[cfg(test)]
mod tests;
