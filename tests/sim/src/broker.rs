//! A broker: both versions, QoS 0 to 2 in both directions, sessions, its own keep-alive clock,
//! and the ways in which it fails.

use std::num::NonZeroU16;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use mqttka_core::codec::{Decoder, Packet, Publish};
use mqttka_core::types::{Instant, Properties, QoS, TopicName, Version};

use crate::earliest;
use crate::far::Far;

mod config;
mod packets;
mod session;

pub use config::{BrokerConfig, Feed, POISON_FILTER, POISON_TOPIC, Process, Push, REFUSED_FILTER};
pub use session::{Received, Session};

#[derive(Debug)]
struct Connection {
    version: Version,
    decoder: Decoder,
    input: BytesMut,
    output: BytesMut,
    accepted: bool,
    keep_alive: Duration,
    last_packet: Instant,
    next_read: Instant,
    more_to_read: bool,
    next_push: Instant,
    client_receive_maximum: u16,
    client_maximum_packet_size: Option<u32>,
    closing: bool,
    /// DISCONNECT came: nothing may follow [MQTT-3.14.4-1].
    left: bool,
}

/// A broker with one client.
#[derive(Debug)]
pub struct Broker {
    /// What it announces; what is changed counts from the next CONNECT on.
    pub config: BrokerConfig,
    process: Process,
    /// What it does when this connection is gone.
    next_process: Option<Process>,
    connection: Option<Connection>,
    /// Its half of the client's session.
    pub session: Session,
    pushed: u64,
    next_feed: Option<Instant>,
    fed: u64,
    /// Connections that it accepted, in all.
    pub accepted: u64,
    /// Connections that it refused, in all.
    pub refusals: u64,
    /// Connections that it ended at a poison, in all.
    pub poisoned: u64,
    /// When it closed the connection because it missed a packet for 1.5 x keep-alive.
    pub kicked: Option<Instant>,
    /// PINGREQs that it has answered on this connection.
    pub pings_answered: u64,
    /// DISCONNECTs that it has read, in all: no Will is published then.
    pub goodbyes: u64,
    /// Packets other than PINGREQ that it has taken, in all.
    pub packets: u64,
    /// What the client did that no client may.
    pub violations: Vec<String>,
}

/// What others publish is numbered from here on.
pub const FED: u64 = 1 << 40;

const TICK: Duration = Duration::from_millis(50);

/// How much output waits for the socket before it pushes no more.
const OUTPUT: usize = 32 * 1024;

impl Broker {
    /// A broker without a connection.
    pub fn new(config: BrokerConfig) -> Self {
        Broker {
            next_feed: config.feed.map(|feed| Instant::ORIGIN + feed.every),
            config,
            process: Process::Running,
            next_process: None,
            connection: None,
            session: Session::default(),
            pushed: 0,
            fed: 0,
            accepted: 0,
            refusals: 0,
            poisoned: 0,
            kicked: None,
            pings_answered: 0,
            goodbyes: 0,
            packets: 0,
            violations: Vec::new(),
        }
    }

    /// What its process does from now on. What was silent stays so on this connection: it has
    /// lost a part of the stream.
    pub fn set_process(&mut self, process: Process) {
        if self.process != Process::Silent || self.connection.is_none() {
            self.process = process;
        } else {
            self.next_process = Some(process);
        }
    }

    /// What its process does.
    pub fn process(&self) -> Process {
        self.process
    }

    /// A connection comes in; an earlier one is gone.
    pub fn accept(&mut self, now: Instant) {
        self.pings_answered = 0;
        self.connection = Some(Connection {
            version: Version::V5,
            decoder: Decoder::new(Version::V5, u32::MAX),
            input: BytesMut::new(),
            output: BytesMut::new(),
            accepted: false,
            keep_alive: Duration::ZERO,
            last_packet: now,
            next_read: now,
            more_to_read: false,
            next_push: now,
            client_receive_maximum: u16::MAX,
            client_maximum_packet_size: None,
            closing: false,
            left: false,
        });
    }

    /// The connection is gone.
    pub fn hang_up(&mut self, now: Instant) {
        if self.connection.take().is_some() {
            self.session.leave(now);
        }
        if let Some(process) = self.next_process.take() {
            self.process = process;
        }
    }

    /// Its process ends. `keeps`: what it has of the session is on its disk.
    pub fn stop(&mut self, now: Instant, keeps: bool) {
        self.hang_up(now);
        if !keeps {
            self.session.forget();
        }
        self.process = Process::Down;
    }

    /// Whether nobody takes connections.
    pub fn is_down(&self) -> bool {
        self.process == Process::Down
    }

    /// The messages of the client, in order of arrival.
    pub fn received(&self) -> &[Received] {
        self.session.received()
    }

    /// How many messages it has pushed.
    pub fn pushed(&self) -> u64 {
        self.pushed
    }

    /// Whether the process has something to do at a later time.
    pub fn deadline(&self) -> Option<Instant> {
        earliest([self.next_feed, self.deadline_of_connection()])
    }

    fn deadline_of_connection(&self) -> Option<Instant> {
        let connection = self.connection.as_ref()?;
        if self.process != Process::Running || connection.closing {
            return None;
        }
        let push = self
            .config
            .push
            .filter(|push| {
                push.every.is_some() && may_push(connection, &self.session, self.pushed, push)
            })
            .map(|_| connection.next_push);
        let read = self
            .config
            .reads_per_second
            .map(|_| connection.next_read)
            .filter(|_| connection.more_to_read);
        earliest([push, read, connection.kick_at()])
    }

    /// Others publish, whether the client is there or not.
    pub fn feed(&mut self, now: Instant) {
        let Some(feed) = self.config.feed else { return };
        while let Some(at) = self.next_feed.filter(|at| *at <= now) {
            self.next_feed = Some(at + feed.every);
            if self.process != Process::Down {
                let payload = self.next_fed(8);
                self.session.offer(now, feed.filter, feed.qos, payload);
            }
        }
    }

    fn next_fed(&mut self, size: usize) -> Bytes {
        self.fed += 1;
        numbered(FED + self.fed, size)
    }

    /// Does what there is to do. Early and repeated calls change nothing.
    pub fn run(&mut self, now: Instant, far: &mut Far) {
        match self.process {
            Process::Stopped | Process::Down => return,
            Process::Silent => {
                far.read(&mut BytesMut::new(), usize::MAX);
                return;
            }
            Process::Running => {}
        }
        self.read(now, far);
        self.push(now);
        self.hand_out();
        let Some(connection) = &mut self.connection else {
            return;
        };
        connection.flush(far);
        if !connection.closing && connection.kick_at().is_some_and(|at| at <= now) {
            connection.closing = true;
            self.kicked = Some(now);
            self.session.leave(now);
            far.finish();
        }
    }

    fn read(&mut self, now: Instant, far: &mut Far) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        if connection.left {
            if far.read(&mut connection.input, usize::MAX) > 0 {
                self.look_behind_disconnect();
            }
            return;
        }
        if connection.closing {
            far.read(&mut BytesMut::new(), usize::MAX);
            return;
        }
        match self.config.reads_per_second {
            None => {
                far.read(&mut connection.input, usize::MAX);
            }
            Some(rate) => {
                connection.more_to_read = far.readable() > 0;
                if now < connection.next_read {
                    return;
                }
                let most = (rate as f64 * TICK.as_secs_f64()) as usize;
                if far.read(&mut connection.input, most.max(1)) > 0 {
                    connection.next_read = now + TICK;
                }
                connection.more_to_read = far.readable() > 0;
            }
        }
        while let Some(connection) = self.connection.as_mut().filter(|c| !c.closing) {
            match connection.decoder.decode(&mut connection.input) {
                Ok(Some(packet)) => {
                    connection.last_packet = now;
                    self.handle(now, packet, far);
                }
                Ok(None) => break,
                Err(error) => {
                    self.violations.push(format!("malformed: {error}"));
                    far.finish();
                    connection.closing = true;
                    break;
                }
            }
        }
        self.look_behind_disconnect();
        if far.is_eof()
            && let Some(connection) = &mut self.connection
        {
            connection.closing = true;
            self.session.leave(now);
            far.finish();
        }
    }

    /// Nothing may follow DISCONNECT, not even a part of a packet.
    fn look_behind_disconnect(&mut self) {
        if let Some(connection) = self.connection.as_mut().filter(|c| c.left)
            && !connection.input.is_empty()
        {
            let text = format!("after DISCONNECT: {:x?}", &connection.input[..]);
            self.violations.push(text);
            connection.input.clear();
        }
    }

    fn push(&mut self, now: Instant) {
        let Some(push) = self.config.push else { return };
        let Some(connection) = self.connection.as_mut() else {
            return;
        };
        while may_push(connection, &self.session, self.pushed, &push) {
            if push.every.is_some() && now < connection.next_push {
                return;
            }
            connection.next_push += push.every.unwrap_or_default();
            self.pushed += 1;
            let packet = self
                .session
                .publish(push.qos, numbered(self.pushed, push.size));
            connection.send(&packet, &mut self.violations);
        }
    }
}

impl Broker {
    /// What waits in the session, as far as the client takes it.
    fn hand_out(&mut self) {
        let Some(connection) = self.connection.as_mut() else {
            return;
        };
        while connection.accepted
            && !connection.closing
            && self.session.has_waiting()
            && connection.output.len() < OUTPUT
            && self.session.outbound() < usize::from(connection.client_receive_maximum)
        {
            let most = connection.client_maximum_packet_size;
            if let Some(packet) = self.session.next_waiting(most) {
                connection.send(&packet, &mut self.violations);
            }
        }
    }
}

impl Connection {
    /// After what is said, nothing follows.
    fn end(&mut self, far: &mut Far) {
        self.flush(far);
        self.closing = true;
        far.finish();
    }

    fn kick_at(&self) -> Option<Instant> {
        (self.accepted && !self.keep_alive.is_zero())
            .then(|| self.last_packet + self.keep_alive * 3 / 2)
    }

    fn flush(&mut self, far: &mut Far) {
        while !self.output.is_empty() {
            let count = far.write(&self.output);
            if count == 0 {
                break;
            }
            let _ = self.output.split_to(count);
        }
    }

    fn send(&mut self, packet: &Packet, violations: &mut Vec<String>) {
        if let Err(error) = packet.encode(self.version, &mut self.output) {
            violations.push(format!("the broker cannot encode its packet: {error}"));
        }
    }
}

fn may_push(connection: &Connection, session: &Session, pushed: u64, push: &Push) -> bool {
    connection.accepted
        && !connection.closing
        && pushed < push.count
        && connection.output.len() < OUTPUT
        && session.outbound() < usize::from(connection.client_receive_maximum)
}

/// A payload of `size` bytes that begins with a number.
pub fn numbered(number: u64, size: usize) -> Bytes {
    let mut payload = BytesMut::with_capacity(size.max(8));
    payload.put_u64(number);
    payload.resize(size.max(8), 0xc0);
    payload.freeze()
}

/// The number that a payload begins with.
pub fn number_of(payload: &[u8]) -> u64 {
    payload
        .first_chunk()
        .map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// The publish that the broker sends.
pub(crate) fn publish(qos: QoS, id: Option<NonZeroU16>, dup: bool, payload: Bytes) -> Packet {
    Packet::Publish(Publish {
        dup,
        qos,
        retain: false,
        topic: TopicName::try_from("down").ok(),
        packet_id: id,
        payload,
        properties: Properties::new(),
    })
}
