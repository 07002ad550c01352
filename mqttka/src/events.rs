use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use mqttka_core::client as core;

use crate::Event;

/// So many events are taken at once.
const BATCH: usize = 16;

/// The lifecycle events of a client: a [`Stream`], and [`recv`](Self::recv) for those who have no
/// `StreamExt` at hand. [`Client::events`](crate::Client::events) gives it. It ends when the client is
/// closed, and keeps it alive.
///
/// Nothing is dropped: where more than 1,024 wait, the client begins no further attempt to connect
/// until some are taken. A stream is heard where its task runs; where the executor may be blocked,
/// [`Builder::on_event`](crate::Builder::on_event) is in time all the same.
///
/// ```no_run
/// # async fn example(client: mqttka::Client) -> Result<(), mqttka::Error> {
/// let mut events = client.events()?;
/// while let Some(event) = events.recv().await {
///     // connection 3: disconnected: no sign of life within the keep-alive bound
///     // (keep_alive_timeout); last byte 45.000 s ago, last sign of life 45.000 s ago, 2 unanswered
///     // pings; it will reconnect
///     println!("{event}");
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "a stream of events does nothing until it is polled"]
pub struct Events {
    events: core::Events,
    batch: std::vec::IntoIter<Event>,
    ended: bool,
}

impl Events {
    pub(crate) fn new(events: core::Events) -> Self {
        Events {
            events,
            batch: Vec::new().into_iter(),
            ended: false,
        }
    }

    /// The next event; `None` when the client is closed. Cancel safe.
    pub async fn recv(&mut self) -> Option<Event> {
        poll_fn(|cx| self.poll_one(cx)).await
    }

    fn poll_one(&mut self, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        loop {
            if let Some(event) = self.batch.next() {
                return Poll::Ready(Some(event));
            }
            if self.ended {
                return Poll::Ready(None);
            }
            let batch = ready!(self.events.poll_next_batch(cx, BATCH));
            self.ended = batch.is_empty();
            self.batch = batch.into_iter();
        }
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        self.poll_one(cx)
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Events")
    }
}
