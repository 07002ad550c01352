//! Messages that nobody has taken yet, and nobody will after a time.

use super::queue::Item;
use super::table::Consumer;
use crate::types::{Instant, Message};

/// So many topics are named in warnings.
const MAX_WARNED: usize = 100;

#[derive(Debug)]
pub(super) struct Unclaimed {
    /// Without a time: until the first consumer comes.
    waiting: Vec<(Item, Option<Instant>)>,
    next: Option<Instant>,
    had_consumer: bool,
    told: u64,
    warned: Vec<String>,
}

impl Unclaimed {
    /// `had_consumer`: there is one from the beginning.
    pub(super) fn new(had_consumer: bool) -> Self {
        Unclaimed {
            waiting: Vec::new(),
            next: None,
            had_consumer,
            told: 0,
            warned: Vec::new(),
        }
    }

    /// Until when a message that comes now waits; `None`: for ever.
    pub(super) fn deadline(&self, now: Instant, resumed_until: Instant) -> Option<Instant> {
        self.had_consumer.then_some(now.max(resumed_until))
    }

    pub(super) fn push(&mut self, item: Item, deadline: Option<Instant>) {
        self.next = Instant::earliest([self.next, deadline]);
        self.waiting.push((item, deadline));
    }

    /// What a new consumer takes. Where it is the first one, the others' time begins.
    pub(super) fn claim(&mut self, consumer: &Consumer, deadline: Instant) -> Vec<Item> {
        if !std::mem::replace(&mut self.had_consumer, true) {
            for (_, waits_until) in &mut self.waiting {
                waits_until.get_or_insert(deadline);
            }
        }
        let matches = |(item, _): &mut (Item, _)| consumer.matches(&item.received.message.topic);
        let claimed = self.waiting.extract_if(.., matches);
        let claimed = claimed.map(|(item, _)| item).collect();
        self.find_next();
        claimed
    }

    fn find_next(&mut self) {
        self.next = Instant::earliest(self.waiting.iter().map(|(_, deadline)| *deadline));
        if self.waiting.is_empty() {
            self.waiting = Vec::new();
        }
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.next
    }

    /// Those whose time is over.
    pub(super) fn due(&mut self, now: Instant) -> Vec<Item> {
        if self.next.is_none_or(|next| next > now) {
            return Vec::new();
        }
        let over = |(_, deadline): &mut (Item, Option<Instant>)| {
            deadline.is_some_and(|deadline| deadline <= now)
        };
        let due = self.waiting.extract_if(.., over);
        let due = due.map(|(item, _)| item).collect();
        self.find_next();
        due
    }

    /// Counts a message that nobody takes; whether it is to be warned of.
    pub(super) fn tell(&mut self, message: &Message) -> bool {
        self.told += 1;
        let topic = message.topic.as_str();
        let new = self.warned.len() < MAX_WARNED && !self.warned.iter().any(|it| it == topic);
        if new {
            self.warned.push(topic.to_owned());
        }
        new
    }

    /// Messages told so far.
    pub(super) fn told(&self) -> u64 {
        self.told
    }

    pub(super) fn clear(&mut self) {
        self.waiting = Vec::new();
        self.next = None;
    }
}
