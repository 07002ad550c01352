mod authentication;
mod mqtt;
mod reconnecting;
mod tls;
mod way;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use mqttka_core::client::Reconnect;

use crate::client::{CurrentTrace, OnEvent};
use crate::{Client, Error, Event, Options, TappedPacket};

/// The options of a client, put together: [`Client::builder`] makes one, [`connect`](Self::connect)
/// ends it. Every option has its default; what is wrong with one is said at the end, by its name.
///
/// ```
/// use std::time::Duration;
/// use mqttka::Client;
///
/// let error = Client::builder("mqtt://broker.example")
///     .keep_alive(Duration::from_secs(70_000))
///     .options()
///     .unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "keep_alive is 70000s; it must be whole seconds, 0s to 65535s"
/// );
/// ```
#[must_use = "a builder does nothing before `connect`"]
pub struct Builder {
    options: Options,
    reconnects: bool,
    reconnect: Reconnect,
    on_event: Option<OnEvent>,
    /// The trace that messages go into.
    trace: Option<CurrentTrace>,
    /// The first thing that was wrong.
    error: Option<Error>,
}

impl Builder {
    pub(crate) fn new(uri: impl AsRef<str>) -> Self {
        Builder::from(Options::new("")).uri(uri)
    }

    /// The client, connected: waits for how the first attempt ends, at most
    /// [`connect_timeout`](Self::connect_timeout). Where it fails, or the future is dropped, there is
    /// no client; for one that goes on trying, see [`connect_nowait`](Self::connect_nowait).
    ///
    /// # Errors
    /// [`Error::ConnectFailed`] says why there is no connection, and what was tried;
    /// [`Error::InvalidOption`] and [`Error::InvalidArgument`] name the option that is wrong.
    pub async fn connect(self) -> Result<Client, Error> {
        let client = self.build()?;
        client.start().await?;
        Ok(client)
    }

    /// The client, which begins to connect: it goes on until there is a connection, so that a
    /// program can start while offline. What is published and subscribed waits for the connection.
    /// Needs no executor.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), mqttka::Error> {
    /// use mqttka::{Client, QoS};
    ///
    /// let client = Client::builder("mqtt://broker.example").connect_nowait()?;
    /// client.publish("sensors/kitchen", "21.5").qos(QoS::AtLeastOnce).nowait()?;
    /// let mut messages = client.subscribe("commands/#").nowait()?;
    /// while let Some(message) = messages.recv().await? {
    ///     println!("{message:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn connect_nowait(self) -> Result<Client, Error> {
        let client = self.build()?;
        client.connect_nowait()?;
        Ok(client)
    }

    /// The client, which does not connect yet; [`Client::start`] does.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] and [`Error::InvalidArgument`] name the option that is wrong;
    /// [`Error::Startup`] where the system gives no thread or descriptor; [`Error::Forked`].
    pub fn build(mut self) -> Result<Client, Error> {
        let (on_event, trace) = (self.on_event.take(), self.trace);
        Client::with_listener(self.options()?, on_event, trace)
    }

    /// The options themselves, for [`Client::new`].
    ///
    /// # Errors
    /// What could not be read: [`Error::InvalidOption`], [`Error::InvalidArgument`], ... What is out of
    /// its bounds is found where the client is made, at the latest.
    pub fn options(self) -> Result<Options, Error> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let mut options = self.options;
        options.config.reconnect = self.reconnects.then_some(self.reconnect);
        Ok(options)
    }

    /// Hears every lifecycle event, one at a time, on a thread of the library's own: in time,
    /// whatever the executor is busy with. It may block as long as it likes; the next event waits
    /// until it has returned.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), mqttka::Error> {
    /// # use mqttka::Client;
    /// let client = Client::builder("mqtt://broker.example")
    ///     .on_event(|event| eprintln!("{event}"))
    ///     .connect()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_event(mut self, on_event: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.on_event = Some(Box::new(on_event));
        self
    }

    /// Sees each packet that is sent or received: for debugging, and for tests. One at a time, in
    /// order, on a thread of the library's own; up to 1,024 packets or 8 MiB wait, further ones are
    /// dropped and counted ([`Counters::packets_not_tapped`](crate::Counters::packets_not_tapped)).
    /// Topics and payloads are in it, credentials are not. Default: none, which costs nothing.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), mqttka::Error> {
    /// # use mqttka::Client;
    /// let client = Client::builder("mqtt://broker.example")
    ///     .packet_tap(|packet| {
    ///         println!("{} {} {:02x?}", packet.direction.name(), packet.packet_type, packet.bytes);
    ///     })
    ///     .connect()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn packet_tap(mut self, tap: impl Fn(&TappedPacket) + Send + Sync + 'static) -> Self {
        self.options.packet_tap = Some(Arc::new(tap));
        self
    }

    /// Puts each message that is published into the trace that the publishing thread is in at that
    /// moment, where it is in one: in the user properties `traceparent` and `tracestate`, MQTT 5.0
    /// only. [`Publish::trace_context`](crate::Publish::trace_context) names another. Default: false.
    #[cfg(feature = "opentelemetry")]
    pub fn trace_context(mut self, trace: bool) -> Self {
        let current: CurrentTrace = crate::opentelemetry::current_trace_context;
        self.trace = trace.then_some(current);
        self
    }

    /// Sets what may be wrong; the first error stays.
    fn read<T>(mut self, value: Result<T, Error>, set: impl FnOnce(&mut Options, T)) -> Self {
        match value {
            Ok(value) => set(&mut self.options, value),
            Err(error) => {
                self.error.get_or_insert(error);
            }
        }
        self
    }

    fn number(self, option: &'static str, value: u64) -> Self {
        let checked = Options::check_number(option, value.into()).map_err(Error::from);
        self.read(checked, |_, ()| ())
    }

    fn duration(self, option: &'static str, value: Duration) -> Self {
        let checked = Options::check_duration(option, value).map_err(Error::from);
        self.read(checked, |_, ()| ())
    }
}

impl From<Options> for Builder {
    /// Goes on with these options.
    fn from(mut options: Options) -> Self {
        let reconnect = options.config.reconnect.take();
        Builder {
            options,
            reconnects: reconnect.is_some(),
            reconnect: reconnect.unwrap_or_default(),
            on_event: None,
            trace: None,
            error: None,
        }
    }
}

impl fmt::Debug for Builder {
    /// Without passwords, keys and tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("options", &self.options)
            .field("reconnect", &self.reconnects.then_some(&self.reconnect))
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}
