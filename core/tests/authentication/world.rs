//! A host-driven client with an authenticator, and the broker, packet by packet, in virtual time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use mqttka_core::client::hosted::{self, Action, Carrier, Hosted};
use mqttka_core::client::{
    AuthenticationRequest, AuthenticationStep, Authenticator, Client, Completion, Event, EventKind,
    Handler, Message, Options, Outcome, Properties, Property, PropertyId, ReasonCode, Version,
};
use mqttka_core::codec::{Auth, ConnAck, Decoder, Packet};
use mqttka_core::types::Instant;

pub(crate) const METHOD: &str = "TEST";

/// Hands its requests on, or answers at once.
pub(crate) struct HandsOn(Mutex<Box<dyn FnMut(AuthenticationRequest) + Send>>);

impl Authenticator for HandsOn {
    fn method(&self) -> &str {
        METHOD
    }
    fn authenticate(&self, request: AuthenticationRequest) {
        (self.0.lock().unwrap())(request);
    }
}

pub(crate) fn calls(f: impl FnMut(AuthenticationRequest) + Send + 'static) -> HandsOn {
    HandsOn(Mutex::new(Box::new(f)))
}

#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn push(&self, text: String) {
        self.0.lock().unwrap().push(text);
    }
}

impl Handler for Heard {
    fn on_event(&self, event: &Event) {
        self.push(match &event.kind {
            EventKind::Suspect(_) | EventKind::Alive(_) => return,
            EventKind::Connected(_) => "connected".to_owned(),
            EventKind::Disconnected(end) => end.cause.to_string(),
            EventKind::ConnectFailed(error) => error.to_string(),
            EventKind::Reconnecting(_) => "reconnecting".to_owned(),
            EventKind::ReconnectStopped(stopped) => format!("stopped: {}", stopped.reason.name()),
            other => format!("{other:?}"),
        });
    }
    fn on_message(&self, message: Message, _: u64) {
        self.push(String::from_utf8_lossy(&message.payload).into_owned());
    }
}

pub(crate) struct World {
    pub(crate) client: Client,
    hosted: Hosted,
    heard: Heard,
    pub(crate) now: Instant,
    stream: u64,
    pub(crate) written: BytesMut,
    deadline: Option<Instant>,
    woken: Arc<AtomicBool>,
}

/// A client, and what its authenticator is asked.
pub(crate) fn asked(change: impl FnOnce(&mut Options)) -> (World, Receiver<AuthenticationRequest>) {
    let (told, requests) = channel();
    let authenticator = calls(move |request| {
        let _ = told.send(request);
    });
    (world(authenticator, change), requests)
}

pub(crate) fn world(authenticator: impl Authenticator, change: impl FnOnce(&mut Options)) -> World {
    let mut options = Options::from_uri("mqtt://broker.example").unwrap();
    options.config.keep_alive = 10;
    options.config.reconnect = None;
    options.authenticator = Some(Arc::new(authenticator));
    change(&mut options);
    let heard = Heard::default();
    let woken = Arc::<AtomicBool>::default();
    let wakes = Arc::clone(&woken);
    let wake = move || wakes.store(true, Ordering::Relaxed);
    let (client, hosted) =
        hosted::open(options, heard.clone(), false, Carrier::Socket, 7, wake).unwrap();
    World {
        client,
        hosted,
        heard,
        now: hosted::now(),
        stream: 0,
        written: BytesMut::new(),
        deadline: None,
        woken,
    }
}

impl World {
    pub(crate) fn run(&mut self) {
        for _ in 0..1000 {
            let turn = self.hosted.turn(self.now, false);
            let mut acted = self.woken.swap(false, Ordering::Relaxed);
            while let Some(action) = self.hosted.poll_action() {
                match action {
                    Action::Write { stream, bytes } => {
                        self.written.extend_from_slice(&bytes);
                        self.hosted.handle_buffered(self.now, stream, 0);
                    }
                    Action::Open { stream, .. } => {
                        self.stream = stream;
                        self.written.clear();
                        self.hosted.handle_opened(self.now, stream, None);
                        acted = true;
                    }
                    _ => {}
                }
            }
            self.deadline = turn.deadline;
            let due = turn.deadline.is_some_and(|at| at <= self.now);
            if !turn.more && !due && !acted {
                return;
            }
        }
        panic!("it never comes to rest");
    }

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

    pub(crate) fn say(&mut self, bytes: impl Into<Bytes>) {
        self.hosted.handle_received(self.stream, bytes);
        self.run();
    }

    pub(crate) fn ends(&mut self) {
        self.hosted.handle_end(self.stream);
        self.run();
    }

    pub(crate) fn connect(&mut self) {
        self.client.connect().unwrap();
        self.run();
    }

    pub(crate) fn heard(&self) -> Vec<String> {
        std::mem::take(&mut *self.heard.0.lock().unwrap())
    }

    /// The one packet that the client wrote since the last time.
    pub(crate) fn packet(&mut self) -> Packet {
        let mut decoder = Decoder::new(Version::V5, u32::MAX);
        let packet = decoder.decode(&mut self.written).unwrap();
        assert!(self.written.is_empty(), "more than one");
        packet.expect("a packet")
    }

    /// The data of the CONNECT that the client wrote, with the method.
    pub(crate) fn connect_data(&mut self) -> Option<Bytes> {
        match self.packet() {
            Packet::Connect(connect) => data(&connect.properties),
            other => panic!("{other:?}"),
        }
    }

    /// Reason code and data of the AUTH that the client wrote, with the method.
    pub(crate) fn auth_data(&mut self) -> (ReasonCode, Option<Bytes>) {
        match self.packet() {
            Packet::Auth(auth) => (auth.reason_code, data(&auth.properties)),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn reauthenticate(&mut self) -> Arc<Mutex<Vec<Outcome>>> {
        let outcomes = Arc::<Mutex<Vec<Outcome>>>::default();
        let told = Arc::clone(&outcomes);
        let completion = Completion::call(move |it| told.lock().unwrap().push(it.clone()));
        self.client.reauthenticate(completion).unwrap();
        self.run();
        outcomes
    }
}

fn data(properties: &Properties) -> Option<Bytes> {
    let method = properties.get_text(PropertyId::AuthenticationMethod);
    assert_eq!(method.map(|it| it.as_str()), Some(METHOD));
    properties
        .get_binary(PropertyId::AuthenticationData)
        .cloned()
}

/// What an AUTH or CONNACK has.
pub(crate) fn properties(method: &str, data: Option<&[u8]>) -> Properties {
    let mut properties = Properties::new();
    if !method.is_empty() {
        properties.push(Property::AuthenticationMethod(method.try_into().unwrap()));
    }
    if let Some(data) = data {
        properties.push(Property::AuthenticationData(Bytes::copy_from_slice(data)));
    }
    properties
}

pub(crate) fn encoded(packet: &Packet) -> Bytes {
    let mut out = BytesMut::new();
    packet.encode(Version::V5, &mut out).unwrap();
    out.freeze()
}

pub(crate) fn auth(reason_code: ReasonCode, method: &str, data: Option<&[u8]>) -> Bytes {
    encoded(&Packet::Auth(Auth {
        reason_code,
        properties: properties(method, data),
    }))
}

pub(crate) fn connack(method: &str, data: Option<&[u8]>) -> Bytes {
    encoded(&Packet::ConnAck(ConnAck {
        session_present: false,
        reason_code: ReasonCode::Success,
        properties: properties(method, data),
    }))
}

pub(crate) const START: AuthenticationStep = AuthenticationStep::Start {
    reauthenticate: false,
};

pub(crate) const AGAIN: AuthenticationStep = AuthenticationStep::Start {
    reauthenticate: true,
};

pub(crate) fn going_on(data: &'static str) -> AuthenticationStep {
    AuthenticationStep::Continue {
        data: Some(data.into()),
    }
}

pub(crate) fn finish(data: &'static str) -> AuthenticationStep {
    AuthenticationStep::Finish {
        data: Some(data.into()),
    }
}

pub(crate) fn next(
    requests: &Receiver<AuthenticationRequest>,
    step: &AuthenticationStep,
) -> AuthenticationRequest {
    let request = requests.try_recv().expect("a question");
    assert_eq!(&request.step, step);
    assert_eq!(format!("{:?}", request.step), format!("{step:?}"));
    request
}
