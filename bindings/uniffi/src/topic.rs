//! Whether a topic belongs to a filter, as the core knows it.

use mqttka_core::client::{InvalidTopic, Text, TopicFilter, TopicName};

use crate::MqttkaError;

/// Whether messages of `topic` belong to `filter` (section 4.7): `+` stands for one level, `#` for
/// all that follow, and neither for topics that begin with `$` [MQTT-4.7.2-1]. Of a shared
/// subscription, `$share/{name}/{filter}`, its filter counts.
///
/// # Errors
/// [`MqttkaError::InvalidTopic`] says which of the two breaks which rule.
#[uniffi::export]
pub fn topic_matches(filter: String, topic: String) -> Result<bool, MqttkaError> {
    let filter = Text::try_from(filter)
        .map_err(InvalidTopic::from)
        .and_then(TopicFilter::parse)
        .map_err(|error| named("filter", &error))?;
    let topic = Text::try_from(topic)
        .map_err(InvalidTopic::from)
        .and_then(TopicName::parse)
        .map_err(|error| named("topic", &error))?;
    Ok(filter.matches(&topic))
}

fn named(argument: &str, error: &InvalidTopic) -> MqttkaError {
    MqttkaError::InvalidTopic {
        detail: format!("{argument}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::topic_matches;
    use crate::MqttkaError;

    #[track_caller]
    fn matches(filter: &str, topic: &str) -> bool {
        topic_matches(filter.into(), topic.into()).expect("valid")
    }

    #[test]
    fn it_is_the_matching_of_the_core() {
        assert!(matches("a/+/#", "a/b"));
        assert!(matches("$share/group/a/#", "a"));
        assert!(!matches("#", "$SYS/uptime"));
        assert!(!matches("a/+", "a"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let detail = |filter: &str, topic: &str| match topic_matches(filter.into(), topic.into()) {
            Err(MqttkaError::InvalidTopic { detail }) => detail,
            other => panic!("{other:?}"),
        };
        assert!(detail("a#", "a").starts_with("filter: "));
        assert!(detail("a", "a/+").starts_with("topic: "));
        assert!(detail("a\0", "a").starts_with("filter: "));
        assert!(detail("a", "").starts_with("topic: "));
    }
}
