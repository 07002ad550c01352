//! The one way in which callers wait: streams, events, transitions and deliveries are values in a
//! mailbox, and whoever waits for one is woken when it changes.
//!
//! Futures and threads may wait for the same mailbox, any number of each. A waker runs after the
//! lock is gone, and the condition variable is only notified where a thread waits.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::fork;
use crate::log::log;

#[derive(Debug, Default)]
pub(super) struct Mailbox<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State<T> {
    value: T,
    wakers: Wakers,
    next_id: u64,
    /// Threads inside [`Mailbox::wait_timeout`].
    threads: usize,
}

/// A future's own place among those who wait. It is given up with [`Mailbox::forget`].
#[derive(Debug, Default)]
pub(super) struct Registration(Option<u64>);

/// The futures that wait, by their registrations. Most often there is one.
#[derive(Debug, Default)]
struct Wakers {
    first: Option<(u64, Waker)>,
    others: Vec<(u64, Waker)>,
}

impl Wakers {
    fn find(&mut self, id: u64) -> Option<&mut Waker> {
        let mut all = self.first.iter_mut().chain(&mut self.others);
        all.find(|(known, _)| *known == id).map(|(_, waker)| waker)
    }

    fn add(&mut self, id: u64, waker: Waker) {
        match self.first {
            None => self.first = Some((id, waker)),
            Some(_) => self.others.push((id, waker)),
        }
    }

    fn remove(&mut self, id: u64) -> Option<Waker> {
        if matches!(self.first, Some((known, _)) if known == id) {
            return self.first.take().map(|(_, waker)| waker);
        }
        let position = self.others.iter().position(|(known, _)| *known == id)?;
        Some(self.others.swap_remove(position).1)
    }

    fn wake(self) {
        for (_, waker) in self.first.into_iter().chain(self.others) {
            // It is foreign; the engine must outlive its panic.
            if catch_unwind(AssertUnwindSafe(|| waker.wake())).is_err() {
                log!(Error, "the application's waker panicked");
            }
        }
    }
}

impl<T> Mailbox<T> {
    pub(super) fn new(value: T) -> Self {
        Mailbox {
            state: Mutex::new(State {
                value,
                wakers: Wakers::default(),
                next_id: 0,
                threads: 0,
            }),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the value, and wakes all who wait.
    pub(super) fn change<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        let mut state = self.lock();
        let result = f(&mut state.value);
        self.wake(state);
        result
    }

    /// Wakes all who wait, for a change that [`with`](Self::with) made under another lock.
    pub(super) fn notify(&self) {
        self.wake(self.lock());
    }

    fn wake(&self, mut state: MutexGuard<'_, State<T>>) {
        let wakers = std::mem::take(&mut state.wakers);
        let threads = state.threads;
        drop(state);
        if threads > 0 {
            self.changed.notify_all();
        }
        wakers.wake();
    }

    /// Looks at the value, or changes what nobody waits for.
    pub(super) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        f(&mut self.lock().value)
    }

    /// What `f` finds; where it finds nothing, the task is woken at the next change.
    pub(super) fn poll<R>(
        &self,
        registration: &mut Registration,
        cx: &Context<'_>,
        f: impl FnOnce(&mut T) -> Option<R>,
    ) -> Poll<R> {
        let mut state = self.lock();
        if let Some(result) = f(&mut state.value) {
            let waker = registration.0.and_then(|id| state.wakers.remove(id));
            drop(state);
            // A waker's drop may be foreign code.
            drop(waker);
            return Poll::Ready(result);
        }
        let id = match registration.0 {
            Some(id) => id,
            None => {
                state.next_id += 1;
                *registration.0.insert(state.next_id)
            }
        };
        let mut replaced = None;
        match state.wakers.find(id) {
            Some(known) if known.will_wake(cx.waker()) => {}
            Some(known) => replaced = Some(std::mem::replace(known, cx.waker().clone())),
            None => state.wakers.add(id, cx.waker().clone()),
        }
        drop(state);
        drop(replaced);
        Poll::Pending
    }

    /// The future waits no more.
    pub(super) fn forget(&self, registration: &mut Registration) {
        // In a forked child, a thread that is not there may have held the lock.
        if let Some(id) = registration.0.take()
            && fork::check().is_ok()
        {
            let waker = self.lock().wakers.remove(id);
            drop(waker);
        }
    }

    /// Waits for what `f` finds; `None` in a forked child.
    pub(super) async fn next<R>(&self, mut f: impl FnMut(&mut T) -> Option<R>) -> Option<R> {
        let mut place = Place {
            mailbox: self,
            registration: Registration::default(),
        };
        poll_fn(|cx| {
            if fork::check().is_err() {
                return Poll::Ready(None);
            }
            self.poll(&mut place.registration, cx, &mut f).map(Some)
        })
        .await
    }

    /// Blocks the thread until `f` finds something; `None` where it found nothing within `timeout`.
    pub(super) fn wait_timeout<R>(
        &self,
        timeout: Duration,
        mut f: impl FnMut(&mut T) -> Option<R>,
    ) -> Option<R> {
        let mut state = self.lock();
        let mut found = f(&mut state.value);
        if found.is_some() || timeout.is_zero() {
            return found;
        }
        state.threads += 1;
        let (mut state, _) = self
            .changed
            .wait_timeout_while(state, timeout, |state| {
                found = f(&mut state.value);
                found.is_none()
            })
            .unwrap_or_else(PoisonError::into_inner);
        state.threads -= 1;
        found
    }
}

struct Place<'a, T> {
    mailbox: &'a Mailbox<T>,
    registration: Registration,
}

impl<T> Drop for Place<'_, T> {
    fn drop(&mut self) {
        self.mailbox.forget(&mut self.registration);
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

    struct Task {
        count: Arc<Count>,
        registration: Registration,
    }

    impl Task {
        fn new() -> Self {
            Task {
                count: Arc::default(),
                registration: Registration::default(),
            }
        }

        fn poll(&mut self, mailbox: &Mailbox<u32>) -> Poll<u32> {
            let waker = Waker::from(Arc::clone(&self.count));
            let take = |value: &mut u32| (*value > 0).then_some(*value);
            mailbox.poll(&mut self.registration, &Context::from_waker(&waker), take)
        }

        fn woken(&self) -> usize {
            self.count.0.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn any_number_of_tasks_wait_and_each_is_woken_once() {
        let mailbox = Mailbox::new(0);
        let mut tasks: Vec<Task> = (0..100).map(|_| Task::new()).collect();
        for _ in 0..3 {
            for task in &mut tasks {
                assert!(task.poll(&mailbox).is_pending());
            }
        }
        // Nobody pushed another one out.
        assert!(tasks.iter().all(|task| task.woken() == 0));
        mailbox.change(|value| *value = 7);
        for task in &mut tasks {
            assert_eq!(task.woken(), 1);
            assert_eq!(task.poll(&mailbox), Poll::Ready(7));
        }
    }

    #[test]
    fn a_task_that_waits_no_more_leaves_nothing_behind() {
        let mailbox = Mailbox::new(0);
        let mut tasks: Vec<Task> = (0..3).map(|_| Task::new()).collect();
        for task in &mut tasks {
            assert!(task.poll(&mailbox).is_pending());
        }
        for task in &mut tasks {
            mailbox.forget(&mut task.registration);
            // The test holds one, and so did the mailbox.
            assert_eq!(Arc::strong_count(&task.count), 1);
        }
        mailbox.change(|value| *value = 1);
        assert!(tasks.iter().all(|task| task.woken() == 0));
    }

    #[test]
    fn a_thread_is_woken_by_a_change() {
        let mailbox = Mailbox::new(0);
        assert_eq!(mailbox.wait_timeout(Duration::ZERO, |_| None::<()>), None);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                mailbox.wait_timeout(Duration::from_secs(60), |value| {
                    (*value > 0).then_some(*value)
                })
            });
            while mailbox.lock().threads == 0 {
                std::thread::yield_now();
            }
            mailbox.change(|value| *value = 3);
            assert_eq!(waiting.join().unwrap(), Some(3));
        });
        assert_eq!(mailbox.lock().threads, 0);
    }
}
