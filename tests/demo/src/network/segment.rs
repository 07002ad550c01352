//! Just enough of IPv4 and TCP to read what a packet proves.

/// A TCP segment inside an Ethernet frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment<'a> {
    pub(crate) sequence: u32,
    pub(crate) acknowledgement: Option<u32>,
    pub(crate) is_syn: bool,
    pub(crate) payload: &'a [u8],
}

impl<'a> Segment<'a> {
    /// `None` for everything that is no unfragmented TCP over IPv4.
    pub(crate) fn parse(frame: &'a [u8]) -> Option<Self> {
        const IPV4: [u8; 2] = [0x08, 0x00];
        const TCP: u8 = 6;
        let (ethernet, packet) = frame.split_at_checked(14)?;
        if ethernet[12..14] != IPV4 || packet.len() < 20 || packet[9] != TCP {
            return None;
        }
        // The frame may be padded; the IP header knows the packet's length.
        let packet = packet.get(..usize::from(u16::from_be_bytes([packet[2], packet[3]])))?;
        let segment = packet.get(usize::from(packet[0] & 0x0f) * 4..)?;
        let header = segment.get(..20)?;
        let word = |at: usize| {
            u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
        };
        let flags = header[13];
        Some(Self {
            sequence: word(4),
            acknowledgement: (flags & 0x10 != 0).then(|| word(8)),
            is_syn: flags & 0x02 != 0,
            payload: segment.get(usize::from(header[12] >> 4) * 4..)?,
        })
    }
}

/// How far one direction of a TCP connection has come.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    sequence: Option<u32>,
    acknowledgement: Option<u32>,
}

/// What a segment brought that none before it had brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct News {
    pub(crate) bytes: bool,
    pub(crate) acknowledgement: bool,
}

impl Progress {
    /// Takes a segment in. A retransmission is no news.
    pub(crate) fn advance(&mut self, segment: &Segment<'_>) -> News {
        if segment.is_syn {
            *self = Self {
                sequence: Some(segment.sequence.wrapping_add(1)),
                acknowledgement: segment.acknowledgement,
            };
            return News::default();
        }
        let end = segment.sequence.wrapping_add(segment.payload.len() as u32);
        News {
            bytes: !segment.payload.is_empty() && raise(&mut self.sequence, end),
            acknowledgement: segment
                .acknowledgement
                .is_some_and(|end| raise(&mut self.acknowledgement, end)),
        }
    }
}

/// Raises a sequence number (they wrap around); false where it is not higher.
fn raise(current: &mut Option<u32>, new: u32) -> bool {
    let higher = current.is_none_or(|current| new.wrapping_sub(current).cast_signed() > 0);
    if higher {
        *current = Some(new);
    }
    higher
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(sequence: u32, acknowledgement: u32, payload: &[u8]) -> Segment<'_> {
        Segment {
            sequence,
            acknowledgement: Some(acknowledgement),
            is_syn: false,
            payload,
        }
    }

    #[test]
    fn a_retransmission_is_no_news() {
        let mut progress = Progress::default();
        let first = segment(u32::MAX, 7, b"abc");
        assert_eq!(
            progress.advance(&first),
            News {
                bytes: true,
                acknowledgement: true
            }
        );
        assert_eq!(progress.advance(&first), News::default());
        // Beyond the wrap of the sequence number.
        assert_eq!(
            progress.advance(&segment(2, 7, b"d")),
            News {
                bytes: true,
                acknowledgement: false
            }
        );
        assert_eq!(
            progress.advance(&segment(3, 8, b"")),
            News {
                bytes: false,
                acknowledgement: true
            }
        );
    }

    #[test]
    fn reads_a_padded_frame() {
        let mut frame = vec![0; 12];
        frame.extend([0x08, 0x00]);
        frame.extend([
            0x45, 0, 0, 42, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 2, 192, 0, 2, 1,
        ]);
        frame.extend([
            0xc0, 0x00, 0x07, 0x5b, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x18, 1, 1, 0, 0, 0, 0,
        ]);
        frame.extend([0xc0, 0x00, 0, 0, 0, 0]);
        let segment = Segment::parse(&frame).expect("TCP");
        assert_eq!(segment.sequence, 1);
        assert_eq!(segment.acknowledgement, Some(2));
        assert_eq!(segment.payload, [0xc0, 0x00]);
    }
}
