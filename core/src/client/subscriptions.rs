//! Subscriptions that have a consumer of their own: the consumer is there before SUBSCRIBE is
//! sent, so that no retained message is lost.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::cancel::Canceller;
use super::completion::Completion;
use super::failed::Failed;
use super::handler::MessageHandler;
use super::inner::{Inner, following};
use super::messages::{Messages, Subscribed};
use super::queue::{Queue, Stream, StreamEnd};
use super::table::{Consumer, Takes};
use crate::error::{Error, OperationError};
use crate::proto::{Command, OWN_IDENTIFIERS, Outcome};
use crate::types::{Properties, PropertyId, Subscription, TopicFilter};

/// Names a subscription whose messages go to a handler of its own
/// ([`Client::subscribe_with`](super::Client::subscribe_with)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SubscriptionId(u64);

impl SubscriptionId {
    /// Its number, for languages that know numbers only.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl From<u64> for SubscriptionId {
    fn from(number: u64) -> Self {
        SubscriptionId(number)
    }
}

/// What a subscription is, beyond what the broker is told.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SubscriptionOptions {
    /// The stream goes on when the connection ends. Without this it then ends with
    /// [`StreamEnd::Disconnected`]. Default false.
    pub outlives_connections: bool,
    /// QoS 1 and 2 messages bear an [`Acknowledgement`](super::Acknowledgement), and are acknowledged
    /// when the application says so. Without this they are when they were taken. Default false.
    pub manual_acknowledgement: bool,
}

impl SubscriptionOptions {
    /// The same, with a stream that goes on when the connection ends.
    #[must_use]
    pub fn outliving_connections(mut self) -> Self {
        self.outlives_connections = true;
        self
    }

    /// The same, with acknowledgements that the application gives.
    #[must_use]
    pub fn acknowledging_manually(mut self) -> Self {
        self.manual_acknowledgement = true;
        self
    }
}

impl Inner {
    /// A stream without a subscription; it outlives connections.
    pub(super) fn messages(
        self: &Arc<Self>,
        filter: Option<TopicFilter>,
        options: &SubscriptionOptions,
    ) -> Messages {
        let queue = Queue {
            tells: true,
            ..Queue::default()
        };
        let stream = Arc::new(Stream::new(queue));
        let takes = Takes::Stream(Arc::clone(&stream));
        let router = &self.shared.lanes.router;
        let manual = options.manual_acknowledgement || router.is_manual();
        let mut consumer = Consumer::new(filter.map(|filter| vec![filter]), takes);
        consumer.manual = manual;
        let id = router.add(consumer);
        Messages::new(Arc::clone(self), stream, id, manual, None)
    }

    pub(super) fn subscribe(
        &self,
        subscriptions: Vec<Subscription>,
        mut properties: Properties,
        completion: Completion,
    ) -> Result<(), Error> {
        if subscriptions.is_empty() {
            return Err(Error::InvalidArgument("no topic filter given".into()));
        }
        for subscription in &subscriptions {
            subscription.filter.check(self.version)?;
        }
        // [MQTT-3.8.3-4]
        if subscriptions
            .iter()
            .any(|s| s.no_local && s.filter.is_shared())
        {
            return Err(Error::InvalidArgument(
                "no_local is not allowed on a shared subscription".into(),
            ));
        }
        check_identifier(&properties)?;
        self.room_for(&completion)?;
        let router = &self.shared.lanes.router;
        let change = router.subscribing(&subscriptions, &mut properties);
        let command = Command::Subscribe {
            subscriptions,
            properties,
            token: following(completion, &change).into_token(),
        };
        self.change(change, command)
    }

    pub(super) fn subscription(
        self: &Arc<Self>,
        subscriptions: Vec<Subscription>,
        properties: Properties,
        options: &SubscriptionOptions,
        completion: Completion,
    ) -> Result<Messages, Error> {
        let lanes = &self.shared.lanes;
        let attempt = self.shared.inbox.attempt_to_use();
        let filters = filters(&subscriptions);
        let stream = Arc::new(Stream::new(Queue::default()));
        let mut consumer = Consumer::new(Some(filters.clone()), Takes::Stream(Arc::clone(&stream)));
        consumer.subscribed = true;
        consumer.manual = options.manual_acknowledgement;
        consumer.ends_with = (!options.outlives_connections).then_some(attempt);
        let id = lanes.router.add(consumer);
        let noticing = Arc::clone(&stream);
        let subscribed = Subscribed {
            filters,
            answered: Arc::default(),
            canceller: Canceller::new(),
            needless: Canceller::new(),
        };
        let (answered, needless) = (
            Arc::clone(&subscribed.answered),
            subscribed.needless.clone(),
        );
        let completion = completion.cancelled_by(&subscribed.canceller);
        let completion = completion.noticed(move |outcome| {
            answered.store(true, Ordering::Release);
            if outcome.result == Err(OperationError::Cancelled) {
                needless.cancel();
            }
            if let Some(error) = refusal(outcome) {
                let failed = Failed::told(error, outcome);
                noticing.change(|queue| {
                    queue.end.get_or_insert(StreamEnd::SubscribeFailed(failed));
                });
            }
        });
        if let Err(error) = self.subscribe(subscriptions, properties, completion) {
            lanes.router.remove(id);
            return Err(error);
        }
        let manual = options.manual_acknowledgement;
        Ok(Messages::new(
            Arc::clone(self),
            stream,
            id,
            manual,
            Some(subscribed),
        ))
    }

    pub(super) fn subscribe_with(
        &self,
        subscriptions: Vec<Subscription>,
        properties: Properties,
        options: &SubscriptionOptions,
        handler: Arc<dyn MessageHandler>,
        completion: Completion,
    ) -> Result<SubscriptionId, Error> {
        let router = &self.shared.lanes.router;
        let filters = filters(&subscriptions);
        let mut consumer = Consumer::new(Some(filters), Takes::Handler(handler));
        consumer.subscribed = true;
        consumer.manual = options.manual_acknowledgement;
        let id = router.add(consumer);
        let noticing = Arc::clone(router);
        let completion = completion.noticed(move |outcome| {
            if refusal(outcome).is_some() {
                noticing.remove(id);
            }
        });
        if let Err(error) = self.subscribe(subscriptions, properties, completion) {
            router.remove(id);
            return Err(error);
        }
        Ok(SubscriptionId(id))
    }

    pub(super) fn unsubscribe_from(
        &self,
        subscription: SubscriptionId,
        completion: Completion,
    ) -> Result<(), Error> {
        let SubscriptionId(id) = subscription;
        let router = &self.shared.lanes.router;
        let Some(filters) = router.filters_of(id) else {
            return Err(Error::InvalidArgument(format!(
                "subscription is {id}; it must be one of this client's that has a handler"
            )));
        };
        let noticing = Arc::clone(router);
        let result = self.unsubscribe(id, &filters, completion, move |outcome| {
            if !goes_on(outcome) {
                noticing.remove(id);
            }
        });
        if result.is_err() {
            router.remove(id);
        }
        result
    }
}

/// Those of the library are told from the application's by their number.
fn check_identifier(properties: &Properties) -> Result<(), Error> {
    match properties.get_number(PropertyId::SubscriptionIdentifier) {
        Some(number) if OWN_IDENTIFIERS.contains(&number) => Err(Error::InvalidArgument(format!(
            "subscription_identifier is {number}; those from {} to {} are the library's",
            OWN_IDENTIFIERS.start(),
            OWN_IDENTIFIERS.end()
        ))),
        _ => Ok(()),
    }
}

fn filters(subscriptions: &[Subscription]) -> Vec<TopicFilter> {
    subscriptions.iter().map(|s| s.filter.clone()).collect()
}

/// Whether the subscription goes on that an UNSUBSCRIBE with this outcome was to end: it was never
/// sent, and may still be.
pub(super) fn goes_on(unsubscribed: &Outcome) -> bool {
    matches!(
        unsubscribed.result,
        Err(OperationError::Cancelled
            | OperationError::NotSupportedByServer(_)
            | OperationError::Encode(_))
    )
}

/// Why no message will come, where the broker has no part of the subscription although the
/// connection lives.
fn refusal(outcome: &Outcome) -> Option<OperationError> {
    let granted = outcome.reason_codes.iter().any(|code| !code.is_error());
    match &outcome.result {
        Ok(_)
        | Err(
            OperationError::Disconnected | OperationError::SessionLost | OperationError::Closed,
        ) => None,
        Err(error) => (!granted).then(|| error.clone()),
    }
}
