//! The machine without a network: what it sends is decoded at once, what it is told is encoded,
//! and time goes on when the script says so.

use std::num::NonZeroU16;
use std::time::Duration;

use bytes::BytesMut;
use mqttka_core::codec::{ConnAck, Decoder, Packet, Publish};
use mqttka_core::error::{ConnectError, DisconnectCause, Stage, TransportError};
use mqttka_core::proto::{
    Command, Config, Delivered, EventKind, Machine, Outcome, Output, Progress,
};
use mqttka_core::types::{
    Instant, Message, Properties, Property, QoS, ReasonCode, Subscription, TopicFilter, TopicName,
    Version,
};

use crate::broker::numbered;

/// A client that is driven by hand.
#[derive(Debug)]
pub struct Script {
    /// The machine under test.
    pub machine: Machine<u64>,
    /// The time.
    pub now: Instant,
    version: Version,
    decoder: Decoder,
    stream: BytesMut,
    /// Each byte that was written to a stream, since somebody took them.
    pub wire: Vec<u8>,
    /// The stream is closed.
    over: bool,
    input: BytesMut,
    /// What the socket still takes; `None`: everything.
    pub room: Option<usize>,
    /// Whether the peer's TCP acknowledges what the socket took.
    pub acknowledges: bool,
    /// How old the last acknowledgement is when it is looked at, where the system tells.
    pub ack_age: Option<Duration>,
    written: u64,
    acked: u64,
    /// Bytes of a record that are acknowledged beyond that.
    part: u64,
    /// All lifecycle events but those of suspicion.
    pub events: Vec<EventKind>,
    /// Every suspicion and the end of it.
    pub suspicions: Vec<EventKind>,
    /// The messages that came.
    pub messages: Vec<Message>,
    /// The operations that ended.
    pub completed: Vec<(u64, Outcome)>,
    /// Whether each close was graceful.
    pub closes: Vec<bool>,
    /// How often our half was closed.
    pub finishes: usize,
    /// How often a stream was to be opened.
    pub opens: usize,
    /// How many of them were.
    opened: usize,
    /// How often the provider was asked.
    pub provides: usize,
}

impl Script {
    /// A client that is idle, and does not come back by itself.
    pub fn new(config: Config) -> Self {
        Self::coming_back(Config {
            reconnect: None,
            ..config
        })
    }

    /// A client that is idle, and comes back as the options say.
    pub fn coming_back(config: Config) -> Self {
        let version = config.protocol_version;
        Script {
            machine: Machine::new(config, 1),
            now: Instant::ORIGIN + Duration::from_secs(1000),
            version,
            decoder: Decoder::new(version, u32::MAX),
            stream: BytesMut::new(),
            wire: Vec::new(),
            over: true,
            input: BytesMut::new(),
            room: None,
            acknowledges: true,
            ack_age: None,
            written: 0,
            acked: 0,
            part: 0,
            events: Vec::new(),
            suspicions: Vec::new(),
            messages: Vec::new(),
            completed: Vec::new(),
            closes: Vec::new(),
            finishes: 0,
            opens: 0,
            opened: 0,
            provides: 0,
        }
    }

    /// A client that is connected to a broker with these properties in its CONNACK.
    pub fn connected(config: Config, properties: impl IntoIterator<Item = Property>) -> Self {
        let mut script = Script::new(config);
        script.connect();
        script.accept(false, properties);
        script
    }

    /// Asks for a connection, opens the stream, and returns what was sent.
    pub fn connect(&mut self) -> Vec<Packet> {
        self.ask(Command::Connect);
        self.open()
    }

    /// From now on the broker speaks this version.
    pub fn set_version(&mut self, version: Version) {
        self.version = version;
    }

    /// Waits until the client tries again by itself, opens the stream, and gives what was sent and
    /// how long that took.
    pub fn attempt(&mut self) -> (Duration, Vec<Packet>) {
        let since = self.now;
        while self.opens == self.opened {
            let at = self.machine.poll_deadline();
            let at = at.unwrap_or_else(|| panic!("no attempt follows: {:?}", self.events.last()));
            let at = at.max(self.now);
            self.wait(at.saturating_since(self.now));
        }
        (self.now.saturating_since(since), self.open())
    }

    /// It tries again by itself, and is accepted; what was sent after that.
    pub fn come_back(
        &mut self,
        session_present: bool,
        properties: impl IntoIterator<Item = Property>,
    ) -> Vec<Packet> {
        self.attempt();
        self.accept(session_present, properties)
    }

    /// CONNACK refuses.
    pub fn refuse(&mut self, reason_code: ReasonCode) {
        self.receive([Packet::ConnAck(ConnAck::new(false, reason_code))]);
    }

    /// Whether the system has the connection's local address.
    pub fn local_address(&mut self, present: bool) {
        self.machine.handle_local_address(self.now, present);
        self.drain();
    }

    /// The stream cannot be opened.
    pub fn fail_open(&mut self, error: TransportError) {
        self.machine.handle_open_failed(self.now, Stage::Tcp, error);
        self.drain();
    }

    /// The stream that was to be opened is one beside that which there is: nobody waits for it.
    pub fn opens_beside(&mut self) {
        self.opened = self.opens;
    }

    /// The stream is open; what was sent.
    pub fn open(&mut self) -> Vec<Packet> {
        self.opened = self.opens;
        self.over = false;
        self.stream.clear();
        self.input.clear();
        self.written = 0;
        self.acked = 0;
        self.part = 0;
        self.decoder = Decoder::new(self.version, u32::MAX);
        self.machine.handle_open(self.now, true);
        self.sent()
    }

    /// CONNACK comes; what was sent.
    pub fn accept(
        &mut self,
        session_present: bool,
        properties: impl IntoIterator<Item = Property>,
    ) -> Vec<Packet> {
        self.receive([Packet::ConnAck(ConnAck {
            session_present,
            reason_code: ReasonCode::Success,
            properties: properties.into_iter().collect(),
        })])
    }

    /// The application asks for something.
    pub fn ask(&mut self, command: Command<u64>) {
        self.machine.handle_command(self.now, command);
        self.drain();
    }

    /// The application publishes a message with this number in its payload, and marks it so.
    pub fn publish(&mut self, number: u64, qos: QoS) {
        self.publish_message(number, message(number, qos));
    }

    /// The application publishes this, and marks it with the number.
    pub fn publish_message(&mut self, number: u64, message: Message) {
        self.ask(publish(number, message, self.version));
    }

    /// The application has taken the oldest messages of this connection.
    pub fn release(&mut self, acknowledgements: u32, bytes: usize) {
        self.ask(Command::Release {
            connection_number: self.machine.connection_number(),
            acknowledgements,
            bytes,
        });
    }

    /// Packets come; what was sent.
    pub fn receive(&mut self, packets: impl IntoIterator<Item = Packet>) -> Vec<Packet> {
        let mut bytes = BytesMut::new();
        for packet in packets {
            let encoded = packet.encode(self.version, &mut bytes);
            assert!(encoded.is_ok(), "{packet:?}: {encoded:?}");
        }
        self.receive_bytes(&bytes)
    }

    /// Bytes come; what was sent.
    pub fn receive_bytes(&mut self, bytes: &[u8]) -> Vec<Packet> {
        self.input.extend_from_slice(bytes);
        self.handle_input();
        self.look_and_judge(false);
        self.sent()
    }

    /// Packets are read, and the wake-up goes on.
    pub fn input(&mut self, packets: impl IntoIterator<Item = Packet>) {
        for packet in packets {
            let encoded = packet.encode(self.version, &mut self.input);
            assert!(encoded.is_ok(), "{packet:?}: {encoded:?}");
        }
        self.handle_input();
    }

    fn handle_input(&mut self) {
        let mut budget = usize::MAX;
        self.machine.handle_evidence(self.now);
        self.machine
            .handle_input(self.now, &mut self.input, &mut budget);
    }

    /// A part of a record comes that is not whole (rule L3).
    pub fn receive_part(&mut self) {
        self.machine.handle_unfinished(self.now);
        self.look_and_judge(false);
    }

    /// The record is whole, and holds nothing for the machine.
    pub fn receive_nothing(&mut self) {
        self.machine.handle_void();
        self.look_and_judge(false);
    }

    /// The peer's TCP acknowledges this much more of a record, which is not whole yet.
    pub fn acknowledge_part(&mut self, bytes: u64) {
        self.part += bytes;
        self.look_and_judge(false);
    }

    /// The system slept until now; the rest of the first wake-up after that, up to writing.
    pub fn resume(&mut self) {
        self.look_and_judge(true);
    }

    /// The peer's TCP acknowledges everything, and the client looks.
    pub fn acknowledge(&mut self) {
        self.acked = self.written;
        self.look_and_judge(false);
    }

    /// The connection is lost.
    pub fn lose(&mut self) {
        self.machine.handle_eof(self.now);
        self.drain();
    }

    /// The system ends the connection.
    pub fn fail(&mut self) {
        self.fail_with(TransportError::new("connection reset"));
    }

    /// It does so with this error.
    pub fn fail_with(&mut self, error: TransportError) {
        self.machine.handle_transport_error(self.now, error);
        self.drain();
    }

    /// Time goes on, from deadline to deadline; what was sent.
    pub fn wait(&mut self, duration: Duration) -> Vec<Packet> {
        let end = self.now + duration;
        let mut packets = Vec::new();
        let mut wakes = 0;
        while let Some(at) = self.machine.poll_deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.look_and_judge(false);
            packets.append(&mut self.sent());
            wakes += 1;
            assert!(wakes < 1_000_000, "time stands still at {:?}", self.now);
        }
        self.now = end;
        packets
    }

    fn look_and_judge(&mut self, suspended: bool) {
        if self.machine.wants_progress(self.now) {
            let progress = Progress {
                acked: self.acked,
                reached: self.acked + self.part,
                last_ack_age: self.ack_age,
                ..Progress::default()
            };
            self.machine.handle_progress(self.now, progress);
        }
        self.machine.handle_timeout(self.now, suspended);
        self.drain();
    }

    /// What was sent since the last call, as one wake-up would write it.
    pub fn sent(&mut self) -> Vec<Packet> {
        loop {
            self.machine.prepare_transmit(self.now);
            let (head, tail) = self.machine.transmit();
            let room = self.room.unwrap_or(usize::MAX);
            let bytes = [head, tail].concat();
            let count = bytes.len().min(room);
            if count == 0 {
                break;
            }
            self.stream.extend_from_slice(&bytes[..count]);
            if !self.over {
                self.wire.extend_from_slice(&bytes[..count]);
            }
            self.room = self.room.map(|room| room - count);
            self.written += count as u64;
            if self.acknowledges {
                self.acked = self.written;
            }
            self.machine.handle_written(self.now, count);
            self.drain();
        }
        let mut packets = Vec::new();
        while let Some(packet) = self.decode() {
            packets.push(packet);
        }
        packets
    }

    fn decode(&mut self) -> Option<Packet> {
        match self.decoder.decode(&mut self.stream) {
            Ok(packet) => packet,
            Err(error) => panic!("the client sent what no client may: {error}"),
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.machine.poll_output() {
            match output {
                Output::Released(_) | Output::CheckLocalAddress => {}
                Output::Finish => self.finishes += 1,
                Output::Event(event) => match event.kind {
                    kind @ (EventKind::Suspect(_) | EventKind::Alive(_)) => {
                        self.suspicions.push(kind);
                    }
                    kind => self.events.push(kind),
                },
                Output::Delivered(items) => self.delivered(items),
                Output::DropStandby | Output::Refer { .. } | Output::Authenticate(_) => {}
                Output::Provide => self.provides += 1,
                Output::Open => self.opens += 1,
                Output::Close { graceful } => {
                    if graceful {
                        let (farewell, _) = self.machine.transmit();
                        self.stream.extend_from_slice(farewell);
                        self.wire.extend_from_slice(farewell);
                    }
                    self.over = true;
                    self.closes.push(graceful);
                }
            }
        }
    }

    fn delivered(&mut self, items: Vec<Delivered<u64>>) {
        for delivered in items {
            match delivered {
                Delivered::Connection(_) | Delivered::SubscribedAgain(_) => {}
                Delivered::SubscriptionsLost { .. } => {}
                Delivered::Message(message) => self.messages.push(message),
                Delivered::Completed { token, outcome } => self.completed.push((token, outcome)),
            }
        }
    }

    /// Bytes that came and were not taken.
    pub fn untaken(&self) -> usize {
        self.input.len()
    }

    /// The causes of all disconnects so far.
    pub fn causes(&self) -> Vec<DisconnectCause> {
        self.events
            .iter()
            .filter_map(|event| match event {
                EventKind::Disconnected(disconnected) => Some(disconnected.cause.clone()),
                _ => None,
            })
            .collect()
    }

    /// The errors of all attempts that failed so far.
    pub fn failures(&self) -> Vec<ConnectError> {
        self.events
            .iter()
            .filter_map(|event| match event {
                EventKind::ConnectFailed(error) => Some((**error).clone()),
                _ => None,
            })
            .collect()
    }
}

/// A message with this number in its payload.
pub fn message(number: u64, qos: QoS) -> Message {
    let topic = TopicName::try_from("t");
    Message {
        topic: topic.unwrap_or_else(|_| unreachable!("a valid topic")),
        payload: numbered(number, 8),
        qos,
        retain: false,
        dup: false,
        properties: Properties::new(),
    }
}

/// The command that publishes this, and marks it with the number.
pub fn publish(number: u64, message: Message, version: Version) -> Command<u64> {
    match Publish::measure(&message, version) {
        Ok(len) => Command::Publish {
            message,
            len,
            terms: None,
            token: Some(number),
        },
        Err(error) => panic!("no message that can be published: {error}"),
    }
}

/// A SUBSCRIBE to one filter, with this mark.
pub fn subscribe(token: u64) -> Command<u64> {
    let filter = TopicFilter::try_from("f").unwrap_or_else(|_| unreachable!("a valid filter"));
    Command::Subscribe {
        subscriptions: vec![Subscription::new(filter, QoS::AtMostOnce)],
        properties: Properties::new(),
        token: Some(token),
    }
}

/// A PUBLISH of the broker with this identifier, where its QoS has one, and number.
pub fn from_broker(qos: QoS, n: u16, dup: bool) -> Packet {
    Packet::Publish(Publish {
        dup,
        qos,
        retain: false,
        topic: TopicName::try_from("d").ok(),
        packet_id: NonZeroU16::new(n).filter(|_| qos > QoS::AtMostOnce),
        payload: numbered(u64::from(n), 8),
        properties: Properties::new(),
    })
}
