//! What the application asks, and who does it.

use std::time::Duration;

use super::{Machine, Phase};
use crate::proto::Command;
use crate::proto::command::FLUSH_COST;
use crate::proto::operation::{Operation, Request};
use crate::proto::outbound::Outbound;
use crate::types::Instant;

/// How long the broker has to show that it lives when the application comes to the foreground.
const FOREGROUND_PROBE: Duration = Duration::from_secs(2);

impl<T> Machine<T> {
    /// What the application asks.
    pub fn handle_command(&mut self, now: Instant, command: Command<T>) {
        self.learn_from(&command);
        match command {
            Command::Connect => {
                if matches!(self.phase, Phase::Idle | Phase::Waiting) {
                    self.start_attempt(now);
                }
            }
            Command::ReconnectNow => self.try_soon(now),
            Command::Provided {
                connection_number,
                result,
            } => self.handle_provided(now, connection_number, result),
            Command::Authenticated(answer) => self.handle_authenticated(now, *answer),
            Command::Reauthenticate { token } => self.reauthenticate(now, token),
            Command::Publish {
                message,
                len,
                terms,
                token,
            } => {
                let outbound = Outbound::new(message, len, now, terms.as_deref());
                self.publish(outbound, token);
            }
            Command::Flush { timeout, token } => {
                let until = timeout.map(|timeout| now + timeout);
                let flush = Request::flush(FLUSH_COST, until);
                self.queue(Operation::Request(Box::new(flush), token));
            }
            Command::Cancel { is_cancelled } => self.cancel(now, is_cancelled),
            request @ (Command::Subscribe { .. } | Command::Unsubscribe { .. }) => {
                if let Some((request, token)) = Request::new(request) {
                    self.queue(Operation::Request(Box::new(request), token));
                }
            }
            Command::Release {
                connection_number,
                acknowledgements,
                bytes,
            } => self.release(now, connection_number, acknowledgements, bytes),
            Command::Refuse {
                connection_number,
                ordinal,
                refusal,
            } => self.refuse(connection_number, ordinal, refusal),
            Command::Probe { timeout } => self.probe(now, timeout),
            Command::NetworkChanged(update) => self.handle_network(now, update),
            Command::EnteredBackground => {}
            Command::EnteredForeground => {
                self.probe(now, FOREGROUND_PROBE);
                self.try_soon(now);
            }
            Command::Disconnect {
                reason_code,
                drain_timeout,
            } => self.disconnect(now, reason_code, drain_timeout),
            Command::DisconnectWith(farewell) => self.disconnect_with(now, farewell),
            Command::Close => self.close(now),
            Command::Abort => self.close_now(now),
        }
    }
}
