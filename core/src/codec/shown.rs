//! What `Debug` prints of packets that have passwords or payloads.

use std::fmt;

use super::{Connect, Publish};
use crate::types::shown;

impl fmt::Debug for Connect {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user_name = self.user_name.as_deref().map(shown::user_name);
        f.debug_struct("Connect")
            .field("version", &self.version)
            .field("clean_start", &self.clean_start)
            .field("keep_alive", &self.keep_alive)
            .field("client_id", &self.client_id)
            .field("will", &self.will)
            .field("user_name", &user_name)
            .field("password", &self.password.as_ref().map(|_| "(hidden)"))
            .field("properties", &self.properties)
            .finish()
    }
}

impl fmt::Debug for Publish {
    /// With a bounded part of the payload.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publish")
            .field("dup", &self.dup)
            .field("qos", &self.qos)
            .field("retain", &self.retain)
            .field("topic", &self.topic)
            .field("packet_id", &self.packet_id)
            .field("payload", &shown::Payload(&self.payload))
            .field("properties", &self.properties)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Packet;
    use crate::types::{Properties, QoS, Text, Version};

    #[test]
    fn no_secret_and_no_long_payload_is_printed() {
        let text = |text| Some(Text::try_from(text).unwrap());
        let connect = Connect {
            version: Version::V5,
            clean_start: true,
            keep_alive: 60,
            client_id: Text::new(),
            will: None,
            user_name: text("device?token=s3cret"),
            password: Some("s3cret".into()),
            properties: Properties::new(),
        };
        let printed = format!("{:?}", Packet::Connect(Box::new(connect)));
        assert!(!printed.contains("s3cret"), "{printed}");
        assert!(printed.contains("device?"), "{printed}");
        let publish = Publish {
            dup: false,
            qos: QoS::AtMostOnce,
            retain: false,
            topic: None,
            packet_id: None,
            payload: vec![0; 1_000_000].into(),
            properties: Properties::new(),
        };
        assert!(format!("{publish:?}").len() < 1000);
    }
}
