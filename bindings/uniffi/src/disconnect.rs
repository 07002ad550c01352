//! How a connection is to end.

use std::time::Duration;

use mqttka_core::client::{DisconnectOptions as CoreOptions, ReasonCode, Text};

use crate::{MqttkaError, UserProperty, property};

/// How a connection is to end, and what the broker is told of it.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct DisconnectOptions {
    /// For the broker: one that a client may send; 3.1.1 has none.
    pub reason_code: ReasonCode,
    /// First wait until all that was queued before is acknowledged, so long at most: up to 1 day.
    #[uniffi(default = None)]
    pub drain_timeout: Option<Duration>,
    /// How many seconds the broker is to keep the session from now on; 0xFFFFFFFF: for ever; 5.0
    /// only. None: as it is.
    #[uniffi(default = None)]
    pub session_expiry_interval: Option<u32>,
    /// The reason in words; not sent in 3.1.1.
    #[uniffi(default = None)]
    pub reason_string: Option<String>,
    /// Names and values of the application's own; not sent in 3.1.1.
    #[uniffi(default = [])]
    pub user_properties: Vec<UserProperty>,
}

impl TryFrom<DisconnectOptions> for CoreOptions {
    type Error = MqttkaError;
    fn try_from(options: DisconnectOptions) -> Result<Self, MqttkaError> {
        let mut core = CoreOptions::default();
        core.reason_code = options.reason_code;
        core.drain_timeout = options.drain_timeout;
        core.session_expiry_interval = options.session_expiry_interval;
        core.reason_string = options.reason_string.map(Text::try_from).transpose()?;
        core.user_properties = property::pairs(options.user_properties)?;
        Ok(core)
    }
}
