//! Tasks that wait for something, in a bounded number.

use std::task::Waker;

/// More tasks than this are not expected to wait for one stream at a time.
const MAX: usize = 16;

/// Wakers. A future that was dropped leaves its own behind until the next wake-up; so that such
/// ones do not pile up, the oldest is woken to make room. Where it was alive after all, its task
/// comes again.
#[derive(Debug, Default)]
pub(super) struct Waiters(Vec<Waker>);

impl Waiters {
    /// Adds a task. The waker that it gives, if it does, is to be woken after the lock is gone.
    #[must_use]
    pub(super) fn add(&mut self, waker: &Waker) -> Option<Waker> {
        if self.0.iter().any(|known| known.will_wake(waker)) {
            return None;
        }
        let oldest = (self.0.len() >= MAX).then(|| self.0.remove(0));
        self.0.push(waker.clone());
        oldest
    }

    /// Moves all to the end of `into`.
    pub(super) fn drain_into(&mut self, into: &mut Vec<Waker>) {
        into.append(&mut self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn the_same_task_is_kept_once_and_others_up_to_the_limit() {
        let mut waiters = Waiters::default();
        let tasks: Vec<Arc<Count>> = (0..MAX + 1).map(|_| Arc::default()).collect();
        for task in &tasks[..MAX] {
            let waker = Waker::from(Arc::clone(task));
            assert!(waiters.add(&waker).is_none());
            assert!(waiters.add(&waker).is_none());
        }
        let last = Waker::from(Arc::clone(&tasks[MAX]));
        let oldest = waiters.add(&last).expect("no room");
        oldest.wake();
        assert_eq!(tasks[0].0.load(Ordering::Relaxed), 1);
        let mut all = Vec::new();
        waiters.drain_into(&mut all);
        assert_eq!(all.len(), MAX);
    }
}
