//! Waiting for what the broker sees: on a thread, or in a task of whatever runs tasks.

use std::sync::{MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant as Clock};

use mqttka_core::types::Message;

use super::{FakeBroker, Shared, State};
use crate::error::Missing;
use crate::seen::{Seen, SeenKind};

/// So many tasks wait at a time. Where one more comes, all are woken, and ask again.
const MOST_WAITING: usize = 1024;

/// The tasks that wait until something is seen.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    tasks: Vec<Waker>,
    /// How much had been seen when they were last woken.
    seen: u64,
}

impl Waiting {
    /// Those to be woken, without the lock, as there are too many.
    fn add(&mut self, task: &Waker) -> Vec<Waker> {
        if self.tasks.iter().any(|one| one.will_wake(task)) {
            return Vec::new();
        }
        let many = self.tasks.len() == MOST_WAITING;
        let woken = many.then(|| std::mem::take(&mut self.tasks));
        self.tasks.push(task.clone());
        woken.unwrap_or_default()
    }
}

impl State {
    /// Those to be woken, without the lock: something was seen that they have not heard of, or the broker was stopped.
    fn tasks(&mut self) -> Vec<Waker> {
        let seen = self.broker.seen_in_all();
        if seen == self.waiting.seen && !self.stopped {
            return Vec::new();
        }
        self.waiting.seen = seen;
        std::mem::take(&mut self.waiting.tasks)
    }
}

impl Shared {
    /// Tells whoever waits that it is worth looking.
    pub(super) fn tell_waiting(&self, mut state: MutexGuard<'_, State>) {
        let tasks = state.tasks();
        drop(state);
        self.seen.notify_all();
        tasks.into_iter().for_each(Waker::wake);
    }
}

impl FakeBroker {
    /// Waits for the oldest thing of this kind that was not taken before, and takes it. `filter`: of a message, its topic
    /// matches it; of a subscription, it is its filter; `None`: any.
    ///
    /// # Errors
    /// [`Missing`], whose text says what came instead. Also where the broker was stopped.
    pub fn expect(
        &self,
        kind: SeenKind,
        filter: Option<&str>,
        timeout: Duration,
    ) -> Result<Seen, Missing> {
        let end = Clock::now().checked_add(timeout);
        let mut state = self.shared.lock();
        loop {
            if let Some(seen) = state.broker.take(kind, filter) {
                return Ok(seen);
            }
            let left = end.map(|end| end.saturating_duration_since(Clock::now()));
            if state.stopped || left == Some(Duration::ZERO) {
                return Err(state.broker.missing(kind, filter));
            }
            // A day is long enough to look again.
            let left = left.unwrap_or(Duration::from_secs(86_400));
            let woken = self.shared.seen.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// As [`expect`](Self::expect), for tasks: what is there is taken; else the task is woken when something was seen, or the
    /// broker was stopped, and asks again. A task that waits no more takes nothing. The time limit is the task's own:
    /// [`expect`](Self::expect) without any says what came instead.
    ///
    /// ```
    /// # use mqttka_testing::{FakeBroker, SeenKind, Missing, Seen};
    /// async fn connected(broker: &FakeBroker) -> Result<Seen, Missing> {
    ///     std::future::poll_fn(|cx| broker.poll_expect(cx, SeenKind::Connected, None)).await
    /// }
    /// ```
    ///
    /// Up to 1024 tasks wait at a time; where one more comes, the others are woken to ask again.
    ///
    /// # Errors
    /// [`Missing`] where the broker was stopped.
    pub fn poll_expect(
        &self,
        cx: &mut Context<'_>,
        kind: SeenKind,
        filter: Option<&str>,
    ) -> Poll<Result<Seen, Missing>> {
        let mut state = self.shared.lock();
        if let Some(seen) = state.broker.take(kind, filter) {
            return Poll::Ready(Ok(seen));
        }
        if state.stopped {
            return Poll::Ready(Err(state.broker.missing(kind, filter)));
        }
        let woken = state.waiting.add(cx.waker());
        drop(state);
        woken.into_iter().for_each(Waker::wake);
        Poll::Pending
    }

    /// Waits for the next message on a topic that matches this filter, and takes it.
    ///
    /// # Errors
    /// As [`expect`](Self::expect).
    pub fn expect_publish(&self, filter: &str, timeout: Duration) -> Result<Message, Missing> {
        let kind = SeenKind::Published;
        let seen = self.expect(kind, Some(filter), timeout)?;
        seen.message.ok_or_else(|| Missing {
            kind,
            filter: Some(filter.to_owned()),
            instead: Vec::new(),
        })
    }
}
