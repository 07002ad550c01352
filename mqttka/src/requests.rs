use std::fmt;
use std::future::{Future, IntoFuture, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use mqttka_core::client as core;
use mqttka_core::client::Completion;

use crate::filter::{Filter, FilterOptions, IntoFilters};
use crate::subscribe::named;
use crate::{
    Answer, Client, Error, IntoPayload, Message, Outcome, Properties, QoS, ReasonCode, TopicFilter,
};

/// A stream of requests to come: [`Client::requests`](crate::Client::requests) makes one, `.await`
/// subscribes and gives the [`Requests`] when the broker has granted all filters.
#[derive(Clone, Debug)]
#[must_use = "nothing is subscribed to before `.await` or `nowait()`"]
pub struct ReceiveRequests {
    client: core::Client,
    filters: Vec<Filter>,
    options: FilterOptions,
}

impl ReceiveRequests {
    /// The highest QoS at which requests come, and at which they are answered. Default:
    /// [`QoS::AtMostOnce`].
    pub fn qos(mut self, qos: QoS) -> Self {
        self.options.qos = Some(qos);
        self
    }

    /// Subscribes, and does not wait for the broker's answer: where it refuses, the stream says so.
    /// Needs no executor.
    ///
    /// # Errors
    /// [`Error::NotSupported`] in MQTT 3.1.1; [`Error::QueueFull`], [`Error::InvalidTopic`], ...
    pub fn nowait(self) -> Result<Requests, Error> {
        self.open(Completion::none())
    }

    fn open(self, completion: Completion) -> Result<Requests, Error> {
        let filters = self.filters.into_iter();
        let subscriptions: Result<Vec<_>, Error> =
            filters.map(|it| it.into_core(&self.options)).collect();
        let subscriptions = subscriptions?;
        let filters: Vec<_> = subscriptions.iter().map(|it| it.filter.clone()).collect();
        let opened = self
            .client
            .responding(subscriptions, Properties::new(), completion);
        Ok(Requests {
            requests: opened.map_err(|error| named(error, &filters))?,
            filters,
            granted: Vec::new(),
            ended: false,
        })
    }
}

impl IntoFuture for ReceiveRequests {
    type Output = Result<Requests, Error>;
    type IntoFuture = ReceivingRequests;

    /// Subscribes now.
    fn into_future(self) -> ReceivingRequests {
        let (completion, delivery) = Completion::delivery();
        match self.open(completion) {
            Ok(requests) => ReceivingRequests {
                requests: Some(requests),
                answer: Answer::waits(delivery),
            },
            Err(error) => ReceivingRequests {
                requests: None,
                answer: Answer::refused(error),
            },
        }
    }
}

/// Waits for the broker's answer to a SUBSCRIBE. It fails where the broker refuses one of the
/// filters; dropping it unsubscribes.
#[derive(Debug)]
pub struct ReceivingRequests {
    requests: Option<Requests>,
    answer: Answer,
}

impl Future for ReceivingRequests {
    type Output = Result<Requests, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(Pin::new(&mut self.answer).poll(cx));
        let requests = self.requests.take();
        Poll::Ready(answer.and_then(|outcome: Outcome| {
            let mut requests = requests.ok_or(Error::Closed)?;
            requests.granted = outcome.reason_codes;
            Ok(requests)
        }))
    }
}

impl Client {
    /// The requests that come to these filters, to be answered when and where the application likes,
    /// several at a time: each has [`reply`](ReceivedRequest::reply) and
    /// [`decline`](ReceivedRequest::decline). Messages that are no requests are dropped. What can be
    /// answered at once, [`respond`](Self::respond) answers by a function. MQTT 5.0 only.
    ///
    /// A shared subscription (`$share/group/...`) divides the requests among all responders of its
    /// group.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # async fn example(client: mqttka::Client) -> Result<(), mqttka::Error> {
    /// let mut requests = client.requests("square").await?;
    /// while let Some(request) = requests.recv().await? {
    ///     // As many tasks as requests are under way: at most 1024.
    ///     tokio::spawn(async move {
    ///         tokio::time::sleep(Duration::from_millis(10)).await;
    ///         match request.message().text().parse::<f64>() {
    ///             Ok(number) => request.reply((number * number).to_string()),
    ///             Err(_) => request.decline(),
    ///         }
    ///     });
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn requests(&self, filters: impl IntoFilters) -> ReceiveRequests {
        ReceiveRequests {
            client: self.core.clone(),
            filters: filters.into_filters(),
            options: FilterOptions::default(),
        }
    }
}

/// Requests of others: a [`Stream`], and [`recv`](Self::recv) for those who have no `StreamExt` at
/// hand. [`Client::requests`](crate::Client::requests) gives it.
///
/// Each that was given is under way until it is answered, declined or dropped. At most 1024 are so at
/// a time, and no further one comes while those have 1 MiB of payload or more; the others wait.
///
/// It goes on over connections that come and go, and ends with [`unsubscribe`](Self::unsubscribe) and
/// [`close`](crate::Client::close); an error says where the broker refuses the subscription, at first
/// ([`nowait`](ReceiveRequests::nowait)) or when it has lost the session. Dropping it unsubscribes; what
/// is under way can still be answered. It keeps its client alive.
#[must_use = "requests that are dropped are unsubscribed from"]
pub struct Requests {
    requests: core::Requests,
    filters: Vec<TopicFilter>,
    granted: Vec<ReasonCode>,
    ended: bool,
}

impl Requests {
    /// The next request; `None` at the end. Cancel safe: where its future is dropped, no request is
    /// lost.
    ///
    /// # Errors
    /// Why the broker refused the subscription; once, and then `None`.
    pub async fn recv(&mut self) -> Result<Option<ReceivedRequest>, Error> {
        poll_fn(|cx| self.poll_one(cx)).await.transpose()
    }

    fn poll_one(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<ReceivedRequest, Error>>> {
        loop {
            if self.ended {
                return Poll::Ready(None);
            }
            ready!(self.requests.poll_ready(cx));
            // One at a time: what is taken counts as under way.
            match self.requests.take(1) {
                Ok(taken) => {
                    if let Some(request) = taken.into_iter().next() {
                        return Poll::Ready(Some(Ok(ReceivedRequest::new(request))));
                    }
                }
                Err(end) => {
                    self.ended = true;
                    return Poll::Ready(Error::of_end(end).map(Err));
                }
            }
        }
    }

    /// Its filters.
    pub fn filters(&self) -> &[TopicFilter] {
        &self.filters
    }

    /// What the broker granted, for each filter; empty where nobody waited for it
    /// ([`nowait`](ReceiveRequests::nowait)).
    pub fn granted(&self) -> &[ReasonCode] {
        &self.granted
    }

    /// Unsubscribes now, as far as no other subscription of the client needs the filters. The stream
    /// goes on until the broker has answered, and then ends.
    pub fn unsubscribe(&self) -> Answer {
        Answer::of(|completion| self.requests.unsubscribe(completion))
    }
}

impl Stream for Requests {
    type Item = Result<ReceivedRequest, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_one(cx)
    }
}

impl fmt::Debug for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requests")
            .field("filters", &self.filters)
            .finish_non_exhaustive()
    }
}

/// A request of somebody else, to be answered, from any task and any thread. A request of QoS 1 or 2 is
/// acknowledged to the broker when it was answered or declined, after the answer was queued. Dropped
/// without either it comes again, so a task that fails or is cancelled loses nothing. One that is
/// neither holds back the acknowledgements of all later messages.
#[derive(Debug)]
#[must_use = "a request that is dropped comes again"]
pub struct ReceivedRequest {
    request: core::ReceivedRequest,
    message: Message,
}

impl ReceivedRequest {
    fn new(request: core::ReceivedRequest) -> Self {
        let message = request.message().clone();
        let message = Message::of(message, request.connection_number(), None);
        ReceivedRequest { request, message }
    }

    /// The request.
    pub fn message(&self) -> &Message {
        &self.message
    }

    /// Publishes this answer to the request's response topic, with its correlation data and at its QoS.
    /// An answer that cannot be published (no connection, a full queue, a response topic that is none)
    /// is logged: one requester's mistake ends nobody else's service. To answer with more than a
    /// payload, [`Client::reply`](crate::Client::reply) to [`message`](Self::message), and then
    /// [`decline`](Self::decline).
    pub fn reply(self, payload: impl IntoPayload) {
        self.request.reply(payload.into_payload());
    }

    /// There is no answer (of this kind): the request is acknowledged.
    pub fn decline(self) {
        self.request.decline();
    }
}
