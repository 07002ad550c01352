//! Something under way: its result for threads that wait, and for event loops.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use mqttka_core::client::{
    self as core, ConnectError, Connected, Connecting, Delivery, Disconnecting, Error, Failed,
    Properties, Requesting,
};
use pyo3::prelude::*;

use crate::argument::Patience;
use crate::bell::{Answer, Bell, Inner, Ready};
use crate::message::Message;
use crate::outcome::Outcome;
use crate::python;
use crate::wait::wait;
use crate::{error, event, fork, gate};

/// What the core gives for what was asked.
pub(crate) enum Awaited {
    Delivery(Delivery),
    Connecting(Connecting),
    Disconnecting(Disconnecting),
    Requesting(Requesting),
}

/// What came of it.
#[derive(Clone)]
enum Settled {
    Outcome(core::Outcome),
    Connect(Result<Connected, ConnectError>, Properties),
    Disconnect,
    Response(Result<core::Message, Failed>),
}

impl Awaited {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Settled> {
        match self {
            Awaited::Delivery(it) => Pin::new(it).poll(cx).map(Settled::Outcome),
            Awaited::Connecting(it) => {
                let ended = Pin::new(&mut *it).poll(cx);
                ended.map(|result| Settled::Connect(result, it.refusal_properties()))
            }
            Awaited::Disconnecting(it) => Pin::new(it).poll(cx).map(|()| Settled::Disconnect),
            Awaited::Requesting(it) => Pin::new(it).poll(cx).map(Settled::Response),
        }
    }
}

impl Settled {
    /// The result, or the exception that says why there is none.
    fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Settled::Outcome(outcome) => {
                Ok(Bound::new(py, Outcome::of(py, outcome.clone())?)?.into_any())
            }
            Settled::Connect(Ok(connected), _) => event::connack(py, connected),
            Settled::Connect(Err(failed), told) => {
                let error = error::connect(py, failed, None, Some(told))?;
                Err(PyErr::from_value(error))
            }
            Settled::Disconnect => Ok(py.None().into_bound(py)),
            Settled::Response(Ok(message)) => {
                let message = Message::of_message(py, message.clone(), 0)?;
                Ok(Bound::new(py, message)?.into_any())
            }
            Settled::Response(Err(failed)) => Err(error::failed(py, failed)),
        }
    }
}

/// A connect, disconnect, publish, subscribe, unsubscribe or request that was accepted. Dropping it changes
/// nothing for it.
#[pyclass(frozen, generic, module = "mqttka")]
pub(crate) struct Operation(Arc<Pending>);

#[pymethods]
impl Operation {
    /// Waits for the result, at most `timeout` seconds (None: no limit), and gives it, as often as
    /// it is asked.
    ///
    /// Raises ConnectError or OperationError where it failed, WaitTimeout where it has not come.
    #[pyo3(signature = (timeout=None))]
    fn wait<'py>(&self, py: Python<'py>, timeout: Option<Patience>) -> PyResult<Bound<'py, PyAny>> {
        let settled = wait(py, timeout.map(|it| it.0), |time| self.0.wait(time))?;
        settled
            .ok_or_else(|| error::wait_timeout(py))?
            .to_python(py)
    }

    /// Cancels it where it is still queued: it then raises Cancelled, and never leaves. What was sent
    /// goes on, and has the outcome that it would have had; but a flush and a request end at once, as
    /// nobody waits for their answers. A re-authentication is cancelled while another one is under way. A
    /// connect and a disconnect cannot be cancelled: for them it does nothing.
    fn cancel(&self, py: Python<'_>) -> PyResult<()> {
        fork::check(py)?;
        self.0.cancel();
        Ok(())
    }

    /// Whether the result is there.
    fn done(&self) -> bool {
        self.0.look()
    }

    fn __repr__(&self) -> &'static str {
        if self.0.look() {
            "<mqttka.Operation done>"
        } else {
            "<mqttka.Operation under way>"
        }
    }

    /// Notes `id` on the bell when the result is there.
    fn notify(&self, bell: &Bell, id: u64) {
        self.0.heard().notes.push((Arc::clone(bell.inner()), id));
        if self.0.look() {
            self.0.tell();
        }
    }

    /// Waits for the result in an event loop. Cancelling it ends the waiting only.
    fn __await__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let awaiting = python::awaiting(slf.py())?;
        gate::within(slf.py(), || awaiting.call1((slf,)))
    }
}

pub(crate) fn begin(py: Python<'_>, started: Result<Awaited, Error>) -> PyResult<Operation> {
    let awaited = started.map_err(|refused| error::call(py, &refused))?;
    Ok(Operation(Arc::new(Pending {
        state: Mutex::new((awaited, None)),
        heard: Mutex::default(),
        changed: Condvar::new(),
    })))
}

/// What is awaited, and by whom.
struct Pending {
    state: Mutex<(Awaited, Option<Settled>)>,
    /// Never locked for longer than a look: whoever wakes may hold locks of the core.
    heard: Mutex<Heard>,
    changed: Condvar,
}

#[derive(Default)]
struct Heard {
    woken: bool,
    /// Who is told in an event loop.
    notes: Vec<(Arc<Inner>, u64)>,
}

impl Wake for Pending {
    fn wake(self: Arc<Self>) {
        self.tell();
    }
}

impl Pending {
    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells everybody that it is worth looking.
    fn tell(self: &Arc<Self>) {
        let notes = {
            let mut heard = self.heard();
            heard.woken = true;
            std::mem::take(&mut heard.notes)
        };
        self.changed.notify_all();
        for (bell, id) in notes {
            let pending = Arc::clone(self);
            bell.push(Ready::Answer(Arc::new(Note { pending, id })));
        }
    }

    /// What came of it; if nothing yet, everybody is told when there is something.
    fn settled(self: &Arc<Self>) -> Option<Settled> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (awaited, settled) = &mut *state;
        if settled.is_none() {
            let waker = Waker::from(Arc::clone(self));
            if let Poll::Ready(known) = awaited.poll(&mut Context::from_waker(&waker)) {
                *settled = Some(known);
            }
        }
        settled.clone()
    }

    fn cancel(&self) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match &*state {
            (Awaited::Delivery(delivery), None) => delivery.cancel(),
            (Awaited::Requesting(requesting), None) => requesting.cancel(),
            _ => {}
        }
    }

    fn look(self: &Arc<Self>) -> bool {
        self.settled().is_some()
    }

    /// `None`: `time` passed before.
    fn wait(self: &Arc<Self>, time: Duration) -> Option<Settled> {
        let deadline = Instant::now() + time;
        loop {
            self.heard().woken = false;
            if let Some(settled) = self.settled() {
                // Another thread may have looked away meanwhile.
                self.tell();
                return Some(settled);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let woken = self
                .changed
                .wait_timeout_while(self.heard(), left, |heard| !heard.woken)
                .is_ok_and(|(heard, _)| heard.woken);
            if !woken {
                return None;
            }
        }
    }
}

/// A result that goes to an event loop.
struct Note {
    pending: Arc<Pending>,
    id: u64,
}

impl Answer for Note {
    fn take<'py>(&self, py: Python<'py>) -> PyResult<(u64, Bound<'py, PyAny>)> {
        let value = match self.pending.settled().map(|settled| settled.to_python(py)) {
            None => py.None().into_bound(py),
            Some(Ok(value)) => value,
            Some(Err(error)) => error.into_value(py).into_bound(py).into_any(),
        };
        Ok((self.id, value))
    }
}
