use super::PacketType;

/// Which way a packet went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the broker.
    Received,
    /// To the broker.
    Sent,
}

impl Direction {
    /// The name that every language has for it: `received` or `sent`.
    pub const fn name(self) -> &'static str {
        match self {
            Direction::Received => "received",
            Direction::Sent => "sent",
        }
    }
}

/// The Packet Identifier of the packet that begins so; `head` has all before its payload.
#[inline]
pub(crate) fn packet_id_of(head: &[u8]) -> Option<u16> {
    let first = *head.first()?;
    // The usual case, without a detour.
    if first & 0xf6 == PacketType::Publish.first_byte() {
        return None;
    }
    packet_id_behind(first, head)
}

fn packet_id_behind(first: u8, head: &[u8]) -> Option<u16> {
    use PacketType as P;
    let at = match PacketType::from_u8(first >> 4)? {
        P::Publish if first & 0x06 != 0 => {
            let topic = header_len(head)?;
            let length = [*head.get(topic)?, *head.get(topic + 1)?];
            topic + 2 + usize::from(u16::from_be_bytes(length))
        }
        P::PubAck
        | P::PubRec
        | P::PubRel
        | P::PubComp
        | P::Subscribe
        | P::SubAck
        | P::Unsubscribe
        | P::UnsubAck => header_len(head)?,
        _ => return None,
    };
    Some(u16::from_be_bytes([*head.get(at)?, *head.get(at + 1)?]))
}

/// How long the fixed header is.
#[inline]
fn header_len(head: &[u8]) -> Option<usize> {
    let length = head.get(1..)?.iter().position(|byte| byte & 0x80 == 0)?;
    Some(2 + length)
}

/// A packet as a log shows it: never its topic, payload or credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketNote {
    /// Its type.
    pub packet_type: PacketType,
    /// Its size in bytes, fixed header included.
    pub size: usize,
    /// Its Packet Identifier (section 2.2.1), where it has one.
    pub packet_id: Option<u16>,
}

/// Finds the packets in a stream of bytes, whatever the pieces in which they come, without
/// decoding or keeping them: for logs.
///
/// It judges nothing. What follows bytes that are no packet means nothing.
#[derive(Clone, Debug, Default)]
pub struct PacketScanner {
    at: At,
    first: u8,
    size: usize,
    /// The two bytes that may be the identifier, or the length of the topic before it.
    head: [u8; 2],
    packet_id: [u8; 2],
}

#[derive(Clone, Copy, Debug, Default)]
enum At {
    #[default]
    Start,
    Length {
        value: usize,
        shift: u32,
    },
    Body {
        seen: usize,
        length: usize,
    },
}

impl PacketScanner {
    /// Takes the stream's next bytes, and tells each packet that ends among them.
    pub fn scan(&mut self, bytes: &[u8], mut found: impl FnMut(PacketNote)) {
        self.scan_at(bytes, |note, _| note.into_iter().for_each(&mut found));
    }

    /// As [`scan`](Self::scan), with the offset in `bytes` at which the packet ends. `None`: so does
    /// something that has no packet's type.
    pub fn scan_at(&mut self, mut bytes: &[u8], mut found: impl FnMut(Option<PacketNote>, usize)) {
        let all = bytes.len();
        while let Some((byte, rest)) = bytes.split_first() {
            match self.at {
                At::Start => {
                    *self = PacketScanner {
                        at: At::Length { value: 0, shift: 0 },
                        first: *byte,
                        size: 1,
                        ..PacketScanner::default()
                    };
                    bytes = rest;
                }
                At::Length { value, shift } => {
                    let length = value | usize::from(byte & 0x7f) << shift;
                    self.size += 1;
                    self.at = if byte & 0x80 != 0 && shift < 21 {
                        At::Length {
                            value: length,
                            shift: shift + 7,
                        }
                    } else {
                        self.size += length;
                        At::Body { seen: 0, length }
                    };
                    bytes = rest;
                }
                At::Body { seen, length } => {
                    let (part, rest) = bytes.split_at(bytes.len().min(length - seen));
                    self.look(seen, part);
                    self.at = At::Body {
                        seen: seen + part.len(),
                        length,
                    };
                    bytes = rest;
                }
            }
            if let At::Body { seen, length } = self.at
                && seen == length
            {
                self.at = At::Start;
                found(self.note(length), all - bytes.len());
            }
        }
    }

    /// Keeps what is wanted of a body's bytes from offset `from` on.
    fn look(&mut self, from: usize, part: &[u8]) {
        let pick = |offset: usize, into: &mut u8| {
            if let Some(byte) = offset.checked_sub(from).and_then(|index| part.get(index)) {
                *into = *byte;
            }
        };
        let [head_0, head_1] = &mut self.head;
        pick(0, head_0);
        pick(1, head_1);
        let topic = usize::from(u16::from_be_bytes(self.head));
        let [id_0, id_1] = &mut self.packet_id;
        pick(2 + topic, id_0);
        pick(3 + topic, id_1);
    }

    fn note(&self, length: usize) -> Option<PacketNote> {
        use PacketType as P;
        let packet_type = PacketType::from_u8(self.first >> 4)?;
        let packet_id = match packet_type {
            P::Publish => (self.first & 0x06 != 0).then_some(self.packet_id),
            P::PubAck
            | P::PubRec
            | P::PubRel
            | P::PubComp
            | P::Subscribe
            | P::SubAck
            | P::Unsubscribe
            | P::UnsubAck => (length >= 2).then_some(self.head),
            _ => None,
        };
        Some(PacketNote {
            packet_type,
            size: self.size,
            packet_id: packet_id.map(u16::from_be_bytes),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(packet_type: PacketType, size: usize, packet_id: Option<u16>) -> PacketNote {
        PacketNote {
            packet_type,
            size,
            packet_id,
        }
    }

    #[test]
    fn packets_are_found_in_whatever_pieces_they_come() {
        let mut publish = vec![0x32, 0x85, 0x02, 0, 3, b'a', b'/', b'b', 0x12, 0x34];
        publish.resize(3 + 0x105, 7);
        let stream = [
            &[0x20, 2, 0, 0][..],
            &publish,
            &[0x40, 2, 0x56, 0x78],
            &[0xc0, 0],
            &[0x30, 4, 0, 1, b't', b'x'],
        ]
        .concat();
        let expected = [
            note(PacketType::ConnAck, 4, None),
            note(PacketType::Publish, publish.len(), Some(0x1234)),
            note(PacketType::PubAck, 4, Some(0x5678)),
            note(PacketType::PingReq, 2, None),
            note(PacketType::Publish, 6, None),
        ];
        for piece in [1, 2, 3, 7, 100, stream.len()] {
            let mut scanner = PacketScanner::default();
            let mut found = Vec::new();
            for bytes in stream.chunks(piece) {
                scanner.scan(bytes, |note| found.push(note));
            }
            assert_eq!(found, expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn bytes_that_are_no_packets_do_no_harm() {
        let mut scanner = PacketScanner::default();
        scanner.scan(&[0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], |_| {});
        let mut scanner = PacketScanner::default();
        let mut found = Vec::new();
        scanner.scan(&[0x32, 1, 0, 0x40, 1, 0], |note| found.push(note));
        assert_eq!(
            found,
            [
                note(PacketType::Publish, 3, Some(0)),
                note(PacketType::PubAck, 3, None)
            ]
        );
    }
}
