//! Is the peer alive? The rules of the [liveness page](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md)
//! for a connection that stands, and nothing else.
//!
//! Symbols as there: K effective keep-alive, δ = min(0.05 K, 250 ms) paid for dispatch,
//! D = 1.5 K - δ, m = min(1 s, K/10), P = max(K/2, min(K - m, D - 20 s)); I last inbound byte, O
//! last complete packet handed to the socket, A our bytes that the peer's TCP acknowledged, E last
//! evidence, Q unanswered PINGREQs with end offset s and the time R at which A reached s.

mod barrier;
mod ping;
mod probe;
mod round_trip;
mod suspicion;
mod times;

use std::collections::VecDeque;
use std::time::Duration;

use self::probe::{MAX_PROBES, Probe};
pub use self::suspicion::Change;
use self::suspicion::Suspicion;
pub(crate) use self::times::verdict_after;
use self::times::{Times, send_margin};
use super::LivenessSnapshot;
use crate::types::Instant;

/// What the transport knows of the peer's acknowledgements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// How many bytes of our stream the peer's TCP has acknowledged, and can be read by the peer:
    /// of a record or frame all or none.
    pub acked: u64,
    /// The same, with those of records and frames of which a part is acknowledged. Equal to
    /// `acked` where there are none; that it grows is evidence.
    pub reached: u64,
    /// Since the peer's last acknowledgement of any kind, where the system tells.
    pub last_ack_age: Option<Duration>,
    /// The path's round trip, where the system tells.
    pub round_trip: Option<Duration>,
    /// How often in a row the system sent the oldest of our bytes again, unanswered so far; 0 where
    /// it does not tell.
    pub retransmissions: u32,
}

/// What [`Liveness::judge`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is due.
    Alive,
    /// No evidence for D.
    PathDead,
    /// The peer's kernel holds our PINGREQ, its process did not answer.
    PeerDead,
}

#[derive(Clone, Copy, Debug)]
struct Ping {
    end: u64,
    queued_at: Instant,
    /// How long nothing had passed on the path.
    silence: Duration,
    /// It follows what was queued (L6), in place of going ahead of it (L5).
    barrier: bool,
    handed_over_at: Option<Instant>,
    reached_at: Option<Instant>,
}

/// The liveness of one connection, from CONNACK on.
#[derive(Clone, Debug)]
pub struct Liveness {
    /// The broker's clock: when it expects a packet of ours. `None`: K = 0.
    wire: Option<Duration>,
    /// Our clock; shorter than `wire` where the application set a dead-peer time. `None`: off.
    judged: Option<Times>,
    /// The Keep Alive that it comes from.
    judged_by: Option<Duration>,
    last_inbound: Instant,
    /// A part came of something that may yet hold no byte of the stream (L3).
    unfinished: Option<Instant>,
    last_outbound: Instant,
    last_progress: Instant,
    handed_over: u64,
    acked: Option<u64>,
    reached: u64,
    unacked_since: Option<Instant>,
    /// The same of bytes that wait with a host, and do not go.
    stands_since: Option<Instant>,
    sampled_at: Instant,
    pings: VecDeque<Ping>,
    ping_now: bool,
    /// When [`Liveness::judge`] was last called.
    judged_at: Instant,
    /// After a gap (L10): for how long the engine has yet to run before a verdict.
    grace: Option<Duration>,
    /// Oldest first; some of them may be answered by progress.
    probes: VecDeque<Probe>,
    suspicion: Suspicion,
}

impl Liveness {
    /// Starts at CONNACK, which is the first evidence (`keep_alive` is the effective one).
    /// `handed_over` and `acked` are where the stream stands; `acked` is `None` where the system
    /// does not tell.
    pub fn new(
        now: Instant,
        keep_alive: u16,
        dead_peer_timeout: Option<Duration>,
        last_outbound: Instant,
        handed_over: u64,
        acked: Option<u64>,
    ) -> Self {
        let wire = (keep_alive > 0).then(|| Duration::from_secs(u64::from(keep_alive)));
        // The application's bound is 1.5 x some keep-alive: judge by that one.
        let own = dead_peer_timeout.map(|bound| bound - bound / 3);
        let judged = match (wire, own) {
            (Some(wire), Some(own)) => Some(wire.min(own)),
            (wire, own) => wire.or(own),
        };
        Liveness {
            wire,
            judged: judged.map(Times::new),
            judged_by: judged,
            last_inbound: now,
            unfinished: None,
            last_outbound,
            last_progress: now,
            handed_over,
            acked,
            reached: acked.unwrap_or(0),
            unacked_since: None,
            stands_since: None,
            sampled_at: now,
            pings: VecDeque::new(),
            ping_now: false,
            judged_at: now,
            grace: None,
            probes: VecDeque::new(),
            suspicion: Suspicion::new(now, now.saturating_since(last_outbound)),
        }
    }

    /// A PINGREQ leaves at once, and without evidence from now on until `deadline` the path
    /// is dead. Each probe counts for itself, whatever became of earlier ones.
    pub fn probe(&mut self, now: Instant, deadline: Instant) {
        self.ping_now = true;
        let progress = self.last_progress;
        // What is as old and allows more time says nothing any more.
        self.probes
            .retain(|p| !p.is_answered(progress) && p.deadline < deadline);
        if self.probes.len() == MAX_PROBES {
            self.probes.pop_back();
        }
        self.probes.push_back(Probe {
            asked: now,
            deadline,
            fresh: true,
            moved: false,
        });
    }

    /// Bytes came, of a packet whole or part.
    pub fn on_inbound(&mut self, now: Instant) {
        self.learn_wait(now);
        self.last_inbound = self.last_inbound.max(now);
        self.unfinished = None;
        self.grace = None;
        // Bytes that may have been waiting when a probe was asked do not answer it.
        self.probes.retain(|probe| probe.fresh);
        if self.probes.is_empty() {
            // What a probe asked for came before it was even sent, or a gap is over.
            self.ping_now = false;
        }
    }

    /// A part came of a record that is not whole: evidence until it is known what it holds.
    pub fn on_unfinished(&mut self, now: Instant) {
        self.unfinished = self.unfinished.max(Some(now));
    }

    /// It is whole, and held no byte of the stream.
    pub fn on_void(&mut self) {
        self.unfinished = None;
    }

    /// I, with what may yet be taken back.
    fn inbound(&self) -> Instant {
        self.unfinished
            .map_or(self.last_inbound, |at| at.max(self.last_inbound))
    }

    /// The socket took bytes, now `offset` in all; `packet_end` where a packet was completed. No
    /// evidence.
    pub fn on_handed_over(&mut self, now: Instant, offset: u64, packet_end: bool) {
        self.handed_over = offset;
        if packet_end {
            self.last_outbound = now;
        }
        let judged = self.judged.is_some() || !self.probes.is_empty();
        let unacked = judged && self.acked.is_some_and(|acked| acked < offset);
        if unacked && self.unacked_since.is_none() {
            self.unacked_since = Some(now);
        }
        if unacked {
            self.suspicion.sent(now, offset);
        }
        for ping in self.pings.iter_mut().filter(|ping| ping.end <= offset) {
            ping.handed_over_at.get_or_insert(now);
        }
    }

    /// Whether to look at the transport's progress now.
    pub fn wants_progress(&self, now: Instant) -> bool {
        // Not at every wake-up under load: one look in 10 ms (or in δ/2, where that is shorter).
        let pause = self.sample_interval().min(Duration::from_millis(10));
        // But always before a verdict (L9).
        let judges = [self.verdict().map(|(at, _)| at), self.suspect_at()];
        self.unacked_since.is_some()
            && (now >= self.sampled_at + pause || judges.iter().flatten().any(|at| now >= *at))
    }

    /// What the peer's TCP acknowledged: the only evidence that sending can give.
    pub fn on_progress(&mut self, now: Instant, progress: Progress) {
        let before = std::mem::replace(&mut self.sampled_at, now);
        if self.acked.is_some() && progress.reached > self.reached {
            // The last acknowledgement cannot be older than the last look, which saw less.
            let at = progress
                .last_ack_age
                .map_or(now, |age| (now - age).max(before));
            self.learn_wait(at);
            self.last_progress = self.last_progress.max(at);
            if progress.last_ack_age.is_none() {
                // It may have come before what is asked just now.
                for probe in self.probes.iter_mut().filter(|probe| probe.fresh) {
                    probe.asked = probe.asked.max(at);
                }
            }
            let asked = self.pings.front().is_some_and(|p| p.reached_at.is_some());
            for ping in &mut self.pings {
                if ping.reached_at.is_none() && progress.acked >= ping.end {
                    ping.reached_at = Some(at);
                }
            }
            let reached = self.pings.front().is_some_and(|p| p.reached_at.is_some());
            if let (true, Some(times), Some(left)) =
                (reached && !asked, self.judged, &mut self.grace)
            {
                // The peer's process has K/2 of our time, too (L8, L10).
                *left = (*left).max(times.k / 2);
            }
            self.acked = Some(progress.acked);
            self.reached = progress.reached;
        }
        self.suspicion.progressed(progress, self.last_progress);
        if self.acked.is_none_or(|acked| acked >= self.handed_over) {
            self.unacked_since = None;
        }
    }

    /// Nothing has gone since then of what waits with whoever sends for us; `None` where nothing
    /// waits. No verdict, and no evidence where it goes: it feeds suspicion.
    pub fn on_standing(&mut self, since: Option<Instant>) {
        self.stands_since = since;
    }

    /// A PINGREQ was put into the stream and ends at `end`.
    pub fn on_ping_queued(&mut self, now: Instant, end: u64) {
        self.ping_now = false;
        let ping = self.ping(now, end);
        self.insert(ping);
    }

    /// How long the oldest PINGREQ took, where the PINGRESP that just came answers it.
    pub fn answer_took(&self) -> Option<Duration> {
        let sent = self.pings.front()?.handed_over_at?;
        Some(self.last_inbound.saturating_since(sent))
    }

    /// A PINGRESP answers the oldest PINGREQ. An unasked one is only evidence. Returns the
    /// silence before the ping that was answered.
    pub fn on_pingresp(&mut self) -> Option<Duration> {
        let ping = self.pings.pop_front()?;
        if let Some(sent) = ping.handed_over_at {
            let took = self.last_inbound.saturating_since(sent);
            self.suspicion.answered(took);
        }
        Some(ping.silence)
    }

    /// Judges by the clock, not by which timer woke. Call it only after reading until it would
    /// block and looking at the progress. `suspended`: the system slept since the last call.
    /// Where it is no verdict, [`take_change`](Self::take_change) tells of suspicion.
    pub fn judge(&mut self, now: Instant, suspended: bool) -> Verdict {
        let verdict = self.judge_peer(now, suspended);
        if verdict == Verdict::Alive {
            self.review(now);
        }
        verdict
    }

    fn judge_peer(&mut self, now: Instant, suspended: bool) -> Verdict {
        let before = std::mem::replace(&mut self.judged_at, now);
        // What was due, and what the engine came to later than it ran last.
        let late = self
            .timers()
            .map_or(Duration::ZERO, |due| now.saturating_since(due.max(before)));
        // L10. The engine did not run, so the peer had no fair chance; unless bytes came since.
        // Lateness up to K/2 is a busy machine's: the system went on receiving all the while.
        let gap = suspended || self.judged.is_some_and(|times| late > times.k / 2);
        let gap = gap && self.inbound() <= before && self.grace != Some(Duration::ZERO);
        if gap {
            self.move_probes(before, now);
        }
        for probe in &mut self.probes {
            probe.fresh = false;
        }
        if gap && let Some(times) = self.judged {
            self.grace.get_or_insert(times.k);
            self.suspicion.excuse(now);
            self.ping_now |= !self.asked_since(now - times.k / 2);
            return Verdict::Alive;
        }
        if let Some(left) = &mut self.grace {
            // Only time in which the engine ran counts, so that a device that naps all the time
            // gets its verdict, too.
            *left = left.saturating_sub(now.saturating_since(before));
        }
        let Some((at, verdict)) = self.verdict() else {
            return Verdict::Alive;
        };
        if now < at {
            Verdict::Alive
        } else if self.asks_nothing() {
            // The engine was too late even to ask.
            self.ping_now = true;
            Verdict::Alive
        } else {
            verdict
        }
    }

    /// L10: a probe of the time before a gap has its whole time again. One that comes now, or
    /// came in the gap, keeps its own; where another sleep passes over that, it has what was left
    /// of it when the engine ran last.
    fn move_probes(&mut self, before: Instant, now: Instant) {
        let first = self.grace.is_none();
        for probe in self.probes.iter_mut().filter(|p| !p.fresh) {
            if first && !probe.moved {
                probe.deadline = now + probe.deadline.saturating_since(probe.asked);
                probe.moved = true;
            } else if before < probe.deadline && probe.deadline < now {
                probe.deadline = now + probe.deadline.saturating_since(before);
            } else {
                continue;
            }
            self.ping_now = true;
        }
    }

    fn asked_since(&self, earliest: Instant) -> bool {
        self.pings.back().is_some_and(|p| p.queued_at > earliest)
    }

    /// D, where liveness is judged.
    pub fn bound(&self) -> Option<Duration> {
        self.judged.map(|times| times.verdict)
    }

    /// The next moment at which something is due.
    pub fn deadline(&self) -> Option<Instant> {
        if self.ping_now && self.may_ping() {
            return Some(self.last_inbound);
        }
        Instant::earliest([self.timers(), self.suspect_at()])
    }

    /// What the engine must not be late for (L10).
    fn timers(&self) -> Option<Instant> {
        let verdict = self.verdict().map(|(at, _)| at);
        let sample = self
            .unacked_since
            .map(|since| since.max(self.sampled_at) + self.sample_interval());
        let tick = self
            .grace
            .zip(self.judged)
            .map(|(_, times)| self.judged_at + self.sample_interval().max(times.k / 16));
        Instant::earliest([self.ping_at(), verdict, sample, tick])
    }

    /// A look at A every δ/2 while bytes are unacknowledged: that is how exactly E is known.
    fn sample_interval(&self) -> Duration {
        self.judged
            .map_or(Duration::from_secs(1), |times| times.delta / 2)
            .max(Duration::from_millis(1))
    }

    fn evidence(&self) -> Instant {
        self.inbound().max(self.last_progress)
    }

    fn verdict(&self) -> Option<(Instant, Verdict)> {
        let probed = self
            .probes
            .iter()
            .filter(|probe| !probe.is_answered(self.last_progress))
            .filter(|probe| !probe.may_be_answered(self.unfinished))
            .map(|probe| (probe.deadline, Verdict::PathDead))
            .min_by_key(|(deadline, _)| *deadline);
        let judged = self.judged.map(|times| self.judged_verdict(times));
        match (judged, probed) {
            (Some(judged), Some(probed)) if probed.0 < judged.0 => Some(probed),
            (judged, probed) => judged.or(probed),
        }
    }

    fn judged_verdict(&self, times: Times) -> (Instant, Verdict) {
        // L7. A PINGREQ that the engine sent late has its chance, too (L10).
        let asked = self.pings.front().map(|ping| ping.queued_at);
        let fair = asked.map_or(Instant::ORIGIN, |at| at + (times.k / 2 - times.delta));
        let path = (self.evidence() + times.verdict).max(fair);
        let peer = self.pings.front().and_then(|ping| ping.reached_at); // L8
        let peer = peer.map(|r| (self.inbound() + times.verdict).max(r + times.k / 2));
        let (at, verdict) = match peer {
            Some(peer) if peer <= path => (peer, Verdict::PeerDead),
            _ => (path, Verdict::PathDead),
        };
        (
            self.grace.map_or(at, |left| at.max(self.judged_at + left)),
            verdict,
        )
    }

    /// What is known at `now`.
    pub fn snapshot(&self, now: Instant) -> LivenessSnapshot {
        LivenessSnapshot {
            round_trip: self.suspicion.round_trip(),
            suspect: self.suspicion.is_suspect(),
            last_inbound_age: now.saturating_since(self.inbound()),
            last_evidence_age: now.saturating_since(self.evidence()),
            unanswered_pings: u32::try_from(self.pings.len()).unwrap_or(u32::MAX),
            oldest_ping_age: self
                .pings
                .front()
                .map(|ping| now.saturating_since(ping.queued_at)),
            verdict_in: self.verdict().map(|(at, _)| at.saturating_since(now)),
        }
    }
}
