use std::borrow::Cow;
use std::fmt;
use std::str::Utf8Error;
use std::time::Duration;

use mqttka_core::client as core;

use crate::topic::{IntoTopic, IntoTopicFilter};
use crate::{
    Acknowledgement, Bytes, Error, IntoPayload, Properties, PropertyId, QoS, ReasonCode, Refusal,
    TopicName,
};

/// A message that came.
///
/// Cheap to clone. Topic and payload are slices of the read buffer: one small message that is kept
/// for long keeps up to 64 KiB alive, so copy what is to be kept. What `Debug` prints is bounded.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// Where it was published. It compares with strings: `message.topic == "a/b"`.
    pub topic: TopicName,
    /// The bytes that were published.
    pub payload: Bytes,
    /// The delivery guarantee that it came with.
    pub qos: QoS,
    /// Whether the broker had kept it for new subscribers.
    pub retain: bool,
    /// Whether this may be a repeated delivery.
    pub dup: bool,
    /// MQTT 5.0's properties. The usual ones have methods.
    pub properties: Properties,
    /// The number of the connection that it came over; events have the same
    /// ([`Event::connection_number`](crate::Event::connection_number)).
    pub connection_number: u64,
    /// The application's to give, for QoS 1 and 2, where its stream
    /// [acknowledges manually](crate::Subscribe::manual_acknowledgement). Most often
    /// [`acknowledge`](Self::acknowledge) and [`refuse`](Self::refuse) are all that it takes.
    pub acknowledgement: Option<Acknowledgement>,
}

impl Message {
    /// A message that came over no connection, for the tests of applications.
    ///
    /// ```
    /// use mqttka::Message;
    ///
    /// let message = Message::new("sensors/kitchen", "21.5")?;
    /// assert_eq!(message.topic, "sensors/kitchen");
    /// assert_eq!(message.payload_as_str()?.parse::<f64>()?, 21.5);
    /// assert!(message.matches("sensors/+")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidTopic`].
    pub fn new(topic: impl IntoTopic, payload: impl IntoPayload) -> Result<Self, Error> {
        let message = core::Message::new(topic.into_topic()?, payload.into_payload());
        Ok(Message::of(message, 0, None))
    }

    pub(crate) fn of(
        message: core::Message,
        connection_number: u64,
        acknowledgement: Option<Acknowledgement>,
    ) -> Self {
        let core::Message {
            topic,
            payload,
            qos,
            retain,
            dup,
            properties,
        } = message;
        Message {
            topic,
            payload,
            qos,
            retain,
            dup,
            properties,
            connection_number,
            acknowledgement,
        }
    }

    /// The application has consumed it: where its stream
    /// [acknowledges manually](crate::Subscribe::manual_acknowledgement), the broker hears that, in
    /// the order in which the messages came. Else, and for QoS 0, it does nothing.
    pub fn acknowledge(&self) {
        if let Some(acknowledgement) = &self.acknowledgement {
            acknowledgement.acknowledge();
        }
    }

    /// The application does not want it: the broker hears the reason, one of
    /// [`Refusal::REASON_CODES`], and does not send it again. For words and user properties, see
    /// [`Refusal`]. Where its stream does not acknowledge manually, and for QoS 0, it does nothing.
    ///
    /// ```no_run
    /// # async fn example(client: mqttka::Client) -> Result<(), mqttka::Error> {
    /// use mqttka::{QoS, ReasonCode};
    ///
    /// let mut orders = client
    ///     .subscribe("orders/#")
    ///     .qos(QoS::AtLeastOnce)
    ///     .manual_acknowledgement()
    ///     .await?;
    /// while let Some(order) = orders.recv().await? {
    ///     match order.payload_as_str() {
    ///         Ok(text) => {
    ///             println!("to do: {text}");
    ///             order.acknowledge();
    ///         }
    ///         Err(_) => order.refuse(ReasonCode::PayloadFormatInvalid)?,
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::NotSupported`] in MQTT 3.1.1; [`Error::InvalidOption`] for another code.
    pub fn refuse(&self, reason_code: ReasonCode) -> Result<(), Error> {
        let refusal = Refusal::new(reason_code)?;
        if let Some(acknowledgement) = &self.acknowledgement {
            acknowledgement.refuse(refusal)?;
        }
        Ok(())
    }

    pub(crate) fn as_core(&self) -> core::Message {
        core::Message {
            topic: self.topic.clone(),
            payload: self.payload.clone(),
            qos: self.qos,
            retain: self.retain,
            dup: self.dup,
            properties: self.properties.clone(),
        }
    }

    /// The payload as text.
    ///
    /// # Errors
    /// It is not UTF-8.
    pub fn payload_as_str(&self) -> Result<&str, Utf8Error> {
        std::str::from_utf8(&self.payload)
    }

    /// The payload as text to print; what is not UTF-8 becomes U+FFFD.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.payload)
    }

    /// Whether its topic matches this filter; see [`topic_matches`](crate::topic_matches).
    ///
    /// # Errors
    /// [`Error::InvalidTopic`] where the filter is none.
    pub fn matches(&self, filter: impl IntoTopicFilter) -> Result<bool, Error> {
        Ok(filter.into_topic_filter()?.matches(&self.topic))
    }

    /// What the payload is, such as a MIME type.
    pub fn content_type(&self) -> Option<&str> {
        self.text_of(PropertyId::ContentType)
    }

    /// Where an answer is to be published.
    pub fn response_topic(&self) -> Option<&str> {
        self.text_of(PropertyId::ResponseTopic)
    }

    /// What an answer has to carry so that it is recognised.
    pub fn correlation_data(&self) -> Option<&Bytes> {
        self.properties.get_binary(PropertyId::CorrelationData)
    }

    /// What was left of its lifetime when the broker sent it.
    pub fn message_expiry_interval(&self) -> Option<Duration> {
        let seconds = self
            .properties
            .get_number(PropertyId::MessageExpiryInterval)?;
        Some(Duration::from_secs(seconds.into()))
    }

    /// The names and values of the publisher's own, in their order.
    pub fn user_properties(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        let all = self.properties.user_properties();
        all.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The first user property of this name.
    pub fn user_property(&self, name: &str) -> Option<&str> {
        let mut all = self.user_properties();
        all.find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// The trace that it belongs to (W3C Trace Context, in the user properties `traceparent` and
    /// `tracestate`), where it is in one.
    ///
    /// ```
    /// # use mqttka::Message;
    /// let message = Message::new("a/b", "x")?;
    /// assert_eq!(message.trace_context(), None);
    /// # Ok::<(), mqttka::Error>(())
    /// ```
    pub fn trace_context(&self) -> Option<crate::TraceContext> {
        crate::TraceContext::of(&self.properties)
    }

    fn text_of(&self, id: PropertyId) -> Option<&str> {
        self.properties.get_text(id).map(|text| text.as_str())
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The core knows how to bound it.
        self.as_core().fmt(f)
    }
}

/// For [`testing`](crate::testing): what a fake broker publishes.
impl From<Message> for core::Message {
    fn from(message: Message) -> Self {
        message.as_core()
    }
}
