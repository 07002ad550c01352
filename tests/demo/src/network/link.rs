//! The hotspot's switch and its notebook: what may pass, what passed last, what was lost.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::Moment;
use crate::options::Fault;

/// A direction on the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    ToPhone,
    ToBroker,
}

/// A proof of life that reached the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// New bytes of the broker's stream.
    Byte,
    /// The peer's TCP acknowledged new bytes of the phone's stream.
    Acknowledgement,
}

/// A ping that the hotspot recognised (one that travels alone in its packet).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ping {
    pub(crate) at: Moment,
    pub(crate) direction: Direction,
    /// False: it was dropped.
    pub(crate) passed: bool,
}

/// Enough for the burst of a download that arrives while the phone reports its event.
const REMEMBERED: usize = 65536;

/// Shared by the hotspot's threads and the storyteller.
pub(crate) struct Link {
    drops_to_phone: AtomicBool,
    drops_to_broker: AtomicBool,
    dropped: AtomicU64,
    evidence: Mutex<VecDeque<(Moment, Evidence)>>,
    on_ping: Box<dyn Fn(Ping) + Send + Sync>,
}

impl Link {
    /// An intact link, which calls `on_ping` for every ping that it recognises.
    pub(crate) fn new(on_ping: impl Fn(Ping) + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            drops_to_phone: AtomicBool::new(false),
            drops_to_broker: AtomicBool::new(false),
            dropped: AtomicU64::new(0),
            evidence: Mutex::default(),
            on_ping: Box::new(on_ping),
        })
    }

    /// Breaks what `fault` breaks of the network.
    pub(crate) fn cut(&self, fault: Fault) {
        let (to_phone, to_broker) = match fault {
            Fault::Both => (true, true),
            Fault::In => (true, false),
            Fault::Out => (false, true),
            Fault::BrokerStopped => (false, false),
        };
        self.drops_to_phone.store(to_phone, Ordering::SeqCst);
        self.drops_to_broker.store(to_broker, Ordering::SeqCst);
    }

    /// Repairs the network.
    pub(crate) fn restore(&self) {
        self.drops_to_phone.store(false, Ordering::SeqCst);
        self.drops_to_broker.store(false, Ordering::SeqCst);
    }

    /// Whether nothing may pass in this direction.
    pub(crate) fn drops(&self, direction: Direction) -> bool {
        match direction {
            Direction::ToPhone => self.drops_to_phone.load(Ordering::SeqCst),
            Direction::ToBroker => self.drops_to_broker.load(Ordering::SeqCst),
        }
    }

    /// Counts a lost packet.
    pub(crate) fn note_drop(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// How many packets were lost so far.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Remembers that the phone got a proof of life just now.
    pub(crate) fn note_evidence(&self, evidence: Evidence) {
        let mut list = self.evidence.lock().unwrap_or_else(PoisonError::into_inner);
        if list.len() == REMEMBERED {
            list.pop_front();
        }
        list.push_back((Moment::now(), evidence));
    }

    /// The last proof of life of one of these `kinds`, not later than `limit`.
    pub(crate) fn last_evidence(&self, limit: Moment, kinds: &[Evidence]) -> Option<Moment> {
        let list = self.evidence.lock().unwrap_or_else(PoisonError::into_inner);
        let mut newest_first = list.iter().rev();
        newest_first
            .find(|(at, kind)| *at <= limit && kinds.contains(kind))
            .map(|(at, _)| *at)
    }

    /// Reports a ping.
    pub(crate) fn note_ping(&self, direction: Direction, passed: bool) {
        (self.on_ping)(Ping {
            at: Moment::now(),
            direction,
            passed,
        });
    }
}
