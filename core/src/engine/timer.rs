//! Deadlines on the clock that counts sleep (rule L2), without a tick.
//!
//! Linux and Android: one timerfd on CLOCK_BOOTTIME for all clients of the process; it fires at
//! once after a resume. Elsewhere tokio's timer, whose clock may stand still while the system
//! sleeps: a deadline that passed meanwhile is noticed up to its remaining time after the resume,
//! or at the first traffic, whichever is earlier.
//!
//! Whoever wakes, at a deadline or for its socket, takes those along whose ping is due soon (rule L5):
//! idle clients of a process come to wake together.

#[cfg_attr(
    not(any(target_os = "linux", target_os = "android")),
    allow(dead_code, reason = "tokio's timer has a queue of its own")
)]
mod queue;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use boot::{Sleep, Timer};
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) use plain::{Sleep, Timer};

#[cfg(any(target_os = "linux", target_os = "android"))]
mod boot {
    use std::future::Future;
    use std::io;
    use std::os::fd::OwnedFd;
    use std::pin::Pin;
    use std::sync::{Arc, Mutex, PoisonError};
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };
    use tokio::io::unix::AsyncFd;

    use super::queue::{LAZY, Queue};
    use crate::clock;
    use crate::types::Instant;

    /// How much later than the timerfd tokio's own timer fires, which needs no descriptor: bad news
    /// come in time even where a host closed descriptors that are not its own (rule L21).
    const BACKUP: Duration = Duration::from_millis(40);

    /// Wakes tasks at their deadlines.
    #[derive(Clone, Debug)]
    pub(crate) struct Timer(Arc<Shared>);

    #[derive(Debug)]
    struct Shared {
        fd: AsyncFd<OwnedFd>,
        state: Mutex<State>,
    }

    #[derive(Debug, Default)]
    struct State {
        sleeping: Queue<Waker>,
        next_id: u64,
        armed: Option<Instant>,
    }

    impl Timer {
        /// Makes the timer; call it within the runtime, which then runs it.
        pub(crate) fn start() -> io::Result<Self> {
            let fd = timerfd_create(
                TimerfdClockId::Boottime,
                TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK,
            )?;
            // SAFETY: an `OwnedFd` is an open descriptor, always the same one, until it is dropped,
            // and `AsyncFd` owns it.
            let fd = unsafe { AsyncFd::register(fd) }?;
            let shared = Arc::new(Shared {
                fd,
                state: Mutex::default(),
            });
            tokio::spawn(drive(Arc::clone(&shared)));
            Ok(Timer(shared))
        }

        /// A sleeper without a deadline.
        pub(crate) fn sleep(&self) -> Sleep {
            let mut state = self.0.lock();
            state.next_id += 1;
            let id = state.next_id;
            drop(state);
            Sleep {
                timer: self.clone(),
                id,
                registered: None,
                backup: None,
            }
        }
    }

    impl Shared {
        fn lock(&self) -> std::sync::MutexGuard<'_, State> {
            self.state.lock().unwrap_or_else(PoisonError::into_inner)
        }

        /// Arms the timerfd for the earliest sleeper, where it is not armed for a little earlier
        /// already: firing early costs one wake-up, arming costs a system call for each change.
        fn arm(&self, state: &mut State) {
            let Some(at) = state.sleeping.next() else {
                return;
            };
            let early = |armed: Instant| armed <= at && at.saturating_since(armed) < LAZY;
            if state.armed.is_some_and(early) {
                return;
            }
            state.armed = Some(at);
            // Zero would disarm it.
            let nanos = at.as_nanos().max(1);
            let spec = Itimerspec {
                it_interval: Timespec {
                    tv_sec: 0,
                    tv_nsec: 0,
                },
                it_value: Timespec {
                    tv_sec: i64::try_from(nanos / 1_000_000_000).unwrap_or(i64::MAX),
                    tv_nsec: (nanos % 1_000_000_000) as _,
                },
            };
            if let Err(error) =
                timerfd_settime(self.fd.get_ref(), TimerfdTimerFlags::ABSTIME, &spec)
            {
                crate::log::log!(Error, "timerfd_settime failed: {error}");
            }
        }
    }

    async fn drive(shared: Arc<Shared>) {
        let mut due = Vec::new();
        loop {
            let Ok(mut ready) = shared.fd.readable().await else {
                return;
            };
            let mut count = [0; 8];
            if let Err(error) = rustix::io::read(shared.fd.get_ref(), &mut count)
                && error != rustix::io::Errno::AGAIN
            {
                crate::log::log!(Error, "reading the timerfd failed: {error}");
            }
            ready.clear_ready();
            let now = clock::now();
            {
                let mut state = shared.lock();
                state.armed = None;
                state.sleeping.take_due(now, &mut due);
                shared.arm(&mut state);
            }
            for waker in due.drain(..) {
                waker.wake();
            }
        }
    }

    /// One task's place in the timer.
    #[derive(Debug)]
    pub(crate) struct Sleep {
        timer: Timer,
        id: u64,
        registered: Option<Instant>,
        backup: Option<Pin<Box<tokio::time::Sleep>>>,
    }

    impl Sleep {
        /// Ready at `deadline`, and now and then earlier: deadlines mostly move away, so an entry
        /// that is a little early is left to fire and is renewed then. From `earliest` on this task
        /// is woken when another one is awake; and it is awake itself.
        pub(crate) fn poll_until(
            &mut self,
            deadline: Instant,
            earliest: Option<Instant>,
            now: Instant,
            cx: &mut Context<'_>,
        ) -> Poll<()> {
            if deadline <= now {
                return Poll::Ready(());
            }
            if self.register(deadline, earliest, now, cx) {
                let after = deadline.saturating_since(now).saturating_add(BACKUP);
                self.backup = Some(Box::pin(tokio::time::sleep(after)));
            }
            match &mut self.backup {
                Some(backup) => backup.as_mut().poll(cx),
                None => Poll::Pending,
            }
        }

        /// Returns whether the deadline is a new one.
        fn register(
            &mut self,
            deadline: Instant,
            earliest: Option<Instant>,
            now: Instant,
            cx: &Context<'_>,
        ) -> bool {
            let mut due = Vec::new();
            let mut state = self.timer.0.lock();
            let (id, before) = (self.id, self.registered);
            let sleeping = &mut state.sleeping;
            let (at, fresh) = sleeping.put(id, before, deadline, earliest, now, cx.waker());
            self.registered = Some(at);
            sleeping.take_early(now, &mut due);
            if fresh {
                self.timer.0.arm(&mut state);
            }
            drop(state);
            for waker in due {
                waker.wake();
            }
            fresh
        }
    }

    impl Drop for Sleep {
        fn drop(&mut self) {
            if let Some(at) = self.registered {
                self.timer.0.lock().sleeping.remove(self.id, at);
            }
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod plain {
    use std::future::Future;
    use std::io;
    use std::pin::Pin;
    use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
    use std::task::{Context, Poll, Waker};

    use super::queue::Queue;
    use crate::types::Instant;

    /// Wakes tasks at their deadlines.
    #[derive(Clone, Debug)]
    pub(crate) struct Timer(Arc<Mutex<State>>);

    #[derive(Debug, Default)]
    struct State {
        sleeping: Queue<Waker>,
        next_id: u64,
    }

    impl Timer {
        /// Makes the timer; call it within the runtime.
        pub(crate) fn start() -> io::Result<Self> {
            Ok(Timer(Arc::default()))
        }

        /// A sleeper without a deadline.
        pub(crate) fn sleep(&self) -> Sleep {
            let mut state = self.lock();
            state.next_id += 1;
            let id = state.next_id;
            drop(state);
            Sleep {
                timer: self.clone(),
                id,
                registered: None,
                inner: None,
            }
        }

        fn lock(&self) -> MutexGuard<'_, State> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    /// One task's place in the timer.
    #[derive(Debug)]
    pub(crate) struct Sleep {
        timer: Timer,
        id: u64,
        registered: Option<Instant>,
        inner: Option<(Instant, Pin<Box<tokio::time::Sleep>>)>,
    }

    impl Sleep {
        /// Ready at `deadline`, and now and then earlier. From `earliest` on this task is woken when
        /// another one is awake; and it is awake itself.
        pub(crate) fn poll_until(
            &mut self,
            deadline: Instant,
            earliest: Option<Instant>,
            now: Instant,
            cx: &mut Context<'_>,
        ) -> Poll<()> {
            if deadline <= now {
                return Poll::Ready(());
            }
            self.register(deadline, earliest, now, cx);
            let wanted = self.registered.unwrap_or(deadline);
            if self.inner.as_ref().is_none_or(|(at, _)| *at != wanted) {
                let sleep = tokio::time::sleep(wanted.saturating_since(now));
                self.inner = Some((wanted, Box::pin(sleep)));
            }
            let Some((_, sleep)) = &mut self.inner else {
                return Poll::Pending;
            };
            let fired = sleep.as_mut().poll(cx);
            if fired.is_ready() {
                self.inner = None;
            }
            fired
        }

        fn register(
            &mut self,
            deadline: Instant,
            earliest: Option<Instant>,
            now: Instant,
            cx: &Context<'_>,
        ) {
            let mut due = Vec::new();
            let mut state = self.timer.lock();
            let (id, before) = (self.id, self.registered);
            let sleeping = &mut state.sleeping;
            let (at, _) = sleeping.put(id, before, deadline, earliest, now, cx.waker());
            self.registered = Some(at);
            sleeping.take_early(now, &mut due);
            drop(state);
            for waker in due {
                waker.wake();
            }
        }
    }

    impl Drop for Sleep {
        fn drop(&mut self) {
            if let Some(at) = self.registered {
                self.timer.lock().sleeping.remove(self.id, at);
            }
        }
    }
}
