//! A broker that restarts: what its machine can do, and what it does when that is not enough.

use std::collections::VecDeque;

use crate::Ms;

/// What a broker is like. Costs are microseconds of one of its cores.
#[derive(Clone, Copy, Debug)]
pub struct BrokerConfig {
    /// How long nobody listens; the system refuses connections meanwhile.
    pub restart: Ms,
    /// Its cores.
    pub cores: f64,
    /// What the system needs for each SYN, also to refuse it.
    pub syn_cost: f64,
    /// What it costs to accept a connection, and to find that its client is gone.
    pub accept_cost: f64,
    /// What it costs to take a client in: TLS, the check of its credentials, CONNACK.
    pub connect_cost: f64,
    /// What it costs to refuse one: all of that but the check.
    pub busy_cost: f64,
    /// What it costs to serve a client after CONNACK until it is settled: its session, its
    /// subscriptions. Half of the machine's time goes to it while others connect.
    pub settle_cost: f64,
    /// Connections that wait to be accepted; the system drops further SYNs.
    pub backlog: usize,
    /// Connections that are accepted and wait for CONNACK; further ones are not accepted.
    pub most_pending: usize,
    /// Where more wait for CONNACK, the broker says that it is busy.
    pub busy_above: usize,
    /// Where more are not settled, the youngest is dropped.
    pub most_unsettled: usize,
}

/// A connection: its client, and which attempt of that.
pub(crate) type Connection = (u32, u32);

/// What waits within the broker.
#[derive(Debug)]
pub(crate) struct Broker {
    pub(crate) config: BrokerConfig,
    /// Not accepted.
    pub(crate) backlog: VecDeque<Connection>,
    /// How many are accepted and have no CONNACK.
    pub(crate) pending: usize,
    /// Of those, whose CONNECT is there.
    pub(crate) ready: VecDeque<Connection>,
    pub(crate) unsettled: VecDeque<Connection>,
    /// Microseconds that can be spent in this millisecond; less than zero where the last step takes
    /// longer than that.
    budget: f64,
    /// What the system needs for the SYNs that came.
    system: f64,
    /// How much more was spent on connecting than on settling while both had work.
    ahead: f64,
}

/// What the broker does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Accept(Connection),
    /// CONNACK, or a refusal.
    Answer(Connection, Verdict),
    Settle(Connection),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accepted,
    Busy,
}

impl Broker {
    pub(crate) fn new(config: BrokerConfig) -> Self {
        Broker {
            config,
            backlog: VecDeque::new(),
            pending: 0,
            ready: VecDeque::new(),
            unsettled: VecDeque::new(),
            budget: 0.0,
            system: 0.0,
            ahead: 0.0,
        }
    }

    /// The system's work for a SYN. Whether it has a place in the backlog; `None`: refused.
    pub(crate) fn syn(&mut self, now: Ms, connection: Connection) -> Option<bool> {
        self.system += self.config.syn_cost;
        if now < self.config.restart {
            return None;
        }
        let room = self.backlog.len() < self.config.backlog;
        if room {
            self.backlog.push_back(connection);
        }
        Some(room)
    }

    /// The next millisecond. What was not used of the last is gone. The system comes first.
    pub(crate) fn tick(&mut self) {
        let whole = self.config.cores * 1000.0;
        let system = self.system.min(whole);
        self.system -= system;
        self.budget = self.budget.min(0.0) + whole - system;
    }

    /// What there is time for. `gone`: whether this connection's client has given up.
    pub(crate) fn step(&mut self, gone: impl Fn(Connection) -> bool) -> Option<Step> {
        if self.budget <= 0.0 {
            return None;
        }
        let connects = !self.ready.is_empty() || self.accepts();
        let settles = !self.unsettled.is_empty();
        match (connects, settles) {
            (true, true) => {}
            // Nobody has to make up for time that nobody else wanted.
            (true, false) => self.ahead = self.ahead.min(0.0),
            (false, _) => self.ahead = 0.0,
        }
        let (step, cost) = if settles && (!connects || self.ahead > 0.0) {
            let (step, cost) = self.settle(gone)?;
            self.ahead -= cost;
            (step, cost)
        } else {
            let (step, cost) = self.connect(gone)?;
            self.ahead += cost;
            (step, cost)
        };
        self.budget -= cost;
        Some(step)
    }

    fn accepts(&self) -> bool {
        !self.backlog.is_empty() && self.pending < self.config.most_pending
    }

    fn settle(&mut self, gone: impl Fn(Connection) -> bool) -> Option<(Step, f64)> {
        let connection = self.unsettled.pop_front()?;
        let cost = match gone(connection) {
            true => self.config.accept_cost,
            false => self.config.settle_cost,
        };
        Some((Step::Settle(connection), cost))
    }

    fn connect(&mut self, gone: impl Fn(Connection) -> bool) -> Option<(Step, f64)> {
        let config = &self.config;
        if self.accepts() {
            let connection = self.backlog.pop_front()?;
            self.pending += usize::from(!gone(connection));
            return Some((Step::Accept(connection), config.accept_cost));
        }
        let busy = self.ready.len() > config.busy_above;
        let connection = self.ready.pop_front()?;
        self.pending -= 1;
        let (verdict, cost) = match busy {
            _ if gone(connection) => (Verdict::Accepted, config.accept_cost),
            true => (Verdict::Busy, config.busy_cost),
            false => (Verdict::Accepted, config.connect_cost),
        };
        Some((Step::Answer(connection, verdict), cost))
    }
}
