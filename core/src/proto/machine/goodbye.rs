//! The end that was asked for (rule L16): what was queued, DISCONNECT, then nothing more, and
//! the connection stays open until the broker has read it all.

use std::time::Duration;

use super::{Machine, Phase};
use crate::codec::{Disconnect, Packet};
use crate::error::{ConnectError, DisconnectCause};
use crate::proto::event::Action;
use crate::proto::timers::Timer;
use crate::proto::{Farewell, StopReason};
use crate::types::{Instant, Properties, PropertyId, ReasonCode, Version};

/// The longest that a goodbye may take, from the call to the event.
const MAX_GOODBYE: Duration = Duration::from_secs(2);

/// Who asked for the end, and what the broker is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Goodbye {
    reason_code: ReasonCode,
    asked: Asked,
    /// Of the share that the queue has of the goodbye's time nothing is left.
    hurry: bool,
    /// Our half is closed.
    finished: bool,
    /// The broker's bytes are not MQTT any more; they are read all the same.
    pub(super) deaf: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Disconnect,
    Close,
}

impl Goodbye {
    fn new(reason_code: ReasonCode, asked: Asked) -> Self {
        Goodbye {
            reason_code,
            asked,
            hurry: false,
            finished: false,
            deaf: false,
        }
    }

    fn cause(self) -> DisconnectCause {
        match self.asked {
            Asked::Disconnect => DisconnectCause::DisconnectRequested,
            Asked::Close => DisconnectCause::ClientClosed,
        }
    }
}

impl<T> Machine<T> {
    pub(super) fn disconnect(
        &mut self,
        now: Instant,
        reason_code: ReasonCode,
        drain_timeout: Option<Duration>,
    ) {
        self.drop_standby(now);
        if self.phase == Phase::Connected {
            self.farewell = None;
        }
        let goodbye = Goodbye::new(reason_code, Asked::Disconnect);
        match (self.phase, drain_timeout) {
            (Phase::Waiting, _) => self.stop_waiting(StopReason::DisconnectRequested),
            (Phase::Opening { .. } | Phase::Handshaking { .. }, _) => {
                self.fail_attempt(now, ConnectError::DisconnectRequested);
            }
            (Phase::Connected, Some(timeout)) => {
                self.timers.set(Timer::Drain, now + timeout);
                self.phase = Phase::Draining(goodbye);
                self.end_drain(now);
            }
            (Phase::Connected, None) => self.start_goodbye(now, goodbye),
            // A second call does not want to wait so long any more, but changes nothing else.
            (Phase::Draining(_), Some(timeout)) => {
                self.timers.advance(Timer::Drain, now + timeout);
            }
            (Phase::Draining(first), None) => self.start_goodbye(now, first),
            _ => {}
        }
    }

    /// As [`disconnect`](Self::disconnect); what more there is to say counts where that begins a
    /// goodbye, and not where one is under way.
    pub(super) fn disconnect_with(&mut self, now: Instant, farewell: Box<Farewell>) {
        let begins = self.phase == Phase::Connected;
        self.disconnect(now, farewell.reason_code, farewell.drain_timeout);
        if begins {
            self.farewell = Some(farewell);
        }
    }

    pub(super) fn close(&mut self, now: Instant) {
        self.closing = true;
        self.drop_standby(now);
        match self.phase {
            Phase::Connected => {
                self.farewell = None;
                self.start_goodbye(now, Goodbye::new(ReasonCode::Success, Asked::Close));
            }
            Phase::Draining(goodbye) => self.start_goodbye(now, goodbye),
            Phase::Leaving(_) | Phase::Left(_) => {}
            _ => return self.close_now(now),
        }
        self.closing = true;
    }

    /// Without a goodbye, or with what is left of it.
    pub(super) fn close_now(&mut self, now: Instant) {
        self.closing = true;
        match self.phase {
            Phase::Idle => self.become_closed(),
            Phase::Waiting => {
                self.stop_waiting(StopReason::ClientClosed);
                self.become_closed();
            }
            Phase::Opening { .. } | Phase::Handshaking { .. } => {
                self.fail_attempt(now, ConnectError::ClientClosed);
            }
            Phase::Connected => self.end_connection(now, DisconnectCause::ClientClosed, false),
            Phase::Draining(goodbye) | Phase::Leaving(goodbye) | Phase::Left(goodbye) => {
                self.end_connection(now, goodbye.cause(), false);
            }
            Phase::Closed => {}
        }
    }

    /// No connection, and none will come.
    pub(super) fn become_closed(&mut self) {
        self.phase = Phase::Closed;
        self.close_session();
    }

    fn start_goodbye(&mut self, now: Instant, goodbye: Goodbye) {
        let k = Duration::from_secs(u64::from(self.keep_alive));
        let bound = if k.is_zero() {
            MAX_GOODBYE
        } else {
            (k / 2).min(MAX_GOODBYE)
        };
        self.timers.clear(Timer::Drain);
        // Where what is queued has to wait for acknowledgements, it does so for half of the time:
        // a broker that sends none still gets the DISCONNECT, and time to read it.
        self.timers.set(Timer::Farewell, now + bound / 2);
        self.timers.set(Timer::Goodbye, now + bound);
        self.phase = Phase::Leaving(goodbye);
    }

    /// The drain is over when everything is acknowledged.
    fn end_drain(&mut self, now: Instant) {
        if let Phase::Draining(goodbye) = self.phase
            && (self.is_drained() || self.timers.is_due(Timer::Drain, now))
        {
            self.start_goodbye(now, goodbye);
        }
    }

    fn is_drained(&self) -> bool {
        self.session.queue.is_empty()
            && self.resend.is_empty()
            && self.handed.is_empty()
            && self.barrier.is_empty()
            && self.session.inflight.is_idle()
    }

    /// What is due of a goodbye.
    pub(super) fn check_goodbye(&mut self, now: Instant) {
        self.end_drain(now);
        let (Phase::Leaving(goodbye) | Phase::Left(goodbye)) = self.phase else {
            return;
        };
        if self.timers.is_due(Timer::Goodbye, now) {
            return self.end_goodbye(now);
        }
        if self.timers.is_due(Timer::Farewell, now) {
            self.timers.clear(Timer::Farewell);
            if let Phase::Leaving(_) = self.phase {
                self.phase = Phase::Leaving(Goodbye {
                    hurry: true,
                    ..goodbye
                });
            }
        }
    }

    /// Whether nothing of the queue may follow any more.
    pub(super) fn is_in_hurry(&self) -> bool {
        matches!(self.phase, Phase::Leaving(goodbye) if goodbye.hurry)
    }

    /// DISCONNECT follows what was queued. Where there is room for it, there was for every
    /// acknowledgement.
    pub(super) fn send_farewell(&mut self) {
        let Phase::Leaving(goodbye) = self.phase else {
            return;
        };
        let done = self.session.queue.is_empty() && self.resend.is_empty();
        if !(done || goodbye.hurry) || !self.outgoing.has_room() {
            return;
        }
        self.phase = Phase::Left(goodbye);
        match self.farewell.take() {
            Some(farewell) if self.version() == Version::V5 => self.encode_farewell(*farewell),
            _ => self.encode_disconnect(goodbye.reason_code),
        }
    }

    /// The socket took bytes: all of them, DISCONNECT included?
    pub(super) fn check_farewell(&mut self, now: Instant) {
        self.end_drain(now);
        if let Phase::Left(goodbye) = self.phase
            && !goodbye.finished
            && self.outgoing.is_empty()
        {
            self.phase = Phase::Left(Goodbye {
                finished: true,
                ..goodbye
            });
            self.actions.push_back(Action::Finish);
        }
    }

    /// The broker has nothing more to say, or time is up: the end is the one that was asked for.
    pub(super) fn end_goodbye(&mut self, now: Instant) {
        if let Phase::Leaving(goodbye) | Phase::Left(goodbye) = self.phase {
            self.end_connection(now, goodbye.cause(), goodbye.finished);
        }
    }

    fn encode_farewell(&mut self, mut farewell: Farewell) {
        let id = PropertyId::SessionExpiryInterval;
        if self.config.session_expiry_interval == 0 {
            // After an interval of 0 no other one may follow (section 3.14.2.2.2).
            farewell.properties.remove(id);
        }
        let limit = self.limits.maximum_packet_size as usize;
        let Some(bytes) = farewell.encode_within(limit) else {
            return self.encode_disconnect(farewell.reason_code);
        };
        self.outgoing.buffer().extend_from_slice(&bytes);
        if let Some(expiry) = farewell.properties.get_number(id) {
            self.session.set_expiry(expiry);
        }
    }

    /// The broker is told why the connection ends, where that is still to be said and nothing has to
    /// be finished first [MQTT-3.14.4-1]. It may not read it; nobody waits for that.
    pub(super) fn say_why(&mut self, reason_code: ReasonCode) {
        if self.may_send() && self.outgoing.is_empty() && self.outgoing.at_boundary() {
            self.encode_disconnect(reason_code);
        }
    }

    fn encode_disconnect(&mut self, reason_code: ReasonCode) {
        let packet = Packet::Disconnect(Disconnect {
            reason_code,
            properties: Properties::new(),
        });
        // Without properties nothing can fail, but for a code that only a server may send: then
        // the broker hears that we go, if not why.
        if packet
            .encode(self.version(), self.outgoing.buffer())
            .is_err()
        {
            let plain = Packet::Disconnect(Disconnect::new(ReasonCode::Success));
            let _ = plain.encode(self.version(), self.outgoing.buffer());
        }
    }
}
