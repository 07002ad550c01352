//! No false alarm: paths that are slow, lossy or interrupted, but make progress.

use mqttka_core::types::QoS;
use mqttka_sim::broker::Push;
use mqttka_sim::link::LinkConfig;
use mqttka_sim::load::Load;
use mqttka_sim::oracle::Times;
use mqttka_sim::world::{Fault, World, WorldConfig};
use mqttka_sim::{ms, secs};

/// Runs a world in which any disconnect is wrong.
fn run(name: &str, mut config: WorldConfig, duration: u64, faults: &[(u64, Fault)]) -> Vec<String> {
    config.benign = true;
    let mut world = World::connected(config);
    for (at, fault) in faults {
        world.schedule(world.now + ms(*at), *fault);
    }
    world.run_for(secs(duration));
    let kind = format!("{:?}", world.machine().liveness(world.now));
    world
        .finish()
        .into_iter()
        .map(|found| format!("{name}: {found} {kind}\n"))
        .collect()
}

fn assert_none(found: Vec<String>) {
    assert!(
        found.is_empty(),
        "{} found:\n{}",
        found.len(),
        found.concat()
    );
}

fn path(bandwidth: u64, delay: u64, buffer: u64, loss: f64) -> LinkConfig {
    LinkConfig {
        bandwidth,
        delay: ms(delay),
        buffer,
        loss,
        ..LinkConfig::default()
    }
}

fn symmetric(k: u16, load: Load, link: LinkConfig, size: usize, seed: u64) -> WorldConfig {
    let mut config = WorldConfig::new(k);
    config.up = link;
    config.down = link;
    config.seed = seed;
    load.apply(&mut config, size);
    config
}

#[test]
fn one_segment_per_nine_tenths_of_d() {
    let mut found = Vec::new();
    for k in [5, 60] {
        let times = Times::new(secs(u64::from(k)));
        let crawl = LinkConfig {
            per_packet: times.d.mul_f64(0.9),
            ..LinkConfig::default()
        };
        let good = LinkConfig::default();
        for (load, up, down) in [
            (Load::Flood, crawl, good),
            (Load::Upload, crawl, good),
            (Load::Download, good, crawl),
            // Not as much as fits: then acknowledgements wait behind a window's worth of the other
            // direction, the client's own window stays shut, and no PINGREQ could leave.
            (Load::Inbound, crawl, crawl),
        ] {
            if load == Load::Inbound && k == 60 {
                // A PINGREQ every K - m would alone be more than one segment per 0.9 D.
                continue;
            }
            let mut config = symmetric(k, load, good, 1000, 1);
            if let Some(push) = config.broker.push.as_mut().filter(|p| p.every.is_some()) {
                push.every = Some(times.d * 3 / 2);
            }
            config.up = up;
            config.down = down;
            // CONNECT and CONNACK take 0.9 D each on such a path.
            config.client.connect_timeout = Some(times.k * 10);
            let name = format!("K = {k}, {load:?}");
            found.extend(run(&name, config, 60 * u64::from(k), &[]));
        }
    }
    assert_none(found);
}

#[test]
fn a_round_trip_of_three_seconds() {
    let mut found = Vec::new();
    for load in Load::ALL {
        let link = path(200_000, 1500, 1 << 20, 0.0);
        let config = symmetric(5, load, link, 20_000, 1);
        found.extend(run(&format!("{load:?}"), config, 120, &[]));
    }
    assert_none(found);
}

#[test]
fn outages_of_three_seconds() {
    let mut found = Vec::new();
    for load in Load::ALL {
        for phase in 0..40 {
            let link = path(200_000, 20, 16 << 10, 0.0);
            let config = symmetric(5, load, link, 5_000, phase);
            let outage = Fault::Outage(secs(3));
            let first = 3000 + 130 * phase;
            let faults = [(first, outage), (first + 15_000, outage)];
            found.extend(run(&format!("{load:?}, {phase}"), config, 40, &faults));
        }
    }
    assert_none(found);
}

#[test]
fn ten_percent_loss() {
    let mut found = Vec::new();
    for load in Load::ALL {
        for seed in 0..10 {
            // Of ten packets that ask and answer, one does not make it there and back.
            let link = path(200_000, 20, 16 << 10, 0.0513);
            let config = symmetric(5, load, link, 2_000, seed);
            found.extend(run(&format!("{load:?}, seed {seed}"), config, 120, &[]));
        }
    }
    assert_none(found);
}

#[test]
fn bufferbloat_of_four_megabytes() {
    let mut found = Vec::new();
    for load in Load::ALL {
        for bandwidth in [5_000, 20_000, 100_000] {
            if load == Load::BothWays && bandwidth == 5_000 {
                // Acknowledgements wait minutes behind the download, so the client's window stays
                // shut, and no PINGREQ could leave: the broker's own clock ends this.
                continue;
            }
            let link = path(bandwidth, 50, 4 << 20, 0.0);
            let config = symmetric(5, load, link, 2_000, 1);
            found.extend(run(&format!("{load:?}, {bandwidth}"), config, 200, &[]));
        }
    }
    assert_none(found);
}

#[test]
fn bandwidths_from_a_modem_to_a_fibre() {
    let mut found = Vec::new();
    for load in Load::ALL {
        for bandwidth in [400, 1_000, 10_000, 100_000, 1_000_000] {
            for k in [5, 30] {
                // A segment of 200 bytes takes 0.6 s at 0.4 kB/s. Either the router's queue loses
                // nothing, or it is a second long: where a lost packet takes more than D to be
                // repeated, the stream stands still for D, as on a dead path.
                let narrow = bandwidth < 10_000;
                if narrow && load == Load::BothWays {
                    continue;
                }
                let buffer = if narrow { 4 << 20 } else { bandwidth };
                let link = path(bandwidth, 100, buffer, 0.0);
                let mut config = symmetric(k, load, link, 150, 1);
                config.client_tcp.mss = 200;
                config.broker_tcp.mss = 200;
                let seconds = (3_000_000 / bandwidth).clamp(20, 300);
                found.extend(run(
                    &format!("{load:?}, {bandwidth} B/s, K {k}"),
                    config,
                    seconds,
                    &[],
                ));
            }
        }
    }
    assert_none(found);
}

#[test]
fn download_while_publishing() {
    let mut found = Vec::new();
    for (bandwidth, seed) in [(2_000, 1), (20_000, 2), (200_000, 3)] {
        let mut config = symmetric(
            5,
            Load::Download,
            path(bandwidth, 100, 1 << 20, 0.0),
            1000,
            seed,
        );
        let mut other = WorldConfig::new(5);
        Load::Qos0.apply(&mut other, 64);
        config.publishing = other.publishing;
        found.extend(run(&format!("{bandwidth}"), config, 200, &[]));
    }
    assert_none(found);
}

#[test]
fn one_packet_that_takes_longer_than_the_bound() {
    // 100 kB at 5 kB/s are 20 s of one PUBLISH, and no PINGRESP can pass it (L3).
    let mut config = symmetric(5, Load::Idle, path(5_000, 50, 1 << 20, 0.0), 1000, 1);
    config.broker.push = Some(Push {
        qos: QoS::AtLeastOnce,
        size: 100_000,
        every: Some(secs(25)),
        count: 3,
    });
    assert_none(run("download", config, 100, &[]));
}
