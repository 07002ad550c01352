//! Reading, and where reads go.

use bytes::BytesMut;
use std::io::ErrorKind;

use super::packets::Of;
use super::{CONTROL_COST, COPIED, Direction, Driver, Host, PACKETS_PER_TURN, READ, READ_PER_TURN};
use crate::error::TransportError;
use crate::transport::{ReadKind, Stream};
use crate::types::Instant;

pub(super) fn reserve(buffer: &mut BytesMut) {
    if buffer.capacity() - buffer.len() < COPIED {
        buffer.reserve(READ);
    }
}

/// Reads into `scratch`, and moves what came to `input`, which is empty: small reads as a copy.
fn read_into_empty<S: Stream>(
    stream: &mut S,
    input: &mut BytesMut,
    scratch: &mut BytesMut,
) -> std::io::Result<crate::transport::Read> {
    scratch.clear();
    reserve(scratch);
    let read = stream.try_read(scratch, READ)?;
    *input = if read.count < COPIED {
        BytesMut::from(&scratch[..])
    } else {
        scratch.split()
    };
    Ok(read)
}

impl<S: Stream, T> Driver<S, T> {
    /// Returns whether bytes came, and whether there is more.
    pub(super) fn read(
        &mut self,
        now: Instant,
        scratch: &mut BytesMut,
        host: &mut impl Host<T>,
    ) -> (bool, bool) {
        let mut packets = PACKETS_PER_TURN * self.share;
        let mut bytes = 0;
        loop {
            if self.undecoded {
                self.undecoded = self
                    .machine
                    .handle_input(now, &mut self.input, &mut packets);
                if self.undecoded {
                    return (bytes > 0, true);
                }
            }
            let Some(stream) = self.stream.as_mut().filter(|_| !self.ended) else {
                return (bytes > 0, false);
            };
            if bytes >= READ_PER_TURN * self.share {
                return (true, true);
            }
            let result = if self.input.is_empty() {
                read_into_empty(stream, &mut self.input, scratch)
            } else {
                reserve(&mut self.input);
                stream.try_read(&mut self.input, READ)
            };
            if let (Ok(read), Some(packets)) = (&result, &mut self.packets) {
                let from = self.input.len() - read.count;
                let of = Of::present(&self.machine, now);
                packets.pass(Direction::Received, &self.input[from..], of, host);
            }
            match result {
                Ok(read) if read.kind != ReadKind::Bytes => {
                    match read.kind {
                        ReadKind::Unfinished => self.machine.handle_unfinished(now),
                        ReadKind::Control | ReadKind::Bytes => self.machine.handle_void(),
                        ReadKind::End => {
                            self.ended = true;
                            self.machine.handle_eof(now);
                            return (bytes > 0, false);
                        }
                    }
                    // A flood of them has its bound, too.
                    bytes += CONTROL_COST;
                    if !read.more {
                        return (true, false);
                    }
                }
                Ok(read) => {
                    bytes += read.count.max(CONTROL_COST);
                    host.received(read.count);
                    self.machine.handle_evidence(now);
                    self.undecoded = self
                        .machine
                        .handle_input(now, &mut self.input, &mut packets);
                    if self.input.is_empty() {
                        // An idle connection keeps no read buffer.
                        self.input = BytesMut::new();
                    }
                    if !self.undecoded && !read.more {
                        return (true, false);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return (bytes > 0, false),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    self.machine
                        .handle_transport_error(now, TransportError::from(error));
                    return (bytes > 0, false);
                }
            }
        }
    }
}
