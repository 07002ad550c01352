//! Packets as they are sent and received, many with one call.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mqttka_core::client::{
    Direction, PacketTap, PacketType, TappedPacket as CorePacket, process_is_ending,
};

use crate::ListenerError;

/// Sees each packet that is sent or received.
#[uniffi::export(foreign)]
pub trait PacketTapCallback: Send + Sync {
    /// These were sent and received, in this order: all that are there, with one call. One call at a
    /// time, on a thread of the library's own. It may block: up to 1,024 packets or 8 MiB then wait,
    /// and further ones are counted and dropped.
    fn on_packets(&self, packets: Vec<TappedPacket>) -> Result<(), ListenerError>;
}

/// A packet as it was sent or received.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct TappedPacket {
    /// Which way it went.
    pub direction: Direction,
    /// When its last byte passed, since the client was made.
    pub at: Duration,
    /// The number of the connection that it went over; events have the same.
    pub connection_number: u64,
    /// Its type.
    pub packet_type: PacketType,
    /// Its Packet Identifier, where it has one.
    pub packet_id: Option<u16>,
    /// Its size in bytes, fixed header included.
    pub size: u64,
    /// Its bytes as on the wire, the first 65,536 of them. In CONNECT, CONNACK and AUTH each byte of
    /// user name, password and Authentication Data is an asterisk.
    pub bytes: Vec<u8>,
    /// So many packets before it were not shown, as the callback was too slow.
    pub dropped_before: u64,
}

pub(crate) fn packet_tap(callback: Arc<dyn PacketTapCallback>) -> PacketTap {
    let gathered = Mutex::new(Vec::new());
    Arc::new(move |packet| {
        let packets = {
            let mut gathered = gathered.lock().unwrap_or_else(PoisonError::into_inner);
            gathered.push(packet.into());
            if packet.followed_by > 0 {
                return;
            }
            std::mem::take(&mut *gathered)
        };
        // The foreign language's runtime may be gone.
        if process_is_ending() {
            return;
        }
        if let Err(error) = callback.on_packets(packets) {
            tracing::warn!(%error, "packet tap");
        }
    })
}

impl From<&CorePacket> for TappedPacket {
    fn from(packet: &CorePacket) -> Self {
        TappedPacket {
            direction: packet.direction,
            at: packet.at,
            connection_number: packet.connection_number,
            packet_type: packet.packet_type,
            packet_id: packet.packet_id.map(Into::into),
            size: packet.size as u64,
            bytes: packet.bytes.to_vec(),
            dropped_before: packet.dropped_before,
        }
    }
}
