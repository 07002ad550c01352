//! Cancelling
//!
//! Operations that are still queued can be taken back. What was sent goes on, also where it waits
//! to be sent again, and has the outcome that it would have had. What waits and is no packet ends:
//! a flush, and a request that waits for its response.
use std::sync::atomic::{AtomicPtr, Ordering};

use mqttka_core::client::{Canceller, Completion};

use crate::client::mqttka_client;
use crate::guard::{self, Failure};
use crate::handle;

/// Cancels operations. From mqttka_canceller_new(); to be freed with mqttka_canceller_free(). Its
/// functions may be called from any thread at any time, but for mqttka_canceller_free(), which must
/// be the last.
pub struct mqttka_canceller {
    canceller: Canceller,
    // Whose operations it has; only compared.
    client: AtomicPtr<mqttka_client>,
}

impl mqttka_canceller {
    /// A completion of an operation of this client, which is cancelled by it.
    pub(crate) fn cancels(
        &self,
        client: &mqttka_client,
        completion: Completion,
    ) -> Result<Completion, Failure> {
        Ok(completion.cancelled_by(self.of(client)?))
    }

    /// It cancels operations of this client.
    pub(crate) fn of(&self, client: &mqttka_client) -> Result<&Canceller, Failure> {
        let client = std::ptr::from_ref(client).cast_mut();
        let none = std::ptr::null_mut();
        let before =
            self.client
                .compare_exchange(none, client, Ordering::Relaxed, Ordering::Relaxed);
        match before {
            Err(other) if other != client => Err(Failure::invalid(
                "canceller is one that an operation of another client has",
            )),
            _ => Ok(&self.canceller),
        }
    }

    pub(crate) fn share(&self) -> Self {
        mqttka_canceller {
            canceller: self.canceller.clone(),
            client: AtomicPtr::new(self.client.load(Ordering::Relaxed)),
        }
    }
}

/// The completion, cancelled by what C gave, where it gave something.
///
/// # Safety
/// `canceller` is NULL, or a live one.
pub(crate) unsafe fn cancelled_by(
    canceller: *const mqttka_canceller,
    client: &mqttka_client,
    completion: Completion,
) -> Result<Completion, Failure> {
    // SAFETY: the caller's promise.
    match unsafe { canceller.as_ref() } {
        Some(canceller) => canceller.cancels(client, completion),
        None => Ok(completion),
    }
}

/// Makes a canceller. It can be given to any number of operations of one client, with
/// mqttka_publish_options, mqttka_subscribe_request_set_canceller(),
/// mqttka_unsubscribe_request_set_canceller(), mqttka_client_flush_cancellable(),
/// mqttka_client_request_cancellable() and mqttka_client_reauthenticate_cancellable(). Never NULL,
/// short of a bug in mqttka. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_canceller_new() -> *mut mqttka_canceller {
    guard::value("mqttka_canceller_new", std::ptr::null_mut(), || {
        Box::into_raw(Box::new(mqttka_canceller {
            canceller: Canceller::new(),
            client: AtomicPtr::new(std::ptr::null_mut()),
        }))
    })
}

/// Frees a canceller; NULL is fine. Its operations go on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_canceller_free(canceller: *mut mqttka_canceller) {
    guard::value("mqttka_canceller_free", (), || {
        // SAFETY: from mqttka_canceller_new and not used again, by the header's contract.
        unsafe { handle::free(canceller) }
    })
}

/// Cancels all operations that the canceller was given to and that were not sent, flushes, and
/// requests that wait for their responses: they end with MQTTKA_ERROR_CANCELLED, within about 50
/// ms where many are cancelled one after the other, else at once. What it is given to afterwards
/// ends so, too. Wait for the completion in any case: it tells whether the operation was
/// cancelled. Never blocks; repeating it does nothing, and so does calling it in a forked child.
///
/// MQTTKA_OK, MQTTKA_ERROR_NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqttka_canceller_cancel(canceller: *mut mqttka_canceller) -> i32 {
    guard::status("mqttka_canceller_cancel", || {
        // SAFETY: a valid canceller, by the header's contract.
        let canceller = unsafe { handle::borrow(canceller, "canceller") }?;
        canceller.canceller.cancel();
        Ok(())
    })
}
