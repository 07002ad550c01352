//! A client whose engine a host drives: it has no thread, no socket and, on WebAssembly, no clock. For
//! programs that have a loop of their own, and for systems that have nothing else, such as browsers.
//!
//! It is the same [`Client`]: options, session, queue, streams, outcomes and liveness do not know
//! who drives them. [`open`] gives it, and the [`Hosted`] that drives it:
//!
//! - Take a [`turn`](Hosted::turn) when the `wake` function was called, after each `handle_*`, at
//!   the deadline that the last turn named, and again at once where it said `more` (after others
//!   had their turn). Early and repeated turns change nothing.
//! - After each turn, do the [actions](Hosted::poll_action), in order: open, write, close.
//! - Tell what becomes of the streams that were asked for, with the `handle_*` methods. What is told
//!   of a stream that is over changes nothing.
//!
//! Callbacks ([`Handler`], completions that call, message handlers, the connection provider) run
//! inside [`turn`](Hosted::turn), lifecycle events first. They may call every method of the
//! client, but not of its `Hosted`. One that does not return stops the client: where that may be,
//! use [`Client::new`], whose engine has a thread of its own.
//!
//! # Time
//!
//! `now` comes from one monotonic clock, which should count the time in which the system sleeps
//!. On WebAssembly it is the only clock that there is; elsewhere it must be the system's
//! ([`now`]), which what the client does outside of turns reads, too.

use std::cell::Cell;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use bytes::{Bytes, BytesMut};

use super::assemble::{Parts, assemble};
use super::bell::Bell;
use super::completion::Completion;
use super::host::EngineSide;
use super::inbox::Inbox;
use super::runner::{Runner, Turns};
use super::shared::Around;
use super::{Client, Handler, Options, fork};
use crate::clock;
use crate::driver::{Dial, Driver};
use crate::engine::{Owner, Tap};
use crate::error::{Error, Stage, TransportError};
use crate::transport::options::Proxy;
use crate::transport::{Actions, HostedConnector, Layered, Pipe, Ways};
use crate::types::Instant;

pub use crate::transport::Action;
pub use crate::transport::options::Carrier;

/// Lanes that one turn runs at most, of each kind: 256 callbacks each.
const LANES_PER_TURN: usize = 16;

/// What a turn leaves to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// There is more to do at once: take another turn when others had theirs.
    pub more: bool,
    /// When the next turn is due, where nothing happens before.
    pub deadline: Option<Instant>,
}

/// The time now, by the clock that the library reads: the system's, or, on WebAssembly, what it
/// was told last.
pub fn now() -> Instant {
    clock::now()
}

/// Tells the time, where there is no clock: before each call on a client that is not made within a
/// turn.
#[cfg(target_family = "wasm")]
pub fn set_now(now: Instant) {
    clock::set(now);
}

thread_local! {
    /// What reads go to, for all clients of the thread: an idle one owns none of it.
    static SCRATCH: Cell<BytesMut> = Cell::default();
}

struct Woken(Arc<dyn Fn() + Send + Sync>);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

/// Makes a client that the caller drives; it does not connect yet. `wake` is called when a turn
/// is due at once; it must not take it itself, and it may be called from any thread that calls the
/// client. `carrier` says what the host's streams are. `seed` has to be different for each client,
/// and not to be guessed: backoff comes of it, and where responses go. The handler hears events only
/// where `streams`: messages then wait for a stream or for the handler of a subscription.
///
/// # Errors
/// [`Error::InvalidOption`] names the option that is wrong, or that a host's streams cannot have:
/// a proxy, and what is done to sockets. [`Error::InvalidArgument`] where this build or the host
/// cannot reach a server. [`Error::Forked`].
pub fn open(
    options: Options,
    handler: impl Handler,
    streams: bool,
    carrier: Carrier,
    seed: u64,
    wake: impl Fn() + Send + Sync + 'static,
) -> Result<(Client, Hosted), Error> {
    let host = Host {
        carrier,
        own: false,
    };
    let handler: Arc<dyn Handler> = Arc::new(handler);
    open_for(options, handler, streams, host, seed, wake)
        .map(|(client, hosted, _)| (client, hosted))
}

/// Who drives a client.
pub(super) struct Host {
    pub(super) carrier: Carrier,
    /// It is this library's own loop.
    pub(super) own: bool,
}

/// As [`open`]; also gives what streams are made with.
pub(super) fn open_for(
    mut options: Options,
    handler: Arc<dyn Handler>,
    streams: bool,
    host: Host,
    seed: u64,
    wake: impl Fn() + Send + Sync + 'static,
) -> Result<(Client, Hosted, Ways), Error> {
    fork::check()?;
    let carrier = host.carrier;
    options.carrier = carrier;
    options.network_monitor = false;
    options.check()?;
    if options.proxy != Proxy::None && !host.own {
        let bound = "none, as the host opens the streams";
        return Err(Error::invalid_option("proxy", "given", bound));
    }
    let (routes, ways) = (options.routes()?, options.ways()?);
    let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(wake);
    let (lifecycle, messages) = (Turns::new(Arc::clone(&wake)), Turns::new(Arc::clone(&wake)));
    let around = Around {
        bell: Bell::Host,
        lifecycle: Runner::Host(Arc::clone(&lifecycle)),
        messages: Runner::Host(Arc::clone(&messages)),
    };
    let Parts {
        inner,
        owner,
        machine,
    } = assemble(options, handler, around, streams, seed);
    let actions = Actions::default();
    #[cfg_attr(
        not(all(
            feature = "host-loop",
            any(target_os = "linux", target_vendor = "apple")
        )),
        expect(unused_mut, reason = "the host is another's")
    )]
    let mut connector = HostedConnector::new(routes, ways.clone(), carrier, actions.clone());
    #[cfg(all(
        feature = "host-loop",
        any(target_os = "linux", target_vendor = "apple")
    ))]
    if host.own {
        connector.set_own();
    }
    let hosted = Hosted {
        engine: Some(Engine {
            driver: Driver::new(machine),
            owner,
            connector,
        }),
        actions,
        lifecycle,
        messages,
        waker: Waker::from(Arc::new(Woken(wake))),
        parked: false,
        own_time: None,
    };
    Ok((Client(Arc::new(inner)), hosted, ways))
}

struct Engine {
    driver: Driver<Layered<Pipe>, Completion>,
    owner: EngineSide,
    connector: HostedConnector,
}

/// Drives one client. Dropping it ends the client at once, as a failure of its engine.
pub struct Hosted {
    /// `None` when the client has ended.
    engine: Option<Engine>,
    actions: Actions,
    lifecycle: Arc<Turns>,
    messages: Arc<Turns>,
    waker: Waker,
    /// No attempt begins.
    parked: bool,
    /// Where the host has a time of its own: whom it is told.
    own_time: Option<Arc<Inbox>>,
}

impl std::fmt::Debug for Hosted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hosted")
            .field("is_closed", &self.is_closed())
            .field("parked", &self.parked)
            .finish_non_exhaustive()
    }
}

impl Hosted {
    /// For hosts with a time of their own, such as tests, in which an hour passes in a moment: from
    /// now on it is for this client what its turns are told, also for what it does outside of them.
    pub fn use_own_time(&mut self, now: Instant) {
        if let Some(engine) = &self.engine {
            let inbox = Arc::clone(engine.owner.inbox());
            inbox.time.tell(now);
            self.own_time = Some(inbox);
        }
    }

    /// Does what there is to do now, within bounds: the engine's part, then callbacks.
    /// `suspended`: the host knows that the system slept since the last turn.
    pub fn turn(&mut self, now: Instant, suspended: bool) -> Turn {
        #[cfg(target_family = "wasm")]
        clock::set(now);
        if let Some(inbox) = &self.own_time {
            inbox.time.tell(now);
        }
        let mut turn = Turn {
            more: false,
            deadline: None,
        };
        if let Some(engine) = &mut self.engine {
            let waker = &self.waker;
            let run = || match self.parked {
                true => Some(Turn {
                    more: false,
                    deadline: None,
                }),
                false => engine.turn(now, suspended, waker),
            };
            match catch_unwind(AssertUnwindSafe(run)) {
                Ok(Some(turned)) => turn = turned,
                Ok(None) => {
                    if let Some(mut engine) = self.engine.take() {
                        engine.owner.ended();
                    }
                }
                Err(_) => self.fail("internal error: the engine panicked"),
            }
        }
        // Who hears that a connection has ended may begin another one at once.
        self.lifecycle.run(LANES_PER_TURN);
        turn.more |= self.messages.run(LANES_PER_TURN);
        turn.more |= self.lifecycle.is_waiting();
        turn
    }

    /// What the host is to do next; `None`: nothing until the next turn.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop()
    }

    /// The opening of the stream has entered this stage.
    pub fn handle_stage(&mut self, now: Instant, stream: u64, stage: Stage) {
        if let Some(engine) = &mut self.engine {
            engine.connector.handle_stage(now, stream, stage);
        }
    }

    /// The stream is open; `address` is the peer's, where the host knows it.
    pub fn handle_opened(&mut self, now: Instant, stream: u64, address: Option<SocketAddr>) {
        if let Some(engine) = &mut self.engine {
            engine.connector.handle_opened(now, stream, address);
        }
    }

    /// The stream could not be opened: this stage failed.
    pub fn handle_open_failed(
        &mut self,
        now: Instant,
        stream: u64,
        stage: Stage,
        error: TransportError,
    ) {
        if let Some(engine) = &mut self.engine {
            let connector = &mut engine.connector;
            connector.handle_open_failed(now, stream, stage, error);
        }
    }

    /// Bytes came: they are evidence of life.
    pub fn handle_received(&mut self, stream: u64, bytes: impl Into<Bytes>) {
        if let Some(end) = self.end(stream) {
            end.received(bytes.into());
        }
    }

    /// Under a layer of the host's, such as TLS, more bytes came after `at` than it could take apart
    /// so far, and none of the stream's: evidence of life as well, until some of these come. To be
    /// looked for before each turn; `at` is when the host looked last.
    pub fn handle_unfinished(&mut self, stream: u64, at: Instant) {
        if let Some(engine) = &mut self.engine
            && engine.connector.newest() == stream
        {
            engine.driver.handle_unfinished(at);
        }
    }

    /// How many of the bytes that came no turn has read yet, as one takes a bounded amount: a host
    /// that can stops receiving while they are many.
    pub fn unread(&self, stream: u64) -> usize {
        self.end(stream)
            .map_or(0, crate::transport::PipeEnd::unread)
    }

    /// So many of the bytes that were to be written wait with the host; to be told after each write,
    /// and until nothing waits. Beyond some that leave quickly (16 KiB to 1 MiB, as measured), the
    /// library waits, and where they stand still it suspects the peer. Where there
    /// is room again, or something begins to wait, it asks for a turn by `wake`; else none has to follow.
    pub fn handle_buffered(&mut self, now: Instant, stream: u64, bytes: usize) {
        if let Some(end) = self.end(stream)
            && end.buffered(now, bytes)
        {
            self.waker.wake_by_ref();
        }
    }

    /// The peer sends no more.
    pub fn handle_end(&mut self, stream: u64) {
        if let Some(end) = self.end(stream) {
            end.ended(Ok(()));
        }
    }

    /// The stream has failed.
    pub fn handle_failed(&mut self, stream: u64, error: TransportError) {
        if let Some(end) = self.end(stream) {
            end.ended(Err(error));
        }
    }

    pub(super) fn end(&self, stream: u64) -> Option<&crate::transport::PipeEnd> {
        self.engine.as_ref()?.connector.end(stream)
    }

    /// The system is about to stop this program for an unknown time, such as a browser that puts a
    /// page away: the broker is told, and the connection ends with
    /// [`DisconnectCause::ReclaimedBySystem`](super::DisconnectCause::ReclaimedBySystem); an attempt
    /// fails. A turn has to follow, which calls back; what else is asked of the client waits for
    /// [`unpark`](Self::unpark).
    pub fn park(&mut self, now: Instant) {
        if let Some(engine) = &mut self.engine
            && !std::mem::replace(&mut self.parked, true)
        {
            engine.park(now);
        }
    }

    /// The program goes on: where the client comes back by itself, it does so at once. A turn has
    /// to follow.
    pub fn unpark(&mut self) {
        if let Some(engine) = &mut self.engine
            && std::mem::take(&mut self.parked)
        {
            engine.owner.hurry();
        }
    }

    /// Whether the client has ended, and nothing follows.
    pub fn is_closed(&self) -> bool {
        self.engine.is_none()
    }

    /// Ends the client where its engine cannot go on: every event and outcome that is owed comes,
    /// in the turns that follow.
    pub fn fail(&mut self, reason: &str) {
        if let Some(mut engine) = self.engine.take() {
            let tokens = catch_unwind(AssertUnwindSafe(|| engine.driver.abandon()));
            engine.owner.failed(reason, tokens.unwrap_or_default());
            let _ = catch_unwind(AssertUnwindSafe(|| engine.driver.abort()));
        }
    }
}

impl Drop for Hosted {
    fn drop(&mut self) {
        self.fail("the host drives the client no more");
    }
}

impl Engine {
    fn park(&mut self, now: Instant) {
        let Engine {
            driver,
            owner,
            connector,
        } = self;
        let reclaimed = || TransportError::reclaimed("the system put the program away");
        if connector.is_dialing() {
            driver.handle_open_failed(now, connector.stage(), reclaimed());
        }
        let mut tap = Tap {
            owner,
            connector,
            now,
        };
        driver.reclaim(now, reclaimed(), &mut tap);
        connector.stop();
    }

    /// `None`: the client has ended.
    fn turn(&mut self, now: Instant, suspended: bool, waker: &Waker) -> Option<Turn> {
        let Engine {
            driver,
            owner,
            connector,
        } = self;
        let opened = connector.poll(now);
        driver.handle_stage(connector.stage());
        match opened {
            Some(Ok(stream)) => {
                if let Some(server) = connector.server() {
                    driver.set_server(server.clone());
                }
                driver.handle_opened(now, stream);
            }
            Some(Err(failed)) => driver.handle_open_failed(now, failed.stage, failed.error),
            None => {}
        }
        driver.set_alone(true);
        let mut tap = Tap {
            owner,
            connector,
            now,
        };
        let mut scratch = SCRATCH.take();
        let turn = driver.turn(now, suspended, &mut scratch, &mut tap);
        SCRATCH.set(scratch);
        if driver.is_closed() {
            connector.stop();
            return None;
        }
        let mut more = turn.more;
        match turn.dial {
            Some(Dial::GiveUp) => connector.stop(),
            Some(Dial::Open { deadline }) => {
                let number = driver.machine().connection_number();
                connector.start(now, deadline, number, owner.overrides());
                more = true;
            }
            None => {}
        }
        more |= owner
            .poll_commands(&mut Context::from_waker(waker))
            .is_ready();
        let deadlines = [turn.deadline, connector.deadline()];
        Some(Turn {
            more,
            deadline: Instant::earliest(deadlines),
        })
    }
}
