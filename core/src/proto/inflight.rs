//! What we sent and the broker has not finished: packet identifiers, QoS 1 and 2, subscribe and
//! unsubscribe. It is the client's half of the session's outbound state (section 4.1).

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::num::{NonZeroU16, NonZeroU64};

use super::operation::Request;
use super::outbound::Outbound;
use crate::types::{Instant, Properties, QoS, ReasonCode};

/// How many QoS 1 and 2 publishes are sent ahead, whatever the broker would allow.
pub(super) const MAX_WINDOW: u16 = 4096;

/// The same in 3.1.1, which has no Receive Maximum: what every broker takes. With 2,000 in flight
/// mosquitto 2.0.11, mochi 2.7.9 and aedes 1.2.0 close the connection.
pub(super) const WINDOW_V311: u16 = 20;

/// How far an exchange has come.
#[derive(Debug)]
pub(super) enum Exchange {
    /// PUBLISH sent (or to be sent again); waits for PUBACK or PUBREC.
    Publish(Outbound),
    /// PUBREL sent; waits for PUBCOMP.
    Release {
        /// It was sent on an earlier connection, too, and may have been answered there.
        repeated: bool,
        /// What PUBREC said, which the outcome has.
        reason_code: ReasonCode,
        /// The same, in words and user properties. Boxed: few have some.
        told: Option<Box<Properties>>,
    },
    /// A QoS 2 PUBLISH of an earlier connection that may not be repeated, and whose operation has
    /// ended. The broker may know its identifier, and would take another message under it for a
    /// repetition: it stays in use until the broker has ended the exchange, too. For that it is asked,
    /// by PUBREL, when the session is resumed (section 4.3.3: it says PUBCOMP whether it knows the
    /// identifier or not).
    Withdrawn {
        /// The broker ended connections at it. It is not spoken of again, and its identifier stays in
        /// use as long as the session lasts: each such one has cost several connections, so they
        /// are few.
        poison: bool,
    },
    /// Waits for SUBACK or UNSUBACK.
    Request(Box<Request>),
}

impl Exchange {
    /// What is kept of a PUBREC.
    fn told_cost(&self) -> usize {
        match self {
            Exchange::Release {
                told: Some(told), ..
            } => told.cost(),
            _ => 0,
        }
    }
}

#[derive(Debug)]
pub(super) struct Slot<T> {
    pub(super) exchange: Exchange,
    pub(super) token: Option<T>,
    /// What it costs in the outbound queue, where it counts.
    pub(super) cost: Option<usize>,
    /// The order in which the application asked, which is that of the first sending: a resumed
    /// session repeats it [MQTT-4.6.0-1].
    pub(super) serial: u64,
    /// The offset in the stream of the present connection at which its packet begins, which is never
    /// 0, as CONNECT is before it; `None` where this connection has not sent it.
    pub(super) sent_from: Option<NonZeroU64>,
    /// When the application no longer waits for its outcome. Boxed: few have one.
    pub(super) until: Option<Box<Instant>>,
    /// It has its outcome, although the exchange goes on.
    pub(super) told: bool,
}

#[derive(Debug)]
pub(super) struct Inflight<T> {
    slots: HashMap<u16, Slot<T>, BuildHasherDefault<PacketIdHasher>>,
    next_id: u16,
    publishes: u16,
    withdrawn: usize,
    /// What the words and user properties of PUBRECs cost that wait for PUBCOMP.
    told_cost: usize,
}

impl<T> Default for Inflight<T> {
    fn default() -> Self {
        Inflight {
            slots: HashMap::default(),
            next_id: 1,
            publishes: 0,
            withdrawn: 0,
            told_cost: 0,
        }
    }
}

impl<T> Inflight<T> {
    /// How many publishes are unfinished.
    pub(super) fn publishes(&self) -> u16 {
        self.publishes
    }

    /// Whether every Packet Identifier is in use.
    pub(super) fn is_full(&self) -> bool {
        self.slots.len() >= usize::from(u16::MAX)
    }

    /// Whether nothing is unfinished.
    pub(super) fn is_idle(&self) -> bool {
        self.slots.len() == self.withdrawn
    }

    /// Starts an exchange under a free Packet Identifier [MQTT-2.2.1-3]. `Err` gives the token
    /// back where all 65,535 are in use.
    pub(super) fn start(
        &mut self,
        exchange: Exchange,
        cost: Option<usize>,
        serial: u64,
        sent_from: u64,
        token: Option<T>,
    ) -> Result<(NonZeroU16, &mut Slot<T>), Option<T>> {
        if self.is_full() {
            return Err(token);
        }
        let id = loop {
            let id = self.next_id;
            self.next_id = id.wrapping_add(1).max(1);
            if !self.slots.contains_key(&id) {
                break NonZeroU16::new(id).unwrap_or(NonZeroU16::MIN);
            }
        };
        let mut until = None;
        if let Exchange::Publish(outbound) = &exchange {
            self.publishes += 1;
            until = outbound.until().map(Box::new);
        }
        let slot = self.slots.entry(id.get()).insert_entry(Slot {
            exchange,
            token,
            cost,
            serial,
            sent_from: NonZeroU64::new(sent_from),
            until,
            told: false,
        });
        Ok((id, slot.into_mut()))
    }

    pub(super) fn get_mut(&mut self, id: NonZeroU16) -> Option<&mut Slot<T>> {
        self.slots.get_mut(&id.get())
    }

    pub(super) fn finish(&mut self, id: NonZeroU16) -> Option<Slot<T>> {
        let slot = self.slots.remove(&id.get())?;
        self.told_cost -= slot.exchange.told_cost();
        match slot.exchange {
            Exchange::Publish(_) | Exchange::Release { .. } => self.publishes -= 1,
            Exchange::Withdrawn { .. } => self.withdrawn -= 1,
            Exchange::Request(_) => {}
        }
        Some(slot)
    }

    /// The broker has the message of this publish: what it said with PUBREC waits for PUBCOMP, its
    /// words and user properties as far as those of all publishes cost no more than `most`.
    pub(super) fn release(
        &mut self,
        id: NonZeroU16,
        reason_code: ReasonCode,
        properties: &Properties,
        most: usize,
    ) {
        let Some(slot) = self.slots.get_mut(&id.get()) else {
            return;
        };
        let mut told = None;
        if !properties.is_empty() {
            let properties = properties.problem_information();
            let all = self.told_cost.saturating_add(properties.cost());
            if all <= most && !properties.is_empty() {
                self.told_cost = all;
                told = Some(Box::new(properties));
            }
        }
        slot.exchange = Exchange::Release {
            repeated: false,
            reason_code,
            told,
        };
    }

    /// Ends a publish that may not be repeated; where the broker may know its identifier, that
    /// stays in use. Gives what is ended: its token and its cost; `None` where that was before.
    pub(super) fn withdraw(
        &mut self,
        id: NonZeroU16,
        poison: bool,
    ) -> Option<(Option<T>, Option<usize>)> {
        let slot = self.slots.get_mut(&id.get())?;
        match &mut slot.exchange {
            Exchange::Withdrawn { poison: known } => {
                *known |= poison;
                return None;
            }
            Exchange::Publish(outbound) if outbound.message.qos != QoS::ExactlyOnce => {
                return self.finish(id).map(|slot| (slot.token, slot.cost));
            }
            Exchange::Request(_) => {
                return self.finish(id).map(|slot| (slot.token, slot.cost));
            }
            Exchange::Publish(_) | Exchange::Release { .. } => {}
        }
        self.told_cost -= slot.exchange.told_cost();
        slot.exchange = Exchange::Withdrawn { poison };
        self.publishes -= 1;
        self.withdrawn += 1;
        Some((slot.token.take(), slot.cost))
    }

    /// The identifiers in use, in the order of the first sending.
    pub(super) fn in_order(&self) -> Vec<NonZeroU16> {
        // The map's own order never shows: it is sorted away.
        let mut ids: Vec<(u64, u16)> = self
            .slots
            .iter()
            .map(|(id, slot)| (slot.serial, *id))
            .collect();
        ids.sort_unstable();
        ids.into_iter()
            .filter_map(|(_, id)| NonZeroU16::new(id))
            .collect()
    }

    /// Each of them, in no order.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (NonZeroU16, &mut Slot<T>)> {
        let slots = self.slots.iter_mut();
        slots.filter_map(|(id, slot)| Some((NonZeroU16::new(*id)?, slot)))
    }

    /// The subscribes and unsubscribes that the broker has not answered, in no order.
    pub(super) fn requests(&self) -> impl Iterator<Item = &Request> {
        let slots = self.slots.iter();
        slots.filter_map(|(_, slot)| match &slot.exchange {
            Exchange::Request(request) => Some(&**request),
            _ => None,
        })
    }

    /// The first of those that this connection has sent and the broker has not finished.
    pub(super) fn oldest_sent(&self) -> Option<(u64, &Slot<T>)> {
        let sent = self.slots.iter();
        sent.filter_map(|(_, slot)| Some((slot.sent_from?.get(), slot)))
            .min_by_key(|(from, _)| *from)
    }

    /// Whether this connection has sent something that the broker has not finished, besides what was
    /// withdrawn, which nobody waits for.
    pub(super) fn has_sent(&self) -> bool {
        let waits = |slot: &Slot<T>| !matches!(slot.exchange, Exchange::Withdrawn { .. });
        let mut sent = self.slots.iter();
        sent.any(|(_, slot)| waits(slot) && slot.sent_from.is_some())
    }

    /// Gives memory back that only a busy connection needs.
    pub(super) fn shrink(&mut self) {
        if self.slots.is_empty() && self.slots.capacity() > 16 {
            self.slots = HashMap::default();
        }
    }
}

/// Packet identifiers are assigned in sequence by ourselves: spreading them is enough, and an
/// attacker cannot choose them.
#[derive(Default)]
pub(super) struct PacketIdHasher(u64);

impl Hasher for PacketIdHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 << 8) | u64::from(*byte);
        }
    }
    fn write_u16(&mut self, id: u16) {
        self.0 = u64::from(id).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start<T>(inflight: &mut Inflight<T>, token: Option<T>) -> Result<u16, Option<T>> {
        let request = Box::new(Request::again(Vec::new(), Default::default()));
        inflight
            .start(Exchange::Request(request), None, 0, 0, token)
            .map(|(id, _)| id.get())
    }

    #[test]
    fn identifiers_skip_those_in_use_and_never_are_zero() {
        let mut inflight = Inflight::<()>::default();
        assert_eq!(start(&mut inflight, None), Ok(1));
        for n in 2..65_535 {
            assert_eq!(start(&mut inflight, None), Ok(n));
            let id = NonZeroU16::new(n).unwrap_or(NonZeroU16::MIN);
            assert!(inflight.finish(id).is_some());
        }
        assert_eq!(start(&mut inflight, None), Ok(65_535));
        // Wraps past 0 and past 1, which is still in use.
        assert_eq!(start(&mut inflight, None), Ok(2));
    }

    #[test]
    fn all_identifiers_in_use_is_an_error_that_keeps_the_token() {
        let mut inflight = Inflight::default();
        for n in 0..65_535 {
            assert!(start(&mut inflight, Some(n)).is_ok());
        }
        assert_eq!(start(&mut inflight, Some(-1)), Err(Some(-1)));
    }
}
