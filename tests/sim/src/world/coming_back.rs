//! What must be true of a client that comes back by itself, at each turn and at the end.

use mqttka_core::proto::Connected;

use super::*;
use crate::secs;

/// What was true at the last connection.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Publishes that the events counted as lost.
    lost: u32,
    sent_again: u32,
    /// It was subscribed again, and not every answer has come.
    unanswered: bool,
    /// Turns in a row that changed nothing.
    idle_turns: u32,
    turned_at: Instant,
}

impl World {
    /// After each turn.
    pub(super) fn check_turn(&mut self, connected: Option<Box<Connected>>) {
        let now = self.now;
        let machine = self.driver.machine();
        // An attempt by itself may wait for a wake-up that is late.
        let slack = self.config.jitter * 2 + ms(1);
        let (state, next) = (machine.state(), machine.next_attempt_at());
        self.oracle.grammar.on_turn(now, state, next, slack);
        if let Some(connected) = connected {
            self.check_numbers(&connected);
        }
        let memory = &mut self.memory;
        if self.oracle.subacks >= self.app.held.len() {
            memory.unanswered = false;
        }
        if self.oracle.repeated > memory.sent_again {
            let text = format!(
                "{} sent again, and not the {} that were told",
                self.oracle.repeated, memory.sent_again
            );
            self.oracle.violation(now, text);
            memory.sent_again = self.oracle.repeated;
        }
        // A deadline that has come leads to something.
        let due = self.deadline.is_some_and(|at| at <= now) && !self.more;
        if due && memory.turned_at == now {
            memory.idle_turns += 1;
        } else {
            memory.idle_turns = 0;
        }
        memory.turned_at = now;
        if memory.idle_turns == 10 {
            let text = format!("busy: its deadline is {:?}", self.deadline);
            self.oracle.violation(now, text);
        }
    }

    /// What `connected` says, against what is true.
    fn check_numbers(&mut self, told: &Connected) {
        let mut wrong = Vec::new();
        self.memory.lost += told.lost;
        if self.memory.lost != self.app.lost {
            let (lost, all) = (self.memory.lost, self.app.lost);
            wrong.push(format!("{lost} told as lost, {all} were"));
        }
        let held = self.app.held.len();
        let again = told.resubscribed as usize;
        // In a session that goes on they are those that an earlier connection did not come to.
        let wanted = match (told.session_present, self.memory.unanswered) {
            (true, false) => 0..=0,
            (true, true) => 0..=held,
            (false, _) => held.saturating_sub(self.app.doubtful.len())..=held,
        };
        // Of what is on its way nobody knows yet whether it is held.
        if !wanted.contains(&again) && !self.app.is_requesting() && self.oracle.is_connected() {
            wrong.push(format!("{again} subscribed again, not {wanted:?}"));
        }
        self.memory.unanswered = again > 0;
        if told.session_present && (told.session_lost || told.lost > 0) {
            wrong.push("present and lost".to_owned());
        }
        self.memory.sent_again = told.sent_again;
        for text in wrong {
            self.oracle.violation(self.now, format!("{text}: {told:?}"));
        }
    }

    /// Whatever was wrong with the world is not any more; so much later the client is connected,
    /// everything has its outcome, and the broker has what the application is subscribed to.
    pub fn settle(&mut self) {
        for fault in [
            Fault::Heal,
            Fault::Broker(Process::Running),
            Fault::Refuse(None),
            Fault::MaximumPacketSize(None),
            Fault::Network(mqttka_core::proto::NetworkChange::Available),
            Fault::Connect,
        ] {
            self.inject(fault);
        }
        self.faults.clear();
        self.asleep_until = self.now;
        self.stopped_until = self.now;
        self.app.set_publishing(self.now, None);
        self.run_for(secs(60));
        // Ignored where a goodbye was under way.
        self.inject(Fault::Connect);
        // A poison wants several connections, each after the longest delay.
        let reconnect = self.config.client.reconnect.as_ref();
        let longest = reconnect.map_or(Duration::ZERO, |it| it.max_delay);
        self.run_for(secs(3600).max(longest * 60));
        if self.machine().state() != State::Connected {
            let text = format!("it did not come back: {:?}", self.machine().state());
            return self.oracle.violation(self.now, text);
        }
        if self.app.outstanding() > 0 || self.app.queued() != Usage::default() {
            let (count, queued) = (self.app.outstanding(), self.app.queued());
            let text = format!("{count} without an outcome, queue: {queued:?}");
            self.oracle.violation(self.now, text);
        }
        self.check_subscriptions();
        let owed = self.broker.session.owed().len();
        // What others publish goes on.
        if owed > 1 && self.app.takes() {
            let text = format!("{owed} messages of the session never came");
            self.oracle.violation(self.now, text);
        }
    }

    /// The broker has exactly what the application is subscribed to.
    fn check_subscriptions(&mut self) {
        let broker = self.broker.session.subscriptions();
        let differ = broker.symmetric_difference(&self.app.held);
        if differ.into_iter().any(|it| !self.app.doubtful.contains(it)) {
            let text = format!("subscribed to {:?}, not to {broker:?}", self.app.held);
            self.oracle.violation(self.now, text);
        }
    }
}
