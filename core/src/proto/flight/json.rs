//! A record for programs. By hand: it is one object, and no crate of the core's writes JSON.

use std::fmt::{self, Write};
use std::time::Duration;

use super::record::{FlightPacket, FlightRecord};
use crate::codec::PacketType;

impl FlightRecord {
    /// The version of what [`to_json`](Self::to_json) writes: it grows where a member changes its
    /// meaning or goes; members that are new do not change it.
    pub const SCHEMA: u32 = 1;

    /// The record as one JSON object (RFC 8259), without line breaks. Times are whole microseconds;
    /// what is not known is `null`.
    ///
    /// | member | value |
    /// |---|---|
    /// | `schema` | 1 |
    /// | `connection` | number of the connection |
    /// | `cause`, `cause_code` | name and stable number of what ended it |
    /// | `connected_us` | since CONNACK; `null`: it never came |
    /// | `keep_alive_s` | the effective Keep Alive in seconds |
    /// | `server` | `null`, or what was tried: `name` (string, as in messages), `transport` (`tcp`, `tls`, ...), `index` (of the options' servers, from 0) |
    /// | `stages` | array, in order: `stage` (`dns`, `tcp`, ...), `us` |
    /// | `liveness` | `null`, or `last_inbound_us`, `last_evidence_us`, `unanswered_pings`, `oldest_ping_us`, `round_trip_us`, `suspect` |
    /// | `ping_round_trips_us` | array, oldest first, at most 8 |
    /// | `queues` | `outbound_messages`, `outbound_bytes`, `unacknowledged`, `unwritten_bytes`, `inbound_bytes` |
    /// | `bytes_written`, `bytes_acknowledged` | of this connection; the latter may be `null` |
    /// | `earlier_packets` | how many packets were before those listed |
    /// | `unsent_of_last` | bytes of the last sent packet that were not written |
    /// | `packets` | array, oldest first, at most 32: `direction` (`sent`, `received`), `type` (`PUBLISH`, ...; `null`: none), `size`, `id` (number or `null`), `ago_us`, `second_connection` |
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        // A string takes everything.
        let _ = self.write_json(&mut out);
        out
    }

    fn write_json(&self, out: &mut String) -> fmt::Result {
        write!(
            out,
            r#"{{"schema":{},"connection":{},"cause":"{}","cause_code":{},"connected_us":{},"keep_alive_s":{}"#,
            Self::SCHEMA,
            self.connection_number,
            self.cause,
            self.cause_code,
            Micros(self.connected_for),
            self.keep_alive
        )?;
        self.write_server(out)?;
        self.write_liveness(out)?;
        out.write_str(r#","ping_round_trips_us":"#)?;
        list(out, &self.ping_round_trips, |out, took| {
            write!(out, "{}", Micros(Some(*took)))
        })?;
        let queues = &self.queues;
        write!(
            out,
            r#","queues":{{"outbound_messages":{},"outbound_bytes":{},"unacknowledged":{},"unwritten_bytes":{},"inbound_bytes":{}}}"#,
            queues.outbound_messages,
            queues.outbound_bytes,
            queues.unacknowledged,
            queues.unwritten_bytes,
            queues.inbound_bytes
        )?;
        write!(
            out,
            r#","bytes_written":{},"bytes_acknowledged":{},"earlier_packets":{},"unsent_of_last":{},"packets":"#,
            self.bytes_written,
            OrNull(self.bytes_acknowledged),
            self.earlier_packets,
            self.unsent_of_last
        )?;
        list(out, &self.packets, packet)?;
        out.write_char('}')
    }

    fn write_server(&self, out: &mut String) -> fmt::Result {
        let Some(attempted) = &self.attempted else {
            return out.write_str(r#","server":null,"stages":[]"#);
        };
        let name = Quoted(&attempted.to_string()).to_string();
        write!(
            out,
            r#","server":{{"name":{name},"transport":"{}","index":{}}},"stages":"#,
            attempted.transport.name(),
            attempted.server_index
        )?;
        let stages: Vec<_> = attempted.stages.iter().collect();
        list(out, &stages, |out, (stage, took)| {
            write!(
                out,
                r#"{{"stage":"{}","us":{}}}"#,
                stage.name(),
                Micros(Some(*took))
            )
        })
    }

    fn write_liveness(&self, out: &mut String) -> fmt::Result {
        let Some(liveness) = &self.liveness else {
            return out.write_str(r#","liveness":null"#);
        };
        write!(
            out,
            r#","liveness":{{"last_inbound_us":{},"last_evidence_us":{},"unanswered_pings":{},"oldest_ping_us":{},"round_trip_us":{},"suspect":{}}}"#,
            Micros(Some(liveness.last_inbound_age)),
            Micros(Some(liveness.last_evidence_age)),
            liveness.unanswered_pings,
            Micros(liveness.oldest_ping_age),
            Micros(liveness.round_trip),
            liveness.suspect
        )
    }
}

fn packet(out: &mut String, packet: &FlightPacket) -> fmt::Result {
    let name = packet.packet_type.map(|it| Quoted(PacketType::name(it)));
    write!(
        out,
        r#"{{"direction":"{}","type":{},"size":{},"id":{},"ago_us":{},"second_connection":{}}}"#,
        packet.direction.name(),
        OrNull(name),
        packet.size,
        OrNull(packet.packet_id),
        Micros(Some(packet.age)),
        packet.second_connection
    )
}

fn list<T>(
    out: &mut String,
    items: &[T],
    mut item: impl FnMut(&mut String, &T) -> fmt::Result,
) -> fmt::Result {
    out.write_char('[')?;
    for (index, it) in items.iter().enumerate() {
        if index > 0 {
            out.write_char(',')?;
        }
        item(out, it)?;
    }
    out.write_char(']')
}

struct OrNull<T>(Option<T>);

impl<T: fmt::Display> fmt::Display for OrNull<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("null"),
        }
    }
}

/// Of a time in 64 bits, as much as there is room for.
struct Micros(Option<Duration>);

impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        OrNull(self.0.map(|time| {
            let whole = time.as_secs().saturating_mul(1_000_000);
            whole.saturating_add(time.subsec_micros().into())
        }))
        .fmt(f)
    }
}

struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                c if c < ' ' => write!(f, "\\u{:04x}", u32::from(c))?,
                c => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU16;
    use std::sync::Arc;

    use super::*;
    use crate::codec::Direction;
    use crate::error::Attempted;
    use crate::proto::LivenessSnapshot;

    #[test]
    fn nothing_known_is_an_object_too() {
        let json = FlightRecord::default().to_json();
        assert_eq!(
            json,
            r#"{"schema":1,"connection":0,"cause":"","cause_code":0,"connected_us":null,"keep_alive_s":0,"server":null,"stages":[],"liveness":null,"ping_round_trips_us":[],"queues":{"outbound_messages":0,"outbound_bytes":0,"unacknowledged":0,"unwritten_bytes":0,"inbound_bytes":0},"bytes_written":0,"bytes_acknowledged":null,"earlier_packets":0,"unsent_of_last":0,"packets":[]}"#
        );
    }

    #[test]
    fn everything_has_its_member() {
        let ms = Duration::from_millis;
        let of = |packet_type, id| FlightPacket {
            direction: Direction::Sent,
            packet_type,
            size: 12,
            packet_id: NonZeroU16::new(id),
            age: ms(3),
            second_connection: false,
        };
        let record = FlightRecord {
            cause: "transport",
            cause_code: 4,
            connected_for: Some(ms(5)),
            attempted: Some(Arc::new(Attempted::new("a\"b\\\n", 1))),
            liveness: Some(LivenessSnapshot::default()),
            ping_round_trips: vec![ms(1), ms(2)],
            bytes_acknowledged: Some(7),
            packets: vec![of(Some(PacketType::Publish), 9), of(None, 0)],
            ..FlightRecord::default()
        };
        let json = record.to_json();
        for part in [
            r#""cause":"transport","cause_code":4,"connected_us":5000"#,
            r#""server":{"name":"a\"b\\\u000a:1","transport":"tcp","index":0},"stages":[]"#,
            r#""liveness":{"last_inbound_us":0,"last_evidence_us":0,"unanswered_pings":0,"oldest_ping_us":null,"round_trip_us":null,"suspect":false}"#,
            r#""ping_round_trips_us":[1000,2000]"#,
            r#""bytes_acknowledged":7"#,
            r#"[{"direction":"sent","type":"PUBLISH","size":12,"id":9,"ago_us":3000,"second_connection":false},{"direction":"sent","type":null,"size":12,"id":null,"#,
        ] {
            assert!(json.contains(part), "{part}\nin\n{json}");
        }
    }
}
