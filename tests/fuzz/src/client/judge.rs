//! What the application hears: each `connected` has one `disconnected`, each attempt one outcome,
//! each operation one completion, and nothing follows the end.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mqttka_core::client::{
    Client, Completion, DisconnectCause, Event, EventKind, Handler, Message, OperationError,
    Outcome, QoS, ReasonCode, TopicName,
};

#[derive(Default)]
pub(super) struct Judge(Mutex<Heard>);

#[derive(Default)]
struct Heard {
    client: Option<Client>,
    /// What callbacks are to do, one each.
    within: VecDeque<u8>,
    connected: Option<u64>,
    newest: u64,
    terminated: bool,
    /// The application has asked for the end.
    closing: bool,
    /// For each operation, whether it was accepted, and its completions.
    operations: Vec<(bool, u32)>,
    faults: Vec<String>,
}

/// The handler; its client keeps it, and it keeps the client only until the end.
pub(super) struct Ears(pub(super) Arc<Judge>);

impl Judge {
    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn knows(&self, client: &Client) {
        self.lock().client = Some(client.clone());
    }

    /// The next callback does this.
    pub(super) fn within(&self, what: u8) {
        let mut heard = self.lock();
        if heard.within.len() < 8 {
            heard.within.push_back(what);
        }
    }

    /// A completion to hand in, and its number for [`accepted`](Self::accepted).
    pub(super) fn completion(self: &Arc<Self>) -> (Completion, usize) {
        let number = {
            let mut heard = self.lock();
            heard.operations.push((false, 0));
            heard.operations.len() - 1
        };
        let judge = Arc::clone(self);
        let completion = Completion::call(move |outcome| {
            judge.lock().completed(number, outcome);
            judge.act();
        });
        (completion, number)
    }

    /// The same for what is no [`Completion`].
    pub(super) fn called(self: &Arc<Self>) -> (impl FnOnce() + Send + 'static, usize) {
        let (_, number) = self.completion();
        let judge = Arc::clone(self);
        let call = move || {
            judge.lock().operations[number].1 += 1;
            judge.act();
        };
        (call, number)
    }

    /// Whether the client took the operation.
    pub(super) fn accepted<T, E>(&self, number: usize, result: &Result<T, E>) {
        self.lock().operations[number].0 = result.is_ok();
    }

    /// The client is to close: from now on operations may end for it.
    pub(super) fn closing(&self) {
        self.lock().closing = true;
    }

    /// # Panics
    /// Where something was wrong so far. Not within callbacks, whose panics are the library's to catch.
    pub(super) fn check(&self) {
        let heard = self.lock();
        assert!(heard.faults.is_empty(), "{:?}", heard.faults);
        for (number, (accepted, completed)) in heard.operations.iter().enumerate() {
            let most = u32::from(*accepted);
            assert!(
                *completed <= most,
                "operation {number} completed {completed} times"
            );
        }
    }

    /// The client has closed.
    pub(super) fn closed(&self) {
        self.check();
        let heard = self.lock();
        assert!(heard.terminated, "it never said that it has terminated");
        for (number, (accepted, completed)) in heard.operations.iter().enumerate() {
            assert_eq!(
                u32::from(*accepted),
                *completed,
                "outcomes of operation {number}"
            );
        }
    }

    /// As an application that calls its client from a callback.
    fn act(self: &Arc<Self>) {
        let (client, what) = {
            let mut heard = self.lock();
            let (Some(client), Some(what)) = (heard.client.clone(), heard.within.pop_front())
            else {
                return;
            };
            (client, what)
        };
        match what % 8 {
            0 => drop(client.connect()),
            1 => drop(client.disconnect(ReasonCode::Success)),
            2 => {
                self.closing();
                client.close();
            }
            3 => {
                self.closing();
                client.abort();
            }
            4 => drop(client.reconnect_now()),
            5 => drop(client.status()),
            qos => {
                let qos = QoS::from_u8(qos - 5).unwrap_or(QoS::AtMostOnce);
                let Ok(topic) = TopicName::try_from("within") else {
                    return;
                };
                let (completion, number) = self.completion();
                let message = Message::new(topic, "w").with_qos(qos);
                // Its outcome may come before this returns only in a later turn: one lane.
                let result = client.publish(message, completion);
                self.accepted(number, &result);
            }
        }
    }
}

impl Heard {
    fn completed(&mut self, number: usize, outcome: &Outcome) {
        self.operations[number].1 += 1;
        // So end those that the client has lost.
        if outcome.result == Err(OperationError::Closed) && !self.closing {
            let fault = format!("operation {number} was closed, and the client was not");
            self.faults.push(fault);
        }
    }

    fn event(&mut self, event: &Event) {
        let number = event.connection_number;
        let mut wrong = |what: &str| self.faults.push(format!("{what}: {event:?}"));
        if self.terminated {
            wrong("an event after the end");
        }
        match &event.kind {
            EventKind::Connected(_) => {
                if self.connected.is_some() || number <= self.newest {
                    wrong("not a new connection");
                }
                self.newest = number;
                self.connected = Some(number);
            }
            EventKind::Moved(_) => {
                if self.connected.is_none() || number <= self.newest {
                    wrong("moved without a connection");
                }
                self.newest = number;
                self.connected = Some(number);
            }
            EventKind::Disconnected(end) => {
                if self.connected != Some(number) {
                    wrong("disconnected without connected");
                }
                if let DisconnectCause::EngineFailed(_) = end.cause {
                    wrong("the engine failed");
                }
                self.connected = None;
            }
            EventKind::ConnectFailed(_) => {
                if self.connected.is_some() || number <= self.newest {
                    wrong("not a new attempt");
                }
                self.newest = number;
            }
            EventKind::Suspect(_) | EventKind::Alive(_) if self.connected != Some(number) => {
                wrong("suspicion of no connection");
            }
            _ => {}
        }
    }
}

impl Handler for Ears {
    fn on_event(&self, event: &Event) {
        self.0.lock().event(event);
        self.0.act();
    }

    fn on_message(&self, _: Message, _: u64) {
        self.0.act();
    }

    fn on_terminated(&self) {
        let client = {
            let mut heard = self.0.lock();
            if heard.terminated || heard.connected.is_some() {
                heard
                    .faults
                    .push("terminated twice, or connected".to_owned());
            }
            heard.terminated = true;
            heard.client.take()
        };
        drop(client);
    }
}
