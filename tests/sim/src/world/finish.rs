//! The end of a world, and what must be true then.

use std::collections::BTreeMap;

use mqttka_core::error::OperationError;
use mqttka_core::proto::LostPublish;

use super::*;
use crate::broker::Received;

impl World {
    /// Closes the client, and returns everything that anyone found wrong.
    pub fn finish(mut self) -> Vec<String> {
        self.wake_at = None;
        self.config.jitter = Duration::ZERO;
        self.stopped_until = self.now;
        self.asleep_until = self.now;
        self.app.ask(Command::Close);
        self.app.set_publishing(self.now, None);
        self.connect_at = None;
        self.oracle.set_benign(false);
        // A goodbye takes two seconds at most (rule L16).
        self.run_until(ms(2001), |w| {
            // One that was closed before may not have heard everything yet.
            w.machine().state() == State::Closed && !w.app.is_due(w.now)
        });
        let mut found = std::mem::take(&mut self.oracle.violations);
        found.append(&mut self.oracle.grammar.violations);
        found.append(&mut self.app.violations);
        found.append(&mut self.broker.violations);
        if self.oracle.is_connected() || self.machine().state() != State::Closed {
            found.push("closed without an end of the connection".to_owned());
        }
        self.check_messages(&mut found);
        if self.app.outstanding() > 0 {
            found.push(format!("{} operations never ended", self.app.outstanding()));
        }
        if self.app.queued().bytes > 0 || self.app.queued().messages > 0 {
            found.push(format!("{:?} never left the queue", self.app.queued()));
        }
        found
    }

    /// What QoS 1 and 2 promise, in both directions.
    fn check_messages(&self, found: &mut Vec<String>) {
        self.check_sent(found);
        let arrived: BTreeSet<u64> = self.broker.received().iter().map(|it| it.number).collect();
        for (number, outcome) in &self.app.outcomes {
            if outcome.is_ok() && self.app.qos_of(*number) > 0 && !arrived.contains(number) {
                found.push(format!("{number} completed, but the broker never got it"));
            }
            if *outcome == Err(OperationError::Cancelled) && arrived.contains(number) {
                found.push(format!("{number} was cancelled, and the broker got it"));
            }
        }
        let mut seen = BTreeSet::new();
        for (qos, number) in &self.app.received {
            if !seen.insert(*number) && *qos != QoS::AtLeastOnce {
                found.push(format!("message {number} came twice at {qos:?}"));
            }
        }
        for number in self.broker.session.acknowledged() {
            if !seen.contains(number) {
                found.push(format!("{number} was acknowledged, and never came"));
            }
        }
    }

    /// Of the messages that the broker got: how often, in which order, and not too late.
    fn check_sent(&self, found: &mut Vec<String>) {
        // The sessions in which each came, and the last of each QoS that came first.
        let mut seen: BTreeMap<u64, u64> = BTreeMap::new();
        let mut last: BTreeMap<QoS, u64> = BTreeMap::new();
        let config = &self.config.client;
        for message in self.broker.received() {
            match seen.insert(message.number, message.session) {
                None => {
                    let last = last.entry(message.qos).or_default();
                    if *last > message.number {
                        found.push(format!("the broker got {message:?} out of order"));
                    }
                    *last = message.number;
                }
                Some(session) => {
                    let policy = match message.qos {
                        QoS::ExactlyOnce => config.lost_qos2,
                        _ => config.lost_qos1,
                    };
                    let again = config.reconnect.is_some()
                        && message.qos > QoS::AtMostOnce
                        && session < message.session
                        && policy == LostPublish::PublishAgain;
                    let repeated = message.qos == QoS::AtLeastOnce && message.dup;
                    if !again && !repeated {
                        found.push(format!("the broker got {message:?} again"));
                    }
                }
            }
            self.check_expiry(message, found);
        }
    }

    /// No message that has expired is sent, and the rest of its time is what it says.
    fn check_expiry(&self, message: &Received, found: &mut Vec<String>) {
        let (Some(left), Some(sent)) = (message.expiry, self.app.sent(message.number)) else {
            return;
        };
        let Some(interval) = sent.expiry else { return };
        let events = self.oracle.events.iter().rev();
        let connected = events
            .filter(|(at, event)| {
                *at <= message.at && matches!(event.kind, EventKind::Connected(_))
            })
            .map(|(at, _)| *at)
            .next();
        // It waited for its connection at least, and left before it came.
        let waited = connected.map_or(0, |at| at.saturating_since(sent.at).as_secs());
        let most = u64::from(interval).saturating_sub(waited);
        let passed = message.at.saturating_since(sent.at).as_secs();
        let least = u64::from(interval).saturating_sub(passed).max(1);
        if !(least..=most).contains(&u64::from(left)) {
            found.push(format!(
                "{message:?} has {left} s left, not {least} to {most}: {sent:?}"
            ));
        }
    }
}
