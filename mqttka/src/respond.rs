use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use mqttka_core::client as core;
use mqttka_core::client::{Completion, SubscriptionId};

use crate::filter::{Filter, FilterOptions, IntoFilters};
use crate::subscribe::named;
use crate::{Answer, Bytes, Client, Error, IntoPayload, Message, Properties, QoS, ReasonCode};

type Responder = Box<dyn Fn(&Message) -> Option<Bytes> + Send + Sync>;

/// A responder to come: [`Client::respond`](crate::Client::respond) makes one, `.await` subscribes and
/// gives its [`Handling`] when the broker has granted all filters.
#[must_use = "nothing is subscribed to before `.await` or `nowait()`"]
pub struct Respond {
    client: core::Client,
    filters: Vec<Filter>,
    options: FilterOptions,
    respond: Responder,
}

impl Respond {
    pub(crate) fn new<P: IntoPayload>(
        client: core::Client,
        filters: impl IntoFilters,
        respond: impl Fn(&Message) -> Option<P> + Send + Sync + 'static,
    ) -> Self {
        Respond {
            client,
            filters: filters.into_filters(),
            options: FilterOptions::default(),
            respond: Box::new(move |request| Some(respond(request)?.into_payload())),
        }
    }

    /// The highest QoS at which requests come, and at which they are answered. Default:
    /// [`QoS::AtMostOnce`].
    pub fn qos(mut self, qos: QoS) -> Self {
        self.options.qos = Some(qos);
        self
    }

    /// Subscribes, and does not wait for the broker's answer: where it refuses, nothing is answered.
    /// Needs no executor.
    ///
    /// # Errors
    /// [`Error::NotSupported`] in MQTT 3.1.1; [`Error::QueueFull`], [`Error::InvalidTopic`], ...
    pub fn nowait(self) -> Result<Handling, Error> {
        self.begin(Completion::none())
    }

    fn begin(self, completion: Completion) -> Result<Handling, Error> {
        let Respond {
            client,
            filters,
            options,
            respond,
        } = self;
        let respond =
            move |request: &core::Message| respond(&Message::of(request.clone(), 0, None));
        Handling::begin(client, filters, &options, |client, subscriptions| {
            client.respond(subscriptions, Properties::new(), respond, completion)
        })
    }
}

impl IntoFuture for Respond {
    type Output = Result<Handling, Error>;
    type IntoFuture = Handles;

    /// Subscribes now.
    fn into_future(self) -> Handles {
        Handles::of(|completion| self.begin(completion))
    }
}

impl fmt::Debug for Respond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Respond")
            .field("filters", &self.filters)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Answers the requests that come to these filters: `respond` is given each, on a thread of the
    /// library's own, and the payload that it gives goes to the request's response topic, with its
    /// correlation data; `None` is no answer. Messages that are no requests are dropped. To answer
    /// later, or several at a time, [`requests`](Self::requests); with more than a payload,
    /// [`subscribe`](Self::subscribe), and [`reply`](Self::reply). MQTT 5.0 only.
    ///
    /// A shared subscription (`$share/group/...`) divides the requests among all responders of its
    /// group.
    ///
    /// ```no_run
    /// # async fn example(client: mqttka::Client) -> Result<(), mqttka::Error> {
    /// client
    ///     .respond("square", |request| {
    ///         let number: f64 = request.payload_as_str().ok()?.parse().ok()?;
    ///         Some((number * number).to_string())
    ///     })
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn respond<P: IntoPayload>(
        &self,
        filters: impl IntoFilters,
        respond: impl Fn(&Message) -> Option<P> + Send + Sync + 'static,
    ) -> Respond {
        Respond::new(self.core.clone(), filters, respond)
    }
}

/// Messages that a function takes: of [`Client::respond`](crate::Client::respond) and
/// [`Subscribe::handler`](crate::Subscribe::handler).
///
/// It goes on, over connections that come and go, until [`unsubscribe`](Self::unsubscribe) or the
/// client's end; dropping this changes nothing. It does not keep the client alive.
#[derive(Clone, Debug)]
pub struct Handling {
    client: core::Client,
    id: SubscriptionId,
    granted: Vec<ReasonCode>,
}

impl Handling {
    pub(crate) fn begin(
        client: core::Client,
        filters: Vec<Filter>,
        options: &FilterOptions,
        begin: impl FnOnce(
            &core::Client,
            Vec<core::Subscription>,
        ) -> Result<SubscriptionId, core::Error>,
    ) -> Result<Self, Error> {
        let subscriptions: Result<Vec<_>, Error> = filters
            .into_iter()
            .map(|it| it.into_core(options))
            .collect();
        let subscriptions = subscriptions?;
        let filters: Vec<_> = subscriptions.iter().map(|it| it.filter.clone()).collect();
        let begun = begin(&client, subscriptions);
        let id = begun.map_err(|error| named(error, &filters))?;
        Ok(Handling {
            client,
            id,
            granted: Vec::new(),
        })
    }

    /// What the broker granted, for each filter; empty where nobody waited for it (`nowait`).
    pub fn granted(&self) -> &[ReasonCode] {
        &self.granted
    }

    /// Ends it: the function is called no more for messages that come from now on, and what no other
    /// subscription of the client needs is unsubscribed from.
    pub fn unsubscribe(&self) -> Answer {
        Answer::of(|completion| self.client.unsubscribe_from(self.id, completion))
    }
}

/// Waits for the broker's answer to a SUBSCRIBE. It fails where the broker refuses one of the
/// filters: the function is then called for none. Dropping it changes nothing.
#[derive(Debug)]
#[must_use = "without `.await` nobody hears how it ended"]
pub struct Handles {
    handling: Option<Handling>,
    answer: Answer,
}

impl Handles {
    pub(crate) fn of(begin: impl FnOnce(Completion) -> Result<Handling, Error>) -> Self {
        let (completion, delivery) = Completion::delivery();
        match begin(completion) {
            Ok(handling) => Handles {
                handling: Some(handling),
                answer: Answer::waits(delivery),
            },
            Err(error) => Handles {
                handling: None,
                answer: Answer::refused(error),
            },
        }
    }
}

impl Future for Handles {
    type Output = Result<Handling, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(Pin::new(&mut self.answer).poll(cx));
        let handling = self.handling.take();
        Poll::Ready(answer.and_then(|outcome| {
            let mut handling = handling.ok_or(Error::Closed)?;
            handling.granted = outcome.reason_codes;
            Ok(handling)
        }))
    }
}
