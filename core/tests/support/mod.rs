//! A handler that notes everything, for tests that wait for what they expect.

#![allow(dead_code, unreachable_pub, reason = "each test program uses a part")]

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use mqttka_core::client::{
    Client, Completion, Error, Event, EventKind, Handler, Message, Options, Outcome, QoS,
    TopicFilter, TopicName, Version,
};

/// How long any wait may take before the test fails: a net against hanging, no measurement.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for what has no event of its own.
///
/// # Panics
/// Where it does not come about within [`PATIENCE`].
#[allow(clippy::disallowed_methods, reason = "a net against hanging")]
pub fn until(mut it_is: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !it_is() {
        assert!(start.elapsed() < PATIENCE, "it does not come about");
        std::thread::yield_now();
    }
}

/// What the application heard.
#[derive(Debug)]
pub enum Heard {
    Event(Event),
    Message(Message, u64),
    Outcome(Outcome),
    Terminated,
}

/// One channel per lane: what the lanes deliver has no order between them.
pub struct Recorder {
    lifecycle: Sender<Heard>,
    messages: Sender<Heard>,
}

impl Handler for Recorder {
    fn on_event(&self, event: &Event) {
        let _ = self.lifecycle.send(Heard::Event(event.clone()));
    }
    fn on_message(&self, message: Message, connection_number: u64) {
        let _ = self
            .messages
            .send(Heard::Message(message, connection_number));
    }
    fn on_terminated(&self) {
        let _ = self.lifecycle.send(Heard::Terminated);
    }
}

pub struct App {
    pub client: Client,
    lifecycle: Receiver<Heard>,
    messages: Receiver<Heard>,
    sender: Sender<Heard>,
}

/// Of a client that does not come back by itself.
pub fn options(port: u16, version: Version) -> Options {
    let mut options = reconnecting(port, version);
    options.config.reconnect = None;
    options
}

/// Of a client that comes back by itself, as it does where nothing is said.
pub fn reconnecting(port: u16, version: Version) -> Options {
    let mut options = Options::new("127.0.0.1");
    options.servers[0].port = Some(port);
    options.config.protocol_version = version;
    options
}

impl App {
    pub fn new(options: Options) -> Self {
        let (lifecycle_sender, lifecycle) = channel();
        let (sender, messages) = channel();
        let recorder = Recorder {
            lifecycle: lifecycle_sender,
            messages: sender.clone(),
        };
        let client = Client::new(options, recorder).expect("a client");
        App {
            client,
            lifecycle,
            messages,
            sender,
        }
    }

    /// What comes next on the message lane.
    pub fn next_message_lane(&self) -> Heard {
        self.messages
            .recv_timeout(PATIENCE)
            .expect("something on the message lane")
    }

    /// The next event; a suspicion and its end are none of what the tests wait for.
    pub fn event(&self) -> Event {
        loop {
            match self.lifecycle.recv_timeout(PATIENCE) {
                Ok(Heard::Event(Event {
                    kind: EventKind::Suspect(_) | EventKind::Alive(_),
                    ..
                })) => {}
                Ok(Heard::Event(event)) => return event,
                other => panic!("an event expected, not {other:?}"),
            }
        }
    }

    pub fn connected(&self) -> Event {
        let event = self.event();
        assert!(matches!(event.kind, EventKind::Connected(_)), "{event:?}");
        event
    }

    pub fn message(&self) -> Message {
        match self.next_message_lane() {
            Heard::Message(message, _) => message,
            other => panic!("a message expected, not {other:?}"),
        }
    }

    pub fn outcome(&self) -> Outcome {
        match self.next_message_lane() {
            Heard::Outcome(outcome) => outcome,
            other => panic!("an outcome expected, not {other:?}"),
        }
    }

    pub fn completion(&self) -> Completion {
        let sender = self.sender.clone();
        Completion::call(move |outcome| {
            let _ = sender.send(Heard::Outcome(outcome.clone()));
        })
    }

    pub fn publish(&self, topic: &str, payload: &[u8], qos: QoS) -> Result<(), Error> {
        let message = Message::new(TopicName::try_from(topic)?, payload.to_vec()).with_qos(qos);
        self.client.publish(message, self.completion())
    }

    pub fn subscribe(&self, filter: &str, qos: QoS) -> Result<(), Error> {
        self.client.subscribe(
            vec![mqttka_core::client::Subscription::new(
                TopicFilter::try_from(filter)?,
                qos,
            )],
            Default::default(),
            self.completion(),
        )
    }

    /// Closes, and hears everything to the end: first the lifecycle lane, then the message lane.
    pub fn close(self) -> Vec<Heard> {
        self.client.close();
        let mut all = Vec::new();
        loop {
            match self.lifecycle.recv_timeout(PATIENCE) {
                Ok(Heard::Terminated) => break,
                Ok(other) => all.push(other),
                Err(error) => panic!("the last call did not come: {error}"),
            }
        }
        let App {
            client,
            lifecycle,
            messages,
            sender,
        } = self;
        drop((client, sender));
        // The handler is dropped after its last call, and with it the senders.
        match lifecycle.recv_timeout(PATIENCE) {
            Err(RecvTimeoutError::Disconnected) => {}
            other => panic!("after the last call: {other:?}"),
        }
        loop {
            match messages.recv_timeout(PATIENCE) {
                Ok(heard) => all.push(heard),
                Err(RecvTimeoutError::Disconnected) => return all,
                Err(error) => panic!("the handler was not dropped: {error}"),
            }
        }
    }
}
