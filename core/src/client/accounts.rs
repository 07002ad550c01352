//! What the router knows: who takes messages, which ones are not acknowledged, and which wait for
//! somebody.

use std::collections::HashMap;
use std::time::Duration;

use super::after::After;
use super::identifiers::Identifiers;
use super::ledger::Ledger;
use super::queue::{Item, Received, StreamEnd};
use super::returned::Returned;
use super::table::{HeldBack, Table};
use super::time::Time;
use super::unclaimed::Unclaimed;
use crate::types::{Instant, Message, QoS, Text};

/// The taker that is the client's own handler.
pub(super) const CLIENT: u64 = 0;

/// A stream that holds acknowledgements back for so long is warned of.
pub(super) const HELD_TOO_LONG: Duration = Duration::from_secs(10);

/// What the client's own handler has not decided on, where it acknowledges itself.
#[derive(Debug, Default)]
pub(super) struct Undecided {
    /// By their places: when each came, and its cost.
    places: HashMap<u64, (Instant, usize)>,
    /// That it does not decide has been told.
    warned: bool,
}

impl Undecided {
    pub(super) fn hold(&mut self, place: u64, item: &Item) {
        self.places.insert(place, (item.arrived, item.cost));
    }

    fn decided(&mut self, place: u64) {
        self.places.remove(&place);
        self.warned &= !self.places.is_empty();
    }

    fn holder(&self, place: u64, now: Instant) -> Option<HeldBack> {
        let (arrived, _) = self.places.get(&place)?;
        Some(HeldBack {
            filter: "#".into(),
            messages: self.places.len() as u64,
            bytes: self.places.iter().map(|(_, (_, cost))| *cost as u64).sum(),
            since: now.saturating_since(*arrived),
        })
    }
}

#[derive(Debug)]
pub(super) struct Accounts {
    pub(super) ledger: Ledger,
    pub(super) table: Table,
    /// What the broker has, in MQTT 5.0.
    pub(super) identifiers: Identifiers,
    /// Messages that match no other consumer go to the client's handler.
    pub(super) handler: bool,
    /// What the message lane has not taken.
    pub(super) lane_bytes: usize,
    pub(super) unclaimed: Unclaimed,
    pub(super) own: Undecided,
    /// What handlers gave back.
    pub(super) returned: Returned,
    /// Until then unclaimed messages wait for a consumer of a resumed session.
    pub(super) resumed_until: Instant,
    pub(super) dropped: u64,
    /// Streams of connections up to this number end when the turn's messages are delivered.
    pub(super) ending: Option<(u64, StreamEnd)>,
    pub(super) closed: bool,
    pub(super) look_for_holder_at: Option<Instant>,
    /// What the broker said of response topics.
    pub(super) response_information: Option<Text>,
    /// What CONNECT had, or what the broker assigned.
    pub(super) client_id: Text,
    /// What routing one message needs, kept for the next.
    pub(super) matching: Vec<usize>,
}

impl Accounts {
    /// A message that has just come, in the ledger where it wants an acknowledgement.
    pub(super) fn item(&mut self, message: Message, now: Instant) -> Item {
        Item {
            cost: message.cost(),
            place: (message.qos > QoS::AtMostOnce).then(|| self.ledger.arrived()),
            received: Received {
                message,
                connection_number: self.ledger.connection_number(),
                acknowledgement: None,
            },
            share: None,
            narrowed: false,
            arrived: now,
        }
    }

    /// The handler alone, where it does not acknowledge itself, needs no clock.
    pub(super) fn time_of_arrival(&self, time: &Time, manual: bool) -> Instant {
        match self.has_handler_alone() && !manual {
            true => Instant::ORIGIN,
            false => time.now(),
        }
    }

    /// Whether there is no other taker than the client's handler, and nothing else to look for in a
    /// message that names none.
    pub(super) fn has_handler_alone(&self) -> bool {
        self.handler && self.table.is_empty() && !self.identifiers.tell()
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        Instant::earliest([
            self.unclaimed.next_deadline(),
            self.returned.next_deadline(),
            self.look_for_holder_at,
        ])
    }

    pub(super) fn consumers(&self) -> usize {
        self.table.len() + usize::from(self.handler)
    }

    /// All takers have taken it, or nobody will.
    pub(super) fn taken(&mut self, item: &Item, after: &mut After) {
        if let Some(place) = item.place {
            self.ledger.taken(place);
        }
        after.bytes += item.cost;
    }

    /// The application has decided on what it was given to acknowledge itself.
    pub(super) fn decided(&mut self, taker: u64, item: &Item) {
        if taker == CLIENT {
            self.lane_bytes = self.lane_bytes.saturating_sub(item.cost);
            if let Some(place) = item.place {
                self.own.decided(place);
            }
        } else {
            self.table.decided(taker, item);
        }
    }

    /// `deadline` is `None` where it may wait for ever.
    pub(super) fn wait_unclaimed(
        &mut self,
        mut item: Item,
        deadline: Option<Instant>,
        now: Instant,
        after: &mut After,
    ) {
        if deadline.is_some_and(|deadline| deadline <= now) {
            self.tell_unclaimed(&item, after);
        } else {
            // Whoever comes for it has no other.
            item.narrowed = false;
            item.received.message.detach();
            self.unclaimed.push(item, deadline);
        }
    }

    pub(super) fn tell_unclaimed(&mut self, item: &Item, after: &mut After) {
        if self.unclaimed.tell(&item.received.message) {
            after.unclaimed.push(item.received.message.clone());
        }
        self.taken(item, after);
    }

    /// Who has the oldest unacknowledged message; without a place in the table it is the client's own
    /// handler.
    pub(super) fn held_back(&self, now: Instant) -> Option<(Option<usize>, HeldBack)> {
        let oldest = self.ledger.oldest()?;
        if let Some(held) = self.own.holder(oldest, now) {
            return Some((None, held));
        }
        let number = self.ledger.connection_number();
        let (index, held) = self.table.holder(number, oldest, now)?;
        Some((Some(index), held))
    }

    pub(super) fn look_for_holder(&mut self, now: Instant, after: &mut After) {
        self.look_for_holder_at = self.ledger.oldest().map(|_| now + HELD_TOO_LONG);
        let Some((index, held)) = self.held_back(now) else {
            return;
        };
        if held.since < HELD_TOO_LONG {
            return;
        }
        let news = match index {
            Some(index) => self.table.warn_of(index),
            None => !std::mem::replace(&mut self.own.warned, true),
        };
        if news {
            after.held = Some(held);
        }
    }
}
