//! What a publish and a Will have in common: a message that is put together, and the first thing
//! that is wrong with it.

use std::time::Duration;

use mqttka_core::client as core;

use crate::topic::IntoTopic;
use crate::{Error, IntoPayload, Property, QoS, Text};

#[derive(Clone, Debug)]
pub(crate) struct Outgoing(pub(crate) Result<core::Message, Error>);

impl Outgoing {
    pub(crate) fn new(topic: impl IntoTopic, payload: impl IntoPayload) -> Self {
        let topic = topic.into_topic();
        Outgoing(topic.map(|topic| core::Message::new(topic, payload.into_payload())))
    }

    pub(crate) fn change(&mut self, change: impl FnOnce(&mut core::Message)) {
        if let Ok(message) = &mut self.0 {
            change(message);
        }
    }

    pub(crate) fn qos(&mut self, qos: QoS) {
        self.change(|message| message.qos = qos);
    }

    pub(crate) fn retain(&mut self, retain: bool) {
        self.change(|message| message.retain = retain);
    }

    pub(crate) fn set(&mut self, property: Result<Property, Error>) {
        match property {
            Ok(property) => self.change(|message| message.properties.set(property)),
            Err(error) => self.fail(error),
        }
    }

    pub(crate) fn add(&mut self, property: Result<Property, Error>) {
        match property {
            Ok(property) => self.change(|message| message.properties.push(property)),
            Err(error) => self.fail(error),
        }
    }

    /// The first error stays.
    pub(crate) fn fail(&mut self, error: Error) {
        if self.0.is_ok() {
            self.0 = Err(error);
        }
    }
}

/// A string that is not a topic.
pub(crate) fn text(argument: &'static str, value: impl AsRef<str>) -> Result<Text, Error> {
    let invalid = |problem| Error::InvalidText { argument, problem };
    Text::try_from(value.as_ref()).map_err(invalid)
}

pub(crate) fn user_property(
    name: impl AsRef<str>,
    value: impl AsRef<str>,
) -> Result<Property, Error> {
    Ok(Property::UserProperty(
        text("the name of a user property", name)?,
        text("the value of a user property", value)?,
    ))
}

/// Whole seconds, for what MQTT counts so.
pub(crate) fn seconds(option: &'static str, value: Duration, most: u64) -> Result<u64, Error> {
    if value.subsec_nanos() != 0 || value.as_secs() > most {
        return Err(Error::InvalidOption {
            option,
            value: format!("{value:?}"),
            bound: format!("whole seconds, 0s to {most}s"),
        });
    }
    Ok(value.as_secs())
}

pub(crate) fn seconds_u32(option: &'static str, value: Duration) -> Result<u32, Error> {
    let most = u64::from(u32::MAX);
    seconds(option, value, most).map(|it| it.try_into().unwrap_or(u32::MAX))
}

/// The methods that both have.
macro_rules! message_methods {
    () => {
        /// The delivery guarantee. Default: [`QoS::AtMostOnce`].
        pub fn qos(mut self, qos: QoS) -> Self {
            self.message.qos(qos);
            self
        }

        /// Whether the broker keeps it for new subscribers. Default: false.
        pub fn retain(mut self, retain: bool) -> Self {
            self.message.retain(retain);
            self
        }

        /// What the payload is, such as a MIME type; MQTT 5.0 only.
        pub fn content_type(mut self, content_type: impl AsRef<str>) -> Self {
            let text = outgoing::text("content_type", content_type);
            self.message.set(text.map(Property::ContentType));
            self
        }

        /// Where an answer is to be published; MQTT 5.0 only.
        pub fn response_topic(mut self, topic: impl IntoTopic) -> Self {
            let topic = topic.into_topic().map(|topic| topic.into_text());
            self.message.set(topic.map(Property::ResponseTopic));
            self
        }

        /// What an answer has to carry so that it is recognised, at most 65,535 bytes; MQTT 5.0
        /// only.
        pub fn correlation_data(mut self, data: impl IntoPayload) -> Self {
            let data = Property::CorrelationData(data.into_payload());
            self.message.set(Ok(data));
            self
        }

        /// After this time, in whole seconds, nobody gets it any more; MQTT 5.0 only. Default:
        /// never.
        pub fn message_expiry_interval(mut self, interval: Duration) -> Self {
            let seconds = outgoing::seconds_u32("message_expiry_interval", interval);
            self.message
                .set(seconds.map(Property::MessageExpiryInterval));
            self
        }

        /// Says to receivers that the payload is UTF-8 text; MQTT 5.0 only.
        pub fn payload_is_text(mut self) -> Self {
            self.message.set(Ok(Property::PayloadFormatIndicator(1)));
            self
        }

        /// A name and a value of the application's own, after those that are there; MQTT 5.0 only.
        pub fn user_property(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
            self.message.add(outgoing::user_property(name, value));
            self
        }

        /// The trace that it belongs to, in the user properties `traceparent` and `tracestate`, in
        /// place of one in which it was; MQTT 5.0 only.
        pub fn trace_context(mut self, context: &crate::TraceContext) -> Self {
            let put =
                |message: &mut mqttka_core::client::Message| message.set_trace_context(context);
            self.message.change(put);
            self
        }

        /// Any property, in place of one of the same kind; MQTT 5.0 only.
        pub fn property(mut self, property: Property) -> Self {
            match property {
                Property::UserProperty(..) => self.message.add(Ok(property)),
                _ => self.message.set(Ok(property)),
            }
            self
        }
    };
}

pub(crate) use message_methods;
