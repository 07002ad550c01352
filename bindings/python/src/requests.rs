//! Requests of others that an event loop answers, several at a time.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Waker};

use mqttka_core::client::{self as core, Completion};
use pyo3::prelude::*;

use crate::bell::Bell;
use crate::message::Message;
use crate::operation::{Awaited, Operation, begin};
use crate::{argument, fork};

/// The requests of some filters. Dropped, it ends the subscription; what is under way can still be answered.
#[pyclass(frozen, module = "mqttka._mqttka")]
pub(crate) struct Requests {
    /// Locked by threads that are attached to the interpreter only, so that a fork finds it free.
    source: Mutex<core::Requests>,
    /// One for all polls: the bell and the number are those of the first one.
    waker: OnceLock<Waker>,
}

impl Requests {
    pub(crate) fn new(source: core::Requests) -> Self {
        Requests {
            source: Mutex::new(source),
            waker: OnceLock::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, core::Requests> {
        self.source.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Requests {
    /// Up to `max` of those that are there. None: nothing yet, or too many are under way; `id` is noted on the bell when
    /// that has changed; bell and number are those of the first call. An empty list: nothing follows.
    fn poll(
        &self,
        py: Python<'_>,
        max: usize,
        bell: &Bell,
        id: u64,
    ) -> PyResult<Option<Vec<ReceivedRequest>>> {
        fork::check(py)?;
        let waker = self.waker.get_or_init(|| bell.waker(id));
        let mut source = self.lock();
        loop {
            if source
                .poll_ready(&mut Context::from_waker(waker))
                .is_pending()
            {
                return Ok(None);
            }
            match source.take(max) {
                // What was there was no request.
                Ok(taken) if taken.is_empty() => {}
                Ok(taken) => {
                    let taken = taken.into_iter().map(ReceivedRequest::new);
                    return Ok(Some(taken.collect()));
                }
                // Events tell why.
                Err(_) => return Ok(Some(Vec::new())),
            }
        }
    }

    /// Ends the subscription.
    fn unsubscribe(&self, py: Python<'_>) -> PyResult<Operation> {
        let (completion, delivery) = Completion::delivery();
        let started = self.lock().unsubscribe(completion);
        begin(py, started.map(|()| Awaited::Delivery(delivery)))
    }
}

/// A request, to be answered once. Dropped without a word, or given back, it comes again where it has QoS 1 or 2.
#[pyclass(frozen, module = "mqttka._mqttka")]
pub(crate) struct ReceivedRequest(Mutex<Option<core::ReceivedRequest>>);

impl ReceivedRequest {
    fn new(request: core::ReceivedRequest) -> Self {
        ReceivedRequest(Mutex::new(Some(request)))
    }

    fn take(&self) -> Option<core::ReceivedRequest> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[pymethods]
impl ReceivedRequest {
    /// What is asked; None where that was decided.
    fn message(&self, py: Python<'_>) -> PyResult<Option<Message>> {
        let known = {
            let request = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            request
                .as_ref()
                .map(|it| (it.message().clone(), it.connection_number()))
        };
        // Without the lock: topics are made by Python's own code.
        known
            .map(|(message, number)| Message::of_message(py, message, number))
            .transpose()
    }

    /// This payload is the answer; None: there is none. A payload that is none changes nothing.
    #[pyo3(signature = (payload))]
    fn answer(&self, payload: &Bound<'_, PyAny>) -> PyResult<()> {
        let payload = argument::optional(payload, |payload| {
            argument::payload("what the responder returned", payload)
        })?;
        if let Some(request) = self.take() {
            match payload {
                Some(payload) => request.reply(payload),
                None => request.decline(),
            }
        }
        Ok(())
    }

    /// It is not answered here.
    fn give_back(&self) {
        drop(self.take());
    }
}
