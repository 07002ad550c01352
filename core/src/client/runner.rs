//! Who runs what is ready: threads of the library's own, or a host in its turns.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[cfg(feature = "engine")]
use super::pool::Pool;

/// Something that runs for a bounded time; `true`: it is to run again.
pub(super) trait Quantum: Send + Sync {
    fn run(&self) -> bool;
}

/// Where lanes wait for their turn.
#[derive(Clone)]
pub(super) enum Runner {
    /// Threads, whatever the application does.
    #[cfg(feature = "engine")]
    Threads(&'static Pool),
    /// The host, between two turns of the engine.
    Host(Arc<Turns>),
}

impl Runner {
    /// It is ready. Never blocks, and never runs it.
    pub(super) fn push(&self, quantum: Arc<dyn Quantum>) {
        match self {
            #[cfg(feature = "engine")]
            Runner::Threads(pool) => pool.push(quantum),
            Runner::Host(turns) => turns.push(quantum),
        }
    }
}

/// What waits for the host.
pub(super) struct Turns {
    ready: Mutex<VecDeque<Arc<dyn Quantum>>>,
    /// Asks the host for a turn.
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl fmt::Debug for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turns").finish_non_exhaustive()
    }
}

impl Turns {
    pub(super) fn new(wake: Arc<dyn Fn() + Send + Sync>) -> Arc<Self> {
        Arc::new(Turns {
            ready: Mutex::default(),
            wake,
        })
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<dyn Quantum>>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, quantum: Arc<dyn Quantum>) {
        self.lock().push_back(quantum);
        (self.wake)();
    }

    /// Whether something is ready.
    pub(super) fn is_waiting(&self) -> bool {
        !self.lock().is_empty()
    }

    /// Runs at most so many of what is ready; `true`: some are left.
    pub(super) fn run(&self, most: usize) -> bool {
        for _ in 0..most {
            let Some(quantum) = self.lock().pop_front() else {
                return false;
            };
            let again = catch_unwind(AssertUnwindSafe(|| quantum.run())).unwrap_or(false);
            if again {
                self.lock().push_back(quantum);
            }
        }
        self.is_waiting()
    }
}
