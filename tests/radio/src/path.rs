//! A connected client, and a path that may forget it.

use std::time::Duration;

use mqttka_core::proto::EventKind;
use mqttka_core::types::Instant;
use mqttka_sim::secs;
use mqttka_sim::world::{Fault, World, WorldConfig};

use super::{Row, Wakes};

/// A world behind a NAT that forgets a connection after so much silence, or behind none.
pub(super) struct Path {
    world: World,
    nat: Option<Duration>,
    forgotten: bool,
    pings: u64,
    /// When each packet left its sender.
    packets: Vec<Instant>,
    last: Instant,
    /// Connections that ended.
    pub(super) lost: u64,
}

impl Path {
    pub(super) fn new(config: WorldConfig, nat: Option<Duration>) -> Self {
        let world = World::connected(config);
        Path {
            last: world.now,
            world,
            nat,
            forgotten: false,
            pings: 0,
            packets: Vec::new(),
            lost: 0,
        }
    }

    pub(super) fn run(&mut self, hours: u64) {
        let end = self.world.now + secs(hours * 3600);
        while self.step(end) {}
        // The oracle knows Keep Alive alone: that a connection is found dead earlier is no alarm to it
        // that can be true. Here it is checked where it happens.
        let wrong = self.world.oracle.violations.iter();
        let wrong: Vec<_> = wrong
            .filter(|text| self.nat.is_none() || !text.contains("false alarm"))
            .collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    /// What happens next, before `end`; false: nothing.
    fn step(&mut self, end: Instant) -> bool {
        let forgets = self.nat.filter(|_| !self.forgotten);
        let limit = forgets.map_or(end, |silence| end.min(self.last + silence));
        let world = &mut self.world;
        let (packets, pings, events) = (
            world.packets,
            world.broker.pings_answered,
            world.oracle.events.len(),
        );
        let happened = world.step(limit);
        for _ in packets..world.packets {
            self.packets.push(world.now);
            self.last = world.now;
        }
        // The broker counts anew for each connection.
        self.pings += world.broker.pings_answered.saturating_sub(pings);
        if world.oracle.events[events..]
            .iter()
            .any(|(_, event)| matches!(event.kind, EventKind::Disconnected(_)))
        {
            assert!(self.forgotten, "a connection that works was given up");
            // The next connection is one that the NAT does not know yet.
            self.lost += 1;
            self.forgotten = false;
            self.last = world.now;
            world.inject(Fault::Heal);
        } else if !happened && limit < end {
            self.forgotten = true;
            world.inject(Fault::BlackHole);
        }
        happened || limit < end
    }

    /// What so many hours from now on cost.
    pub(super) fn row(&mut self, name: &'static str, hours: u64) -> Row {
        self.packets.clear();
        let (pings, before) = (self.pings, self.wakes());
        self.run(hours);
        let wakes = self.wakes();
        Row {
            name,
            hours,
            pings: self.pings - pings,
            packets: std::mem::take(&mut self.packets),
            wakes: Some(Wakes {
                all: wakes.all - before.all,
                timer: wakes.timer - before.timer,
            }),
        }
    }

    fn wakes(&self) -> Wakes {
        Wakes {
            all: self.world.wakes,
            timer: self.world.timer_wakes,
        }
    }
}
