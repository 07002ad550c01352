//! A stream of messages, in batches.

use std::future::Future;
use std::pin::pin;
use std::sync::OnceLock;
use std::task::{Context, Poll, Waker};

use mqttka_core::client::{self as core, Received};
use pyo3::prelude::*;

use crate::argument::Patience;
use crate::bell::Bell;
use crate::fork;
use crate::message::Message;
use crate::wait::wait;

/// Messages of one filter. A batch counts as taken when the next one is asked for.
#[pyclass(frozen, module = "mqttka._mqttka")]
pub(crate) struct Messages {
    source: core::Messages,
    /// One for all polls, so that the source keeps one only.
    waker: OnceLock<Waker>,
}

impl Messages {
    pub(crate) fn new(source: core::Messages) -> Self {
        Messages {
            source,
            waker: OnceLock::new(),
        }
    }
}

fn list(py: Python<'_>, batch: Vec<Received>) -> Vec<Message> {
    batch
        .into_iter()
        .map(|received| Message::of(py, received))
        .collect()
}

#[pymethods]
impl Messages {
    /// Waits for messages, at most `timeout` seconds (None: no limit), and gives up to `max` of
    /// those that are there; None where the time has passed, an empty list where nothing follows.
    #[pyo3(signature = (max, timeout=None))]
    fn wait(
        &self,
        py: Python<'_>,
        max: usize,
        timeout: Option<Patience>,
    ) -> PyResult<Option<Vec<Message>>> {
        let batch = wait(py, timeout.map(|it| it.0), |time| {
            self.source.next_batch_timeout(max, time)
        })?;
        Ok(batch.map(|batch| list(py, batch)))
    }

    /// As `wait`, but where nothing is there it gives None at once and notes `id` on the bell
    /// when there is something; bell and number are those of the first call.
    fn poll(
        &self,
        py: Python<'_>,
        max: usize,
        bell: &Bell,
        id: u64,
    ) -> PyResult<Option<Vec<Message>>> {
        fork::check(py)?;
        let waker = self.waker.get_or_init(|| bell.waker(id));
        let batch = py.detach(|| {
            match pin!(self.source.next_batch(max)).poll(&mut Context::from_waker(waker)) {
                Poll::Ready(batch) => Some(batch),
                Poll::Pending => None,
            }
        });
        Ok(batch.map(|batch| list(py, batch)))
    }
}
