//! Exactly once, even where the engine itself has a bug.

use std::sync::Arc;

use crate::client::Shared;
use crate::error::{ConnectError, DisconnectCause, Stage, TransportError};
use crate::proto::{Disconnected, Event, EventKind, LivenessSnapshot};

/// Ends the lanes when the engine task ends. Where it ends by a panic, it first tells the event
/// that is still owed, so that no application waits for ever.
pub(super) struct Guard {
    shared: Arc<Shared>,
    connected: Option<Event>,
    finished: bool,
}

impl Guard {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Guard {
            shared,
            connected: None,
            finished: false,
        }
    }

    pub(super) fn observe(&mut self, event: &Event) {
        self.connected = match event.kind {
            EventKind::Connected(_) => Some(event.clone()),
            _ => None,
        };
    }

    pub(super) fn finish(mut self) {
        self.finished = true;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.finished {
            let error = TransportError::new("internal error: the engine panicked");
            let kind = match self.connected.take() {
                Some(Event {
                    kind: EventKind::Connected(connected),
                    ..
                }) => Some(EventKind::Disconnected(Box::new(Disconnected {
                    cause: DisconnectCause::Transport(error),
                    keep_alive: connected.keep_alive,
                    liveness: LivenessSnapshot::default(),
                }))),
                _ if self.shared.inbox.is_connecting() => Some(EventKind::ConnectFailed(Box::new(
                    ConnectError::Transport {
                        stage: Stage::Mqtt,
                        error,
                    },
                ))),
                _ => None,
            };
            if let Some(kind) = kind {
                self.shared.lanes.event(Event {
                    connection_number: self.shared.connection_number(),
                    attempt_number: 1,
                    kind,
                });
            }
        }
        self.shared.inbox.close();
        self.shared.lanes.end();
    }
}
