use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use mqttka_core::client as core;
use mqttka_core::client::{Completion, OnReceived, Received, SubscriptionOptions};

use crate::filter::{Filter, FilterOptions, IntoFilters};
use crate::outgoing;
use crate::respond::{Handles, Handling};
use crate::{
    Answer, Error, Message, Outcome, Properties, Property, QoS, RetainHandling, Subscription,
    TopicFilter, Version,
};

/// Filters to subscribe to: [`Client::subscribe`](crate::Client::subscribe) makes one, `.await`
/// sends it and gives the [`Subscription`].
///
/// ```no_run
/// # async fn example(client: mqttka::Client) -> Result<(), mqttka::Error> {
/// use mqttka::QoS;
///
/// let mut messages = client
///     .subscribe(["sensors/#", "alarms/+"])
///     .qos(QoS::AtLeastOnce)
///     .await?;
/// while let Some(message) = messages.recv().await? {
///     println!("{}: {}", message.topic, message.text());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `.await` or `nowait()`"]
pub struct Subscribe {
    client: core::Client,
    filters: Vec<Filter>,
    options: FilterOptions,
    properties: Result<Properties, Error>,
    outlives: bool,
    manual: bool,
}

impl Subscribe {
    pub(crate) fn new(client: core::Client, filters: impl IntoFilters) -> Self {
        Subscribe {
            client,
            filters: filters.into_filters(),
            options: FilterOptions::default(),
            properties: Ok(Properties::new()),
            outlives: false,
            manual: false,
        }
    }

    /// The highest QoS at which messages come, for filters that do not say it themselves. Default:
    /// [`QoS::AtMostOnce`].
    pub fn qos(mut self, qos: QoS) -> Self {
        self.options.qos = Some(qos);
        self
    }

    /// Do not send back what this client published, for filters that do not say it themselves;
    /// MQTT 5.0 only. Default: false.
    pub fn no_local(mut self, no_local: bool) -> Self {
        self.options.no_local = Some(no_local);
        self
    }

    /// Keep the publisher's retain flag, for filters that do not say it themselves; MQTT 5.0 only.
    /// Default: false.
    pub fn retain_as_published(mut self, retain_as_published: bool) -> Self {
        self.options.retain_as_published = Some(retain_as_published);
        self
    }

    /// Whether the broker sends what it has retained, for filters that do not say it themselves;
    /// MQTT 5.0 only. Default: [`RetainHandling::SendAtSubscribe`].
    pub fn retain_handling(mut self, retain_handling: RetainHandling) -> Self {
        self.options.retain_handling = Some(retain_handling);
        self
    }

    /// The broker puts this number, 1 to 268,435,455, into the messages' properties; MQTT 5.0 only.
    /// Those from 2,031,616 to 2,097,151 are the library's, and refused.
    pub fn identifier(self, identifier: u32) -> Self {
        self.property(Ok(Property::SubscriptionIdentifier(identifier)))
    }

    /// A name and a value of the application's own; MQTT 5.0 only.
    pub fn user_property(self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.property(outgoing::user_property(name, value))
    }

    fn property(mut self, property: Result<Property, Error>) -> Self {
        if let Ok(properties) = &mut self.properties {
            match property {
                Ok(property) => properties.push(property),
                Err(error) => self.properties = Err(error),
            }
        }
        self
    }

    /// The subscription goes on also where the client has stopped, and is there again when it is
    /// started again. Without this it then ends with the cause. Coming back by itself is no end.
    pub fn outlive_connections(mut self) -> Self {
        self.outlives = true;
        self
    }

    /// The application acknowledges QoS 1 and 2 messages itself, by
    /// [`Message::acknowledge`](crate::Message::acknowledge) or
    /// [`refuse`](crate::Message::refuse), in any order and from any task. Without this they are when
    /// the next one is asked for. A message whose last clone is dropped without either comes again,
    /// before those that wait, so a task that fails or is cancelled loses nothing. One that is
    /// neither dropped nor acknowledged holds back the acknowledgements of all later ones.
    pub fn manual_acknowledgement(mut self) -> Self {
        self.manual = true;
        self
    }

    /// Sends it, and does not wait for the broker's answer: where it refuses, the stream says so.
    /// Needs no executor.
    ///
    /// # Errors
    /// [`Error::QueueFull`], [`Error::InvalidTopic`], ... where it is refused at once; without
    /// [`reconnect`](crate::Builder::reconnect) also [`Error::NotConnected`].
    pub fn nowait(self) -> Result<Subscription, Error> {
        self.open(Completion::none())
    }

    /// Sends it now, and opens no stream: the messages go to those of
    /// [`Client::messages`](crate::Client::messages).
    pub fn without_stream(self) -> Answer {
        match (self.subscriptions(), self.properties) {
            (Ok(subscriptions), Ok(properties)) => {
                let filters = filters(&subscriptions);
                let (completion, delivery) = Completion::delivery();
                match self.client.subscribe(subscriptions, properties, completion) {
                    Ok(()) => Answer::waits(delivery),
                    Err(error) => Answer::refused(named(error, &filters)),
                }
            }
            (Err(error), _) | (_, Err(error)) => Answer::refused(error),
        }
    }

    /// Sends it now; the messages go to this function, on a thread of the library's own, one at a
    /// time. QoS 1 and 2 are acknowledged when it has returned, or, with
    /// [`manual_acknowledgement`](Self::manual_acknowledgement), when it says so, then or later. It
    /// goes on over connections, as with [`outlive_connections`](Self::outlive_connections).
    ///
    /// ```no_run
    /// # async fn example(client: mqttka::Client) -> Result<(), mqttka::Error> {
    /// client
    ///     .subscribe("alarms/#")
    ///     .handler(|message| println!("{}: {}", message.topic, message.text()))
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn handler(self, handler: impl Fn(Message) + Send + Sync + 'static) -> Handles {
        Handles::of(|completion| {
            let mut options = SubscriptionOptions::default();
            options.manual_acknowledgement = self.manual;
            let properties = self.properties?;
            let handler = OnReceived(move |received: Received| {
                handler(Message::of(
                    received.message,
                    received.connection_number,
                    received.acknowledgement,
                ));
            });
            Handling::begin(self.client, self.filters, &self.options, |client, all| {
                client.subscribe_with_options(all, properties, options, handler, completion)
            })
        })
    }

    fn subscriptions(&self) -> Result<Vec<core::Subscription>, Error> {
        let filters = self.filters.iter().cloned();
        filters.map(|it| it.into_core(&self.options)).collect()
    }

    fn open(self, completion: Completion) -> Result<Subscription, Error> {
        let subscriptions = self.subscriptions()?;
        let mut options = SubscriptionOptions::default();
        options.outlives_connections = self.outlives;
        options.manual_acknowledgement = self.manual;
        let filters = filters(&subscriptions);
        let opened = self
            .client
            .subscription(subscriptions, self.properties?, options, completion);
        let messages = opened.map_err(|error| named(error, &filters))?;
        Ok(Subscription::new(messages, filters))
    }
}

fn filters(subscriptions: &[core::Subscription]) -> Vec<TopicFilter> {
    subscriptions.iter().map(|it| it.filter.clone()).collect()
}

/// The error with the filter that it is about: what 5.0 does not take as a shared subscription.
pub(crate) fn named(error: core::Error, filters: &[TopicFilter]) -> Error {
    let core::Error::InvalidTopic(problem) = error else {
        return error.into();
    };
    let wrong = filters.iter().find(|it| it.check(Version::V5).is_err());
    Error::invalid_topic("filter", wrong.map_or("", |it| it.as_str()), problem)
}

impl IntoFuture for Subscribe {
    type Output = Result<Subscription, Error>;
    type IntoFuture = Subscribing;

    /// Sends it now. The stream is open before, so that no retained message is lost.
    fn into_future(self) -> Subscribing {
        let (completion, delivery) = Completion::delivery();
        match self.open(completion) {
            Ok(subscription) => Subscribing {
                subscription: Some(subscription),
                answer: Answer::waits(delivery),
            },
            Err(error) => Subscribing {
                subscription: None,
                answer: Answer::refused(error),
            },
        }
    }
}

/// Waits for the broker's answer to a SUBSCRIBE. It fails where the broker refuses one of the
/// filters; dropping it unsubscribes.
#[derive(Debug)]
pub struct Subscribing {
    subscription: Option<Subscription>,
    answer: Answer,
}

impl Future for Subscribing {
    type Output = Result<Subscription, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(Pin::new(&mut self.answer).poll(cx));
        let subscription = self.subscription.take();
        Poll::Ready(answer.and_then(|outcome: Outcome| {
            let mut subscription = subscription.ok_or(Error::Closed)?;
            subscription.granted = outcome.reason_codes;
            Ok(subscription)
        }))
    }
}

/// Filters to unsubscribe from: [`Client::unsubscribe`](crate::Client::unsubscribe) makes one,
/// `.await` (or [`nowait`](Self::nowait)) sends it.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `.await` or `nowait()`"]
pub struct Unsubscribe {
    client: core::Client,
    filters: Vec<Filter>,
    properties: Result<Properties, Error>,
}

impl Unsubscribe {
    pub(crate) fn new(client: core::Client, filters: impl IntoFilters) -> Self {
        Unsubscribe {
            client,
            filters: filters.into_filters(),
            properties: Ok(Properties::new()),
        }
    }

    /// A name and a value of the application's own; MQTT 5.0 only.
    pub fn user_property(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        if let Ok(properties) = &mut self.properties {
            match outgoing::user_property(name, value) {
                Ok(property) => properties.push(property),
                Err(error) => self.properties = Err(error),
            }
        }
        self
    }

    /// Sends it, and does not wait for the broker's answer.
    ///
    /// # Errors
    /// As [`Subscribe::nowait`].
    pub fn nowait(self) -> Result<(), Error> {
        self.send(Completion::none())
    }

    fn send(self, completion: Completion) -> Result<(), Error> {
        let filters: Result<Vec<_>, _> =
            self.filters.into_iter().map(Filter::into_filter).collect();
        let filters = filters?;
        self.client
            .unsubscribe(filters.clone(), self.properties?, completion)
            .map_err(|error| named(error, &filters))
    }
}

impl IntoFuture for Unsubscribe {
    type Output = Result<Outcome, Error>;
    type IntoFuture = Answer;

    /// Sends it now.
    fn into_future(self) -> Answer {
        let (completion, delivery) = Completion::delivery();
        match self.send(completion) {
            Ok(()) => Answer::waits(delivery),
            Err(error) => Answer::refused(error),
        }
    }
}
