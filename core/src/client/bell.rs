//! How the engine is told that something was queued for it.

#[cfg(feature = "engine")]
use std::sync::Arc;
use std::task::Waker;

#[cfg(feature = "engine")]
use crate::engine::Runtime;

/// Wakes the engine's task.
#[derive(Debug)]
pub(super) enum Bell {
    /// On the engine's thread. Where that cannot be woken any more, its clients are told here and
    /// now, so the caller holds no lock.
    #[cfg(feature = "engine")]
    Runtime(Arc<Runtime>),
    /// By a host, which was told how.
    Host,
}

impl Bell {
    /// Whether the engine has a thread on which no application code runs.
    pub(super) fn is_of_own_thread(&self) -> bool {
        !matches!(self, Bell::Host)
    }

    pub(super) fn ring(&self, engine: Waker) {
        match self {
            #[cfg(feature = "engine")]
            Bell::Runtime(runtime) => runtime.wake(engine),
            Bell::Host => engine.wake(),
        }
    }
}
