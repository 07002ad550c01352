//! Who answers the requests of others.

use std::sync::{Mutex, MutexGuard, PoisonError};

use mqttka_core::client::{Bytes, Message as CoreMessage, SubscriptionId};
use pyo3::prelude::*;
use pyo3::pyclass::{PyTraverseError, PyVisit};

use crate::message::Message;
use crate::slot::Slot;
use crate::{argument, gate};

/// What `Client.respond` began, for `Client.unsubscribe_from`.
#[pyclass(frozen, module = "mqttka._mqttka")]
pub(crate) struct Responder {
    pub(crate) id: SubscriptionId,
    pub(crate) slot: Slot,
}

/// The payload of the answer; `None` where there is none.
pub(crate) fn answer(slot: &Slot, request: &CoreMessage) -> Option<Bytes> {
    gate::attach(|py| {
        let callable = slot.get(py)?;
        let callable = callable.bind(py);
        let asked = Message::of_message(py, request.clone(), 0)
            .and_then(|request| callable.call1((request,)));
        let answered = asked.and_then(|answer| {
            argument::optional(&answer, |answer| {
                argument::payload("what the responder returned", answer)
            })
        });
        answered.unwrap_or_else(|raised| {
            raised.write_unraisable(py, Some(callable));
            None
        })
    })?
}

/// The callables of a client's responders, for the garbage collector: locked for moments, by
/// threads that are attached to the interpreter only.
#[derive(Default)]
pub(crate) struct Responders(Mutex<Vec<Slot>>);

impl Responders {
    fn lock(&self) -> MutexGuard<'_, Vec<Slot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, slot: Slot) {
        self.lock().push(slot);
    }

    pub(crate) fn remove(&self, slot: &Slot) {
        self.lock().retain(|one| !one.is(slot));
    }

    /// Never waits, as `Slot::traverse`.
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.0.try_lock() {
            Ok(slots) => slots.iter().try_for_each(|slot| slot.traverse(visit)),
            Err(_) => Ok(()),
        }
    }

    pub(crate) fn clear(&self) {
        let slots = std::mem::take(&mut *self.lock());
        slots.iter().for_each(Slot::clear);
    }
}
