//! Which subscriptions the broker has of this client, and what tells a message of one from a message
//! of another: Subscription Identifiers (section 3.8.2.1.2).
//!
//! Where filters overlap, a broker may send a message once for each of them (section 3.3.4). A
//! subscription whose filters overlap with others therefore has an identifier, which the library
//! gives where the application does not. Most overlap with none, and cost nothing.

use std::collections::HashMap;

use super::copies::Copies;
use super::tree::Tree;
use crate::proto::{Connected, OWN_IDENTIFIERS, Outcome};
use crate::types::{
    Message, Properties, Property, PropertyId, Subscription, TopicFilter, TopicName,
};

/// So many identifiers of one filter are known, of which only the last is in force: messages that
/// wait at the broker may have earlier ones.
const MOST_OF_ONE: usize = 8;

/// A message that matches more filters than this goes to all who match.
const MOST_MATCHING: usize = 64;

/// A change of what the broker has, whose outcome is awaited.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// The numbers of the filters, in their order.
    Subscribes(Vec<u64>),
    /// The same.
    Unsubscribes(Vec<u64>),
}

/// The subscriptions of one client in MQTT 5.0, each filter by a number. As many as the application
/// makes; each costs about its filter twice and 300 bytes.
#[derive(Debug)]
pub(super) struct Identifiers {
    last: u64,
    numbers: HashMap<TopicFilter, u64>,
    held: HashMap<u64, Held>,
    tree: Tree,
    /// What each identifier stands for.
    meanings: HashMap<u32, Vec<u64>>,
    next: u32,
    /// The broker has identifiers, as far as is known.
    offered: bool,
    /// Filters that the session asks for again, as the broker has lost them.
    missing: u32,
    pub(super) copies: Copies,
    /// The filters that match the message at hand, ascending.
    matching: Vec<u64>,
}

#[derive(Debug)]
struct Held {
    filter: TopicFilter,
    /// What was asked for last.
    identifier: Option<u32>,
    /// That, and what was asked for earlier.
    known: Vec<u32>,
    /// Each message that matches it comes for it: it is not shared, and has no `no_local`.
    plain: bool,
    retain_as_published: bool,
    granted: bool,
    /// Outcomes that are awaited.
    waits: u32,
}

/// For which of the filters that match it a message came. Each filter is a bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Copy {
    /// Those for which it came.
    pub(super) of: u64,
    /// All.
    pub(super) all: u64,
    /// Those without an identifier.
    pub(super) unnamed: u64,
    /// The broker is sure to have all of them, and nothing but its habits decides which copies come.
    pub(super) settled: bool,
}

impl Default for Identifiers {
    fn default() -> Self {
        Identifiers {
            last: 0,
            numbers: HashMap::new(),
            held: HashMap::new(),
            tree: Tree::default(),
            meanings: HashMap::new(),
            next: *OWN_IDENTIFIERS.start(),
            offered: true,
            missing: 0,
            copies: Copies::default(),
            matching: Vec::new(),
        }
    }
}

impl Identifiers {
    /// A SUBSCRIBE is to be sent; adds an identifier where it needs one. Always from the same number
    /// on: a program that comes back to its session asks for the same again.
    pub(super) fn subscribing(
        &mut self,
        subscriptions: &[Subscription],
        properties: &mut Properties,
    ) -> Change {
        let given = properties.get_number(PropertyId::SubscriptionIdentifier);
        let wanted = given.is_none() && self.offered && self.wants_one(subscriptions);
        let numbers: Vec<u64> = subscriptions.iter().map(|it| self.enter(it)).collect();
        let identifier = match wanted {
            true => self.own(&numbers),
            false => given,
        };
        if given.is_none()
            && let Some(identifier) = identifier
        {
            properties.push(Property::SubscriptionIdentifier(identifier));
        }
        for number in &numbers {
            self.identify(*number, identifier);
        }
        self.copies.forget();
        Change::Subscribes(numbers)
    }

    /// Whether they overlap with others, or did when they were asked for before.
    fn wants_one(&self, subscriptions: &[Subscription]) -> bool {
        subscriptions.iter().any(|subscription| {
            let number = self.numbers.get(&subscription.filter).copied();
            let before = number.and_then(|number| self.held.get(&number)?.identifier);
            before.is_some_and(|it| OWN_IDENTIFIERS.contains(&it))
                || self.tree.overlaps(&subscription.filter, number)
        })
    }

    /// The number of a filter that is asked for.
    fn enter(&mut self, subscription: &Subscription) -> u64 {
        let filter = &subscription.filter;
        let number = self.numbers.get(filter).copied().unwrap_or_else(|| {
            self.last += 1;
            self.tree.insert(filter, self.last);
            self.numbers.insert(filter.clone(), self.last);
            self.last
        });
        let held = self.held.entry(number).or_insert_with(|| Held {
            filter: filter.clone(),
            identifier: None,
            known: Vec::new(),
            plain: true,
            retain_as_published: false,
            granted: false,
            waits: 0,
        });
        held.plain = !subscription.no_local && !filter.is_shared();
        held.retain_as_published = subscription.retain_as_published;
        held.waits += 1;
        number
    }

    /// One of the library's, for these; `None` where all are taken.
    fn own(&mut self, numbers: &[u64]) -> Option<u32> {
        if let [number] = numbers
            && let Some(before) = self.held.get(number).and_then(|held| held.identifier)
            && OWN_IDENTIFIERS.contains(&before)
            && self.meanings.get(&before).is_some_and(|it| it == numbers)
        {
            return Some(before);
        }
        for _ in OWN_IDENTIFIERS {
            let next = self.next;
            self.next = match next == *OWN_IDENTIFIERS.end() {
                true => *OWN_IDENTIFIERS.start(),
                false => next + 1,
            };
            if !self.meanings.contains_key(&next) {
                return Some(next);
            }
        }
        None
    }

    fn identify(&mut self, number: u64, identifier: Option<u32>) {
        let Some(held) = self.held.get_mut(&number) else {
            return;
        };
        held.identifier = identifier;
        let Some(identifier) = identifier.filter(|it| !held.known.contains(it)) else {
            return;
        };
        held.known.push(identifier);
        let oldest = (held.known.len() > MOST_OF_ONE).then(|| held.known.remove(0));
        self.meanings.entry(identifier).or_default().push(number);
        if let Some(oldest) = oldest {
            self.means_no_more(oldest, number);
        }
    }

    fn means_no_more(&mut self, identifier: u32, number: u64) {
        if let Some(meaning) = self.meanings.get_mut(&identifier) {
            meaning.retain(|known| *known != number);
            if meaning.is_empty() {
                self.meanings.remove(&identifier);
            }
        }
    }

    /// An UNSUBSCRIBE is to be sent.
    pub(super) fn unsubscribing(&mut self, filters: &[TopicFilter]) -> Change {
        let numbers = filters.iter().map(|filter| {
            let number = self.numbers.get(filter).copied().unwrap_or_default();
            if let Some(held) = self.held.get_mut(&number) {
                held.waits += 1;
            }
            number
        });
        let change = Change::Unsubscribes(numbers.collect());
        self.copies.forget();
        change
    }

    /// It has its outcome; `None`: it was not asked for in the end.
    pub(super) fn changed(&mut self, change: &Change, outcome: Option<&Outcome>) {
        let (Change::Subscribes(numbers) | Change::Unsubscribes(numbers)) = change;
        for (index, number) in numbers.iter().enumerate() {
            let Some(held) = self.held.get_mut(number) else {
                continue;
            };
            held.waits = held.waits.saturating_sub(1);
            let code = outcome.and_then(|outcome| outcome.reason_codes.get(index));
            if code.is_some_and(|code| !code.is_error()) {
                held.granted = matches!(change, Change::Subscribes(_));
            }
            if !held.granted && held.waits == 0 {
                self.remove(*number);
            }
        }
        self.copies.forget();
    }

    /// The broker does not have these any more.
    pub(super) fn lost<'a>(&mut self, filters: impl Iterator<Item = &'a TopicFilter>) {
        for filter in filters {
            if let Some(number) = self.numbers.get(filter).copied() {
                self.remove(number);
            }
        }
        self.copies.forget();
    }

    fn remove(&mut self, number: u64) {
        let Some(held) = self.held.remove(&number) else {
            return;
        };
        self.numbers.remove(&held.filter);
        self.tree.remove(&held.filter, number);
        for identifier in held.known {
            self.means_no_more(identifier, number);
        }
    }

    /// A connection begins, with whose broker nothing is known yet.
    pub(super) fn connected(&mut self, connected: &Connected) {
        self.offered = connected.subscription_identifiers_available;
        self.copies.unlearn();
        self.missing = connected.resubscribed;
        if connected.session_present || connected.resubscribed > 0 {
            return;
        }
        let held = |held: &Held| held.granted && held.waits == 0;
        // A new session, for which nobody asks again.
        let gone = self.held.iter().filter(|(_, it)| held(it));
        let gone: Vec<u64> = gone.map(|(number, _)| *number).collect();
        gone.into_iter().for_each(|number| self.remove(number));
    }

    /// The broker has answered for so many that it had lost.
    pub(super) fn subscribed_again(&mut self, filters: u32) {
        self.missing = self.missing.saturating_sub(filters);
        self.copies.forget();
    }

    /// Whether messages may say more than their topic does.
    pub(super) fn tell(&self) -> bool {
        self.offered && !self.meanings.is_empty()
    }

    /// For whom a message came, where it says so and there are others; takes the library's
    /// identifiers out of it. `None`: it is for all who match.
    pub(super) fn read(&mut self, message: &mut Message) -> Option<Copy> {
        let copy = match self.tell() {
            true => self.copy(message),
            false => None,
        };
        if !message.properties.is_empty() {
            message.properties.retain(|property| !is_own(property));
        }
        copy
    }

    fn copy(&mut self, message: &Message) -> Option<Copy> {
        self.find(&message.topic);
        let count = self.matching.len();
        if !(2..=MOST_MATCHING).contains(&count) {
            return None;
        }
        let mut copy = Copy {
            of: 0,
            all: u64::MAX >> (MOST_MATCHING - count),
            unnamed: 0,
            settled: self.missing == 0,
        };
        for (place, number) in self.matching.iter().enumerate() {
            let held = self.held.get(number)?;
            copy.unnamed |= u64::from(held.identifier.is_none()) << place;
            copy.settled &= held.plain && held.granted && held.waits == 0;
        }
        let mut named = false;
        for property in &message.properties {
            let Property::SubscriptionIdentifier(identifier) = property else {
                continue;
            };
            named = true;
            for number in self.meanings.get(identifier).into_iter().flatten() {
                if let Ok(place) = self.matching.binary_search(number) {
                    copy.of |= 1 << place;
                }
            }
        }
        if !named {
            copy.of = copy.unnamed;
        }
        // What a new subscription is sent of the past is as brokers like; it makes no pairs.
        if message.retain && !self.keeps_retain(copy.of) {
            return None;
        }
        (copy.of != 0 && copy.of != copy.all).then_some(copy)
    }

    fn find(&mut self, topic: &TopicName) {
        self.matching.clear();
        self.tree.matching(topic, &mut self.matching);
        self.matching.sort_unstable();
        self.matching.dedup();
    }

    fn keeps_retain(&self, of: u64) -> bool {
        let all = self.matching.iter().enumerate();
        let mut of = all.filter(|(place, _)| of >> place & 1 == 1);
        of.any(|(_, number)| {
            let held = self.held.get(number);
            held.is_some_and(|held| held.retain_as_published)
        })
    }

    /// Which of the filters that match the message at hand are among these.
    pub(super) fn among(&self, filters: &[TopicFilter]) -> u64 {
        let mut among = 0;
        for (place, number) in self.matching.iter().enumerate() {
            let held = self.held.get(number);
            among |= u64::from(held.is_some_and(|it| filters.contains(&it.filter))) << place;
        }
        among
    }
}

fn is_own(property: &Property) -> bool {
    matches!(property, Property::SubscriptionIdentifier(it) if OWN_IDENTIFIERS.contains(it))
}
