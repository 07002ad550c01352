//! The one way from foreign threads into Python: shut before the interpreter ends, since a thread
//! that enters it afterwards would be killed in the middle of our stack.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;

use crate::wait::wait;

static GATE: Gate = Gate {
    state: Mutex::new(State {
        shut: false,
        inside: 0,
    }),
    left: Condvar::new(),
};

struct Gate {
    state: Mutex<State>,
    left: Condvar,
}

struct State {
    shut: bool,
    /// How many threads are inside.
    inside: usize,
}

struct Visit;

impl Gate {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        GATE.lock().inside -= 1;
        GATE.left.notify_all();
    }
}

/// Runs `f` with the interpreter, as soon as that has time; `None` where it is going away.
pub(crate) fn attach<R>(f: impl FnOnce(Python<'_>) -> R) -> Option<R> {
    {
        let mut state = GATE.lock();
        if state.shut {
            return None;
        }
        state.inside += 1;
    }
    let _visit = Visit;
    Python::try_attach(f)
}

/// Lets no thread of the library into Python any more, and waits until those have left that are
/// there: callbacks that are running are waited for, as Python waits for its own threads. Called
/// once, at exit.
#[pyfunction]
pub(crate) fn shut_down(py: Python<'_>) -> PyResult<()> {
    GATE.lock().shut = true;
    let empty = |slice: Duration| {
        let (state, _) = GATE
            .left
            .wait_timeout_while(GATE.lock(), slice, |state| state.inside > 0)
            .unwrap_or_else(PoisonError::into_inner);
        (state.inside == 0).then_some(())
    };
    wait(py, None, empty).map(|_| ())
}
