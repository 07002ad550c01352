//! The least of MQTT that the sink needs, for 3.1.1 and 5.0: packets in as borrowed slices, answers out as bytes.

use std::io;

/// A packet from a client, borrowed from the read buffer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Packet<'a> {
    /// CONNECT, with the protocol level that it asks for.
    Connect { level: u8 },
    /// PUBLISH; `id` is 0 at QoS 0. The payload of a 5.0 packet still begins with its properties.
    Publish {
        qos: u8,
        topic: &'a [u8],
        id: u16,
        rest: &'a [u8],
    },
    /// PUBACK or PUBCOMP: a message of ours has arrived.
    Delivered,
    /// PUBREC of a message of ours.
    Received { id: u16 },
    /// PUBREL of a message of the client's.
    Release { id: u16 },
    /// SUBSCRIBE; `rest` holds properties (5.0) and filters.
    Subscribe { id: u16, rest: &'a [u8] },
    /// UNSUBSCRIBE; `rest` holds properties (5.0) and filters.
    Unsubscribe { id: u16, rest: &'a [u8] },
    /// PINGREQ.
    Ping,
    /// DISCONNECT.
    Disconnect,
}

/// The packet at the start of `bytes` and its length; `None` while it is not complete.
pub(crate) fn decode(bytes: &[u8]) -> io::Result<Option<(Packet<'_>, usize)>> {
    let Some((length, header)) = variable_length(bytes.get(1..).unwrap_or_default())? else {
        return Ok(None);
    };
    let total = 1 + header + length;
    let Some(body) = bytes.get(1 + header..total) else {
        return Ok(None);
    };
    Ok(Some((decode_body(bytes[0], body)?, total)))
}

fn decode_body(first: u8, body: &[u8]) -> io::Result<Packet<'_>> {
    Ok(match first >> 4 {
        1 => {
            let (_name, rest) = prefixed(body)?;
            let level = *rest.first().ok_or_else(malformed)?;
            Packet::Connect { level }
        }
        3 => {
            let qos = first >> 1 & 3;
            let (topic, rest) = prefixed(body)?;
            let (id, rest) = if qos == 0 { (0, rest) } else { take_id(rest)? };
            Packet::Publish {
                qos,
                topic,
                id,
                rest,
            }
        }
        4 | 7 => Packet::Delivered,
        5 => Packet::Received {
            id: take_id(body)?.0,
        },
        6 => Packet::Release {
            id: take_id(body)?.0,
        },
        8 => {
            let (id, rest) = take_id(body)?;
            Packet::Subscribe { id, rest }
        }
        10 => {
            let (id, rest) = take_id(body)?;
            Packet::Unsubscribe { id, rest }
        }
        12 => Packet::Ping,
        14 => Packet::Disconnect,
        _ => return Err(malformed()),
    })
}

/// The filters of a SUBSCRIBE and the QoS that each asks for.
pub(crate) fn subscriptions(rest: &[u8], level: u8) -> io::Result<Vec<(&[u8], u8)>> {
    let mut rest = skip_properties(rest, level)?;
    let mut subscriptions = Vec::new();
    while !rest.is_empty() {
        let (filter, after) = prefixed(rest)?;
        let (options, after) = after.split_first().ok_or_else(malformed)?;
        subscriptions.push((filter, options & 3));
        rest = after;
    }
    Ok(subscriptions)
}

/// How many filters an UNSUBSCRIBE has.
pub(crate) fn filter_count(rest: &[u8], level: u8) -> io::Result<usize> {
    let mut rest = skip_properties(rest, level)?;
    let mut count = 0;
    while !rest.is_empty() {
        rest = prefixed(rest)?.1;
        count += 1;
    }
    Ok(count)
}

/// What follows the properties, which only 5.0 has.
pub(crate) fn skip_properties(rest: &[u8], level: u8) -> io::Result<&[u8]> {
    if level < 5 {
        return Ok(rest);
    }
    let (length, header) = variable_length(rest)?.ok_or_else(malformed)?;
    rest.get(header + length..).ok_or_else(malformed)
}

/// Appends a PUBLISH without properties.
pub(crate) fn publish(
    out: &mut Vec<u8>,
    level: u8,
    qos: u8,
    topic: &[u8],
    id: u16,
    payload: &[u8],
) {
    let id_length = if qos == 0 { 0 } else { 2 };
    let length = 2 + topic.len() + id_length + usize::from(level >= 5) + payload.len();
    out.push(0x30 | qos << 1);
    push_variable_length(out, length);
    out.extend_from_slice(&u16::try_from(topic.len()).unwrap_or(0).to_be_bytes());
    out.extend_from_slice(topic);
    if qos > 0 {
        out.extend_from_slice(&id.to_be_bytes());
    }
    if level >= 5 {
        out.push(0);
    }
    out.extend_from_slice(payload);
}

/// Appends an acknowledgement that is a packet id and nothing more.
pub(crate) fn acknowledgement(out: &mut Vec<u8>, first: u8, id: u16) {
    let [high, low] = id.to_be_bytes();
    out.extend_from_slice(&[first, 2, high, low]);
}

/// Appends a SUBACK (0x90) or UNSUBACK (0xb0) with its codes, which an UNSUBACK of 3.1.1 does not have.
pub(crate) fn grant(out: &mut Vec<u8>, first: u8, level: u8, id: u16, codes: &[u8]) {
    out.push(first);
    push_variable_length(out, 2 + usize::from(level >= 5) + codes.len());
    out.extend_from_slice(&id.to_be_bytes());
    if level >= 5 {
        out.push(0);
    }
    out.extend_from_slice(codes);
}

fn push_variable_length(out: &mut Vec<u8>, mut length: usize) {
    while length >= 128 {
        out.push((length % 128) as u8 | 128);
        length /= 128;
    }
    out.push(length as u8);
}

/// A variable byte integer and how many bytes it takes; `None` while it is not complete.
fn variable_length(bytes: &[u8]) -> io::Result<Option<(usize, usize)>> {
    let mut value = 0;
    for (index, byte) in bytes.iter().take(4).enumerate() {
        value |= usize::from(byte & 127) << (7 * index);
        if byte & 128 == 0 {
            return Ok(Some((value, index + 1)));
        }
    }
    if bytes.len() < 4 {
        Ok(None)
    } else {
        Err(malformed())
    }
}

fn prefixed(bytes: &[u8]) -> io::Result<(&[u8], &[u8])> {
    let (length, rest) = take_id(bytes)?;
    rest.split_at_checked(usize::from(length))
        .ok_or_else(malformed)
}

fn take_id(bytes: &[u8]) -> io::Result<(u16, &[u8])> {
    let (id, rest) = bytes.split_first_chunk().ok_or_else(malformed)?;
    Ok((u16::from_be_bytes(*id), rest))
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "malformed packet")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publish_comes_back_as_it_was_encoded() {
        for level in [4, 5] {
            let mut bytes = Vec::new();
            publish(&mut bytes, level, 1, b"a/b", 7, &[9; 300]);
            let (packet, used) = decode(&bytes).unwrap().unwrap();
            assert_eq!(used, bytes.len());
            let Packet::Publish {
                qos: 1,
                topic: b"a/b",
                id: 7,
                rest,
            } = packet
            else {
                panic!("{packet:?}")
            };
            assert_eq!(skip_properties(rest, level).unwrap(), [9; 300]);
        }
    }

    #[test]
    fn a_part_of_a_packet_is_not_a_packet() {
        let mut bytes = Vec::new();
        publish(&mut bytes, 4, 0, b"t", 0, &[1; 200]);
        for end in 0..bytes.len() {
            assert_eq!(decode(&bytes[..end]).unwrap(), None);
        }
    }
}
