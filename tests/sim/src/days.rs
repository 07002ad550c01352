//! Days in the life of a client: little traffic, bursts, and faults of every kind, from one seed.

use std::time::Duration;

use mqttka_core::proto::{LostPublish, NetworkChange, QueuePolicy, Reconnect, StopReason};
use mqttka_core::types::{Instant, QoS, ReasonCode, Version};

use crate::app::{Burst, Publishing};
use crate::broker::{Feed, POISON_FILTER, Process, REFUSED_FILTER};
use crate::rng::Rng;
use crate::world::{Fault, World, WorldConfig};
use crate::{ms, secs};

/// A world and what happens in it.
#[derive(Debug)]
pub struct Days {
    /// The world.
    pub config: WorldConfig,
    /// What happens, and when.
    pub faults: Vec<(Instant, Fault)>,
    /// How long it is watched.
    pub horizon: Duration,
}

/// What came of some days.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// Virtual time.
    pub hours: f64,
    /// Connection attempts.
    pub attempts: u64,
    /// The most attempts in one hour, but for those that were asked for, as a part of their bound.
    pub most_per_hour: f64,
    /// Connections that came about.
    pub connections: u64,
    /// Of the attempts, refused by CONNACK.
    pub refused: u64,
    /// Connections that the broker ended at a poison.
    pub poisoned: u64,
    /// Messages that the application published.
    pub published: u64,
    /// Of them, those that succeeded.
    pub arrived: u64,
    /// Publishes that were lost with their session.
    pub lost: u64,
    /// Wake-ups of the engine.
    pub wakes: u64,
}

impl Figures {
    /// Those of both.
    #[must_use]
    pub fn and(self, other: Figures) -> Figures {
        Figures {
            hours: self.hours + other.hours,
            attempts: self.attempts + other.attempts,
            most_per_hour: self.most_per_hour.max(other.most_per_hour),
            connections: self.connections + other.connections,
            refused: self.refused + other.refused,
            poisoned: self.poisoned + other.poisoned,
            published: self.published + other.published,
            arrived: self.arrived + other.arrived,
            lost: self.lost + other.lost,
            wakes: self.wakes + other.wakes,
        }
    }
}

const HOUR: Duration = secs(3600);

const FILTERS: [&str; 4] = ["a/#", "b/+/c", "d", "e/f"];

impl Days {
    /// Those of this seed.
    pub fn random(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let horizon = HOUR.mul_f64(rng.magnitude(12.0, 72.0));
        let mut config = WorldConfig::new(rng.pick(&[20, 60, 60, 300, 300, 1200]));
        config.seed = rng.next_u64();
        coming_back(&mut rng, &mut config);
        session(&mut rng, &mut config);
        path(&mut rng, &mut config);
        let mut days = Days {
            faults: vec![(crate::at(secs(1)), Fault::Subscribe("down", true))],
            horizon,
            config,
        };
        days.traffic(&mut rng);
        let mut at = crate::at(secs(60));
        let between = rng.magnitude(0.05, 6.0);
        while at < crate::at(horizon) {
            at += HOUR.mul_f64(between * rng.magnitude(0.1, 3.0));
            days.happens(&mut rng, at);
        }
        days
    }

    /// A day of it: every quarter of an hour something goes wrong.
    pub fn one_day(seed: u64) -> Self {
        let mut days = Days::random(seed);
        let mut rng = Rng::new(seed);
        days.horizon = HOUR * 24;
        days.faults
            .retain(|(_, fault)| matches!(fault, Fault::Subscribe("down", true)));
        for quarter in 1..96 {
            days.happens(&mut rng, crate::at(HOUR * quarter / 4));
        }
        days
    }

    /// The world, before anything happened.
    pub fn world(self) -> World {
        let mut world = World::new(self.config);
        for (at, fault) in self.faults {
            world.schedule(at, fault);
        }
        world
    }

    /// Runs them; what was found wrong, and the figures.
    pub fn run(self) -> (Vec<String>, Figures) {
        let horizon = self.horizon;
        let mut world = self.world();
        world.run_for(horizon);
        world.settle();
        let figures = figures(&world);
        if std::env::var_os("MQTTKA_TRACE").is_some() {
            for (at, event) in &world.oracle.events {
                println!("{at:?}: {event:?}");
            }
        }
        (world.finish(), figures)
    }

    fn put(&mut self, at: Instant, fault: Fault) {
        self.faults.push((at, fault));
    }

    fn traffic(&mut self, rng: &mut Rng) {
        let config = &mut self.config;
        config.publishing = Some(Publishing {
            qos: qos(rng),
            size: rng.magnitude(8.0, 300.0) as usize,
            every: Some(secs(rng.magnitude(120.0, 7200.0) as u64)),
            count: u64::MAX,
        });
        config.broker.feed = Some(Feed {
            filter: "down",
            qos: qos(rng),
            every: secs(rng.magnitude(120.0, 7200.0) as u64),
        });
        for filter in FILTERS {
            if rng.chance(0.5) {
                let at = crate::at(rng.duration(secs(2), self.horizon));
                self.put(at, Fault::Subscribe(filter, true));
                let end = at + rng.duration(secs(60), self.horizon);
                self.put(end, Fault::Subscribe(filter, false));
            }
        }
        if rng.chance(0.2) {
            let at = crate::at(rng.duration(secs(2), self.horizon));
            self.put(at, Fault::Subscribe(concat!("refused/", "x"), true));
        }
        if rng.chance(0.1) {
            let at = crate::at(rng.duration(secs(2), self.horizon));
            self.put(at, Fault::Subscribe(concat!("poison/", "x"), true));
        }
        debug_assert!(REFUSED_FILTER == "refused/" && POISON_FILTER == "poison/");
    }

    /// Something happens, and is over some time later.
    fn happens(&mut self, rng: &mut Rng, at: Instant) {
        let lasts = |rng: &mut Rng, low: f64, high: f64| {
            at + Duration::from_secs_f64(rng.magnitude(low, high))
        };
        match rng.below(24) {
            0..=2 => {
                let fault = rng.pick(&[Fault::BlackHole, Fault::BlackHoleIn, Fault::BlackHoleOut]);
                self.put(at, fault);
                self.put(lasts(rng, 1.0, 7200.0), Fault::Heal);
            }
            3 => self.put(at, Fault::Outage(rng.duration(ms(10), secs(180)))),
            4 => self.put(at, Fault::Reset),
            5 => self.put(at, Fault::Fin),
            6..=8 => {
                self.put(at, Fault::BrokerDown(rng.chance(0.5)));
                let most = rng.pick(&[None, None, Some(40), Some(100_000)]);
                self.put(at, Fault::MaximumPacketSize(most));
                self.put(lasts(rng, 0.1, 3600.0), Fault::Broker(Process::Running));
            }
            9 => {
                let process = rng.pick(&[Process::Stopped, Process::Silent]);
                self.put(at, Fault::Broker(process));
                self.put(lasts(rng, 1.0, 3600.0), Fault::Broker(Process::Running));
            }
            10 | 11 => {
                self.put(at, Fault::Refuse(Some(refusal(rng, &self.config))));
                self.put(at, rng.pick(&[Fault::Reset, Fault::Fin]));
                self.put(lasts(rng, 1.0, 3600.0), Fault::Refuse(None));
            }
            12 => self.put(
                at,
                Fault::TurnAway(rng.pick(&[
                    ReasonCode::SessionTakenOver,
                    ReasonCode::ServerShuttingDown,
                    ReasonCode::ServerBusy,
                    ReasonCode::NotAuthorized,
                    ReasonCode::UnspecifiedError,
                ])),
            ),
            13 | 14 => {
                let time = Duration::from_secs_f64(rng.magnitude(1.0, 30_000.0));
                self.put(at, Fault::Suspend(time));
                if rng.chance(0.5) {
                    self.put(at + time + ms(1), Fault::Foreground(true));
                }
            }
            15 => {
                let time = Duration::from_secs_f64(rng.magnitude(1.0, 7200.0));
                self.put(at, Fault::ProcessStop(time));
            }
            16 => {
                self.put(at, Fault::Network(NetworkChange::Lost));
                self.put(at + ms(1), Fault::BlackHole);
                if rng.chance(0.5) {
                    self.put(at, Fault::AddressGone);
                }
                let back = lasts(rng, 1.0, 7200.0);
                self.put(back, Fault::Heal);
                if rng.chance(0.8) {
                    self.put(back, Fault::Network(NetworkChange::Available));
                }
            }
            17 => {
                for n in 0..rng.range(1, 40) {
                    let hint = rng.pick(&[
                        Fault::Network(NetworkChange::Changed),
                        Fault::Network(NetworkChange::Available),
                        Fault::Foreground(true),
                        Fault::Foreground(false),
                        Fault::ReconnectNow,
                    ]);
                    self.put(at + ms(50) * n as u32, hint);
                }
            }
            18 => {
                let drain = rng.chance(0.5).then(|| rng.duration(ms(100), secs(20)));
                self.put(at, Fault::Disconnect(drain));
                self.put(lasts(rng, 1.0, 3600.0), Fault::Connect);
            }
            19..=21 => self.put(at, Fault::Burst(burst(rng))),
            22 if rng.chance(0.3) => {
                let poison = Burst {
                    poison: true,
                    ..Burst::new(qos(rng), 1)
                };
                self.put(at, Fault::Burst(poison));
                self.put(at, Fault::Burst(burst(rng)));
            }
            22 => self.put(at, Fault::Message("down", rng.range(8, 2000) as usize)),
            _ => {
                // Others come too fast for a connection to last.
                for n in 0..rng.range(2, 20) {
                    let fault = rng.pick(&[Fault::Reset, Fault::Fin]);
                    self.put(at + ms(700) * n as u32, fault);
                }
            }
        }
    }
}

fn figures(world: &World) -> Figures {
    let grammar = &world.oracle.grammar;
    Figures {
        hours: world.now.saturating_since(Instant::ORIGIN).as_secs_f64() / 3600.0,
        attempts: grammar.total,
        most_per_hour: grammar.most_per_hour,
        connections: world.broker.accepted,
        refused: world.broker.refusals,
        poisoned: world.broker.poisoned,
        published: world.app.published(),
        arrived: world.app.outcomes.values().filter(|it| it.is_ok()).count() as u64,
        lost: world.app.lost.into(),
        wakes: world.wakes,
    }
}

fn qos(rng: &mut Rng) -> QoS {
    rng.pick(&[
        QoS::AtMostOnce,
        QoS::AtLeastOnce,
        QoS::AtLeastOnce,
        QoS::ExactlyOnce,
        QoS::ExactlyOnce,
    ])
}

fn burst(rng: &mut Rng) -> Burst {
    Burst {
        size: rng.magnitude(8.0, 1000.0) as usize,
        expiry: rng.chance(0.3).then(|| rng.magnitude(1.0, 7200.0) as u32),
        timeout: rng
            .chance(0.2)
            .then(|| Duration::from_secs_f64(rng.magnitude(0.1, 3600.0))),
        ..Burst::new(qos(rng), rng.magnitude(1.0, 200.0) as u64)
    }
}

fn coming_back(rng: &mut Rng, config: &mut WorldConfig) {
    let mut reconnect = Reconnect::default();
    reconnect.max_delay = secs(rng.pick(&[20, 60, 60, 60, 600]));
    if rng.chance(0.5) {
        let classes = StopReason::ALL.into_iter().filter(|it| it.is_class());
        reconnect.retry_on = classes.collect();
    } else {
        // An application that connects again itself.
        config.reconnect = Some(rng.duration(secs(1), secs(900)));
    }
    let client = &mut config.client;
    client.reconnect = Some(reconnect);
    let policies = [LostPublish::PublishAgain, LostPublish::Fail];
    client.lost_qos1 = rng.pick(&policies);
    client.lost_qos2 = rng.pick(&policies);
    client.poison_after = rng.pick(&[1, 2, 5, 5, 5]);
    client.clean_start_on_backlog = true;
    if rng.chance(0.3) {
        client.queue_policy = rng.pick(&[QueuePolicy::DropOldest, QueuePolicy::DropOldestQos0]);
        client.outbound_queue_max_messages = rng.range(5, 300) as usize;
    }
}

fn session(rng: &mut Rng, config: &mut WorldConfig) {
    config.client.client_id = "sim".try_into().unwrap_or_default();
    config.client.protocol_version = rng.pick(&[Version::V5, Version::V5, Version::V311]);
    config.broker.keeps_sessions = rng.chance(0.8);
    if rng.chance(0.7) {
        config.client.clean_start =
            config.client.protocol_version == Version::V5 && rng.chance(0.5);
        config.client.session_expiry_interval = rng.pick(&[60, 3600, 86_400, u32::MAX]);
    }
    if rng.chance(0.1) {
        config.broker.session_expiry = Some(rng.pick(&[0, 600]));
    }
    if rng.chance(0.3) {
        config.broker.receive_maximum = Some(rng.range(1, 30) as u16);
    }
    if rng.chance(0.3) {
        config.client.receive_maximum = rng.range(1, 30) as u16;
    }
    if rng.chance(0.2) {
        config.client.maximum_packet_size = Some(1000);
    }
    if config.client.protocol_version == Version::V5 && rng.chance(0.1) {
        config.client.fallback_to_v311 = true;
        config.broker.only = Some(Version::V311);
    }
}

fn path(rng: &mut Rng, config: &mut WorldConfig) {
    for link in [&mut config.up, &mut config.down] {
        link.bandwidth = rng.magnitude(20_000.0, 1_000_000.0) as u64;
        link.delay = ms(rng.magnitude(5.0, 400.0) as u64);
        link.loss = if rng.chance(0.3) {
            rng.unit() * 0.02
        } else {
            0.0
        };
    }
    if rng.chance(0.3) {
        config.jitter = ms(rng.magnitude(1.0, 500.0) as u64);
    }
}

/// How CONNACK refuses, in words that the version has.
fn refusal(rng: &mut Rng, config: &WorldConfig) -> ReasonCode {
    use ReasonCode as R;
    let v311 = config.client.protocol_version == Version::V311 || config.broker.only.is_some();
    if v311 {
        return rng.pick(&[
            R::ServerUnavailable,
            R::ServerUnavailable,
            R::ServerUnavailable,
            R::NotAuthorized,
            R::BadUserNameOrPassword,
            R::ClientIdentifierNotValid,
        ]);
    }
    rng.pick(&[
        R::ServerUnavailable,
        R::ServerBusy,
        R::ServerBusy,
        R::QuotaExceeded,
        R::ConnectionRateExceeded,
        R::UnspecifiedError,
        R::NotAuthorized,
        R::Banned,
        R::UseAnotherServer,
        R::TopicNameInvalid,
        R::ClientIdentifierNotValid,
    ])
}
