//! What a new connection takes over from the ones before: subscriptions, publishes, and the
//! protocol version that the broker speaks.

use std::collections::HashSet;

use super::{Machine, Phase};
use crate::error::OperationError;
use crate::proto::identifiers;
use crate::proto::inflight::Exchange;
use crate::proto::operation::Operation;
use crate::proto::outbound::Outbound;
use crate::proto::session::Ended;
use crate::types::{Properties, TopicFilter, Version};

impl<T> Machine<T> {
    /// Queues a publish, measured for the version that the broker speaks.
    #[inline]
    pub(super) fn publish(&mut self, mut outbound: Outbound, token: Option<T>) {
        if self.fell_back
            && let Err(error) = outbound.measure(self.version())
        {
            self.usage.messages += 1;
            self.usage.bytes += outbound.message.cost();
            let operation = Operation::Publish(outbound, token);
            return self.end(Ended::unsent(operation), Err(error.into()));
        }
        self.queue(Operation::Publish(outbound, token));
    }

    /// Asks, ahead of all that is queued, for the subscriptions that the broker does not have, and
    /// that no request of the application speaks of: what that one becomes, it says. How many
    /// filters those are; and those that this broker does not offer, which are held no more.
    pub(super) fn subscribe_again(&mut self) -> (u32, Vec<(TopicFilter, OperationError)>) {
        // Once for all that is held: the queue may be long.
        let queued = self.session.queue.iter();
        let queued = queued.filter_map(|operation| match operation {
            Operation::Request(request, _) => Some(&**request),
            Operation::Publish(..) => None,
        });
        let sent = self.session.inflight.requests();
        let asked: HashSet<&TopicFilter> = queued
            .chain(sent)
            .flat_map(|it| it.topic_filters())
            .collect();
        let asked = |filter: &TopicFilter| asked.contains(filter);
        let limits = &self.limits;
        let refused = self
            .session
            .subscriptions
            .extract_missing(|filter, properties| {
                let identified = identifiers::has_foreign(properties);
                let code = limits.refuses_filter(filter, identified)?;
                (!asked(filter)).then_some(OperationError::NotSupportedByServer(code))
            });
        let max_packet = self.limits.maximum_packet_size as usize;
        let version = self.version();
        let requests = self
            .session
            .subscriptions
            .requests(asked, max_packet, version);
        let filters: usize = requests.iter().map(|request| request.filters()).sum();
        for request in requests.into_iter().rev() {
            let operation = Operation::Request(Box::new(request), None);
            self.session.queue.push_front(operation);
        }
        (u32::try_from(filters).unwrap_or(u32::MAX), refused)
    }

    /// A request has ended that would have said what becomes of a subscription that the broker's
    /// session lacks: what is held is asked for after all.
    pub(super) fn subscribe_to_what_is_missing(&mut self) {
        if self.phase == Phase::Connected && !self.session.subscriptions.is_complete() {
            let (again, refused) = self.subscribe_again();
            self.tell_lost_subscriptions(refused, &Properties::new());
            if again > 0 {
                self.refuse_what_is_forbidden();
            }
        }
    }

    /// How many publishes of earlier connections this one sends again.
    pub(super) fn count_sent_again(&self) -> u32 {
        let again = self.session.queue.iter().filter(
            |operation| matches!(operation, Operation::Publish(outbound, _) if outbound.is_again()),
        );
        u32::try_from(self.resend.len() + again.count()).unwrap_or(u32::MAX)
    }

    /// From 5.0 to 3.1.1, where the options say so and allow it.
    pub(super) fn fall_back(&mut self) -> bool {
        let config = &self.config;
        let nameless = config.password.is_some() && config.user_name.is_none();
        let unnamed = config.client_id.is_empty() && !config.clean_start;
        // 3.1.1 has no enhanced authentication.
        let authenticates = config.authentication_method.is_some();
        if !config.fallback_to_v311
            || authenticates
            || self.version() == Version::V311
            || nameless
            || unnamed
        {
            return false;
        }
        self.fell_back = true;
        self.config.protocol_version = Version::V311;
        self.session.set_version(Version::V311);
        if !self.session.persists() {
            let ended = self.session.broker_lost_it();
            self.end_all(ended, &OperationError::SessionLost);
        }
        // Whether the broker still has one that goes on in both versions, CONNACK says.
        for (_, slot) in self.session.inflight.iter_mut() {
            if let Exchange::Publish(outbound) = &mut slot.exchange {
                let _ = outbound.measure(Version::V311);
            }
        }
        for operation in self.session.queue.iter_mut() {
            if let Operation::Publish(outbound, _) = operation {
                // It fit, and is shorter without properties.
                let _ = outbound.measure(Version::V311);
            }
        }
        true
    }
}
