//! A broker: both versions, QoS 0 to 2 in both directions, sessions, its own keep-alive clock,
//! and the ways in which it fails.

use std::num::NonZeroU16;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use mqttka_core::codec::{Ack, ConnAck, Connect, Decoder, Packet, Publish, SubAck, UnsubAck};
use mqttka_core::types::{
    Instant, Properties, Property, PropertyId, QoS, ReasonCode, TopicName, Version,
};

use crate::earliest;
use crate::far::Far;

mod session;

pub use session::{Received, Session};

/// What the broker pushes to the client.
#[derive(Clone, Copy, Debug)]
pub struct Push {
    /// The QoS of the messages.
    pub qos: QoS,
    /// Payload bytes of each, at least 8.
    pub size: usize,
    /// One each; `None`: as fast as they are taken.
    pub every: Option<Duration>,
    /// How many.
    pub count: u64,
}

/// What the broker announces, and how fast it is.
#[derive(Clone, Debug, Default)]
pub struct BrokerConfig {
    /// Server Keep Alive; 5.0 only.
    pub server_keep_alive: Option<u16>,
    /// Receive Maximum; 5.0 only.
    pub receive_maximum: Option<u16>,
    /// Bytes of input that its process handles per second; `None`: all at once.
    pub reads_per_second: Option<usize>,
    /// How many bytes of the CONNACK it sends; `None`: all.
    pub connack_bytes: Option<usize>,
    /// Whether it keeps sessions.
    pub keeps_sessions: bool,
    /// What it pushes from the first CONNACK on.
    pub push: Option<Push>,
}

/// What the broker's process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    /// Its work.
    Running,
    /// Nothing (SIGSTOP): its kernel goes on until the receive buffer is full.
    Stopped,
    /// It reads and never answers, as a proxy looks behind which the broker is dead.
    Silent,
}

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
    closing: bool,
    /// DISCONNECT came: nothing may follow [MQTT-3.14.4-1].
    left: bool,
}

/// A broker with one client.
#[derive(Debug)]
pub struct Broker {
    config: BrokerConfig,
    process: Process,
    connection: Option<Connection>,
    session: Session,
    pushed: u64,
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

const TICK: Duration = Duration::from_millis(50);

/// How much output waits for the socket before it pushes no more.
const OUTPUT: usize = 32 * 1024;

impl Broker {
    /// A broker without a connection.
    pub fn new(config: BrokerConfig) -> Self {
        Broker {
            config,
            process: Process::Running,
            connection: None,
            session: Session::default(),
            pushed: 0,
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
            closing: false,
            left: false,
        });
    }

    /// The connection is gone.
    pub fn hang_up(&mut self) {
        self.connection = None;
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

    /// Does what there is to do. Early and repeated calls change nothing.
    pub fn run(&mut self, now: Instant, far: &mut Far) {
        match self.process {
            Process::Stopped => return,
            Process::Silent => {
                far.read(&mut BytesMut::new(), usize::MAX);
                return;
            }
            Process::Running => {}
        }
        self.read(now, far);
        self.push(now);
        let Some(connection) = &mut self.connection else {
            return;
        };
        connection.flush(far);
        if !connection.closing && connection.kick_at().is_some_and(|at| at <= now) {
            connection.closing = true;
            self.kicked = Some(now);
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
        while let Some(connection) = self.connection.as_mut().filter(|c| !c.left) {
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

    fn handle(&mut self, now: Instant, packet: Packet, far: &mut Far) {
        if let Packet::Connect(connect) = packet {
            return self.handle_connect(now, &connect);
        }
        let Some(connection) = self.connection.as_mut().filter(|c| c.accepted) else {
            self.violations.push("packet before CONNECT".to_owned());
            return;
        };
        let id_ack = |id| Ack::new(id, ReasonCode::Success);
        if packet != Packet::PingReq {
            self.packets += 1;
        }
        let answer = match packet {
            Packet::PingReq => {
                self.pings_answered += 1;
                Some(Packet::PingResp)
            }
            Packet::Publish(publish) => self.session.take(&publish),
            Packet::PubRel(ack) => {
                self.session.release(ack.packet_id);
                Some(Packet::PubComp(id_ack(ack.packet_id)))
            }
            Packet::PubAck(ack) => self.session.acknowledged(ack.packet_id, QoS::AtLeastOnce),
            Packet::PubRec(ack) => self.session.acknowledged(ack.packet_id, QoS::ExactlyOnce),
            Packet::PubComp(ack) => {
                self.session.completed(ack.packet_id);
                None
            }
            Packet::Subscribe(subscribe) => Some(Packet::SubAck(SubAck {
                packet_id: subscribe.packet_id,
                reason_codes: subscribe
                    .subscriptions
                    .iter()
                    .map(|s| ReasonCode::from_u8(s.qos as u8).unwrap_or(ReasonCode::Success))
                    .collect(),
                properties: Properties::new(),
            })),
            Packet::Unsubscribe(unsubscribe) => Some(Packet::UnsubAck(UnsubAck {
                packet_id: unsubscribe.packet_id,
                reason_codes: vec![ReasonCode::Success; unsubscribe.filters.len()],
                properties: Properties::new(),
            })),
            Packet::Disconnect(_) => {
                self.goodbyes += 1;
                connection.left = true;
                connection.closing = true;
                // Its answers were on their way before.
                connection.flush(far);
                far.finish();
                None
            }
            other => {
                let text = format!("{} from a client", other.packet_type());
                self.violations.push(text);
                None
            }
        };
        let limit = match connection.version {
            Version::V5 => self.config.receive_maximum.unwrap_or(u16::MAX),
            Version::V311 => u16::MAX,
        };
        if self.session.unacknowledged() > usize::from(limit) {
            self.violations
                .push("Receive Maximum of the broker exceeded".to_owned());
        }
        if let Some(answer) = answer {
            connection.send(&answer, &mut self.violations);
        }
    }

    fn handle_connect(&mut self, now: Instant, connect: &Connect) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        if connection.accepted {
            self.violations.push("second CONNECT".to_owned());
        }
        connection.version = connect.version;
        let resumed = self
            .session
            .start(!connect.clean_start && self.config.keeps_sessions);
        let v5 = connect.version == Version::V5;
        let server_keep_alive = self.config.server_keep_alive.filter(|_| v5);
        let keep_alive = server_keep_alive.unwrap_or(connect.keep_alive);
        connection.keep_alive = Duration::from_secs(u64::from(keep_alive));
        connection.accepted = true;
        connection.next_push = now;
        connection.client_receive_maximum = connect
            .properties
            .get_number(PropertyId::ReceiveMaximum)
            .and_then(|n| u16::try_from(n).ok())
            .unwrap_or(u16::MAX);
        let mut properties = Properties::new();
        if let Some(seconds) = server_keep_alive {
            properties.push(Property::ServerKeepAlive(seconds));
        }
        if let Some(maximum) = self.config.receive_maximum.filter(|_| v5) {
            properties.push(Property::ReceiveMaximum(maximum));
        }
        let connack = Packet::ConnAck(ConnAck {
            session_present: resumed,
            reason_code: ReasonCode::Success,
            properties,
        });
        connection.send(&connack, &mut self.violations);
        if let Some(bytes) = self.config.connack_bytes {
            connection.output.truncate(bytes);
            connection.accepted = false;
            connection.closing = true;
            return;
        }
        for packet in self.session.unfinished() {
            connection.send(&packet, &mut self.violations);
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

impl Connection {
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
