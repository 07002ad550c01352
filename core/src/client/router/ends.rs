//! What connections that begin and end, and the client's own end, mean to those who take messages.

use super::Router;
use crate::client::job::Job;
use crate::client::queue::StreamEnd;
use crate::error::{DisconnectCause, OperationError};
use crate::proto::{Ended, Event, EventKind, StopReason};
use crate::types::{Instant, Text};

impl Router {
    /// A lifecycle event, before the messages of its turn.
    pub(in crate::client) fn event(&self, event: &Event) {
        let number = event.connection_number;
        let mut state = self.lock();
        if matches!(event.kind, EventKind::Connected(_)) {
            state.table.go_on();
        }
        if let EventKind::Connected(connected) | EventKind::Moved(connected) = &event.kind {
            state.identifiers.connected(connected);
            // Kept for long, so not as pieces of a read buffer.
            let copy = |text: &Text| Text::try_from(text.as_str()).ok();
            state.response_information = connected.response_information.as_ref().and_then(copy);
            if let Some(id) = connected.assigned_client_identifier.as_ref().and_then(copy) {
                state.client_id = id;
            }
        }
        match &event.kind {
            EventKind::Connected(connected) | EventKind::Moved(connected)
                if connected.session_present =>
            {
                state.resumed_until = self.inbox.time.now() + self.rules.unclaimed_timeout;
            }
            // While the client comes back by itself, its streams go on.
            EventKind::Disconnected(disconnected) if event.is_final() => {
                let end = StreamEnd::Disconnected(disconnected.cause.clone());
                state.ending = Some((number, end));
            }
            EventKind::ConnectFailed(error) if event.is_final() => {
                let end = StreamEnd::ConnectFailed((**error).clone());
                state.ending = Some((number, end));
            }
            EventKind::ReconnectStopped(stopped) => {
                let end = match stopped.cause.clone() {
                    // What ended before that is not why.
                    _ if stopped.reason == StopReason::DisconnectRequested => {
                        StreamEnd::Disconnected(DisconnectCause::DisconnectRequested)
                    }
                    Ended::Disconnected(cause) => StreamEnd::Disconnected(cause),
                    Ended::ConnectFailed(error) => StreamEnd::ConnectFailed(error),
                };
                state.ending.get_or_insert((number, end));
            }
            _ => {}
        }
    }

    /// Nothing follows.
    pub(in crate::client) fn end(&self) {
        if let Some(requests) = self.requests.get() {
            requests.fail_all(&OperationError::Closed.into());
        }
        self.change(|state, after| {
            state.closed = true;
            state
                .table
                .end(u64::MAX, &StreamEnd::Closed, &mut after.wake);
            state.unclaimed.clear();
            state.returned.clear();
            let handlers = state.table.take_handlers();
            self.lane.push(|jobs| jobs.extend(handlers.map(Job::Drop)));
        });
    }

    /// The engine's turn is over: where it ended a connection, its streams have all their
    /// messages, and end. Gives the time when [`handle_timeout`](Self::handle_timeout) has
    /// something to do.
    pub(in crate::client) fn turn_ended(&self) -> Option<Instant> {
        let mut wake = Vec::new();
        let mut state = self.lock();
        let ending = state.ending.take();
        let ended = ending.is_some();
        if let Some((number, end)) = ending {
            state.table.end(number, &end, &mut wake);
        }
        let deadline = state.deadline();
        drop(state);
        for stream in wake {
            stream.notify();
        }
        let Some(requests) = self.requests.get() else {
            return deadline;
        };
        if ended {
            requests.fail_all(&OperationError::Disconnected.into());
        }
        Instant::earliest([deadline, requests.deadline()])
    }
}
