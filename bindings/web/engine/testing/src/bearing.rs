//! Properties for the broker's own packets, from objects of JavaScript. Which packet may have which is the broker's to say.

use mqttka_core::client::{Property, PropertyId};
use mqttka_core::types::{Properties, PropertyType};
use mqttka_testing::properties;
use wasm_bindgen::JsValue;

use crate::directing::Result;
use crate::failure::Failure;
use crate::{directing::told, value};

/// `ReceiveMaximum` to `receiveMaximum`, and `MaximumQoS` to `maximumQos`, as events have it.
fn name(id: PropertyId) -> String {
    let name = format!("{id:?}").replace("QoS", "Qos");
    let (first, rest) = name.split_at(1);
    first.to_ascii_lowercase() + rest
}

/// What JavaScript calls it. User properties are one list.
fn names() -> impl Iterator<Item = (String, PropertyId)> {
    let all = PropertyId::ALL.iter();
    all.map(|id| match id {
        PropertyId::UserProperty => ("userProperties".to_owned(), *id),
        id => (name(*id), *id),
    })
}

/// What is undefined or null is not there.
pub(crate) fn from_js(given: &JsValue) -> Result<Properties> {
    let mut all = Properties::new();
    for (name, given) in value::entries("properties", given)? {
        if value::absent(&given) {
            continue;
        }
        let shown = ["properties.", &name].concat();
        let Some((_, id)) = names().find(|(it, _)| *it == name) else {
            let known: Vec<_> = names().map(|(name, _)| name).collect();
            let bound = ["one of ", &known.join(", ")].concat();
            return Err(Failure::option(&shown, "no property", &bound).into());
        };
        let most = match id.value_type() {
            PropertyType::Byte => u8::MAX.into(),
            PropertyType::U16 => u16::MAX.into(),
            PropertyType::U32 => u32::MAX,
            PropertyType::VarInt => 268_435_455,
            PropertyType::Text => {
                let text = value::text(&shown, &given)?;
                all.push(told(properties::text(id, text.as_str()))?);
                continue;
            }
            PropertyType::Binary => {
                let bytes = value::bytes(&shown, &given)?;
                all.push(told(properties::binary(id, &bytes))?);
                continue;
            }
            PropertyType::TextPair => {
                for (name, value) in value::pairs(&shown, &given)? {
                    all.push(Property::UserProperty(name, value));
                }
                continue;
            }
        };
        let number = value::within(&shown, &given, 0, most)?;
        all.push(told(properties::number(id, number))?);
    }
    Ok(all)
}
