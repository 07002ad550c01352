//! A forked child has a copy of everything but the threads: what waits for one would wait for ever.

use mqttka_core::client::{Error, forked};
use pyo3::prelude::*;

use crate::error;

/// Raises Forked in a child of a process that used the library before the fork.
pub(crate) fn check(py: Python<'_>) -> PyResult<()> {
    if forked() {
        return Err(error::call(py, &Error::Forked));
    }
    Ok(())
}
