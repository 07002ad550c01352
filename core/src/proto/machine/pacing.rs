//! No more operations in a time than the application's limit allows.

use super::Machine;
use crate::proto::timers::Timer;
use crate::types::Instant;

impl<T> Machine<T> {
    /// Encodes operations, as many as there is room for, and the limit allows.
    #[inline]
    pub(super) fn send_operations(&mut self, now: Instant) {
        if self.pacer.is_some() {
            return self.send_paced(now);
        }
        while self.outgoing.has_room() && (self.send_again(now) || self.send_queued(now)) {}
    }

    fn send_paced(&mut self, now: Instant) {
        self.timers.clear(Timer::Pace);
        while self.outgoing.has_room() {
            let ready_at = self.pacer.as_ref().map(|pacer| pacer.ready_at());
            if let Some(at) = ready_at
                && at > now
            {
                if !self.session.queue.is_empty() || !self.resend.is_empty() {
                    self.timers.set(Timer::Pace, at);
                }
                return;
            }
            let from = self.outgoing.end();
            if !(self.send_again(now) || self.send_queued(now)) {
                return;
            }
            let bytes = self.outgoing.end() - from;
            // What has ended without being sent costs nothing.
            if let Some(pacer) = &mut self.pacer
                && bytes > 0
            {
                pacer.spend(now, bytes);
            }
        }
    }
}
