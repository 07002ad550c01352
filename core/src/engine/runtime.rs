//! One engine thread for all clients of the process, started at the first use and kept.
//!
//! Its runtime can end: where a host closes descriptors behind the library's back, polling them
//! fails. Then every client is told (rule L21), and the next one starts a new engine.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Waker;

use tokio::runtime::{Builder, Handle};

use super::owner::Owner;
use super::task::Engine;
use super::timer::Timer;
use crate::threads::{self, LIBRARY_STACK};

/// A client's engine, as the runtime sees it.
trait Member: Send + Sync {
    fn fail(&self, reason: &str);
}

impl<T: Send, O: Owner<T>> Member for Engine<T, O> {
    fn fail(&self, reason: &str) {
        Engine::fail(self, reason);
    }
}

/// What clients share.
pub(crate) struct Runtime {
    /// Where tasks are spawned.
    pub(crate) handle: Handle,
    /// Wakes them at their deadlines.
    pub(crate) timer: Timer,
    members: Mutex<Vec<Weak<dyn Member>>>,
    ended: AtomicBool,
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime")
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

static RUNTIME: Mutex<Option<Arc<Runtime>>> = Mutex::new(None);

fn current() -> MutexGuard<'static, Option<Arc<Runtime>>> {
    RUNTIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The process's runtime. A failed start is tried again by the next caller.
pub(crate) fn get() -> io::Result<Arc<Runtime>> {
    let mut runtime = current();
    if let Some(runtime) = &*runtime
        && !runtime.has_ended()
    {
        return Ok(Arc::clone(runtime));
    }
    let started = start()?;
    *runtime = Some(Arc::clone(&started));
    Ok(started)
}

fn start() -> io::Result<Arc<Runtime>> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        // Under load (rule L20): look at sockets and timers after so many turns, and let clients
        // that were woken from other threads have every second one.
        .event_interval(16)
        .global_queue_interval(2)
        .build()?;
    let handle = runtime.handle().clone();
    let timer = {
        let _within = handle.enter();
        Timer::start()?
    };
    let shared = Arc::new(Runtime {
        handle,
        timer,
        members: Mutex::default(),
        ended: AtomicBool::new(false),
    });
    let told = Arc::clone(&shared);
    threads::spawn("mqttka", LIBRARY_STACK, move || {
        let run = || runtime.block_on(std::future::pending::<()>());
        if catch_unwind(AssertUnwindSafe(run)).is_err() {
            told.end("the system no longer lets the engine wait for its sockets");
        }
        // Dropping it would close descriptors whose numbers may be the host's by now.
        std::mem::forget(runtime);
    })?;
    Ok(shared)
}

impl Runtime {
    /// Whether nothing runs here any more.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Runs a client. Where that cannot be, it is told so.
    pub(crate) fn spawn<T: Send + 'static, O: Owner<T> + 'static>(
        &self,
        engine: &Arc<Engine<T, O>>,
    ) {
        {
            let member: Weak<dyn Member> = Arc::downgrade(engine) as Weak<dyn Member>;
            let mut members = self.members();
            if members.len() == members.capacity() {
                members.retain(|member| member.strong_count() > 0);
            }
            members.push(member);
        }
        self.run(engine.task());
    }

    /// Runs a task beside the clients.
    pub(crate) fn run(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.attempt(|| {
            self.handle.spawn(task);
        });
    }

    /// Wakes a client's task, from any thread.
    pub(crate) fn wake(&self, waker: Waker) {
        self.attempt(|| waker.wake());
    }

    /// Waking the engine's thread is a system call that can fail, and then it panics.
    fn attempt(&self, f: impl FnOnce()) {
        if catch_unwind(AssertUnwindSafe(f)).is_err() {
            self.end("the system no longer lets the engine be woken");
        }
    }

    fn members(&self) -> MutexGuard<'_, Vec<Weak<dyn Member>>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing runs here any more: every client is told.
    fn end(&self, reason: &str) {
        self.ended.store(true, Ordering::Release);
        crate::log::log!(Error, "the engine has ended: {reason}");
        let members = std::mem::take(&mut *self.members());
        let reason = reason.to_owned();
        let tell = Arc::new(move || {
            for member in members.iter().filter_map(Weak::upgrade) {
                member.fail(&reason);
            }
        });
        let from_thread = Arc::clone(&tell);
        // Whoever found it may be in the middle of a call on a client, with its locks.
        if threads::spawn("mqttka-end", LIBRARY_STACK, move || from_thread()).is_err() {
            tell();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_that_cannot_be_woken_has_ended() {
        // Not the process's own, which other tests use.
        let runtime = start().unwrap();
        runtime.attempt(|| {});
        assert!(!runtime.has_ended());
        runtime.attempt(|| panic!("failed to wake I/O driver"));
        assert!(runtime.has_ended());
    }
}
