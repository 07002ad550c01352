//! The hotspot's switch and its notebook: what may pass, what passed last, what was lost.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::Moment;
use crate::options::{Fault, Transport};

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
    transport: Transport,
    drops_to_phone: AtomicBool,
    drops_to_broker: AtomicBool,
    dropped: AtomicU64,
    evidence: Mutex<VecDeque<(Moment, Evidence)>>,
    on_ping: Box<dyn Fn(Ping) + Send + Sync>,
}

impl Link {
    /// An intact link, which calls `on_ping` for every ping that it recognises.
    pub(crate) fn new(
        transport: Transport,
        on_ping: impl Fn(Ping) + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            transport,
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

    /// Whether this is a ping that travels alone.
    pub(crate) fn is_ping(&self, direction: Direction, payload: &[u8]) -> bool {
        is_ping(self.transport, direction, payload)
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

/// A PINGREQ or a PINGRESP that travels alone. Inside TLS only its length can be seen: in MQTT the
/// only other packet of two bytes is the last one, and no other record is as short before the end.
fn is_ping(transport: Transport, direction: Direction, payload: &[u8]) -> bool {
    let frame = match direction {
        Direction::ToBroker => 8,
        Direction::ToPhone => 4,
    };
    match (transport, payload) {
        (Transport::Tcp, [0xc0 | 0xd0, 0]) => true,
        (Transport::Ws, [0x82, 0x82, a, b, _, _, first, second]) => {
            [first ^ a, second ^ b] == [0xc0, 0]
        }
        (Transport::Ws, [0x82, 2, 0xd0, 0]) => true,
        (Transport::Tls, _) => is_record_of(2, payload),
        (Transport::Wss, _) => is_record_of(frame, payload),
        _ => false,
    }
}

/// One record of TLS 1.3 with this many bytes of payload.
fn is_record_of(length: usize, bytes: &[u8]) -> bool {
    const APPLICATION_DATA: u8 = 23;
    const HEADER: usize = 5;
    const TYPE_AND_TAG: usize = 17;
    bytes.first() == Some(&APPLICATION_DATA) && bytes.len() == HEADER + length + TYPE_AND_TAG
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pings_are_known_on_each_transport() {
        use Direction::{ToBroker, ToPhone};
        let record = |length: usize| [&[23, 3, 3, 0, 0][..], &vec![9; length + 17]].concat();
        for (transport, direction, bytes, expected) in [
            (Transport::Tcp, ToBroker, vec![0xc0, 0], true),
            (Transport::Tcp, ToPhone, vec![0xd0, 0], true),
            (Transport::Tcp, ToPhone, vec![0x40, 2, 0, 1], false),
            (
                Transport::Ws,
                ToBroker,
                vec![0x82, 0x82, 1, 2, 3, 4, 0xc1, 2],
                true,
            ),
            (
                Transport::Ws,
                ToBroker,
                vec![0x82, 0x82, 1, 2, 3, 4, 0xe1, 2],
                false,
            ),
            (Transport::Ws, ToPhone, vec![0x82, 2, 0xd0, 0], true),
            (Transport::Tls, ToBroker, record(2), true),
            (Transport::Tls, ToPhone, record(4), false),
            (Transport::Wss, ToBroker, record(8), true),
            (Transport::Wss, ToPhone, record(4), true),
            (Transport::Wss, ToPhone, record(8), false),
        ] {
            let found = is_ping(transport, direction, &bytes);
            assert_eq!(found, expected, "{transport} {direction:?} {bytes:?}");
        }
    }
}
