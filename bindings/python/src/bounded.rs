//! Numbers and times within the bounds that the core has for their names.

use std::ops::RangeInclusive;
use std::time::Duration;

use mqttka_core::client::{DURATIONS, NUMBERS};
use pyo3::prelude::*;

use crate::argument;

/// A whole number.
pub(crate) fn number<T: TryFrom<u64>>(name: &str, value: &Bound<'_, PyAny>) -> PyResult<T> {
    let bounds = NUMBERS.iter().find(|(option, _)| *option == name);
    let bounds = bounds.map_or(0..=u64::MAX, |(_, bounds)| bounds.clone());
    let number = argument::integer(name, value, bounds)?;
    let fits = T::try_from(number);
    fits.map_err(|_| argument::wrong_value(name, value, "smaller on this system"))
}

/// A length of time.
pub(crate) fn time(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Duration> {
    argument::seconds(name, value, bounds(name))
}

/// What it can be.
pub(crate) fn bounds(name: &str) -> RangeInclusive<Duration> {
    let bounds = DURATIONS.iter().find(|(option, _)| *option == name);
    bounds.map_or(Duration::ZERO..=Duration::MAX, |(_, bounds)| bounds.clone())
}
