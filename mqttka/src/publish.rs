use std::future::IntoFuture;
use std::time::Duration;

use mqttka_core::client as core;
use mqttka_core::client::{Completion, PublishOptions};

use crate::outgoing::{self, Outgoing, message_methods};
use crate::topic::IntoTopic;
use crate::{Answer, Error, IntoPayload, Property, QoS};

/// A message to publish: [`Client::publish`](crate::Client::publish) makes one, `.await` (or
/// [`nowait`](Self::nowait)) sends it.
///
/// ```no_run
/// # async fn example(client: mqttka::Client) -> Result<(), mqttka::Error> {
/// use std::time::Duration;
/// use mqttka::QoS;
///
/// let outcome = client
///     .publish("sensors/kitchen", "21.5")
///     .qos(QoS::AtLeastOnce)
///     .retain(true)
///     .timeout(Duration::from_secs(60))
///     .await?;
/// println!("the broker has it: {}", outcome.reason_code);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `.await` or `nowait()`"]
pub struct Publish {
    client: core::Client,
    message: Outgoing,
    options: PublishOptions,
}

impl Publish {
    pub(crate) fn new(
        client: core::Client,
        topic: impl IntoTopic,
        payload: impl IntoPayload,
    ) -> Self {
        Publish {
            client,
            message: Outgoing::new(topic, payload),
            options: PublishOptions::default(),
        }
    }

    /// Of a message that is put together.
    pub(crate) fn of(client: core::Client, message: Result<core::Message, Error>) -> Self {
        Publish {
            client,
            message: Outgoing(message),
            options: PublishOptions::default(),
        }
    }

    message_methods!();

    /// How long it may wait for its outcome, 1 ms to 365 days: without a connection it waits for
    /// the next one. Then it is not sent (again), and fails with [`Error::TimedOut`]. Default: for
    /// ever.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// QoS 0: wait until the broker has read the message, as it answered a PINGREQ that followed it;
    /// without this, until it was handed to the socket. That is not "delivered": nobody tells what
    /// the broker made of it. Where the connection ends first, it fails with
    /// [`Error::Disconnected`], and may have arrived. At most one PINGREQ more goes with each write,
    /// whatever the number of messages in it. Without effect for QoS 1 and 2. Default: false.
    ///
    /// ```no_run
    /// # async fn example(client: mqttka::Client) -> Result<(), mqttka::Error> {
    /// use mqttka::Receipt;
    ///
    /// let outcome = client.publish("sensors/kitchen", "21.5").receipt(true).await?;
    /// assert_eq!(outcome.receipt, Some(Receipt::Read));
    /// # Ok(())
    /// # }
    /// ```
    pub fn receipt(mut self, receipt: bool) -> Self {
        self.options.receipt = receipt;
        self
    }

    /// Sends it, and does not wait for the outcome. Needs no executor.
    ///
    /// # Errors
    /// [`Error::QueueFull`], [`Error::InvalidTopic`], ... where it is refused at once; without
    /// [`reconnect`](crate::Builder::reconnect) also [`Error::NotConnected`].
    pub fn nowait(self) -> Result<(), Error> {
        self.send(Completion::none())
    }

    fn send(self, completion: Completion) -> Result<(), Error> {
        let message = self.message.0?;
        Ok(self
            .client
            .publish_with(message, &self.options, completion)?)
    }
}

impl IntoFuture for Publish {
    type Output = Result<crate::Outcome, Error>;
    type IntoFuture = Answer;

    /// Sends it now. It is complete when it was handed to the socket (QoS 0; or read by the broker:
    /// [`receipt`](Self::receipt)), at PUBACK (QoS 1) or
    /// PUBCOMP (QoS 2); dropping what this gives does not recall it, [`Answer::cancel`] does.
    fn into_future(self) -> Answer {
        let (completion, delivery) = Completion::delivery();
        match self.send(completion) {
            Ok(()) => Answer::waits(delivery),
            Err(error) => Answer::refused(error),
        }
    }
}
