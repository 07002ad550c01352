//! What the application is subscribed to: asked for again where the broker has forgotten it.

use std::collections::HashMap;

use super::operation::Request;
use crate::codec::Subscribe;
use crate::error::OperationError;
use crate::types::{Properties, ReasonCode, Subscription, TopicFilter, Version};

/// The longest SUBSCRIBE that is made of many, where the broker would take longer ones.
const MAX_PACKET: usize = 64 * 1024;

/// The subscriptions that the broker granted and the application has not ended. As many as the
/// application makes; each costs about its filter and 200 bytes.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    held: HashMap<TopicFilter, Held>,
    /// How many filters one SUBSCRIBE may have; fewer where a broker ended connections at one.
    batch: Option<usize>,
}

#[derive(Debug)]
struct Held {
    subscription: Subscription,
    properties: Properties,
    /// The broker's present session has it.
    confirmed: bool,
}

impl Subscriptions {
    /// The broker has answered; the filters it granted are held.
    pub(super) fn granted(&mut self, subscribe: &Subscribe, codes: &[ReasonCode]) {
        for (subscription, code) in subscribe.subscriptions.iter().zip(codes) {
            if code.is_error() {
                continue;
            }
            self.held.insert(
                subscription.filter.clone(),
                Held {
                    subscription: subscription.clone(),
                    properties: subscribe.properties.clone(),
                    confirmed: true,
                },
            );
        }
    }

    /// The application ends them, or the broker does not grant them again.
    pub(super) fn remove<'a>(&mut self, filters: impl IntoIterator<Item = &'a TopicFilter>) {
        for filter in filters {
            self.held.remove(filter);
        }
    }

    /// The broker has forgotten all of them.
    pub(super) fn forgotten(&mut self) {
        for held in self.held.values_mut() {
            held.confirmed = false;
        }
    }

    /// Whether the broker has all of them.
    pub(super) fn is_complete(&self) -> bool {
        self.held.iter().all(|(_, held)| held.confirmed)
    }

    /// What the broker does not have, in the order of the filters, so that the same is asked for in the same way.
    fn missing(&self) -> Vec<(&TopicFilter, &Held)> {
        let all = self.held.iter();
        let mut missing: Vec<_> = all.filter(|(_, held)| !held.confirmed).collect();
        missing.sort_unstable_by(|one, other| one.0.cmp(other.0));
        missing
    }

    /// Takes, of those that the broker does not have, the ones for which `refuses` has a reason.
    pub(super) fn extract_missing(
        &mut self,
        refuses: impl Fn(&TopicFilter, &Properties) -> Option<OperationError>,
    ) -> Vec<(TopicFilter, OperationError)> {
        let refused: Vec<_> = self
            .missing()
            .into_iter()
            .filter_map(|(filter, held)| {
                let error = refuses(filter, &held.properties)?;
                Some((filter.clone(), error))
            })
            .collect();
        self.remove(refused.iter().map(|(filter, _)| filter));
        refused
    }

    /// One SUBSCRIBE for this many filters at most, from now on. `false`: it was so before.
    pub(super) fn limit_batch(&mut self, filters: usize) -> bool {
        let limit = filters.max(1);
        let less = self.batch.is_none_or(|before| limit < before);
        if less {
            self.batch = Some(limit);
        }
        less
    }

    /// The requests for what the broker does not have, but for filters that `asked` names: those
    /// with the same properties together, as many as fit the packet and the batch.
    pub(super) fn requests(
        &self,
        asked: impl Fn(&TopicFilter) -> bool,
        max_packet: usize,
        version: Version,
    ) -> Vec<Request> {
        let mut groups: Vec<(&Properties, Vec<Subscription>)> = Vec::new();
        for (filter, held) in self.missing() {
            if asked(filter) {
                continue;
            }
            let same = groups
                .iter_mut()
                .find(|(properties, _)| *properties == &held.properties);
            match same {
                Some((_, list)) => list.push(held.subscription.clone()),
                None => groups.push((&held.properties, vec![held.subscription.clone()])),
            }
        }
        let max_packet = max_packet.min(MAX_PACKET);
        let mut requests = Vec::new();
        for (properties, list) in groups {
            // Fixed header, Packet Identifier, and the properties; in 3.1.1 it has none.
            let own = match version {
                Version::V311 => 7,
                Version::V5 => 11 + properties.cost(),
            };
            let mut batch = Vec::new();
            let mut len = own;
            for subscription in list {
                let cost = subscription.filter.as_bytes().len() + 3;
                let full = self.batch.is_some_and(|most| batch.len() >= most);
                if !batch.is_empty() && (full || len + cost > max_packet) {
                    let batch = std::mem::take(&mut batch);
                    requests.push(Request::again(batch, properties.clone()));
                    len = own;
                }
                len += cost;
                batch.push(subscription);
            }
            requests.push(Request::again(batch, properties.clone()));
        }
        requests
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Property, QoS};

    fn filter(name: &str) -> TopicFilter {
        TopicFilter::try_from(name).unwrap()
    }

    fn subscribe(names: &[&str], identifier: Option<u32>) -> Subscribe {
        let subscription = |name: &&str| Subscription::new(filter(name), QoS::AtLeastOnce);
        let mut properties = Properties::new();
        if let Some(identifier) = identifier {
            properties.push(Property::SubscriptionIdentifier(identifier));
        }
        Subscribe {
            packet_id: std::num::NonZeroU16::MIN,
            subscriptions: names.iter().map(subscription).collect(),
            properties,
        }
    }

    fn batches(held: &Subscriptions, max_packet: usize) -> Vec<Vec<String>> {
        let requests = held.requests(|filter| filter.as_str() == "asked", max_packet, Version::V5);
        let names = |request: &Request| {
            let subscribe = request.as_subscribe().unwrap();
            assert!(request.packet_len(Version::V5).unwrap() <= max_packet);
            let list = subscribe.subscriptions.iter();
            list.map(|s| s.filter.as_str().to_owned()).collect()
        };
        requests.iter().map(names).collect()
    }

    #[test]
    fn what_was_granted_and_forgotten_is_asked_for_again() {
        let mut held = Subscriptions::default();
        let codes = [ReasonCode::GrantedQoS1, ReasonCode::NotAuthorized];
        held.granted(&subscribe(&["a", "refused"], None), &codes);
        held.granted(&subscribe(&["asked"], None), &codes[..1]);
        held.granted(&subscribe(&["b", "c"], Some(7)), &[codes[0]; 2]);
        assert!(batches(&held, 1000).is_empty());
        held.forgotten();
        held.remove([&filter("c")]);
        assert_eq!(batches(&held, 1000), [["a"], ["b"]]);
    }

    #[test]
    fn batches_fit_the_packet_and_the_limit() {
        let mut held = Subscriptions::default();
        let names: Vec<String> = (0..100).map(|n| format!("filter/number/{n:03}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        held.granted(&subscribe(&names, None), &[ReasonCode::Success; 100]);
        held.forgotten();
        let fit = batches(&held, 512);
        assert!(
            fit.len() > 1 && fit.iter().all(|batch| batch.len() > 10),
            "{fit:?}"
        );
        assert_eq!(fit.concat().len(), 100);
        assert!(held.limit_batch(8));
        assert!(!held.limit_batch(8));
        assert_eq!(batches(&held, 512).len(), 13);
        // One that does not fit stands alone; what the broker takes is checked when it is queued.
        assert!(held.limit_batch(0));
        assert_eq!(batches(&held, 512).len(), 100);
    }
}
