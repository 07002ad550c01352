//! macOS and iOS: a kqueue, which can be polled itself.
//!
//! Type-checked alone: nobody here has such a system.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use super::Waker;
use crate::clock;
use crate::log::log;
use crate::types::Instant;

/// What the timer and the bell are called, each among its own kind.
const OURS: usize = 0;

/// How many events one look takes.
const EVENTS: usize = 32;

pub(in crate::client::host_loop) struct Poller {
    queue: Arc<OwnedFd>,
    waker: Arc<Waker>,
}

/// Rings in the queue itself.
pub(super) struct Bell(Arc<OwnedFd>);

impl Bell {
    pub(super) fn ring(&self) {
        let event = change(OURS, libc::EVFILT_USER, 0, libc::NOTE_TRIGGER);
        if let Err(error) = apply(&self.0, &[event]) {
            log!(Error, "kevent failed: {error}");
        }
    }
}

/// A change of what is looked at.
fn change(ident: usize, filter: i16, flags: u16, fflags: u32) -> libc::kevent {
    libc::kevent {
        ident,
        filter,
        flags,
        fflags,
        data: 0,
        udata: std::ptr::null_mut(),
    }
}

fn apply(queue: &OwnedFd, changes: &[libc::kevent]) -> io::Result<()> {
    // At most two.
    let count = libc::c_int::try_from(changes.len()).unwrap_or_default();
    let none = std::ptr::null_mut();
    // SAFETY: `count` changes can be read, and no event is asked for.
    let result = unsafe {
        libc::kevent(
            queue.as_raw_fd(),
            changes.as_ptr(),
            count,
            none,
            0,
            std::ptr::null(),
        )
    };
    match result {
        0.. => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

impl Poller {
    pub(in crate::client::host_loop) fn new() -> io::Result<Self> {
        // SAFETY: it takes nothing.
        let queue = unsafe { libc::kqueue() };
        if queue < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: it is open, and nobody else's. A kqueue is not inherited by a forked child.
        let queue = Arc::new(unsafe { OwnedFd::from_raw_fd(queue) });
        // SAFETY: the descriptor is open.
        if unsafe { libc::fcntl(queue.as_raw_fd(), libc::F_SETFD, libc::FD_CLOEXEC) } < 0 {
            return Err(io::Error::last_os_error());
        }
        let flags = libc::EV_ADD | libc::EV_CLEAR;
        apply(&queue, &[change(OURS, libc::EVFILT_USER, flags, 0)])?;
        let waker = Arc::new(Waker::new(Bell(Arc::clone(&queue))));
        // There is something to do first.
        waker.wake();
        Ok(Poller { queue, waker })
    }

    pub(in crate::client::host_loop) fn fd(&self) -> BorrowedFd<'_> {
        self.queue.as_fd()
    }

    pub(in crate::client::host_loop) fn waker(&self) -> Arc<Waker> {
        Arc::clone(&self.waker)
    }

    /// Waits until it is readable, at most so long.
    pub(in crate::client::host_loop) fn wait(&self, timeout: Option<Duration>) {
        let timeout = timeout.map_or(-1, |it| {
            // Not too early.
            let whole = it.as_nanos().div_ceil(1_000_000);
            libc::c_int::try_from(whole).unwrap_or(libc::c_int::MAX)
        });
        let mut polled = libc::pollfd {
            fd: self.queue.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        // SAFETY: one structure can be read and written. A signal is one reason to return.
        unsafe { libc::poll(&raw mut polled, 1, timeout) };
    }

    /// The streams of which something is to be heard.
    pub(in crate::client::host_loop) fn ready(&self) -> Vec<u64> {
        let mut events = [change(OURS, 0, 0, 0); EVENTS];
        let zero = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: no change is given, and room for so many events, which live until it returns.
        let count = unsafe {
            libc::kevent(
                self.queue.as_raw_fd(),
                std::ptr::null(),
                0,
                events.as_mut_ptr(),
                EVENTS as libc::c_int,
                &raw const zero,
            )
        };
        let Ok(count) = usize::try_from(count) else {
            let error = io::Error::last_os_error();
            log!(Debug, "kevent failed: {error}");
            return Vec::new();
        };
        let ours = |filter| matches!(filter, libc::EVFILT_USER | libc::EVFILT_TIMER);
        let sockets = events.iter().take(count);
        let sockets = sockets.filter(|event| !ours(event.filter));
        sockets.map(|event| event.udata as u64).collect()
    }

    /// Looks at this socket, too: for what comes and, where `writable`, for room.
    pub(in crate::client::host_loop) fn add(
        &self,
        socket: impl AsFd,
        stream: u64,
        writable: bool,
    ) -> io::Result<()> {
        self.modify(socket, stream, true, writable)
    }

    /// Looks for other things. What is closed is not looked at any more.
    pub(in crate::client::host_loop) fn modify(
        &self,
        socket: impl AsFd,
        stream: u64,
        readable: bool,
        writable: bool,
    ) -> io::Result<()> {
        let ident = usize::try_from(socket.as_fd().as_raw_fd()).unwrap_or_default();
        let look = |filter, wanted| {
            let flags = match wanted {
                true => libc::EV_ADD | libc::EV_ENABLE,
                false => libc::EV_ADD | libc::EV_DISABLE,
            };
            let mut look = change(ident, filter, flags, 0);
            // A number, which the system gives back.
            look.udata = stream as *mut libc::c_void;
            look
        };
        let changes = [
            look(libc::EVFILT_READ, readable),
            look(libc::EVFILT_WRITE, writable),
        ];
        apply(&self.queue, &changes)
    }

    /// The descriptor is readable at this time; `None`: at none.
    pub(in crate::client::host_loop) fn arm(&self, at: Option<Instant>) {
        let timer = |flags| {
            // The clock that counts sleep (rule L2).
            let fflags = libc::NOTE_NSECONDS | libc::NOTE_MACH_CONTINUOUS_TIME;
            change(OURS, libc::EVFILT_TIMER, flags, fflags)
        };
        let armed = match at {
            Some(at) => {
                let left = at.saturating_since(clock::now()).as_nanos();
                let mut armed = timer(libc::EV_ADD | libc::EV_ONESHOT);
                armed.data = isize::try_from(left).unwrap_or(isize::MAX);
                apply(&self.queue, &[armed])
            }
            // There may be none.
            None => match apply(&self.queue, &[timer(libc::EV_DELETE)]) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                other => other,
            },
        };
        if let Err(error) = armed {
            log!(Error, "kevent failed: {error}");
        }
    }
}
