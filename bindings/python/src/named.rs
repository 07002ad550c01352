//! Members of enums, by their names or numbers.

use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::argument::{wrong_type, wrong_value};

/// A member of an enum: its name, its number and itself.
pub(crate) type Member<T> = (&'static str, u8, T);

/// A member by its number or its name.
pub(crate) fn named<T: Copy>(
    name: &str,
    value: &Bound<'_, PyAny>,
    members: &[Member<T>],
) -> PyResult<T> {
    let names = members.iter().map(|(name, ..)| *name).collect::<Vec<_>>();
    let wanted = format!("one of {}", names.join(", "));
    let found = if let Ok(text) = value.cast::<PyString>() {
        let text = text.to_string_lossy();
        members.iter().find(|(name, ..)| *name == text)
    } else {
        let number: i64 = value
            .extract()
            .map_err(|_| wrong_type(name, value, &wanted))?;
        let mut members = members.iter();
        members.find(|(_, of, _)| i64::from(*of) == number)
    };
    found
        .map(|(.., member)| *member)
        .ok_or_else(|| wrong_value(name, value, wanted))
}
