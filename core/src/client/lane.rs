//! One serial lane: a queue, and the work that takes it in order, on one thread at a time.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::runner::{Quantum, Runner};

/// So many items are taken before another lane has its turn.
const QUANTUM: usize = 256;

/// What a lane does with its items.
pub(super) trait Work<I>: Send + Sync {
    /// Takes a batch, in order.
    fn run(&self, batch: Batch<'_, I>);

    /// Nothing follows.
    fn ended(&self);
}

/// The first items of a queue; those that are not taken end with it. It has less code than `Drain`.
pub(super) struct Batch<'a, I> {
    queue: &'a mut VecDeque<I>,
    left: usize,
}

impl<I> Batch<'_, I> {
    /// How many are still to come.
    pub(super) fn left(&self) -> usize {
        self.left
    }
}

impl<I> Iterator for Batch<'_, I> {
    type Item = I;

    fn next(&mut self) -> Option<I> {
        self.left = self.left.checked_sub(1)?;
        self.queue.pop_front()
    }
}

impl<I> Drop for Batch<'_, I> {
    fn drop(&mut self) {
        self.for_each(drop);
    }
}

/// Emptied queues that the lanes of one kind share: a busy lane needs no memory anew for each
/// batch, and an idle one keeps none.
pub(super) struct Spares<I>(Mutex<Vec<VecDeque<I>>>);

/// So many queues are kept, ...
const MAX_SPARES: usize = 4;

/// ... each with room for so many items at most.
const MAX_SPARE: usize = 1024;

impl<I> Spares<I> {
    pub(super) const fn new() -> Self {
        Spares(Mutex::new(Vec::new()))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<VecDeque<I>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> VecDeque<I> {
        self.lock().pop().unwrap_or_default()
    }

    fn give(&self, queue: VecDeque<I>) {
        if queue.capacity() > 0 && queue.capacity() <= MAX_SPARE && queue.is_empty() {
            let mut spares = self.lock();
            if spares.len() < MAX_SPARES {
                spares.push(queue);
            }
        }
    }
}

pub(super) struct Lane<I: 'static> {
    state: Mutex<State<I>>,
    runner: Runner,
    spares: &'static Spares<I>,
}

struct State<I> {
    queue: VecDeque<I>,
    /// So many of the items before the queue wait for their quantum.
    aside: usize,
    /// A thread runs the lane, or it waits for one.
    running: bool,
    /// Nothing follows what is queued.
    ended: bool,
    /// Gone when the lane has ended.
    work: Option<Arc<dyn Work<I>>>,
}

impl<I: 'static> fmt::Debug for Lane<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane").finish_non_exhaustive()
    }
}

impl<I: Send + 'static> Lane<I> {
    pub(super) fn new(runner: Runner, spares: &'static Spares<I>) -> Arc<Self> {
        Arc::new(Lane {
            state: Mutex::new(State {
                queue: VecDeque::new(),
                aside: 0,
                running: false,
                ended: false,
                work: None,
            }),
            runner,
            spares,
        })
    }

    fn lock(&self) -> MutexGuard<'_, State<I>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be done with the items; before the first of them.
    pub(super) fn set_work(&self, work: Arc<dyn Work<I>>) {
        self.lock().work = Some(work);
    }

    /// Adds what `f` pushes.
    pub(super) fn push(self: &Arc<Self>, f: impl FnOnce(&mut VecDeque<I>)) {
        self.add(f);
        self.wake();
    }

    /// As [`push`](Self::push), for who holds a lock that the lane's work needs, too:
    /// [`wake`](Self::wake) has to follow when it is gone.
    pub(super) fn add(&self, f: impl FnOnce(&mut VecDeque<I>)) {
        let mut state = self.lock();
        if state.queue.capacity() == 0 {
            state.queue = self.spares.take();
        }
        f(&mut state.queue);
    }

    /// What was added has its turn.
    pub(super) fn wake(self: &Arc<Self>) {
        let state = self.lock();
        if !state.queue.is_empty() {
            self.start(state);
        }
    }

    /// Nothing follows.
    pub(super) fn end(self: &Arc<Self>) {
        let mut state = self.lock();
        state.ended = true;
        self.start(state);
    }

    pub(super) fn len(&self) -> usize {
        let state = self.lock();
        state.aside + state.queue.len()
    }

    fn start(self: &Arc<Self>, mut state: MutexGuard<'_, State<I>>) {
        if state.work.is_none() || std::mem::replace(&mut state.running, true) {
            return;
        }
        drop(state);
        self.runner.push(Arc::clone(self) as Arc<dyn Quantum>);
    }
}

impl<I: Send + 'static> Quantum for Lane<I> {
    fn run(&self) -> bool {
        let mut state = self.lock();
        let Some(work) = state.work.clone() else {
            return false;
        };
        if state.queue.is_empty() && state.ended {
            state.work = None;
            drop(state);
            work.ended();
            return false;
        }
        let mut batch = std::mem::take(&mut state.queue);
        let count = batch.len().min(QUANTUM);
        state.aside = batch.len() - count;
        drop(state);
        work.run(Batch {
            queue: &mut batch,
            left: count,
        });
        let mut state = self.lock();
        state.aside = 0;
        if !batch.is_empty() {
            // What has come meanwhile stands behind what was left.
            batch.append(&mut state.queue);
            std::mem::swap(&mut batch, &mut state.queue);
        }
        let dry = state.queue.is_empty();
        // What an idle lane keeps is nothing.
        let queue = dry.then(|| std::mem::take(&mut state.queue));
        let again = !dry || state.ended;
        state.running = again;
        drop(state);
        self.spares.give(batch);
        self.spares.give(queue.unwrap_or_default());
        again
    }
}
