//! A client in the loop of the program that uses it: one descriptor to poll, and a function to call
//! when it is ready. No thread of the library's own: sockets, layers, timers and callbacks run
//! inside [`HostLoop::process`]. Linux; macOS and iOS, where nobody has run it yet; feature
//! `host-loop`.
//!
//! It is the same [`Client`] over the same driver as every other one, driven as
//! [`hosted`] describes, by a loop that is in here. What differs:
//!
//! - The loop has to call [`process`](HostLoop::process) soon after the
//!   [descriptor](HostLoop::fd) became readable. It does so by itself at the deadline, too, so no
//!   other timer is needed. A loop that does not call it cannot keep the promise meanwhile: what comes
//!   late is judged as a gap.
//! - Callbacks, completions, providers, authenticators, verifiers and socket hooks run inside
//!   `process`, and hold up the loop as long as they take. Of waiting methods, none may be called there.
//! - A name is looked up by the program's [`NameResolver`]; without one, by the system, which
//!   blocks `process` for as long as it takes. Addresses, and `localhost` on most systems, cost nothing.
//! - Nothing says goodbye at the end of the process: close the client, and go on calling `process`
//!   until it [is over](HostLoop::is_over).
//! - The network monitor is off: tell the client of changes
//!   ([`Client::network_changed`](super::Client::network_changed)).

mod link;
mod poller;
mod resolver;

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::Duration;

use self::link::{Driven, Link, Outside};
use self::poller::{Poller, Waker};
use self::resolver::{Answers, Lookups};
use super::hosted::{self, Hosted};
use super::start::seed;
use super::{Client, Handler, Options, fork};
use crate::clock::{self, Reading};
use crate::error::Error;
use crate::transport::options::Carrier;
use crate::transport::polled::Failures;
use crate::transport::{Action, Sockets};
use crate::types::Instant;

pub use resolver::{NameRequest, NameResolver};

/// Turns that one call takes at most; then the program's loop has its turn.
const TURNS: usize = 16;

/// Bytes that may wait for a turn before no more are read: real memory, whatever a broker sends.
const UNREAD: usize = 256 * 1024;

/// What one read asks for.
const READ: usize = 64 * 1024;

/// Sleep of the system that counts: less is the imprecision of two clocks.
const SLEPT: Duration = Duration::from_millis(50);

/// Makes a client that the program's own loop drives; it does not connect yet. The handler hears
/// events only where `streams`: messages then wait for a stream or for the handler of a
/// subscription. `resolver`: looks names up; `None`: the system does, inside
/// [`HostLoop::process`].
///
/// # Errors
/// [`Error::InvalidOption`] names the option that is wrong; [`Error::Startup`] where the system
/// gives no descriptor (it takes three); [`Error::Forked`].
pub fn open(
    options: Options,
    handler: impl Handler,
    streams: bool,
    resolver: Option<Arc<dyn NameResolver>>,
) -> Result<(Client, HostLoop), Error> {
    fork::check()?;
    // A child has the same descriptors, and would take what is its parent's.
    fork::watch();
    let poller = Poller::new().map_err(|error| Error::Startup(error.to_string()))?;
    let waker = poller.waker();
    let wakes = Arc::clone(&waker);
    let host = hosted::Host {
        carrier: Carrier::Socket,
        own: true,
    };
    let handler: Arc<dyn Handler> = Arc::new(handler);
    let wake = move || wakes.wake();
    let (client, hosted, ways) = hosted::open_for(options, handler, streams, host, seed(), wake)?;
    let host_loop = HostLoop {
        hosted,
        sockets: Arc::clone(&ways.sockets),
        lookups: Lookups::new(resolver, Answers::new(Arc::clone(&waker))),
        poller,
        waker,
        links: BTreeMap::new(),
        failures: Failures::default(),
        buffer: Vec::new(),
        last: clock::read(),
        deadline: Some(clock::now()),
    };
    Ok((client, host_loop))
}

/// Drives one client. Dropping it ends the client at once, as a failure of its engine.
pub struct HostLoop {
    hosted: Hosted,
    sockets: Arc<Sockets>,
    lookups: Lookups,
    poller: Poller,
    waker: Arc<Waker>,
    /// The streams that were asked for and are not over, by their numbers: two at most that are
    /// in use, and those that still have something to send.
    links: BTreeMap<u64, Link>,
    failures: Failures,
    /// What reads go to; none of it stays where nothing comes.
    buffer: Vec<u8>,
    last: Reading,
    deadline: Option<Instant>,
}

impl std::fmt::Debug for HostLoop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostLoop")
            .field("is_over", &self.is_over())
            .finish_non_exhaustive()
    }
}

impl HostLoop {
    /// The descriptor: it is readable when [`process`](Self::process) has something to do, also
    /// where only time has passed. To be polled for reading alone, level by level; the same one for
    /// the loop's whole life, and closed with it.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.poller.fd()
    }

    /// How long until [`process`](Self::process) has something to do although nothing comes; zero
    /// where it has now; `None`: for ever. For loops that want it for a timeout of their own; the
    /// descriptor becomes readable then, too.
    pub fn deadline(&self) -> Option<Duration> {
        if self.waker.is_rung() {
            return Some(Duration::ZERO);
        }
        let now = clock::now();
        self.deadline.map(|at| at.saturating_since(now))
    }

    /// Does what there is to do now, within bounds, and calls back. Waits for nothing, but for
    /// what callbacks take and, without a [`NameResolver`], for the system's. Early and repeated
    /// calls change nothing.
    pub fn process(&mut self) {
        let reading = clock::read();
        let mut suspended = reading.slept_since(&self.last) > SLEPT;
        self.last = reading;
        self.waker.begin();
        // Asked here and now, so that what came is read before anything is judged (rule L9).
        for stream in self.poller.ready() {
            if let Some(link) = self.links.get_mut(&stream) {
                link.readable = true;
            }
        }
        let mut now = reading.now;
        let mut more = false;
        let mut deadline = None;
        for _ in 0..TURNS {
            self.drive(now);
            let turn = self.hosted.turn(now, std::mem::take(&mut suspended));
            let acted = self.act(now);
            deadline = turn.deadline;
            more = turn.more | acted | self.waker.is_rung_again();
            if !more {
                break;
            }
            now = clock::now();
        }
        if self.buffer.capacity() > 0 && !self.links.values().any(|link| link.readable) {
            self.buffer = Vec::new();
        }
        let of_links = self.links.values().map(Link::deadline);
        self.deadline = Instant::earliest(of_links.chain([deadline]));
        if more {
            self.deadline = Some(now);
        }
        self.poller.arm(self.deadline);
        self.waker.end();
    }

    /// Waits until [`process`](Self::process) has something to do, at most so long; for programs
    /// that have no loop, and at their end.
    pub fn wait(&self, timeout: Option<Duration>) {
        self.poller.wait(timeout);
    }

    /// Whether the client has ended, and nothing follows: no callback, and no byte.
    pub fn is_over(&self) -> bool {
        self.hosted.is_closed() && self.links.is_empty()
    }

    /// Sockets and names.
    fn drive(&mut self, now: Instant) {
        for (stream, answer) in self.lookups.answers() {
            if let Some(link) = self.links.get_mut(&stream) {
                link.resolved(now, answer, &self.failures, &self.sockets, &mut self.hosted);
            }
        }
        let mut over = Vec::new();
        for (stream, link) in &mut self.links {
            let mut outside = Outside {
                hosted: &mut self.hosted,
                poller: &self.poller,
                failures: &mut self.failures,
                buffer: &mut self.buffer,
            };
            if let Driven::Over = link.drive(now, &mut outside) {
                over.push(*stream);
            }
        }
        for stream in over {
            self.links.remove(&stream);
        }
    }

    /// Does what the client asks of its host; `false`: nothing.
    fn act(&mut self, now: Instant) -> bool {
        let mut acted = false;
        while let Some(action) = self.hosted.poll_action() {
            acted = true;
            match action {
                Action::Open {
                    stream,
                    server,
                    deadline,
                    ..
                } => {
                    let mut link = Link::new(stream, &server);
                    let left = deadline.saturating_since(now);
                    link.begin(
                        now,
                        &server,
                        &mut self.lookups,
                        left,
                        &self.failures,
                        &self.sockets,
                        &mut self.hosted,
                    );
                    self.links.insert(stream, link);
                }
                Action::Write { stream, bytes } => {
                    if let Some(link) = self.links.get_mut(&stream) {
                        link.write(bytes);
                    }
                }
                Action::Finish { stream } => {
                    if let Some(link) = self.links.get_mut(&stream) {
                        link.finish();
                    }
                }
                Action::Close { stream } => {
                    if let Some(link) = self.links.get_mut(&stream) {
                        link.close(now);
                    }
                }
                Action::Abort { stream } => {
                    if let Some(link) = self.links.remove(&stream) {
                        link.abort(&mut self.failures);
                    }
                }
            }
        }
        acted
    }
}

impl AsFd for HostLoop {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd()
    }
}

impl std::os::fd::AsRawFd for HostLoop {
    fn as_raw_fd(&self) -> std::os::fd::RawFd {
        self.fd().as_raw_fd()
    }
}

/// Nothing but what was there before.
fn is_nothing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}
