//! One direction of a path: a router with a buffer, a bandwidth, a delay, and its failures.

use std::collections::VecDeque;
use std::time::Duration;

use mqttka_core::types::Instant;

use crate::rng::Rng;
use crate::tcp::Segment;

/// What one direction is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinkConfig {
    /// Bytes per second, headers included.
    pub bandwidth: u64,
    /// At least this long between two packets that have a payload, however small.
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
    next_payload: Instant,
    /// What waits in the router: when each has passed, and its size.
    queue: VecDeque<(Instant, u64)>,
    queued: u64,
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
            next_payload: Instant::ORIGIN,
            queue: VecDeque::new(),
            queued: 0,
            flying: VecDeque::new(),
            dead_from: None,
            outages: Vec::new(),
        }
    }

    /// It is like this from now on.
    pub fn set_config(&mut self, config: LinkConfig) {
        self.config = config;
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
        self.queue.clear();
        self.queued = 0;
        self.busy_until = Instant::ORIGIN;
        self.next_payload = Instant::ORIGIN;
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
        while let Some((passed, size)) = self.queue.front().copied() {
            if passed > now {
                break;
            }
            self.queue.pop_front();
            self.queued -= size;
        }
        let size = segment.wire_size();
        if self.queued > 0 && self.queued + size > self.config.buffer {
            return;
        }
        let time = Duration::from_secs_f64(size as f64 / self.config.bandwidth as f64);
        let starts = self.busy_until.max(now);
        self.busy_until = if segment.has_payload() {
            starts.max(self.next_payload) + time
        } else {
            starts + time
        };
        if segment.has_payload() {
            self.next_payload = self.busy_until + self.config.per_packet;
        }
        let passes = self.busy_until;
        self.queue.push_back((passes, size));
        self.queued += size;
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
