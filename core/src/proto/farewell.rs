use std::time::Duration;

use bytes::BytesMut;

use crate::codec::{Disconnect, EncodeError, Packet};
use crate::types::{Properties, PropertyId, ReasonCode, Version};

/// An end that the application asks for, with all that DISCONNECT can say (section 3.14).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Farewell {
    /// The reason for the broker [MQTT-3.14.2-1]; ignored in 3.1.1.
    pub reason_code: ReasonCode,
    /// First wait until everything that was queued before is acknowledged, so long at most.
    pub drain_timeout: Option<Duration>,
    /// A Session Expiry Interval, a Reason String and user properties; ignored in 3.1.1. The first
    /// counts for the client's half of the session, too. Where the packet is larger than the broker
    /// takes, user properties are left out, then the Reason String [MQTT-3.14.2-3] [MQTT-3.14.2-4], and where
    /// the rest is too large, too, the Session Expiry Interval, which then stays what it was.
    pub properties: Properties,
}

impl Farewell {
    /// Its packet in 5.0.
    ///
    /// # Errors
    /// What a client's DISCONNECT cannot have.
    pub(crate) fn encode(&self) -> Result<BytesMut, EncodeError> {
        let packet = Packet::Disconnect(Disconnect {
            reason_code: self.reason_code,
            properties: self.properties.clone(),
        });
        let mut bytes = BytesMut::new();
        packet.encode(Version::V5, &mut bytes)?;
        Ok(bytes)
    }

    /// Its packet in 5.0, with as much as fits into `limit` bytes. `None`: not even the rest does.
    pub(super) fn encode_within(&mut self, limit: usize) -> Option<BytesMut> {
        for less in [
            None,
            Some(PropertyId::UserProperty),
            Some(PropertyId::ReasonString),
        ] {
            if let Some(id) = less {
                self.properties.remove(id);
            }
            let bytes = self.encode().ok().filter(|it| it.len() <= limit);
            if bytes.is_some() {
                return bytes;
            }
        }
        None
    }
}
