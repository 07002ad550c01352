//! What the system says of its network.

use mqttka_core::client::{NetworkChange, NetworkUpdate as CoreUpdate, Text};

use crate::MqttkaError;

/// What happened to the system's network, and what is known of the one that there is now.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct NetworkUpdate {
    /// What happened.
    pub change: NetworkChange,
    /// Whether its traffic costs; none where unknown.
    #[uniffi(default = None)]
    pub metered: Option<bool>,
    /// Whether the system has found the internet behind it. False is a reason to probe, and no more
    /// than that.
    #[uniffi(default = None)]
    pub validated: Option<bool>,
    /// Whether a captive portal stands before the internet.
    #[uniffi(default = None)]
    pub captive_portal: Option<bool>,
    /// Names the network, for what is learned of it; empty where unknown.
    #[uniffi(default = "")]
    pub id: String,
}

impl From<CoreUpdate> for NetworkUpdate {
    fn from(update: CoreUpdate) -> Self {
        NetworkUpdate {
            change: update.change,
            metered: update.metered,
            validated: update.validated,
            captive_portal: update.captive_portal,
            id: update.id.to_string(),
        }
    }
}

impl TryFrom<NetworkUpdate> for CoreUpdate {
    type Error = MqttkaError;
    fn try_from(update: NetworkUpdate) -> Result<Self, MqttkaError> {
        let mut core = CoreUpdate::new(update.change);
        core.metered = update.metered;
        core.validated = update.validated;
        core.captive_portal = update.captive_portal;
        core.id = Text::try_from(update.id)?;
        Ok(core)
    }
}
