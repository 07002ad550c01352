//! Something under way: its result for a thread that waits, or for an event loop.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use mqttka_core::client::{
    self as core, ConnectError, Connected, Connecting, Delivery, Disconnecting, Error,
};
use pyo3::prelude::*;

use crate::argument::Patience;
use crate::bell::{Answer, Bell, Inner, Ready};
use crate::outcome::Outcome;
use crate::wait::wait;
use crate::{error, event};

/// What the core gives for what was asked.
pub(crate) enum Awaited {
    Delivery(Delivery),
    Connecting(Connecting),
    Disconnecting(Disconnecting),
}

/// What came of it.
#[derive(Clone)]
enum Settled {
    Outcome(core::Outcome),
    Connect(Result<Connected, ConnectError>),
    Disconnect,
}

impl Awaited {
    fn wait_timeout(&self, timeout: Duration) -> Option<Settled> {
        match self {
            Awaited::Delivery(it) => it.wait_timeout(timeout).map(Settled::Outcome),
            Awaited::Connecting(it) => it.wait_timeout(timeout).map(Settled::Connect),
            Awaited::Disconnecting(it) => it.wait_timeout(timeout).map(|()| Settled::Disconnect),
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Settled> {
        match self {
            Awaited::Delivery(it) => Pin::new(it).poll(cx).map(Settled::Outcome),
            Awaited::Connecting(it) => Pin::new(it).poll(cx).map(Settled::Connect),
            Awaited::Disconnecting(it) => Pin::new(it).poll(cx).map(|()| Settled::Disconnect),
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
            Settled::Connect(Ok(connected)) => event::connack(py, connected),
            Settled::Connect(Err(failed)) => {
                Err(PyErr::from_value(error::connect(py, failed, None)?))
            }
            Settled::Disconnect => Ok(py.None().into_bound(py)),
        }
    }
}

/// A connect, disconnect, publish, subscribe or unsubscribe that was accepted. Dropping it changes
/// nothing for it. One thread at a time waits for it.
#[pyclass(frozen, generic, module = "mqttka._mqttka")]
pub(crate) struct Operation {
    awaited: Awaited,
    settled: Mutex<Option<Settled>>,
}

impl Operation {
    pub(crate) fn new(awaited: Awaited) -> Self {
        Operation {
            awaited,
            settled: Mutex::new(None),
        }
    }
}

#[pymethods]
impl Operation {
    /// Waits for the result, at most `timeout` seconds (None: no limit), and gives it, as often as
    /// it is asked.
    ///
    /// Raises ConnectError or OperationError where it failed, WaitTimeout where it has not come.
    #[pyo3(signature = (timeout=None))]
    fn wait<'py>(&self, py: Python<'py>, timeout: Option<Patience>) -> PyResult<Bound<'py, PyAny>> {
        let settled = wait(py, timeout.map(|it| it.0), |time| {
            let mut settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
            if settled.is_none() {
                *settled = self.awaited.wait_timeout(time);
            }
            settled.clone()
        })?;
        settled
            .ok_or_else(|| error::wait_timeout(py))?
            .to_python(py)
    }
}

/// The result goes to the bell, else to the operation given.
pub(crate) fn begin(
    py: Python<'_>,
    bell: Option<(&Bell, u64)>,
    started: Result<Awaited, Error>,
) -> PyResult<Option<Operation>> {
    let awaited = started.map_err(|refused| error::call(py, &refused))?;
    match bell {
        Some((bell, id)) => {
            Pending::start(bell, id, awaited);
            Ok(None)
        }
        None => Ok(Some(Operation::new(awaited))),
    }
}

/// An operation whose result goes to an event loop.
pub(crate) struct Pending {
    bell: Arc<Inner>,
    id: u64,
    state: Mutex<(Awaited, Option<Settled>)>,
}

impl Wake for Pending {
    fn wake(self: Arc<Self>) {
        let bell = Arc::clone(&self.bell);
        bell.push(Ready::Answer(self));
    }
}

impl Pending {
    /// Notes `id` on the bell when the result is there.
    pub(crate) fn start(bell: &Bell, id: u64, awaited: Awaited) {
        let pending = Arc::new(Pending {
            bell: Arc::clone(bell.inner()),
            id,
            state: Mutex::new((awaited, None)),
        });
        let waker = Waker::from(Arc::clone(&pending));
        if pending.look(&waker) {
            pending.wake();
        }
    }

    /// Whether the result is there; if not, `waker` is woken for it.
    fn look(&self, waker: &Waker) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (awaited, settled) = &mut *state;
        if settled.is_none()
            && let Poll::Ready(known) = awaited.poll(&mut Context::from_waker(waker))
        {
            *settled = Some(known);
        }
        settled.is_some()
    }
}

impl Answer for Pending {
    fn take<'py>(&self, py: Python<'py>) -> PyResult<(u64, Bound<'py, PyAny>)> {
        self.look(Waker::noop());
        let settled = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.1.take()
        };
        let value = match settled.map(|settled| settled.to_python(py)) {
            None => py.None().into_bound(py),
            Some(Ok(value)) => value,
            Some(Err(error)) => error.into_value(py).into_bound(py).into_any(),
        };
        Ok((self.id, value))
    }
}
