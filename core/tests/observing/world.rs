use std::sync::{Arc, Mutex};
use std::time::Duration;

use mqttka_core::client::hosted::{self, Action, Carrier, Hosted};
use mqttka_core::client::{Client, Event, EventKind, FlightRecord, Handler, Message, Options, QoS};
use mqttka_core::client::{State, TopicName};
use mqttka_core::types::Instant;

#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<Event>>>);

impl Handler for Heard {
    fn on_event(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }

    fn on_message(&self, _: Message, _: u64) {}
}

/// The host, its one client, and the broker.
pub(crate) struct World {
    pub(crate) client: Client,
    pub(crate) hosted: Hosted,
    heard: Heard,
    pub(crate) now: Instant,
    /// The newest stream, and what the client wrote to it.
    pub(crate) stream: u64,
    pub(crate) written: Vec<u8>,
    deadline: Option<Instant>,
}

pub(crate) const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(crate) fn world(change: impl FnOnce(&mut Options)) -> World {
    let mut options = Options::from_uri("mqtt://broker.example").unwrap();
    options.config.keep_alive = 5;
    options.config.reconnect = None;
    change(&mut options);
    let heard = Heard::default();
    let carrier = Carrier::Socket;
    let (client, hosted) = hosted::open(options, heard.clone(), false, carrier, 7, || {}).unwrap();
    World {
        client,
        hosted,
        heard,
        now: hosted::now(),
        stream: 0,
        written: Vec::new(),
        deadline: None,
    }
}

impl World {
    /// Turns until nothing is due.
    pub(crate) fn run(&mut self) {
        for _ in 0..1000 {
            let turn = self.hosted.turn(self.now, false);
            let mut wrote = false;
            while let Some(action) = self.hosted.poll_action() {
                match action {
                    Action::Write { stream, bytes } => {
                        self.written.extend_from_slice(&bytes);
                        self.hosted.handle_buffered(self.now, stream, 0);
                        wrote = true;
                    }
                    Action::Open { stream, .. } => {
                        self.stream = stream;
                        self.written.clear();
                    }
                    _ => {}
                }
            }
            self.deadline = turn.deadline;
            let due = turn.deadline.is_some_and(|at| at <= self.now);
            if !turn.more && !due && !wrote {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    /// Time goes on, and the client has its turns.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            self.run();
            match self.deadline.filter(|at| *at <= end) {
                Some(at) => self.now = at.max(self.now),
                None => break,
            }
        }
        self.now = end;
        self.run();
    }

    pub(crate) fn say(&mut self, bytes: &[u8]) {
        self.hosted.handle_received(self.stream, bytes.to_vec());
        self.run();
    }

    pub(crate) fn open(&mut self) {
        self.client.connect().unwrap();
        self.run();
        self.accept_stream();
    }

    pub(crate) fn accept_stream(&mut self) {
        self.hosted.handle_opened(self.now, self.stream, None);
        self.run();
    }

    pub(crate) fn connect(&mut self) {
        self.open();
        self.say(&[0x20, 3, 0, 0, 0]);
        assert_eq!(self.client.status().state, State::Connected);
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        std::mem::take(&mut *self.heard.0.lock().unwrap())
    }

    /// The flight record of the one end that there was.
    pub(crate) fn record(&self) -> Arc<FlightRecord> {
        let events = self.events();
        let ends = events.iter().filter(|event| {
            let end = matches!(
                event.kind,
                EventKind::Disconnected(_) | EventKind::ConnectFailed(_)
            );
            assert_eq!(end, event.record.is_some(), "{event}");
            end
        });
        let mut records = ends.map(|event| event.record.clone().unwrap());
        let record = records.next().expect("an end");
        assert_eq!(records.next(), None, "more than one end");
        record
    }
}

pub(crate) fn message(topic: &str, payload: &'static str, qos: QoS) -> Message {
    Message::new(TopicName::try_from(topic).unwrap(), payload).with_qos(qos)
}
