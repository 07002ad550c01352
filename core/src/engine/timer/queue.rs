//! Who sleeps until when. Pure: the timers of all systems, and a test in virtual time, share it.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::types::Instant;

/// An entry that is early by less than this is left to fire: deadlines move away with every packet
/// of a busy connection, and each change of the first costs a system call. By more: an idle one
/// would wake for nothing.
pub(super) const LAZY: Duration = Duration::from_secs(10);

/// Sleepers with their deadlines, and those that may be woken earlier where somebody is awake anyway.
#[derive(Debug)]
pub(super) struct Queue<W> {
    sleeping: BTreeMap<(Instant, u64), (Option<Instant>, W)>,
    /// By the earliest time, with the deadline.
    early: BTreeMap<(Instant, u64), Instant>,
}

impl<W> Default for Queue<W> {
    fn default() -> Self {
        Queue {
            sleeping: BTreeMap::new(),
            early: BTreeMap::new(),
        }
    }
}

impl<W: Clone> Queue<W> {
    /// The next deadline.
    pub(super) fn next(&self) -> Option<Instant> {
        self.sleeping.first_key_value().map(|((at, _), _)| *at)
    }

    /// This one sleeps until `deadline`, or from `earliest` on until somebody is awake. `registered`
    /// is where it has its place already. Returns where it has it now, and whether that is a new one.
    pub(super) fn put(
        &mut self,
        id: u64,
        registered: Option<Instant>,
        deadline: Instant,
        earliest: Option<Instant>,
        now: Instant,
        waker: &W,
    ) -> (Instant, bool) {
        if let Some(at) = registered
            && let Some((early, kept)) = self.sleeping.get_mut(&(at, id))
        {
            // It would be woken at once for what is not due any more.
            let stale = early.is_some_and(|early| early <= now);
            let lazy = at <= deadline && deadline.saturating_since(at) < LAZY;
            if lazy && at > now && !stale {
                kept.clone_from(waker);
                return (at, false);
            }
            self.remove(id, at);
        }
        self.sleeping
            .insert((deadline, id), (earliest, waker.clone()));
        if let Some(earliest) = earliest {
            self.early.insert((earliest, id), deadline);
        }
        (deadline, true)
    }

    /// This one sleeps no more.
    pub(super) fn remove(&mut self, id: u64, at: Instant) {
        if let Some((Some(early), _)) = self.sleeping.remove(&(at, id)) {
            self.early.remove(&(early, id));
        }
    }

    /// Takes those whose deadline has come, and those who may as well wake now (rule L5).
    pub(super) fn take_due(&mut self, now: Instant, due: &mut Vec<W>) {
        while let Some(entry) = self.sleeping.first_entry()
            && entry.key().0 <= now
        {
            let id = entry.key().1;
            let (early, waker) = entry.remove();
            if let Some(early) = early {
                self.early.remove(&(early, id));
            }
            due.push(waker);
        }
        self.take_early(now, due);
    }

    /// Takes those who may as well wake now, as somebody is awake.
    pub(super) fn take_early(&mut self, now: Instant, due: &mut Vec<W>) {
        while let Some(entry) = self.early.first_entry()
            && entry.key().0 <= now
        {
            let id = entry.key().1;
            let deadline = entry.remove();
            due.extend(
                self.sleeping
                    .remove(&(deadline, id))
                    .map(|(_, waker)| waker),
            );
        }
    }
}

#[cfg(test)]
mod tests;
