//! The threads that run callbacks, for all clients of the process.
//!
//! Ready lanes wait in one queue, and one thread serves them all, without parking in between,
//! while none of them is stuck. While lanes wait, a second thread watches: where none was taken
//! for [`TICK`], the first is stuck in a callback; the watcher takes over, and another thread
//! watches it. So a stuck callback keeps its thread and nothing else. What an idle pool keeps is
//! one thread, which is there before the first client is (rule L21).

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::runner::Quantum;
use crate::clock;
use crate::log::log;
use crate::threads::{self, CALLBACK_STACK};
use crate::types::Instant;

/// How long a callback may keep other lanes waiting.
const TICK: Duration = Duration::from_millis(2);

/// The watcher sleeps after so many ticks in which no lane waited.
const QUIET_TICKS: u32 = 8;

/// A thread that is not the last leaves after being idle for so long.
const IDLE: Duration = Duration::from_secs(10);

/// Between attempts to get a thread from a system that gave none.
const RETRY: Duration = Duration::from_millis(50);

/// The message lanes' threads.
pub(super) static MESSAGES: Pool = Pool::new("mqttka-message");

/// The lifecycle lanes' threads: whatever the others do, there is one.
pub(super) static LIFECYCLE: Pool = Pool::new("mqttka-event");

pub(super) struct Pool {
    name: &'static str,
    state: Mutex<State>,
    tick: Condvar,
    /// It lacks a thread. An idle one of the other pool tries again now and then.
    wanted: AtomicBool,
}

struct State {
    ready: VecDeque<Arc<dyn Quantum>>,
    threads: usize,
    /// Threads that run a lane, or were woken to do it.
    busy: usize,
    /// A thread watches, or was woken to do it.
    watched: bool,
    /// The last one to come is the first to be woken, so that the others can leave.
    idle: Vec<Arc<Place>>,
    /// Counts lanes taken from `ready`.
    taken: u64,
    /// The system gave no thread at this time.
    refused: Option<Instant>,
}

/// Where an idle thread waits for its next role.
struct Place {
    role: Mutex<Option<Role>>,
    given: Condvar,
}

#[derive(Clone, Copy)]
enum Role {
    /// Serve lanes.
    Run,
    /// See whether lanes are served.
    Watch,
    /// Be idle.
    Wait,
    /// See whether the other pool needs a thread.
    Look,
}

impl Pool {
    const fn new(name: &'static str) -> Self {
        Pool {
            name,
            state: Mutex::new(State {
                ready: VecDeque::new(),
                threads: 0,
                busy: 0,
                watched: false,
                idle: Vec::new(),
                taken: 0,
                refused: None,
            }),
            tick: Condvar::new(),
            wanted: AtomicBool::new(false),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes sure that there is a thread.
    ///
    /// # Errors
    /// The system gives none.
    pub(super) fn prepare(&'static self) -> io::Result<()> {
        let mut state = self.lock();
        if state.threads > 0 {
            return Ok(());
        }
        state.threads += 1;
        // Under the lock, so that of two first clients neither goes on without.
        let result = self.spawn(Role::Wait);
        if result.is_err() {
            state.threads -= 1;
        }
        result
    }

    fn spawn(&'static self, role: Role) -> io::Result<()> {
        threads::spawn(self.name, CALLBACK_STACK, move || self.work(role))
    }

    /// A lane is ready. Never blocks.
    pub(super) fn push(&'static self, lane: Arc<dyn Quantum>) {
        let mut state = self.lock();
        state.ready.push_back(lane);
        if state.busy == 0
            && let Some(place) = state.idle.pop()
        {
            state.busy += 1;
            drop(state);
            return place.give(Role::Run);
        }
        self.ensure_watcher(state, false);
    }

    /// Where lanes wait and nobody watches, somebody does.
    fn ensure_watcher(&'static self, mut state: MutexGuard<'_, State>, retry: bool) {
        if state.watched || state.ready.is_empty() {
            return;
        }
        state.watched = true;
        if let Some(place) = state.idle.pop() {
            drop(state);
            return place.give(Role::Watch);
        }
        let now = clock::now();
        let early = |at| now.saturating_since(at) < RETRY;
        if !retry && state.refused.is_some_and(early) {
            state.watched = false;
            return;
        }
        let first_time = state.refused.take().is_none();
        state.threads += 1;
        drop(state);
        let Err(error) = self.spawn(Role::Watch) else {
            return self.wanted.store(false, Ordering::Release);
        };
        let mut state = self.lock();
        state.threads -= 1;
        state.watched = false;
        state.refused = Some(now);
        drop(state);
        self.wanted.store(true, Ordering::Release);
        self.other().wake_idle();
        if first_time {
            log!(
                Warn,
                "no thread for callbacks, which wait for those that run: {error}"
            );
        }
    }

    fn other(&self) -> &'static Pool {
        if std::ptr::eq(self, &raw const MESSAGES) {
            &LIFECYCLE
        } else {
            &MESSAGES
        }
    }

    fn wake_idle(&self) {
        for place in &self.lock().idle {
            place.lock().get_or_insert(Role::Look);
            place.given.notify_one();
        }
    }

    fn work(&'static self, mut role: Role) {
        let place = Arc::new(Place {
            role: Mutex::new(None),
            given: Condvar::new(),
        });
        loop {
            let next = match role {
                Role::Run => {
                    self.run();
                    Some(Role::Wait)
                }
                Role::Watch => Some(self.watch()),
                Role::Wait | Role::Look => self.wait(&place),
            };
            match next {
                Some(next) => role = next,
                None => return,
            }
        }
    }

    /// Serves lanes until none is ready. This thread counts as busy already.
    fn run(&'static self) {
        let mut state = self.lock();
        while let Some(lane) = state.ready.pop_front() {
            state.taken = state.taken.wrapping_add(1);
            self.ensure_watcher(state, false);
            let again = catch_unwind(AssertUnwindSafe(|| lane.run())).unwrap_or(false);
            state = self.lock();
            if again {
                state.ready.push_back(lane);
            }
        }
        state.busy -= 1;
    }

    /// Until it is time to take over, or nothing waited for long enough.
    fn watch(&self) -> Role {
        let mut state = self.lock();
        let mut quiet = 0;
        while quiet < QUIET_TICKS {
            let taken = state.taken;
            (state, _) = self
                .tick
                .wait_timeout(state, TICK)
                .unwrap_or_else(PoisonError::into_inner);
            if state.ready.is_empty() {
                quiet += 1;
            } else if state.taken == taken {
                state.watched = false;
                state.busy += 1;
                return Role::Run;
            } else {
                quiet = 0;
            }
        }
        state.watched = false;
        Role::Wait
    }

    /// Until there is something to do; `None`: this thread is not needed any more.
    fn wait(&'static self, place: &Arc<Place>) -> Option<Role> {
        let mut state = self.lock();
        if !state.ready.is_empty() {
            if state.busy == 0 {
                state.busy += 1;
                return Some(Role::Run);
            }
            if !state.watched {
                state.watched = true;
                return Some(Role::Watch);
            }
        }
        state.idle.push(Arc::clone(place));
        let mut lowest = state.idle.len() == 1;
        drop(state);
        loop {
            let wanted = self.other().wanted.load(Ordering::Acquire);
            let limit = match (wanted, lowest) {
                (true, _) => Some(RETRY),
                (false, false) => Some(IDLE),
                (false, true) => None,
            };
            match place.wait(limit) {
                Some(Role::Look) | None => {}
                role => return role,
            }
            if self.other().wanted.load(Ordering::Acquire) {
                if wanted {
                    self.other().try_again();
                }
                continue;
            }
            let mut state = self.lock();
            match state.idle.iter().position(|it| Arc::ptr_eq(it, place)) {
                Some(0) => lowest = true,
                Some(index) => {
                    state.idle.remove(index);
                    state.threads -= 1;
                    return None;
                }
                // A role is on its way.
                None => {}
            }
        }
    }

    /// It lacked a thread some time ago.
    fn try_again(&'static self) {
        let mut state = self.lock();
        if state.ready.is_empty() {
            state.refused = None;
            return self.wanted.store(false, Ordering::Release);
        }
        self.ensure_watcher(state, true);
    }
}

impl Place {
    fn lock(&self) -> MutexGuard<'_, Option<Role>> {
        self.role.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give(&self, role: Role) {
        *self.lock() = Some(role);
        self.given.notify_one();
    }

    /// `None`: nothing was given within `limit`, or somebody wants a second look.
    fn wait(&self, limit: Option<Duration>) -> Option<Role> {
        let mut role = self.lock();
        if role.is_none() {
            role = match limit {
                None => self
                    .given
                    .wait(role)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(limit) => {
                    let waited = self.given.wait_timeout(role, limit);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        role.take()
    }
}
