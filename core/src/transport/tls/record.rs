//! What goes into which record.

/// The most plaintext that a record holds.
pub(super) const RECORD: usize = 16 * 1024;

/// A head is written in one record with what follows, where it is not longer than this.
pub(super) const SMALL: usize = 4 * 1024;

/// The next of what is to be written.
pub(super) enum Record<'a> {
    Slice(&'a [u8]),
    Joined(Vec<u8>),
}

impl AsRef<[u8]> for Record<'_> {
    fn as_ref(&self) -> &[u8] {
        match self {
            Record::Slice(slice) => slice,
            Record::Joined(joined) => joined,
        }
    }
}

/// Takes what goes into the next record, at most `room` bytes. A short head goes with what follows
/// it where that saves a record: it must be copied for that.
pub(super) fn next_record<'a>(head: &mut &'a [u8], tail: &mut &'a [u8], room: usize) -> Record<'a> {
    if head.is_empty() {
        let (now, later) = tail.split_at(room.min(tail.len()));
        *tail = later;
        return Record::Slice(now);
    }
    let saves = (head.len() + tail.len()).div_ceil(RECORD) <= tail.len().div_ceil(RECORD);
    if !saves || head.len() > room.min(SMALL) {
        let (now, later) = head.split_at(room.min(head.len()));
        *head = later;
        return Record::Slice(now);
    }
    let (now, later) = tail.split_at((room - head.len()).min(tail.len()));
    let mut joined = Vec::with_capacity(head.len() + now.len());
    joined.extend_from_slice(head);
    joined.extend_from_slice(now);
    (*head, *tail) = (&[], later);
    Record::Joined(joined)
}
