//! Sequences of a hostile broker against mqttka, in virtual time: what is legal is taken, what is not ends
//! the connection with an error that names it, once, and every operation has its outcome.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mqttka_core::client::hosted::{self, Action, Carrier, Hosted};
use mqttka_core::client::{
    Client, Completion, Event, EventKind, Handler, Message, Options, QoS, State, Subscription,
    Text, Tolerate, TopicFilter, TopicName, Version,
};
use mqttka_core::types::Instant;
use mqttka_hostile::{Broker, Fault, Phase, Should, all};

#[derive(Default)]
struct Heard {
    /// What ended a connection or an attempt: its name and its text.
    ends: Vec<(&'static str, String)>,
    connected: usize,
    messages: usize,
    outcomes: usize,
    terminated: usize,
}

#[derive(Clone, Default)]
struct Ears(Arc<Mutex<Heard>>);

impl Handler for Ears {
    fn on_event(&self, event: &Event) {
        let mut heard = self.0.lock().unwrap();
        match &event.kind {
            EventKind::Connected(_) => heard.connected += 1,
            EventKind::Disconnected(end) => {
                heard.ends.push((end.cause.name(), end.cause.to_string()));
            }
            EventKind::ConnectFailed(error) => heard.ends.push((error.name(), error.to_string())),
            _ => {}
        }
    }

    fn on_message(&self, _: Message, _: u64) {
        self.0.lock().unwrap().messages += 1;
    }

    fn on_terminated(&self) {
        self.0.lock().unwrap().terminated += 1;
    }
}

struct World {
    client: Client,
    hosted: Hosted,
    woken: Arc<AtomicBool>,
    ears: Ears,
    broker: Broker,
    now: Instant,
    stream: u64,
    over: bool,
    operations: usize,
}

fn world(version: Version, seed: u64) -> World {
    let mut options = Options::from_uri("ws://broker.example/mqtt").unwrap();
    options.config.protocol_version = version;
    options.config.client_id = Text::try_from("c").unwrap();
    options.config.reconnect = None;
    options.config.receive_maximum = 4;
    if seed.is_multiple_of(2) {
        // Else as options are by default.
        options.config.tolerate = Tolerate::NONE;
    }
    options.config.maximum_packet_size = Some(4096);
    let ears = Ears::default();
    let woken = Arc::<AtomicBool>::default();
    let wakes = Arc::clone(&woken);
    let wake = move || wakes.store(true, Ordering::Relaxed);
    let (client, hosted) =
        hosted::open(options, ears.clone(), false, Carrier::WebSocket, seed, wake).unwrap();
    World {
        client,
        hosted,
        woken,
        ears,
        broker: Broker::new(seed),
        now: hosted::now(),
        stream: 0,
        over: false,
        operations: 0,
    }
}

impl World {
    fn run(&mut self) {
        for _ in 0..1000 {
            self.woken.store(false, Ordering::Relaxed);
            let turn = self.hosted.turn(self.now, false);
            let mut acted = false;
            while let Some(action) = self.hosted.poll_action() {
                acted = true;
                match action {
                    Action::Open { stream, .. } => {
                        self.stream = stream;
                        self.hosted.handle_opened(self.now, stream, None);
                    }
                    Action::Write { stream, bytes } => {
                        self.broker.hear(&bytes).expect("MQTT of the client's");
                        self.hosted.handle_buffered(self.now, stream, 0);
                    }
                    Action::Finish { stream } => self.hosted.handle_end(stream),
                    Action::Close { .. } | Action::Abort { .. } => self.over = true,
                }
            }
            let due = turn.deadline.is_some_and(|at| at <= self.now);
            if !turn.more && !due && !acted && !self.woken.load(Ordering::Relaxed) {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    /// In pieces, as chance has it.
    fn say(&mut self, bytes: &[u8]) {
        let piece = self.broker.rng.choice(&[usize::MAX, usize::MAX, 1, 3, 50]);
        for piece in bytes.chunks(piece.min(bytes.len().max(1))) {
            if !self.over {
                self.hosted.handle_received(self.stream, piece.to_vec());
                self.run();
            }
        }
    }

    fn completion(&mut self) -> Completion {
        self.operations += 1;
        let ears = self.ears.clone();
        Completion::call(move |_| ears.0.lock().unwrap().outcomes += 1)
    }

    fn publish(&mut self, qos: QoS) {
        let topic = TopicName::try_from("up").unwrap();
        let completion = self.completion();
        let message = Message::new(topic, "m").with_qos(qos);
        self.client.publish(message, completion).unwrap();
        self.run();
    }

    fn subscribe(&mut self) {
        let filters = ["a/#", "b"];
        let wanted = filters.map(|filter| {
            Subscription::new(TopicFilter::try_from(filter).unwrap(), QoS::ExactlyOnce)
        });
        let completion = self.completion();
        let properties = Default::default();
        self.client
            .subscribe(wanted.to_vec(), properties, completion)
            .unwrap();
        self.run();
    }

    /// What applications do, and what brokers may.
    fn live(&mut self, steps: usize) {
        for _ in 0..steps {
            match self.broker.rng.below(12) {
                0 => self.publish(QoS::AtLeastOnce),
                1 => self.publish(QoS::ExactlyOnce),
                2 => self.subscribe(),
                3 => {
                    self.now += Duration::from_secs(3);
                    self.run();
                }
                _ => {
                    let legal = self.broker.legal();
                    self.say(&legal);
                }
            }
        }
    }

    /// The connection works: a QoS 1 message of the broker's is acknowledged.
    fn check_alive(&mut self, what: &str) {
        assert_eq!(
            self.client.status().state,
            State::Connected,
            "{what}: {:?}",
            self.heard().ends
        );
        while self.broker.sent.len() >= usize::from(self.broker.receive_maximum) {
            let legal = self.broker.legal();
            self.say(&legal);
        }
        let (before, taken) = (self.broker.acknowledged, self.heard().messages);
        let message = self.broker.message(1);
        self.say(&message);
        assert_eq!(self.broker.acknowledged, before + 1, "{what}: no PUBACK");
        assert_eq!(self.heard().messages, taken + 1, "{what}: nobody got it");
    }

    fn heard(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.ears.0.lock().unwrap()
    }

    /// Nothing is left behind.
    fn close(mut self, what: &str) {
        self.client.close();
        for _ in 0..4 {
            self.run();
            self.now += Duration::from_secs(1);
        }
        self.run();
        assert!(self.hosted.is_closed(), "{what}: it does not close");
        let heard = self.ears.0.lock().unwrap();
        assert_eq!(heard.outcomes, self.operations, "{what}: outcomes");
        assert_eq!(heard.terminated, 1, "{what}");
        assert_eq!(heard.ends.len(), 1, "{what}: {:?}", heard.ends);
    }
}

/// Legal up to the fault. `None`: the fault was not possible there. Else what the client said of it.
fn sequence(fault: &Fault, version: Version, seed: u64) -> Option<String> {
    let what = format!("{fault:?}, {version:?}, seed {seed}");
    let mut world = world(version, seed);
    world.client.connect().unwrap();
    world.run();
    assert!(world.broker.connected, "{what}: no CONNECT");
    let was_connected = fault.phase == Phase::Connected;
    if was_connected {
        let connack = world.broker.accepts();
        world.say(&connack);
        world.publish(QoS::AtLeastOnce);
        world.publish(QoS::ExactlyOnce);
        world.subscribe();
        let steps = world.broker.rng.below(30);
        world.live(steps);
        world.check_alive(&what);
    }
    let Some(bytes) = (fault.make)(&mut world.broker) else {
        world.close(&what);
        return None;
    };
    world.say(&bytes);
    let goes_on = match fault.should {
        Should::GoOn => true,
        Should::Refuse(_) => false,
        Should::Tolerate(_) => !seed.is_multiple_of(2),
    };
    if goes_on {
        world.check_alive(&what);
        world.live(5);
        world.check_alive(&what);
        world.close(&what);
        return Some("goes on".to_owned());
    }
    // What a broker says behind it is nobody's.
    let legal = world.broker.legal();
    world.say(&legal);
    let (name, text) = match &world.heard().ends[..] {
        [(name, text)] => (*name, text.clone()),
        other => panic!("{what}: {} events {other:?}", other.len()),
    };
    assert!(world.over, "{what}: the stream stays open");
    assert_eq!(
        world.heard().connected,
        usize::from(was_connected),
        "{what}"
    );
    assert_eq!(name, "protocol", "{what}: {text}");
    let (Should::Refuse(words) | Should::Tolerate(words)) = fault.should else {
        unreachable!()
    };
    assert!(text.contains(words), "{what}: {words:?} is not in {text:?}");
    if was_connected && version == Version::V5 {
        let code = world.broker.left.unwrap_or_default();
        assert!(code >= 0x80, "{what}: DISCONNECT with {code:#x}");
    }
    world.close(&what);
    Some(text)
}

fn run(phase: Phase, seeds: std::ops::Range<u64>) -> usize {
    let mut count = 0;
    for fault in all().filter(|fault| fault.phase == phase) {
        let versions = [
            (fault.versions.0, Version::V311),
            (fault.versions.1, Version::V5),
        ];
        for (_, version) in versions.into_iter().filter(|(possible, _)| *possible) {
            let mut met = None;
            for seed in seeds.clone() {
                met = sequence(fault, version, seed).or(met);
                count += 1;
            }
            let met = met.unwrap_or_else(|| panic!("{fault:?} in {version:?}: never possible"));
            println!("{version:?} {fault:?}: {met}");
        }
    }
    count
}

#[test]
fn what_comes_in_place_of_connack() {
    println!("{} sequences", run(Phase::Handshake, 0..20));
}

#[test]
fn what_comes_when_connected() {
    println!("{} sequences", run(Phase::Connected, 0..40));
}

/// Without a fault nothing ends.
#[test]
fn what_is_legal_is_taken() {
    for version in [Version::V311, Version::V5] {
        for seed in 0..100 {
            let mut world = world(version, seed);
            world.client.connect().unwrap();
            world.run();
            let connack = world.broker.accepts();
            world.say(&connack);
            world.live(150);
            world.check_alive("legal");
            world.close("legal");
        }
    }
}
