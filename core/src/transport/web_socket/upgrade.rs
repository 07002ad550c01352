//! The upgrade, from the first byte of the answer to the last.

use std::io::ErrorKind;

use bytes::BytesMut;

use super::answer::{Answer, MAX_HEAD};
use crate::error::{TransportError, TransportErrorKind};
use crate::transport::{ReadKind, Stream};

/// Reads that may bring nothing. A server has no use for more.
const MAX_EMPTY_READS: u32 = 1000;

/// What is reserved for an answer at first.
const USUAL_HEAD: usize = 1024;

/// What came of the answer so far.
#[derive(Debug)]
pub(super) struct Upgrade {
    answer: Answer,
    received: BytesMut,
    empty_reads: u32,
}

impl Upgrade {
    /// Waits for the answer to a request with this key.
    pub(super) fn new(key: &str) -> Self {
        Upgrade {
            answer: Answer::to(key),
            received: BytesMut::new(),
            empty_reads: 0,
        }
    }

    /// Reads as far as it can now. `Some`: the server has upgraded, and what came behind its answer.
    ///
    /// # Errors
    /// The server did not upgrade; else what the stream reports.
    pub(super) fn read(
        &mut self,
        stream: &mut impl Stream,
    ) -> Result<Option<BytesMut>, TransportError> {
        loop {
            if self.received.len() == self.received.capacity() {
                self.received.reserve(USUAL_HEAD);
            }
            let left = MAX_HEAD - self.received.len();
            let read = match stream.try_read(&mut self.received, left) {
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            match read.kind {
                ReadKind::Bytes => {
                    if let Some(size) = self.answer.look(&self.received)? {
                        // A copy: the answer's buffer is not to live as long as what is behind it.
                        return Ok(Some(BytesMut::from(&self.received[size..])));
                    }
                }
                ReadKind::Unfinished => {}
                ReadKind::Control => {
                    self.empty_reads += 1;
                    if self.empty_reads > MAX_EMPTY_READS {
                        return Err(TransportError::of(
                            TransportErrorKind::WebSocketProtocol,
                            "the server sends records without an answer to the upgrade",
                        ));
                    }
                }
                ReadKind::End => {
                    return Err(TransportError::of(
                        TransportErrorKind::Closed,
                        "the server closed the connection instead of upgrading to WebSocket",
                    ));
                }
            }
            if !read.more {
                return Ok(None);
            }
        }
    }
}
