//! Writing, and the last word of a stream.

use std::io::ErrorKind;

use bytes::BytesMut;

use super::packets::Of;
use super::{Dial, Direction, Driver, Host, READ, WRITTEN_PER_TURN};
use crate::error::TransportError;
use crate::transport::{ReadKind, Stream};
use crate::types::Instant;

/// Reads of a stream that is given up with a word to the broker: unread bytes would make the
/// system reset the connection, and the word would be lost.
const FAREWELL_READS: usize = 16;

impl<S: Stream, T> Driver<S, T> {
    pub(super) fn close(&mut self, now: Instant, graceful: bool, host: &mut impl Host<T>) {
        self.dial = Some(Dial::GiveUp);
        self.drop_standby();
        self.input = BytesMut::new();
        (self.undecoded, self.blocked) = (false, false);
        let Some(mut stream) = self.stream.take() else {
            return;
        };
        if !graceful {
            return stream.abort();
        }
        // At most the DISCONNECT of a protocol error is left; one try, nobody waits.
        let (farewell, _) = self.machine.transmit();
        if !farewell.is_empty() {
            let count = stream.try_write(farewell, &[]).unwrap_or(0);
            if let Some(packets) = &mut self.packets {
                let of = Of::present(&self.machine, now);
                packets.pass(Direction::Sent, &farewell[..count], of, host);
            }
            host.sent(count);
            self.machine.handle_written(now, count);
        }
        stream.finish(self.backstop);
        let mut discarded = BytesMut::new();
        for _ in 0..FAREWELL_READS {
            discarded.clear();
            match stream.try_read(&mut discarded, READ) {
                Ok(read) if read.kind != ReadKind::End => {}
                _ => return,
            }
        }
    }

    /// Returns whether bytes went, and whether there is more.
    pub(super) fn write(
        &mut self,
        now: Instant,
        host: &mut impl Host<T>,
    ) -> Result<(bool, bool), TransportError> {
        let mut bytes = 0;
        loop {
            self.machine.prepare_transmit(now);
            let (head, tail) = self.machine.transmit();
            let Some(stream) = &mut self.stream else {
                return Ok((bytes > 0, false));
            };
            if head.is_empty() && tail.is_empty() {
                self.blocked = match stream.flush() {
                    Ok(()) => false,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => true,
                    Err(error) => return Err(TransportError::from(error)),
                };
                return Ok((bytes > 0, false));
            }
            if bytes >= WRITTEN_PER_TURN * self.share {
                return Ok((true, true));
            }
            match stream.try_write(head, tail) {
                Ok(count) => {
                    if let Some(packets) = &mut self.packets {
                        let of = Of::present(&self.machine, now);
                        let in_head = count.min(head.len());
                        packets.pass(Direction::Sent, &head[..in_head], of, host);
                        packets.pass(Direction::Sent, &tail[..count - in_head], of, host);
                    }
                    bytes += count;
                    host.sent(count);
                    self.machine.handle_written(now, count);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.blocked = true;
                    return Ok((bytes > 0, false));
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(TransportError::from(error)),
            }
        }
    }
}
