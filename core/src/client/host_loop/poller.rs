//! One descriptor that is readable when anything is: sockets, the time, and calls of other threads.

#[cfg(target_os = "linux")]
#[path = "poller/epoll.rs"]
mod system;
#[cfg(target_vendor = "apple")]
#[path = "poller/kqueue.rs"]
#[allow(unsafe_code)]
mod system;

use std::sync::atomic::{AtomicBool, Ordering};

use system::Bell;
pub(super) use system::Poller;

/// Says from any thread that there is something to do.
pub(super) struct Waker {
    bell: Bell,
    rung: AtomicBool,
    /// The loop looks by itself before it is done.
    busy: AtomicBool,
}

impl Waker {
    fn new(bell: Bell) -> Self {
        Waker {
            bell,
            rung: AtomicBool::new(false),
            busy: AtomicBool::new(false),
        }
    }

    /// From any thread, and from inside the loop's own work.
    pub(super) fn wake(&self) {
        if !self.rung.swap(true, Ordering::SeqCst) && !self.busy.load(Ordering::SeqCst) {
            self.bell.ring();
        }
    }

    /// The loop begins to work: what was asked for until now is seen by it.
    pub(super) fn begin(&self) {
        self.busy.store(true, Ordering::SeqCst);
        self.rung.store(false, Ordering::SeqCst);
    }

    /// Whether something was asked for since it looked last.
    pub(super) fn is_rung_again(&self) -> bool {
        self.rung.swap(false, Ordering::SeqCst)
    }

    pub(super) fn is_rung(&self) -> bool {
        self.rung.load(Ordering::SeqCst)
    }

    /// The loop rests: what was asked for meanwhile wakes it again.
    pub(super) fn end(&self) {
        self.busy.store(false, Ordering::SeqCst);
        if self.rung.load(Ordering::SeqCst) {
            self.bell.ring();
        }
    }
}
