//! Linux: an epoll, which can be polled itself, with a timerfd and an eventfd in it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, timerfd_create, timerfd_settime,
};

use super::Waker;
use crate::log::log;
use crate::types::Instant;

/// The numbers of streams begin at 1.
const TIMER: u64 = 0;
const BELL: u64 = u64::MAX;

/// How many events one look takes.
const EVENTS: usize = 32;

pub(in crate::client::host_loop) struct Poller {
    epoll: OwnedFd,
    timer: OwnedFd,
    bell: Arc<OwnedFd>,
    waker: Arc<Waker>,
}

/// Makes the descriptor readable.
pub(super) struct Bell(Arc<OwnedFd>);

impl Bell {
    pub(super) fn ring(&self) {
        // It cannot be full: it is drained before it is rung again.
        let _ = rustix::io::write(&self.0, &1_u64.to_ne_bytes());
    }
}

impl Poller {
    pub(in crate::client::host_loop) fn new() -> io::Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        // The clock that counts sleep: it fires at once after a resume (rule L2).
        let timer = timerfd_create(
            TimerfdClockId::Boottime,
            TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK,
        )?;
        let bell = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        epoll::add(&epoll, &timer, EventData::new_u64(TIMER), EventFlags::IN)?;
        epoll::add(&epoll, &bell, EventData::new_u64(BELL), EventFlags::IN)?;
        let waker = Arc::new(Waker::new(Bell(Arc::clone(&bell))));
        // There is something to do first.
        waker.wake();
        Ok(Poller {
            epoll,
            timer,
            bell,
            waker,
        })
    }

    pub(in crate::client::host_loop) fn fd(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }

    pub(in crate::client::host_loop) fn waker(&self) -> Arc<Waker> {
        Arc::clone(&self.waker)
    }

    /// Waits until it is readable, at most so long.
    pub(in crate::client::host_loop) fn wait(&self, timeout: Option<Duration>) {
        let timeout = timeout.and_then(|it| Timespec::try_from(it).ok());
        let mut fds = [PollFd::new(&self.epoll, PollFlags::IN)];
        // A signal is one reason to return.
        let _ = poll(&mut fds, timeout.as_ref());
    }

    /// The streams of which something is to be heard.
    pub(in crate::client::host_loop) fn ready(&self) -> Vec<u64> {
        let mut events: Vec<Event> = Vec::with_capacity(EVENTS);
        let zero = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        let spare = rustix::buffer::spare_capacity(&mut events);
        if let Err(error) = epoll::wait(&self.epoll, spare, Some(&zero)) {
            log!(Debug, "epoll_wait failed: {error}");
        }
        let mut streams = Vec::new();
        for event in events {
            // The structure is packed.
            let data = event.data;
            match data.u64() {
                TIMER => drain(&self.timer),
                BELL => drain(&self.bell),
                stream => streams.push(stream),
            }
        }
        streams
    }

    /// Looks at this socket, too: for what comes and, where `writable`, for room.
    pub(in crate::client::host_loop) fn add(
        &self,
        socket: impl AsFd,
        stream: u64,
        writable: bool,
    ) -> io::Result<()> {
        let data = EventData::new_u64(stream);
        Ok(epoll::add(
            &self.epoll,
            socket,
            data,
            flags(true, writable),
        )?)
    }

    /// Looks for other things. What is closed is not looked at any more.
    pub(in crate::client::host_loop) fn modify(
        &self,
        socket: impl AsFd,
        stream: u64,
        readable: bool,
        writable: bool,
    ) -> io::Result<()> {
        let data = EventData::new_u64(stream);
        let flags = flags(readable, writable);
        Ok(epoll::modify(&self.epoll, socket, data, flags)?)
    }

    /// The descriptor is readable at this time; `None`: at none.
    pub(in crate::client::host_loop) fn arm(&self, at: Option<Instant>) {
        let zero = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // Zero would disarm it.
        let value = at.map_or(zero, |at| {
            let nanos = at.as_nanos().max(1);
            Timespec {
                tv_sec: i64::try_from(nanos / 1_000_000_000).unwrap_or(i64::MAX),
                tv_nsec: (nanos % 1_000_000_000) as _,
            }
        });
        let spec = Itimerspec {
            it_interval: zero,
            it_value: value,
        };
        if let Err(error) = timerfd_settime(&self.timer, TimerfdTimerFlags::ABSTIME, &spec) {
            log!(Error, "timerfd_settime failed: {error}");
        }
    }
}

fn flags(readable: bool, writable: bool) -> EventFlags {
    let mut flags = EventFlags::empty();
    flags.set(EventFlags::IN | EventFlags::RDHUP, readable);
    flags.set(EventFlags::OUT, writable);
    flags
}

fn drain(fd: &OwnedFd) {
    let mut count = [0; 8];
    // Nothing there is no news.
    let _ = rustix::io::read(fd, &mut count);
}
