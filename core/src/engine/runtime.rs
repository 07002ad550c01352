//! One engine thread for all clients of the process, started at the first use and kept.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::{Builder, Handle};

use super::timer::Timer;

/// Far above what is ever used.
const MAX_THREADS: usize = 1 << 16;

/// What clients share.
#[derive(Debug)]
pub(crate) struct Runtime {
    /// Where tasks are spawned.
    pub(crate) handle: Handle,
    /// Wakes them at their deadlines.
    pub(crate) timer: Timer,
}

/// The process's runtime. A failed start is tried again by the next caller.
pub(crate) fn get() -> io::Result<Arc<Runtime>> {
    static RUNTIME: Mutex<Option<Arc<Runtime>>> = Mutex::new(None);
    let mut runtime = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(runtime) = &*runtime {
        return Ok(Arc::clone(runtime));
    }
    let started = Arc::new(start()?);
    *runtime = Some(Arc::clone(&started));
    Ok(started)
}

fn start() -> io::Result<Runtime> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(MAX_THREADS)
        .thread_name("mqttka-lane")
        .build()?;
    let handle = runtime.handle().clone();
    let timer = {
        let _within = handle.enter();
        Timer::start()?
    };
    std::thread::Builder::new()
        .name("mqttka".into())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
    Ok(Runtime { handle, timer })
}
