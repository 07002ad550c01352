//! A stream of lifecycle events.

use std::sync::Arc;

use mqttka_core::client as core;
use pyo3::prelude::*;

use crate::argument::Patience;
use crate::bell::Bell;
use crate::polled::Polled;
use crate::wait::wait;
use crate::{event, fork};

/// Lifecycle events, from the moment it was opened.
#[pyclass(frozen, module = "mqttka._mqttka")]
pub(crate) struct Events {
    source: Arc<core::Events>,
    next: Polled<Vec<core::Event>>,
}

impl Events {
    pub(crate) fn new(source: core::Events) -> Self {
        Events {
            source: Arc::new(source),
            next: Polled::new(),
        }
    }
}

fn list<'py>(py: Python<'py>, batch: &[core::Event]) -> PyResult<Vec<Bound<'py, PyAny>>> {
    batch
        .iter()
        .map(|event| event::to_python(py, event))
        .collect()
}

#[pymethods]
impl Events {
    /// Waits for events, at most `timeout` seconds (None: no limit), and gives up to `max` of
    /// those that are there; None where the time has passed, an empty list where nothing follows.
    #[pyo3(signature = (max, timeout=None))]
    fn wait<'py>(
        &self,
        py: Python<'py>,
        max: usize,
        timeout: Option<Patience>,
    ) -> PyResult<Option<Vec<Bound<'py, PyAny>>>> {
        let batch = wait(py, timeout.map(|it| it.0), |time| {
            self.source.next_batch_timeout(max, time)
        })?;
        batch.map(|batch| list(py, &batch)).transpose()
    }

    /// As `wait`, but where nothing is there it gives None at once and notes `id` on the bell
    /// when there is something; bell and number are those of the first call.
    fn poll<'py>(
        &self,
        py: Python<'py>,
        max: usize,
        bell: &Bell,
        id: u64,
    ) -> PyResult<Option<Vec<Bound<'py, PyAny>>>> {
        fork::check(py)?;
        let batch = self.next.poll(bell, id, || {
            let source = Arc::clone(&self.source);
            async move { source.next_batch(max).await }
        });
        batch.map(|batch| list(py, &batch)).transpose()
    }

    /// Events need no acknowledgement.
    fn done(&self, count: usize) {
        let _ = count;
    }
}
