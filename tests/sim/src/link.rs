//! One direction of a path: a router with a buffer, a bandwidth, a delay, and its failures.

use std::collections::VecDeque;
use std::time::Duration;

use mqttka_core::types::Instant;

use crate::rng::Rng;
use crate::tcp::Segment;

/// What one direction is like.
#[derive(Clone, Copy, Debug)]
pub struct LinkConfig {
    /// Bytes per second, headers included.
    pub bandwidth: u64,
    /// At least this long for each packet, however small.
    pub per_packet: Duration,
    /// One way.
    pub delay: Duration,
    /// What the router queues before it drops.
    pub buffer: u64,
    /// Packets lost by chance, from 0 to 1.
    pub loss: f64,
}

impl Default for LinkConfig {
    /// A good network: 1 MB/s, 20 ms one way.
    fn default() -> Self {
        LinkConfig {
            bandwidth: 1_000_000,
            per_packet: Duration::ZERO,
            delay: Duration::from_millis(20),
            buffer: 256 * 1024,
            loss: 0.0,
        }
    }
}

/// One direction of a path. What it carries arrives in order or not at all.
#[derive(Debug)]
pub struct Link {
    config: LinkConfig,
    busy_until: Instant,
    flying: VecDeque<(Instant, Segment)>,
    dead_from: Option<Instant>,
    outages: Vec<(Instant, Instant)>,
}

impl Link {
    /// An empty path.
    pub fn new(config: LinkConfig) -> Self {
        Link {
            config,
            busy_until: Instant::ORIGIN,
            flying: VecDeque::new(),
            dead_from: None,
            outages: Vec::new(),
        }
    }

    /// A black hole from now on: not even what is under way arrives.
    pub fn kill(&mut self, now: Instant) {
        self.dead_from.get_or_insert(now);
    }

    /// The black hole is gone.
    pub fn heal(&mut self) {
        self.dead_from = None;
        self.flying.clear();
    }

    /// What an earlier connection left under way is of no interest.
    pub fn forget(&mut self) {
        self.flying.clear();
        self.busy_until = Instant::ORIGIN;
    }

    /// Whether nothing passes.
    pub fn is_dead(&self) -> bool {
        self.dead_from.is_some()
    }

    /// Everything that passes the router between these moments is lost.
    pub fn outage(&mut self, from: Instant, to: Instant) {
        self.outages.push((from, to));
    }

    /// A packet enters the router.
    pub fn send(&mut self, now: Instant, segment: Segment, rng: &mut Rng) {
        let queued = self.busy_until.saturating_since(now).as_secs_f64();
        let size = segment.wire_size();
        if queued * self.config.bandwidth as f64 + size as f64 > self.config.buffer as f64
            && queued > 0.0
        {
            return;
        }
        let time = Duration::from_secs_f64(size as f64 / self.config.bandwidth as f64);
        self.busy_until = self.busy_until.max(now) + time.max(self.config.per_packet);
        let passes = self.busy_until;
        let lost = self
            .outages
            .iter()
            .any(|(from, to)| *from <= passes && passes < *to);
        if lost || (self.config.loss > 0.0 && rng.chance(self.config.loss)) {
            return;
        }
        self.flying.push_back((passes + self.config.delay, segment));
    }

    /// The next packet that has arrived.
    pub fn receive(&mut self, now: Instant) -> Option<Segment> {
        while let Some((arrives, _)) = self.flying.front() {
            if *arrives > now {
                return None;
            }
            let (arrives, segment) = self.flying.pop_front()?;
            if self.dead_from.is_none_or(|dead| arrives < dead) {
                return Some(segment);
            }
        }
        None
    }

    /// When the next packet arrives.
    pub fn next(&self) -> Option<Instant> {
        self.flying.front().map(|(arrives, _)| *arrives)
    }
}
