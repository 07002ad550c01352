//! What waits to be fetched by JavaScript: messages and plain outcomes in bytes, the rest as JSON.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use mqttka_core::client::{
    Acknowledgement, AuthenticationRequest, AuthenticationStep, Canceller, Completion,
    ConnectionProvider, ConnectionRequest, Event, Failed, Handler, Message, Outcome, QoS,
    ReceivedRequest, TappedPacket,
};

use crate::events;
use crate::json::Object;
use crate::properties;
use crate::slab::Slab;
use crate::topics::Topics;

/// The kinds of records: `src/batch.ts` reads them.
const TOPIC: u8 = 1;
const MESSAGE: u8 = 2;
const OUTCOME: u8 = 3;

/// A batch that was read is used again up to this size, so that the next needs no memory.
const KEPT: usize = 64 * 1024;

/// Payloads of this size are not copied into the batch, which says where they are.
const LARGE: usize = 1024;

/// Shared with the client's handler and completions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outbox(Arc<Mutex<Waiting>>);

/// What the application is to decide on. Dropped without a word, it comes again.
#[derive(Debug)]
pub(crate) enum Undecided {
    Acknowledgement(Acknowledgement),
    Request(ReceivedRequest),
}

#[derive(Debug, Default)]
struct Waiting {
    batch: Vec<u8>,
    /// What the batch points at.
    payloads: Vec<Bytes>,
    /// JSON objects with commas between.
    reports: String,
    topics: Topics,
    /// What the application's provider was asked; the newest counts.
    asked: Option<ConnectionRequest>,
    /// What the application's authenticator was asked; the newest counts.
    authenticating: Option<AuthenticationRequest>,
    /// The next operation can be cancelled by its number.
    cancellable: bool,
    /// By number. What was asked for first ends first, as a rule, so that it is found at once.
    cancellers: VecDeque<(u32, Canceller)>,
    /// What the application is to acknowledge or answer, by the number that it was told.
    undecided: Slab<Undecided>,
    /// Nothing follows.
    terminated: bool,
}

impl Outbox {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What has come since the last time: where it is, and its length. It stays there until
    /// [`batch_read`](Self::batch_read).
    pub(crate) fn batch(&self) -> (usize, usize) {
        let batch = &self.lock().batch;
        (batch.as_ptr() as usize, batch.len())
    }

    /// Everything of the batch was read.
    pub(crate) fn batch_read(&self) {
        let waiting = &mut *self.lock();
        waiting.payloads = Vec::new();
        if waiting.batch.capacity() > KEPT {
            waiting.batch = Vec::new();
        }
        waiting.batch.clear();
    }

    /// The same as a JSON array.
    pub(crate) fn reports(&self) -> Option<String> {
        let mut waiting = self.lock();
        let reports = std::mem::take(&mut waiting.reports);
        (!reports.is_empty()).then(|| ["[", &reports, "]"].concat())
    }

    /// A report about what has this number.
    pub(crate) fn report(&self, kind: &str, id: u32, write: impl FnOnce(&mut Object<'_>)) {
        let reports = &mut self.lock().reports;
        if !reports.is_empty() {
            reports.push(',');
        }
        let mut object = Object::new(reports);
        object.text("report", kind);
        object.number("id", id.into());
        write(&mut object);
        object.end();
    }

    /// Tells the outcome of what has this number; 0: nobody wants to know.
    pub(crate) fn completion(&self, id: u32) -> Completion {
        if id == 0 {
            return Completion::none();
        }
        let outbox = self.clone();
        let completion = Completion::call(move |outcome| outbox.outcome(id, outcome));
        match self.canceller(id) {
            Some(canceller) => completion.cancelled_by(&canceller),
            None => completion,
        }
    }

    /// What cancels the operation of this number, where it is one that can be; until
    /// [`forget`](Self::forget).
    pub(crate) fn canceller(&self, id: u32) -> Option<Canceller> {
        let waiting = &mut *self.lock();
        let cancellable = std::mem::take(&mut waiting.cancellable);
        cancellable.then(|| {
            let canceller = Canceller::new();
            waiting.cancellers.push_back((id, canceller.clone()));
            canceller
        })
    }

    /// Whether the operation that comes next can be cancelled.
    pub(crate) fn cancellable(&self, cancellable: bool) {
        self.lock().cancellable = cancellable;
    }

    /// Cancels the operation of this number, where it is still queued, or only waits.
    pub(crate) fn cancel(&self, id: u32) {
        let canceller = self.take_canceller(id);
        if let Some((_, canceller)) = canceller {
            canceller.cancel();
        }
    }

    /// The number was given to no operation.
    pub(crate) fn forget(&self, id: u32) {
        drop(self.take_canceller(id));
    }

    fn take_canceller(&self, id: u32) -> Option<(u32, Canceller)> {
        let cancellers = &mut self.lock().cancellers;
        let at = cancellers.iter().position(|(it, _)| *it == id)?;
        cancellers.remove(at)
    }

    /// What is to be decided on under this number; once.
    pub(crate) fn undecided(&self, number: u32) -> Option<Undecided> {
        self.lock().undecided.take(number)
    }

    /// It was not decided yet; it stays where it is.
    pub(crate) fn keep(&self, number: u32, undecided: Undecided) {
        self.lock().undecided.put_back(number, undecided);
    }

    /// A request for this stream, to be answered.
    pub(crate) fn request(&self, stream: u32, request: ReceivedRequest) {
        let message = request.message().clone();
        let connection_number = request.connection_number();
        let undecided = Some(Undecided::Request(request));
        self.message(stream, &message, connection_number, undecided);
    }

    /// How a request ended.
    pub(crate) fn answer(&self, id: u32, answer: Result<Message, Failed>) {
        self.forget(id);
        match answer {
            Ok(message) => {
                self.message(id, &message, 0, None);
            }
            Err(failed) => self.report("outcome", id, |object| {
                events::failed(object, &failed);
            }),
        }
    }

    /// A packet passed.
    pub(crate) fn packet(&self, packet: &TappedPacket) {
        self.report("packet", 0, |object| {
            object.text("direction", packet.direction.name());
            object.time("at", packet.at);
            object.number("connectionNumber", packet.connection_number);
            object.text("packetType", packet.packet_type.name());
            let id = packet.packet_id.map(|it| u64::from(u16::from(it)));
            object.some_number("packetId", id);
            object.number("size", packet.size as u64);
            object.number("droppedBefore", packet.dropped_before);
            object.hex("bytes", &packet.bytes);
        });
    }

    /// Asks the application's authenticator.
    pub(crate) fn authenticate(&self, request: AuthenticationRequest) {
        self.report("authenticate", 0, |object| {
            object.number("exchange", request.exchange);
            object.time("timeLeft", request.time_left);
            let (step, data) = match &request.step {
                AuthenticationStep::Start { reauthenticate } => {
                    object.flag("reauthenticate", *reauthenticate);
                    ("start", None)
                }
                AuthenticationStep::Continue { data } => ("continue", data.as_ref()),
                AuthenticationStep::Finish { data } => ("finish", data.as_ref()),
            };
            object.text("step", step);
            if let Some(data) = data {
                object.hex("data", data);
            }
            let reason_string = request.reason_string.as_ref().map(|it| it.as_str());
            object.some_text("reasonString", reason_string);
            properties::user_to_json(object, &request.properties);
        });
        let before = self.lock().authenticating.replace(request);
        drop(before);
    }

    /// Takes the question of the authenticator that is open.
    pub(crate) fn authenticating(&self) -> Option<AuthenticationRequest> {
        self.lock().authenticating.take()
    }

    fn outcome(&self, id: u32, outcome: &Outcome) {
        self.forget(id);
        if let Ok(code) = outcome.result
            && outcome.reason_codes.is_empty()
            && outcome.reason_string.is_none()
            && outcome.properties.user_properties().len() == 0
        {
            let packet_id = outcome.packet_id.map_or(0, u16::from);
            let batch = &mut self.lock().batch;
            let receipt = outcome.receipt.map_or(0, |it| it as u8 + 1);
            batch.extend_from_slice(&[OUTCOME | receipt << 4, code as u8]);
            batch.extend_from_slice(&packet_id.to_le_bytes());
            batch.extend_from_slice(&id.to_le_bytes());
            return;
        }
        self.report("outcome", id, |object| events::outcome(object, outcome));
    }

    /// A message for this stream; its size in the batch.
    pub(crate) fn message(
        &self,
        stream: u32,
        message: &Message,
        connection_number: u64,
        undecided: Option<Undecided>,
    ) -> usize {
        let waiting = &mut *self.lock();
        let before = waiting.batch.len();
        let topic = message.topic.as_str();
        let (index, known) = waiting.topics.index(topic);
        let batch = &mut waiting.batch;
        if !known {
            batch.extend_from_slice(&[TOPIC, 0]);
            batch.extend_from_slice(&index.to_le_bytes());
            // A topic's own length has two bytes on the wire.
            batch.extend_from_slice(&(topic.len() as u32).to_le_bytes());
            batch.extend_from_slice(topic.as_bytes());
        }
        let with_properties = !message.properties.is_empty();
        let large = message.payload.len() >= LARGE;
        let flags = flags(message, with_properties, large) | u8::from(undecided.is_some()) << 6;
        batch.extend_from_slice(&[MESSAGE, flags]);
        batch.extend_from_slice(&index.to_le_bytes());
        batch.extend_from_slice(&stream.to_le_bytes());
        batch.extend_from_slice(&(connection_number as u32).to_le_bytes());
        batch.extend_from_slice(&(message.payload.len() as u32).to_le_bytes());
        if large {
            let at = message.payload.as_ptr() as usize as u32;
            batch.extend_from_slice(&at.to_le_bytes());
            waiting.payloads.push(message.payload.clone());
        } else {
            batch.extend_from_slice(&message.payload);
        }
        if with_properties {
            let at = batch.len();
            batch.extend_from_slice(&[0; 4]);
            properties::to_bytes(batch, &message.properties);
            let len = (batch.len() - at - 4) as u32;
            batch[at..at + 4].copy_from_slice(&len.to_le_bytes());
        }
        if let Some(undecided) = undecided {
            let number = waiting.undecided.add(undecided);
            batch.extend_from_slice(&number.to_le_bytes());
        }
        batch.len() - before + if large { message.payload.len() } else { 0 }
    }

    /// Whether the client was told that nothing follows.
    pub(crate) fn is_terminated(&self) -> bool {
        self.lock().terminated
    }

    /// Takes the question that is open.
    pub(crate) fn asked(&self) -> Option<ConnectionRequest> {
        self.lock().asked.take()
    }
}

fn flags(message: &Message, with_properties: bool, large: bool) -> u8 {
    let qos = match message.qos {
        QoS::AtMostOnce => 0,
        QoS::AtLeastOnce => 1,
        QoS::ExactlyOnce => 2,
    };
    qos | u8::from(message.retain) << 2
        | u8::from(message.dup) << 3
        | u8::from(with_properties) << 4
        | u8::from(large) << 5
        | u8::from(message.is_request()) << 7
}

impl Handler for Outbox {
    fn on_event(&self, event: &Event) {
        self.report("event", 0, |object| events::event(object, event));
    }

    /// All messages go to streams.
    fn on_message(&self, _: Message, _: u64) {}

    fn on_terminated(&self) {
        self.report("terminated", 0, |_| {});
        self.lock().terminated = true;
    }
}

impl ConnectionProvider for Outbox {
    fn provide(&self, request: ConnectionRequest) {
        self.report("provide", 0, |object| {
            object.number("attemptNumber", request.attempt_number.into());
            object.time("timeLeft", request.time_left);
        });
        // Dropping the one before answers it, which must not happen under the lock.
        let before = self.lock().asked.replace(request);
        drop(before);
    }
}
