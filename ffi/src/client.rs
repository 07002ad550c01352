//! Client
//!
//! A mqttka_client is one MQTT client: at most one connection at a time, any number of them one
//! after the other. Its functions may be called from any thread at any time, also from inside
//! its callbacks; none of them blocks, except mqttka_client_destroy_and_wait() and
//! mqttka_stream_next(). After a destroy they return MQTTKA_ERROR_CLOSED.
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use mqttka_core::client::{Client, Error};

use crate::guard::Failure;
use crate::handle;
use crate::hooks::Hooks;
use crate::host_driver::Driver;
use crate::user_data::OwnedUserData;

/// A client. From mqttka_client_new(); valid until its `terminated` callback has returned.
pub struct mqttka_client {
    // Set by `begin`.
    client: OnceLock<Client>,
    // Of a client in the program's own loop.
    driver: OnceLock<Driver>,
    user_data: Mutex<Option<OwnedUserData>>,
    hooks: Mutex<Hooks>,
    destroyed: AtomicBool,
    // Whether `terminated` and the destructor have returned.
    finished: Mutex<bool>,
    finishing: Condvar,
    // Whether a timed-out wait keeps the pointer valid for the next one.
    pub(crate) kept_for_waiter: AtomicBool,
}

impl mqttka_client {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(mqttka_client {
            client: OnceLock::new(),
            driver: OnceLock::new(),
            user_data: Mutex::new(None),
            hooks: Mutex::new(Hooks::default()),
            destroyed: AtomicBool::new(false),
            finished: Mutex::new(false),
            finishing: Condvar::new(),
            kept_for_waiter: AtomicBool::new(false),
        })
    }

    /// Completes what `new` made; once, before C sees the pointer.
    pub(crate) fn begin(&self, client: Client, user_data: Option<OwnedUserData>, hooks: Hooks) {
        *lock(&self.user_data) = user_data;
        *lock(&self.hooks) = hooks;
        let _ = self.client.set(client);
    }

    /// The program's own loop drives it.
    pub(crate) fn drive_with(&self, driver: Driver) {
        let _ = self.driver.set(driver);
    }

    pub(crate) fn driver(&self) -> Result<&Driver, Failure> {
        let other = "the client is not one of mqttka_client_new_hosted";
        self.driver.get().ok_or_else(|| Failure::invalid(other))
    }

    pub(crate) fn take_user_data(&self) -> Option<OwnedUserData> {
        lock(&self.user_data).take()
    }

    pub(crate) fn take_hooks(&self) -> Hooks {
        std::mem::take(&mut lock(&self.hooks))
    }

    pub(crate) fn finish(&self) {
        *lock(&self.finished) = true;
        self.finishing.notify_all();
    }

    pub(crate) fn open(&self) -> Result<&Client, Failure> {
        self.client.get().ok_or_else(|| Error::Closed.into())
    }

    /// Takes the application's reference back, once: `None` where the client was ended before.
    ///
    /// # Safety
    /// `self` is what `mqttka_client_new` gave.
    pub(crate) unsafe fn end(&self) -> Option<Arc<Self>> {
        if self.destroyed.swap(true, Ordering::AcqRel) {
            return None;
        }
        // SAFETY: from Arc::into_raw in `mqttka_client_new`, and taken back nowhere else.
        Some(unsafe { Arc::from_raw(self) })
    }

    pub(crate) fn usable(&self) -> Result<&Client, Failure> {
        if self.destroyed.load(Ordering::Acquire) {
            return Err(Error::Closed.into());
        }
        self.client.get().ok_or_else(|| Error::Closed.into())
    }

    /// Drives it to its end, where nobody else does; `false`: time is up.
    fn drive_to_the_end(&self, driver: &Driver, timeout: Option<Duration>) -> bool {
        let start = Instant::now();
        loop {
            driver.process();
            if *lock(&self.finished) {
                return true;
            }
            let left = timeout.map(|it| it.saturating_sub(start.elapsed()));
            if left.is_some_and(|left| left.is_zero()) {
                return false;
            }
            driver.wait(left);
        }
    }

    pub(crate) fn wait_finished(&self, timeout_ms: i64) -> bool {
        // Longer than a century is for ever; it would overflow the clock of the wait.
        const FOR_EVER_MS: u64 = 100 * 365 * 24 * 3_600_000;
        if let Some(driver) = self.driver.get() {
            let timeout = u64::try_from(timeout_ms).ok().map(Duration::from_millis);
            return self.drive_to_the_end(driver, timeout);
        }
        let finished = lock(&self.finished);
        match u64::try_from(timeout_ms) {
            Ok(timeout_ms) if timeout_ms < FOR_EVER_MS => {
                let timeout = Duration::from_millis(timeout_ms);
                let waited = self
                    .finishing
                    .wait_timeout_while(finished, timeout, |finished| !*finished);
                *waited.unwrap_or_else(PoisonError::into_inner).0
            }
            _ => {
                let waited = self.finishing.wait_while(finished, |finished| !*finished);
                *waited.unwrap_or_else(PoisonError::into_inner)
            }
        }
    }
}

// A panic while one of these is held leaves them as they are: every change is one store.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Borrows a client.
///
/// # Safety
/// `client` is NULL or a client whose `terminated` callback has not returned.
pub(crate) unsafe fn borrow<'a>(
    client: *const mqttka_client,
) -> Result<&'a mqttka_client, Failure> {
    // SAFETY: the caller's promise; a client is only changed through its locks and atomics.
    unsafe { handle::borrow(client, "client") }
}
