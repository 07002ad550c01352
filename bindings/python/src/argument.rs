//! Arguments and options from Python. What is wrong with one is said alike: its name, its value and
//! what it must be; never the value of a password.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use mqttka_core::client::{Bytes, Error, InvalidText, Text, TopicFilter, TopicName};
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyString};

use crate::{error, gate};

/// Its type is not `wanted`.
pub(crate) fn wrong_type(name: &str, value: &Bound<'_, PyAny>, wanted: &str) -> PyErr {
    let kind = value.get_type().name();
    let kind = kind.map_or_else(|_| "?".into(), |kind| kind.to_string());
    let text = format!("{name} is of type {kind}; it must be {wanted}");
    error::invalid_type(value.py(), &text)
}

/// Its value is not `wanted`.
pub(crate) fn wrong_value(name: &str, value: &Bound<'_, PyAny>, wanted: impl Display) -> PyErr {
    // An integer may have too many digits to be shown.
    let shown = value.str().map(|text| beginning(&text.to_string()));
    let shown = shown.unwrap_or_else(|_| "too large".into());
    let text = format!("{name} is {shown}; it must be {wanted}");
    error::call(value.py(), &Error::InvalidArgument(text))
}

/// Of a value that is too long to be shown.
fn beginning(text: &str) -> String {
    const SHOWN: usize = 100;
    match text.char_indices().nth(SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}... ({} characters)", &text[..end], text.chars().count()),
    }
}

pub(crate) fn integer<T>(
    name: &str,
    value: &Bound<'_, PyAny>,
    bounds: RangeInclusive<T>,
) -> PyResult<T>
where
    T: Display + PartialOrd + TryFrom<i128>,
{
    // 64 bits first: 128 are slow, and only a few values need them.
    let number = value.extract::<i64>().map(i128::from);
    let number = match number.or_else(|_| value.extract::<i128>()) {
        Ok(number) => Some(number),
        Err(error) if error.is_instance_of::<PyOverflowError>(value.py()) => None,
        Err(_) => return Err(wrong_type(name, value, "an int")),
    };
    let within = number.and_then(|number| T::try_from(number).ok());
    let within = within.filter(|it| bounds.contains(it));
    let wanted = || format!("{} to {}", bounds.start(), bounds.end());
    within.ok_or_else(|| wrong_value(name, value, wanted()))
}

/// A time in seconds.
pub(crate) fn seconds(
    name: &str,
    value: &Bound<'_, PyAny>,
    bounds: RangeInclusive<Duration>,
) -> PyResult<Duration> {
    let seconds: f64 = value
        .extract()
        .map_err(|_| wrong_type(name, value, "a number of seconds"))?;
    let within = Duration::try_from_secs_f64(seconds).ok();
    let within = within.filter(|time| bounds.contains(time));
    let wanted = || {
        let (least, most) = (bounds.start().as_secs_f64(), bounds.end().as_secs_f64());
        format!("{least} to {most} seconds")
    };
    within.ok_or_else(|| wrong_value(name, value, wanted()))
}

pub(crate) fn flag(name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    let wanted = |_| wrong_type(name, value, "a bool");
    value.extract().map_err(wanted)
}

fn string<'a>(name: &str, value: &'a Bound<'_, PyAny>) -> PyResult<&'a str> {
    let text = value.cast::<PyString>();
    text.map_err(|_| wrong_type(name, value, "a str"))?
        .to_str()
        // Lone surrogates.
        .map_err(|_| error::argument(value.py(), name, &InvalidText::NotUtf8.into()))
}

pub(crate) fn text(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Text> {
    Text::try_from(string(name, value)?)
        .map_err(|invalid| error::argument(value.py(), name, &invalid.into()))
}

pub(crate) fn topic(name: &str, value: &Bound<'_, PyAny>) -> PyResult<TopicName> {
    TopicName::try_from(string(name, value)?)
        .map_err(|invalid| error::argument(value.py(), name, &invalid.into()))
}

pub(crate) fn filter(name: &str, value: &Bound<'_, PyAny>) -> PyResult<TopicFilter> {
    TopicFilter::try_from(string(name, value)?)
        .map_err(|invalid| error::argument(value.py(), name, &invalid.into()))
}

/// The bytes of a str (as UTF-8) or of anything with the buffer protocol.
pub(crate) fn bytes(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Bytes> {
    buffer(name, value, "a str, bytes or a buffer")
}

/// What an application sends: also a number, in decimal digits, and None, which is empty.
pub(crate) fn payload(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Bytes> {
    const WANTED: &str = "a str, bytes, a buffer, an int, a float or None";
    if value.is_none() {
        return Ok(Bytes::new());
    }
    if value.is_instance_of::<PyBool>() {
        let wanted = "a str, such as \"true\", or an int: what stands for a bool is the application's to say";
        return Err(wrong_type(name, value, wanted));
    }
    // Not `str`, which an enum of numbers has for its name.
    let digits = if value.is_instance_of::<PyInt>() {
        value
            .py()
            .get_type::<PyInt>()
            .call_method1("__repr__", (value,))
    } else if value.is_instance_of::<PyFloat>() {
        value
            .py()
            .get_type::<PyFloat>()
            .call_method1("__repr__", (value,))
    } else {
        return buffer(name, value, WANTED);
    };
    let digits = digits.map_err(|_| wrong_value(name, value, "an int of fewer digits"))?;
    Ok(Bytes::copy_from_slice(string(name, &digits)?.as_bytes()))
}

fn buffer(name: &str, value: &Bound<'_, PyAny>, wanted: &str) -> PyResult<Bytes> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(Bytes::copy_from_slice(bytes.as_bytes()));
    }
    if value.is_instance_of::<PyString>() {
        return Ok(Bytes::copy_from_slice(string(name, value)?.as_bytes()));
    }
    // bytes(5) would be five zeros.
    let view = value.py().get_type::<pyo3::types::PyMemoryView>();
    let view = view
        .call1((value,))
        .map_err(|_| wrong_type(name, value, wanted))?;
    // A single number of NumPy shows its memory.
    if view.getattr("ndim")?.extract::<usize>()? == 0 {
        let wanted = format!("{wanted}; int(), float() or bytes() makes one of it");
        return Err(wrong_type(name, value, &wanted));
    }
    let bytes = view.call_method0("tobytes")?.cast_into::<PyBytes>()?;
    Ok(Bytes::copy_from_slice(bytes.as_bytes()))
}

/// Names and values: a mapping, or pairs.
pub(crate) fn pairs(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<(Text, Text)>> {
    let wanted = |_| wrong_type(name, value, "a mapping or pairs of str");
    let items = match value.cast::<PyDict>() {
        Ok(mapping) => mapping.items().into_any(),
        Err(_) if value.hasattr("items")? => value.call_method0("items")?,
        Err(_) => value.clone(),
    };
    // It may be a generator.
    gate::within(value.py(), || {
        let mut pairs = Vec::new();
        for pair in items.try_iter().map_err(wanted)? {
            let (key, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) =
                pair?.extract().map_err(wanted)?;
            pairs.push((text(name, &key)?, text(name, &value)?));
        }
        Ok(pairs)
    })
}

/// What `convert` makes of it; `None` for None.
pub(crate) fn optional<T>(
    value: &Bound<'_, PyAny>,
    convert: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<T>,
) -> PyResult<Option<T>> {
    if value.is_none() {
        return Ok(None);
    }
    convert(value).map(Some)
}

/// An attribute of a dataclass of the package, such as `mqttka.Will`.
pub(crate) fn attribute<'py>(
    name: &str,
    of: &Bound<'py, PyAny>,
    class: &str,
    attribute: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let wanted = |_| wrong_type(name, of, class);
    of.getattr(attribute).map_err(wanted)
}

/// How long a caller is willing to wait, in seconds; not negative. Infinity is no limit.
pub(crate) struct Patience(pub(crate) Duration);

impl<'py> FromPyObject<'_, 'py> for Patience {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let name = "timeout";
        let seconds: f64 = value
            .extract()
            .map_err(|_| wrong_type(name, &value, "a number of seconds"))?;
        if seconds.is_nan() || seconds < 0.0 {
            return Err(wrong_value(name, &value, "0 or more"));
        }
        let time = Duration::try_from_secs_f64(seconds);
        Ok(Patience(time.unwrap_or(Duration::MAX)))
    }
}
