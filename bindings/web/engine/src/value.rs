//! Values of JavaScript, with errors that name the field and what it must be.

use std::time::Duration;

use js_sys::{Array, Object, Uint8Array};
use mqttka_core::client::{
    Bytes, NUMBERS, NetworkChange, Options, QoS, Text, TopicFilter, TopicName,
};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use crate::failure::Failure;
use crate::json;

type Result<T> = std::result::Result<T, Failure>;

#[wasm_bindgen]
extern "C" {
    /// JavaScript writes its numbers itself: Rust's code for that is large.
    #[wasm_bindgen(js_name = String)]
    fn as_text(value: &JsValue) -> String;
}

/// What was given, without its contents: they may be secret.
#[cold]
#[inline(never)]
fn kind(value: &JsValue) -> String {
    if value.as_f64().is_some() || value.as_bool().is_some() {
        return as_text(value);
    }
    let kind = if value.is_null() {
        "null"
    } else if value.is_undefined() {
        "undefined"
    } else if value.is_string() {
        "a string"
    } else if value.is_function() {
        "a function"
    } else if Array::is_array(value) {
        "an array"
    } else if value.is_object() {
        "an object"
    } else {
        "a value of another kind"
    };
    kind.to_owned()
}

#[cold]
#[inline(never)]
pub(crate) fn wrong(name: &str, value: &JsValue, bound: &str) -> Failure {
    Failure::option(name, &kind(value), bound)
}

pub(crate) fn absent(value: &JsValue) -> bool {
    value.is_undefined() || value.is_null()
}

pub(crate) fn optional<T>(
    value: &JsValue,
    read: impl FnOnce(&JsValue) -> Result<T>,
) -> Result<Option<T>> {
    (!absent(value)).then(|| read(value)).transpose()
}

#[inline(never)]
pub(crate) fn flag(name: &str, value: &JsValue) -> Result<bool> {
    let flag = value.as_bool();
    flag.ok_or_else(|| wrong(name, value, "true or false"))
}

/// Numbers up to here are exact in JavaScript.
const EXACT: f64 = 9_007_199_254_740_991.0;

#[inline(never)]
fn whole(name: &str, value: &JsValue, bound: &str) -> Result<i64> {
    match value.as_f64() {
        Some(number) if number.trunc() == number && number.abs() <= EXACT => Ok(number as i64),
        _ => Err(wrong(name, value, bound)),
    }
}

/// Seconds, more than any bound.
const MOST: f64 = 1e12;

/// A whole number within the bounds that the core has for this option; they fit its field.
#[inline(never)]
pub(crate) fn number(name: &str, value: &JsValue) -> Result<u64> {
    let bounds = NUMBERS.iter().find(|(option, _)| *option == name);
    let bounds = bounds.map_or(0..=u64::MAX, |(_, bounds)| bounds.clone());
    let bound = format!("{} to {}", bounds.start(), bounds.end());
    let given = whole(name, value, &bound)?;
    let fits = u64::try_from(given).ok().filter(|it| bounds.contains(it));
    fits.ok_or_else(|| wrong(name, value, &bound))
}

/// A whole number from `low` to `high`.
#[inline(never)]
pub(crate) fn within(name: &str, value: &JsValue, low: u32, high: u32) -> Result<u32> {
    let bound = format!("{low} to {high}");
    let given = whole(name, value, &bound)?;
    let fits = u32::try_from(given)
        .ok()
        .filter(|it| (low..=high).contains(it));
    fits.ok_or_else(|| wrong(name, value, &bound))
}

/// Seconds, within the bounds that the core has for this option.
#[inline(never)]
pub(crate) fn time(name: &str, value: &JsValue) -> Result<Duration> {
    let given = value.as_f64().filter(|it| (0.0..=MOST).contains(it));
    let Some(given) = given else {
        return Err(wrong(name, value, "a number of seconds"));
    };
    let time = Duration::from_secs_f64(given);
    Options::check_duration(name, time)?;
    Ok(time)
}

#[inline(never)]
pub(crate) fn string(name: &str, value: &JsValue) -> Result<String> {
    let text = value.as_string();
    text.ok_or_else(|| wrong(name, value, "a string"))
}

#[inline(never)]
pub(crate) fn text(name: &str, value: &JsValue) -> Result<Text> {
    let text = Text::try_from(string(name, value)?);
    text.map_err(|error| {
        let bound = ["one that MQTT can carry: ", &error.to_string()].concat();
        Failure::option(name, "a string", &bound)
    })
}

/// Bytes, or the UTF-8 of a string.
#[inline(never)]
pub(crate) fn bytes(name: &str, value: &JsValue) -> Result<Bytes> {
    if let Some(text) = value.as_string() {
        return Ok(text.into());
    }
    if let Some(bytes) = value.dyn_ref::<Uint8Array>() {
        return Ok(bytes.to_vec().into());
    }
    Err(wrong(name, value, "a string or a Uint8Array"))
}

#[inline(never)]
pub(crate) fn topic(name: &str, value: &JsValue) -> Result<TopicName> {
    let topic = TopicName::parse(text(name, value)?);
    topic.map_err(|error| {
        let bound = ["a topic name: ", &error.to_string()].concat();
        Failure::option(name, "a string", &bound)
    })
}

#[inline(never)]
pub(crate) fn filter(name: &str, value: &JsValue) -> Result<TopicFilter> {
    Ok(TopicFilter::parse(text(name, value)?)?)
}

#[inline(never)]
pub(crate) fn qos(name: &str, value: &JsValue) -> Result<QoS> {
    Ok(match within(name, value, 0, 2)? {
        0 => QoS::AtMostOnce,
        1 => QoS::AtLeastOnce,
        _ => QoS::ExactlyOnce,
    })
}

/// Which of these names it is, in JavaScript's case.
#[inline(never)]
fn position(name: &str, value: &JsValue, names: &mut dyn Iterator<Item = &str>) -> Result<usize> {
    let given = value.as_string();
    let mut all = String::from("one of ");
    for (index, one) in names.enumerate() {
        let one = json::camel_case(one);
        if given.as_deref() == Some(&one) {
            return Ok(index);
        }
        if index > 0 {
            all.push_str(", ");
        }
        all.push_str(&one);
    }
    let given = match given {
        Some(text) => {
            let shown: String = text.chars().take(64).collect();
            ["\"", &shown, "\""].concat()
        }
        None => kind(value),
    };
    Err(Failure::option(name, &given, &all))
}

pub(crate) fn network_change(name: &str, value: &JsValue) -> Result<NetworkChange> {
    const CHANGES: [(&str, NetworkChange); 3] = [
        ("lost", NetworkChange::Lost),
        ("available", NetworkChange::Available),
        ("changed", NetworkChange::Changed),
    ];
    named(name, value, &CHANGES)
}

/// One of these names.
pub(crate) fn named<T: Copy>(name: &str, value: &JsValue, names: &[(&str, T)]) -> Result<T> {
    let at = position(name, value, &mut names.iter().map(|(it, _)| *it))?;
    Ok(names[at].1)
}

/// The names, as they are, and values of a plain object.
#[inline(never)]
pub(crate) fn entries(name: &str, value: &JsValue) -> Result<Vec<(String, JsValue)>> {
    if !value.is_object() || Array::is_array(value) {
        return Err(wrong(name, value, "an object"));
    }
    let entries = Object::entries(value.unchecked_ref::<Object>());
    let pair = |entry: JsValue| {
        let entry: Array = entry.unchecked_into();
        (entry.get(0).as_string().unwrap_or_default(), entry.get(1))
    };
    Ok(entries.iter().map(pair).collect())
}

/// An object or array that has nothing.
#[cfg(not(feature = "sockets"))]
pub(crate) fn is_empty(value: &JsValue) -> bool {
    value.is_object() && Object::keys(value.unchecked_ref::<Object>()).length() == 0
}

#[inline(never)]
pub(crate) fn list(name: &str, value: &JsValue) -> Result<Vec<JsValue>> {
    match value.dyn_ref::<Array>() {
        Some(array) => Ok(array.iter().collect()),
        None => Err(wrong(name, value, "an array")),
    }
}

/// An array of `[name, value]`, or an object.
#[inline(never)]
pub(crate) fn pairs(name: &str, value: &JsValue) -> Result<Vec<(Text, Text)>> {
    let mut pairs = Vec::new();
    if Array::is_array(value) {
        for one in list(name, value)? {
            let pair = list(name, &one)?;
            let [key, value] = &pair[..] else {
                return Err(wrong(name, &one, "an array of a name and a value"));
            };
            pairs.push((text(name, key)?, text(name, value)?));
        }
    } else {
        for (key, value) in entries(name, value)? {
            pairs.push((text(name, &JsValue::from_str(&key))?, text(name, &value)?));
        }
    }
    Ok(pairs)
}
