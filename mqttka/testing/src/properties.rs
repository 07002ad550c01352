//! Properties from their numbers, for whoever has no types for them: C, and the languages over it.

use bytes::Bytes;
use mqttka_core::types::{Property, PropertyId, Text};

use crate::error::Error;

/// The property of this number, whose value is a number.
///
/// # Errors
/// [`Error::InvalidArgument`] where its value is none, or `value` is out of its bounds.
pub fn number(id: PropertyId, value: u32) -> Result<Property, Error> {
    let bound = || Error::invalid("value", format!("{value}: out of the property's bounds"));
    let byte = || u8::try_from(value).map_err(|_| bound());
    let short = || u16::try_from(value).map_err(|_| bound());
    Ok(match id {
        PropertyId::PayloadFormatIndicator => Property::PayloadFormatIndicator(byte()?),
        PropertyId::MessageExpiryInterval => Property::MessageExpiryInterval(value),
        PropertyId::SubscriptionIdentifier => Property::SubscriptionIdentifier(value),
        PropertyId::SessionExpiryInterval => Property::SessionExpiryInterval(value),
        PropertyId::ServerKeepAlive => Property::ServerKeepAlive(short()?),
        PropertyId::RequestProblemInformation => Property::RequestProblemInformation(byte()?),
        PropertyId::WillDelayInterval => Property::WillDelayInterval(value),
        PropertyId::RequestResponseInformation => Property::RequestResponseInformation(byte()?),
        PropertyId::ReceiveMaximum => Property::ReceiveMaximum(short()?),
        PropertyId::TopicAliasMaximum => Property::TopicAliasMaximum(short()?),
        PropertyId::TopicAlias => Property::TopicAlias(short()?),
        PropertyId::MaximumQoS => Property::MaximumQoS(byte()?),
        PropertyId::RetainAvailable => Property::RetainAvailable(byte()?),
        PropertyId::MaximumPacketSize => Property::MaximumPacketSize(value),
        PropertyId::WildcardSubscriptionAvailable => {
            Property::WildcardSubscriptionAvailable(byte()?)
        }
        PropertyId::SubscriptionIdentifierAvailable => {
            Property::SubscriptionIdentifierAvailable(byte()?)
        }
        PropertyId::SharedSubscriptionAvailable => Property::SharedSubscriptionAvailable(byte()?),
        other => return Err(no(other, "number")),
    })
}

/// The property of this number, whose value is a text.
///
/// # Errors
/// [`Error::InvalidArgument`] where its value is none, or MQTT does not allow the text.
pub fn text(id: PropertyId, value: &str) -> Result<Property, Error> {
    let value = self::value("value", value)?;
    Ok(match id {
        PropertyId::ContentType => Property::ContentType(value),
        PropertyId::ResponseTopic => Property::ResponseTopic(value),
        PropertyId::AssignedClientIdentifier => Property::AssignedClientIdentifier(value),
        PropertyId::AuthenticationMethod => Property::AuthenticationMethod(value),
        PropertyId::ResponseInformation => Property::ResponseInformation(value),
        PropertyId::ServerReference => Property::ServerReference(value),
        PropertyId::ReasonString => Property::ReasonString(value),
        other => return Err(no(other, "text")),
    })
}

/// The property of this number, whose value is bytes.
///
/// # Errors
/// [`Error::InvalidArgument`] where its value is none, or they are more than 65,535.
pub fn binary(id: PropertyId, value: &[u8]) -> Result<Property, Error> {
    if value.len() > usize::from(u16::MAX) {
        let reason = format!("{} bytes; 65535 at most", value.len());
        return Err(Error::invalid("value", reason));
    }
    let value = Bytes::copy_from_slice(value);
    Ok(match id {
        PropertyId::CorrelationData => Property::CorrelationData(value),
        PropertyId::AuthenticationData => Property::AuthenticationData(value),
        other => return Err(no(other, "bytes")),
    })
}

/// A user property.
///
/// # Errors
/// [`Error::InvalidArgument`] where MQTT does not allow the name or the value.
pub fn user(name: &str, value: &str) -> Result<Property, Error> {
    let name = self::value("name", name)?;
    Ok(Property::UserProperty(name, self::value("value", value)?))
}

fn value(field: &'static str, text: &str) -> Result<Text, Error> {
    let text = Text::try_from(text.to_owned());
    text.map_err(|error| Error::invalid(field, error.to_string()))
}

fn no(id: PropertyId, kind: &str) -> Error {
    Error::invalid("property", format!("{id:?}: its value is no {kind}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mqttka_core::types::PropertyType;

    /// Each is made by the one function that fits its value, and by no other.
    #[test]
    fn every_property_is_made_by_its_function() {
        for id in PropertyId::ALL.iter().copied() {
            let made = [number(id, 1), text(id, "x"), binary(id, b"x")];
            let fits = match id.value_type() {
                PropertyType::Byte
                | PropertyType::U16
                | PropertyType::U32
                | PropertyType::VarInt => Some(0),
                PropertyType::Text => Some(1),
                PropertyType::Binary => Some(2),
                PropertyType::TextPair => None,
            };
            for (index, made) in made.into_iter().enumerate() {
                match made {
                    Ok(property) => assert!(fits == Some(index) && property.id() == id),
                    Err(error) => {
                        assert!(fits != Some(index), "{id:?}: {error}");
                        assert!(error.to_string().starts_with("property: "), "{error}");
                    }
                }
            }
        }
        assert_eq!(user("a", "b").unwrap().id(), PropertyId::UserProperty);
    }

    #[test]
    fn what_a_property_cannot_have_is_refused() {
        let field = |error| match error {
            Error::InvalidArgument { field, .. } => field,
            other => panic!("{other}"),
        };
        for (made, wrong) in [
            (number(PropertyId::MaximumQoS, 256), "value"),
            (number(PropertyId::ReceiveMaximum, 65_536), "value"),
            (text(PropertyId::ContentType, "\0"), "value"),
            (binary(PropertyId::CorrelationData, &[0; 65_536]), "value"),
            (user("\0", ""), "name"),
            (user("", "\0"), "value"),
        ] {
            assert_eq!(field(made.unwrap_err()), wrong);
        }
    }
}
