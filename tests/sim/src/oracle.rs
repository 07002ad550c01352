//! The judge. It knows the truth about the path, and holds the client to its promise.

use std::collections::VecDeque;
use std::time::Duration;

use mqttka_core::error::DisconnectCause;
use mqttka_core::proto::{Event, EventKind, Reconnect};
use mqttka_core::types::Instant;

mod grammar;
mod scanner;

pub use grammar::{ATTEMPTS_PER_HOUR, Grammar};
pub use scanner::Scanner;

/// A Keep Alive and the times that the rules derive from it.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// K.
    pub k: Duration,
    /// δ = min(0.05 K, 250 ms).
    pub delta: Duration,
    /// D = 1.5 K - δ.
    pub d: Duration,
    /// P = max(K/2, min(K - m, D - 20 s)).
    pub p: Duration,
    /// m = min(1 s, K/10).
    pub m: Duration,
}

impl Times {
    /// The times of this Keep Alive. Written down again from the rules, not taken from the code.
    pub fn new(k: Duration) -> Self {
        let delta = k.mul_f64(0.05).min(Duration::from_millis(250));
        let d = k.mul_f64(1.5).saturating_sub(delta);
        let m = k.mul_f64(0.1).min(Duration::from_secs(1));
        let late = (k - m).min(d.saturating_sub(Duration::from_secs(20)));
        Times {
            k,
            delta,
            d,
            p: k.mul_f64(0.5).max(late),
            m,
        }
    }
}

/// What is true about a connection at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Truth {
    /// The last byte that reached the client's system.
    pub inbound: Instant,
    /// The last evidence: that, or an acknowledgement of more of the client's bytes.
    pub evidence: Instant,
    /// The last acknowledgement of more of the client's bytes.
    pub advance: Option<Instant>,
    /// Bytes of the client that the peer has acknowledged.
    pub acked: u64,
    /// The same, with what may be acknowledged: a control frame that went with the end of a unit
    /// hides where that was.
    pub acked_most: u64,
    /// The last packet of any kind that reached the client's system.
    pub any_packet: Option<Instant>,
    /// The client's socket takes nothing.
    pub blocked: bool,
}

/// Two ways to compute the same time may differ by so much.
const ROUNDING: Duration = Duration::from_micros(1);

/// A PINGREQ on its way.
#[derive(Debug)]
struct Ping {
    end: u64,
    /// When the peer's system had it, at the earliest and at the latest.
    reached: (Option<Instant>, Option<Instant>),
}

#[derive(Debug)]
struct Connection {
    number: u64,
    judged: Option<Times>,
    wire: Option<Times>,
    last_packet: Instant,
    pings: VecDeque<Ping>,
    /// No verdict is expected before this: the engine did not run (L10).
    excused_until: Instant,
    resumed_at: Instant,
    /// After `disconnect` was called: when it must be over, and how much of that is the goodbye.
    disconnect_by: Option<(Instant, Duration)>,
    /// A hint asked for a sign of life sooner than the rules do (L17).
    hinted_at: Option<Instant>,
    reported: bool,
    suspect: bool,
}

/// What the oracle allows.
#[derive(Clone, Debug, Default)]
pub struct Allowance {
    /// How late the engine wakes, at most.
    pub jitter: Duration,
    /// Whether any disconnect is wrong.
    pub benign: bool,
    /// Whether the client can read what its peer acknowledged.
    pub knows_acked: bool,
    /// The application's own bound.
    pub dead_peer_timeout: Option<Duration>,
    /// How the client comes back by itself.
    pub reconnect: Option<Reconnect>,
}

/// The judge of one world.
#[derive(Debug)]
pub struct Oracle {
    allowance: Allowance,
    attempt: Option<u64>,
    connection: Option<Connection>,
    sent: Scanner,
    got: Scanner,
    /// Publishes marked as repeated that this connection has sent.
    pub repeated: u32,
    /// SUBACKs that came over it.
    pub subacks: usize,
    /// What the events say of coming back.
    pub grammar: Grammar,
    /// All lifecycle events but suspicions, with their times.
    pub events: Vec<(Instant, Event)>,
    /// When the client suspected the path or the broker, and when not any more.
    pub suspicions: Vec<(Instant, bool)>,
    /// What broke the promise.
    pub violations: Vec<String>,
    /// Connections that were declared dead.
    pub verdicts: usize,
    /// Of them those whose path carried packets, only none that took a stream further.
    pub stalled: usize,
    /// The longest that an event came after the last evidence, in units of K.
    pub slowest: f64,
}

impl Oracle {
    /// A judge who has seen nothing.
    pub fn new(allowance: Allowance) -> Self {
        Oracle {
            repeated: 0,
            subacks: 0,
            grammar: Grammar::new(allowance.reconnect.clone()),
            allowance,
            attempt: None,
            connection: None,
            sent: Scanner::default(),
            got: Scanner::default(),
            events: Vec::new(),
            suspicions: Vec::new(),
            violations: Vec::new(),
            verdicts: 0,
            stalled: 0,
            slowest: 0.0,
        }
    }

    /// The client did what it must not do.
    pub fn violation(&mut self, now: Instant, text: impl AsRef<str>) {
        self.violations.push(format!("{now:?}: {}", text.as_ref()));
    }

    /// Whether the client counts as connected.
    pub fn is_connected(&self) -> bool {
        self.connection.is_some()
    }

    /// Whether an attempt is under way.
    pub fn is_attempting(&self) -> bool {
        self.attempt.is_some()
    }

    /// Whether the client is in the middle of a packet that it sends.
    pub fn is_sending(&self) -> bool {
        self.sent.is_mid_packet()
    }

    /// Any disconnect from now on is wrong, or is not.
    pub fn set_benign(&mut self, benign: bool) {
        self.allowance.benign = benign;
    }

    /// The broker heard nothing of the client for 1.5 x K.
    pub fn on_kick(&mut self, now: Instant) {
        if self.allowance.benign {
            self.violation(now, "the broker had to kick a healthy client");
        }
    }

    /// An attempt began.
    pub fn on_attempt(&mut self, now: Instant, number: u64) {
        if self.attempt == Some(number) {
            // It opens another stream, as the network changed.
            return;
        }
        if self.attempt.is_some() || self.connection.is_some() {
            self.violation(now, "an attempt began while another was under way");
        }
        self.grammar.on_attempt(now);
        self.repeated = 0;
        self.subacks = 0;
        self.attempt = Some(number);
        self.sent = Scanner::default();
        self.got = Scanner::default();
    }

    /// The client's socket took these bytes.
    pub fn on_sent(&mut self, now: Instant, bytes: &[u8]) {
        let mut pings = Vec::new();
        let (mut packets, mut repeated) = (0, 0);
        self.sent.feed(bytes, |first, end| {
            packets += 1;
            repeated += u32::from(first & 0xf8 == 0x38);
            if first == 0xc0 {
                pings.push(Ping {
                    end,
                    reached: (None, None),
                });
            }
        });
        self.repeated += repeated;
        if let Some(connection) = &mut self.connection {
            connection.pings.extend(pings);
            if packets > 0 {
                connection.last_packet = now;
            }
        }
    }

    /// The client read these bytes.
    pub fn on_got(&mut self, bytes: &[u8]) {
        let (mut answers, mut subacks) = (0, 0);
        self.got.feed(bytes, |first, _| {
            answers += usize::from(first == 0xd0);
            subacks += usize::from(first == 0x90);
        });
        self.subacks += subacks;
        if let Some(connection) = &mut self.connection {
            for _ in 0..answers {
                connection.pings.pop_front();
            }
        }
    }

    /// The engine did not run, or the system slept, until now. `finds`: bytes wait, or there may
    /// be progress, of which only the time of the last acknowledgement is known, not that of the
    /// last which took A further. To the client that can be evidence of now.
    pub fn on_resume(&mut self, now: Instant, finds: bool) {
        self.grammar.on_resume(now);
        if let Some(connection) = &mut self.connection {
            connection.resumed_at = now;
            if let Some(times) = connection.judged.or(connection.wire) {
                let excuse = if finds { times.k * 3 / 2 } else { times.k };
                connection.excused_until = now + excuse;
            }
        }
    }

    /// The application calls `disconnect`: from now on rule L16 bounds the end.
    /// `drain`: so long it waits for acknowledgements first.
    pub fn on_disconnect_call(&mut self, now: Instant, drain: Duration) {
        self.grammar.on_goodbye();
        if let Some(connection) = &mut self.connection {
            let k = connection.wire.map(|t| t.k / 2);
            let most = Duration::from_secs(2);
            let goodbye = k.map_or(most, |half| half.min(most));
            let by = (now + drain + goodbye, goodbye);
            // A second call does not put it off.
            connection.disconnect_by = Some(connection.disconnect_by.map_or(by, |at| at.min(by)));
        }
    }

    /// A suspicion, or the end of one (L22): always in turns, and only while connected.
    pub fn on_suspicion(&mut self, now: Instant, event: &Event) {
        let (suspect, snapshot) = match &event.kind {
            EventKind::Suspect(snapshot) => (true, snapshot),
            EventKind::Alive(snapshot) => (false, snapshot),
            _ => return,
        };
        let known = self
            .connection
            .as_mut()
            .filter(|it| it.number == event.connection_number);
        match known {
            Some(it) if it.suspect != suspect && snapshot.suspect == suspect => {
                it.suspect = suspect;
            }
            _ => self.violation(now, format!("a suspicion out of turn: {event:?}")),
        }
        self.suspicions.push((now, suspect));
    }

    /// The application gives a hint, after which the client may ask for a sign of life.
    pub fn on_hint(&mut self, now: Instant) {
        if let Some(connection) = &mut self.connection {
            connection.hinted_at = Some(now);
        }
    }

    /// A lifecycle event came out.
    pub fn on_event(&mut self, now: Instant, event: Event, truth: Option<Truth>) {
        let number = event.connection_number;
        self.grammar.on_event(now, &event);
        match &event.kind {
            EventKind::Connected(connected) => {
                if self.attempt.take() != Some(number) || self.connection.is_some() {
                    self.violation(now, format!("connected out of turn: {event:?}"));
                }
                let k = Duration::from_secs(u64::from(connected.keep_alive));
                let wire = (!k.is_zero()).then(|| Times::new(k));
                let own = self.allowance.dead_peer_timeout.map(|t| t * 2 / 3);
                let judged = [wire.map(|t| t.k), own].into_iter().flatten().min();
                self.connection = Some(Connection {
                    number,
                    judged: judged.map(Times::new),
                    wire,
                    last_packet: now,
                    pings: VecDeque::new(),
                    // CONNACK is the first evidence, whenever the client read it.
                    excused_until: now + judged.unwrap_or_default() * 3 / 2,
                    resumed_at: now,
                    disconnect_by: None,
                    hinted_at: None,
                    reported: false,
                    suspect: false,
                });
            }
            EventKind::ConnectFailed(_) => {
                let begun = self.attempt.take();
                if begun != Some(number) {
                    self.violation(now, format!("failed out of turn: {event:?}"));
                }
            }
            EventKind::Disconnected(disconnected) => match self.connection.take() {
                Some(connection) if connection.number == number => {
                    self.judge(now, &connection, &disconnected.cause, truth);
                }
                _ => self.violation(now, format!("disconnected out of turn: {event:?}")),
            },
            // The grammar knows the rest.
            _ => {}
        }
        self.events.push((now, event));
    }

    /// P2: was this verdict a false alarm?
    fn judge(
        &mut self,
        now: Instant,
        connection: &Connection,
        cause: &DisconnectCause,
        truth: Option<Truth>,
    ) {
        if self.allowance.benign && *cause != DisconnectCause::DisconnectRequested {
            self.violation(now, format!("false alarm, nothing was wrong: {cause:?}"));
        }
        let verdict = matches!(
            cause,
            DisconnectCause::KeepAliveTimeout | DisconnectCause::ServerUnresponsive
        );
        let (true, Some(times), Some(truth)) = (verdict, connection.judged, truth) else {
            return;
        };
        // A hint's own deadline is K/2 or ten seconds, whatever is earlier.
        let hinted = |at: Instant| now < at + (times.k / 2).min(Duration::from_secs(10)) * 2;
        if connection.hinted_at.is_some_and(hinted) {
            return;
        }
        let path = *cause == DisconnectCause::KeepAliveTimeout;
        self.verdicts += 1;
        if truth.any_packet.is_some_and(|at| now < at + times.d) && path {
            self.stalled += 1;
        }
        let since = if path && self.allowance.knows_acked {
            truth.evidence
        } else {
            truth.inbound
        };
        self.slowest = self
            .slowest
            .max(now.saturating_since(since).as_secs_f64() / times.k.as_secs_f64());
        if now + ROUNDING < since + times.d {
            self.violation(
                now,
                format!("false alarm: {cause:?} although the evidence is of {since:?}"),
            );
        }
        if !path {
            match connection.pings.front() {
                Some(Ping {
                    reached: (Some(reached), _),
                    ..
                }) if now + ROUNDING >= *reached + times.k / 2 => {}
                other => {
                    self.violation(now, format!("{cause:?}, but the oldest ping is {other:?}"))
                }
            }
        }
    }

    /// Looks at the world; call it whenever something changed, and time can go on after it.
    pub fn check(&mut self, now: Instant, truth: Option<Truth>, runs: bool) {
        let Some(truth) = truth else { return };
        // Three wake-ups may be late: that which reads the last byte, that which asks (a question
        // that left late has its chance), and that which judges.
        let slack = self.allowance.jitter * 3;
        let knows_acked = self.allowance.knows_acked;
        let Some(connection) = &mut self.connection else {
            return;
        };
        for Ping { end, reached } in &mut connection.pings {
            if reached.0.is_none() && truth.acked_most >= *end {
                reached.0 = truth.advance;
            }
            if reached.1.is_none() && truth.acked >= *end {
                reached.1 = truth.advance;
            }
        }
        if connection.reported || !runs {
            return;
        }
        let mut texts = Vec::new();
        if let Some((bound, goodbye)) = connection.disconnect_by {
            // The drain may have come to its end in a gap.
            let bound = bound.max(connection.resumed_at + goodbye);
            if now > bound + slack {
                texts.push(format!("disconnect takes longer than until {bound:?}"));
            }
        } else if let Some(times) = connection.judged {
            // P1, within 1.5 x K of the last evidence...
            let evidence = if knows_acked {
                truth.evidence
            } else {
                truth.inbound
            };
            let mut bound = evidence + times.k.mul_f64(1.5);
            // ... and where the broker's system took our PINGREQ, but its process is silent, ...
            let front = connection.pings.front().and_then(|ping| ping.reached.1);
            if knows_acked && let Some(reached) = front {
                let peer =
                    (truth.inbound + times.k.mul_f64(1.5)).max(reached + times.k / 2 + times.delta);
                bound = bound.min(peer);
            }
            // ... except after a gap.
            bound = bound.max(connection.excused_until);
            if now > bound + slack {
                texts.push(format!(
                    "missed: still connected, bound {bound:?}, {truth:?}"
                ));
            }
        }
        if let Some(times) = connection
            .wire
            .filter(|_| connection.disconnect_by.is_none())
        {
            // L5: the broker hears of us in time, as far as the socket takes anything.
            let bound = (connection.last_packet + times.k).max(connection.excused_until);
            if now > bound + slack && connection.pings.is_empty() && !truth.blocked {
                texts.push("no packet for K".to_owned());
            }
        }
        connection.reported = !texts.is_empty();
        for text in texts {
            self.violation(now, text);
        }
    }
}
