//! One run: the clients of one habit, and one broker.

use crate::Ms;
use crate::broker::{Broker, BrokerConfig, Connection, Step, Verdict};
use crate::habit::{Failure, Habit};
use crate::rng::Rng;
use crate::wheel::Wheel;

/// The system sends a SYN again after 1, 3, 7, 15 and 31 s.
const SYN_AGAIN: [Ms; 5] = [1000, 2000, 4000, 8000, 16_000];

/// Round trips are between these.
const ROUND_TRIP: (Ms, Ms) = (20, 200);

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// How many clients there are.
    pub clients: u32,
    /// How long nobody listened.
    pub restart: Ms,
    /// When each client came back for good, in order.
    pub back_at: Vec<Ms>,
    /// Attempts that each client made.
    pub attempts: Vec<u32>,
    /// Attempts that began in each second.
    pub begun: Vec<u32>,
    /// Clients that were back at the end of each second.
    pub back: Vec<u32>,
}

impl Outcome {
    /// How long after the broker listened again so many percent were back; `None`: not within the
    /// run.
    pub fn time_until(&self, percent: u32) -> Option<Ms> {
        let wanted = (u64::from(self.clients) * u64::from(percent)).div_ceil(100) as usize;
        let at = self.back_at.get(wanted.checked_sub(1)?)?;
        Some(at.saturating_sub(self.restart))
    }

    /// All attempts.
    pub fn all_attempts(&self) -> u64 {
        self.attempts.iter().copied().map(u64::from).sum()
    }

    /// Attempts of one client, in the mean.
    pub fn mean_attempts(&self) -> f64 {
        self.all_attempts() as f64 / f64::from(self.clients)
    }

    /// Attempts of the client that made most.
    pub fn most_attempts(&self) -> u32 {
        self.attempts.iter().copied().max().unwrap_or(0)
    }

    /// Attempts that did not bring a client back.
    pub fn wasted(&self) -> u64 {
        self.all_attempts() - self.back_at.len() as u64
    }

    /// Attempts that began in the busiest second after the broker listened again.
    pub fn peak(&self) -> u32 {
        let after = self.begun.iter().skip(self.restart as usize / 1000);
        after.copied().max().unwrap_or(0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// At the client.
    Try,
    Refused,
    Opened,
    Accepted,
    Busy,
    Closed,
    GiveUp,
    /// At the broker; of a SYN, how often it was sent before.
    Syn(u8),
    Connect,
}

#[derive(Clone, Copy, Debug)]
struct Due {
    client: u32,
    attempt: u32,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Waiting,
    Connecting,
    /// CONNACK has come.
    Connected,
    /// For good.
    Back,
}

struct Client<H> {
    habit: H,
    attempt: u32,
    round_trip: u16,
    phase: Phase,
    /// Of the connection, within the broker.
    accepted: bool,
    connect_came: bool,
}

struct Run<H> {
    now: Ms,
    clients: Vec<Client<H>>,
    broker: Broker,
    wheel: Wheel<Due>,
    back: u32,
    begun: u32,
    back_at: Vec<Ms>,
}

/// Lets `clients` of this habit lose their broker at once, and come back; ends when all are back,
/// at the moment `end`, or when there were so many attempts that it leads nowhere.
pub fn run<H: Habit>(
    clients: u32,
    habit: impl Fn(u32) -> H,
    broker: &BrokerConfig,
    end: Ms,
    seed: u64,
) -> Outcome {
    let mut rng = Rng::new(seed);
    let mut run = Run {
        now: 0,
        clients: Vec::with_capacity(clients as usize),
        broker: Broker::new(*broker),
        wheel: Wheel::new(),
        back: 0,
        begun: 0,
        back_at: Vec::with_capacity(clients as usize),
    };
    for client in 0..clients {
        let (low, high) = ROUND_TRIP;
        let round_trip = low + (rng.fraction() * f64::from(high - low)) as Ms;
        run.clients.push(Client {
            habit: habit(client),
            attempt: 0,
            round_trip: round_trip as u16,
            phase: Phase::Connected,
            accepted: false,
            connect_came: false,
        });
        run.tell(client, 0, Kind::Closed);
    }
    let mut outcome = Outcome {
        clients,
        restart: broker.restart,
        ..Outcome::default()
    };
    let most = u64::from(clients) * 600;
    let mut attempts = 0;
    while run.back < clients && run.now < end && attempts < most {
        run.tick();
        if run.now % 1000 == 999 || run.back == clients {
            attempts += u64::from(run.begun);
            outcome.begun.push(std::mem::take(&mut run.begun));
            outcome.back.push(run.back);
        }
        run.now += 1;
    }
    outcome.attempts = run.clients.iter().map(|it| it.attempt).collect();
    outcome.back_at = run.back_at;
    outcome
}

impl<H: Habit> Run<H> {
    fn tick(&mut self) {
        self.broker.tick();
        let due = self.wheel.take(self.now);
        for due in &due {
            self.meet(*due);
        }
        self.wheel.give_back(self.now, due);
        loop {
            let clients = &self.clients;
            let gone = |(client, attempt): Connection| {
                let client = &clients[client as usize];
                client.attempt != attempt || client.phase == Phase::Waiting
            };
            let Some(step) = self.broker.step(gone) else {
                return;
            };
            let (Step::Accept(it) | Step::Answer(it, _) | Step::Settle(it)) = step;
            if !gone(it) {
                self.did(step);
            }
        }
    }

    /// It happens after this time.
    fn after(&mut self, delay: Ms, client: u32, attempt: u32, kind: Kind) {
        let due = Due {
            client,
            attempt,
            kind,
        };
        self.wheel.push(self.now, self.now + delay.max(1), due);
    }

    /// It comes to the other side.
    fn tell(&mut self, client: u32, attempt: u32, kind: Kind) {
        let half = Ms::from(self.clients[client as usize].round_trip) / 2;
        self.after(half, client, attempt, kind);
    }

    /// The broker has done something.
    fn did(&mut self, step: Step) {
        match step {
            Step::Accept((client, attempt)) => {
                let it = &mut self.clients[client as usize];
                it.accepted = true;
                if it.connect_came {
                    self.broker.ready.push_back((client, attempt));
                }
            }
            Step::Answer((client, attempt), Verdict::Busy) => {
                self.tell(client, attempt, Kind::Busy);
            }
            Step::Answer((client, attempt), Verdict::Accepted) => {
                self.tell(client, attempt, Kind::Accepted);
                if self.broker.config.settle_cost == 0.0 {
                    return;
                }
                if self.broker.unsettled.len() < self.broker.config.most_unsettled {
                    self.broker.unsettled.push_back((client, attempt));
                } else {
                    self.tell(client, attempt, Kind::Closed);
                }
            }
            Step::Settle((client, _)) => self.settle(client),
        }
    }

    fn settle(&mut self, client: u32) {
        let it = &mut self.clients[client as usize];
        if it.phase != Phase::Back {
            it.phase = Phase::Back;
            self.back += 1;
            self.back_at.push(self.now);
        }
    }

    fn meet(&mut self, due: Due) {
        let Due {
            client,
            attempt,
            kind,
        } = due;
        let now = self.now;
        let it = &mut self.clients[client as usize];
        // Of an attempt that is over.
        if it.attempt != attempt || it.phase == Phase::Waiting && kind != Kind::Try {
            return;
        }
        let again = match kind {
            Kind::Try => {
                it.attempt += 1;
                (it.phase, it.accepted, it.connect_came) = (Phase::Connecting, false, false);
                let give_up = it.habit.begin(now);
                let attempt = it.attempt;
                self.begun += 1;
                self.after(give_up - now, client, attempt, Kind::GiveUp);
                self.tell(client, attempt, Kind::Syn(0));
                return;
            }
            Kind::Syn(sent) => {
                match self.broker.syn(now, (client, attempt)) {
                    None => self.tell(client, attempt, Kind::Refused),
                    Some(true) => self.tell(client, attempt, Kind::Opened),
                    Some(false) => {
                        if let Some(again) = SYN_AGAIN.get(usize::from(sent)) {
                            self.after(*again, client, attempt, Kind::Syn(sent + 1));
                        }
                    }
                }
                return;
            }
            Kind::Connect => {
                it.connect_came = true;
                if it.accepted {
                    self.broker.ready.push_back((client, attempt));
                }
                return;
            }
            Kind::Opened => {
                it.habit.opened(now);
                return self.tell(client, attempt, Kind::Connect);
            }
            Kind::Accepted => {
                it.habit.accepted(now);
                if it.phase == Phase::Connecting {
                    it.phase = Phase::Connected;
                }
                if self.broker.config.settle_cost == 0.0 {
                    self.settle(client);
                }
                return;
            }
            Kind::GiveUp if it.phase != Phase::Connecting => return,
            Kind::GiveUp => {
                if it.accepted && !it.connect_came {
                    self.broker.pending -= 1;
                }
                it.habit.failed(now, Failure::TimedOut)
            }
            Kind::Refused => it.habit.failed(now, Failure::Refused),
            Kind::Busy => it.habit.failed(now, Failure::Busy),
            Kind::Closed => it.habit.lost(now),
        };
        it.phase = Phase::Waiting;
        self.after(again.saturating_sub(now), client, attempt, Kind::Try);
    }
}
