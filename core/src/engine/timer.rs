//! Deadlines on the clock that counts sleep (rule L2), without a tick.
//!
//! Linux and Android: one timerfd on CLOCK_BOOTTIME for all clients of the process; it fires at
//! once after a resume. Elsewhere tokio's timer, whose clock may stand still while the system
//! sleeps: a deadline that passed meanwhile is noticed up to its remaining time after the resume,
//! or at the first traffic, whichever is earlier.

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use boot::{Sleep, Timer};
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) use plain::{Sleep, Timer};

#[cfg(any(target_os = "linux", target_os = "android"))]
mod boot {
    use std::collections::BTreeMap;
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

    use crate::engine::clock;
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
        sleeping: BTreeMap<(Instant, u64), Waker>,
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

        /// Arms the timerfd for the earliest sleeper, where it is not armed for earlier already:
        /// firing early costs one wake-up, arming costs a system call for each change.
        fn arm(&self, state: &mut State) {
            let Some(((at, _), _)) = state.sleeping.first_key_value() else {
                return;
            };
            if state.armed.is_some_and(|armed| armed <= *at) {
                return;
            }
            state.armed = Some(*at);
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
                while let Some(entry) = state.sleeping.first_entry()
                    && entry.key().0 <= now
                {
                    due.push(entry.remove());
                }
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
        /// that is early is left to fire and is renewed then.
        pub(crate) fn poll_until(
            &mut self,
            deadline: Instant,
            now: Instant,
            cx: &mut Context<'_>,
        ) -> Poll<()> {
            if deadline <= now {
                return Poll::Ready(());
            }
            if self.register(deadline, cx) {
                let after = deadline.saturating_since(now).saturating_add(BACKUP);
                self.backup = Some(Box::pin(tokio::time::sleep(after)));
            }
            match &mut self.backup {
                Some(backup) => backup.as_mut().poll(cx),
                None => Poll::Pending,
            }
        }

        /// Returns whether the deadline is a new one.
        fn register(&mut self, deadline: Instant, cx: &Context<'_>) -> bool {
            let mut state = self.timer.0.lock();
            if let Some(at) = self.registered
                && let Some(waker) = state.sleeping.get_mut(&(at, self.id))
            {
                if at <= deadline {
                    waker.clone_from(cx.waker());
                    return false;
                }
                state.sleeping.remove(&(at, self.id));
            }
            self.registered = Some(deadline);
            state
                .sleeping
                .insert((deadline, self.id), cx.waker().clone());
            self.timer.0.arm(&mut state);
            true
        }
    }

    impl Drop for Sleep {
        fn drop(&mut self) {
            if let Some(at) = self.registered {
                self.timer.0.lock().sleeping.remove(&(at, self.id));
            }
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod plain {
    use std::future::Future;
    use std::io;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use crate::types::Instant;

    /// Wakes tasks at their deadlines.
    #[derive(Clone, Debug)]
    pub(crate) struct Timer;

    impl Timer {
        /// Makes the timer; call it within the runtime.
        pub(crate) fn start() -> io::Result<Self> {
            Ok(Timer)
        }

        /// A sleeper without a deadline.
        pub(crate) fn sleep(&self) -> Sleep {
            Sleep { inner: None }
        }
    }

    /// One task's place in the timer.
    #[derive(Debug)]
    pub(crate) struct Sleep {
        inner: Option<(Instant, Pin<Box<tokio::time::Sleep>>)>,
    }

    impl Sleep {
        /// Ready at `deadline`, and now and then earlier.
        pub(crate) fn poll_until(
            &mut self,
            deadline: Instant,
            now: Instant,
            cx: &mut Context<'_>,
        ) -> Poll<()> {
            if deadline <= now {
                return Poll::Ready(());
            }
            if self.inner.as_ref().is_none_or(|(at, _)| *at > deadline) {
                let sleep = tokio::time::sleep(deadline.saturating_since(now));
                self.inner = Some((deadline, Box::pin(sleep)));
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
    }
}
