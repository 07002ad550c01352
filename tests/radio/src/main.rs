//! What keeping a connection alive costs a radio, per hour: pings, packets, turns, joules.
//!
//! mqttka's numbers come from the driver that ships, in virtual time over a model of TCP
//! (`tests/sim`). The energy is a model after published measurements (Huang et al., "A Close
//! Examination of Performance and Power Characteristics of 4G LTE Networks", MobiSys 2012): an
//! isolated packet costs about 12.6 J on LTE, nearly all of it for the tail of 11.6 s that follows,
//! and 0.03 J on Wi-Fi, with a tail of 0.24 s. Packets closer together than the tail share it.
//!
//! Turns are wake-ups of the engine for any reason: timer, socket, application.
//!
//! The other clients' rows follow from their published rule (libmosquitto 2.0, Paho C 1.3: a PINGREQ
//! once nothing was sent, or nothing received, for K) and are marked as computed; no run of theirs
//! is behind them.

use std::time::Duration;

use mqttka_core::types::{Instant, QoS};
use mqttka_sim::app::Publishing;
use mqttka_sim::secs;
use mqttka_sim::world::{World, WorldConfig};

const HOURS: u64 = 4;

/// A radio: what an isolated packet costs, and for how long it stays awake after one.
struct Radio {
    joules: f64,
    tail: Duration,
}

const LTE: Radio = Radio {
    joules: 12.6,
    tail: Duration::from_millis(11_600),
};
const WIFI: Radio = Radio {
    joules: 0.03,
    tail: Duration::from_millis(240),
};

impl Radio {
    /// Of packets at these moments, in order.
    fn energy(&self, packets: &[Instant]) -> f64 {
        let mut awake = Duration::ZERO;
        let mut until = Instant::ORIGIN;
        for at in packets {
            let end = *at + self.tail;
            awake += end.saturating_since((*at).max(until));
            until = end;
        }
        self.joules * awake.as_secs_f64() / self.tail.as_secs_f64()
    }
}

struct Row {
    name: &'static str,
    pings: u64,
    packets: Vec<Instant>,
    wakes: Option<u64>,
}

impl Row {
    fn print(&self) {
        let hours = HOURS as f64;
        let wakes = self.wakes.map_or("-".to_owned(), |wakes| {
            format!("{:.0}", wakes as f64 / hours)
        });
        println!(
            "{:<46} {:>6.0} {:>8.0} {:>9} {:>8.1} {:>8.2}",
            self.name,
            self.pings as f64 / hours,
            self.packets.len() as f64 / hours,
            wakes,
            LTE.energy(&self.packets) / hours,
            WIFI.energy(&self.packets) / hours,
        );
    }
}

fn publishing(every: u64) -> Publishing {
    Publishing {
        qos: QoS::AtMostOnce,
        size: 64,
        every: Some(secs(every)),
        count: u64::MAX,
    }
}

/// The driver that ships. A packet counts when it leaves its sender.
fn mqttka(name: &'static str, keep_alive: u16, every: Option<u64>) -> Row {
    let mut config = WorldConfig::new(keep_alive);
    config.publishing = every.map(publishing);
    let mut world = World::connected(config);
    let (pings, wakes) = (world.broker.pings_answered, world.wakes);
    let end = world.now + secs(HOURS * 3600);
    let mut packets = Vec::new();
    let mut before = world.packets;
    while world.step(end) {
        packets.extend((before..world.packets).map(|_| world.now));
        before = world.packets;
    }
    Row {
        name,
        pings: world.broker.pings_answered - pings,
        packets,
        wakes: Some(world.wakes - wakes),
    }
}

/// A PINGREQ once nothing was sent, or nothing was received, for K.
fn by_rule(name: &'static str, keep_alive: u64, every: Option<u64>) -> Row {
    let mut packets = Vec::new();
    let (mut received, mut sent) = (0, 0);
    let mut pings = 0;
    for now in 0..HOURS * 3600 {
        let at = Instant::ORIGIN + secs(now);
        let answer = at + Duration::from_millis(40);
        if every.is_some_and(|every| now % every == 0) {
            packets.extend([at, answer]);
            sent = now;
        }
        if now >= received + keep_alive || now >= sent + keep_alive {
            packets.extend([at, answer, answer]);
            (sent, received) = (now, now);
            pings += 1;
        }
    }
    packets.sort();
    Row {
        name,
        pings,
        packets,
        wakes: None,
    }
}

fn main() {
    println!(
        "{:<46} {:>6} {:>8} {:>9} {:>8} {:>8}",
        "per hour", "pings", "packets", "turns", "J LTE", "J Wi-Fi"
    );
    mqttka("mqttka, idle, K = 60", 60, None).print();
    by_rule("libmosquitto and Paho C (computed), idle, K = 60", 60, None).print();
    mqttka("mqttka, writes every 20 s, K = 60", 60, Some(20)).print();
    by_rule("libmosquitto and Paho C (computed), 20 s", 60, Some(20)).print();
    // What tests/sim/tests/adaptive.rs finds behind a NAT that forgets after ten minutes.
    by_rule(
        "mqttka adaptive (computed), K = 3600, NAT 10 min",
        558,
        None,
    )
    .print();
    println!(
        "\nRows marked as computed follow from the rule when a ping leaves, and were not run. Turns\n\
         are wake-ups of the engine for any reason: timer, socket, application."
    );
}
