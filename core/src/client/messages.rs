//! Messages that are pulled instead of pushed: batches with back-pressure, for languages in which
//! a call per message is dear or foreign.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use super::acknowledgement::Acknowledgement;
use super::cancel::Canceller;
use super::completion::Completion;
use super::fork;
use super::inner::Inner;
use super::mailbox::Registration;
use super::queue::{Item, Queue, Received, Stream, StreamEnd};
use super::subscriptions::goes_on;
use crate::error::Error;
use crate::types::TopicFilter;

/// What the application does to end a stream's subscription, beside dropping the stream.
#[derive(Debug, Default)]
struct Leaving {
    /// UNSUBSCRIBEs without an outcome: they may still be withdrawn.
    asked: u32,
    /// One was not withdrawn.
    left: bool,
    /// The stream is no more.
    gone: bool,
}

impl Leaving {
    /// Whether nobody ends the subscription, unless somebody does now.
    fn must_end(&self) -> bool {
        self.gone && self.asked == 0 && !self.left
    }
}

/// One UNSUBSCRIBE, until its outcome is known or it was refused.
struct Asked(Option<Arc<Mutex<Leaving>>>);

impl Asked {
    fn new(leaving: Arc<Mutex<Leaving>>) -> Self {
        locked(&leaving).asked += 1;
        Asked(Some(leaving))
    }

    /// Whether the subscription is to be ended now: looked at under the lock under which it is counted
    /// off, so that the stream's own end does not see the same.
    fn answered(mut self, withdrawn: bool) -> bool {
        let Some(leaving) = self.0.take() else {
            return false;
        };
        let mut leaving = locked(&leaving);
        leaving.asked -= 1;
        leaving.left |= !withdrawn;
        leaving.must_end()
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if let Some(leaving) = &self.0 {
            locked(leaving).asked -= 1;
        }
    }
}

/// The subscription that a stream was made with.
#[derive(Debug)]
pub(super) struct Subscribed {
    pub(super) filters: Vec<TopicFilter>,
    /// Its outcome is known.
    pub(super) answered: Arc<AtomicBool>,
    /// Of its SUBSCRIBE.
    pub(super) canceller: Canceller,
    /// Of the UNSUBSCRIBE that the stream's end sends: for nothing, where the SUBSCRIBE never left.
    pub(super) needless: Canceller,
}

/// A stream of messages, pulled in batches. It keeps its client alive: a handler that owns a stream
/// of its own client keeps both until the client is closed.
///
/// A consumer waits with [`ready`](Self::ready), is lent messages by [`take`](Self::take), and says
/// with [`done`](Self::done) how many of the oldest it has consumed: only these are acknowledged.
/// Nothing is lost by giving up between two of these steps. [`next_batch`](Self::next_batch) is all
/// three in one, where a batch is done when the next one is asked for.
///
/// A message for several consumers is acknowledged when all of them have taken it. What is not
/// taken withholds the acknowledgements of what came later (their order is the specification's),
/// and its bytes count for
/// [`inbound_queue_max_bytes`](crate::proto::Config::inbound_queue_max_bytes); where a client has
/// several consumers, each may hold an equal part of that in QoS 0 messages, and further ones are
/// dropped for it alone, and counted.
///
/// Where its subscription acknowledges manually
/// ([`SubscriptionOptions::manual_acknowledgement`](super::SubscriptionOptions)), the application
/// decides on each QoS 1 and 2 message by its [`Acknowledgement`](super::Acknowledgement), and `done`
/// says only that the stream need not keep it for a caller that may have been cancelled.
///
/// Dropping it gives back what is queued, and what was lent by `take` and is not done: to other
/// consumers that match, else it waits for
/// [`unclaimed_timeout`](super::Options::unclaimed_timeout). What was lent by `next_batch` counts
/// as done, but not in a panic. A stream that was made by [`Client::subscription`](super::Client::subscription) also
/// sends UNSUBSCRIBE, and where its SUBSCRIBE is still queued, neither is sent.
///
/// Any thread may use it; two callers at a time share the messages. In a forked child it is at its
/// end.
#[derive(Debug)]
pub struct Messages {
    client: Arc<Inner>,
    stream: Arc<Stream>,
    id: u64,
    /// The application acknowledges what it takes.
    manual: bool,
    /// The filters of its subscription.
    subscription: Option<Subscribed>,
    leaving: Arc<Mutex<Leaving>>,
    /// The task that [`poll_ready`](Self::poll_ready) is to wake.
    registration: Registration,
}

impl Messages {
    pub(super) fn new(
        client: Arc<Inner>,
        stream: Arc<Stream>,
        id: u64,
        manual: bool,
        subscription: Option<Subscribed>,
    ) -> Self {
        Messages {
            client,
            stream,
            id,
            manual,
            subscription,
            leaving: Arc::default(),
            registration: Registration::default(),
        }
    }

    /// Whether the application acknowledges its QoS 1 and 2 messages itself. What comes again comes
    /// before all that is not lent yet, so one at a time is best lent then.
    pub fn is_manual(&self) -> bool {
        self.manual
    }

    /// Waits until there is something to [`take`](Self::take), be it the end of the stream. It
    /// takes nothing: dropping the future loses nothing. It needs no particular executor.
    pub async fn ready(&self) {
        self.stream.next(|queue| queue.ready().then_some(())).await;
    }

    /// As [`ready`](Self::ready), for what is polled itself. The task of the last call is woken.
    pub fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if fork::check().is_err() {
            return Poll::Ready(());
        }
        let ready = |queue: &mut Queue| queue.ready().then_some(());
        self.stream.poll(&mut self.registration, cx, ready)
    }

    /// As [`ready`](Self::ready), by blocking the thread; `false`: there was nothing within
    /// `timeout`.
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let ready = |queue: &mut Queue| queue.ready().then_some(());
        fork::check().is_err() || self.stream.wait_timeout(timeout, ready).is_some()
    }

    /// Lends up to `max` (at least one) of the messages that are there, at once; none where
    /// nothing has come yet. They stay lent until they are [`done`](Self::done).
    ///
    /// # Errors
    /// [`StreamEnd`] says why nothing follows, after the last message.
    pub fn take(&self, max: usize) -> Result<Vec<Received>, StreamEnd> {
        if fork::check().is_err() {
            return Err(StreamEnd::Closed);
        }
        self.stream.with(|queue| self.lend(queue, max))
    }

    /// The application has consumed the `count` oldest of the messages that are lent; QoS 1 and 2
    /// are acknowledged. More than are lent are as many as are lent.
    pub fn done(&self, count: usize) {
        if fork::check().is_ok() {
            let items = self.stream.with(|queue| queue.done(count));
            self.took(items);
        }
    }

    fn took(&self, mut items: Vec<Item>) {
        if self.manual {
            // Whoever has the others decides.
            items.retain(|item| item.received.acknowledgement.is_none());
        }
        self.client.shared.lanes.router.took(self.id, &items);
    }

    fn lend(&self, queue: &mut Queue, max: usize) -> Result<Vec<Received>, StreamEnd> {
        if !self.manual {
            return queue.take(max);
        }
        let router = &self.client.shared.lanes.router;
        queue.take_with(max, |item| {
            if item.place.is_some() {
                let token = Acknowledgement::new(router, self.id, item.clone());
                item.received.acknowledgement = Some(token);
            }
        })
    }

    /// `None`: nothing yet.
    fn lend_next(&self, queue: &mut Queue, max: usize) -> Option<Result<Vec<Received>, StreamEnd>> {
        queue.done_by_drop = true;
        queue.ready().then(|| self.lend(queue, max))
    }

    /// Says that all that is lent is done, waits for messages, and lends up to `max` (at least
    /// one) of those that are there. What it lends is done when it is called again, or when the
    /// stream is dropped.
    ///
    /// Dropping the future loses nothing. It needs no particular executor.
    ///
    /// # Errors
    /// [`StreamEnd`] says why nothing follows.
    pub async fn next_batch(&self, max: usize) -> Result<Vec<Received>, StreamEnd> {
        self.done(usize::MAX);
        let next = self.stream.next(|queue| self.lend_next(queue, max)).await;
        next.unwrap_or(Err(StreamEnd::Closed))
    }

    /// As [`next_batch`](Self::next_batch), by blocking the thread; `None`: nothing came within
    /// `timeout`.
    pub fn next_batch_timeout(
        &self,
        max: usize,
        timeout: Duration,
    ) -> Option<Result<Vec<Received>, StreamEnd>> {
        if fork::check().is_err() {
            return Some(Err(StreamEnd::Closed));
        }
        self.done(usize::MAX);
        self.stream
            .wait_timeout(timeout, |queue| self.lend_next(queue, max))
    }

    /// Ends the subscription with UNSUBSCRIBE, as far as no other subscription of the client needs
    /// its filters. The stream goes on until the broker has answered, and then ends with
    /// [`StreamEnd::Unsubscribed`]. The outcome has one reason code for each filter that was sent. Where
    /// nothing was sent after all, as it was cancelled or the broker's limits forbid it, the
    /// subscription and the stream go on.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a stream that no subscription was made for;
    /// [`Error::NotConnected`], [`Error::QueueFull`], [`Error::Closed`], [`Error::Forked`]. The
    /// completion is then dropped without a call.
    pub fn unsubscribe(&self, completion: Completion) -> Result<(), Error> {
        fork::check()?;
        let Some(Subscribed { filters, .. }) = &self.subscription else {
            return Err(Error::InvalidArgument(
                "this stream has no subscription of its own".into(),
            ));
        };
        let (stream, leaving) = (Arc::clone(&self.stream), Arc::clone(&self.leaving));
        let (client, id, again) = (Arc::downgrade(&self.client), self.id, filters.clone());
        let asked = Asked::new(leaving);
        self.client
            .unsubscribe(self.id, filters, completion, move |outcome| {
                let withdrawn = goes_on(outcome);
                if !withdrawn {
                    stream.change(|queue| {
                        queue.end.get_or_insert(StreamEnd::Unsubscribed);
                    });
                }
                if asked.answered(withdrawn)
                    && let Some(client) = client.upgrade()
                {
                    // The stream that was dropped meanwhile relied on it.
                    let _ = client.unsubscribe(id, &again, Completion::none(), |_| {});
                }
            })
    }
}

impl Messages {
    /// The stream goes: whether that ends its subscription.
    fn is_to_be_ended(&self) -> bool {
        let mut leaving = locked(&self.leaving);
        leaving.gone = true;
        leaving.must_end()
    }
}

fn locked(leaving: &Mutex<Leaving>) -> MutexGuard<'_, Leaving> {
    leaving.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Messages {
    fn drop(&mut self) {
        // A thread that is not in the child may have held a lock.
        if fork::check().is_err() {
            return;
        }
        self.stream.forget(&mut self.registration);
        if let Some(subscribed) = &self.subscription
            && self.is_to_be_ended()
            && self.stream.with(|queue| queue.end.is_none())
        {
            let completion = Completion::none().cancelled_by(&subscribed.needless);
            if !subscribed.answered.load(Ordering::Acquire) {
                subscribed.canceller.cancel();
            }
            // Where there is no connection, there is nothing to end.
            let _ = self
                .client
                .unsubscribe(self.id, &subscribed.filters, completion, |_| {});
        }
        if std::thread::panicking() {
            // Nobody knows how far it came.
            self.stream.with(|queue| queue.done_by_drop = false);
        }
        self.client.shared.lanes.router.remove(self.id);
    }
}
