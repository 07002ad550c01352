//! No more operations in a time than the application's limit allows.

use super::Machine;
use crate::proto::timers::Timer;
use crate::types::Instant;

impl<T> Machine<T> {
    /// Encodes operations, as many as there is room for, and the limit allows. One loop with and
    /// without a limit: what it calls is part of it only where it is called once.
    #[inline]
    pub(super) fn send_operations(&mut self, now: Instant) {
        while self.outgoing.has_room() {
            if self.pacer.is_some() && self.has_to_wait(now) {
                return;
            }
            let from = match self.pacer {
                Some(_) => self.outgoing.end(),
                None => 0,
            };
            if !(self.send_again(now) || self.send_queued(now)) {
                return;
            }
            // What has ended without being sent costs nothing.
            if let Some(pacer) = &mut self.pacer
                && self.outgoing.end() > from
            {
                pacer.spend(now, self.outgoing.end() - from);
            }
        }
    }

    /// Whether the limit lets nothing go now. Where something waits, it wakes the client.
    #[cold]
    fn has_to_wait(&mut self, now: Instant) -> bool {
        self.timers.clear(Timer::Pace);
        let ready_at = self.pacer.as_ref().map(|pacer| pacer.ready_at());
        let Some(at) = ready_at.filter(|at| *at > now) else {
            return false;
        };
        if !self.session.queue.is_empty() || !self.resend.is_empty() {
            self.timers.set(Timer::Pace, at);
        }
        true
    }
}
