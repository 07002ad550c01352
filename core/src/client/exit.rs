//! The end of the process: clients that live then say goodbye (rule L16), so that what a program
//! published last is not lost, and the broker does not publish its Will.
//!
//! The hook is one of the library's own end, not of `atexit`: it runs after all exit hooks of the
//! application, which thus meet living clients. It waits for the network, never for callbacks.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use super::completion;
use super::fork;
use super::inbox::Inbox;

/// The longest that the end of the process waits.
const PATIENCE: Duration = Duration::from_secs(2);

static LIVING: Mutex<Vec<Weak<Inbox>>> = Mutex::new(Vec::new());
static ENDED: Condvar = Condvar::new();

fn living() -> MutexGuard<'static, Vec<Weak<Inbox>>> {
    LIVING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A client that is to say goodbye.
pub(super) fn register(inbox: &Arc<Inbox>) {
    hook::install();
    let mut living = living();
    if living.len() == living.capacity() {
        living.retain(|inbox| inbox.strong_count() > 0);
    }
    living.push(Arc::downgrade(inbox));
}

/// A client's engine has ended.
pub(super) fn notice() {
    // Whoever waits holds this lock but inside its wait.
    drop(living());
    ENDED.notify_all();
}

static ENDING: AtomicBool = AtomicBool::new(false);

/// Whether the process's end has come so far that all exit hooks of the application have run. A
/// language with a runtime of its own may have ended by then: it should not be called any more.
pub fn process_is_ending() -> bool {
    ENDING.load(Ordering::Acquire)
}

/// Closes all clients, and waits until they have said goodbye.
fn say_goodbye() {
    // In a forked child nobody is there to say it, and the engine cannot wait for itself.
    if fork::forked() || completion::on_engine_thread() {
        return;
    }
    ENDING.store(true, Ordering::Release);
    let all: Vec<_> = living().iter().filter_map(Weak::upgrade).collect();
    for inbox in &all {
        inbox.push_close();
    }
    let waiting = |_: &mut Vec<Weak<Inbox>>| !all.iter().all(|inbox| inbox.has_ended());
    drop(ENDED.wait_timeout_while(living(), PATIENCE, waiting));
}

/// Called by the system; nothing may leave it but by returning.
extern "C" fn at_end() {
    let _ = std::panic::catch_unwind(say_goodbye);
}

#[cfg(unix)]
mod hook {
    #[used]
    #[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".fini_array"))]
    // dyld registers it when the image is loaded, before any hook of the application's.
    #[cfg_attr(
        target_vendor = "apple",
        unsafe(link_section = "__DATA,__mod_term_func,mod_term_funcs")
    )]
    static AT_END: extern "C" fn() = super::at_end;

    /// The linker has.
    pub(super) fn install() {
        // So that no linker thinks that nobody needs the section.
        std::hint::black_box(&raw const AT_END);
    }
}

#[cfg(not(unix))]
mod hook {
    use std::ffi::c_int;

    unsafe extern "C" {
        fn atexit(callback: extern "C" fn()) -> c_int;
    }

    /// Hooks that the application registers later run before this one.
    pub(super) fn install() {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| {
            // SAFETY: `at_end` is a function of the library, which is never unloaded, and it lets
            // no panic out.
            if unsafe { atexit(super::at_end) } != 0 {
                crate::log::log!(
                    Warn,
                    "atexit failed: clients say no goodbye when the process ends"
                );
            }
        });
    }
}
