//! The engine's side of a client: where the driver's outputs go.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::asking::{Asking, Question};
use super::authenticating::Authenticating;
use super::completion::{self, Completion};
use super::inbox::Inbox;
use super::shared::Shared;
use crate::codec::PacketType;
use crate::driver::{Host, SeenPacket, Wanted};
use crate::engine::Owner;
use crate::error::{ConnectError, DisconnectCause};
use crate::log::{self, Level, log};
use crate::proto::{
    AuthenticationQuestion, Command, Delivered, Disconnected, Ended, Event, EventKind,
    LivenessSnapshot, Machine, ReconnectStopped, State, StopReason, Usage,
};
use crate::transport::Overrides;
use crate::types::{Instant, Properties, Tolerate};

/// Takes what the driver has to say, and remembers the event that it owes.
#[derive(Debug)]
pub(super) struct EngineSide {
    shared: Arc<Shared>,
    /// Where the application has a connection provider.
    asking: Option<Arc<Asking>>,
    /// Where the application has an authenticator.
    pub(super) authenticating: Option<Arc<Authenticating>>,
    comes_back: bool,
    /// No application code runs on the engine's thread.
    own_thread: bool,
    connected: Option<Event>,
    /// The tolerated faults of the present connection that were logged.
    noted: Tolerate,
}

impl EngineSide {
    /// Where the application's commands come from.
    pub(super) fn inbox(&self) -> &Arc<Inbox> {
        &self.shared.inbox
    }

    /// `comes_back`: the client reconnects by itself. `own_thread`: no application code runs on
    /// the engine's thread.
    pub(super) fn new(
        shared: Arc<Shared>,
        asking: Option<Arc<Asking>>,
        comes_back: bool,
        own_thread: bool,
    ) -> Self {
        EngineSide {
            shared,
            asking,
            authenticating: None,
            comes_back,
            own_thread,
            connected: None,
            noted: Tolerate::NONE,
        }
    }

    /// Where the client waits for its next attempt, it begins that at once.
    pub(super) fn hurry(&self) {
        // A closed client has no hurry.
        let _ = self.shared.inbox.hint(Command::ReconnectNow);
    }

    /// Nothing follows.
    fn end(&self, tokens: Vec<Completion>) {
        if let Some(asking) = &self.asking {
            asking.end();
        }
        if let Some(authenticating) = &self.authenticating {
            authenticating.end();
        }
        self.shared.end(tokens);
    }

    /// What was tried is known of the attempt; a flight record shows it, too.
    fn complete_record(&mut self, event: &mut Event) {
        let connected = self.connected.as_mut();
        if let EventKind::Moved(_) = event.kind
            && let Some(connected) = connected
        {
            connected.attempted.clone_from(&event.attempted);
        } else if let Some(record) = &mut event.record {
            let attempted = event.attempted.clone();
            let attempted = attempted.or_else(|| connected?.attempted.clone());
            Arc::make_mut(record).attempted = attempted;
        }
    }

    fn note(&self, event: &Event) {
        let (client, connection) = (self.shared.number(), event.connection_number);
        let attempted = event.attempted.as_deref();
        let times = attempted.map(|it| it.stages).unwrap_or_default();
        match &event.kind {
            EventKind::Connected(connected) => log!(
                Debug,
                "client {client}: connection {connection} is up, keep-alive {} s, session present: {} \
                 ({times})",
                connected.keep_alive,
                connected.session_present
            ),
            EventKind::ConnectFailed(error) => log!(
                Debug,
                "client {client}: attempt {connection} failed: {error} ({times})"
            ),
            EventKind::Disconnected(end) => log!(
                Debug,
                "client {client}: connection {connection} is down: {}; last byte {:.3} s ago, last \
                 evidence {:.3} s ago, {} pings unanswered",
                end.cause,
                end.liveness.last_inbound_age.as_secs_f64(),
                end.liveness.last_evidence_age.as_secs_f64(),
                end.liveness.unanswered_pings
            ),
            _ => {}
        }
    }

    /// Once per connection.
    #[cold]
    fn note_faults(&mut self, machine: &Machine<Completion>, seen: Tolerate) {
        let (client, connection) = (self.shared.number(), machine.connection_number());
        for fault in seen.iter().filter(|fault| !self.noted.contains(*fault)) {
            log!(
                Warn,
                "client {client}: connection {connection}: the broker has a fault that is tolerated: \
                 {fault}"
            );
        }
        self.noted = seen;
    }

    /// What is still to be told where the engine ends in the middle of something.
    fn owed(&mut self, reason: &str) -> Vec<EventKind> {
        let failed = ConnectError::EngineFailed(reason.to_owned());
        let state = self.shared.inbox.state();
        let (event, cause) = match self.connected.take().map(|event| event.kind) {
            Some(EventKind::Connected(connected)) => {
                let cause = DisconnectCause::EngineFailed(reason.to_owned());
                let event = EventKind::Disconnected(Box::new(Disconnected {
                    cause: cause.clone(),
                    keep_alive: connected.keep_alive,
                    liveness: LivenessSnapshot::default(),
                }));
                (Some(event), Ended::Disconnected(cause))
            }
            _ if state == State::Connecting => {
                let event = EventKind::ConnectFailed(Box::new(failed.clone()));
                (Some(event), Ended::ConnectFailed(failed))
            }
            _ if state == State::Reconnecting => (None, Ended::ConnectFailed(failed)),
            _ => return Vec::new(),
        };
        let reason = StopReason::EngineFailed;
        let stopped = ReconnectStopped { reason, cause };
        let stopped = self
            .comes_back
            .then(|| EventKind::ReconnectStopped(Box::new(stopped)));
        event.into_iter().chain(stopped).collect()
    }
}

impl Host<Completion> for EngineSide {
    fn take_commands(&mut self, into: &mut VecDeque<Command<Completion>>) {
        if self.own_thread {
            completion::keep_orphans();
        }
        self.shared.inbox.take(into);
    }

    fn publish_state(&mut self, machine: &Machine<Completion>, now: Instant) {
        self.shared.update(machine, now);
        let seen = machine.faults_seen();
        if seen != self.noted {
            self.note_faults(machine, seen);
        }
    }

    fn released(&mut self, usage: Usage) {
        self.shared.inbox.release(usage);
    }

    fn provide(&mut self, machine: &Machine<Completion>, now: Instant) {
        if let Some(asking) = &self.asking {
            asking.ask(Question {
                connection_number: machine.connection_number(),
                attempt_number: machine.attempt_number(),
                deadline: machine.connect_deadline().unwrap_or(now),
            });
        }
    }

    fn authenticate(&mut self, question: AuthenticationQuestion) {
        if let Some(authenticating) = &self.authenticating {
            authenticating.ask(question);
        }
    }

    fn event(&mut self, mut event: Event) {
        self.complete_record(&mut event);
        if let EventKind::Disconnected(_) | EventKind::ConnectFailed(_) = event.kind
            && let Some(authenticating) = &self.authenticating
        {
            authenticating.forget();
        }
        self.shared.traffic.event(&event);
        match event.kind {
            EventKind::Connected(_) => self.connected = Some(event.clone()),
            EventKind::Disconnected(_) | EventKind::ConnectFailed(_) => self.connected = None,
            _ => {}
        }
        self.note(&event);
        self.shared.negotiated.notice(&event);
        if let Some(attempted) = &event.attempted {
            self.shared.network.attempted(attempted);
        }
        self.shared.lanes.event(event);
    }

    fn takes_events(&self) -> bool {
        self.shared.lanes.take_events().is_ok()
    }

    fn wants_packets(&self) -> Wanted {
        if self.shared.tap.is_some() {
            Wanted::Bytes
        } else if log::enabled(Level::Debug) {
            Wanted::Notes
        } else {
            Wanted::Nothing
        }
    }

    fn packet(&mut self, packet: SeenPacket<'_>) {
        if let Some(tap) = &self.shared.tap {
            tap.push(&packet);
        }
        let note = packet.note;
        let level = match note.packet_type {
            PacketType::Publish
            | PacketType::PubAck
            | PacketType::PubRec
            | PacketType::PubRel
            | PacketType::PubComp => Level::Trace,
            _ => Level::Debug,
        };
        if !log::enabled(level) {
            return;
        }
        let client = self.shared.number();
        let did = packet.direction.name();
        let (name, size) = (note.packet_type.name(), note.size);
        match note.packet_id {
            Some(id) => log::write(
                level,
                format_args!("client {client}: {did} {name} {id}, {size} bytes"),
            ),
            None => log::write(
                level,
                format_args!("client {client}: {did} {name}, {size} bytes"),
            ),
        }
    }

    fn deliver(&mut self, items: &mut Vec<Delivered<Completion>>, _now: Instant) {
        self.shared.lanes.deliver(items);
    }

    fn received(&mut self, bytes: usize) {
        self.shared.traffic.received(bytes);
    }

    fn sent(&mut self, bytes: usize) {
        self.shared.traffic.sent(bytes);
    }

    fn deadline(&self) -> Option<Instant> {
        // Asked at the end of each turn.
        self.shared.turn_ended()
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.shared.handle_timeout(now);
    }
}

impl Owner<Completion> for EngineSide {
    fn poll_commands(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.shared.inbox.poll(cx)
    }

    fn overrides(&self) -> Overrides {
        let given = self.asking.as_ref().map(|asking| asking.kept());
        given.unwrap_or_default()
    }

    fn ended(&mut self) {
        self.end(Vec::new());
    }

    /// Exactly once, even where the engine itself has a bug: the event that is owed, an outcome
    /// for every operation, and the end of the lanes.
    fn failed(&mut self, reason: &str, tokens: Vec<Completion>) {
        self.shared.negotiated.clear();
        for kind in self.owed(reason) {
            self.shared.lanes.event(Event {
                connection_number: self.shared.connection_number(),
                attempt_number: 1,
                attempted: None,
                will_reconnect: false,
                record: None,
                properties: Properties::new(),
                kind,
            });
        }
        self.end(tokens);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::client::{Client, Options};

    struct Silent;

    impl crate::client::Handler for Silent {
        fn on_event(&self, _: &Event) {}
        fn on_message(&self, _: crate::types::Message, _: u64) {}
    }

    /// What is told where the engine fails in this state.
    fn told(state: State, comes_back: bool) -> Vec<&'static str> {
        let mut options = Options::new("127.0.0.1");
        options.network_monitor = false;
        let client = Client::with_streams(options, Silent).unwrap();
        let events = client.events().unwrap();
        let shared = Arc::clone(&client.0.shared);
        shared.inbox.set_state(state, 1);
        EngineSide::new(shared, None, comes_back, true).failed("a bug", Vec::new());
        let mut kinds = Vec::new();
        loop {
            let batch = events.next_batch_timeout(16, Duration::from_secs(60));
            let batch = batch.expect("the end, at least");
            if batch.is_empty() {
                return kinds;
            }
            kinds.extend(batch.iter().map(|event| match &event.kind {
                EventKind::ConnectFailed(error) => error.name(),
                EventKind::ReconnectStopped(stopped) => stopped.reason.name(),
                _ => "another",
            }));
        }
    }

    #[test]
    fn an_engine_that_fails_ends_what_it_began() {
        let failed = "engine_failed";
        assert_eq!(told(State::Connecting, false), [failed]);
        assert_eq!(told(State::Connecting, true), [failed, failed]);
        assert_eq!(told(State::Reconnecting, true), [failed]);
        assert_eq!(told(State::Idle, true), [""; 0]);
    }
}
