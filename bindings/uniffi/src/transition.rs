//! Waits for a connection to come about or to end.

use mqttka_core::client::{Connecting, Disconnecting};

use crate::relay::relayed;
use crate::{Connected, MqttkaError};

/// A connection attempt under way.
#[derive(Debug, uniffi::Object)]
pub struct ConnectingHandle(pub(crate) Connecting);

#[uniffi::export]
impl ConnectingHandle {
    /// How the attempt ends, within the connect timeout. Giving up waiting changes nothing for it.
    pub async fn outcome(&self) -> Result<Connected, MqttkaError> {
        let connected = relayed(self.0.clone()).await?;
        Ok(Connected::from(&connected))
    }
}

/// A connection about to end.
#[derive(Debug, uniffi::Object)]
pub struct DisconnectingHandle(pub(crate) Disconnecting);

#[uniffi::export]
impl DisconnectingHandle {
    /// Waits until the connection has ended. Giving up waiting changes nothing for it.
    pub async fn outcome(&self) {
        relayed(self.0.clone()).await;
    }
}
