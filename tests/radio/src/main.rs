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
//! The other clients' rows are computed from their rule (libmosquitto 2.0, Paho C 1.3: a PINGREQ once
//! nothing was sent, or nothing received, for K). `tests/radio/peers` runs them, and finds that rule;
//! libmosquitto's pings come with writes, Paho C's whenever they are due.

use std::time::Duration;

use mqttka_core::proto::Reconnect;
use mqttka_core::types::{Instant, QoS};
use mqttka_sim::app::Publishing;
use mqttka_sim::secs;
use mqttka_sim::world::WorldConfig;

mod path;

use path::Path;

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

/// How often the engine woke, and how often of these for its timer alone.
#[derive(Clone, Copy)]
struct Wakes {
    all: u64,
    timer: u64,
}

struct Row {
    name: &'static str,
    hours: u64,
    pings: u64,
    packets: Vec<Instant>,
    wakes: Option<Wakes>,
}

impl Row {
    fn print(&self) {
        let hour = |count: u64| count as f64 / self.hours as f64;
        let wakes = |of: fn(Wakes) -> u64| {
            self.wakes
                .map_or("-".to_owned(), |wakes| format!("{:.1}", hour(of(wakes))))
        };
        println!(
            "| {} | {:.1} | {:.1} | {} | {} | {:.1} | {:.2} |",
            self.name,
            hour(self.pings),
            hour(self.packets.len() as u64),
            wakes(|wakes| wakes.all),
            wakes(|wakes| wakes.timer),
            LTE.energy(&self.packets) / self.hours as f64,
            WIFI.energy(&self.packets) / self.hours as f64,
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

/// The driver that ships, on a path that is good.
fn mqttka(name: &'static str, keep_alive: u16, every: Option<u64>) -> Row {
    let mut config = WorldConfig::new(keep_alive);
    config.publishing = every.map(publishing);
    Path::new(config, None).row(name, HOURS)
}

/// The same behind a NAT, once it has learned how long that keeps a silent connection. It is counted
/// for a day, and so with the one try a day whether a longer silence passes by now.
fn adaptive(name: &'static str, keep_alive: u16, nat: Duration) -> Row {
    let mut config = WorldConfig::new(keep_alive);
    config.client.adaptive_ping = true;
    config.client.reconnect = Some(Reconnect::default());
    let mut path = Path::new(config, Some(nat));
    path.run(24);
    let lost = path.lost;
    let row = path.row(name, 24);
    println!(
        "Adaptive: {lost} connections lost while it learned for a day, {} in the day that is counted.\n",
        path.lost - lost
    );
    row
}

/// A PINGREQ once nothing was sent, or nothing was received, for K. `writes`: each so many seconds,
/// the first so many seconds after CONNACK.
fn by_rule(name: &'static str, keep_alive: u64, writes: Option<(u64, u64)>) -> Row {
    const ONE_WAY: Duration = Duration::from_millis(20);
    let mut packets = Vec::new();
    let (mut received, mut sent) = (0, 0);
    let mut pings = 0;
    for now in 0..HOURS * 3600 {
        let at = Instant::ORIGIN + secs(now);
        let there = at + ONE_WAY;
        if writes.is_some_and(|(every, first)| now % every == first) {
            packets.extend([at, there]);
            sent = now;
        }
        if now >= received + keep_alive || now >= sent + keep_alive {
            // PINGREQ and PINGRESP, each with its acknowledgement.
            packets.extend([at, there, there, there + ONE_WAY]);
            (sent, received) = (now, now);
            pings += 1;
        }
    }
    packets.sort();
    Row {
        name,
        hours: HOURS,
        pings,
        packets,
        wakes: None,
    }
}

fn main() {
    let learned = adaptive(
        "mqttka, idle, K = 3600, `adaptive_ping`, NAT of 10 min",
        3600,
        secs(600),
    );
    println!("| per hour | pings | packets | turns | of these by timer | J LTE | J Wi-Fi |");
    println!("|---|--:|--:|--:|--:|--:|--:|");
    mqttka("mqttka, idle, K = 60", 60, None).print();
    by_rule("the peers' rule, idle, K = 60", 60, None).print();
    mqttka("mqttka, a write every 20 s, K = 60", 60, Some(20)).print();
    let [with, between] = [
        "the peers' rule, pings with writes: as libmosquitto",
        "the peers' rule, pings 10 s after writes: as Paho C may",
    ];
    by_rule(with, 60, Some((20, 0))).print();
    by_rule(between, 60, Some((20, 10))).print();
    learned.print();
    println!(
        "\nRows of the peers' rule are computed. Turns are wake-ups of the engine for any reason: timer,\n\
         socket, application."
    );
}
