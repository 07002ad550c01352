//! Where the application is asked what only it knows: off the engine's thread, one call at a time,
//! and for the newest question only, of which the first answer counts.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use super::exit;
use super::fork;
use super::runner::{Quantum, Runner};
use crate::types::Instant;

/// What is asked, of whom, and what follows an answer.
pub(super) trait Subject: Send + Sync + Sized + 'static {
    /// Who is asked.
    type Whom: ?Sized + Send + Sync;
    type Question: Send;
    /// Tells which question an answer is to.
    type Key: Copy + PartialEq + Send + Sync;
    type Answer;
    /// What an answer leaves until the next question is asked.
    type Kept: Clone + Default + Send;

    fn key(question: &Self::Question) -> Self::Key;

    /// When an answer comes too late.
    fn deadline(question: &Self::Question) -> Instant;

    /// What time it is.
    fn now(&self) -> Instant;

    /// Asks. The answer comes with the slip, now or later, from any thread.
    fn put(
        &self,
        whom: &Self::Whom,
        question: Self::Question,
        time_left: Duration,
        slip: Slip<Self>,
    );

    /// The application has answered, maybe too late.
    fn answered(desk: &Desk<Self>, key: Self::Key, answer: Self::Answer);

    /// The answer of a call that panicked.
    fn panicked() -> Self::Answer;
}

/// The desk of one client. A call that does not return keeps one thread of the pool, whatever the
/// number of questions that come and go meanwhile.
pub(super) struct Desk<S: Subject> {
    this: Weak<Desk<S>>,
    pub(super) subject: S,
    /// Runs the calls.
    runner: Runner,
    state: Mutex<State<S>>,
}

struct State<S: Subject> {
    /// `None` when the client has ended.
    whom: Option<Arc<S::Whom>>,
    /// Nobody has heard of it yet.
    waiting: Option<S::Question>,
    /// The question whose answer counts, until that is there.
    unanswered: Option<S::Key>,
    kept: S::Kept,
    /// A thread runs this, or is about to.
    running: bool,
    ended: bool,
}

/// What belongs to one question, and goes with it.
pub(super) struct Slip<S: Subject> {
    desk: Weak<Desk<S>>,
    key: S::Key,
}

impl<S: Subject> Clone for Slip<S> {
    fn clone(&self) -> Self {
        Slip {
            desk: Weak::clone(&self.desk),
            key: self.key,
        }
    }
}

impl<S: Subject> Slip<S> {
    /// Whether an answer would count.
    pub(super) fn is_awaited(&self) -> bool {
        let desk = self.desk.upgrade();
        desk.is_some_and(|desk| desk.awaits(self.key))
    }

    pub(super) fn answer(self, answer: S::Answer) {
        if let Some(desk) = self.desk.upgrade() {
            S::answered(&desk, self.key, answer);
        }
    }
}

impl<S: Subject> Desk<S> {
    pub(super) fn of(subject: S, whom: Arc<S::Whom>, runner: Runner) -> Arc<Self> {
        Arc::new_cyclic(|this| Desk {
            this: this.clone(),
            subject,
            runner,
            state: Mutex::new(State {
                whom: Some(whom),
                waiting: None,
                unanswered: None,
                kept: S::Kept::default(),
                running: false,
                ended: false,
            }),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State<S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was asked before counts no more.
    pub(super) fn ask(&self, question: S::Question) {
        let mut state = self.lock();
        state.kept = S::Kept::default();
        state.unanswered = Some(S::key(&question));
        state.waiting = Some(question);
        self.run_soon(state);
    }

    /// Nobody waits for an answer any more.
    pub(super) fn forget(&self) {
        let mut state = self.lock();
        (state.waiting, state.unanswered) = (None, None);
    }

    /// What the answer to the newest question left.
    pub(super) fn kept(&self) -> S::Kept {
        self.lock().kept.clone()
    }

    /// The client has ended: nobody is asked any more, and whom it asked is dropped.
    pub(super) fn end(&self) {
        let mut state = self.lock();
        (state.waiting, state.unanswered) = (None, None);
        state.kept = S::Kept::default();
        state.ended = true;
        self.run_soon(state);
    }

    /// Whether an answer to this question would count.
    pub(super) fn awaits(&self, key: S::Key) -> bool {
        // In a forked child nobody asks, and the lock may be held by a thread that is not there.
        !fork::forked() && self.lock().unanswered == Some(key)
    }

    /// Whether this answer counts; none after it does. `kept` is what it leaves.
    pub(super) fn settle(&self, key: S::Key, kept: S::Kept) -> bool {
        if fork::forked() {
            return false;
        }
        let mut state = self.lock();
        let counts = state.unanswered == Some(key);
        if counts {
            state.unanswered = None;
            state.kept = kept;
        }
        counts
    }

    fn run_soon(&self, mut state: MutexGuard<'_, State<S>>) {
        if !std::mem::replace(&mut state.running, true)
            && let Some(this) = self.this.upgrade()
        {
            drop(state);
            // A thread was there before the first client was.
            self.runner.push(this);
        }
    }

    fn put(&self, whom: &S::Whom, question: S::Question) {
        let time_left = S::deadline(&question).saturating_since(self.subject.now());
        if time_left.is_zero() || exit::process_is_ending() {
            return;
        }
        let key = S::key(&question);
        let slip = Slip {
            desk: Weak::clone(&self.this),
            key,
        };
        let put = || self.subject.put(whom, question, time_left, slip);
        if catch_unwind(AssertUnwindSafe(put)).is_err() {
            // Where the request did not go with it.
            S::answered(self, key, S::panicked());
        }
    }
}

impl<S: Subject> Quantum for Desk<S> {
    fn run(&self) -> bool {
        let mut state = self.lock();
        if state.ended {
            let whom = state.whom.take();
            state.running = false;
            drop(state);
            drop(whom);
            return false;
        }
        let (Some(question), Some(whom)) = (state.waiting.take(), state.whom.clone()) else {
            state.running = false;
            return false;
        };
        drop(state);
        self.put(&*whom, question);
        true
    }
}

impl<S: Subject> fmt::Debug for Desk<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}
