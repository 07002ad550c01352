//! Flows of packets, byte by byte, in both versions: what the client says to what it hears, and
//! nothing else. `docs/conformance.md` names these tests beside the statements that they show.

mod connecting;
mod ending;
mod publishing;
mod reasons;
mod receiving;
mod redelivery;
mod refusing;
mod requests;
mod unexpected;

use mqttka_core::codec::Publish;
use mqttka_core::error::{ConnectError, DisconnectCause, OperationError};
use mqttka_core::proto::{Command, Config, EventKind};
use mqttka_core::types::{Message, QoS, ReasonCode, TopicName, Version};
use mqttka_sim::script::Script;

const BOTH: [Version; 2] = [Version::V311, Version::V5];

/// CONNACK: accepted.
fn connack(version: Version, session_present: bool) -> Vec<u8> {
    match version {
        Version::V311 => vec![0x20, 2, u8::from(session_present), 0],
        Version::V5 => vec![0x20, 3, u8::from(session_present), 0, 0],
    }
}

/// DISCONNECT of 5.0 with this reason; 3.1.1 has none to give.
fn farewell(version: Version, reason: u8) -> Vec<u8> {
    match version {
        Version::V311 => Vec::new(),
        Version::V5 => vec![0xe0, 1, reason],
    }
}

/// Options of a client whose session outlives connections.
fn persistent(version: Version) -> Config {
    Config {
        clean_start: false,
        session_expiry_interval: 100,
        ..plain(version)
    }
}

/// Options of a client whose session does not.
fn plain(version: Version) -> Config {
    Config {
        protocol_version: version,
        client_id: "c".try_into().unwrap_or_default(),
        ..Config::default()
    }
}

/// A client, and the broker's words to it.
struct Flow {
    script: Script,
    version: Version,
}

impl Flow {
    /// A client whose CONNECT was written, and taken off the wire.
    fn connecting(config: Config) -> Flow {
        let version = config.protocol_version;
        let script = Script::new(config);
        let mut flow = Flow { script, version };
        flow.connect();
        flow
    }

    /// One that is connected.
    fn connected(config: Config) -> Flow {
        let mut flow = Flow::connecting(config);
        flow.accept(false);
        flow
    }

    /// The next connection's CONNECT.
    fn connect(&mut self) -> Vec<u8> {
        self.script.wire.clear();
        self.script.connect();
        let connect = self.take();
        assert_eq!(connect.first(), Some(&0x10), "CONNECT comes first");
        connect
    }

    /// CONNACK comes. Nothing is said that is not looked at by [`says`](Self::says).
    fn accept(&mut self, session_present: bool) {
        self.hears(&connack(self.version, session_present));
    }

    /// Another connection of the same session.
    fn come_back(&mut self, session_present: bool) {
        self.script.lose();
        self.connect();
        self.accept(session_present);
    }

    /// Bytes of the broker.
    fn hears(&mut self, bytes: &[u8]) {
        self.script.receive_bytes(bytes);
    }

    /// All that was said since the last time, which is this.
    #[track_caller]
    fn says(&mut self, bytes: impl AsRef<[u8]>) {
        let said = self.take();
        let expected = bytes.as_ref();
        assert_eq!(
            said, expected,
            "{:?}: {said:02x?}, not {expected:02x?}",
            self.version
        );
    }

    /// The broker's bytes, and the answer.
    #[track_caller]
    fn answers(&mut self, bytes: &[u8], answer: impl AsRef<[u8]>) {
        self.hears(bytes);
        self.says(answer);
    }

    /// What was said in 3.1.1, or in 5.0.
    fn either<'a>(&self, v311: &'a [u8], v5: &'a [u8]) -> &'a [u8] {
        match self.version {
            Version::V311 => v311,
            Version::V5 => v5,
        }
    }

    fn take(&mut self) -> Vec<u8> {
        self.script.sent();
        std::mem::take(&mut self.script.wire)
    }

    fn ask(&mut self, command: Command<u64>) {
        self.script.ask(command);
    }

    /// Publishes `x` to the topic `t`.
    fn publish(&mut self, token: u64, qos: QoS) {
        self.publish_message(token, message("t", "x", qos));
    }

    fn publish_message(&mut self, token: u64, message: Message) {
        let len = Publish::measure(&message, self.version).expect("a message that can be sent");
        self.ask(Command::Publish {
            message,
            len,
            terms: None,
            token: Some(token),
        });
    }

    /// The application takes messages.
    fn takes(&mut self, acknowledgements: u32) {
        self.script.release(acknowledgements, 0);
    }

    fn disconnects(&mut self, reason_code: ReasonCode) {
        self.ask(Command::Disconnect {
            reason_code,
            drain_timeout: None,
        });
    }

    /// The outcomes since the last time.
    fn outcomes(&mut self) -> Vec<(u64, Result<u8, OperationError>)> {
        std::mem::take(&mut self.script.completed)
            .into_iter()
            .map(|(token, outcome)| (token, outcome.result.map(|code| code as u8)))
            .collect()
    }

    /// The payloads of the messages that came since the last time.
    fn messages(&mut self) -> Vec<String> {
        std::mem::take(&mut self.script.messages)
            .into_iter()
            .map(|message| String::from_utf8_lossy(&message.payload).into_owned())
            .collect()
    }

    /// The one end of the one connection.
    #[track_caller]
    fn end(&self) -> DisconnectCause {
        match &self.script.causes()[..] {
            [cause] => cause.clone(),
            _ => panic!("one end expected: {:?}", self.script.events),
        }
    }

    /// It ended for what the broker did, once, and said this.
    #[track_caller]
    fn ended_saying(&mut self, reason: u8) {
        self.says(farewell(self.version, reason));
        let cause = self.end();
        assert!(matches!(cause, DisconnectCause::Protocol(_)), "{cause:?}");
        assert_eq!(self.script.closes.len(), 1);
    }

    /// The one attempt failed so, once.
    #[track_caller]
    fn failure(&self) -> ConnectError {
        match &self.script.events[..] {
            [EventKind::ConnectFailed(error)] => (**error).clone(),
            other => panic!("one failed attempt expected: {other:?}"),
        }
    }

    /// Nothing has ended.
    #[track_caller]
    fn goes_on(&self) {
        let causes = self.script.causes();
        assert!(causes.is_empty(), "{causes:?}");
        assert!(self.script.closes.is_empty());
    }
}

fn message(topic: &str, payload: &'static str, qos: QoS) -> Message {
    Message::new(TopicName::try_from(topic).expect("a topic"), payload).with_qos(qos)
}
