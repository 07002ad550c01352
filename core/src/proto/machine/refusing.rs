//! Messages that the application refuses.

use super::Machine;
use crate::codec::PacketType;
use crate::proto::Refusal;
use crate::proto::inbound::Withheld;
use crate::types::{QoS, Version};

impl<T> Machine<T> {
    /// The application refuses a message; its turn comes with its release.
    pub(super) fn refuse(&mut self, connection_number: u64, ordinal: u64, refusal: Box<Refusal>) {
        if connection_number == self.connection_number {
            self.session.inbound.refuse(ordinal, refusal);
        }
    }

    /// The turn of a refused message. Where the client fell back to 3.1.1, which cannot say it, the
    /// message is acknowledged, or the broker would send it for ever.
    pub(super) fn send_refusal(&mut self, withheld: Withheld, refusal: Refusal) {
        let version = self.version();
        let packet = match withheld.qos {
            QoS::ExactlyOnce => {
                if version == Version::V5 {
                    // The exchange ends here, and the identifier is free (section 4.3.3).
                    self.session.inbound.release(withheld.packet_id);
                }
                PacketType::PubRec
            }
            _ => PacketType::PubAck,
        };
        let most = self.limits.maximum_packet_size as usize;
        // Its codes and properties are those that the packet can have.
        let _ = refusal.encode(withheld.packet_id, packet, most, version, &mut self.control);
    }
}
