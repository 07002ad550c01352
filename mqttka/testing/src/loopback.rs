//! The broker on a port of the loopback interface, with one thread for all of its sockets.

mod expecting;
mod layers;
mod peer;
mod port;
mod transport;

use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant as Clock;

use mio::Waker;
use mqttka_core::codec::PacketType;
use mqttka_core::types::{Instant, Message, Properties, Property, PropertyId, ReasonCode};

use crate::broker::Broker;
use crate::error::Error;
use crate::script::Acknowledging;
use crate::seen::Seen;
use expecting::Waiting;
use layers::Maker;
use port::Port;
pub use transport::Transport;

/// What the test and the broker's thread share.
#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Something was seen.
    seen: Condvar,
    began: Clock,
}

#[derive(Debug, Default)]
struct State {
    broker: Broker,
    stopped: bool,
    waiting: Waiting,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Instant {
        Instant::ORIGIN + self.began.elapsed()
    }
}

/// A broker on a free port of the loopback interface (127.0.0.1), until it is dropped or [stopped](Self::stop).
///
/// What it is told holds when the call returns: after [`go_silent`](Self::go_silent) not a byte is answered. Every method
/// may be called from any thread. What `expect` waits for comes in the order in which the broker saw it, and is taken by it.
///
/// ```
/// use mqttka_testing::FakeBroker;
///
/// let broker = FakeBroker::start()?;
/// println!("{}", broker.uri()); // mqtt://127.0.0.1:40123
/// # Ok::<(), mqttka_testing::Error>(())
/// ```
///
/// Where a method has a `client_id`, `None` means all connections that there are.
///
/// # Bounds
///
/// Those of [`Broker`]. What a client does not read is kept, up to 64 MiB, beyond which the connection is reset.
pub struct FakeBroker {
    shared: Arc<Shared>,
    waker: Waker,
    port: u16,
    transport: Transport,
    authority: Option<String>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Where the thread is.
    process: u32,
}

impl fmt::Debug for FakeBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeBroker")
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl FakeBroker {
    /// Starts one on a port that is free.
    ///
    /// # Errors
    /// [`Error::Startup`].
    pub fn start() -> Result<Self, Error> {
        FakeBroker::start_on(0)
    }

    /// Starts one on this port, such as that of one that was stopped.
    ///
    /// # Errors
    /// [`Error::Startup`].
    pub fn start_on(port: u16) -> Result<Self, Error> {
        FakeBroker::start_with(port, Transport::Tcp)
    }

    /// Starts one that speaks TLS, WebSocket, or both. `port`: 0 for one that is free.
    ///
    /// TLS has a certificate for `localhost`, `127.0.0.1` and `::1`, of an [authority](Self::authority) that is made
    /// for this broker alone, and that the client has to be told.
    ///
    /// # Errors
    /// [`Error::Startup`]; [`Error::InvalidArgument`] where the crate was built without the transport's feature.
    pub fn start_with(port: u16, transport: Transport) -> Result<Self, Error> {
        transport.check()?;
        let failed = |error: io::Error| Error::Startup(error.to_string());
        #[cfg(feature = "tls")]
        let identity = match transport.has_tls() {
            true => Some(layers::tls::Identity::new()?),
            false => None,
        };
        #[cfg(feature = "tls")]
        let authority = identity.as_ref().map(|it| it.authority.clone());
        #[cfg(not(feature = "tls"))]
        let authority = None;
        let maker = Maker {
            transport,
            #[cfg(feature = "tls")]
            identity,
        };
        let (listening, waker) = Port::listen(port, maker).map_err(failed)?;
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            seen: Condvar::new(),
            began: Clock::now(),
        });
        let port = listening.number();
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("mqttka-fake".to_owned())
            .spawn(move || listening.run(&theirs))
            .map_err(failed)?;
        Ok(FakeBroker {
            shared,
            waker,
            port,
            transport,
            authority,
            thread: Mutex::new(Some(thread)),
            process: std::process::id(),
        })
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where clients find it: `mqtt://127.0.0.1:PORT`, `mqtts://127.0.0.1:PORT`, `ws://127.0.0.1:PORT/mqtt` or
    /// `wss://127.0.0.1:PORT/mqtt`.
    pub fn uri(&self) -> String {
        self.transport.uri(self.port)
    }

    /// The certificate of the authority that has issued the broker's, in PEM, for the client's option `tls_ca`; `None`:
    /// there is no TLS.
    pub fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// Stops it: connections are reset, the port is free. Repeating it does nothing, and in a forked child, which has no
    /// thread of it, it does nothing either.
    pub fn stop(&self) {
        // Any lock may be held there for ever.
        if std::process::id() != self.process {
            return;
        }
        let mut state = self.shared.lock();
        state.stopped = true;
        self.wake();
        self.shared.tell_waiting(state);
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            // It does not panic; and if it did, the test has heard of it.
            let _ = thread.join();
        }
    }

    /// Whether it was stopped.
    pub fn is_stopped(&self) -> bool {
        self.shared.lock().stopped
    }

    /// Takes the oldest thing that was seen and not taken before, whatever it is. Does not wait.
    pub fn take_any(&self) -> Option<Seen> {
        self.shared.lock().broker.take_any()
    }

    /// Forgets what was seen so far.
    pub fn forget_seen(&self) {
        self.shared.lock().broker.forget_seen();
    }

    /// The identifiers of the clients that are connected.
    pub fn clients(&self) -> Vec<String> {
        self.shared.lock().broker.clients()
    }

    /// The message that is retained on this topic.
    pub fn retained(&self, topic: &str) -> Option<Message> {
        self.shared.lock().broker.retained(topic).cloned()
    }

    /// As [`Broker::go_silent`]. New connections are left to the system, which opens some of them; nobody answers there.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn go_silent(&self) -> Result<(), Error> {
        self.tell(|broker, _| broker.go_silent())
    }

    /// As [`Broker::come_back`].
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn come_back(&self) -> Result<(), Error> {
        self.tell(Broker::come_back)
    }

    /// As [`Broker::refuse_connections`].
    ///
    /// # Errors
    /// As there; [`Error::Stopped`].
    pub fn refuse_connections(
        &self,
        reason_code: ReasonCode,
        times: Option<u32>,
    ) -> Result<(), Error> {
        self.tell(|broker, _| broker.refuse_connections(reason_code, times))?
    }

    /// As [`Broker::accept_connections`].
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn accept_connections(&self) -> Result<(), Error> {
        self.tell(|broker, _| broker.accept_connections())
    }

    /// As [`Broker::answer_connects`].
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn answer_connects(&self, answer: bool) -> Result<(), Error> {
        self.tell(|broker, _| broker.answer_connects(answer))
    }

    /// As [`Broker::answer_pings`].
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn answer_pings(&self, answer: bool) -> Result<(), Error> {
        self.tell(|broker, _| broker.answer_pings(answer))
    }

    /// As [`Broker::acknowledge`].
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn acknowledge(&self, acknowledging: Acknowledging) -> Result<(), Error> {
        self.tell(|broker, _| broker.acknowledge(acknowledging))
    }

    /// As [`Broker::refuse_publishes`].
    ///
    /// # Errors
    /// As there; [`Error::Stopped`].
    pub fn refuse_publishes(&self, reason_code: Option<ReasonCode>) -> Result<(), Error> {
        self.tell(|broker, _| broker.refuse_publishes(reason_code))?
    }

    /// As [`Broker::refuse_subscriptions`].
    ///
    /// # Errors
    /// As there; [`Error::Stopped`].
    pub fn refuse_subscriptions(&self, reason_code: Option<ReasonCode>) -> Result<(), Error> {
        self.tell(|broker, _| broker.refuse_subscriptions(reason_code))?
    }

    /// As [`Broker::refuse_unsubscriptions`].
    ///
    /// # Errors
    /// As there; [`Error::Stopped`].
    pub fn refuse_unsubscriptions(&self, reason_code: Option<ReasonCode>) -> Result<(), Error> {
        self.tell(|broker, _| broker.refuse_unsubscriptions(reason_code))?
    }

    /// As [`Broker::use_topic_aliases`].
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn use_topic_aliases(&self, use_them: bool) -> Result<(), Error> {
        self.tell(|broker, _| broker.use_topic_aliases(use_them))
    }

    /// As [`Broker::send_copies`].
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn send_copies(&self, send_them: bool) -> Result<(), Error> {
        self.tell(|broker, _| broker.send_copies(send_them))
    }

    /// As [`Broker::announce`].
    ///
    /// # Errors
    /// As there; [`Error::Stopped`].
    pub fn announce(&self, property: Property) -> Result<(), Error> {
        self.tell(|broker, _| broker.announce(property))?
    }

    /// As [`Broker::announce_all`].
    ///
    /// # Errors
    /// As there; [`Error::Stopped`].
    pub fn announce_all(&self, properties: Properties) -> Result<(), Error> {
        self.tell(|broker, _| broker.announce_all(properties))?
    }

    /// As [`Broker::announce_number`].
    ///
    /// # Errors
    /// As there; [`Error::Stopped`].
    pub fn announce_number(&self, property: PropertyId, value: u32) -> Result<(), Error> {
        self.tell(|broker, _| broker.announce_number(property, value))?
    }

    /// As [`Broker::authenticate`].
    ///
    /// # Errors
    /// As there; [`Error::Stopped`].
    pub fn authenticate(&self, method: Option<&str>) -> Result<(), Error> {
        self.tell(|broker, _| broker.authenticate(method))?
    }

    /// As [`Broker::challenge`].
    ///
    /// # Errors
    /// As there; [`Error::Stopped`].
    pub fn challenge(&self, data: &[u8]) -> Result<(), Error> {
        self.tell(|broker, _| broker.challenge(data))?
    }

    /// As [`Broker::finish_authentication`].
    ///
    /// # Errors
    /// As there; [`Error::Stopped`].
    pub fn finish_authentication(&self, data: Option<&[u8]>) -> Result<(), Error> {
        self.tell(|broker, _| broker.finish_authentication(data))?
    }

    /// As [`Broker::authenticate_scram`].
    ///
    /// # Errors
    /// [`Error::Stopped`].
    #[cfg(feature = "scram")]
    pub fn authenticate_scram(&self, user: &str, password: &str) -> Result<(), Error> {
        self.tell(|broker, _| broker.authenticate_scram(user, password))
    }

    /// As [`Broker::refuse_authentications`].
    ///
    /// # Errors
    /// As there; [`Error::Stopped`].
    pub fn refuse_authentications(&self, reason_code: Option<ReasonCode>) -> Result<(), Error> {
        self.tell(|broker, _| broker.refuse_authentications(reason_code))?
    }

    /// As [`Broker::set_properties`].
    ///
    /// # Errors
    /// As there; [`Error::Stopped`].
    pub fn set_properties(
        &self,
        packet_type: PacketType,
        properties: Properties,
    ) -> Result<(), Error> {
        self.tell(|broker, _| broker.set_properties(packet_type, properties))?
    }

    /// As [`Broker::publish`].
    ///
    /// # Errors
    /// As there; [`Error::Stopped`].
    pub fn publish(&self, message: impl Into<Message>) -> Result<(), Error> {
        let message = message.into();
        self.tell(|broker, now| broker.publish(now, message))?
    }

    /// As [`Broker::send_bytes`].
    ///
    /// # Errors
    /// As there; [`Error::Stopped`].
    pub fn send_bytes(&self, client_id: Option<&str>, bytes: &[u8]) -> Result<(), Error> {
        self.tell(|broker, _| broker.send_bytes(client_id, bytes))?
    }

    /// As [`Broker::disconnect`].
    ///
    /// # Errors
    /// As there; [`Error::Stopped`].
    pub fn disconnect(
        &self,
        client_id: Option<&str>,
        reason_code: ReasonCode,
        reason_string: Option<&str>,
    ) -> Result<(), Error> {
        self.tell(|broker, now| broker.disconnect(now, client_id, reason_code, reason_string))?
    }

    /// As [`Broker::close`].
    ///
    /// # Errors
    /// As there; [`Error::Stopped`].
    pub fn close(&self, client_id: Option<&str>) -> Result<(), Error> {
        self.tell(|broker, now| broker.close(now, client_id))?
    }

    /// As [`Broker::half_close`].
    ///
    /// # Errors
    /// As there; [`Error::Stopped`].
    pub fn half_close(&self, client_id: Option<&str>) -> Result<(), Error> {
        self.tell(|broker, _| broker.half_close(client_id))?
    }

    /// As [`Broker::reset`].
    ///
    /// # Errors
    /// As there; [`Error::Stopped`].
    pub fn reset(&self, client_id: Option<&str>) -> Result<(), Error> {
        self.tell(|broker, now| broker.reset(now, client_id))?
    }

    /// As [`Broker::forget_sessions`].
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn forget_sessions(&self) -> Result<(), Error> {
        self.tell(|broker, _| broker.forget_sessions())
    }

    /// Does something with the broker, and has its thread do what comes of it.
    fn tell<T>(&self, what: impl FnOnce(&mut Broker, Instant) -> T) -> Result<T, Error> {
        let mut state = self.shared.lock();
        if state.stopped {
            return Err(Error::Stopped);
        }
        let told = what(&mut state.broker, self.shared.now());
        self.wake();
        self.shared.tell_waiting(state);
        Ok(told)
    }

    fn wake(&self) {
        // It fails where the system has no memory for eight bytes.
        let _ = self.waker.wake();
    }
}

impl Drop for FakeBroker {
    fn drop(&mut self) {
        self.stop();
    }
}
