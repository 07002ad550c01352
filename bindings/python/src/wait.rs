//! Waiting without the GIL, and yet so that Ctrl-C is heard.

use std::time::{Duration, Instant};

use pyo3::prelude::*;

use crate::{fork, gate};

/// How long the main thread waits before it looks for signals. Other threads get none.
const SLICE: Duration = Duration::from_millis(250);

/// For whom nobody set a limit.
const LONG: Duration = Duration::from_secs(3600);

/// Calls `poll` with times to wait until it gives something or `timeout` (`None`: no limit) has
/// passed, then `None`.
pub(crate) fn wait<T: Send>(
    py: Python<'_>,
    timeout: Option<Duration>,
    mut poll: impl FnMut(Duration) -> Option<T> + Send,
) -> PyResult<Option<T>> {
    fork::check(py)?;
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let mut slice = SLICE;
    loop {
        let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
        let time = left.map_or(slice, |left| left.min(slice));
        if let Some(found) = gate::detach(py, || poll(time)) {
            return Ok(Some(found));
        }
        py.check_signals()?;
        if left.is_some_and(|left| left <= slice) {
            return Ok(None);
        }
        if slice == SLICE && !may_be_main(py)? {
            slice = LONG;
        }
    }
}

fn may_be_main(py: Python<'_>) -> PyResult<bool> {
    let ask = || {
        let threads = py.import("mqttka._threads")?;
        threads.call_method0("may_be_main")?.extract()
    };
    gate::within(py, ask)
}
