//! How the engine's threads tell an event loop that something is ready: they note it here, and the
//! first note since the loop last looked makes one dispatcher thread call the loop. The engine
//! itself never waits for the GIL, and one call serves all that became ready meanwhile.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Wake, Waker};

use mqttka_core::client::Error;
use pyo3::prelude::*;
use pyo3::pyclass::{PyTraverseError, PyVisit};
use pyo3::types::{PyList, PyTuple};

use crate::slot::Slot;
use crate::{error, gate};

/// Calls `ring` (from a thread of the library) when something became ready that `take` gives.
#[pyclass(frozen, module = "mqttka._mqttka")]
pub(crate) struct Bell(Arc<Inner>);

pub(crate) struct Inner {
    ring: Slot,
    ready: Mutex<Vec<Ready>>,
}

pub(crate) enum Ready {
    /// Something has its result.
    Answer(Arc<dyn Answer>),
    /// A stream has something, or is at its end.
    Stream(u64),
}

/// Something whose result is there.
pub(crate) trait Answer: Send + Sync {
    /// Its number, and its result or exception.
    fn take<'py>(&self, py: Python<'py>) -> PyResult<(u64, Bound<'py, PyAny>)>;
}

impl Inner {
    pub(crate) fn push(self: &Arc<Self>, ready: Ready) {
        let first = {
            let mut queue = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
            queue.push(ready);
            queue.len() == 1
        };
        if first {
            dispatch(Arc::clone(self));
        }
    }
}

/// Wakes for a stream.
struct StreamWaker {
    bell: Arc<Inner>,
    id: u64,
}

impl Wake for StreamWaker {
    fn wake(self: Arc<Self>) {
        self.bell.push(Ready::Stream(self.id));
    }
}

impl Bell {
    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.0
    }

    /// Notes `id` when woken.
    pub(crate) fn waker(&self, id: u64) -> Waker {
        let bell = Arc::clone(&self.0);
        Waker::from(Arc::new(StreamWaker { bell, id }))
    }
}

#[pymethods]
impl Bell {
    #[new]
    fn new(py: Python<'_>, ring: Py<PyAny>) -> PyResult<Self> {
        start_dispatcher()
            .map_err(|failed| error::call(py, &Error::Startup(failed.to_string())))?;
        Ok(Bell(Arc::new(Inner {
            ring: Slot::new(ring),
            ready: Mutex::default(),
        })))
    }

    /// What became ready since the last time: pairs of a number and an operation's result (or its
    /// exception), or None for a stream.
    fn take<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let ready =
            std::mem::take(&mut *self.0.ready.lock().unwrap_or_else(PoisonError::into_inner));
        let list = PyList::empty(py);
        for one in ready {
            let pair = match one {
                Ready::Stream(id) => PyTuple::new(
                    py,
                    [id.into_pyobject(py)?.into_any(), py.None().into_bound(py)],
                )?,
                Ready::Answer(answer) => {
                    let (id, outcome) = answer.take(py)?;
                    PyTuple::new(py, [id.into_pyobject(py)?.into_any(), outcome])?
                }
            };
            list.append(pair)?;
        }
        Ok(list)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.0.ring.traverse(&visit)
    }

    fn __clear__(&self) {
        self.0.ring.clear();
    }
}

/// The thread that calls the event loops, for all of them. It is there before anything is to be
/// told.
static DISPATCHER: OnceLock<Sender<Arc<Inner>>> = OnceLock::new();

/// Starts it, once. Called with the GIL, so that a fork finds the lock free.
fn start_dispatcher() -> std::io::Result<()> {
    static STARTING: Mutex<()> = Mutex::new(());
    let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if DISPATCHER.get().is_some() {
        return Ok(());
    }
    let (sender, bells) = channel::<Arc<Inner>>();
    let thread = std::thread::Builder::new().name("mqttka-python".into());
    thread.spawn(move || {
        while let Ok(first) = bells.recv() {
            let entered = gate::attach(|py| {
                ring(py, &first);
                for bell in bells.try_iter() {
                    ring(py, &bell);
                }
                drop(first);
            });
            if entered.is_none() {
                break;
            }
        }
    })?;
    // Nobody else sets it while the lock is held.
    let _ = DISPATCHER.set(sender);
    Ok(())
}

fn dispatch(bell: Arc<Inner>) {
    if let Some(sender) = DISPATCHER.get() {
        // Nobody receives any more once the interpreter is going away.
        let _ = sender.send(bell);
    }
}

fn ring(py: Python<'_>, bell: &Inner) {
    let Some(callable) = bell.ring.get(py) else {
        return;
    };
    // The event loop is closed: nobody waits.
    if let Err(error) = callable.call0(py)
        && !error.is_instance_of::<pyo3::exceptions::PyRuntimeError>(py)
    {
        error.write_unraisable(py, Some(callable.bind(py)));
    }
}
