//! A stream whose other end a host holds: it opens and closes, receives and sends for the library.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};

use super::options::Server;
use super::{Read, Stream};
use crate::error::TransportError;
use crate::proto::Progress;
use crate::types::Instant;

/// What the host is asked to do, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open a stream to this server, and tell how it goes. It is given up by [`Action::Abort`].
    Open {
        /// The number of the stream: each is asked for once.
        stream: u64,
        /// Where to.
        server: Server,
        /// Further headers of a WebSocket's upgrade, where the host makes it.
        headers: Vec<(String, String)>,
        /// When it is given up at the latest.
        deadline: Instant,
    },
    /// Send these bytes.
    Write {
        /// The stream.
        stream: u64,
        /// What to send: one message, where the stream is a WebSocket.
        bytes: Vec<u8>,
    },
    /// Nothing more is sent, and what was written before is: a half-close, or the handshake that
    /// ends a WebSocket. Reading goes on.
    Finish {
        /// The stream.
        stream: u64,
    },
    /// Nobody reads any more: close it when what was written has gone. Nothing is told of it any
    /// more.
    Close {
        /// The stream.
        stream: u64,
    },
    /// End it at once, without waiting for anything, also where it is not open yet. Nothing is told
    /// of it any more.
    Abort {
        /// The stream.
        stream: u64,
    },
}

/// What waits for the host.
#[derive(Clone, Debug, Default)]
pub(crate) struct Actions(Arc<Mutex<VecDeque<Action>>>);

impl Actions {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Action>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, action: Action) {
        self.lock().push_back(action);
    }

    pub(crate) fn pop(&self) -> Option<Action> {
        self.lock().pop_front()
    }

    /// Behind what this stream has to send already.
    fn write(&self, stream: u64, pieces: [&[u8]; 2]) {
        let mut actions = self.lock();
        if let Some(Action::Write {
            stream: last,
            bytes,
        }) = actions.back_mut()
            && *last == stream
        {
            pieces
                .iter()
                .for_each(|piece| bytes.extend_from_slice(piece));
            return;
        }
        let bytes = pieces.concat();
        actions.push_back(Action::Write { stream, bytes });
    }
}

/// What is known of the socket under a pipe, where the host is this library's own loop.
pub(crate) trait Below: Send + std::fmt::Debug {
    /// As [`Stream::progress`], of the bytes that were written to the pipe.
    fn progress(&mut self) -> Option<Progress>;

    /// As [`Stream::acknowledge_now`].
    fn acknowledge_now(&mut self);

    /// As [`Stream::has_local_address`].
    fn has_local_address(&self) -> bool;

    /// As [`Stream::established`].
    fn established(&mut self);

    /// How long the system may go on trying to deliver what is left, as of [`Stream::finish`].
    fn set_backstop(&mut self, backstop: Option<Duration>);
}

/// So many bytes may wait with the host at first (rule L11).
const ROOM: usize = 64 * 1024;

/// Where they take long to go, ...
const LEAST_ROOM: usize = 16 * 1024;

/// ... and where they go at once.
const MOST_ROOM: usize = 1024 * 1024;

/// What waits so long with the host is too much: a PINGREQ would wait behind it.
const SLOW: Duration = Duration::from_millis(200);

#[derive(Debug)]
struct State {
    inbound: VecDeque<Bytes>,
    /// Nothing follows what came: the peer's end, or why.
    end: Option<Result<(), TransportError>>,
    /// How much may wait with the host, and how much does.
    room: usize,
    waiting: usize,
    /// Something did not fit since the host had nothing left.
    full: bool,
    /// Since when something waits, and since when nothing of it went.
    waits_since: Option<Instant>,
    stands_since: Option<Instant>,
    over: bool,
    below: Option<Box<dyn Below>>,
}

/// The host's end of a [`Pipe`].
#[derive(Clone, Debug)]
pub(crate) struct PipeEnd(Arc<Both>);

/// The library's end.
#[derive(Debug)]
pub(crate) struct Pipe(PipeEnd);

#[derive(Debug)]
struct Both {
    number: u64,
    actions: Actions,
    state: Mutex<State>,
}

impl Pipe {
    /// The two ends of the stream of this number.
    pub(crate) fn new(number: u64, actions: Actions) -> (Self, PipeEnd) {
        let state = Mutex::new(State {
            inbound: VecDeque::new(),
            end: None,
            room: ROOM,
            waiting: 0,
            full: false,
            waits_since: None,
            stands_since: None,
            over: false,
            below: None,
        });
        let end = PipeEnd(Arc::new(Both {
            number,
            actions,
            state,
        }));
        (Pipe(end.clone()), end)
    }
}

impl PipeEnd {
    fn lock(&self) -> MutexGuard<'_, State> {
        let state = self.0.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends it at once, whoever holds the other end.
    pub(crate) fn abort(&self) {
        let mut state = self.lock();
        state.inbound.clear();
        if !std::mem::replace(&mut state.over, true) {
            self.0.actions.push(Action::Abort {
                stream: self.0.number,
            });
        }
    }

    /// From now on it is known what the system knows.
    #[cfg(all(
        feature = "host-loop",
        any(target_os = "linux", target_vendor = "apple")
    ))]
    pub(crate) fn set_below(&self, below: Box<dyn Below>) {
        self.lock().below = Some(below);
    }

    pub(crate) fn received(&self, bytes: Bytes) {
        let mut state = self.lock();
        if state.end.is_none() && !state.over && !bytes.is_empty() {
            state.inbound.push_back(bytes);
        }
    }

    /// How much of what came has not been read.
    pub(crate) fn unread(&self) -> usize {
        self.lock().inbound.iter().map(Bytes::len).sum()
    }

    /// Why it ended, where it failed.
    pub(crate) fn error(&self) -> Option<TransportError> {
        self.lock().end.as_ref()?.as_ref().err().cloned()
    }

    pub(crate) fn ended(&self, end: Result<(), TransportError>) {
        self.lock().end.get_or_insert(end);
    }

    /// So many bytes wait with the host that it has not handed on; `true`: there is room again, or something begins to
    /// wait.
    pub(crate) fn buffered(&self, now: Instant, bytes: usize) -> bool {
        let mut state = self.lock();
        let (before, was_full) = (state.waiting, state.waiting >= state.room);
        let begins = bytes > 0 && state.waits_since.is_none();
        state.waiting = bytes;
        if bytes == 0 {
            let quick = state
                .waits_since
                .is_none_or(|at| now.saturating_since(at) < SLOW);
            if std::mem::take(&mut state.full) && quick {
                state.room = (state.room * 2).min(MOST_ROOM);
            }
            (state.waits_since, state.stands_since) = (None, None);
        } else {
            let since = *state.waits_since.get_or_insert(now);
            if bytes < before {
                state.stands_since = Some(now);
            } else {
                state.stands_since.get_or_insert(now);
            }
            if now.saturating_since(since) >= SLOW {
                state.room = (state.room / 2).max(LEAST_ROOM);
                state.waits_since = Some(now);
            }
        }
        begins || was_full && state.waiting < state.room
    }
}

impl Stream for Pipe {
    fn try_read(&mut self, into: &mut BytesMut, max: usize) -> io::Result<Read> {
        let mut state = self.0.lock();
        let room = match into.capacity() - into.len() {
            0 => max,
            room => max.min(room),
        };
        let room = room.max(1);
        let Some(first) = state.inbound.front_mut() else {
            return match &state.end {
                None => Err(ErrorKind::WouldBlock.into()),
                Some(Ok(())) => Ok(Read::END),
                Some(Err(error)) => Err(error.clone().into()),
            };
        };
        let count = first.len().min(room);
        into.extend_from_slice(&first[..count]);
        first.advance(count);
        if first.is_empty() {
            state.inbound.pop_front();
        }
        let more = !state.inbound.is_empty() || state.end.is_some();
        Ok(Read::bytes(count, more))
    }

    fn try_write(&mut self, head: &[u8], tail: &[u8]) -> io::Result<usize> {
        let mut state = self.0.lock();
        if let Some(Err(error)) = &state.end {
            return Err(error.clone().into());
        }
        let all = head.len() + tail.len();
        let room = state.room.saturating_sub(state.waiting);
        let count = all.min(room);
        state.full |= count < all;
        if count == 0 && all > 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        state.waiting += count;
        let in_head = count.min(head.len());
        let Both {
            number, actions, ..
        } = &*self.0.0;
        actions.write(*number, [&head[..in_head], &tail[..count - in_head]]);
        Ok(count)
    }

    /// As a rule nobody tells.
    fn progress(&mut self) -> Option<Progress> {
        self.0.lock().below.as_mut()?.progress()
    }

    fn stands_since(&self) -> Option<Instant> {
        let state = self.0.lock();
        state.stands_since.filter(|_| state.below.is_none())
    }

    fn acknowledge_now(&mut self) {
        if let Some(below) = &mut self.0.lock().below {
            below.acknowledge_now();
        }
    }

    /// As a rule nobody tells.
    fn has_local_address(&self) -> bool {
        let state = self.0.lock();
        state.below.as_ref().is_none_or(|it| it.has_local_address())
    }

    fn established(&mut self) {
        if let Some(below) = &mut self.0.lock().below {
            below.established();
        }
    }

    fn finish(&mut self, backstop: Option<Duration>) {
        if let Some(below) = &mut self.0.lock().below {
            below.set_backstop(backstop);
        }
        let Both {
            number, actions, ..
        } = &*self.0.0;
        actions.push(Action::Finish { stream: *number });
    }

    fn abort(self) {
        self.0.abort();
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.inbound.clear();
        if !std::mem::replace(&mut state.over, true) {
            let Both {
                number, actions, ..
            } = &*self.0.0;
            actions.push(Action::Close { stream: *number });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: fn(u64) -> Instant = |millis| Instant::from_nanos(millis * 1_000_000);

    fn written(actions: &Actions) -> usize {
        let mut count = 0;
        while let Some(action) = actions.pop() {
            match action {
                Action::Write { bytes, .. } => count += bytes.len(),
                other => panic!("{other:?}"),
            }
        }
        count
    }

    #[test]
    fn what_came_is_read_before_the_end() {
        let (mut pipe, end) = Pipe::new(1, Actions::default());
        let mut into = BytesMut::new();
        let nothing = pipe.try_read(&mut into, 10).unwrap_err();
        assert_eq!(nothing.kind(), ErrorKind::WouldBlock);
        end.received(Bytes::from_static(b"hello"));
        end.ended(Ok(()));
        end.received(Bytes::from_static(b"late"));
        assert_eq!(end.unread(), 5);
        assert_eq!(pipe.try_read(&mut into, 3).unwrap(), Read::bytes(3, true));
        let mut rest = BytesMut::new();
        assert_eq!(pipe.try_read(&mut rest, 10).unwrap(), Read::bytes(2, true));
        assert_eq!((&into[..], &rest[..]), (&b"hel"[..], &b"lo"[..]));
        assert_eq!(pipe.try_read(&mut rest, 10).unwrap(), Read::END);
    }

    #[test]
    fn what_waits_with_the_host_is_bounded_by_how_long_it_takes() {
        let actions = Actions::default();
        let (mut pipe, end) = Pipe::new(1, actions.clone());
        let all = vec![0; 4 * MOST_ROOM];
        assert_eq!(pipe.try_write(&all, b"").unwrap(), ROOM);
        let full = pipe.try_write(b"", b"x").unwrap_err();
        assert_eq!(full.kind(), ErrorKind::WouldBlock);
        assert_eq!(written(&actions), ROOM);
        // Gone at once, each time: twice as much.
        let mut room = ROOM;
        for turn in 0..10 {
            assert!(end.buffered(T(turn), 0));
            room = (room * 2).min(MOST_ROOM);
            assert_eq!(pipe.try_write(&all, b"").unwrap(), room);
        }
        assert_eq!(room, MOST_ROOM);
        // It does not go.
        for turn in 0..20 {
            // That it begins is of interest.
            assert_eq!(end.buffered(T(1000 + 300 * turn), MOST_ROOM), turn == 0);
        }
        assert_eq!(pipe.stands_since(), Some(T(1000)));
        assert!(!end.buffered(T(9000), LEAST_ROOM));
        assert_eq!(pipe.stands_since(), Some(T(9000)));
        assert!(end.buffered(T(9001), LEAST_ROOM - 1));
        assert_eq!(pipe.try_write(&all, b"").unwrap(), 1);
        assert!(end.buffered(T(9500), 0));
        assert_eq!(pipe.stands_since(), None);
    }

    #[test]
    fn a_stream_that_is_dropped_is_closed_once() {
        let actions = Actions::default();
        let (mut pipe, _end) = Pipe::new(7, actions.clone());
        pipe.finish(None);
        drop(pipe);
        assert_eq!(actions.pop(), Some(Action::Finish { stream: 7 }));
        assert_eq!(actions.pop(), Some(Action::Close { stream: 7 }));
        let (pipe, _end) = Pipe::new(8, actions.clone());
        pipe.abort();
        assert_eq!(actions.pop(), Some(Action::Abort { stream: 8 }));
        assert_eq!(actions.pop(), None);
    }
}
