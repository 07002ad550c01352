//! The one way from our code into Python's: shut before the interpreter ends, since a thread that
//! waits for the GIL afterwards is killed (before Python 3.14), and must not be in the middle of our
//! stack then.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::Duration;

use pyo3::prelude::*;

static GATE: Gate = Gate {
    state: Mutex::new(State {
        shut_by: None,
        inside: 0,
    }),
    left: Condvar::new(),
};

struct Gate {
    state: Mutex<State>,
    left: Condvar,
}

struct State {
    /// The thread that ends the interpreter; none yet.
    shut_by: Option<ThreadId>,
    /// How many threads are inside.
    inside: usize,
}

/// Being inside.
pub(crate) struct Visit(());

impl Gate {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave(&self) {
        let mut state = self.lock();
        state.inside = state.inside.saturating_sub(1);
        drop(state);
        self.left.notify_all();
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        GATE.leave();
    }
}

fn visit() -> Option<Visit> {
    let mut state = GATE.lock();
    if state
        .shut_by
        .is_some_and(|thread| thread != std::thread::current().id())
    {
        return None;
    }
    state.inside += 1;
    Some(Visit(()))
}

/// Runs `f` with the interpreter, as soon as that has time; `None` where it is going away.
pub(crate) fn attach<R>(f: impl FnOnce(Python<'_>) -> R) -> Option<R> {
    let _visit = visit()?;
    Python::try_attach(f)
}

/// Runs `f` without the interpreter. Where that goes away meanwhile, there is nothing to come back
/// to, and the thread stays where it is, as daemon threads of Python do.
pub(crate) fn detach<R: Send>(py: Python<'_>, f: impl FnOnce() -> R + Send) -> R {
    let (result, _visit) = py.detach(|| {
        let result = f();
        match visit() {
            Some(visit) => (result, visit),
            None => stay(),
        }
    });
    result
}

/// Runs `f`, which may run code of Python and so let go of the GIL and wait for it. Where the
/// interpreter is going away, the thread stays where it is.
pub(crate) fn within<R>(py: Python<'_>, f: impl FnOnce() -> R) -> R {
    let _visit = visit().unwrap_or_else(|| py.detach(|| stay()));
    f()
}

fn stay() -> ! {
    loop {
        std::thread::park();
    }
}

/// A thread of Python begins a call of the application; False where the interpreter is going away.
#[pyfunction]
pub(crate) fn enter() -> bool {
    visit().map(std::mem::forget).is_some()
}

/// The call has ended.
#[pyfunction]
pub(crate) fn leave() {
    GATE.leave();
}

/// Lets no other thread of the library into Python any more, and waits until those have left that
/// are there, at most `limit_ms` milliseconds: a callback that is stuck does not keep the process.
/// Called once, when all exit functions have run.
#[pyfunction]
pub(crate) fn shut_down(py: Python<'_>, limit_ms: u64) {
    py.detach(|| {
        let mut state = GATE.lock();
        state.shut_by = Some(std::thread::current().id());
        let limit = Duration::from_millis(limit_ms);
        let left = GATE
            .left
            .wait_timeout_while(state, limit, |state| state.inside > 0);
        drop(left);
    });
}
