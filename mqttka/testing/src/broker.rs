//! What the broker decides: no socket, no thread, no clock. Bytes and the time go in, bytes come out.

mod authenticating;
mod bearing;
mod connecting;
mod directing;
mod ending;
mod publishing;
mod receiving;
mod subscribing;

use std::collections::{BTreeMap, VecDeque};

use bytes::{Bytes, BytesMut};
use mqttka_core::codec::Packet;
use mqttka_core::types::{Instant, Message, Version};

use crate::connection::Connection;
use crate::error::Missing;
use crate::script::Script;
use crate::seen::{Log, Seen, SeenKind};
use crate::session::Session;

/// What is to be done with a connection, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send these bytes.
    Send {
        /// The connection.
        connection: u64,
        /// What to send.
        bytes: Bytes,
    },
    /// Send nothing more after what was sent, and say so (a half-close: FIN). Reading goes on.
    Finish {
        /// The connection.
        connection: u64,
    },
    /// Close it after what was sent. Nothing that comes of it counts any more.
    Close {
        /// The connection.
        connection: u64,
    },
    /// End it at once, with a reset (RST). Nothing that comes of it counts any more.
    Reset {
        /// The connection.
        connection: u64,
    },
}

/// A message that is kept for later subscribers.
#[derive(Debug)]
struct Kept {
    message: Message,
    since: Instant,
}

/// A Will that waits for its delay (section 3.1.3.2.2).
#[derive(Debug)]
struct Waiting {
    client_id: String,
    due: Instant,
    message: Message,
}

/// An MQTT broker as a state machine, for one that carries its bytes: [`FakeBroker`](crate::FakeBroker), or a test's own
/// loop. It answers as section 4 has it, unless its script says otherwise.
///
/// ```
/// use mqttka_core::types::Instant;
/// use mqttka_testing::{Broker, Output, SeenKind};
///
/// let mut broker = Broker::new();
/// let now = Instant::ORIGIN;
/// let connection = broker.handle_opened(now);
/// // CONNECT of MQTT 3.1.1: clean, keep-alive 60 s, client "a".
/// let connect = b"\x10\x0d\0\x04MQTT\x04\x02\0\x3c\0\x01a";
/// broker.handle_received(now, connection, connect);
/// let bytes = b"\x20\x02\0\0".as_slice().into();
/// assert_eq!(broker.poll_output(), Some(Output::Send { connection, bytes }));
/// assert!(broker.take(SeenKind::Connected, None).is_some());
/// ```
///
/// # Bounds
///
/// For each client 10,000 messages wait at most, and 10,000 things that were seen and not expected are remembered; beyond
/// them the oldest go.
#[derive(Debug, Default)]
pub struct Broker {
    connections: BTreeMap<u64, Connection>,
    sessions: BTreeMap<String, Session>,
    retained: BTreeMap<String, Kept>,
    wills: Vec<Waiting>,
    script: Script,
    log: Log,
    outputs: VecDeque<Output>,
    silent: bool,
    /// What was held back: the connection, and the packet.
    held: VecDeque<(u64, Packet)>,
    last_connection: u64,
    assigned: u64,
    /// How many exchanges of enhanced authentication there were.
    exchanges: u64,
    /// Whose turn it is in a shared subscription.
    turn: usize,
}

impl Broker {
    /// A broker that nobody is connected with, and that answers as brokers do.
    pub fn new() -> Self {
        Broker::default()
    }

    /// A connection was opened; its number, from 1.
    pub fn handle_opened(&mut self, now: Instant) -> u64 {
        self.last_connection += 1;
        self.connections
            .insert(self.last_connection, Connection::new(now));
        self.last_connection
    }

    /// Bytes came from the client. Of a connection that is over they change nothing.
    pub fn handle_received(&mut self, now: Instant, connection: u64, bytes: &[u8]) {
        if let Some(it) = self.connections.get_mut(&connection) {
            it.input.extend_from_slice(bytes);
            self.read(now, connection);
        }
    }

    /// The client sends no more: its end of the connection is closed, or was reset.
    pub fn handle_end(&mut self, now: Instant, connection: u64) {
        if let Some(it) = self.connections.get_mut(&connection) {
            it.ended = true;
            self.read(now, connection);
        }
    }

    /// What lies below MQTT failed, or the client did something wrong there: the connection is over, and what happened is
    /// [`Faulty`](SeenKind::Faulty).
    pub fn handle_failed(&mut self, now: Instant, connection: u64, why: &str) {
        if self.connections.contains_key(&connection) {
            let mut seen = self.seen(SeenKind::Faulty, connection);
            seen.detail = why.to_owned();
            self.saw(seen);
            self.end(now, connection, true);
            self.outputs.push_back(Output::Close { connection });
        }
    }

    /// Does what is due by the time: keep-alives, Wills, sessions that expire. Early and repeated calls change nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.pass(now);
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due, where nothing happens before.
    pub fn poll_deadline(&self) -> Option<Instant> {
        let connections = self.connections.values();
        let keep_alives = connections.filter_map(Connection::deadline);
        let wills = self.wills.iter().map(|will| will.due);
        let sessions = self.sessions.values().filter_map(Session::ends);
        keep_alives.chain(wills).chain(sessions).min()
    }

    /// What is to be done next; `None`: nothing, or the internet is gone.
    pub fn poll_output(&mut self) -> Option<Output> {
        if self.silent {
            return None;
        }
        self.outputs.pop_front()
    }

    /// Takes the oldest thing of this kind that was seen, and not taken before. `filter`: of a message, its topic
    /// matches it; of a subscription, it is its filter.
    pub fn take(&mut self, kind: SeenKind, filter: Option<&str>) -> Option<Seen> {
        self.log.take(kind, filter)
    }

    /// Takes the oldest thing that was seen, whatever it is.
    pub fn take_any(&mut self) -> Option<Seen> {
        self.log.next()
    }

    /// What to say where something that was expected has not come.
    pub fn missing(&self, kind: SeenKind, filter: Option<&str>) -> Missing {
        self.log.missing(kind, filter)
    }

    /// Forgets what was seen so far.
    pub fn forget_seen(&mut self) {
        self.log.clear();
    }

    /// How much was seen so far, with what was taken.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn seen_in_all(&self) -> u64 {
        self.log.in_all()
    }

    /// The identifiers of the clients that are connected, in alphabetical order.
    pub fn clients(&self) -> Vec<String> {
        let sessions = self.sessions.iter();
        sessions
            .filter(|(_, session)| session.connection.is_some())
            .map(|(id, _)| id.clone())
            .collect()
    }

    /// The message that is retained on this topic.
    pub fn retained(&self, topic: &str) -> Option<&Message> {
        self.retained.get(topic).map(|kept| &kept.message)
    }

    /// Sends a packet, in the version of the connection. `false`: it cannot be written, as properties of an application's
    /// message were checked when it came, or is larger than the client takes.
    fn send(&mut self, connection: u64, packet: &Packet) -> bool {
        let Some(it) = self.connections.get_mut(&connection) else {
            return false;
        };
        let version = match &it.client {
            Some(client) => client.version,
            None => it.decoder.version(),
        };
        let mut bytes = BytesMut::new();
        let with_properties = self
            .script
            .bearing(packet)
            .filter(|_| version == Version::V5);
        let packet = with_properties.as_ref().unwrap_or(packet);
        if packet.encode(version, &mut bytes).is_err() {
            return false;
        }
        if let Some(client) = &mut it.client {
            // [MQTT-3.1.2-24]
            if bytes.len() > client.maximum_packet_size {
                return false;
            }
            match packet {
                Packet::PubAck(ack) | Packet::PubComp(ack) => {
                    client.unacknowledged.remove(&ack.packet_id);
                }
                Packet::PubRec(ack) if ack.reason_code.is_error() => {
                    client.unacknowledged.remove(&ack.packet_id);
                }
                _ => {}
            }
        }
        let bytes = bytes.freeze();
        self.outputs.push_back(Output::Send { connection, bytes });
        true
    }

    fn saw(&mut self, seen: Seen) {
        self.log.push(seen);
    }

    /// Something of this kind, of this connection.
    fn seen(&self, kind: SeenKind, connection: u64) -> Seen {
        let it = self.connections.get(&connection);
        Seen::new(kind, connection, it.map_or("", Connection::client_id))
    }
}
