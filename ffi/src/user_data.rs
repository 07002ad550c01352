//! The application's user_data: passed on as it is, and released once.
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A pointer that is the application's and that this library only passes on.
#[derive(Clone, Copy)]
pub(crate) struct UserPointer(*mut c_void);

// SAFETY: never dereferenced here; that it may be used on the library's threads is what the
// header says of user_data.
unsafe impl Send for UserPointer {}
// SAFETY: as above.
unsafe impl Sync for UserPointer {}

impl UserPointer {
    pub(crate) const NULL: UserPointer = UserPointer(std::ptr::null_mut());

    pub(crate) fn new(pointer: *mut c_void) -> Self {
        UserPointer(pointer)
    }

    // A method, so that closures capture the wrapper and not the bare pointer.
    pub(crate) fn get(self) -> *mut c_void {
        self.0
    }
}

/// user_data together with the duty to release it, exactly once: by dropping this.
pub(crate) struct OwnedUserData {
    pub(crate) pointer: UserPointer,
    pub(crate) destructor: unsafe extern "C" fn(*mut c_void),
}

impl OwnedUserData {
    /// Ends the duty without releasing: the application owns it again.
    pub(crate) fn give_back(self) {
        std::mem::forget(self);
    }
}

impl Drop for OwnedUserData {
    fn drop(&mut self) {
        // SAFETY: the application gave the two together for this one call.
        unsafe { (self.destructor)(self.pointer.get()) }
    }
}

/// Whose user_data that of a subscription is: the application's again where subscribing fails.
pub(crate) struct Ownership {
    user_data: Option<OwnedUserData>,
    /// Held by who subscribes until it is known.
    deciding: Mutex<()>,
    refused: AtomicBool,
}

impl Ownership {
    pub(crate) fn new(user_data: Option<OwnedUserData>) -> Arc<Self> {
        Arc::new(Ownership {
            user_data,
            deciding: Mutex::new(()),
            refused: AtomicBool::new(false),
        })
    }

    /// Runs `subscribe`, whose messages wait meanwhile. Where it fails, the application may free
    /// user_data as soon as it hears of it: no message comes, and the destructor does not run.
    pub(crate) fn decide<T, E>(&self, subscribe: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let _deciding = self.wait();
        let result = subscribe();
        self.refused.store(result.is_err(), Ordering::Release);
        result
    }

    fn wait(&self) -> MutexGuard<'_, ()> {
        self.deciding.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_refused(&self) -> bool {
        drop(self.wait());
        self.refused.load(Ordering::Acquire)
    }
}

impl Drop for Ownership {
    fn drop(&mut self) {
        if let Some(user_data) = self.user_data.take() {
            if *self.refused.get_mut() {
                user_data.give_back();
            } else {
                drop(user_data);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    static RELEASED: AtomicUsize = AtomicUsize::new(0);

    unsafe extern "C" fn release(_: *mut c_void) {
        RELEASED.fetch_add(1, Ordering::Relaxed);
    }

    #[test]
    fn user_data_is_released_once_and_not_where_subscribing_failed() {
        for (result, expected) in [(Ok(()), 1), (Err(()), 0)] {
            for handler_first in [false, true] {
                RELEASED.store(0, Ordering::Relaxed);
                let ownership = Ownership::new(Some(OwnedUserData {
                    pointer: UserPointer::NULL,
                    destructor: release,
                }));
                let handler = Arc::clone(&ownership);
                let mut held = Some(handler);
                let decided = ownership.decide(|| {
                    if handler_first {
                        // The broker refuses before the call has returned.
                        drop(held.take());
                    }
                    result
                });
                assert_eq!(decided, result);
                drop(ownership);
                drop(held);
                assert_eq!(RELEASED.load(Ordering::Relaxed), expected);
            }
        }
    }
}
