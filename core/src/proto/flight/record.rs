use std::fmt;
use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use crate::codec::{Direction, PacketType};
use crate::error::Attempted;
use crate::proto::LivenessSnapshot;
use crate::proto::event_text::Seconds;

/// What happened before a connection or an attempt ended: for a log or a bug report. It holds no
/// topic, payload or credentials.
///
/// Its text has some forty lines, such as
///
/// ```text
/// flight record of connection 3, ended by keep_alive_timeout (1)
///   connected for 61.024 s to broker.example:1883 (192.0.2.7), keep-alive 5 s
///   stages: DNS 3 ms, TCP 12 ms, CONNACK 8 ms
///   last byte 7.250 s ago, last sign of life 7.250 s ago, 2 unanswered pings
///   ping round trips: 0.012 s, 0.011 s
///   outbound queue: 4 messages, 812 bytes, 3 unacknowledged; 0 bytes not written; 0 bytes inbound
///   written: 2048 bytes, of which the peer acknowledged 1912
///   1204 packets before these:
///   -7.262 s sent PINGREQ, 2 bytes
///   -7.250 s received PINGRESP, 2 bytes
///   -3.100 s sent PUBLISH 17, 204 bytes
/// ```
///
/// and [`to_json`](Self::to_json) gives the same for programs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlightRecord {
    /// Of the connection or the attempt.
    pub connection_number: u64,
    /// The stable number of what ended it: a disconnect cause's or a connect error's.
    pub cause_code: i32,
    /// The name of what ended it, such as `keep_alive_timeout`.
    pub cause: &'static str,
    /// Since CONNACK; `None` where that never came.
    pub connected_for: Option<Duration>,
    /// The effective Keep Alive in seconds.
    pub keep_alive: u16,
    /// What was tried and how long each stage took, where something was.
    pub attempted: Option<Arc<Attempted>>,
    /// What was known of the peer's life; `None` where CONNACK never came.
    pub liveness: Option<LivenessSnapshot>,
    /// The last 32 packets of the connection, oldest first; one that was sent is there as soon as
    /// the system took a part of it.
    pub packets: Vec<FlightPacket>,
    /// How many packets there were before these.
    pub earlier_packets: u64,
    /// How many bytes of the packet that was sent last the system did not take; 0 where it took all.
    pub unsent_of_last: u32,
    /// How long the last 8 PINGREQs took to be answered, oldest first.
    pub ping_round_trips: Vec<Duration>,
    /// What waited.
    pub queues: QueueDepths,
    /// Bytes that the system took on this connection.
    pub bytes_written: u64,
    /// Those of them that the peer's TCP has acknowledged, where the system tells.
    pub bytes_acknowledged: Option<u64>,
}

/// A packet as a record shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlightPacket {
    /// Which way it went.
    pub direction: Direction,
    /// Its type; `None` where its first byte names none.
    pub packet_type: Option<PacketType>,
    /// Its size in bytes, fixed header included.
    pub size: u32,
    /// Its Packet Identifier, where it has one.
    pub packet_id: Option<NonZeroU16>,
    /// How long before the end it was sent or received.
    pub age: Duration,
    /// It went over a second connection that was to take the place of the first
    /// ([`Config::make_before_break`](crate::proto::Config::make_before_break)).
    pub second_connection: bool,
}

/// What waited inside the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueDepths {
    /// Operations in the outbound queue, unacknowledged ones included.
    pub outbound_messages: u64,
    /// What they cost in bytes.
    pub outbound_bytes: u64,
    /// QoS 1 and 2 publishes that are sent and not acknowledged.
    pub unacknowledged: u16,
    /// Bytes of packets that are encoded and not written.
    pub unwritten_bytes: u64,
    /// What messages cost, in bytes, that the application has not taken.
    pub inbound_bytes: u64,
}

impl fmt::Display for FlightRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "flight record of connection {}, ended by {} ({})",
            self.connection_number, self.cause, self.cause_code
        )?;
        f.write_str("\n  ")?;
        match self.connected_for {
            Some(time) => write!(f, "connected for {}", Seconds::<3>(time))?,
            None => f.write_str("never connected")?,
        }
        if let Some(attempted) = &self.attempted {
            write!(f, " to {attempted}")?;
        }
        write!(f, ", keep-alive {} s", self.keep_alive)?;
        if let Some(attempted) = self.attempted.as_ref()
            && attempted.stages.iter().next().is_some()
        {
            write!(f, "\n  stages: {}", attempted.stages)?;
        }
        if let Some(liveness) = &self.liveness {
            write!(f, "\n  {}", crate::proto::event_text::Signs(liveness))?;
        }
        if !self.ping_round_trips.is_empty() {
            f.write_str("\n  ping round trips:")?;
            for (index, took) in self.ping_round_trips.iter().enumerate() {
                let comma = if index > 0 { "," } else { "" };
                write!(f, "{comma} {}", Seconds::<3>(*took))?;
            }
        }
        let queues = &self.queues;
        write!(
            f,
            "\n  outbound queue: {} messages, {} bytes, {} unacknowledged; {} bytes not written; {} \
             bytes inbound",
            queues.outbound_messages,
            queues.outbound_bytes,
            queues.unacknowledged,
            queues.unwritten_bytes,
            queues.inbound_bytes
        )?;
        write!(f, "\n  written: {} bytes", self.bytes_written)?;
        if let Some(acknowledged) = self.bytes_acknowledged {
            write!(f, ", of which the peer acknowledged {acknowledged}")?;
        }
        if self.earlier_packets > 0 {
            write!(f, "\n  {} packets before these:", self.earlier_packets)?;
        }
        for packet in &self.packets {
            write!(f, "\n  {packet}")?;
        }
        if self.unsent_of_last > 0 {
            write!(
                f,
                "\n  {} bytes of the last one were not sent",
                self.unsent_of_last
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for FlightPacket {
    /// Such as `-3.100 s sent PUBLISH 17, 204 bytes`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.packet_type.map_or("no packet", PacketType::name);
        write!(
            f,
            "-{} {} {name}",
            Seconds::<3>(self.age),
            self.direction.name()
        )?;
        if let Some(id) = self.packet_id {
            write!(f, " {id}")?;
        }
        write!(f, ", {} bytes", self.size)?;
        if self.second_connection {
            f.write_str(", on the second connection")?;
        }
        Ok(())
    }
}
