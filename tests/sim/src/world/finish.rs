//! The end of a world, and what must be true then.

use super::*;

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
        self.run_until(ms(2001), |w| w.machine().state() == State::Closed);
        let mut found = std::mem::take(&mut self.oracle.violations);
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
        let received = self.broker.received();
        let mut seen = BTreeSet::new();
        for message in received {
            let new = seen.insert(message.number);
            let may_repeat = message.qos == QoS::AtLeastOnce && message.dup;
            if !new && !may_repeat {
                found.push(format!("the broker got {message:?} again"));
            }
            if new && seen.last().is_some_and(|last| *last > message.number) {
                found.push(format!("the broker got {message:?} out of order"));
            }
        }
        for (number, outcome) in &self.app.outcomes {
            if outcome.is_ok() && !seen.contains(number) && self.app.qos_of(*number) > 0 {
                found.push(format!("{number} completed, but the broker never got it"));
            }
        }
        let mut seen = BTreeSet::new();
        for (qos, number) in &self.app.received {
            if !seen.insert((*qos, *number)) && *qos != QoS::AtLeastOnce {
                found.push(format!("message {number} came twice at {qos:?}"));
            }
        }
    }
}
