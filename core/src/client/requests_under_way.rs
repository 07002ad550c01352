//! The requests of others that are being answered: several at a time, and not more than are bounded.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;

use super::completion::Completion;
use super::inner::Inner;
use super::mailbox::{Mailbox, Registration};
use super::queue::StreamEnd;
use super::{Acknowledgement, Client, Messages, fork};
use crate::clock;
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
///
/// Any thread may use it; two callers at a time share the requests. In a forked child it is at its end.
#[derive(Debug)]
pub struct Requests {
    client: Weak<Inner>,
    messages: Messages,
    under_way: Arc<Mailbox<Load>>,
    /// Of two threads that take, the second one sees what the first one took.
    taking: Mutex<()>,
    /// The task that [`poll_ready`](Self::poll_ready) is to wake when there is room.
    registration: Registration,
}

/// What is under way.
#[derive(Debug, Default)]
struct Load {
    count: usize,
    bytes: usize,
}

impl Load {
    fn room(&self) -> usize {
        match self.bytes < Requests::MOST_BYTES {
            true => Requests::MOST.saturating_sub(self.count),
            false => 0,
        }
    }

    fn has_room(&mut self) -> Option<()> {
        (self.room() > 0).then_some(())
    }
}

/// A place among those that are under way.
#[derive(Debug)]
struct Place {
    under_way: Arc<Mailbox<Load>>,
    bytes: usize,
}

impl Place {
    fn new(under_way: &Arc<Mailbox<Load>>, bytes: usize) -> Self {
        under_way.with(|load| {
            load.count += 1;
            load.bytes += bytes;
        });
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
        self.under_way.change(|load| {
            load.count -= 1;
            load.bytes -= self.bytes;
        });
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
            under_way: Arc::new(Mailbox::new(Load::default())),
            taking: Mutex::default(),
            registration: Registration::default(),
        }
    }

    /// Waits until there is something to [`take`](Self::take), be it the end, and room for it. It takes nothing: dropping
    /// the future loses nothing. It needs no particular executor.
    pub async fn ready(&self) {
        self.under_way.next(Load::has_room).await;
        self.messages.ready().await;
    }

    /// As [`ready`](Self::ready), for what is polled itself. The task of the last call is woken.
    pub fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if fork::check().is_err() {
            return Poll::Ready(());
        }
        let room = self
            .under_way
            .poll(&mut self.registration, cx, Load::has_room);
        match room {
            Poll::Ready(()) => self.messages.poll_ready(cx),
            Poll::Pending => Poll::Pending,
        }
    }

    /// As [`ready`](Self::ready), by blocking the thread; `false`: there was nothing, or no room, within `timeout`.
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        if fork::check().is_err() {
            return true;
        }
        let begin = clock::now();
        let room = self.under_way.wait_timeout(timeout, Load::has_room);
        let left = timeout.saturating_sub(clock::now().saturating_since(begin));
        room.is_some() && self.messages.wait_timeout(left)
    }

    /// The next request. It takes one when it is there: dropping the future loses nothing.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub async fn next(&self) -> Result<ReceivedRequest, StreamEnd> {
        loop {
            if let Some(request) = self.take(1)?.pop() {
                return Ok(request);
            }
            self.ready().await;
        }
    }

    /// The next request, by blocking the thread; `None` where none came, or there was no room, within `timeout`.
    pub fn next_timeout(&self, timeout: Duration) -> Option<Result<ReceivedRequest, StreamEnd>> {
        let begin = clock::now();
        loop {
            match self.take(1) {
                Ok(mut taken) => {
                    if let Some(request) = taken.pop() {
                        return Some(Ok(request));
                    }
                }
                Err(end) => return Some(Err(end)),
            }
            // Another thread may take what this one is woken for.
            let left = timeout.saturating_sub(clock::now().saturating_since(begin));
            if !self.wait_timeout(left) {
                return None;
            }
        }
    }

    /// Up to `max` of the requests that are there, at once; none where nothing has come yet, or there is no room.
    ///
    /// # Errors
    /// [`StreamEnd`] says why nothing follows.
    pub fn take(&self, max: usize) -> Result<Vec<ReceivedRequest>, StreamEnd> {
        if fork::check().is_err() {
            return Err(StreamEnd::Closed);
        }
        let _turn = self.taking.lock().unwrap_or_else(PoisonError::into_inner);
        let mut requests = Vec::new();
        // One at a time: the next one may be too much in bytes.
        while requests.len() < max && self.under_way.with(|load| load.room()) > 0 {
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

impl Drop for Requests {
    fn drop(&mut self) {
        self.under_way.forget(&mut self.registration);
    }
}

/// A request of somebody else, to be answered. Dropping it without a word gives it back where it has QoS 1 or 2: it comes
/// again, so that a program that fails over one or is cancelled loses nothing. In a forked child nothing is said of it.
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
        if fork::check().is_ok()
            && let Some(client) = self.client.upgrade()
        {
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
