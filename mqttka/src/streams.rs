//! Streams of messages: what is handed out counts as taken when the next one is asked for.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use mqttka_core::client::{self as core, Received, StreamEnd};

use crate::{Answer, Error, Message, QoS, ReasonCode, TopicFilter};

/// So many messages are lent at once.
const BATCH: usize = 64;

struct Lent {
    messages: core::Messages,
    batch: std::vec::IntoIter<Received>,
    /// Handed out, and the core was not told yet that they are taken.
    handed: usize,
    ended: bool,
    /// Whether it goes on after the client was stopped, when that was told.
    goes_on: bool,
    /// So many are lent at once.
    most: usize,
}

impl Lent {
    fn new(messages: core::Messages, goes_on: bool) -> Self {
        // What comes again comes before all that waits.
        let most = if messages.is_manual() { 1 } else { BATCH };
        Lent {
            messages,
            batch: Vec::new().into_iter(),
            handed: 0,
            ended: false,
            goes_on,
            most,
        }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, Error>>> {
        loop {
            if let Some(received) = self.batch.next() {
                return Poll::Ready(Some(Ok(self.hand(received))));
            }
            self.took();
            if self.ended {
                return Poll::Ready(None);
            }
            ready!(self.messages.poll_ready(cx));
            match self.messages.take(self.most) {
                Ok(batch) => self.batch = batch.into_iter(),
                Err(end) => {
                    self.ended = !self.goes_on || end == StreamEnd::Closed;
                    return Poll::Ready(Error::of_end(end).map(Err));
                }
            }
        }
    }

    fn hand(&mut self, received: Received) -> Message {
        let message = Message::of(
            received.message,
            received.connection_number,
            received.acknowledgement,
        );
        // Nobody waits for an acknowledgement of QoS 0: those are told together.
        if message.qos > QoS::AtMostOnce {
            self.took();
        }
        self.handed += 1;
        message
    }

    /// All that was handed out is taken.
    fn took(&mut self) {
        if self.handed > 0 {
            self.messages.done(self.handed);
            self.handed = 0;
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // In a panic nobody knows how far the last one came. What was not handed out goes back.
        if std::thread::panicking() {
            self.handed = self.handed.saturating_sub(1);
        }
        self.took();
    }
}

/// The messages of a subscription: a [`Stream`], and [`recv`](Self::recv) for those who have no
/// `StreamExt` at hand. [`Client::subscribe`](crate::Client::subscribe) gives it.
///
/// It goes on when the client comes back by itself; where the broker has lost the session, the
/// client subscribes again. It ends with [`disconnect`](crate::Client::disconnect),
/// [`close`](crate::Client::close) and [`unsubscribe`](Self::unsubscribe), and after an error, which
/// says why the client has stopped, unless it is to
/// [outlive connections](crate::Subscribe::outlive_connections).
///
/// A message of QoS 1 or 2 is acknowledged to the broker when the next one is asked for, or when the
/// subscription is dropped; where that happens in a panic, the last message counts as not taken.
/// What was not handed out goes to other streams that match it. Dropping a subscription
/// unsubscribes, as far as no other one of the client needs its filters. It keeps its client alive.
#[must_use = "a subscription that is dropped is unsubscribed"]
pub struct Subscription {
    lent: Lent,
    filters: Vec<TopicFilter>,
    pub(crate) granted: Vec<ReasonCode>,
}

impl Subscription {
    pub(crate) fn new(messages: core::Messages, filters: Vec<TopicFilter>) -> Self {
        Subscription {
            lent: Lent::new(messages, false),
            filters,
            granted: Vec::new(),
        }
    }

    /// The next message; `None` at the end. Cancel safe: where its future is dropped, no message is
    /// lost.
    ///
    /// ```no_run
    /// # async fn example(client: mqttka::Client) -> Result<(), mqttka::Error> {
    /// let mut messages = client.subscribe("sensors/#").await?;
    /// while let Some(message) = messages.recv().await? {
    ///     println!("{}: {}", message.topic, message.text());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Why the client stopped ([`Error::ConnectionEnded`], [`Error::ConnectFailed`]), or why the
    /// broker refused what [`nowait`](crate::Subscribe::nowait) asked for; once, and then `None`.
    pub async fn recv(&mut self) -> Result<Option<Message>, Error> {
        poll_fn(|cx| self.lent.poll_next(cx)).await.transpose()
    }

    /// Its filters.
    pub fn filters(&self) -> &[TopicFilter] {
        &self.filters
    }

    /// What the broker granted, for each filter: [`ReasonCode::Success`] for QoS 0,
    /// [`ReasonCode::GrantedQoS1`], ... Empty where nobody waited for it
    /// ([`nowait`](crate::Subscribe::nowait)).
    pub fn granted(&self) -> &[ReasonCode] {
        &self.granted
    }

    /// Unsubscribes now, as far as no other subscription of the client needs the filters. The stream
    /// goes on until the broker has answered, and then ends.
    ///
    /// ```no_run
    /// # async fn example(mut messages: mqttka::Subscription) -> Result<(), mqttka::Error> {
    /// messages.unsubscribe().await?;
    /// while let Some(message) = messages.recv().await? {
    ///     println!("came before the end: {}", message.topic);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn unsubscribe(&self) -> Answer {
        Answer::of(|completion| self.lent.messages.unsubscribe(completion))
    }
}

impl Stream for Subscription {
    type Item = Result<Message, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.lent.poll_next(cx)
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("filters", &self.filters)
            .finish_non_exhaustive()
    }
}

/// The messages of all subscriptions of a client that no subscription of its own takes, and those
/// that match besides: [`Client::messages`](crate::Client::messages) gives it.
///
/// It goes on over connections. Where the client stops for good and nobody asked for that, an error
/// says why, once; asked again, it waits for the messages of later connections. It ends when the
/// client is closed. As to acknowledgements it is as a [`Subscription`]. It keeps its client alive.
#[must_use = "a stream of messages does nothing until it is polled"]
pub struct Messages(Lent);

impl Messages {
    pub(crate) fn new(messages: core::Messages) -> Self {
        Messages(Lent::new(messages, true))
    }

    /// The next message; `None` when the client is closed. Cancel safe.
    ///
    /// # Errors
    /// Why the client stopped ([`Error::ConnectionEnded`], [`Error::ConnectFailed`]).
    pub async fn recv(&mut self) -> Result<Option<Message>, Error> {
        poll_fn(|cx| self.0.poll_next(cx)).await.transpose()
    }
}

impl Stream for Messages {
    type Item = Result<Message, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next(cx)
    }
}

impl fmt::Debug for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Messages")
    }
}
