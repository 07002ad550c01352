//! One serial lane: a queue, and the work that takes it in order, on one thread at a time.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::pool::{Pool, Quantum};

/// So many items are taken before another lane has its turn.
const QUANTUM: usize = 256;

/// What a lane does with its items.
pub(super) trait Work<I>: Send + Sync {
    /// Takes a batch, in order.
    fn run(&self, batch: Vec<I>);

    /// Nothing follows.
    fn ended(&self);
}

pub(super) struct Lane<I> {
    state: Mutex<State<I>>,
    pool: &'static Pool,
}

struct State<I> {
    queue: VecDeque<I>,
    /// A thread runs the lane, or it waits for one.
    running: bool,
    /// Nothing follows what is queued.
    ended: bool,
    /// Gone when the lane has ended.
    work: Option<Arc<dyn Work<I>>>,
}

impl<I> fmt::Debug for Lane<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane").finish_non_exhaustive()
    }
}

impl<I: Send + 'static> Lane<I> {
    pub(super) fn new(pool: &'static Pool) -> Arc<Self> {
        Arc::new(Lane {
            state: Mutex::new(State {
                queue: VecDeque::new(),
                running: false,
                ended: false,
                work: None,
            }),
            pool,
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
        let mut state = self.lock();
        f(&mut state.queue);
        if state.queue.is_empty() {
            return;
        }
        self.start(state);
    }

    /// Nothing follows.
    pub(super) fn end(self: &Arc<Self>) {
        let mut state = self.lock();
        state.ended = true;
        self.start(state);
    }

    pub(super) fn len(&self) -> usize {
        self.lock().queue.len()
    }

    fn start(self: &Arc<Self>, mut state: MutexGuard<'_, State<I>>) {
        if state.work.is_none() || std::mem::replace(&mut state.running, true) {
            return;
        }
        drop(state);
        self.pool.push(Arc::clone(self) as Arc<dyn Quantum>);
    }
}

impl<I: Send + 'static> Quantum for Lane<I> {
    fn run(&self) -> bool {
        let mut state = self.lock();
        let Some(work) = state.work.clone() else {
            return false;
        };
        let count = state.queue.len().min(QUANTUM);
        if count == 0 && state.ended {
            state.work = None;
            drop(state);
            work.ended();
            return false;
        }
        let batch = state.queue.drain(..count).collect();
        drop(state);
        work.run(batch);
        let mut state = self.lock();
        if state.queue.is_empty() && !state.ended {
            // What an idle lane keeps is nothing.
            state.queue = VecDeque::new();
            state.running = false;
            return false;
        }
        true
    }
}
