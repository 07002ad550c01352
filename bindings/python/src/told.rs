//! The properties of packets, as Python sees them.

use mqttka_core::client::Properties;

/// The user properties of these, as what Python shows: pairs, in order.
pub(crate) fn pairs(all: &Properties) -> Vec<(&str, &str)> {
    let all = all.user_properties();
    all.map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}
