//! A stream with a proxy of which every word is known.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use super::*;
use crate::proto::Progress;
use crate::transport::Read;

/// What a proxy hears, and what it says to that.
#[derive(Clone, Debug)]
pub(super) struct Turn<'a> {
    /// Nothing: whatever it is, or nothing at all.
    heard: Option<&'a [u8]>,
    pub(super) answer: &'a [u8],
    /// It closes then.
    pub(super) end: bool,
}

impl<'a> Turn<'a> {
    pub(super) fn new(heard: &'a [u8], answer: &'a [u8]) -> Self {
        Turn {
            heard: Some(heard),
            answer,
            end: false,
        }
    }

    pub(super) fn any(answer: &'a [u8]) -> Self {
        Turn {
            heard: None,
            ..Turn::new(b"", answer)
        }
    }
}

#[derive(Debug)]
pub(super) struct Double {
    turns: VecDeque<(Option<Vec<u8>>, Vec<u8>, bool)>,
    heard: Vec<u8>,
    /// What is said and not read yet.
    said: VecDeque<u8>,
    ended: bool,
    written: u64,
    /// The lengths of reads and of writes; the first is the next one's.
    pieces: [VecDeque<usize>; 2],
    /// There is never room.
    blocked: bool,
    pub(super) broken: bool,
}

impl Double {
    pub(super) fn new(turns: &[Turn<'_>], pieces: &[usize]) -> Self {
        let turn = |turn: &Turn<'_>| {
            let heard = turn.heard.map(<[u8]>::to_vec);
            (heard, turn.answer.to_vec(), turn.end)
        };
        let mut double = Double {
            turns: turns.iter().map(turn).collect(),
            heard: Vec::new(),
            said: VecDeque::new(),
            ended: false,
            written: 0,
            pieces: [0, 1].map(|_| pieces.iter().copied().chain([1]).collect()),
            blocked: false,
            broken: false,
        };
        double.answer();
        double
    }

    pub(super) fn blocked(turns: &[Turn<'_>]) -> Self {
        Double {
            blocked: true,
            ..Double::new(turns, &[usize::MAX])
        }
    }

    fn piece(&mut self, direction: usize) -> io::Result<usize> {
        if self.broken {
            return Err(io::Error::from_raw_os_error(104));
        }
        let pieces = &mut self.pieces[direction];
        let piece = pieces.pop_front().unwrap_or(1);
        pieces.push_back(piece);
        if piece == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(piece)
    }

    /// Says what is to be said to what was heard.
    fn answer(&mut self) {
        while let Some((wanted, ..)) = self.turns.front() {
            let is_heard = match wanted {
                Some(wanted) => {
                    assert!(wanted.starts_with(&self.heard), "{:?}", self.heard);
                    *wanted == self.heard
                }
                None => !self.heard.is_empty(),
            };
            if !is_heard {
                break;
            }
            self.heard.clear();
            if let Some((_, answer, end)) = self.turns.pop_front() {
                self.said.extend(answer);
                self.ended |= end;
            }
        }
    }

    /// Nothing more comes from the proxy.
    pub(super) fn is_silent(&self) -> bool {
        self.said.is_empty() && !self.ended
    }

    pub(super) fn is_through(&self) {
        assert!(self.said.is_empty() && self.heard.is_empty() && self.turns.is_empty());
    }

    pub(super) fn written(&self) -> u64 {
        self.written
    }
}

impl Stream for Double {
    fn try_read(&mut self, into: &mut BytesMut, max: usize) -> io::Result<Read> {
        let piece = self.piece(0)?.min(max.max(1)).min(self.said.len());
        if piece == 0 {
            return if self.ended {
                Ok(Read::END)
            } else {
                Err(ErrorKind::WouldBlock.into())
            };
        }
        into.extend(self.said.drain(..piece));
        Ok(Read::bytes(piece, true))
    }

    fn try_write(&mut self, head: &[u8], tail: &[u8]) -> io::Result<usize> {
        if self.blocked {
            return Err(ErrorKind::WouldBlock.into());
        }
        let piece = self.piece(1)?;
        let all = [head, tail].concat();
        let taken = &all[..piece.min(all.len())];
        self.heard.extend_from_slice(taken);
        self.written += taken.len() as u64;
        self.answer();
        Ok(taken.len())
    }

    fn progress(&mut self) -> Option<Progress> {
        None
    }

    fn acknowledge_now(&mut self) {}

    fn has_local_address(&self) -> bool {
        true
    }

    fn established(&mut self) {}

    fn finish(&mut self, _: Option<Duration>) {}

    fn abort(self) {}
}
