//! Is an answer overdue? Rule L22: no verdict, no packet of its own, and no alarm that comes and
//! goes on a link that is slow or lossy all the time.
//!
//! Something of ours is outstanding: a PINGREQ, or bytes that the peer's TCP has not acknowledged, or
//! that stand still with the host that sends them.
//! From then on, or from the last evidence where that is newer, the answer is *ordinary* for max(1 s,
//! several times what answers took so far), and overdue afterwards. Two times are learned, as TCP
//! learns its own: the round trip, and the wait for whatever evidence comes next while something is
//! outstanding (a download that crawls answers a PINGREQ late, but brings bytes all the while).
//! Whoever was suspected and turned out to be alive is trusted for twice as long as that took; half
//! of it is forgotten in five minutes.
//!
//! The kernel's word counts too: bytes that it sent [`REPEATED`] times in vain are overdue whatever
//! was learned, and also where bytes still come from the peer.
//!
//! What it costs: at most one wake-up for what is outstanding, when it becomes overdue. Nothing
//! outstanding, or suspected already: none.

use std::time::Duration;

use super::round_trip::Smoothed;
use super::{Liveness, Progress};
use crate::types::Instant;

/// No answer is overdue earlier.
const SHORTEST: Duration = Duration::from_secs(1);

/// How often in a row the kernel repeats bytes before they count as overdue.
const REPEATED: u32 = 3;

/// After this time half of what a false suspicion taught is forgotten.
const FORGETTING: Duration = Duration::from_secs(300);

/// And it never teaches more than so many times what is ordinary otherwise.
const TRUST: u32 = 8;

/// What became of a suspicion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// An answer is overdue.
    Suspect,
    /// Evidence came after all.
    Alive,
}

/// What rule L22 keeps of one connection.
#[derive(Clone, Debug)]
pub(super) struct Suspicion {
    round_trip: Smoothed,
    /// From what was asked, or the evidence after it, to the next evidence.
    wait: Smoothed,
    /// The round trip as the kernel has it.
    kernel: Option<Duration>,
    retransmissions: u32,
    /// Bytes whose acknowledgement is timed: where they end, and when they were handed over.
    timed: Option<(u64, Instant)>,
    suspected: Option<Suspected>,
    /// How long a false suspicion lasted in all, and when it ended.
    fooled: Option<(Duration, Instant)>,
    /// The engine did not run before (L10).
    not_before: Instant,
    change: Option<Change>,
}

#[derive(Clone, Copy, Debug)]
struct Suspected {
    /// Evidence that is newer ends it.
    since: Instant,
    /// Only what is acknowledged of ours counts as evidence.
    ours: bool,
}

impl Suspicion {
    /// `handshake`: CONNECT to CONNACK, which is a round trip and what the broker had to think.
    pub(super) fn new(now: Instant, handshake: Duration) -> Self {
        Suspicion {
            round_trip: Smoothed::at_most(handshake),
            wait: Smoothed::default(),
            kernel: None,
            retransmissions: 0,
            timed: None,
            suspected: None,
            fooled: None,
            not_before: now,
            change: None,
        }
    }

    /// The round trip, as far as it is known.
    pub(super) fn round_trip(&self) -> Option<Duration> {
        self.round_trip.mean().or(self.kernel)
    }

    pub(super) fn is_suspect(&self) -> bool {
        self.suspected.is_some()
    }

    /// A PINGREQ was answered after so long.
    pub(super) fn answered(&mut self, after: Duration) {
        self.round_trip.add(after);
    }

    /// Bytes up to `end` went out.
    pub(super) fn sent(&mut self, now: Instant, end: u64) {
        self.timed.get_or_insert((end, now));
    }

    /// What the transport told, with the time at which the peer had acknowledged that much.
    pub(super) fn progressed(&mut self, progress: Progress, at: Instant) {
        self.kernel = progress.round_trip.or(self.kernel);
        self.retransmissions = progress.retransmissions;
        let Some((_, sent)) = self.timed.take_if(|(end, _)| *end <= progress.acked) else {
            return;
        };
        // The kernel measures each segment; we would measure when we look.
        let took = progress.round_trip.unwrap_or(at.saturating_since(sent));
        self.round_trip.add(took);
    }

    /// The engine did not run until now: the peer had no fair chance.
    pub(super) fn excuse(&mut self, now: Instant) {
        self.not_before = now;
    }

    /// How long an answer may take where nobody was fooled.
    fn ordinary(&self) -> Duration {
        let kernel = self.kernel.unwrap_or_default() * 3;
        let learned = self.round_trip.ordinary().max(self.wait.ordinary());
        learned.max(kernel).max(SHORTEST)
    }

    /// How long this link has fooled us, as far as that is not forgotten at `when`.
    fn fooled(&self, when: Instant) -> Duration {
        self.fooled.map_or(Duration::ZERO, |(lasted, ended)| {
            let halvings = when.saturating_since(ended).as_secs() / FORGETTING.as_secs();
            lasted / 2u32.saturating_pow(u32::try_from(halvings).unwrap_or(u32::MAX))
        })
    }

    /// Evidence of `at` ended a suspicion.
    fn was_false(&mut self, since: Instant, at: Instant) {
        let lasted = at.saturating_since(since) * 2;
        let most = self.ordinary() * TRUST;
        let lasted = lasted.min(most).max(self.fooled(at));
        self.fooled = Some((lasted, at));
    }
}

impl Liveness {
    /// Since when an answer is awaited: what is outstanding, or the evidence after it.
    fn waits_since(&self) -> Option<Instant> {
        self.judged?;
        let asked = self.pings.front().map(|ping| ping.queued_at);
        let outstanding = [asked, self.unacked_since, self.stands_since];
        let asked = Instant::earliest(outstanding)?;
        Some(asked.max(self.evidence()).max(self.suspicion.not_before))
    }

    /// Evidence of this moment comes, and is not counted yet: what is awaited took so long.
    pub(super) fn learn_wait(&mut self, at: Instant) {
        if let Some(since) = self.waits_since()
            && at > since
        {
            self.suspicion.wait.add(at.saturating_since(since));
        }
    }

    /// When the answer is overdue.
    pub(super) fn suspect_at(&self) -> Option<Instant> {
        if self.suspicion.is_suspect() {
            return None;
        }
        let since = self.waits_since()?;
        let patience = self.suspicion.ordinary().max(self.suspicion.fooled(since));
        Some(since + patience)
    }

    /// Bytes of ours that the kernel repeats in vain.
    fn repeats_since(&self) -> Option<Instant> {
        self.judged?;
        let repeated = self.suspicion.retransmissions >= REPEATED;
        let unacked = self.unacked_since.filter(|_| repeated)?;
        Some(
            unacked
                .max(self.last_progress)
                .max(self.suspicion.not_before),
        )
    }

    /// The end and the beginning of a suspicion, by the clock.
    pub(super) fn review(&mut self, now: Instant) {
        let firm = self.last_inbound.max(self.last_progress);
        if let Some(Suspected { since, ours }) = self.suspicion.suspected {
            let evidence = if ours { self.last_progress } else { firm };
            if evidence > since {
                self.suspicion.suspected = None;
                self.suspicion.was_false(since, evidence);
                self.suspicion.tell(Change::Alive);
            }
        }
        if self.suspicion.is_suspect() {
            return;
        }
        let overdue = self.suspect_at().is_some_and(|at| now >= at);
        let unanswered = self.waits_since().filter(|_| overdue);
        let repeats = self
            .repeats_since()
            .filter(|since| now >= *since + self.suspicion.fooled(*since).max(SHORTEST));
        let suspected = match (unanswered, repeats) {
            (Some(since), _) => Suspected { since, ours: false },
            (None, Some(since)) => Suspected { since, ours: true },
            (None, None) => return,
        };
        self.suspicion.suspected = Some(suspected);
        self.suspicion.tell(Change::Suspect);
    }

    /// Whether the peer is suspected.
    pub fn is_suspect(&self) -> bool {
        self.suspicion.is_suspect()
    }

    /// What became of the suspicion since the last call, once.
    pub fn take_change(&mut self) -> Option<Change> {
        self.suspicion.change.take()
    }
}

impl Suspicion {
    /// Of two that nobody heard of nothing is left.
    fn tell(&mut self, change: Change) {
        self.change = match self.change {
            Some(_) => None,
            None => Some(change),
        };
    }
}
