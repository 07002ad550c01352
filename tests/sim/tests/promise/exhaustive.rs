//! `Liveness` alone: every schedule of its inputs on a coarse grid, to a fixed depth.
//! The state is small, so this covers every order of events that random schedules might miss.

use std::collections::VecDeque;
use std::time::Duration;

use mqttka_core::proto::liveness::{Liveness, Progress, Verdict};
use mqttka_core::types::Instant;
use mqttka_sim::oracle::Times;
use mqttka_sim::{at, ms, secs};

/// K of the model; the grid is K/3, so a schedule of 7 steps lasts for 2.3 K.
const K: u16 = 3;
const GRID: Duration = Duration::from_secs(1);
const DEPTH: usize = 7;

/// What happens at a point of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Nothing,
    /// A byte comes that answers nothing.
    Inbound,
    /// A PINGRESP comes, where a PINGREQ has reached the peer.
    Answer,
    /// The peer's TCP acknowledges all that it got.
    Acknowledge,
    /// The application sends a packet.
    Send,
    /// The socket takes nothing any more, or takes everything again.
    Toggle,
    /// The engine does not run until the next point.
    Stop,
    /// The system sleeps until the next point.
    Sleep,
}

const STEPS: [Step; 8] = [
    Step::Nothing,
    Step::Inbound,
    Step::Answer,
    Step::Acknowledge,
    Step::Send,
    Step::Toggle,
    Step::Stop,
    Step::Sleep,
];

#[derive(Clone, Copy, Debug)]
struct Mode {
    knows_acked: bool,
    knows_age: bool,
    /// Where the grid begins, after CONNACK.
    offset: Duration,
}

#[derive(Clone, Debug)]
struct Model {
    mode: Mode,
    liveness: Liveness,
    now: Instant,
    // The truth.
    inbound: Instant,
    advance: Instant,
    last_ack: Instant,
    acked: u64,
    handed: u64,
    waiting: u64,
    blocked: bool,
    last_packet: Instant,
    pings: VecDeque<(u64, Option<Instant>)>,
    ran_since: Instant,
    /// Since the last byte: the time that passed without the engine.
    lost: Duration,
    late: bool,
    slept: bool,
    dead: bool,
    path: Vec<Step>,
}

impl Model {
    fn new(mode: Mode) -> Self {
        let start = at(secs(100));
        Model {
            liveness: Liveness::new(start, K, None, start, 10, mode.knows_acked.then_some(10)),
            mode,
            now: start,
            inbound: start,
            advance: start,
            last_ack: start,
            acked: 10,
            handed: 10,
            waiting: 0,
            blocked: false,
            last_packet: start,
            pings: VecDeque::new(),
            ran_since: start,
            lost: Duration::ZERO,
            late: false,
            slept: false,
            dead: false,
            path: Vec::new(),
        }
    }

    fn fail(&self, text: &str) -> ! {
        panic!("{text} at {:?}: {:?} {self:#?}", self.now, self.path)
    }

    fn evidence(&self) -> Instant {
        if self.mode.knows_acked {
            self.inbound.max(self.advance)
        } else {
            self.inbound
        }
    }

    fn write(&mut self, ping: bool) {
        let bytes = if ping { 2 } else { 10 };
        self.waiting += bytes;
        if ping {
            let end = self.handed + self.waiting;
            self.liveness.on_ping_queued(self.now, end);
            self.pings.push_back((end, None));
        }
        self.flush();
    }

    fn flush(&mut self) {
        if self.blocked || self.waiting == 0 {
            return;
        }
        self.handed += std::mem::take(&mut self.waiting);
        self.last_packet = self.now;
        self.liveness.on_handed_over(self.now, self.handed, true);
    }

    /// One wake-up of the engine.
    fn wake(&mut self) {
        if self.liveness.wants_progress(self.now) {
            let age = self.now.saturating_since(self.last_ack);
            self.liveness.on_progress(
                self.now,
                Progress {
                    acked: self.acked,
                    reached: self.acked,
                    last_ack_age: self.mode.knows_age.then_some(age),
                    ..Progress::default()
                },
            );
        }
        let slept = std::mem::take(&mut self.slept);
        let verdict = self.liveness.judge(self.now, slept);
        self.check_verdict(verdict);
        if self.dead {
            return;
        }
        if self.liveness.ping_due(self.now) {
            self.write(true);
        }
        self.check_idle();
    }

    fn check_verdict(&mut self, verdict: Verdict) {
        let times = Times::new(secs(u64::from(K)));
        match verdict {
            Verdict::Alive => {
                let mut bound = self.evidence() + times.k * 3 / 2;
                if let Some((_, Some(reached))) = self.pings.front()
                    && self.mode.knows_acked
                {
                    bound = bound.min(
                        (self.inbound + times.k * 3 / 2).max(*reached + times.k / 2 + times.delta),
                    );
                }
                // L10: the time without the engine, and K after it.
                if !self.lost.is_zero() {
                    bound = bound.max(self.ran_since + times.k + GRID);
                }
                if self.now > bound {
                    self.fail("missed");
                }
            }
            Verdict::PathDead => {
                if self.now < self.evidence() + times.d {
                    self.fail("false alarm of the path");
                }
                self.dead = true;
            }
            Verdict::PeerDead => {
                let reached = self.pings.front().and_then(|(_, reached)| *reached);
                if self.now < self.inbound + times.d
                    || reached.is_none_or(|r| self.now < r + times.k / 2)
                {
                    self.fail("false alarm of the peer");
                }
                self.dead = true;
            }
        }
        if self.dead && self.pings.is_empty() {
            self.fail("a verdict without a question");
        }
    }

    fn check_idle(&mut self) {
        let times = Times::new(secs(u64::from(K)));
        // L5, both halves.
        if !self.blocked && self.now >= self.last_packet + (times.k - times.m) {
            self.fail("no packet for K - m");
        }
        if self.pings.is_empty() && self.now >= self.inbound + times.p {
            self.fail("no question after P");
        }
        // Never two that wait for the socket.
        if self
            .pings
            .iter()
            .filter(|(end, _)| *end > self.handed)
            .count()
            > 1
        {
            self.fail("two PINGREQs wait");
        }
        match self.liveness.deadline() {
            Some(deadline) if deadline > self.now => {}
            other => self.fail(&format!("deadline {other:?}")),
        }
        // Early and repeated calls change nothing.
        let mut again = self.liveness.clone();
        let verdict = again.judge(self.now, false);
        if verdict != Verdict::Alive
            || again.ping_due(self.now)
            || again.deadline() != self.liveness.deadline()
        {
            self.fail("a second call changed something");
        }
    }

    /// Whether the step is another one than `Nothing`.
    fn is_possible(&self, step: Step) -> bool {
        match step {
            Step::Answer => self.pings.front().is_some_and(|(_, r)| r.is_some()),
            Step::Acknowledge => self.handed > self.acked,
            _ => true,
        }
    }

    fn step(&mut self, step: Step) {
        self.path.push(step);
        let end = self.now + GRID;
        let mut wakes = false;
        match step {
            Step::Nothing => {}
            Step::Inbound => {
                self.receive();
                wakes = true;
            }
            Step::Answer => {
                self.receive();
                self.liveness.on_pingresp();
                self.pings.pop_front();
                wakes = true;
            }
            Step::Acknowledge => {
                self.last_ack = self.now;
                self.acked = self.handed;
                self.advance = self.now;
                for (end, reached) in &mut self.pings {
                    if reached.is_none() && *end <= self.acked {
                        *reached = Some(self.now);
                    }
                }
            }
            Step::Send => {
                if self.waiting < 100 {
                    self.write(false);
                }
                wakes = true;
            }
            Step::Toggle => {
                self.blocked = !self.blocked;
                self.flush();
                wakes = true;
            }
            Step::Stop | Step::Sleep => {
                self.slept |= step == Step::Sleep;
                self.now = end;
                self.lost += GRID;
                self.ran_since = end;
                self.late = true;
                return;
            }
        }
        if wakes || std::mem::take(&mut self.late) {
            self.wake();
        }
        while let Some(deadline) = self.liveness.deadline().filter(|d| *d < end && !self.dead) {
            self.now = self.now.max(deadline);
            self.wake();
        }
        self.now = end;
    }

    fn receive(&mut self) {
        self.inbound = self.now;
        self.lost = Duration::ZERO;
        self.liveness.on_inbound(self.now);
    }
}

fn explore(model: &Model, depth: usize, ends: &mut u64) {
    if depth == 0 || model.dead {
        *ends += 1;
        return;
    }
    for step in STEPS.into_iter().filter(|step| model.is_possible(*step)) {
        let mut next = model.clone();
        next.step(step);
        explore(&next, depth - 1, ends);
    }
}

fn explore_all(knows_acked: bool, knows_age: bool) {
    for offset in [0, 430] {
        let mode = Mode {
            knows_acked,
            knows_age,
            offset: ms(offset),
        };
        let mut model = Model::new(mode);
        model.now += mode.offset;
        let mut ends = 0;
        explore(&model, DEPTH, &mut ends);
        println!("{mode:?}: {ends} schedules");
        assert!(ends > 200_000, "{ends}");
    }
}

#[test]
fn all_schedules_where_acknowledgements_and_their_age_are_known() {
    explore_all(true, true);
}

#[test]
fn all_schedules_where_only_acknowledgements_are_known() {
    explore_all(true, false);
}

#[test]
fn all_schedules_where_no_acknowledgements_are_known() {
    explore_all(false, false);
}

/// L9: the look at A that counts is the one right before the verdict.
#[test]
fn the_last_look_is_fresh() {
    for early in 1..20 {
        let start = at(secs(100));
        let times = Times::new(secs(5));
        let mut liveness = Liveness::new(start, 5, None, start, 10, Some(10));
        liveness.on_ping_queued(start + times.p, 12);
        liveness.on_handed_over(start + times.p, 12, true);
        let due = start + times.d;
        // Somebody wakes the engine shortly before, and it looks; then the acknowledgement comes.
        let look = due - ms(early);
        assert!(liveness.wants_progress(look));
        liveness.on_progress(
            look,
            Progress {
                acked: 10,
                reached: 10,
                ..Progress::default()
            },
        );
        assert_eq!(liveness.judge(look, false), Verdict::Alive);
        assert!(liveness.wants_progress(due), "{early} ms");
        liveness.on_progress(
            due,
            Progress {
                acked: 12,
                reached: 12,
                ..Progress::default()
            },
        );
        assert_eq!(liveness.judge(due, false), Verdict::Alive, "{early} ms");
    }
}

/// L14: the application's own bound, with and without a Keep Alive.
#[test]
fn a_dead_peer_time_of_its_own() {
    for keep_alive in [0, 1200] {
        let start = at(secs(100));
        let own = secs(15);
        let mut liveness = Liveness::new(start, keep_alive, Some(own), start, 10, None);
        let mut now = start;
        let mut handed = 10;
        let end = loop {
            let Some(deadline) = liveness.deadline() else {
                panic!("no deadline");
            };
            assert!(deadline >= now);
            now = deadline;
            if liveness.judge(now, false) != Verdict::Alive {
                break now;
            }
            if liveness.ping_due(now) {
                handed += 2;
                liveness.on_ping_queued(now, handed);
                liveness.on_handed_over(now, handed, true);
            }
        };
        let after = end.saturating_since(start);
        assert!(after <= own && after + ms(250) >= own, "{after:?}");
    }
}

#[test]
fn no_keep_alive_means_no_pings_and_no_verdict() {
    let start = at(secs(100));
    let mut liveness = Liveness::new(start, 0, None, start, 10, Some(10));
    liveness.on_handed_over(start, 1000, true);
    assert_eq!(liveness.deadline(), None);
    let later = start + secs(1_000_000);
    assert!(!liveness.wants_progress(later));
    assert!(!liveness.ping_due(later));
    assert_eq!(liveness.judge(later, true), Verdict::Alive);
}

/// L5: when a silent peer is asked, in milliseconds of silence, for each K in seconds.
#[test]
fn the_first_question() {
    for (k, expected) in [
        (1, 500),
        (5, 2_500),
        (10, 5_000),
        (20, 10_000),
        (25, 17_250),
        (30, 24_750),
        (39, 38_000),
        (60, 59_000),
        (300, 299_000),
        (65_535, 65_534_000),
    ] {
        let start = at(secs(100));
        let liveness = Liveness::new(start, k, None, start, 10, Some(10));
        let asked = liveness.deadline().map(|at| at.saturating_since(start));
        assert_eq!(asked, Some(ms(expected)), "K = {k}");
    }
}
