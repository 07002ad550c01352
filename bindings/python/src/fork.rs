//! A forked child has a copy of everything but the threads: what waits for one would wait for ever.

use std::sync::atomic::{AtomicU32, Ordering};

use mqttka_core::client::Error;
use pyo3::prelude::*;

use crate::error;

/// The process that made the first client; 0: none yet.
static OWNER: AtomicU32 = AtomicU32::new(0);

/// A client is made.
pub(crate) fn watch() {
    let id = std::process::id();
    let _ = OWNER.compare_exchange(0, id, Ordering::Relaxed, Ordering::Relaxed);
}

/// Raises Forked in a child of a process that made a client before the fork.
pub(crate) fn check(py: Python<'_>) -> PyResult<()> {
    match OWNER.load(Ordering::Relaxed) {
        0 => Ok(()),
        owner if owner == std::process::id() => Ok(()),
        _ => Err(error::call(py, &Error::Forked)),
    }
}
