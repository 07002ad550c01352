//! How an application subscribes: for the client's handler, with a stream, or with a handler of the
//! subscription's own.

use std::sync::Arc;

use super::completion::Completion;
use super::{Client, MessageHandler, Messages, SubscriptionId, SubscriptionOptions, fork};
use crate::error::Error;
use crate::types::{Properties, Subscription, TopicFilter};

impl Client {
    /// Subscribes to all filters with one SUBSCRIBE (section 3.8). Accepted while connecting
    /// (sent after CONNACK) and connected. The outcome has one reason code per filter.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for an empty list [MQTT-3.8.3-2]; [`Error::InvalidTopic`] for what
    /// 5.0 does not take as a shared subscription; [`Error::NotConnected`], [`Error::QueueFull`],
    /// [`Error::Closed`]. The completion is then dropped without a call.
    pub fn subscribe(
        &self,
        subscriptions: Vec<Subscription>,
        properties: Properties,
        completion: Completion,
    ) -> Result<(), Error> {
        fork::check()?;
        self.0.subscribe(subscriptions, properties, completion)
    }

    /// Opens a stream of the messages that match one of these filters, and then subscribes to them
    /// with one SUBSCRIBE, so that no retained message is lost. Accepted as
    /// [`subscribe`](Self::subscribe) is.
    ///
    /// The stream ends with the connection ([`StreamEnd::Disconnected`](super::StreamEnd::Disconnected)) unless it was opened to
    /// outlive connections, and with [`StreamEnd::SubscribeFailed`](super::StreamEnd::SubscribeFailed) where the broker grants none
    /// of the filters. [`Messages::unsubscribe`], or dropping it, ends the subscription.
    ///
    /// # Errors
    /// As [`subscribe`](Self::subscribe).
    pub fn subscription(
        &self,
        subscriptions: Vec<Subscription>,
        properties: Properties,
        options: SubscriptionOptions,
        completion: Completion,
    ) -> Result<Messages, Error> {
        fork::check()?;
        self.0
            .subscription(subscriptions, properties, &options, completion)
    }

    /// Subscribes to these filters with one SUBSCRIBE, with a handler of their own, which is called
    /// on the message lane. Accepted as [`subscribe`](Self::subscribe) is. It outlives connections;
    /// where the broker grants none of the filters, it has ended.
    ///
    /// # Errors
    /// As [`subscribe`](Self::subscribe).
    pub fn subscribe_with(
        &self,
        subscriptions: Vec<Subscription>,
        properties: Properties,
        handler: impl MessageHandler,
        completion: Completion,
    ) -> Result<SubscriptionId, Error> {
        fork::check()?;
        let options = SubscriptionOptions::default();
        self.subscribe_with_options(subscriptions, properties, options, handler, completion)
    }

    /// As [`subscribe_with`](Self::subscribe_with), with options, of which
    /// [`SubscriptionOptions::outlives_connections`] means nothing here.
    ///
    /// ```no_run
    /// use mqttka_core::client::{
    ///     Client, Completion, Error, OnReceived, QoS, Received, Refusal, ReasonCode, Subscription,
    ///     SubscriptionOptions,
    /// };
    ///
    /// fn store(payload: &[u8]) -> bool {
    ///     !payload.is_empty()
    /// }
    ///
    /// # fn example(client: Client) -> Result<(), Error> {
    /// let orders = Subscription::new("orders/#".parse()?, QoS::AtLeastOnce);
    /// let handler = OnReceived(|received: Received| {
    ///     let Some(acknowledgement) = &received.acknowledgement else {
    ///         return;
    ///     };
    ///     if store(&received.message.payload) {
    ///         acknowledgement.acknowledge();
    ///     } else if let Ok(refusal) = Refusal::new(ReasonCode::PayloadFormatInvalid) {
    ///         // In MQTT 3.1.1 it then comes again.
    ///         let _ = acknowledgement.refuse(refusal);
    ///     }
    /// });
    /// let options = SubscriptionOptions::default().acknowledging_manually();
    /// client.subscribe_with_options(
    ///     vec![orders],
    ///     Default::default(),
    ///     options,
    ///     handler,
    ///     Completion::none(),
    /// )?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`subscribe`](Self::subscribe).
    pub fn subscribe_with_options(
        &self,
        subscriptions: Vec<Subscription>,
        properties: Properties,
        options: SubscriptionOptions,
        handler: impl MessageHandler,
        completion: Completion,
    ) -> Result<SubscriptionId, Error> {
        fork::check()?;
        let handler = Arc::new(handler);
        self.0
            .subscribe_with(subscriptions, properties, &options, handler, completion)
    }

    /// Ends what [`subscribe_with`](Self::subscribe_with) began, with UNSUBSCRIBE as far as no other
    /// subscription needs its filters. The handler is called until the broker has answered, and
    /// then dropped on the message lane. The outcome has one reason code for each filter that was
    /// sent. Where nothing was sent after all, as it was cancelled or the broker's limits forbid it,
    /// the subscription goes on as before.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where there is no such subscription (any more);
    /// [`Error::NotConnected`], [`Error::QueueFull`], [`Error::Closed`]: the handler is called no
    /// more all the same. The completion is then dropped without a call. [`Error::Forked`].
    pub fn unsubscribe_from(
        &self,
        subscription: SubscriptionId,
        completion: Completion,
    ) -> Result<(), Error> {
        fork::check()?;
        self.0.unsubscribe_from(subscription, completion)
    }

    /// Unsubscribes from all filters with one UNSUBSCRIBE (section 3.10). Accepted as
    /// [`subscribe`](Self::subscribe) is.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for an empty list [MQTT-3.10.3-2]; [`Error::InvalidTopic`] for what
    /// 5.0 does not take as a shared subscription; [`Error::NotConnected`], [`Error::QueueFull`],
    /// [`Error::Closed`]. The completion is then dropped without a call.
    pub fn unsubscribe(
        &self,
        filters: Vec<TopicFilter>,
        properties: Properties,
        completion: Completion,
    ) -> Result<(), Error> {
        fork::check()?;
        if filters.is_empty() {
            return Err(Error::InvalidArgument("no topic filter given".into()));
        }
        for filter in &filters {
            filter.check(self.0.version)?;
        }
        self.0.room_for(&completion)?;
        self.0.send_unsubscribe(filters, properties, completion)
    }
}
