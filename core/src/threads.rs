//! How every thread of the library is started: with a stack of a documented size, all asynchronous
//! signals blocked from its first instruction on, the default scheduling policy, and the CPUs of
//! the process's main thread; that there is none to be had is a value.
//!
//! A signal for the process is then delivered to a thread of the host's own, as if the library
//! were not there, and one that the host has blocked stays pending for its `sigwait` or `ppoll`.

#[cfg(feature = "engine")]
use std::io;

/// Application code runs on it.
#[cfg(feature = "engine")]
pub(crate) const CALLBACK_STACK: usize = 2 * 1024 * 1024;

/// Only library code runs on it.
#[cfg(feature = "engine")]
pub(crate) const LIBRARY_STACK: usize = 512 * 1024;

/// Starts a thread; it is never joined.
#[cfg(feature = "engine")]
pub(crate) fn spawn(name: &str, stack: usize, f: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let builder = std::thread::Builder::new()
        .name(name.into())
        .stack_size(stack);
    // A thread inherits the mask of the one that makes it, so there is no moment without.
    let before = SignalMask::asynchronous().set();
    let thread = builder.spawn(move || {
        system::like_the_main_thread();
        f();
    });
    before.set();
    thread.map(drop)
}

pub(crate) use system::SignalMask;

#[cfg(all(unix, feature = "engine"))]
mod system {
    use std::fmt;

    /// Which signals a thread does not take.
    #[derive(Clone, Copy)]
    pub(crate) struct SignalMask(libc::sigset_t);

    impl fmt::Debug for SignalMask {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("SignalMask").finish_non_exhaustive()
        }
    }

    /// Those that a thread's own fault sends to itself: blocked, they would kill the process
    /// without its handler.
    const SYNCHRONOUS: [libc::c_int; 7] = [
        libc::SIGSEGV,
        libc::SIGBUS,
        libc::SIGFPE,
        libc::SIGILL,
        libc::SIGTRAP,
        libc::SIGSYS,
        libc::SIGABRT,
    ];

    impl SignalMask {
        /// That of this thread.
        pub(crate) fn current() -> Self {
            change(std::ptr::null())
        }

        /// All signals that come from elsewhere.
        pub(crate) fn asynchronous() -> Self {
            let mut set = empty();
            // SAFETY: `set` is a valid signal set for both calls, which cannot fail for signals
            // that exist.
            unsafe {
                libc::sigfillset(&raw mut set);
                for signal in SYNCHRONOUS {
                    libc::sigdelset(&raw mut set, signal);
                }
            }
            SignalMask(set)
        }

        /// Makes this the thread's mask; gives the one before.
        pub(crate) fn set(&self) -> Self {
            change(&raw const self.0)
        }
    }

    fn empty() -> libc::sigset_t {
        // SAFETY: a signal set is plain old data, and all zeros is one (the next call fills it).
        let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
        // SAFETY: `set` is valid for the call.
        unsafe { libc::sigemptyset(&raw mut set) };
        set
    }

    fn change(new: *const libc::sigset_t) -> SignalMask {
        let mut old = empty();
        // SAFETY: `new` is null or a valid set, and `old` a valid place, for the whole call. It
        // cannot fail for SIG_SETMASK.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, new, &raw mut old) };
        SignalMask(old)
    }

    /// Best effort: where the system refuses, the thread keeps what it inherited.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn like_the_main_thread() {
        // SAFETY: these calls take the ids 0 (this thread) and the process's (its main thread),
        // and valid places of the sizes that they are told; they touch no other memory.
        unsafe {
            // A host that made us from a real-time thread did not mean our threads. (SCHED_OTHER is
            // its name in POSIX; libc has it not for Android.)
            if libc::sched_getscheduler(0) != libc::SCHED_NORMAL {
                let mut parameters: libc::sched_param = std::mem::zeroed();
                parameters.sched_priority = 0;
                libc::sched_setscheduler(0, libc::SCHED_NORMAL, &raw const parameters);
            }
            let mut cpus: libc::cpu_set_t = std::mem::zeroed();
            let size = size_of::<libc::cpu_set_t>();
            if libc::sched_getaffinity(libc::getpid(), size, &raw mut cpus) == 0 {
                libc::sched_setaffinity(0, size, &raw const cpus);
            }
        }
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(super) fn like_the_main_thread() {}
}

#[cfg(not(all(unix, feature = "engine")))]
mod system {
    /// There are no signals that a thread could block, or no threads that would.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct SignalMask;

    impl SignalMask {
        pub(crate) fn current() -> Self {
            SignalMask
        }

        #[cfg(feature = "engine")]
        pub(crate) fn asynchronous() -> Self {
            SignalMask
        }

        pub(crate) fn set(&self) -> Self {
            SignalMask
        }
    }

    #[cfg(feature = "engine")]
    pub(super) fn like_the_main_thread() {}
}

#[cfg(all(test, target_os = "linux", feature = "engine"))]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    fn status(field: &str) -> u64 {
        let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
        let value = status.lines().find_map(|line| line.strip_prefix(field));
        u64::from_str_radix(value.unwrap().trim(), 16).unwrap()
    }

    #[test]
    fn a_thread_takes_no_asynchronous_signal_and_its_maker_is_as_before() {
        let before = status("SigBlk:");
        let (told, hears) = channel();
        spawn("test", LIBRARY_STACK, move || {
            told.send(status("SigBlk:")).unwrap();
        })
        .unwrap();
        let blocked = hears.recv().unwrap();
        for (signal, expected) in [
            (libc::SIGTERM, true),
            (libc::SIGINT, true),
            (libc::SIGUSR1, true),
            (libc::SIGPROF, true),
            (libc::SIGSEGV, false),
            (libc::SIGFPE, false),
        ] {
            assert_eq!(blocked >> (signal - 1) & 1 == 1, expected, "{signal}");
        }
        assert_eq!(status("SigBlk:"), before);
    }

    #[test]
    fn a_thread_runs_where_and_as_the_main_thread_does() {
        fn own_cpus() -> (usize, bool) {
            // SAFETY: as in `like_the_main_thread`.
            unsafe {
                let mut cpus: libc::cpu_set_t = std::mem::zeroed();
                let size = size_of::<libc::cpu_set_t>();
                assert_eq!(libc::sched_getaffinity(0, size, &raw mut cpus), 0);
                let other = libc::sched_getscheduler(0) == libc::SCHED_NORMAL;
                (libc::CPU_COUNT(&cpus).unsigned_abs() as usize, other)
            }
        }
        let main = own_cpus().0;
        let (told, hears) = channel();
        std::thread::spawn(move || {
            // This thread is bound to one CPU, and where it may, real-time.
            // SAFETY: as in `like_the_main_thread`.
            unsafe {
                let mut one: libc::cpu_set_t = std::mem::zeroed();
                libc::CPU_SET(0, &mut one);
                let size = size_of::<libc::cpu_set_t>();
                libc::sched_setaffinity(0, size, &raw const one);
                let mut parameters: libc::sched_param = std::mem::zeroed();
                parameters.sched_priority = 1;
                libc::sched_setscheduler(0, libc::SCHED_FIFO, &raw const parameters);
            }
            spawn("test", LIBRARY_STACK, move || {
                told.send(own_cpus()).unwrap()
            })
            .unwrap();
        });
        assert_eq!(hears.recv().unwrap(), (main, true));
    }
}
