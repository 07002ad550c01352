//! One client, and its streams to the broker.

use mqttka_core::client::hosted::{Action, Hosted};
use mqttka_core::client::{TransportError, TransportErrorKind};
use mqttka_core::types::Instant;

use super::connection_of;
use crate::broker::{Broker, Output};

pub(super) struct Host {
    hosted: Hosted,
    deadline: Option<Instant>,
    /// Streams that wait for the internet.
    opening: Vec<u64>,
    /// Streams, and their connections with the broker.
    open: Vec<(u64, u64)>,
}

impl Host {
    pub(super) fn new(hosted: Hosted) -> Self {
        Host {
            hosted,
            deadline: None,
            opening: Vec::new(),
            open: Vec::new(),
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// `true`: there is more to do.
    pub(super) fn turn(&mut self, now: Instant, broker: &mut Broker) -> bool {
        let turn = self.hosted.turn(now, false);
        self.deadline = turn.deadline;
        let mut more = turn.more || turn.deadline.is_some_and(|at| at <= now);
        while let Some(action) = self.hosted.poll_action() {
            more = true;
            self.act(now, action, broker);
        }
        if !broker.is_silent() {
            for stream in std::mem::take(&mut self.opening) {
                more = true;
                self.open.push((stream, broker.handle_opened(now)));
                self.hosted.handle_opened(now, stream, None);
            }
        }
        more
    }

    fn act(&mut self, now: Instant, action: Action, broker: &mut Broker) {
        match action {
            Action::Open { stream, .. } => self.opening.push(stream),
            Action::Write { stream, bytes } => {
                if let Some(connection) = self.connection(stream) {
                    broker.handle_received(now, connection, &bytes);
                    self.hosted.handle_buffered(now, stream, 0);
                }
            }
            Action::Finish { stream } => {
                if let Some(connection) = self.connection(stream) {
                    broker.handle_end(now, connection);
                }
            }
            Action::Close { stream } | Action::Abort { stream } => {
                self.opening.retain(|waits| *waits != stream);
                if let Some(connection) = self.connection(stream) {
                    broker.handle_end(now, connection);
                    self.open.retain(|(open, _)| *open != stream);
                }
            }
        }
    }

    fn connection(&self, stream: u64) -> Option<u64> {
        let open = self.open.iter().find(|(open, _)| *open == stream);
        open.map(|(_, connection)| *connection)
    }

    /// Takes what is for one of its streams.
    pub(super) fn take(&mut self, output: &Output) {
        let connection = connection_of(output);
        let open = self.open.iter().find(|(_, it)| *it == connection);
        let Some((stream, _)) = open.copied() else {
            return;
        };
        match output {
            Output::Send { bytes, .. } => self.hosted.handle_received(stream, bytes.clone()),
            Output::Finish { .. } | Output::Close { .. } => self.hosted.handle_end(stream),
            Output::Reset { .. } => {
                let kind = TransportErrorKind::System;
                let error = TransportError::of(kind, "the fake broker reset the connection");
                self.hosted.handle_failed(stream, error);
            }
        }
    }
}
