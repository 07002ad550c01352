//! What is run: brokers, and habits of clients.

use std::time::Duration;

use mqttka_core::proto::Reconnect;

use crate::Ms;
use crate::broker::BrokerConfig;
use crate::habit::Growing;
use crate::ours::Ours;
use crate::run::{Outcome, run};

/// For whom the brokers below are made.
const CLIENTS: u32 = 1_000_000;

/// A run ends here, come what may.
const END: Ms = 20 * 60 * 1000;

/// A broker, and what it is an example of.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// One word.
    pub name: &'static str,
    /// What the broker is like.
    pub about: &'static str,
    /// The same in a few words.
    pub short: &'static str,
    /// For a million clients.
    pub broker: BrokerConfig,
}

const FAST: BrokerConfig = BrokerConfig {
    restart: 30_000,
    cores: 4.0,
    syn_cost: 2.0,
    accept_cost: 20.0,
    connect_cost: 200.0,
    busy_cost: 150.0,
    settle_cost: 0.0,
    backlog: 4096,
    most_pending: 20_000,
    busy_above: usize::MAX,
    most_unsettled: usize::MAX,
};

/// All of them.
pub const SCENARIOS: [Scenario; 4] = [
    Scenario {
        name: "fast",
        about: "takes 20,000 clients a second",
        short: "20,000 a second",
        broker: FAST,
    },
    Scenario {
        name: "slow",
        about: "takes 2,000 clients a second, as one that asks a database for each",
        short: "takes 2,000 clients a second",
        broker: BrokerConfig {
            connect_cost: 2000.0,
            ..FAST
        },
    },
    Scenario {
        name: "busy",
        about: "takes 4,000 clients a second, and answers \"server busy\" (0x89) where more than \
                8,000 wait",
        short: "takes 4,000, refuses what is more",
        broker: BrokerConfig {
            connect_cost: 1000.0,
            busy_above: 8000,
            ..FAST
        },
    },
    Scenario {
        name: "shedding",
        about: "sends CONNACK to more clients than it can then serve (9,500 a second), and drops \
                the youngest where more than 20,000 wait for that",
        short: "drops the youngest",
        broker: BrokerConfig {
            connect_cost: 100.0,
            settle_cost: 300.0,
            most_unsettled: 20_000,
            ..FAST
        },
    },
];

impl Scenario {
    /// A broker that is as much smaller as its clients are fewer.
    #[must_use]
    pub fn scaled(self, clients: u32) -> Self {
        let share = f64::from(clients) / f64::from(CLIENTS);
        let less = |count: usize| match count {
            usize::MAX => usize::MAX,
            count => ((count as f64 * share) as usize).max(1),
        };
        let broker = self.broker;
        Scenario {
            broker: BrokerConfig {
                cores: broker.cores * share,
                backlog: less(broker.backlog),
                most_pending: less(broker.most_pending),
                busy_above: less(broker.busy_above),
                most_unsettled: less(broker.most_unsettled),
                ..broker
            },
            ..self
        }
    }

    /// The same, with a restart that takes so long.
    #[must_use]
    pub fn restarting(mut self, restart: Ms) -> Self {
        self.broker.restart = restart;
        self
    }

    /// The shortest time in which this broker could take them all.
    pub fn ideal(&self, clients: u32) -> Ms {
        let BrokerConfig {
            cores,
            syn_cost,
            accept_cost,
            connect_cost,
            settle_cost,
            ..
        } = self.broker;
        let each = syn_cost + accept_cost + connect_cost + settle_cost;
        (f64::from(clients) * each / cores / 1000.0) as Ms
    }
}

/// A habit of clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clients {
    /// Ours, as they are made.
    Ours,
    /// Ours, where CONNACK alone makes the delays begin anew.
    OursReset,
    /// A second, always.
    Fixed,
    /// Doubling to two minutes.
    Doubling,
    /// Doubling to a minute.
    DoublingShort,
    /// Doubling to two minutes, 25 % more or less.
    DoublingSpread,
}

impl Clients {
    /// All of them.
    pub const ALL: [Clients; 6] = [
        Clients::Ours,
        Clients::OursReset,
        Clients::Fixed,
        Clients::Doubling,
        Clients::DoublingShort,
        Clients::DoublingSpread,
    ];

    /// For tables and figures.
    pub const fn name(self) -> &'static str {
        match self {
            Clients::Ours => "mqttka",
            Clients::OursReset => "mqttka, reset at CONNACK",
            Clients::Fixed => "1 s fixed",
            Clients::Doubling => "1 s doubling to 120 s",
            Clients::DoublingShort => "1 s doubling to 60 s",
            Clients::DoublingSpread => "1 s doubling to 120 s, ±25 %",
        }
    }

    /// Whose documented default it is.
    pub const fn whose(self) -> &'static str {
        match self {
            Clients::Ours => "the defaults",
            Clients::OursReset => "`reset_after` of 0",
            Clients::Fixed => "MQTT.js",
            Clients::Doubling => "Paho Java, Paho Python",
            Clients::DoublingShort => "Paho C",
            Clients::DoublingSpread => "HiveMQ",
        }
    }

    /// Runs so many of them.
    pub fn run(self, clients: u32, scenario: &Scenario, seed: u64) -> Outcome {
        const TIMEOUT: Ms = 30_000;
        let seed_of = |client: u32| seed ^ u64::from(client).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let ours = |reset_after: Option<Duration>| {
            let mut reconnect = Reconnect::default();
            reconnect.reset_after = reset_after;
            move |client| Ours::new(reconnect.clone(), seed_of(client))
        };
        let broker = &scenario.broker;
        let doubling = |most| Growing::doubling(1000, most, TIMEOUT);
        match self {
            Clients::Ours => run(clients, ours(None), broker, END, seed),
            Clients::OursReset => run(clients, ours(Some(Duration::ZERO)), broker, END, seed),
            Clients::Fixed => run(
                clients,
                |_| Growing::fixed(1000, TIMEOUT),
                broker,
                END,
                seed,
            ),
            Clients::Doubling => run(clients, |_| doubling(120_000), broker, END, seed),
            Clients::DoublingShort => run(clients, |_| doubling(60_000), broker, END, seed),
            Clients::DoublingSpread => run(
                clients,
                |client| doubling(120_000).spread(0.25, seed_of(client)),
                broker,
                END,
                seed,
            ),
        }
    }
}
