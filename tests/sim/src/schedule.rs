//! Random worlds and what happens in them.

use std::time::Duration;

use mqttka_core::types::{Instant, QoS, Version};

use crate::app::{Publishing, Taking};
use crate::broker::{Process, Push};
use crate::far::Layers;
use crate::link::LinkConfig;
use crate::ms;
use crate::rng::Rng;
use crate::world::{Fault, World, WorldConfig};

/// Bytes that one schedule moves at most, so that thousands of them take seconds.
const BUDGET: f64 = 300_000.0;

/// A world and its faults, all from one seed.
#[derive(Debug)]
pub struct Schedule {
    /// The world.
    pub config: WorldConfig,
    /// Its faults, with their times.
    pub faults: Vec<(Instant, Fault)>,
    /// How long it is watched.
    pub horizon: Duration,
}

impl Schedule {
    /// The schedule of this seed.
    pub fn random(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let k = rng.pick(&[1, 2, 5, 5, 5, 10, 20, 30, 60, 300]);
        let mut config = WorldConfig::new(k);
        config.seed = rng.next_u64();
        let server = rng.pick(&[None, None, None, Some(3), Some(5), Some(40), Some(0)]);
        config.client.protocol_version = rng.pick(&[Version::V5, Version::V5, Version::V311]);
        config.broker.server_keep_alive = server;
        let k = match (config.client.protocol_version, server) {
            (Version::V5, Some(server)) => server,
            _ => k,
        };
        if rng.chance(0.1) {
            config.client.dead_peer_timeout = Some(rng.duration(ms(1000), ms(60_000)));
        }
        let seconds = if k == 0 { 5.0 } else { f64::from(k) };
        let k = Duration::from_secs_f64(seconds);
        let horizon = k.mul_f64(3.0 + rng.unit() * 9.0);
        path(&mut rng, &mut config, horizon);
        load(&mut rng, &mut config, k);
        session(&mut rng, &mut config);
        layers(&mut rng, &mut config, k);
        config.knows_acked = rng.chance(0.8);
        config.knows_ack_age = rng.chance(0.7);
        if rng.chance(0.3) {
            // More than K/2 is no busy machine, but a gap.
            let own = config.client.dead_peer_timeout.map(|t| t * 2 / 3);
            config.jitter = k.min(own.unwrap_or(k)).mul_f64(rng.magnitude(0.001, 0.49));
        }
        if rng.chance(0.1) {
            config.extra_wakes = Some(k.mul_f64(rng.magnitude(0.01, 1.0)));
        }
        let mut faults = Vec::new();
        for _ in 0..rng.below(4) {
            let at = crate::at(rng.duration(Duration::ZERO, horizon));
            faults.push((at, fault(&mut rng, k)));
        }
        Schedule {
            config,
            faults,
            horizon,
        }
    }

    /// Runs it; what was found wrong, and the world's statistics.
    pub fn run(self) -> (Vec<String>, Outcome) {
        let mut world = World::new(self.config);
        for (at, fault) in self.faults {
            world.schedule(at, fault);
        }
        world.run_for(self.horizon);
        let outcome = Outcome {
            events: world.oracle.events.len(),
            verdicts: world.oracle.verdicts,
            stalled: world.oracle.stalled,
            slowest: world.oracle.slowest,
        };
        (world.finish(), outcome)
    }
}

/// What came of a schedule.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outcome {
    /// Lifecycle events.
    pub events: usize,
    /// Connections that were declared dead.
    pub verdicts: usize,
    /// Of them those whose path still carried packets of no use to the stream.
    pub stalled: usize,
    /// The longest from the last evidence to an event, in units of K.
    pub slowest: f64,
}

/// Half of the worlds have some. Chatter is of proxies, so there is less of it.
fn layers(rng: &mut Rng, config: &mut WorldConfig, k: Duration) {
    let (tls, web_socket) = rng.pick(&[
        (false, false),
        (false, false),
        (false, false),
        (true, false),
        (false, true),
        (true, true),
    ]);
    config.layers = Layers { tls, web_socket };
    if config.layers.any() && rng.chance(0.3) {
        config.chatter = Some(k.mul_f64(rng.magnitude(0.05, 2.0)));
    }
}

fn path(rng: &mut Rng, config: &mut WorldConfig, horizon: Duration) {
    let most = BUDGET / horizon.as_secs_f64();
    for link in [&mut config.up, &mut config.down] {
        let bandwidth = rng.magnitude(400.0, 5_000_000.0).min(most.max(400.0));
        *link = LinkConfig {
            bandwidth: bandwidth as u64,
            per_packet: Duration::ZERO,
            delay: ms(rng.magnitude(1.0, 750.0) as u64),
            buffer: rng.magnitude(3_000.0, 4_194_304.0) as u64,
            loss: if rng.chance(0.3) {
                rng.unit() * 0.1
            } else {
                0.0
            },
        };
    }
    let mss = rng.pick(&[200, 536, 1220, 1460]);
    config.client_tcp.mss = mss;
    config.broker_tcp.mss = mss;
    config.broker_tcp.receive_buffer = rng.magnitude(8_000.0, 262_144.0) as u64;
    if rng.chance(0.1) {
        let rate = rng.magnitude(500.0, 1_000_000.0);
        config.broker.reads_per_second = Some(rate as usize);
    }
}

fn qos(rng: &mut Rng) -> QoS {
    rng.pick(&[QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce])
}

fn load(rng: &mut Rng, config: &mut WorldConfig, k: Duration) {
    let every = |rng: &mut Rng| rng.chance(0.7).then(|| k.mul_f64(rng.magnitude(0.03, 3.0)));
    // A packet that takes longer than the broker waits is beyond help.
    let largest = |bandwidth: u64| (bandwidth as f64 * k.as_secs_f64() * 0.2).clamp(16.0, 40_000.0);
    if rng.chance(0.6) {
        config.publishing = Some(Publishing {
            qos: qos(rng),
            size: rng.magnitude(8.0, largest(config.up.bandwidth)) as usize,
            every: every(rng),
            count: rng.magnitude(1.0, 3_000.0) as u64,
        });
    }
    if rng.chance(0.6) {
        config.broker.push = Some(Push {
            qos: qos(rng),
            size: rng.magnitude(8.0, largest(config.down.bandwidth)) as usize,
            every: every(rng),
            count: rng.magnitude(1.0, 3_000.0) as u64,
        });
    }
}

fn session(rng: &mut Rng, config: &mut WorldConfig) {
    if rng.chance(0.5) {
        config.client.client_id = "sim".try_into().unwrap_or_default();
        config.client.clean_start = false;
        config.client.session_expiry_interval = 1000;
        config.broker.keeps_sessions = rng.chance(0.8);
    }
    if rng.chance(0.3) {
        config.broker.receive_maximum = Some(rng.range(1, 30) as u16);
    }
    if rng.chance(0.3) {
        config.client.receive_maximum = rng.range(1, 30) as u16;
    }
    if rng.chance(0.1) {
        config.taking = Taking::Never;
        config.client.inbound_queue_max_bytes = rng.magnitude(1_000.0, 100_000.0) as usize;
        config.client.maximum_packet_size = Some(100_000);
    }
    if rng.chance(0.6) {
        config.reconnect = Some(rng.duration(Duration::ZERO, Duration::from_secs(3)));
    }
}

fn fault(rng: &mut Rng, k: Duration) -> Fault {
    match rng.below(20) {
        0 | 1 => Fault::BlackHole,
        2 => Fault::BlackHoleIn,
        3 => Fault::BlackHoleOut,
        4 | 5 => Fault::Outage(rng.duration(ms(10), ms(3000))),
        6 => Fault::Heal,
        7 => Fault::Reset,
        8 => Fault::Fin,
        9 => Fault::Broker(Process::Stopped),
        10 => Fault::Broker(Process::Silent),
        11 => Fault::ZeroWindow,
        12 => Fault::ProcessStop(k.mul_f64(rng.magnitude(0.05, 10.0))),
        13 => Fault::Suspend(k.mul_f64(rng.magnitude(0.05, 10.0))),
        14..=17 => Fault::Disconnect(rng.chance(0.5).then(|| k.mul_f64(rng.magnitude(0.01, 3.0)))),
        _ => Fault::Broker(Process::Running),
    }
}
