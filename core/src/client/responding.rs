//! How an application answers the requests of others (section 4.10).

use std::sync::{Arc, Weak};

use bytes::Bytes;

use super::completion::Completion;
use super::inner::Inner;
use super::requests_under_way::{Requests, publish};
use super::{Client, SubscriptionId, SubscriptionOptions, fork};
use crate::error::Error;
use crate::types::{Message, Properties, Property, PropertyId, Subscription, TopicName};

const ANSWERING: &str = "answering requests";

impl Message {
    /// Whether it is a request: it says where an answer is expected (section 4.10).
    pub fn is_request(&self) -> bool {
        self.properties.get(PropertyId::ResponseTopic).is_some()
    }

    /// The answer to this request: a message to its Response Topic, with its Correlation Data and its
    /// QoS, to be published.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where it has no Response Topic: it is no request.
    /// [`Error::InvalidTopic`] where that is no topic name [MQTT-3.3.2-14].
    pub fn reply_to(&self, payload: impl Into<Bytes>) -> Result<Message, Error> {
        let Some(topic) = self.properties.get_text(PropertyId::ResponseTopic) else {
            return Err(Error::InvalidArgument(
                "the message is no request: it has no response_topic".into(),
            ));
        };
        let topic = TopicName::parse(topic.clone())?;
        let mut reply = Message::new(topic, payload).with_qos(self.qos);
        if let Some(data) = self.properties.get_binary(PropertyId::CorrelationData) {
            reply
                .properties
                .push(Property::CorrelationData(data.clone()));
        }
        Ok(reply)
    }
}

impl Client {
    /// Subscribes, and answers the requests that come: `respond` is given each on the message lane,
    /// and the payload that it gives goes to the request's Response Topic, with its Correlation Data
    /// and at its QoS; `None` is no answer. Messages that are no requests are dropped. To answer with
    /// more than a payload, subscribe, and publish what [`Message::reply_to`] makes; later, or several at a time:
    /// [`responding`](Self::responding). MQTT 5.0 only.
    ///
    /// A shared subscription (`$share/group/...`) divides the requests among all responders of its
    /// group. It ends as what [`subscribe_with`](Self::subscribe_with) began, with
    /// [`unsubscribe_from`](Self::unsubscribe_from). It does not keep the client alive.
    ///
    /// # Errors
    /// [`Error::NotSupported`] in MQTT 3.1.1; else as [`subscribe`](Self::subscribe).
    pub fn respond(
        &self,
        subscriptions: Vec<Subscription>,
        properties: Properties,
        respond: impl Fn(&Message) -> Option<Bytes> + Send + Sync + 'static,
        completion: Completion,
    ) -> Result<SubscriptionId, Error> {
        fork::check()?;
        self.0.needs_5(ANSWERING)?;
        let client: Weak<Inner> = Arc::downgrade(&self.0);
        let handler = move |request: Message, _: u64| {
            if !request.is_request() {
                return;
            }
            let Some(payload) = respond(&request) else {
                return;
            };
            let Some(client) = client.upgrade() else {
                return;
            };
            publish(Client(client), &request, payload);
        };
        self.subscribe_with(subscriptions, properties, handler, completion)
    }

    /// As [`respond`](Self::respond), for requests that are answered later, several at a time: by a program that has one
    /// thread, or in another language. MQTT 5.0 only.
    ///
    /// It outlives connections. It ends with its last holder, or by [`Requests::unsubscribe`].
    ///
    /// # Errors
    /// [`Error::NotSupported`] in MQTT 3.1.1; else as [`subscription`](Self::subscription).
    pub fn responding(
        &self,
        subscriptions: Vec<Subscription>,
        properties: Properties,
        completion: Completion,
    ) -> Result<Requests, Error> {
        fork::check()?;
        self.0.needs_5(ANSWERING)?;
        // Answers come in any order; acknowledgements leave in that of the requests all the same.
        let options = SubscriptionOptions::default()
            .outliving_connections()
            .acknowledging_manually();
        let messages = self.subscription(subscriptions, properties, options, completion)?;
        Ok(Requests::new(Arc::downgrade(&self.0), messages))
    }
}
