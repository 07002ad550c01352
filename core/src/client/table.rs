//! Who takes which messages, besides the client's handler.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::after::After;
use super::failed::Failed;
use super::handler::MessageHandler;
use super::queue::{Item, Queue, Stream, StreamEnd};
use super::requests::Requests;
use super::tree::Tree;
use crate::proto::SubscriptionsLost;
use crate::types::{Instant, Properties, TopicFilter, TopicName};

/// Where so many messages wait in a stream, those that follow keep no read buffers alive.
const BACKLOG: usize = 64;

/// A stream, or the handler of a subscription.
#[derive(Debug)]
pub(super) struct Consumer {
    /// `None`: all messages.
    pub(super) filters: Option<Vec<TopicFilter>>,
    pub(super) takes: Takes,
    /// Its application acknowledges what wants to be acknowledged.
    pub(super) manual: bool,
    /// The places of what it has not decided on, where it is manual, and when each came.
    pub(super) undecided: HashMap<u64, Instant>,
    /// A subscription was made for it.
    pub(super) subscribed: bool,
    /// The attempt with whose connection it ends.
    pub(super) ends_with: Option<u64>,
    /// Of messages that it has not taken.
    pub(super) bytes: usize,
    /// That it is not read has been told.
    pub(super) warned: bool,
}

pub(super) enum Takes {
    Stream(Arc<Stream>),
    Handler(Arc<dyn MessageHandler>),
    /// The client's own requests, whose responses come.
    Requests(Arc<Requests>),
}

impl fmt::Debug for Takes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Takes::Stream(_) => "Stream",
            Takes::Handler(_) => "Handler",
            Takes::Requests(_) => "Requests",
        })
    }
}

/// The stream, or the handler that acknowledges itself, whose oldest message withholds the
/// acknowledgements of all that came after it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeldBack {
    /// Its filters, separated by spaces; `#` for a stream of all messages, and for the client's own
    /// handler.
    pub filter: String,
    /// Messages that it has not taken, or not acknowledged.
    pub messages: u64,
    /// What they cost in bytes.
    pub bytes: u64,
    /// How long the oldest of them has waited.
    pub since: Duration,
}

impl Consumer {
    pub(super) fn new(filters: Option<Vec<TopicFilter>>, takes: Takes) -> Self {
        Consumer {
            filters,
            takes,
            manual: false,
            undecided: HashMap::new(),
            subscribed: false,
            ends_with: None,
            bytes: 0,
            warned: false,
        }
    }

    pub(super) fn matches(&self, topic: &TopicName) -> bool {
        match &self.filters {
            None => true,
            Some(filters) => filters.iter().any(|filter| filter.matches(topic)),
        }
    }

    fn stream(&self) -> Option<&Arc<Stream>> {
        match &self.takes {
            Takes::Stream(stream) => Some(stream),
            Takes::Handler(_) | Takes::Requests(_) => None,
        }
    }

    fn name(&self) -> String {
        match &self.filters {
            None => "#".into(),
            Some(filters) => {
                let names: Vec<&str> = filters.iter().map(TopicFilter::as_str).collect();
                names.join(" ")
            }
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Table {
    /// In the order of their numbers.
    consumers: Vec<(u64, Consumer)>,
    next_id: u64,
    /// Their filters.
    tree: Tree,
    /// Those who take all messages.
    all: Vec<u64>,
    /// What one search needs, kept for the next.
    found: Vec<u64>,
}

impl Table {
    pub(super) fn is_empty(&self) -> bool {
        self.consumers.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.consumers.len()
    }

    pub(super) fn add(&mut self, consumer: Consumer) -> u64 {
        self.next_id += 1;
        match &consumer.filters {
            None => self.all.push(self.next_id),
            Some(filters) => {
                for filter in filters {
                    self.tree.insert(filter, self.next_id);
                }
            }
        }
        self.consumers.push((self.next_id, consumer));
        self.next_id
    }

    /// They are in the order of their numbers.
    fn position(&self, id: u64) -> Option<usize> {
        self.consumers
            .binary_search_by_key(&id, |(known, _)| *known)
            .ok()
    }

    pub(super) fn remove(&mut self, id: u64) -> Option<Consumer> {
        let position = self.position(id)?;
        let (_, consumer) = self.consumers.remove(position);
        self.all.retain(|known| *known != id);
        self.forget_filters(id, &consumer);
        Some(consumer)
    }

    fn forget_filters(&mut self, id: u64, consumer: &Consumer) {
        for filter in consumer.filters.iter().flatten() {
            self.tree.remove(filter, id);
        }
    }

    /// Puts the places in this table of those who match into `places`, each once and in order.
    pub(super) fn matching(&mut self, topic: &TopicName, places: &mut Vec<usize>) {
        places.clear();
        let mut found = std::mem::take(&mut self.found);
        found.clear();
        found.extend_from_slice(&self.all);
        self.tree.matching(topic, &mut found);
        places.extend(found.iter().filter_map(|id| self.position(*id)));
        self.found = found;
        if places.len() > 1 {
            places.sort_unstable();
            places.dedup();
        }
    }

    /// Of a place that [`matching`](Self::matching) gave.
    pub(super) fn get(&self, index: usize) -> &Consumer {
        &self.consumers[index].1
    }

    /// How the consumer of this number takes messages.
    pub(super) fn takes(&self, id: u64) -> Option<&Takes> {
        self.position(id).map(|index| &self.get(index).takes)
    }

    /// The number of the consumer at this place.
    pub(super) fn id(&self, index: usize) -> u64 {
        self.consumers[index].0
    }

    /// A manual handler is about to have this.
    pub(super) fn hold(&mut self, index: usize, item: &Item) {
        let consumer = &mut self.consumers[index].1;
        consumer.bytes += item.cost;
        if let Some(place) = item.place {
            consumer.undecided.insert(place, item.arrived);
        }
    }

    /// A manual consumer has decided.
    pub(super) fn decided(&mut self, id: u64, item: &Item) {
        self.took(id, std::slice::from_ref(item));
        if let Some(index) = self.position(id)
            && let Some(place) = item.place
        {
            self.consumers[index].1.undecided.remove(&place);
        }
    }

    /// Gives a message back to the stream that it came from, before all that waits there but what came before it and was
    /// given back, too: that is in front, and has a place.
    pub(super) fn push_front(&self, id: u64, item: Item, wake: &mut Vec<Arc<Stream>>) {
        let index = self.position(id);
        if let Some(stream) = index.and_then(|index| self.get(index).stream()) {
            stream.with(|queue| {
                let before = |it: &&Item| it.place.is_some() && it.place < item.place;
                let index = queue.waiting.iter().take_while(before).count();
                queue.waiting.insert(index, item);
            });
            wake.push(Arc::clone(stream));
        }
    }

    /// Queues a message for a stream, which is to be woken.
    pub(super) fn push(&mut self, index: usize, mut item: Item, wake: &mut Vec<Arc<Stream>>) {
        let consumer = &mut self.consumers[index].1;
        consumer.bytes += item.cost;
        if consumer.manual
            && let Some(place) = item.place
        {
            consumer.undecided.insert(place, item.arrived);
        }
        if let Some(stream) = consumer.stream() {
            stream.with(|queue| {
                if queue.waiting.len() >= BACKLOG {
                    item.received.message.detach();
                }
                queue.waiting.push_back(item);
            });
            if !wake.iter().any(|known| Arc::ptr_eq(known, stream)) {
                wake.push(Arc::clone(stream));
            }
        }
    }

    pub(super) fn took(&mut self, id: u64, items: &[Item]) {
        if let Some(index) = self.position(id) {
            let consumer = &mut self.consumers[index].1;
            let bytes: usize = items.iter().map(|item| item.cost).sum();
            consumer.bytes = consumer.bytes.saturating_sub(bytes);
            if consumer.bytes == 0 {
                consumer.warned = false;
            }
        }
    }

    /// Ends the streams that end with the connection of this number, or with an earlier one;
    /// they are to be woken.
    pub(super) fn end(&self, number: u64, end: &StreamEnd, wake: &mut Vec<Arc<Stream>>) {
        let closed = *end == StreamEnd::Closed;
        for (_, consumer) in &self.consumers {
            let ends = closed || consumer.ends_with.is_some_and(|attempt| attempt <= number);
            let Some(stream) = consumer.stream() else {
                continue;
            };
            let ended = stream.with(|queue| {
                let ends = ends || queue.tells && !end.was_asked_for();
                if ends && (queue.end.is_none() || closed && queue.tells) {
                    queue.end = Some(end.clone());
                }
                ends
            });
            if ended {
                wake.push(Arc::clone(stream));
            }
        }
    }

    /// There is a connection again.
    pub(super) fn go_on(&self) {
        let streams = self.consumers.iter();
        for stream in streams.filter_map(|(_, consumer)| consumer.stream()) {
            stream.with(Queue::go_on);
        }
    }

    /// These subscriptions are no more: who has no other filter ends. Gives the handlers that do.
    pub(super) fn lose(
        &mut self,
        lost: &SubscriptionsLost,
        properties: Properties,
        after: &mut After,
    ) -> Vec<Arc<dyn MessageHandler>> {
        let mut handlers = Vec::new();
        let failed = Failed::lost(lost, properties);
        let tree = &mut self.tree;
        self.consumers.retain_mut(|(id, consumer)| {
            let Some(filters) = consumer.filters.as_mut().filter(|_| consumer.subscribed) else {
                return true;
            };
            let mut error = None;
            filters.retain(|filter| {
                let found = lost.filters.iter().find(|(lost, _)| lost == filter);
                error = found.map(|(_, error)| error.clone()).or(error.take());
                if found.is_some() {
                    tree.remove(filter, *id);
                }
                found.is_none()
            });
            let Some(error) = error.filter(|_| filters.is_empty()) else {
                return true;
            };
            match &consumer.takes {
                Takes::Handler(handler) => {
                    handlers.push(Arc::clone(handler));
                    false
                }
                Takes::Requests(requests) => {
                    after.lost.push((Arc::clone(requests), failed(error)));
                    true
                }
                Takes::Stream(stream) => {
                    stream.with(|queue| {
                        let end = StreamEnd::SubscribeFailed(failed(error));
                        queue.end.get_or_insert(end);
                    });
                    after.wake.push(Arc::clone(stream));
                    true
                }
            }
        });
        handlers
    }

    /// They own what the application gave.
    pub(super) fn take_handlers(&mut self) -> impl Iterator<Item = Arc<dyn MessageHandler>> {
        let tree = &mut self.tree;
        let handlers = self.consumers.extract_if(.., |(id, consumer)| {
            let goes = consumer.stream().is_none();
            if goes {
                for filter in consumer.filters.iter().flatten() {
                    tree.remove(filter, *id);
                }
            }
            goes
        });
        handlers.filter_map(|(_, consumer)| match consumer.takes {
            Takes::Handler(handler) => Some(handler),
            Takes::Stream(_) | Takes::Requests(_) => None,
        })
    }

    pub(super) fn only_of(&self, id: u64, filters: &[TopicFilter]) -> Vec<TopicFilter> {
        let others = |filter: &&TopicFilter| {
            !self.consumers.iter().any(|(other, consumer)| {
                *other != id
                    && consumer.subscribed
                    && consumer
                        .filters
                        .as_ref()
                        .is_some_and(|theirs| theirs.contains(filter))
            })
        };
        filters.iter().filter(others).cloned().collect()
    }

    pub(super) fn handler_filters(&self, id: u64) -> Option<Vec<TopicFilter>> {
        let (_, consumer) = &self.consumers[self.position(id)?];
        match consumer.takes {
            Takes::Handler(_) => consumer.filters.clone(),
            Takes::Stream(_) | Takes::Requests(_) => None,
        }
    }

    /// Who has the message of this connection and place.
    pub(super) fn holder(
        &self,
        connection_number: u64,
        place: u64,
        now: Instant,
    ) -> Option<(usize, HeldBack)> {
        let mut all = self.consumers.iter().enumerate();
        all.find_map(|(index, (_, consumer))| {
            if let Some(arrived) = consumer.undecided.get(&place) {
                let held = HeldBack {
                    filter: consumer.name(),
                    messages: consumer.undecided.len() as u64,
                    bytes: consumer.bytes as u64,
                    since: now.saturating_since(*arrived),
                };
                return Some((index, held));
            }
            let held = consumer.stream()?.with(|queue| {
                let oldest = queue.items().find(|item| {
                    item.place == Some(place)
                        && item.received.connection_number == connection_number
                })?;
                Some(HeldBack {
                    filter: consumer.name(),
                    messages: queue.items().count() as u64,
                    bytes: consumer.bytes as u64,
                    since: now.saturating_since(oldest.arrived),
                })
            })?;
            Some((index, held))
        })
    }

    /// Whether it has to be told that the stream of this place is not read.
    pub(super) fn warn_of(&mut self, index: usize) -> bool {
        !std::mem::replace(&mut self.consumers[index].1.warned, true)
    }
}
