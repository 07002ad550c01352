//! The fuzzer's bytes, taken one after the other. What is missing at the end is zero.

use std::time::Duration;

pub(super) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Input(data)
    }

    pub(super) fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.next().unwrap_or_default()
    }

    pub(super) fn flag(&mut self) -> bool {
        self.byte() & 1 != 0
    }

    pub(super) fn choice<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::from(self.byte()) % of.len()]
    }

    /// So many bytes, as far as there are.
    pub(super) fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// From nothing to a day, more often short than long.
    pub(super) fn time(&mut self) -> Duration {
        let byte = self.byte();
        let unit = [1, 40, 1_000, 30_000][usize::from(byte >> 6)];
        Duration::from_millis(u64::from(byte & 63) * unit)
    }
}
