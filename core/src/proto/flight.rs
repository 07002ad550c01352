//! The flight recorder: what passed lately, so that whoever hears of an end can see what led to it.
//!
//! It is always on. A packet costs it a few nanoseconds and no allocation; a connection's end costs
//! the one [`FlightRecord`] that goes with its event.

mod json;
mod record;

use std::time::Duration;

pub use self::record::{FlightPacket, FlightRecord, QueueDepths};
use super::tally::Tally;
use bytes::BytesMut;

use crate::codec::{
    DecodeError, Decoder, Direction, FixedHeader, Packet, PacketType, packet_id_of, packet_len,
};
use crate::types::Instant;

/// So many packets are remembered.
pub(super) const PACKETS: usize = 32;

/// So many answers to pings are remembered.
pub(super) const PINGS: usize = 8;

const SENT: u8 = 1;
const STANDBY: u8 = 2;

/// A packet, in sixteen bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Noted {
    at: Instant,
    size: u32,
    /// 0: none.
    packet_id: u16,
    /// The type in the upper four bits, as on the wire; flags below.
    what: u8,
}

/// Over which of the connections that there may be at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    Present,
    /// The one that is to take its place (rule L24).
    Standby,
}

/// Of one client. It begins anew with each stream that is opened where there was none.
#[derive(Debug, Default)]
pub(super) struct Flight {
    packets: [Noted; PACKETS],
    /// How many there were, those that are forgotten included.
    noted: usize,
    pings: [Duration; PINGS],
    pinged: usize,
    /// When CONNACK came.
    pub(super) connected_at: Option<Instant>,
    pub(super) tally: Tally,
}

impl Flight {
    /// Another connection begins.
    pub(super) fn begin(&mut self) {
        (self.noted, self.pinged, self.connected_at) = (0, 0, None);
    }

    #[inline]
    fn note(&mut self, at: Instant, size: usize, packet_id: u16, what: u8) {
        self.packets[self.noted % PACKETS] = Noted {
            at,
            // Larger than a packet can be.
            size: u32::try_from(size).unwrap_or(u32::MAX),
            packet_id,
            what,
        };
        self.noted += 1;
    }

    /// A packet came whole, and `input` begins with it: it is noted as its bytes have it, before
    /// they are taken apart.
    #[inline]
    pub(super) fn received(
        &mut self,
        now: Instant,
        header: &FixedHeader,
        input: &[u8],
        over: Over,
    ) {
        let what = (header.packet_type as u8) << 4 | flags(Direction::Received, over);
        let id = packet_id_of(input).unwrap_or(0);
        self.note(now, header.packet_len(), id, what);
        self.tally.packet_received(header.packet_type);
    }

    /// Takes a packet off the front of `input`, and notes it.
    pub(super) fn decoded(
        &mut self,
        now: Instant,
        decoder: &mut Decoder,
        input: &mut BytesMut,
        over: Over,
    ) -> Result<Option<Packet>, DecodeError> {
        match decoder.whole(input) {
            Ok(Some(header)) => {
                self.received(now, &header, input, over);
                decoder.take(&header, input).map(Some)
            }
            Ok(None) => Ok(None),
            Err(error) => {
                self.received_broken(now, input, over);
                Err(error)
            }
        }
    }

    /// What came is no packet as the specification has it, or a larger one than there may be.
    #[cold]
    pub(super) fn received_broken(&mut self, now: Instant, input: &[u8], over: Over) {
        let Some(first) = input.first() else {
            return;
        };
        let size = packet_len(input).unwrap_or(input.len());
        let what = first & 0xf0 | flags(Direction::Received, over);
        self.note(now, size, 0, what);
        if let Some(packet_type) = PacketType::from_u8(first >> 4) {
            self.tally.packet_received(packet_type);
        }
    }

    /// The socket took the first bytes of a packet of this size, which begins with `head`.
    #[inline]
    pub(super) fn sent(&mut self, now: Instant, head: &[u8], size: usize, over: Over) {
        let Some(packet_type) = head.first().and_then(|it| PacketType::from_u8(it >> 4)) else {
            return;
        };
        let what = (packet_type as u8) << 4 | flags(Direction::Sent, over);
        self.note(now, size, packet_id_of(head).unwrap_or(0), what);
        self.tally.packet_sent(packet_type);
    }

    /// A PINGREQ was answered, so long after it was handed to the socket.
    pub(super) fn pinged(&mut self, took: Duration) {
        self.pings[self.pinged % PINGS] = took;
        self.pinged += 1;
        self.tally.pinged(took);
    }

    /// The last packets, oldest first, and how many there were before them.
    fn packets(&self, now: Instant) -> (Vec<FlightPacket>, u64) {
        let from = self.noted.saturating_sub(PACKETS);
        let last = (from..self.noted).map(|index| self.packets[index % PACKETS]);
        let packets = last.map(|noted| FlightPacket {
            direction: match noted.what & SENT {
                0 => Direction::Received,
                _ => Direction::Sent,
            },
            packet_type: PacketType::from_u8(noted.what >> 4),
            size: noted.size,
            packet_id: std::num::NonZeroU16::new(noted.packet_id),
            age: now.saturating_since(noted.at),
            second_connection: noted.what & STANDBY != 0,
        });
        (packets.collect(), from as u64)
    }

    /// The last answers to pings, oldest first.
    fn pings(&self) -> Vec<Duration> {
        let from = self.pinged.saturating_sub(PINGS);
        let last = (from..self.pinged).map(|index| self.pings[index % PINGS]);
        last.collect()
    }

    /// What it knows; the rest is the machine's.
    pub(super) fn record(&self, now: Instant) -> FlightRecord {
        let (packets, earlier_packets) = self.packets(now);
        FlightRecord {
            packets,
            earlier_packets,
            ping_round_trips: self.pings(),
            connected_for: self.connected_at.map(|at| now.saturating_since(at)),
            ..FlightRecord::default()
        }
    }
}

const fn flags(direction: Direction, over: Over) -> u8 {
    let sent = match direction {
        Direction::Sent => SENT,
        Direction::Received => 0,
    };
    match over {
        Over::Present => sent,
        Over::Standby => sent | STANDBY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::ORIGIN + Duration::from_millis(millis)
    }

    #[test]
    fn the_last_ones_are_remembered_in_their_order() {
        let mut flight = Flight::default();
        for n in 0..40_u16 {
            let [high, low] = n.to_be_bytes();
            flight.sent(at(n.into()), &[0x62, 2, high, low], 4, Over::Present);
        }
        for n in 0..10 {
            flight.pinged(Duration::from_millis(n));
        }
        let record = flight.record(at(100));
        assert_eq!((record.packets.len(), record.earlier_packets), (PACKETS, 8));
        let first = &record.packets[0];
        assert_eq!(first.packet_id.map(|id| id.get()), Some(8));
        assert_eq!(first.age, Duration::from_millis(92));
        assert_eq!(record.packets[31].age, Duration::from_millis(61));
        let pings: Vec<_> = record
            .ping_round_trips
            .iter()
            .map(Duration::as_millis)
            .collect();
        assert_eq!(pings, [2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(flight.tally.sent.get(PacketType::PubRel), 40);
        flight.begin();
        assert!(flight.record(at(100)).packets.is_empty());
        // What is counted goes on.
        assert_eq!(flight.tally.sent.total(), 40);
    }

    #[test]
    fn what_is_no_packet_is_there_too() {
        let mut flight = Flight::default();
        flight.received_broken(at(0), &[0x0f, 1], Over::Present);
        flight.received_broken(at(0), &[0x36, 200, 1], Over::Standby);
        let record = flight.record(at(0));
        let of = |index: usize| {
            let packet = &record.packets[index];
            (packet.packet_type, packet.size, packet.second_connection)
        };
        assert_eq!(of(0), (None, 3, false));
        assert_eq!(of(1), (Some(PacketType::Publish), 203, true));
    }
}
