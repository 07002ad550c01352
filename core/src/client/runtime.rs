//! One engine thread for all clients of the process, started at the first use and kept.

use std::sync::Mutex;
use std::sync::PoisonError;

use tokio::runtime::{Builder, Handle};

use super::fork;
use crate::engine::Timer;
use crate::error::Error;

/// Far above what is ever used: two threads per client whose callbacks are running, and the
/// resolver's 32.
const MAX_THREADS: usize = 1 << 16;

/// What clients share.
#[derive(Debug)]
pub(crate) struct Runtime {
    pub(super) handle: Handle,
    pub(super) timer: Timer,
}

/// The process's runtime. A failed start is tried again by the next caller.
pub(super) fn get() -> Result<&'static Runtime, Error> {
    static RUNTIME: Mutex<Option<&'static Runtime>> = Mutex::new(None);
    fork::check()?;
    let mut runtime = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(runtime) = *runtime {
        return Ok(runtime);
    }
    let started: &'static Runtime = Box::leak(Box::new(start()?));
    *runtime = Some(started);
    Ok(started)
}

fn start() -> Result<Runtime, Error> {
    let startup = |error: std::io::Error| Error::Startup(error.to_string());
    let runtime = Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(MAX_THREADS)
        .thread_name("mqttka-lane")
        .build()
        .map_err(startup)?;
    let handle = runtime.handle().clone();
    let timer = {
        let _within = handle.enter();
        Timer::start().map_err(startup)?
    };
    std::thread::Builder::new()
        .name("mqttka".into())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))
        .map_err(startup)?;
    fork::watch();
    Ok(Runtime { handle, timer })
}
