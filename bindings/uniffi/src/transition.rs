//! Waits for a connection to come about or to end.

use mqttka_core::client::{Client, Connecting, Disconnecting, relayed};

use crate::{Connected, MqttkaError};

/// A connection attempt under way. It keeps its client alive.
#[derive(Debug, uniffi::Object)]
pub struct ConnectingHandle {
    connecting: Connecting,
    _client: Client,
}

impl ConnectingHandle {
    pub(crate) fn new(client: &Client) -> Result<Self, MqttkaError> {
        Ok(ConnectingHandle {
            connecting: client.connecting()?,
            _client: client.clone(),
        })
    }
}

#[uniffi::export]
impl ConnectingHandle {
    /// How the attempt ends, within the connect timeout. Giving up waiting changes nothing for it.
    pub async fn outcome(&self) -> Result<Connected, MqttkaError> {
        let ended = relayed(self.connecting.clone()).await;
        let connected = ended.map_err(|error| {
            MqttkaError::of_attempt(error, &self.connecting.refusal_properties())
        })?;
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
