use std::time::Duration;

use mqttka_core::client as core;

use crate::outgoing::{self, Outgoing, message_methods};
use crate::topic::IntoTopic;
use crate::{Error, IntoPayload, Property, QoS};

/// What the broker publishes where this client goes without a goodbye
/// ([`Builder::will`](crate::Builder::will)).
///
/// ```
/// use std::time::Duration;
/// use mqttka::{Client, QoS, Will};
///
/// let will = Will::new("status/pump-1", "offline")
///     .qos(QoS::AtLeastOnce)
///     .retain(true)
///     .delay(Duration::from_secs(10));
/// let builder = Client::builder("mqtt://broker.example").will(will);
/// # builder.options()?;
/// # Ok::<(), mqttka::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a Will is an option of a client"]
pub struct Will {
    message: Outgoing,
}

impl Will {
    /// This payload to this topic. What is wrong with it is said where the client is made.
    pub fn new(topic: impl IntoTopic, payload: impl IntoPayload) -> Self {
        Will {
            message: Outgoing::new(topic, payload),
        }
    }

    message_methods!();

    /// How long the broker waits, in whole seconds, before it publishes the Will, in case that the
    /// client comes back; MQTT 5.0 only. Default: not at all.
    pub fn delay(mut self, delay: Duration) -> Self {
        let seconds = outgoing::seconds_u32("will_delay_interval", delay);
        self.message.set(seconds.map(Property::WillDelayInterval));
        self
    }

    pub(crate) fn into_core(self) -> Result<core::Will, Error> {
        let message = self.message.0?;
        Ok(core::Will { message })
    }
}
