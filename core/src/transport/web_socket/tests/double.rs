//! A stream below, whose every read and write the test decides.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::rc::Rc;
use std::time::Duration;

use bytes::BytesMut;

use crate::proto::Progress;
use crate::transport::{Read, ReadKind, Stream};

/// What one read brings.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// These, or as many of them as are asked for.
    Bytes(Vec<u8>),
    Empty(ReadKind),
    /// Nothing yet; what follows comes with the next readiness.
    Block,
    Fail(ErrorKind),
}

/// What is between the test and the layer above.
#[derive(Debug, Default)]
pub(super) struct Wire {
    pub(super) input: VecDeque<Item>,
    /// Everything that was written.
    pub(super) output: Vec<u8>,
    /// How much more is taken; `None`: everything.
    pub(super) room: Option<usize>,
    /// At most so much is taken at once.
    pub(super) most: Option<usize>,
    pub(super) write_error: Option<ErrorKind>,
    pub(super) acked: u64,
    pub(super) reads: usize,
    pub(super) largest_read: usize,
    /// All other calls, with what was written before them.
    pub(super) calls: Vec<(&'static str, usize)>,
    pub(super) backstop: Option<Duration>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Below(pub(super) Rc<RefCell<Wire>>);

impl Below {
    pub(super) fn feed(&self, bytes: impl Into<Vec<u8>>) {
        self.push(Item::Bytes(bytes.into()));
    }

    pub(super) fn push(&self, item: Item) {
        self.0.borrow_mut().input.push_back(item);
    }

    pub(super) fn set_room(&self, room: Option<usize>) {
        self.0.borrow_mut().room = room;
    }

    /// What was written since the last call.
    pub(super) fn take_output(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.borrow_mut().output)
    }

    pub(super) fn calls(&self) -> Vec<&'static str> {
        self.0.borrow().calls.iter().map(|call| call.0).collect()
    }

    fn note(&self, call: &'static str) {
        let mut wire = self.0.borrow_mut();
        let written = wire.output.len();
        wire.calls.push((call, written));
    }
}

impl Stream for Below {
    fn try_read(&mut self, into: &mut BytesMut, max: usize) -> io::Result<Read> {
        let mut wire = self.0.borrow_mut();
        wire.reads += 1;
        let max = match into.capacity() - into.len() {
            0 => max.max(1),
            room => max.max(1).min(room),
        };
        let item = wire.input.pop_front().ok_or(ErrorKind::WouldBlock)?;
        match item {
            Item::Bytes(mut bytes) => {
                let count = bytes.len().min(max);
                wire.largest_read = wire.largest_read.max(count);
                into.extend_from_slice(&bytes[..count]);
                if count < bytes.len() {
                    wire.input.push_front(Item::Bytes(bytes.split_off(count)));
                }
                Ok(Read::bytes(count, !wire.input.is_empty()))
            }
            Item::Empty(kind) => Ok(Read::empty(kind, !wire.input.is_empty())),
            Item::Block => Err(ErrorKind::WouldBlock.into()),
            Item::Fail(kind) => Err(kind.into()),
        }
    }

    fn look_again(&mut self) {
        self.note("look_again");
    }

    fn try_write(&mut self, head: &[u8], tail: &[u8]) -> io::Result<usize> {
        let mut wire = self.0.borrow_mut();
        if let Some(kind) = wire.write_error {
            return Err(kind.into());
        }
        let all = [head, tail].concat();
        let room = wire.room.unwrap_or(usize::MAX);
        let count = all.len().min(room).min(wire.most.unwrap_or(usize::MAX));
        if count == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        wire.output.extend_from_slice(&all[..count]);
        wire.room = wire.room.map(|room| room - count);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.note("flush");
        Ok(())
    }

    fn progress(&mut self) -> Option<Progress> {
        let acked = self.0.borrow().acked;
        Some(Progress {
            acked,
            reached: acked,
            ..Progress::default()
        })
    }

    fn acknowledge_now(&mut self) {
        self.note("acknowledge_now");
    }

    fn has_local_address(&self) -> bool {
        self.note("has_local_address");
        false
    }

    fn established(&mut self) {
        self.note("established");
    }

    fn finish(&mut self, backstop: Option<Duration>) {
        self.note("finish");
        self.0.borrow_mut().backstop = backstop;
    }

    fn abort(self) {
        self.note("abort");
    }
}
