use crate::{Error, TopicFilter, TopicName};

/// What can be a topic: a string, or a [`TopicName`], which was parsed already.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a topic",
    label = "a string or a `TopicName` is expected"
)]
pub trait IntoTopic {
    /// Parses it.
    ///
    /// # Errors
    /// [`Error::InvalidTopic`] says what is wrong with it.
    fn into_topic(self) -> Result<TopicName, Error>;
}

/// What can be one topic filter: a string, or a [`TopicFilter`], which was parsed already.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a topic filter",
    label = "a string or a `TopicFilter` is expected",
    note = "options such as the QoS are methods: `client.subscribe(\"a/#\").qos(QoS::AtLeastOnce)`"
)]
pub trait IntoTopicFilter {
    /// Parses it.
    ///
    /// # Errors
    /// [`Error::InvalidTopic`] says what is wrong with it.
    fn into_topic_filter(self) -> Result<TopicFilter, Error>;
}

impl IntoTopic for &str {
    fn into_topic(self) -> Result<TopicName, Error> {
        TopicName::try_from(self).map_err(|problem| Error::invalid_topic("topic", self, problem))
    }
}

impl IntoTopicFilter for &str {
    fn into_topic_filter(self) -> Result<TopicFilter, Error> {
        TopicFilter::try_from(self).map_err(|problem| Error::invalid_topic("filter", self, problem))
    }
}

macro_rules! strings {
    ($($type:ty)*) => {$(
        impl IntoTopic for $type {
            fn into_topic(self) -> Result<TopicName, Error> {
                <&str>::into_topic(&self)
            }
        }

        impl IntoTopicFilter for $type {
            fn into_topic_filter(self) -> Result<TopicFilter, Error> {
                <&str>::into_topic_filter(&self)
            }
        }
    )*};
}

strings! { String &String std::borrow::Cow<'_, str> }

impl IntoTopic for TopicName {
    fn into_topic(self) -> Result<TopicName, Error> {
        Ok(self)
    }
}

impl IntoTopic for &TopicName {
    fn into_topic(self) -> Result<TopicName, Error> {
        Ok(self.clone())
    }
}

/// A topic is the filter that matches it alone.
impl IntoTopicFilter for &TopicName {
    fn into_topic_filter(self) -> Result<TopicFilter, Error> {
        <&str>::into_topic_filter(self.as_str())
    }
}

impl IntoTopicFilter for TopicFilter {
    fn into_topic_filter(self) -> Result<TopicFilter, Error> {
        Ok(self)
    }
}

impl IntoTopicFilter for &TopicFilter {
    fn into_topic_filter(self) -> Result<TopicFilter, Error> {
        Ok(self.clone())
    }
}

/// Whether messages of this topic belong to this filter. A shared subscription matches as its
/// filter does; a filter that begins with a wildcard does not match topics that begin with `$`.
///
/// ```
/// use mqttka::topic_matches;
///
/// assert!(topic_matches("sensors/+/temperature", "sensors/kitchen/temperature")?);
/// assert!(topic_matches("$share/group/sensors/#", "sensors/kitchen")?);
/// assert!(!topic_matches("#", "$SYS/broker/uptime")?);
/// let error = topic_matches("sensors/#/temperature", "sensors").unwrap_err();
/// assert!(error.to_string().starts_with("filter \"sensors/#/temperature\" is invalid"));
/// let error = topic_matches("sensors/#", "").unwrap_err();
/// assert_eq!(error.to_string(), "topic \"\" is invalid: topic is empty");
/// # Ok::<(), mqttka::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidTopic`] names the one that is invalid.
#[doc(alias = "matches")]
pub fn topic_matches(filter: impl IntoTopicFilter, topic: impl IntoTopic) -> Result<bool, Error> {
    Ok(filter.into_topic_filter()?.matches(&topic.into_topic()?))
}
