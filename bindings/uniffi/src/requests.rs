//! The requests of others, which the application answers.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mqttka_core::client::{Delivery, ReceivedRequest, Requests, relayed};

use crate::messages::Opening;
use crate::{Message, MqttkaError, StreamEnd};

/// The requests of others, to be answered in any order, several at a time. It keeps its client alive.
///
/// `ready` waits, `take` gives what is there, and `answer` has the last word on each. So many are under way at a time as
/// the core's `Requests` bounds. Destroying it ends the subscription, and gives back what was not answered: it comes again.
#[derive(Debug, uniffi::Object)]
pub struct RequestsHandle {
    // It goes first: what is given back goes to the stream, and whatever the stream has goes with that.
    under_way: Mutex<UnderWay>,
    requests: Mutex<Requests>,
}

/// By number: objects of their own would cost a call each when they go.
#[derive(Debug, Default)]
struct UnderWay {
    last: u64,
    requests: HashMap<u64, ReceivedRequest>,
}

/// A request, which is under way until it is answered.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct TakenRequest {
    /// Names it for `RequestsHandle.answer`.
    pub number: u64,
    /// What was asked.
    pub message: Message,
}

/// What there was to be taken at one moment.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct TakenRequests {
    /// Oldest first.
    pub requests: Vec<TakenRequest>,
    /// Why nothing follows, when all requests were taken.
    pub end: Option<StreamEnd>,
}

#[uniffi::export]
impl RequestsHandle {
    /// Waits until there is something to take and room for it, or the end. It takes nothing. One waits at a time.
    pub async fn ready(&self) {
        relayed(poll_fn(|cx| lock(&self.requests).poll_ready(cx))).await;
    }

    /// Up to `max` of the requests that are there, at once; none and no end: nothing has come yet, or too many are under
    /// way.
    pub fn take(&self, max: u32) -> TakenRequests {
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        let taken = lock(&self.requests).take(max);
        match taken {
            Ok(requests) => {
                let mut under_way = lock(&self.under_way);
                TakenRequests {
                    requests: requests.into_iter().map(|it| under_way.add(it)).collect(),
                    end: None,
                }
            }
            Err(end) => TakenRequests {
                requests: Vec::new(),
                end: Some(end.into()),
            },
        }
    }

    /// Publishes the answer to the request that has this number; none: there is no answer. QoS 1 and 2 are acknowledged.
    /// Only the first word on each counts.
    pub fn answer(&self, number: u64, payload: Option<Vec<u8>>) {
        let request = lock(&self.under_way).requests.remove(&number);
        match (request, payload) {
            (Some(request), Some(payload)) => request.reply(payload),
            (Some(request), None) => request.decline(),
            (None, _) => {}
        }
    }
}

impl RequestsHandle {
    fn new(requests: Requests) -> Self {
        RequestsHandle {
            under_way: Mutex::default(),
            requests: Mutex::new(requests),
        }
    }
}

impl UnderWay {
    fn add(&mut self, request: ReceivedRequest) -> TakenRequest {
        self.last += 1;
        let number = self.last;
        let message = Message::of(request.message().clone(), request.connection_number(), 0);
        self.requests.insert(number, request);
        TakenRequest { number, message }
    }
}

/// Requests whose subscription waits for the broker's answer. Destroying it ends the subscription, as `cancel` does.
#[derive(Debug, uniffi::Object)]
pub struct RespondingHandle(Opening<Requests>);

#[uniffi::export]
impl RespondingHandle {
    /// Waits for the broker's answer, and gives the requests, once. Giving up waiting changes nothing.
    pub async fn requests(&self) -> Result<RequestsHandle, MqttkaError> {
        let (requests, _) = self.0.opened().await?;
        Ok(RequestsHandle::new(requests))
    }

    /// Ends the subscription: a SUBSCRIBE that is still queued is withdrawn, and one that was sent is followed by
    /// UNSUBSCRIBE.
    pub fn cancel(&self) {
        self.0.cancel();
    }
}

impl RespondingHandle {
    pub(crate) fn new(delivery: Delivery, requests: Requests) -> Self {
        RespondingHandle(Opening::new(delivery, requests))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
