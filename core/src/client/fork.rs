//! A forked child has a copy of everything but the threads.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::Error;

static FORKED: AtomicBool = AtomicBool::new(false);

/// An error in the child of a process that used the library before the fork.
pub(super) fn check() -> Result<(), Error> {
    if forked() {
        return Err(Error::Forked);
    }
    Ok(())
}

/// Whether this process was forked from one that had used the library: all calls fail here.
pub fn forked() -> bool {
    FORKED.load(Ordering::Relaxed)
}

/// From now on children know that they are. Repeating it does nothing.
#[cfg(all(unix, feature = "engine"))]
pub(super) fn watch() {
    static WATCHING: std::sync::Once = std::sync::Once::new();
    WATCHING.call_once(register);
}

#[cfg(all(unix, feature = "engine"))]
fn register() {
    extern "C" fn in_child() {
        FORKED.store(true, Ordering::Relaxed);
    }
    // SAFETY: `in_child` only stores to a static atomic, which is allowed in a forked child of a
    // process with threads; it is never unloaded (the library is linked with `nodelete`).
    let result = unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    if result != 0 {
        crate::log::log!(Warn, "pthread_atfork failed: forks will go unnoticed");
    }
}

/// Other systems have no fork.
#[cfg(all(not(unix), feature = "engine"))]
pub(super) fn watch() {}
