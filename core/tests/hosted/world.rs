//! The host, its one client, and the broker: this test is all of what is outside the client.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::BytesMut;
use mqttka_core::client::hosted::{self, Action, Carrier, Hosted};
use mqttka_core::client::{
    Client, Error, Event, EventKind, Handler, Message, Options, State, Version,
};
use mqttka_core::codec::{Decoder, Packet};
use mqttka_core::types::Instant;

#[derive(Clone, Default)]
pub(crate) struct Heard {
    pub(crate) events: Arc<Mutex<Vec<String>>>,
    pub(crate) messages: Arc<Mutex<Vec<String>>>,
}

impl Handler for Heard {
    fn on_event(&self, event: &Event) {
        let text = match &event.kind {
            EventKind::Connected(_) => "connected".to_owned(),
            EventKind::Disconnected(end) => format!("disconnected: {}", end.cause.name()),
            EventKind::ConnectFailed(error) => format!("failed: {}", error.name()),
            EventKind::Reconnecting(_) => "reconnecting".to_owned(),
            EventKind::Suspect(_) => "suspect".to_owned(),
            EventKind::Alive(_) => "alive".to_owned(),
            EventKind::ReconnectStopped(_) => "stopped".to_owned(),
            other => format!("{other:?}"),
        };
        self.events.lock().unwrap().push(text);
    }

    fn on_message(&self, message: Message, _: u64) {
        let text = String::from_utf8_lossy(&message.payload).into_owned();
        self.messages.lock().unwrap().push(text);
    }

    fn on_terminated(&self) {
        self.events.lock().unwrap().push("terminated".to_owned());
    }
}

/// The host, its one client, and the broker.
pub(crate) struct World {
    pub(crate) client: Client,
    pub(crate) hosted: Hosted,
    pub(crate) heard: Heard,
    pub(crate) wakes: Arc<AtomicUsize>,
    pub(crate) now: Instant,
    /// The newest stream, and what the client wrote to it.
    pub(crate) stream: u64,
    pub(crate) written: BytesMut,
    /// Of the last turn.
    pub(crate) deadline: Option<Instant>,
    pub(crate) actions: Vec<Action>,
}

pub(crate) fn world(uri: &str, carrier: Carrier, change: impl FnOnce(&mut Options)) -> World {
    try_world(uri, carrier, change).unwrap()
}

pub(crate) fn try_world(
    uri: &str,
    carrier: Carrier,
    change: impl FnOnce(&mut Options),
) -> Result<World, Error> {
    let mut options = Options::from_uri(uri)?;
    options.config.keep_alive = 5;
    options.config.reconnect = None;
    change(&mut options);
    let heard = Heard::default();
    let wakes = Arc::<AtomicUsize>::default();
    let woken = Arc::clone(&wakes);
    let wake = move || {
        woken.fetch_add(1, Ordering::Relaxed);
    };
    let (client, hosted) = hosted::open(options, heard.clone(), false, carrier, 7, wake)?;
    Ok(World {
        client,
        hosted,
        heard,
        wakes,
        now: hosted::now(),
        stream: 0,
        written: BytesMut::new(),
        deadline: None,
        actions: Vec::new(),
    })
}

impl World {
    /// Turns until nothing is due, and does what is asked but to open streams.
    pub(crate) fn run(&mut self) {
        for _ in 0..1000 {
            let turn = self.hosted.turn(self.now, false);
            while let Some(action) = self.hosted.poll_action() {
                match action {
                    Action::Write { stream, bytes } => {
                        assert_eq!(stream, self.stream, "written to a stream that is over");
                        self.written.extend_from_slice(&bytes);
                        self.hosted.handle_buffered(self.now, stream, 0);
                    }
                    Action::Open { stream, .. } => {
                        self.stream = stream;
                        self.written.clear();
                        self.actions.push(action);
                    }
                    other => self.actions.push(other),
                }
            }
            self.deadline = turn.deadline;
            let due = turn.deadline.is_some_and(|at| at <= self.now);
            if !turn.more && !due {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    /// Time goes on to the client's deadline, at most so far.
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

    pub(crate) fn open(&mut self) {
        self.hosted.handle_opened(self.now, self.stream, None);
        self.run();
    }

    pub(crate) fn say(&mut self, bytes: &[u8]) {
        self.hosted.handle_received(self.stream, bytes.to_vec());
        self.run();
    }

    /// The packets that the client wrote since the last time.
    pub(crate) fn packets(&mut self) -> Vec<Packet> {
        let mut decoder = Decoder::new(Version::V5, u32::MAX);
        let mut packets = Vec::new();
        while let Some(packet) = decoder.decode(&mut self.written).unwrap() {
            packets.push(packet);
        }
        packets
    }

    pub(crate) fn connect(&mut self) {
        self.client.connect().unwrap();
        self.run();
        self.accept();
    }

    pub(crate) fn accept(&mut self) {
        self.open();
        assert!(matches!(self.packets()[..], [Packet::Connect(_)]));
        self.say(&[0x20, 3, 0, 0, 0]);
        assert_eq!(self.client.status().state, State::Connected);
    }

    pub(crate) fn heard(&self) -> Vec<String> {
        std::mem::take(&mut *self.heard.events.lock().unwrap())
    }

    pub(crate) fn opened(&mut self) -> Vec<String> {
        let open = |action: Action| match action {
            Action::Open { server, .. } => Some(server.host),
            _ => None,
        };
        std::mem::take(&mut self.actions)
            .into_iter()
            .filter_map(open)
            .collect()
    }
}
