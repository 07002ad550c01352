//! How an application makes requests (section 4.10).

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use super::cancel::Canceller;
use super::completion::Completion;
use super::failed::Failed;
use super::inner::Inner;
use super::mailbox::{Mailbox, Registration};
use super::requests::{Answer, Requests, Waiter};
use super::table::{Consumer, Takes};
use super::{Client, Options, PublishOptions, fork};
use crate::error::{Error, InvalidTopic, OperationError};
use crate::types::{
    Message, Properties, Property, QoS, RetainHandling, Subscription, Text, TopicFilter, TopicName,
    Version,
};

/// What a request is, beyond its message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestOptions {
    /// How long to wait for the response, from now on, connections that come and go included; 1 ms
    /// to 365 days. Then the request ends with [`OperationError::TimedOut`]. Default 30 s.
    pub timeout: Duration,
}

impl Default for RequestOptions {
    fn default() -> Self {
        RequestOptions {
            timeout: Duration::from_secs(30),
        }
    }
}

/// The response to a request to come: await it, on any executor, or wait for it. Dropping it is as
/// [`cancel`](Self::cancel), without an outcome.
///
/// In a forked child it ends at once with [`OperationError::Closed`].
#[derive(Debug)]
pub struct Requesting {
    slot: Arc<Mailbox<Option<Answer>>>,
    registration: Registration,
    requests: Arc<Requests>,
    id: u64,
    publish: Canceller,
}

impl Requesting {
    /// Blocks the thread; `None` where nothing came within `timeout`. Also from inside a callback of
    /// the client: responses wait for none of them.
    pub fn wait_timeout(&self, timeout: Duration) -> Option<Result<Message, Failed>> {
        if fork::check().is_err() {
            return Some(Err(OperationError::Closed.into()));
        }
        self.slot.wait_timeout(timeout, Option::take)
    }

    /// Nobody waits for the response any more: where it has not come, the request ends with
    /// [`OperationError::Cancelled`] at once, and its place is free. Where the request is still
    /// queued, it is never sent; else a response that comes is nobody's. It does not block. In a
    /// forked child it does nothing.
    pub fn cancel(&self) {
        if fork::check().is_ok() && self.requests.is_pending(self.id) {
            self.publish.cancel();
            let cancelled = OperationError::Cancelled;
            self.requests.finish(self.id, Err(cancelled.into()));
        }
    }
}

impl Future for Requesting {
    type Output = Result<Message, Failed>;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if fork::check().is_err() {
            return Poll::Ready(Err(OperationError::Closed.into()));
        }
        let Requesting {
            slot, registration, ..
        } = &mut *self;
        slot.poll(registration, cx, Option::take)
    }
}

impl Drop for Requesting {
    fn drop(&mut self) {
        if fork::check().is_ok() {
            self.slot.forget(&mut self.registration);
            self.cancel();
        }
    }
}

impl Client {
    /// Publishes a request, and gives the response to come: the first message that comes to this
    /// client's response topic with the request's Correlation Data. Both properties are the
    /// library's; those of `message` are replaced. MQTT 5.0 only.
    ///
    /// The first request subscribes to the response topic: `mqttka/response/`, the Client
    /// Identifier where there is one without `/`, `+` and `#`, and a number that nobody can guess. Where
    /// the broker gave Response Information ([`Config::request_response_information`](super::Config)) that
    /// stands in front instead of `mqttka/response/` and the Client Identifier.
    ///
    /// Each request ends exactly once: with its response, or [without one](Failed): with
    /// [`OperationError::TimedOut`]; with
    /// [`OperationError::Refused`] where the broker refuses it, the subscription, or says that nobody
    /// subscribes to its topic ([`ReasonCode::NoMatchingSubscribers`](super::ReasonCode), QoS 1 and 2);
    /// with what else a publish ends with; with [`OperationError::Disconnected`] where the client has
    /// stopped; with [`OperationError::Closed`]. While the client comes back by itself, it waits.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use mqttka_core::client::{Client, Error, Message, RequestOptions, TopicName};
    ///
    /// # fn example(client: Client) -> Result<(), Error> {
    /// let question = Message::new(TopicName::try_from("lights/state")?, "");
    /// let response = client.request(question, &RequestOptions::default())?;
    /// match response.wait_timeout(Duration::MAX) {
    ///     Some(Ok(response)) => println!("{:?}", response.payload),
    ///     Some(Err(error)) => println!("no response: {error}"),
    ///     None => {}
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::NotSupported`] in MQTT 3.1.1; [`Error::QueueFull`] also where
    /// [`Config::outbound_queue_max_messages`](super::Config) requests have no answer yet;
    /// [`Error::InvalidOption`] for a timeout out of its bounds; else as
    /// [`publish`](Self::publish) and [`subscribe`](Self::subscribe).
    pub fn request(&self, message: Message, options: &RequestOptions) -> Result<Requesting, Error> {
        let slot = Arc::new(Mailbox::new(None));
        let publish = Canceller::new();
        let completion = Completion::none().cancelled_by(&publish);
        let waiter = Waiter::Slot(Arc::clone(&slot));
        let (requests, id) = self.begin_request(message, options, waiter, completion)?;
        Ok(Requesting {
            slot,
            registration: Registration::default(),
            requests,
            id,
            publish,
        })
    }

    /// As [`request`](Self::request); `answered` is called on the message lane, once.
    ///
    /// # Errors
    /// As [`request`](Self::request); `answered` is then dropped without a call.
    pub fn request_with(
        &self,
        message: Message,
        options: &RequestOptions,
        answered: impl FnOnce(Result<Message, Failed>) + Send + 'static,
    ) -> Result<(), Error> {
        let waiter = Waiter::Call(Box::new(answered));
        self.begin_request(message, options, waiter, Completion::none())
            .map(drop)
    }

    /// As [`request_with`](Self::request_with), and `canceller` cancels it: where the response has not
    /// come, the request ends with [`OperationError::Cancelled`] at once, and its place is free. Where it is
    /// still queued, it is never sent; else a response that comes is nobody's.
    ///
    /// # Errors
    /// As [`request_with`](Self::request_with).
    pub fn request_cancelled_by(
        &self,
        message: Message,
        options: &RequestOptions,
        canceller: &Canceller,
        answered: impl FnOnce(Result<Message, Failed>) + Send + 'static,
    ) -> Result<(), Error> {
        let waiter = Waiter::Call(Box::new(answered));
        let completion = Completion::none().cancelled_by(canceller);
        let (requests, id) = self.begin_request(message, options, waiter, completion)?;
        canceller.0.take_request(&requests, id);
        Ok(())
    }

    fn begin_request(
        &self,
        mut message: Message,
        options: &RequestOptions,
        waiter: Waiter,
        completion: Completion,
    ) -> Result<(Arc<Requests>, u64), Error> {
        fork::check()?;
        self.0.needs_5("a request")?;
        Options::check_duration("request_timeout", options.timeout)?;
        let router = &self.0.shared.lanes.router;
        let requests = router.requests()?;
        // Answers for a message lane that is stuck are answers that nobody has yet.
        let uncalled = match waiter {
            Waiter::Slot(_) => 0,
            Waiter::Call(_) => router.completions(),
        };
        if requests.lock().len() + uncalled >= self.0.shared.inbox.max_messages() {
            return Err(Error::QueueFull);
        }
        let ends = requests.ends();
        self.0.subscribe_to_responses(&requests)?;
        let deadline = self.0.shared.inbox.time.now() + options.timeout;
        let id = requests.begin(waiter, deadline, ends);
        if !requests.is_pending(id) {
            return Ok((requests, id));
        }
        let properties = &mut message.properties;
        properties.set(Property::ResponseTopic(
            requests.topic().clone().into_text(),
        ));
        properties.set(Property::CorrelationData(requests.correlation_data(id)));
        let noticing = Arc::clone(&requests);
        let completion = completion.noticed(move |outcome| noticing.published(id, outcome));
        let publish = PublishOptions {
            timeout: Some(options.timeout),
            ..PublishOptions::default()
        };
        let published = self.publish_with(message, &publish, completion);
        if published.is_err() {
            // Nobody is called.
            let waiter = requests.lock().take(id);
            drop(waiter);
        }
        published.map(|()| (requests, id))
    }
}

impl Inner {
    pub(super) fn needs_5(&self, what: &'static str) -> Result<(), Error> {
        match self.version {
            Version::V5 => Ok(()),
            Version::V311 => Err(Error::NotSupported {
                what,
                needs: "MQTT 5.0",
            }),
        }
    }

    /// Asks for the subscription, where the broker has it not, nor was asked for it.
    fn subscribe_to_responses(&self, requests: &Arc<Requests>) -> Result<(), Error> {
        // Whoever is the second publishes after the first has subscribed.
        let _order = requests.order();
        if requests.subscribed.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        let router = &self.shared.lanes.router;
        let filter = TopicFilter::parse(requests.topic().clone().into_text())?;
        let takes = Takes::Requests(Arc::clone(requests));
        let mut consumer = Consumer::new(Some(vec![filter.clone()]), takes);
        consumer.subscribed = true;
        let id = router.add(consumer);
        let before = requests.lock().consumer.replace(id);
        if let Some(before) = before {
            router.remove(before);
        }
        let noticing = Arc::clone(requests);
        let completion = Completion::none().noticed(move |outcome| {
            if let Err(error) = &outcome.result {
                noticing.fail_all(&Failed::told(error.clone(), outcome));
            }
        });
        let mut subscription = Subscription::new(filter, QoS::ExactlyOnce);
        subscription.retain_handling = RetainHandling::DoNotSend;
        let result = self.subscribe(vec![subscription], Properties::new(), completion);
        if result.is_err() {
            requests.subscribed.store(false, Ordering::Relaxed);
        }
        result
    }
}

/// Where responses go. `number`: one that nobody can guess.
pub(super) fn response_topic(
    information: Option<&Text>,
    client_id: &Text,
    number: u64,
) -> Result<TopicName, InvalidTopic> {
    let first = match information {
        Some(information) => information.trim_end_matches('/').to_owned(),
        None if client_id.is_empty() || client_id.contains(['/', '+', '#']) => PREFIX.to_owned(),
        None => format!("{PREFIX}/{}", client_id.as_str()),
    };
    // What a broker gave may be no topic, or too long.
    TopicName::try_from(format!("{first}/{number:016x}"))
        .or_else(|_| TopicName::try_from(format!("{PREFIX}/{number:016x}")))
}

const PREFIX: &str = "mqttka/response";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_response_topic_is_a_topic_whatever_it_is_made_of() {
        let text = |text: &str| Text::try_from(text).unwrap();
        for (information, client_id, expected) in [
            (None, "", "mqttka/response/"),
            (None, "device-7", "mqttka/response/device-7/"),
            (None, "a/b", "mqttka/response/"),
            (None, "+", "mqttka/response/"),
            (Some("rr/7/"), "device-7", "rr/7/"),
            (Some("rr/#"), "device-7", "mqttka/response/"),
        ] {
            let information = information.map(text);
            let topic = response_topic(information.as_ref(), &text(client_id), 7).unwrap();
            let number = topic.as_str().strip_prefix(expected).expect(expected);
            assert_eq!(number.len(), 16, "{topic}");
        }
    }
}
