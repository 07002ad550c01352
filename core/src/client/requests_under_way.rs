//! The requests of others that are being answered: several at a time, and not more than are bounded.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use super::completion::Completion;
use super::inner::Inner;
use super::queue::StreamEnd;
use super::{Acknowledgement, Client, Messages, fork};
use crate::error::Error;
use crate::log::log;
use crate::types::Message;

/// Requests that are answered later, several at a time: [`Client::responding`] makes it.
///
/// Each that was [taken](Self::take) is under way until it is [answered](ReceivedRequest::reply),
/// [declined](ReceivedRequest::decline), or dropped. A request of QoS 1 or 2 is acknowledged when it was answered or declined, after
/// the answer was queued; so it holds back the acknowledgements of what came later, as any message does that nobody has
/// done with. Messages that are no requests are taken and dropped.
///
/// # Bounds
/// [`MOST`](Self::MOST) are under way at a time, and no further one is given while those under way have
/// [`MOST_BYTES`](Self::MOST_BYTES) of payload. The others wait as the messages of a stream do.
///
/// Dropping it ends the subscription; what is under way can still be answered.
#[derive(Debug)]
pub struct Requests {
    client: Weak<Inner>,
    messages: Messages,
    under_way: Arc<UnderWay>,
}

/// What is under way, and who waits until there is room.
#[derive(Debug, Default)]
struct UnderWay(Mutex<Load>);

#[derive(Debug, Default)]
struct Load {
    count: usize,
    bytes: usize,
    waiting: Option<Waker>,
}

impl Load {
    fn room(&self) -> usize {
        match self.bytes < Requests::MOST_BYTES {
            true => Requests::MOST.saturating_sub(self.count),
            false => 0,
        }
    }
}

impl UnderWay {
    fn lock(&self) -> MutexGuard<'_, Load> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place among those that are under way.
#[derive(Debug)]
struct Place {
    under_way: Arc<UnderWay>,
    bytes: usize,
}

impl Place {
    fn new(under_way: &Arc<UnderWay>, bytes: usize) -> Self {
        let mut load = under_way.lock();
        load.count += 1;
        load.bytes += bytes;
        drop(load);
        Place {
            under_way: Arc::clone(under_way),
            bytes,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // In a forked child, a thread that is not there may hold the lock.
        if fork::check().is_err() {
            return;
        }
        let mut load = self.under_way.lock();
        load.count -= 1;
        load.bytes -= self.bytes;
        let waiting = load.waiting.take();
        drop(load);
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }
}

impl Requests {
    /// So many requests are under way at a time...
    pub const MOST: usize = 1024;

    /// ... and no further one is given where those have so many bytes of payload.
    pub const MOST_BYTES: usize = 1 << 20;

    pub(super) fn new(client: Weak<Inner>, messages: Messages) -> Self {
        Requests {
            client,
            messages,
            under_way: Arc::default(),
        }
    }

    /// Waits until there is something to [`take`](Self::take), and room for it. The task of the last call is woken.
    pub fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if fork::check().is_err() {
            return Poll::Ready(());
        }
        let mut load = self.under_way.lock();
        if load.room() == 0 {
            load.waiting = Some(cx.waker().clone());
            return Poll::Pending;
        }
        drop(load);
        self.messages.poll_ready(cx)
    }

    /// Up to `max` of the requests that are there, at once; none where nothing has come yet, or there is no room.
    ///
    /// # Errors
    /// [`StreamEnd`] says why nothing follows.
    pub fn take(&self, max: usize) -> Result<Vec<ReceivedRequest>, StreamEnd> {
        if fork::check().is_err() {
            return Err(StreamEnd::Closed);
        }
        let mut requests = Vec::new();
        // One at a time: the next one may be too much in bytes.
        while requests.len() < max && self.under_way.lock().room() > 0 {
            let taken = match self.messages.take(1) {
                Ok(taken) => taken,
                // It is told again, after those that are here.
                Err(_) if !requests.is_empty() => break,
                Err(end) => return Err(end),
            };
            let Some(received) = taken.into_iter().next() else {
                break;
            };
            // Nobody is cancelled between the two.
            self.messages.done(1);
            if received.message.is_request() {
                requests.push(ReceivedRequest {
                    place: Place::new(&self.under_way, received.message.payload.len()),
                    client: self.client.clone(),
                    message: received.message,
                    connection_number: received.connection_number,
                    acknowledgement: received.acknowledgement,
                });
            } else if let Some(acknowledgement) = received.acknowledgement {
                acknowledgement.acknowledge();
            }
        }
        Ok(requests)
    }

    /// Ends the subscription, as [`Messages::unsubscribe`] does.
    ///
    /// # Errors
    /// As there.
    pub fn unsubscribe(&self, completion: Completion) -> Result<(), Error> {
        self.messages.unsubscribe(completion)
    }
}

/// A request of somebody else, to be answered. Dropping it without a word gives it back where it has QoS 1 or 2: it comes
/// again, so that a program that fails over one or is cancelled loses nothing.
#[derive(Debug)]
pub struct ReceivedRequest {
    message: Message,
    connection_number: u64,
    client: Weak<Inner>,
    acknowledgement: Option<Acknowledgement>,
    #[expect(dead_code, reason = "dropping it is what it is for")]
    place: Place,
}

impl ReceivedRequest {
    /// The request.
    pub fn message(&self) -> &Message {
        &self.message
    }

    /// The number of the connection that it came over.
    pub fn connection_number(&self) -> u64 {
        self.connection_number
    }

    /// Publishes this answer to the request's Response Topic, with its Correlation Data and at its QoS. An answer that cannot
    /// be published (no connection, a full queue, a Response Topic that is none) is logged: one requester's mistake ends
    /// nobody else's service.
    pub fn reply(self, payload: impl Into<Bytes>) {
        if let Some(client) = self.client.upgrade() {
            publish(Client(client), &self.message, payload.into());
        }
        self.decline();
    }

    /// There is no answer.
    pub fn decline(self) {
        if let Some(acknowledgement) = &self.acknowledgement {
            acknowledgement.acknowledge();
        }
    }
}

/// Publishes the answer to a request, and logs where that cannot be.
pub(super) fn publish(client: Client, request: &Message, payload: Bytes) {
    let replied = request
        .reply_to(payload)
        .and_then(|reply| client.publish(reply, Completion::none()));
    if let Err(error) = replied {
        log!(Warn, "a request has no answer: {error}");
    }
}
