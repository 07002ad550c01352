//! From bytes on the wire to bytes of the stream that a layer carries (rule L4).

use std::collections::VecDeque;

use crate::proto::Progress;

/// How many units are told apart. Of more, neighbours are joined, and count as acknowledged
/// together: later than they are, never earlier.
const MAX_UNITS: usize = 512;

/// A record or frame: where it ends in the stream and on the wire, and where it begins there.
#[derive(Clone, Copy, Debug)]
struct Unit {
    stream_end: u64,
    wire_start: u64,
    wire_end: u64,
}

/// What a layer has sent and its peer has perhaps not acknowledged: which bytes on the wire are
/// which bytes of the stream. What lies between units (handshakes, control frames) carries no
/// bytes of the stream, and its acknowledgement is no progress.
#[derive(Debug, Default)]
pub struct Offsets {
    units: VecDeque<Unit>,
    /// Of the stream, in units that are wholly acknowledged.
    acked: u64,
    /// Of the stream, in parts of units too.
    reached: u64,
}

impl Offsets {
    /// Nothing was sent yet.
    pub fn new() -> Self {
        Offsets::default()
    }

    /// A unit goes to the wire, behind all others, and carries the stream up to `stream_end`. It
    /// takes the wire's bytes from `wire_start` to `wire_end`, counted as the layer below counts.
    pub fn push(&mut self, stream_end: u64, wire_start: u64, wire_end: u64) {
        if self.units.len() >= MAX_UNITS {
            self.join();
        }
        self.units.push_back(Unit {
            stream_end,
            wire_start,
            wire_end,
        });
    }

    /// Halves their number. The newest stay as they are, so that what was just sent is known
    /// exactly.
    fn join(&mut self) {
        let old = self.units.len() / 2;
        let mut joined = VecDeque::with_capacity(MAX_UNITS);
        for (index, unit) in std::mem::take(&mut self.units).into_iter().enumerate() {
            match joined.back_mut() {
                Some(Unit {
                    stream_end,
                    wire_end,
                    ..
                }) if index < old && index % 8 != 0 => {
                    (*stream_end, *wire_end) = (unit.stream_end, unit.wire_end);
                }
                _ => joined.push_back(unit),
            }
        }
        self.units = joined;
    }

    /// What of the stream is acknowledged where `below` is what the layer below says of the wire.
    pub fn translate(&mut self, below: Progress) -> Progress {
        while let Some(unit) = self.units.front() {
            if unit.wire_end > below.acked {
                break;
            }
            self.acked = unit.stream_end;
            self.units.pop_front();
        }
        if self.units.is_empty() && self.units.capacity() > 16 {
            // An idle connection keeps none of it.
            self.units = VecDeque::new();
        }
        // A part of a unit counts in proportion, but never to its end.
        let mut reached = self.acked;
        for unit in &self.units {
            if below.reached < unit.wire_end {
                let there = below.reached.saturating_sub(unit.wire_start);
                reached += part(
                    unit.stream_end - reached,
                    there,
                    unit.wire_end - unit.wire_start,
                );
                break;
            }
            reached = unit.stream_end;
        }
        self.reached = self.reached.max(reached);
        Progress {
            acked: self.acked,
            reached: self.reached,
            ..below
        }
    }
}

/// `there` bytes of `wire` are acknowledged: how many of the `length` that they carry.
fn part(length: u64, there: u64, wire: u64) -> u64 {
    let part = u128::from(length) * u128::from(there) / u128::from(wire.max(1));
    u64::try_from(part).map_or(length, |part| part.min(length.saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(offsets: &mut Offsets, wire: u64) -> (u64, u64) {
        let progress = offsets.translate(Progress {
            acked: wire,
            reached: wire,
            ..Progress::default()
        });
        (progress.acked, progress.reached)
    }

    #[test]
    fn a_unit_counts_whole_and_its_parts_are_progress() {
        let mut offsets = Offsets::new();
        offsets.push(100, 0, 122);
        // A control frame lies between.
        offsets.push(110, 130, 152);
        assert_eq!(at(&mut offsets, 0), (0, 0));
        assert_eq!(at(&mut offsets, 61), (0, 50));
        assert_eq!(at(&mut offsets, 121), (0, 99));
        assert_eq!(at(&mut offsets, 122), (100, 100));
        assert_eq!(at(&mut offsets, 130), (100, 100));
        assert_eq!(at(&mut offsets, 134), (100, 101));
        assert_eq!(at(&mut offsets, 151), (100, 109));
        assert_eq!(at(&mut offsets, 1000), (110, 110));
    }

    #[test]
    fn parts_of_the_layer_below_are_progress_of_this_one() {
        let mut offsets = Offsets::new();
        offsets.push(100, 10, 114);
        let progress = offsets.translate(Progress {
            acked: 0,
            reached: 40,
            ..Progress::default()
        });
        assert_eq!((progress.acked, progress.reached), (0, 28));
        // Below it is known in part only that the unit is whole.
        let progress = offsets.translate(Progress {
            acked: 60,
            reached: 114,
            ..Progress::default()
        });
        assert_eq!((progress.acked, progress.reached), (0, 100));
    }

    #[test]
    fn many_units_take_bounded_memory_and_never_count_too_early() {
        let mut offsets = Offsets::new();
        for index in 0..100_000_u64 {
            offsets.push((index + 1) * 10, index * 32, (index + 1) * 32);
            assert!(offsets.units.len() <= MAX_UNITS);
        }
        let mut before = (0, 0);
        for wire in (0..100_000 * 32).step_by(7) {
            let now = at(&mut offsets, wire);
            let truth = wire / 32 * 10;
            assert!(now.0 <= truth && now.0 <= now.1, "{wire}: {now:?}");
            assert!(now.0 >= before.0 && now.1 >= before.1);
            before = now;
        }
        assert_eq!(at(&mut offsets, 100_000 * 32), (1_000_000, 1_000_000));
        assert_eq!(offsets.units.capacity(), 0);
    }
}
