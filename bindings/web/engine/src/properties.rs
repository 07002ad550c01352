//! Properties of MQTT 5.0: from objects of JavaScript, as JSON, and in bytes.

use mqttka_core::client::{Properties, Property};
use wasm_bindgen::JsValue;

use crate::failure::Failure;
use crate::json::{self, Object};
use crate::value;

/// What is undefined or null is not there. Which packet may carry which is the core's to say. `of`
/// goes before the names in errors.
pub(crate) fn from_js(of: &str, given: &JsValue) -> Result<Properties, Failure> {
    let mut properties = Properties::new();
    if value::absent(given) {
        return Ok(properties);
    }
    for (name, given) in value::entries(of, given)? {
        if !value::absent(&given) {
            add(&mut properties, &format!("{of}.{name}"), &name, &given)?;
        }
    }
    Ok(properties)
}

fn add(to: &mut Properties, shown: &str, name: &str, given: &JsValue) -> Result<(), Failure> {
    use Property as P;
    const MAX: u32 = u32::MAX;
    let property = match name {
        "payloadFormatIndicator" => {
            P::PayloadFormatIndicator(value::within(shown, given, 0, 1)? as u8)
        }
        "messageExpiryInterval" => P::MessageExpiryInterval(value::within(shown, given, 0, MAX)?),
        "contentType" => P::ContentType(value::text(shown, given)?),
        "responseTopic" => P::ResponseTopic(value::topic(shown, given)?.into_text()),
        "correlationData" => P::CorrelationData(value::bytes(shown, given)?),
        "subscriptionIdentifier" => {
            P::SubscriptionIdentifier(value::within(shown, given, 1, 268_435_455)?)
        }
        "willDelayInterval" => P::WillDelayInterval(value::within(shown, given, 0, MAX)?),
        "userProperties" => {
            for (name, value) in value::pairs(shown, given)? {
                to.push(P::UserProperty(name, value));
            }
            return Ok(());
        }
        _ => {
            let bound = "one of contentType, correlationData, messageExpiryInterval, \
                 payloadFormatIndicator, responseTopic, subscriptionIdentifier, userProperties, \
                 willDelayInterval";
            return Err(Failure::option(shown, "no property", bound));
        }
    };
    to.push(property);
    Ok(())
}

/// `property` of each kind of value.
macro_rules! by_type {
    ($property:expr, byte $byte:expr, short $short:expr, long $long:expr, text $text:expr, binary $binary:expr,
     pair $pair:expr) => {{
        use Property as P;
        match $property {
            P::PayloadFormatIndicator(it)
            | P::RequestProblemInformation(it)
            | P::RequestResponseInformation(it)
            | P::MaximumQoS(it)
            | P::RetainAvailable(it)
            | P::WildcardSubscriptionAvailable(it)
            | P::SubscriptionIdentifierAvailable(it)
            | P::SharedSubscriptionAvailable(it) => $byte(*it),
            P::ServerKeepAlive(it)
            | P::ReceiveMaximum(it)
            | P::TopicAliasMaximum(it)
            | P::TopicAlias(it) => $short(*it),
            P::MessageExpiryInterval(it)
            | P::SubscriptionIdentifier(it)
            | P::SessionExpiryInterval(it)
            | P::WillDelayInterval(it)
            | P::MaximumPacketSize(it) => $long(*it),
            P::ContentType(it)
            | P::ResponseTopic(it)
            | P::AssignedClientIdentifier(it)
            | P::AuthenticationMethod(it)
            | P::ResponseInformation(it)
            | P::ServerReference(it)
            | P::ReasonString(it) => $text(it.as_str()),
            P::CorrelationData(it) | P::AuthenticationData(it) => $binary(&it[..]),
            P::UserProperty(name, value) => $pair(name.as_str(), value.as_str()),
        }
    }};
}

/// The names of `PropertyId` in JavaScript's case.
fn name(property: &Property) -> String {
    let name = format!("{:?}", property.id());
    let mut chars = name.chars();
    let first = chars.next().map(|it| it.to_ascii_lowercase());
    first.into_iter().chain(chars).collect()
}

/// As an object; user properties as a list of pairs.
pub(crate) fn to_json(object: &mut Object<'_>, key: &str, properties: &Properties) {
    object.object(key, |object| {
        for property in properties.iter() {
            let name = name(property);
            let cell = std::cell::RefCell::new(&mut *object);
            by_type!(property,
                byte |it: u8| cell.borrow_mut().number(&name, it.into()),
                short |it: u16| cell.borrow_mut().number(&name, it.into()),
                long |it: u32| cell.borrow_mut().number(&name, it.into()),
                text |it: &str| cell.borrow_mut().text(&name, it),
                binary |it: &[u8]| cell.borrow_mut().bytes(&name, it),
                pair |_: &str, _: &str| {});
        }
        user_to_json(object, properties);
    });
}

/// The user properties alone, as a list of pairs; nothing where there are none.
pub(crate) fn user_to_json(object: &mut Object<'_>, properties: &Properties) {
    let user = properties.user_properties();
    if user.len() > 0 {
        object.list("userProperties", user, |out, (name, value)| {
            out.push('[');
            json::string(out, name.as_str());
            out.push(',');
            json::string(out, value.as_str());
            out.push(']');
        });
    }
}

/// Each as its number and its value, little-endian, strings and bytes after two bytes of length:
/// `src/batch.ts` reads it.
pub(crate) fn to_bytes(out: &mut Vec<u8>, properties: &Properties) {
    for property in properties.iter() {
        out.push(property.id() as u8);
        let out = std::cell::RefCell::new(&mut *out);
        let put = |bytes: &[u8]| out.borrow_mut().extend_from_slice(bytes);
        let put_long = |bytes: &[u8]| {
            // The wire's own lengths have two bytes.
            put(&(bytes.len() as u16).to_le_bytes());
            put(bytes);
        };
        by_type!(property,
        byte |it: u8| put(&[it]),
        short |it: u16| put(&it.to_le_bytes()),
        long |it: u32| put(&it.to_le_bytes()),
        text |it: &str| put_long(it.as_bytes()),
        binary |it: &[u8]| put_long(it),
        pair |name: &str, value: &str| {
            put_long(name.as_bytes());
            put_long(value.as_bytes());
        });
    }
}
