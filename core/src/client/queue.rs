//! What a consumer of messages is given, and the queue of a stream.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use thiserror::Error as ThisError;

use super::acknowledgement::Acknowledgement;
use super::failed::Failed;
use super::mailbox::Mailbox;
use crate::error::{ConnectError, DisconnectCause};
use crate::types::{Instant, Message};

/// A received message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// The message.
    pub message: Message,
    /// The number of the connection that it came over.
    pub connection_number: u64,
    /// The application's to give, for QoS 1 and 2, where it acknowledges manually; else `None`.
    pub acknowledgement: Option<Acknowledgement>,
}

/// Why a stream has ended. It is told after the stream's last message.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum StreamEnd {
    /// The connection of the subscription ended.
    #[error("{0}")]
    Disconnected(DisconnectCause),
    /// The connection attempt that the subscription waited for failed.
    #[error("could not connect: {0}")]
    ConnectFailed(ConnectError),
    /// The broker did not accept any filter of the subscription, at first or when it had lost the session, or the
    /// SUBSCRIBE was not sent.
    #[error("could not subscribe: {0}")]
    SubscribeFailed(Failed),
    /// The subscription was ended with [`Messages::unsubscribe`](super::Messages::unsubscribe).
    #[error("unsubscribed")]
    Unsubscribed,
    /// The client was closed (or the process forked, and this is the child).
    #[error("the client is closed")]
    Closed,
}

impl StreamEnd {
    /// The application itself ended what the stream belonged to.
    pub(super) fn was_asked_for(&self) -> bool {
        use {ConnectError as E, DisconnectCause as C};
        matches!(
            self,
            StreamEnd::Disconnected(C::DisconnectRequested | C::ClientClosed)
                | StreamEnd::ConnectFailed(E::DisconnectRequested | E::ClientClosed)
                | StreamEnd::Unsubscribed
                | StreamEnd::Closed
        )
    }
}

/// A message on its way to one of its takers.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) received: Received,
    /// In the ledger; QoS 0 has none.
    pub(super) place: Option<u64>,
    pub(super) cost: usize,
    /// Where it has several takers.
    pub(super) share: Option<Arc<Share>>,
    /// It is one copy of several, and others who match have theirs.
    pub(super) narrowed: bool,
    /// When it came; the clock's origin where nobody asks.
    pub(super) arrived: Instant,
}

/// The takers of one message; the last decides what becomes of it.
#[derive(Debug)]
pub(super) struct Share {
    pending: AtomicUsize,
    taken: AtomicBool,
}

impl Share {
    pub(super) fn new(takers: usize) -> Arc<Self> {
        Arc::new(Share {
            pending: AtomicUsize::new(takers),
            taken: AtomicBool::new(false),
        })
    }
}

impl Item {
    /// One taker has done with it; `true` where it was the last.
    pub(super) fn take(&self) -> bool {
        self.share.as_ref().is_none_or(|share| {
            share.taken.store(true, Ordering::Release);
            share.pending.fetch_sub(1, Ordering::AcqRel) == 1
        })
    }

    /// One taker gives it back. `None`: others still have it; else whether one of them took it.
    pub(super) fn give_back(&self) -> Option<bool> {
        let Some(share) = &self.share else {
            return Some(false);
        };
        let last = share.pending.fetch_sub(1, Ordering::AcqRel) == 1;
        last.then(|| share.taken.load(Ordering::Acquire))
    }
}

/// The queue of one stream, and what its consumer has been lent.
pub(super) type Stream = Mailbox<Queue>;

#[derive(Debug, Default)]
pub(super) struct Queue {
    pub(super) waiting: VecDeque<Item>,
    /// Lent and not done, oldest first.
    pub(super) lent: VecDeque<Item>,
    /// Whether the consumer takes what it is lent for done when it goes away.
    pub(super) done_by_drop: bool,
    pub(super) end: Option<StreamEnd>,
    /// Ends other than [`StreamEnd::Closed`] are told once, and the stream goes on.
    pub(super) tells: bool,
}

/// Takes the `count` first ones, which are there. A `drain` has more code than that.
pub(super) fn front<T>(queue: &mut VecDeque<T>, count: usize) -> Vec<T> {
    let mut taken = Vec::with_capacity(count);
    while taken.len() < count
        && let Some(next) = queue.pop_front()
    {
        taken.push(next);
    }
    taken
}

impl Queue {
    /// Whether there is something to take, or nothing ever again.
    pub(super) fn ready(&self) -> bool {
        !self.waiting.is_empty() || self.end.is_some()
    }

    pub(super) fn take(&mut self, max: usize) -> Result<Vec<Received>, StreamEnd> {
        self.take_with(max, |_| ())
    }

    /// As [`take`](Self::take); `prepare` is called for each before it is lent.
    pub(super) fn take_with(
        &mut self,
        max: usize,
        prepare: impl FnMut(&mut Item),
    ) -> Result<Vec<Received>, StreamEnd> {
        if self.waiting.is_empty() {
            let end = self.end.clone();
            self.go_on();
            return end.map_or(Ok(Vec::new()), Err);
        }
        let count = self.waiting.len().min(max.max(1));
        let mut batch: Vec<Item> = front(&mut self.waiting, count);
        batch.iter_mut().for_each(prepare);
        if self.waiting.is_empty() && self.waiting.capacity() > 1024 {
            self.waiting = VecDeque::new();
        }
        let lent = batch.iter().map(|item| item.received.clone()).collect();
        self.lent.extend(batch);
        Ok(lent)
    }

    /// What was to be told is old.
    pub(super) fn go_on(&mut self) {
        if self.tells {
            self.end.take_if(|end| *end != StreamEnd::Closed);
        }
    }

    /// The oldest of what is lent is done.
    pub(super) fn done(&mut self, count: usize) -> Vec<Item> {
        let count = count.min(self.lent.len());
        front(&mut self.lent, count)
    }

    pub(super) fn items(&self) -> impl Iterator<Item = &Item> {
        self.lent.iter().chain(&self.waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::{Queue, StreamEnd};
    use crate::error::DisconnectCause;

    fn telling(end: StreamEnd) -> Queue {
        Queue {
            tells: true,
            end: Some(end),
            ..Queue::default()
        }
    }

    #[test]
    fn a_stop_is_told_once_and_a_closed_client_for_ever() {
        let stop = StreamEnd::Disconnected(DisconnectCause::KeepAliveTimeout);
        let mut queue = telling(stop.clone());
        assert!(queue.ready());
        assert_eq!(queue.take(1), Err(stop));
        assert!(!queue.ready());
        assert_eq!(queue.take(1), Ok(Vec::new()));

        let mut queue = telling(StreamEnd::Closed);
        queue.go_on();
        for _ in 0..2 {
            assert_eq!(queue.take(1), Err(StreamEnd::Closed));
        }
    }
}
