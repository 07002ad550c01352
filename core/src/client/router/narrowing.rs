//! Whom one copy of a message is for, where the broker sends a copy for each of the subscriptions that
//! match it.

use super::Offer;
use crate::client::accounts::Accounts;
use crate::client::copies::Earlier;
use crate::client::identifiers::{Copy, Identifiers};
use crate::client::queue::Item;
use crate::client::table::Consumer;
use crate::types::{Message, PropertyId};

/// Whether this message has the identifiers of subscriptions.
#[inline]
pub(super) fn names_takers(message: &Message) -> bool {
    let properties = &message.properties;
    !properties.is_empty() && properties.get(PropertyId::SubscriptionIdentifier).is_some()
}

impl Accounts {
    /// Leaves those of `matching`, who match by their filters, whom this copy is for. `false`: it is for
    /// nobody, not for the client's handler either.
    pub(super) fn narrow(
        &mut self,
        item: &mut Item,
        matching: &mut Vec<usize>,
        offer: Offer,
    ) -> bool {
        if offer == Offer::Again {
            // Those who are there now, and match, have copies of their own.
            return !item.narrowed || matching.is_empty();
        }
        let Accounts {
            identifiers, table, ..
        } = self;
        let message = &mut item.received.message;
        let now = item.arrived;
        let Some(copy) = identifiers.read(message) else {
            return true;
        };
        let proven = identifiers.copies.proven;
        if !proven && !copy.settled {
            return true;
        }
        let several = |index: &usize| {
            let own = own(table.get(*index), identifiers, copy);
            own.count_ones() > 1
        };
        let earlier = if !proven || matching.is_empty() || matching.iter().any(several) {
            identifiers.copies.note(message, copy, !proven, now)
        } else {
            Earlier::default()
        };
        let to_all = match earlier.seen {
            0 => !proven,
            _ => earlier.to_all,
        };
        let wants = |own: u64| {
            let own = if to_all { copy.all } else { own };
            copy.of & own != 0 && earlier.seen & own == 0
        };
        let before = matching.len();
        if before == 0 {
            return wants(copy.all);
        }
        matching.retain(|index| wants(own(table.get(*index), identifiers, copy)));
        item.narrowed = matching.len() < before;
        !matching.is_empty()
    }
}

/// The filters for which a consumer waits for a copy of its own; all where that cannot be told.
fn own(consumer: &Consumer, identifiers: &Identifiers, copy: Copy) -> u64 {
    let filters = consumer.filters.as_deref().filter(|_| consumer.subscribed);
    let own = filters.map_or(0, |filters| identifiers.among(filters));
    match own == 0 || own & copy.unnamed != 0 {
        true => copy.all,
        false => own,
    }
}
