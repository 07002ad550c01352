use mqttka_core::client as core;

use crate::topic::IntoTopicFilter;
use crate::{Error, QoS, RetainHandling, TopicFilter, TopicName};

/// A topic filter with options of its own, where several that differ are subscribed to at once.
///
/// ```no_run
/// # async fn example(client: mqttka::Client) -> Result<(), mqttka::Error> {
/// use mqttka::{Filter, QoS};
///
/// let messages = client
///     .subscribe([
///         Filter::new("alarms/#").qos(QoS::AtLeastOnce),
///         Filter::new("sensors/+/temperature"),
///     ])
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a filter does nothing before it is subscribed to"]
pub struct Filter {
    filter: Result<TopicFilter, Error>,
    pub(crate) options: FilterOptions,
}

/// What is not said is as the whole subscribe says, and else the default.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FilterOptions {
    pub(crate) qos: Option<QoS>,
    pub(crate) no_local: Option<bool>,
    pub(crate) retain_as_published: Option<bool>,
    pub(crate) retain_handling: Option<RetainHandling>,
}

impl Filter {
    /// This filter, with the options of the whole subscribe. What is wrong with it is said there.
    pub fn new(filter: impl IntoTopicFilter) -> Self {
        Filter {
            filter: filter.into_topic_filter(),
            options: FilterOptions::default(),
        }
    }

    /// The highest QoS at which its messages come.
    pub fn qos(mut self, qos: QoS) -> Self {
        self.options.qos = Some(qos);
        self
    }

    /// Do not send back what this client published; MQTT 5.0 only.
    pub fn no_local(mut self, no_local: bool) -> Self {
        self.options.no_local = Some(no_local);
        self
    }

    /// Keep the publisher's retain flag; MQTT 5.0 only.
    pub fn retain_as_published(mut self, retain_as_published: bool) -> Self {
        self.options.retain_as_published = Some(retain_as_published);
        self
    }

    /// Whether the broker sends what it has retained; MQTT 5.0 only.
    pub fn retain_handling(mut self, retain_handling: RetainHandling) -> Self {
        self.options.retain_handling = Some(retain_handling);
        self
    }

    pub(crate) fn into_filter(self) -> Result<TopicFilter, Error> {
        self.filter
    }

    pub(crate) fn into_core(self, defaults: &FilterOptions) -> Result<core::Subscription, Error> {
        let options = self.options;
        let qos = options.qos.or(defaults.qos).unwrap_or_default();
        let mut subscription = core::Subscription::new(self.filter?, qos);
        let either = |own: Option<bool>, whole: Option<bool>| own.or(whole).unwrap_or_default();
        subscription.no_local = either(options.no_local, defaults.no_local);
        subscription.retain_as_published =
            either(options.retain_as_published, defaults.retain_as_published);
        let handling = options.retain_handling.or(defaults.retain_handling);
        subscription.retain_handling = handling.unwrap_or_default();
        Ok(subscription)
    }
}

/// What can be subscribed to, or unsubscribed from, at once: a string, a [`TopicFilter`], a
/// [`Filter`], or an array, a slice or a vector of one of these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a topic filter, nor several",
    label = "a string, a `Filter`, or an array of them is expected",
    note = "options such as the QoS are methods: `client.subscribe(\"a/#\").qos(QoS::AtLeastOnce)`"
)]
pub trait IntoFilters {
    /// All of them.
    fn into_filters(self) -> Vec<Filter>;
}

macro_rules! single {
    ($($type:ty)*) => {$(
        impl From<$type> for Filter {
            fn from(filter: $type) -> Self {
                Filter::new(filter)
            }
        }

        impl IntoFilters for $type {
            fn into_filters(self) -> Vec<Filter> {
                vec![Filter::new(self)]
            }
        }
    )*};
}

single! { &str String &String TopicFilter &TopicFilter &TopicName }

impl IntoFilters for Filter {
    fn into_filters(self) -> Vec<Filter> {
        vec![self]
    }
}

impl<T: Into<Filter>> IntoFilters for Vec<T> {
    fn into_filters(self) -> Vec<Filter> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<T: Into<Filter>, const N: usize> IntoFilters for [T; N] {
    fn into_filters(self) -> Vec<Filter> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<T: Into<Filter> + Clone, const N: usize> IntoFilters for &[T; N] {
    fn into_filters(self) -> Vec<Filter> {
        self.iter().cloned().map(Into::into).collect()
    }
}

impl<T: Into<Filter> + Clone> IntoFilters for &[T] {
    fn into_filters(self) -> Vec<Filter> {
        self.iter().cloned().map(Into::into).collect()
    }
}

impl<T: Into<Filter> + Clone> IntoFilters for &Vec<T> {
    fn into_filters(self) -> Vec<Filter> {
        self.as_slice().into_filters()
    }
}
