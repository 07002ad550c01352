//! A client, a path and a broker, and the clock that they share.

use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use bytes::BytesMut;
use mqttka_core::driver::{Dial, Driver, Host};
use mqttka_core::error::{DisconnectCause, Stage};
use mqttka_core::proto::{Command, Config, Delivered, Event, EventKind, Machine, State, Usage};
use mqttka_core::transport::Opening;
use mqttka_core::types::{Instant, QoS};

use crate::app::{App, Publishing, Taking};
use crate::broker::{Broker, BrokerConfig, Process};
use crate::far::{Far, Layers};
use crate::link::{Link, LinkConfig};
use crate::oracle::{Allowance, Oracle, Truth};
use crate::rng::Rng;
use crate::tcp::{Segment, Tcp, TcpConfig};
use crate::{earliest, ms};

mod coming_back;
mod engine;
mod fault;
mod finish;
mod near;

pub use fault::Fault;
use near::{Observed, SimStream, Wire};

/// Everything that a world is made of.
#[derive(Clone, Debug)]
pub struct WorldConfig {
    /// The client's options.
    pub client: Config,
    /// The broker's.
    pub broker: BrokerConfig,
    /// What lies between TCP and MQTT.
    pub layers: Layers,
    /// Control frames and records of the broker's side come this often, whatever becomes of the
    /// broker's process: a proxy's.
    pub chatter: Option<Duration>,
    /// From the client to the broker.
    pub up: LinkConfig,
    /// From the broker to the client.
    pub down: LinkConfig,
    /// The client's TCP.
    pub client_tcp: TcpConfig,
    /// The broker's TCP.
    pub broker_tcp: TcpConfig,
    /// What the application publishes.
    pub publishing: Option<Publishing>,
    /// When it takes its messages.
    pub taking: Taking,
    /// How long after the end of a connection it connects again.
    pub reconnect: Option<Duration>,
    /// The stage of opening that never ends.
    pub hangs_in: Option<Stage>,
    /// Whether the client can read what its peer acknowledged, and when the last of it came.
    pub knows_acked: bool,
    /// Whether it can read how long ago the last acknowledgement came.
    pub knows_ack_age: bool,
    /// How late the engine wakes, at most.
    pub jitter: Duration,
    /// The engine wakes this often for no reason.
    pub extra_wakes: Option<Duration>,
    /// Whether any disconnect is wrong.
    pub benign: bool,
    /// Where chance begins.
    pub seed: u64,
}

impl WorldConfig {
    /// A good network, an idle application, and this Keep Alive.
    pub fn new(keep_alive: u16) -> Self {
        WorldConfig {
            client: Config {
                keep_alive,
                reconnect: None,
                ..Config::default()
            },
            broker: BrokerConfig::default(),
            layers: Layers::default(),
            chatter: None,
            up: LinkConfig::default(),
            down: LinkConfig::default(),
            client_tcp: TcpConfig::default(),
            broker_tcp: TcpConfig {
                notsent_lowat: 256 * 1024,
                ..TcpConfig::default()
            },
            publishing: None,
            taking: Taking::Immediately,
            reconnect: None,
            hangs_in: None,
            knows_acked: true,
            knows_ack_age: true,
            jitter: Duration::ZERO,
            extra_wakes: None,
            benign: false,
            seed: 0,
        }
    }
}

/// A world in virtual time.
#[derive(Debug)]
pub struct World {
    config: WorldConfig,
    /// The time.
    pub now: Instant,
    /// The client under test.
    driver: Driver<Observed, u64>,
    /// The broker.
    pub broker: Broker,
    /// The application.
    pub app: App,
    /// The judge.
    pub oracle: Oracle,
    /// The client's end of the connection; it outlives the client's own stream, as its system goes
    /// on sending what was written.
    wire: Option<Rc<RefCell<Wire>>>,
    server: Option<Far>,
    up: Link,
    down: Link,
    rng: Rng,
    faults: Vec<(Instant, Fault)>,
    scratch: BytesMut,
    /// The last turn left something to do at once, and something at this moment.
    more: bool,
    deadline: Option<Instant>,
    opening: Option<Instant>,
    handshake: Option<Opening<SimStream>>,
    handshake_blocked: bool,
    connected_at: Instant,
    wake_at: Option<Instant>,
    turned_at: Instant,
    stopped_until: Instant,
    was_stopped: bool,
    asleep_until: Instant,
    slept: bool,
    connect_at: Option<Instant>,
    chatter_at: Option<Instant>,
    steps_now: u32,
    kick_seen: bool,
    memory: coming_back::Memory,
    /// How often the engine woke.
    pub wakes: u64,
    /// How often for its timer alone.
    pub timer_wakes: u64,
    /// Packets that either end sent.
    pub packets: u64,
}

impl World {
    /// A world in which the application has just called `connect`.
    pub fn new(config: WorldConfig) -> Self {
        let allowance = Allowance {
            jitter: config.jitter,
            benign: config.benign,
            knows_acked: config.knows_acked,
            dead_peer_timeout: config.client.dead_peer_timeout,
            reconnect: config.client.reconnect.clone(),
        };
        World {
            now: Instant::ORIGIN,
            driver: Driver::new(Machine::new(config.client.clone(), config.seed)),
            broker: Broker::new(config.broker.clone()),
            app: App::new(
                config.client.protocol_version,
                config.publishing,
                config.taking,
            ),
            oracle: Oracle::new(allowance),
            wire: None,
            server: None,
            up: Link::new(config.up),
            down: Link::new(config.down),
            rng: Rng::new(config.seed),
            faults: Vec::new(),
            scratch: BytesMut::new(),
            more: false,
            deadline: None,
            opening: None,
            handshake: None,
            handshake_blocked: false,
            connected_at: Instant::ORIGIN,
            wake_at: None,
            turned_at: Instant::ORIGIN,
            stopped_until: Instant::ORIGIN,
            was_stopped: false,
            asleep_until: Instant::ORIGIN,
            slept: false,
            connect_at: Some(Instant::ORIGIN),
            chatter_at: None,
            steps_now: 0,
            kick_seen: false,
            memory: coming_back::Memory::default(),
            wakes: 0,
            timer_wakes: 0,
            packets: 0,
            config,
        }
    }

    fn next(&self) -> Option<Instant> {
        earliest(self.sources()).map(|at| at.max(self.now))
    }

    /// When each part of the world does something next.
    fn sources(&self) -> [Option<Instant>; 8] {
        let awake = self.asleep_until;
        let engine = match self.wake_at {
            Some(at) => Some(at),
            None => earliest([
                self.more.then_some(self.now),
                self.deadline,
                self.app.deadline(),
                self.opening,
                self.connect_at,
                self.extra_at(),
            ]),
        };
        [
            self.faults.first().map(|(at, _)| *at),
            self.up.next(),
            self.down.next(),
            self.server.as_ref().and_then(|far| far.tcp.deadline()),
            self.broker.deadline(),
            self.chatter_at.filter(|_| self.server.is_some()),
            self.wire
                .as_ref()
                .and_then(|wire| wire.borrow().tcp.deadline())
                .map(|at| at.max(awake)),
            engine.map(|at| at.max(awake).max(self.stopped_until)),
        ]
    }

    /// The path is another one from now on.
    pub fn set_path(&mut self, up: LinkConfig, down: LinkConfig) {
        self.up.set_config(up);
        self.down.set_config(down);
    }

    /// Goes to the next moment at which something happens, or to `limit`. Returns whether there
    /// is one.
    pub fn step(&mut self, limit: Instant) -> bool {
        let next = self.next().filter(|at| *at <= limit);
        let at = next.unwrap_or(limit);
        if at > self.now {
            // Until just before that moment nothing changes: who is late shows here.
            let before = at - Duration::from_nanos(1);
            self.check(before.max(self.now));
            self.steps_now = 0;
        }
        self.steps_now += 1;
        assert!(
            self.steps_now < 20_000,
            "the world does not move on at {at:?}: {:?}, {:?}, more: {}, deadline: {:?}, {:?}",
            self.sources(),
            self.machine().state(),
            self.more,
            self.deadline,
            self.oracle.violations.last(),
        );
        self.now = at;
        if next.is_none() {
            return false;
        }
        while let Some((at, fault)) = self.faults.first().copied() {
            if at > self.now {
                break;
            }
            self.faults.remove(0);
            self.inject(fault);
        }
        self.carry();
        self.run_broker();
        self.run_client();
        self.carry();
        true
    }

    /// Runs for so long.
    pub fn run_for(&mut self, duration: Duration) {
        let limit = self.now + duration;
        while self.step(limit) {}
    }

    /// Runs until this is true, for so long at most. Returns whether it became true.
    pub fn run_until(&mut self, limit: Duration, mut done: impl FnMut(&World) -> bool) -> bool {
        let limit = self.now + limit;
        while !done(self) {
            if !self.step(limit) {
                return done(self);
            }
        }
        true
    }

    /// Runs until the client is connected, for ten minutes at most, and fails where that does not happen.
    #[must_use]
    pub fn connected(config: WorldConfig) -> Self {
        let mut world = World::new(config);
        let done = world.run_until(Duration::from_secs(600), |w| w.oracle.is_connected());
        assert!(done, "no connection: {:?}", world.oracle.events);
        world
    }

    /// Runs until the next Disconnected; its time and cause.
    pub fn until_disconnected(&mut self, limit: Duration) -> Option<(Instant, DisconnectCause)> {
        let before = self.oracle.events.len();
        self.run_until(limit, |w| w.disconnected_since(before).is_some());
        self.disconnected_since(before)
    }

    fn disconnected_since(&self, index: usize) -> Option<(Instant, DisconnectCause)> {
        self.oracle.events[index..]
            .iter()
            .find_map(|(at, event)| match &event.kind {
                EventKind::Disconnected(d) => Some((*at, d.cause.clone())),
                _ => None,
            })
    }

    /// Whether the client is in the middle of sending a packet, or of receiving one.
    pub fn is_mid_packet(&self) -> bool {
        self.wire.is_some() && (self.driver.undecoded() > 0 || self.oracle.is_sending())
    }

    /// What is true now.
    pub fn truth(&self) -> Option<Truth> {
        let wire = &mut *self.wire.as_ref()?.borrow_mut();
        near::truth(wire, self.connected_at, self.driver.is_blocked())
    }

    /// The client's machine, to look at.
    pub fn machine(&self) -> &Machine<u64> {
        self.driver.machine()
    }

    fn check(&mut self, now: Instant) {
        // From the first wake-up after a gap on.
        let runs = !self.was_stopped && !self.slept;
        let truth = self.truth();
        self.oracle.check(now, truth, runs);
        if let Some(at) = self.broker.kicked
            && !std::mem::replace(&mut self.kick_seen, true)
        {
            self.oracle.on_kick(at);
        }
    }

    /// Packets out of, through and into both ends.
    fn carry(&mut self) {
        let now = self.now;
        let awake = now >= self.asleep_until;
        while let Some(segment) = self.up.receive(now) {
            if let Some(server) = &mut self.server {
                server.tcp.on_segment(now, segment);
            }
        }
        while let Some(segment) = self.down.receive(now) {
            if let Some(wire) = self.wire.as_ref().filter(|_| awake) {
                let server = self.server.as_ref();
                let control = |at| server.and_then(|far| far.control_at(at));
                let records = self.config.layers.tls;
                wire.borrow_mut().on_segment(now, segment, control, records);
            }
        }
        // Who closes with unread bytes, or gets bytes after the close, resets: as Linux does.
        let resets = self.wire.as_ref().is_some_and(|wire| {
            let wire = wire.borrow();
            wire.closed && wire.tcp.readable() > 0
        });
        if resets {
            self.reset_peer();
        }
        let mut out = Vec::new();
        if let Some(wire) = self.wire.as_ref().filter(|_| awake) {
            wire.borrow_mut().tcp.transmit(now, &mut out);
        }
        self.packets += out.len() as u64;
        for segment in out.drain(..) {
            self.up.send(now, segment, &mut self.rng);
        }
        if let Some(server) = &mut self.server {
            server.tcp.transmit(now, &mut out);
        }
        self.packets += out.len() as u64;
        for segment in out.drain(..) {
            self.down.send(now, segment, &mut self.rng);
        }
    }

    fn run_broker(&mut self) {
        self.broker.feed(self.now);
        let Some(server) = &mut self.server else {
            return;
        };
        if server.tcp.is_reset() {
            self.broker.hang_up(self.now);
            self.server = None;
            return;
        }
        server.flush();
        if let Some(at) = self.chatter_at.filter(|at| *at <= self.now) {
            server.chatter();
            self.chatter_at = self.config.chatter.map(|pause| at + pause);
        }
        self.broker.run(self.now, server);
    }
}
