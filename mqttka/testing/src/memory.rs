//! Clients and the broker in one thread's memory, with a time of their own.

mod host;

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use mqttka_core::client::hosted::{self, Carrier};
use mqttka_core::client::{Client, Error, Handler, Options};
use mqttka_core::types::Instant;

use crate::broker::{Broker, Output};
use host::Host;

/// How often all take turns before it is given up that they come to rest: two clients that answer each other for ever
/// never do.
const MOST_ROUNDS: usize = 10_000;

/// A world of one broker and clients, in which nothing happens but by its methods: no thread, no socket, and its own
/// time, in which an hour passes in a moment. What happens in it happens the same way each time.
///
/// Clients are made by [`client`](Self::client), of any `mqtt://` address; names are not looked up. Callbacks run within
/// [`settle`](Self::settle), [`pass`](Self::pass) and [`run`](Self::run). Bytes take no time from one end to the other.
///
/// ```
/// use std::time::Duration;
/// use mqttka_core::client::{Event, Handler, Message, Options, State};
/// use mqttka_testing::Memory;
///
/// struct App;
/// impl Handler for App {
///     fn on_event(&self, event: &Event) {
///         println!("{event}");
///     }
///     fn on_message(&self, _: Message, _: u64) {}
/// }
///
/// let mut memory = Memory::new();
/// let mut options = Options::from_uri("mqtt://broker.example")?;
/// options.config.keep_alive = 60;
/// let client = memory.client(options, App, false)?;
/// client.connect()?;
/// memory.settle();
/// assert_eq!(client.status().state, State::Connected);
///
/// memory.broker().go_silent();
/// memory.pass(Duration::from_secs(90));
/// assert_ne!(client.status().state, State::Connected);
/// # Ok::<(), mqttka_core::client::Error>(())
/// ```
pub struct Memory {
    broker: Broker,
    now: Instant,
    hosts: Vec<Host>,
    woken: Arc<Woken>,
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory")
            .field("now", &self.now)
            .field("clients", &self.hosts.len())
            .finish_non_exhaustive()
    }
}

/// Somebody is to have a turn.
#[derive(Debug, Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

impl Default for Memory {
    fn default() -> Self {
        Memory::new()
    }
}

impl Memory {
    /// A broker, and no client yet.
    pub fn new() -> Self {
        Memory {
            broker: Broker::new(),
            now: hosted::now(),
            hosts: Vec::new(),
            woken: Arc::default(),
        }
    }

    /// A client in this world, which does not connect yet. `streams`: messages wait for a stream, or for the handler of
    /// a subscription; else the handler has them.
    ///
    /// # Errors
    /// As of [`hosted::open`].
    pub fn client(
        &mut self,
        options: Options,
        handler: impl Handler,
        streams: bool,
    ) -> Result<Client, Error> {
        let woken = Arc::clone(&self.woken);
        let wake = move || woken.0.store(true, Ordering::Release);
        // The same delays each time, and not for all clients.
        let seed = self.hosts.len() as u64 + 1;
        let opened = hosted::open(options, handler, streams, Carrier::Socket, seed, wake)?;
        let (client, mut hosted) = opened;
        hosted.use_own_time(self.now);
        self.hosts.push(Host::new(hosted));
        Ok(client)
    }

    /// The broker, to be told what to do. What comes of it happens by the methods here.
    pub fn broker(&mut self) -> &mut Broker {
        &mut self.broker
    }

    /// This world's time, which begins with the system's.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The internet is back; see [`Broker::come_back`].
    pub fn come_back(&mut self) {
        self.broker.come_back(self.now);
    }

    /// Everything happens that can without time going on.
    pub fn settle(&mut self) {
        for _ in 0..MOST_ROUNDS {
            if !self.round() {
                return;
            }
        }
    }

    /// Time goes on by so much, and at each moment happens what is due.
    pub fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            self.settle();
            match self.deadline().filter(|at| *at <= end) {
                Some(at) if at > self.now => self.now = at,
                // It did not come to rest.
                Some(_) | None => break,
            }
        }
        self.now = end;
        self.settle();
    }

    /// Waits for a future, such as a client's answer. Time goes on as far as it has to, by `limit` at most; `None`: the
    /// future is not ready then.
    pub fn run<F: IntoFuture>(&mut self, limit: Duration, future: F) -> Option<F::Output> {
        let end = self.now + limit;
        let mut future = pin!(future.into_future());
        let ready = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&ready));
        loop {
            while ready.0.swap(false, Ordering::AcqRel) {
                let mut context = Context::from_waker(&waker);
                if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                    return Some(output);
                }
                self.settle();
            }
            match self.deadline().filter(|at| *at <= end) {
                Some(at) if at > self.now => self.now = at,
                _ if self.now < end => self.now = end,
                _ => return None,
            }
            self.settle();
        }
    }

    /// When something is due, where nothing happens before.
    fn deadline(&self) -> Option<Instant> {
        let hosts = self.hosts.iter().filter_map(Host::deadline);
        hosts.chain(self.broker.poll_deadline()).min()
    }

    /// All have a turn. `true`: there is more to do.
    fn round(&mut self) -> bool {
        let mut more = self.woken.0.swap(false, Ordering::AcqRel);
        for host in &mut self.hosts {
            more |= host.turn(self.now, &mut self.broker);
        }
        self.broker.handle_timeout(self.now);
        while let Some(output) = self.broker.poll_output() {
            more = true;
            for host in &mut self.hosts {
                host.take(&output);
            }
        }
        // What a callback asked for in its turn is done in the next one.
        more || self.woken.0.load(Ordering::Acquire)
    }
}

/// Which connection an output is for.
fn connection_of(output: &Output) -> u64 {
    match output {
        Output::Send { connection, .. }
        | Output::Finish { connection }
        | Output::Close { connection }
        | Output::Reset { connection } => *connection,
    }
}
