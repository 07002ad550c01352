//! The application's ear for lifecycle events.

use std::sync::Arc;

use mqttka_core::client::{Event as CoreEvent, Handler, Message, process_is_ending};

use crate::Event;
use crate::authenticator::AuthenticatorRequest;
use crate::provider::ProviderRequest;
use crate::settled::Open;

/// Hears what happens to the connection, on a lane of the library's own: in time, whatever message
/// streams and executors are busy with. Methods may block as long as they like and may call every
/// method of the client; the next one waits until they return.
#[uniffi::export(foreign)]
pub trait EventListener: Send + Sync {
    /// Something happened to the connection.
    fn on_event(&self, event: Event) -> Result<(), ListenerError>;

    /// The client was closed, and this is the last call.
    fn on_terminated(&self) -> Result<(), ListenerError>;
}

/// A listener may fail as it likes. Each language tells its application; else a log hears of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum ListenerError {
    /// It threw something.
    #[error("the listener failed: {detail}")]
    Failed {
        /// What it threw.
        detail: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for ListenerError {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        ListenerError::Failed {
            detail: error.reason,
        }
    }
}

/// Passes events on; messages are pulled.
pub(crate) struct Ear {
    pub(crate) listener: Option<Arc<dyn EventListener>>,
    pub(crate) asked: Open<ProviderRequest>,
    pub(crate) step: Open<AuthenticatorRequest>,
}

impl Ear {
    /// At the process's end the foreign language's runtime may be gone.
    fn listener(&self) -> Option<&dyn EventListener> {
        self.listener.as_deref().filter(|_| !process_is_ending())
    }
}

impl Handler for Ear {
    fn on_event(&self, event: &CoreEvent) {
        self.asked.after(event);
        self.step.after(event);
        if let Some(listener) = self.listener() {
            note(listener.on_event(event.into()));
        }
    }

    fn on_message(&self, _: Message, _: u64) {}

    fn on_terminated(&self) {
        self.asked.close();
        self.step.close();
        if let Some(listener) = self.listener() {
            note(listener.on_terminated());
        }
    }
}

fn note(result: Result<(), ListenerError>) {
    if let Err(error) = result {
        tracing::warn!(%error, "event listener");
    }
}
