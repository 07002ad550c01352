use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use mqttka_core::client as core;
use mqttka_core::client::RequestOptions;

use crate::outgoing::{self, Outgoing, message_methods};
use crate::topic::IntoTopic;
use crate::{Error, IntoPayload, Message, Property, QoS};

/// A request to publish: [`Client::request`](crate::Client::request) makes one, `.await` sends it and
/// gives the response. The response topic and the correlation data are the client's: what is set of them
/// here is replaced.
///
/// ```no_run
/// # async fn example(client: mqttka::Client) -> Result<(), mqttka::Error> {
/// use std::time::Duration;
/// use mqttka::QoS;
///
/// let response = client
///     .request("lights/kitchen/state", "")
///     .qos(QoS::AtLeastOnce)
///     .timeout(Duration::from_secs(5))
///     .await?;
/// println!("{}", response.text());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `.await`"]
pub struct Request {
    client: core::Client,
    message: Outgoing,
    options: RequestOptions,
}

impl Request {
    pub(crate) fn new(
        client: core::Client,
        topic: impl IntoTopic,
        payload: impl IntoPayload,
    ) -> Self {
        Request {
            client,
            message: Outgoing::new(topic, payload),
            options: RequestOptions::default(),
        }
    }

    message_methods!();

    /// How long to wait for the response, connections that come and go included; 1 ms to 365 days.
    /// Then it fails with [`Error::TimedOut`]. Default: 30 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = timeout;
        self
    }
}

impl IntoFuture for Request {
    type Output = Result<Message, Error>;
    type IntoFuture = Requesting;

    /// Sends it now.
    fn into_future(self) -> Requesting {
        let Request {
            client,
            message,
            options,
        } = self;
        let begun = message
            .0
            .and_then(|message| Ok(client.request(message, &options)?));
        Requesting(match begun {
            Ok(requesting) => State::Waits(requesting),
            Err(error) => State::Refused(Some(error)),
        })
    }
}

/// The response to come. On any executor; dropping it withdraws the request, as
/// [`cancel`](Self::cancel) does.
#[derive(Debug)]
#[must_use = "without `.await` nobody hears the response"]
pub struct Requesting(State);

#[derive(Debug)]
enum State {
    Waits(core::Requesting),
    Refused(Option<Error>),
}

impl Requesting {
    /// Waits for the response no more: where it has not come, this fails with
    /// [`Error::Cancelled`] at once. A request that is still queued is never sent; the response to
    /// one that was is nobody's.
    pub fn cancel(&self) {
        if let State::Waits(requesting) = &self.0 {
            requesting.cancel();
        }
    }
}

impl Future for Requesting {
    type Output = Result<Message, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            State::Waits(requesting) => Pin::new(requesting).poll(cx).map(|answer| match answer {
                Ok(response) => Ok(Message::of(response, 0, None)),
                Err(told) => Err(Error::of_failed(told)),
            }),
            State::Refused(error) => Poll::Ready(Err(error.take().unwrap_or(Error::Closed))),
        }
    }
}
