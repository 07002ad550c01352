//! What the present connection was negotiated to be, for whoever asks.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Client, fork};
use crate::proto::{Connected, Event, EventKind};

/// Set before `connected` is told, gone before `disconnected` is.
#[derive(Debug, Default)]
pub(super) struct Negotiated(Mutex<Option<Arc<Connected>>>);

impl Negotiated {
    pub(super) fn notice(&self, event: &Event) {
        match &event.kind {
            EventKind::Connected(connected) | EventKind::Moved(connected) => {
                self.set(Some(Arc::new((**connected).clone())));
            }
            EventKind::Disconnected(_) => self.set(None),
            _ => {}
        }
    }

    /// There is no connection any more.
    pub(super) fn clear(&self) {
        self.set(None);
    }

    fn set(&self, connected: Option<Arc<Connected>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = connected;
    }

    fn get(&self) -> Option<Arc<Connected>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Client {
    /// What was negotiated for the present connection: the broker's CONNACK (section 3.2) with its
    /// defaults filled in, from before `connected` is told until the end of the connection; that of
    /// the newer one from `moved` on. `None` while there is none, and in a forked child.
    pub fn negotiated(&self) -> Option<Arc<Connected>> {
        fork::check().ok()?;
        self.0.shared.negotiated.get()
    }
}
