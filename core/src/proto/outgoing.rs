//! The write buffer: many packets in one write, and PINGREQ ahead of what is queued (rule L5).

use bytes::{Bytes, BytesMut};

use crate::codec::packet_len;

/// How much is encoded ahead of the socket: enough for one large write.
const BATCH: usize = 64 * 1024;

/// A payload from this size on is written from its own memory instead of being copied.
pub(super) const LARGE: usize = 16 * 1024;

/// What an idle connection may keep allocated.
const IDLE_CAPACITY: usize = 1024;

const PINGREQ: [u8; 2] = [0xc0, 0x00];

/// Encoded packets on their way to the socket. Bounded by [`BATCH`] plus one packet; the large
/// payload of that packet is not copied.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    batch: BytesMut,
    position: usize,
    /// The payload of the packet whose head ends `batch`.
    large: Bytes,
    /// PINGREQs that follow `large`.
    pings_after_large: usize,
    /// Offset in the stream of the first byte not written yet.
    offset: u64,
    /// Bytes left of the packet in which `offset` lies; 0 at a boundary.
    packet_left: usize,
}

impl Outgoing {
    /// Whether more packets should be encoded now.
    pub(super) fn has_room(&self) -> bool {
        self.batch.len() < BATCH && self.large.is_empty() && self.pings_after_large == 0
    }

    /// Where to encode a packet; only while there is room.
    pub(super) fn buffer(&mut self) -> &mut BytesMut {
        &mut self.batch
    }

    /// Adds the payload of the packet whose head was just encoded.
    pub(super) fn push_payload(&mut self, payload: &Bytes) {
        if payload.len() >= LARGE {
            self.large = payload.clone();
        } else {
            self.batch.extend_from_slice(payload);
        }
    }

    /// Puts a PINGREQ at the next packet boundary; returns the offset at which it ends.
    pub(super) fn insert_ping(&mut self) -> u64 {
        let left = self.packet_left;
        let boundary = self.position + left;
        if boundary <= self.batch.len() {
            let tail = self.batch.split_off(boundary);
            self.batch.extend_from_slice(&PINGREQ);
            self.batch.extend_from_slice(&tail);
            self.offset + left as u64 + 2
        } else {
            self.append_ping()
        }
    }

    /// Puts a PINGREQ after everything encoded so far; returns the offset at which it ends.
    pub(super) fn append_ping(&mut self) -> u64 {
        if self.large.is_empty() {
            self.batch.extend_from_slice(&PINGREQ);
        } else {
            self.pings_after_large += 1;
        }
        self.end()
    }

    /// What to write next, in order; empty slices where there is nothing.
    pub(super) fn chunks(&self) -> (&[u8], &[u8]) {
        (&self.batch[self.position..], &self.large)
    }

    /// Bytes not written yet.
    pub(super) fn len(&self) -> usize {
        self.batch.len() - self.position + self.large.len() + self.pings_after_large * PINGREQ.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of the packet that was begun and not completed.
    pub(super) fn left_of_packet(&self) -> usize {
        self.packet_left
    }

    /// Whether everything before `offset` is whole packets.
    pub(super) fn at_boundary(&self) -> bool {
        self.packet_left == 0
    }

    /// Offset in the stream up to which the socket took our bytes.
    pub(super) fn written(&self) -> u64 {
        self.offset
    }

    /// Offset in the stream after everything encoded so far.
    pub(super) fn end(&self) -> u64 {
        self.offset + self.len() as u64
    }

    /// The socket took `count` bytes. Tells of each packet that begins among them its bytes as far
    /// as they are in one piece, but at least up to its payload, and its size. Returns whether a
    /// packet was completed.
    #[inline]
    pub(super) fn advance(&mut self, count: usize, mut begins: impl FnMut(&[u8], usize)) -> bool {
        let mut left = count;
        let mut completed = false;
        if self.packet_left == 0 {
            // Whole packets that lie in the batch: the usual case, without a detour.
            let batch = &self.batch[self.position..];
            let mut whole = 0;
            while whole < left {
                let rest = &batch[whole..];
                let size = size_of_first(rest);
                begins(rest, size);
                if size > rest.len().min(left - whole) {
                    self.packet_left = size;
                    break;
                }
                whole += size;
            }
            self.position += whole;
            self.offset += whole as u64;
            left -= whole;
            completed = whole > 0;
        }
        while left > 0 {
            if self.packet_left == 0 {
                let rest = &self.batch[self.position..];
                self.packet_left = size_of_first(rest);
                begins(rest, self.packet_left);
            }
            let step = left.min(self.packet_left);
            let in_batch = step.min(self.batch.len() - self.position);
            self.position += in_batch;
            let in_large = (step - in_batch).min(self.large.len());
            if in_large > 0 {
                let _ = self.large.split_to(in_large);
            }
            self.offset += step as u64;
            self.packet_left -= step;
            left -= step;
            completed |= self.packet_left == 0;
        }
        if self.position == self.batch.len() && self.large.is_empty() {
            self.batch.clear();
            self.position = 0;
            for _ in 0..std::mem::take(&mut self.pings_after_large) {
                self.batch.extend_from_slice(&PINGREQ);
            }
        }
        completed
    }

    /// Gives memory back that only a busy connection needs.
    pub(super) fn shrink(&mut self) {
        if self.is_empty() && self.batch.capacity() > IDLE_CAPACITY {
            self.batch = BytesMut::new();
        }
    }
}

/// What we encoded ourselves always has a whole, valid header.
#[inline]
fn size_of_first(packets: &[u8]) -> usize {
    packet_len(packets).unwrap_or(packets.len()).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(outgoing: &Outgoing) -> Vec<u8> {
        let (head, large) = outgoing.chunks();
        [head, large].concat()
    }

    fn advance(outgoing: &mut Outgoing, count: usize) -> bool {
        outgoing.advance(count, |_, _| {})
    }

    fn publish(len: usize) -> Vec<u8> {
        let mut packet = vec![0x30, len as u8];
        packet.extend(vec![7; len]);
        packet
    }

    #[test]
    fn ping_goes_to_the_next_boundary() {
        let mut outgoing = Outgoing::default();
        outgoing.buffer().extend_from_slice(&publish(10));
        outgoing.buffer().extend_from_slice(&publish(10));
        assert!(!advance(&mut outgoing, 5));
        let end = outgoing.insert_ping();
        assert_eq!(end, 14);
        assert_eq!(
            written(&outgoing),
            [&publish(10)[5..], &PINGREQ[..], &publish(10)[..]].concat()
        );
        assert!(advance(&mut outgoing, 7));
        assert!(outgoing.at_boundary());
        assert_eq!(outgoing.written(), 12);
        assert!(advance(&mut outgoing, 2 + 12));
        assert!(outgoing.is_empty());
        assert_eq!(outgoing.written(), 26);
    }

    #[test]
    fn ping_at_a_boundary_goes_first() {
        let mut outgoing = Outgoing::default();
        assert_eq!(outgoing.insert_ping(), 2);
        advance(&mut outgoing, 2);
        outgoing.buffer().extend_from_slice(&publish(3));
        assert_eq!(outgoing.insert_ping(), 4);
        assert_eq!(written(&outgoing), [&PINGREQ[..], &publish(3)].concat());
    }

    #[test]
    fn ping_follows_a_large_payload_that_was_begun() {
        let mut outgoing = Outgoing::default();
        let payload = Bytes::from(vec![1; LARGE]);
        // Fixed header with the length of topic "a" (3 bytes) and payload: three length bytes.
        outgoing
            .buffer()
            .extend_from_slice(&[0x30, 0x83, 0x80, 0x01, 0, 1, b'a']);
        outgoing.push_payload(&payload);
        assert!(!outgoing.has_room());
        assert!(!advance(&mut outgoing, 100));
        let end = outgoing.insert_ping();
        assert_eq!(end, 7 + LARGE as u64 + 2);
        assert!(advance(&mut outgoing, 7 + LARGE - 100));
        assert!(outgoing.at_boundary());
        assert_eq!(written(&outgoing), PINGREQ);
        assert!(advance(&mut outgoing, 2));
        assert_eq!(outgoing.written(), end);
        assert!(outgoing.has_room());
    }

    #[test]
    fn each_packet_is_told_of_once_whatever_is_written_at_a_time() {
        let sizes = [3, 12, 2, 7 + LARGE];
        for most in (1..60).chain([LARGE, 2 * LARGE]) {
            let mut outgoing = Outgoing::default();
            for len in [1, 10, 0] {
                outgoing.buffer().extend_from_slice(&publish(len));
            }
            outgoing
                .buffer()
                .extend_from_slice(&[0x30, 0x83, 0x80, 0x01, 0, 1, b'a']);
            outgoing.push_payload(&Bytes::from(vec![1; LARGE]));
            let (mut told, mut written) = (Vec::new(), 0);
            while !outgoing.is_empty() {
                let count = most.min(outgoing.len());
                let completed = outgoing.advance(count, |head, size| {
                    assert_eq!(head.first(), Some(&0x30));
                    told.push(size);
                });
                let before = written;
                written += count;
                let ends = sizes.iter().scan(0, |end, size| {
                    *end += size;
                    Some(*end)
                });
                let ended = ends.filter(|end| (before + 1..=written).contains(end));
                assert_eq!(completed, ended.count() > 0, "{most} at {before}");
            }
            assert_eq!(told, sizes, "{most}");
            assert!(outgoing.at_boundary());
            assert_eq!(outgoing.written(), sizes.iter().sum::<usize>() as u64);
        }
    }

    #[test]
    fn ping_precedes_a_large_payload_that_was_not_begun() {
        let mut outgoing = Outgoing::default();
        outgoing
            .buffer()
            .extend_from_slice(&[0x30, 0x83, 0x80, 0x01, 0, 1, b'a']);
        outgoing.push_payload(&Bytes::from(vec![1; LARGE]));
        assert_eq!(outgoing.insert_ping(), 2);
        assert!(written(&outgoing).starts_with(&[0xc0, 0, 0x30]));
    }
}
