//! A stream of messages, in batches.

use std::sync::Arc;
use std::time::Instant;

use mqttka_core::client::{self as core, Completion, Received, StreamEnd};
use pyo3::prelude::*;

use crate::argument::Patience;
use crate::bell::Bell;
use crate::message::Message;
use crate::operation::{Awaited, Operation, begin};
use crate::polled::Polled;
use crate::wait::wait;
use crate::{error, event, fork};

/// Messages of some filters. What is taken is lent, until it is done.
#[pyclass(frozen, module = "mqttka._mqttka")]
pub(crate) struct Messages {
    source: Arc<core::Messages>,
    ready: Polled<()>,
    /// Whether the application is told that the client has stopped.
    tells: bool,
}

impl Messages {
    pub(crate) fn new(source: core::Messages) -> Self {
        Messages {
            source: Arc::new(source),
            ready: Polled::new(),
            tells: true,
        }
    }

    /// For a callback, which hears of that by events: it goes on with the next connection.
    pub(crate) fn in_silence(source: core::Messages) -> Self {
        Messages {
            tells: false,
            ..Messages::new(source)
        }
    }

    /// Up to `max` of those that are there; `None`: another was faster, or nobody is to be told.
    fn take(&self, max: usize) -> Option<Taken> {
        let taken = self.source.take(max);
        let nothing = match &taken {
            Ok(batch) => batch.is_empty(),
            Err(StreamEnd::Disconnected(_) | StreamEnd::ConnectFailed(_)) => !self.tells,
            Err(_) => false,
        };
        (!nothing).then_some(taken)
    }
}

type Taken = Result<Vec<Received>, StreamEnd>;

/// An empty list: nothing follows, as it was asked for.
fn list(py: Python<'_>, taken: Taken) -> PyResult<Vec<Message>> {
    match taken {
        Ok(batch) => batch.into_iter().map(|one| Message::of(py, one)).collect(),
        Err(end) => ended(py, &end).map(|()| Vec::new()),
    }
}

/// Raises what the application did not ask for.
fn ended(py: Python<'_>, end: &StreamEnd) -> PyResult<()> {
    use core::DisconnectCause as Cause;
    match end {
        StreamEnd::Closed
        | StreamEnd::Unsubscribed
        | StreamEnd::Disconnected(Cause::DisconnectRequested | Cause::ClientClosed) => Ok(()),
        StreamEnd::Disconnected(cause) => Err(event::ended(py, cause)),
        StreamEnd::ConnectFailed(failed) => {
            Err(PyErr::from_value(error::connect(py, failed, None, None)?))
        }
        StreamEnd::SubscribeFailed(failed) => Err(error::failed(py, failed)),
        _ => Ok(()),
    }
}

#[pymethods]
impl Messages {
    /// Waits for messages, at most `timeout` seconds (None: no limit), and gives up to `max` of
    /// those that are there; None where the time has passed, an empty list where nothing follows.
    ///
    /// Raises ConnectionEnded, ConnectError or OperationError where that was not asked for.
    #[pyo3(signature = (max, timeout=None))]
    fn wait(
        &self,
        py: Python<'_>,
        max: usize,
        timeout: Option<Patience>,
    ) -> PyResult<Option<Vec<Message>>> {
        let taken = wait(py, timeout.map(|it| it.0), |time| {
            let deadline = Instant::now() + time;
            loop {
                let left = deadline.saturating_duration_since(Instant::now());
                if !self.source.wait_timeout(left) {
                    return None;
                }
                if let Some(taken) = self.take(max) {
                    return Some(taken);
                }
            }
        })?;
        taken.map(|taken| list(py, taken)).transpose()
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
        loop {
            let ready = self.ready.poll(bell, id, || {
                let source = Arc::clone(&self.source);
                async move { source.ready().await }
            });
            if ready.is_none() {
                return Ok(None);
            }
            if let Some(taken) = self.take(max) {
                return list(py, taken).map(Some);
            }
        }
    }

    /// The `count` oldest of those that were given are done.
    fn done(&self, count: usize) {
        self.source.done(count);
    }

    /// Ends the subscription that the stream belongs to.
    fn unsubscribe(&self, py: Python<'_>) -> PyResult<Operation> {
        let (completion, delivery) = Completion::delivery();
        let started = self.source.unsubscribe(completion);
        begin(py, started.map(|()| Awaited::Delivery(delivery)))
    }
}
