//! What is on its way to the stream below.

use std::fmt;
use std::io::{self, ErrorKind};

use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::OpCode;

use super::mask::{self, Mask};
use crate::transport::Stream;

/// What an idle connection may keep allocated.
const IDLE_CAPACITY: usize = 1024;

/// Frames, or the upgrade request, as they are on the wire.
#[derive(Default)]
pub(super) struct Outgoing {
    buffer: Vec<u8>,
    /// Of it, what the stream below took.
    sent: usize,
    /// Where the buffer ends on the wire, in the numbers of the stream below.
    end: u64,
}

impl Outgoing {
    /// Nothing, on a stream that has taken so many bytes already.
    pub(super) fn new(written_before: u64) -> Self {
        Outgoing {
            end: written_before,
            ..Outgoing::default()
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sent == self.buffer.len()
    }

    /// Where the buffer ends on the wire.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// Appends bytes as they are.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        self.end += bytes.len() as u64;
    }

    /// Appends a whole frame whose payload is `head` and then `tail`.
    pub(super) fn push_frame(&mut self, opcode: OpCode, mask: Mask, head: &[u8], tail: &[u8]) {
        let header = FrameHeader {
            opcode,
            mask: Some(mask),
            ..FrameHeader::default()
        };
        let length = head.len() + tail.len();
        let size = header.len(length as u64) + length;
        if self.is_empty() {
            self.buffer.clear();
            self.sent = 0;
        }
        self.buffer.reserve(size);
        // Writing to a Vec does not fail.
        let _ = header.format(length as u64, &mut self.buffer);
        mask::append(&mut self.buffer, head, mask, 0);
        mask::append(&mut self.buffer, tail, mask, head.len());
        self.end += size as u64;
    }

    /// Gives what there is to the stream below. Says whether it took anything.
    ///
    /// # Errors
    /// What the stream below says, but not that there is no room.
    pub(super) fn send(&mut self, stream: &mut impl Stream) -> io::Result<bool> {
        let before = self.sent;
        while !self.is_empty() {
            match stream.try_write(&self.buffer[self.sent..], &[]) {
                Ok(0) => break,
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(self.sent > before)
    }

    /// Takes back everything. Only where nothing of it was sent.
    pub(super) fn take_back(&mut self) {
        self.end -= (self.buffer.len() - self.sent) as u64;
        self.buffer.truncate(self.sent);
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.buffer.capacity()
    }

    /// Gives memory back that only a busy connection needs.
    pub(super) fn shrink(&mut self) {
        if self.is_empty() && self.buffer.capacity() > IDLE_CAPACITY {
            self.buffer = Vec::new();
            self.sent = 0;
        }
    }
}

impl fmt::Debug for Outgoing {
    /// Without the bytes, which may be credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("unsent", &(self.buffer.len() - self.sent))
            .field("end", &self.end)
            .finish()
    }
}
