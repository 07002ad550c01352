use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use mqttka_core::client as core;
use mqttka_core::client::{Disconnecting, Handler};

use crate::disconnect::Disconnect;
use crate::filter::IntoFilters;
use crate::flush::Flush;
use crate::publish::Publish;
use crate::request::Request;
use crate::subscribe::{Subscribe, Unsubscribe};
use crate::topic::{IntoTopic, IntoTopicFilter};
use crate::{
    Builder, Connected, Error, Event, Events, IntoPayload, Message, Messages, Options, State,
    Status, TraceContext,
};

/// An MQTT client. Cheap to clone; all clones are the same client.
///
/// After it was started it comes back by itself whenever the connection was lost or an attempt
/// failed, until [`disconnect`](Self::disconnect) or [`close`](Self::close), or until trying cannot
/// help any more ([`EventKind::ReconnectStopped`](crate::EventKind::ReconnectStopped)). What is
/// published and subscribed without a connection, also before the first one, waits for the next.
/// [`Builder::reconnect`] switches all that off.
///
/// Every method may be called from any thread and from any executor, and none blocks. Futures that
/// are dropped lose nothing: a message that was handed over goes its way.
///
/// When the last clone is gone, and with it all streams, the client is closed, as by
/// [`close`](Self::close): the broker hears a goodbye, and publishes no Will.
#[derive(Clone)]
pub struct Client {
    pub(crate) core: core::Client,
    handle: Arc<Handle>,
}

struct Handle {
    /// Where the broker is, for `Debug`.
    host: String,
    /// The trace that messages go into.
    trace: Option<CurrentTrace>,
    /// The end that was asked for last.
    ending: Mutex<Option<Disconnecting>>,
}

/// Of the first server, for `Debug`.
fn host(options: &Options) -> String {
    let server = options.servers.first();
    server.map_or_else(String::new, |it| it.host.clone())
}

/// Hears the events for [`Builder::on_event`].
pub(crate) type OnEvent = Box<dyn Fn(&Event) + Send + Sync>;

/// Gives the trace that the thread is in.
pub(crate) type CurrentTrace = fn() -> Option<TraceContext>;

struct Listener(Option<OnEvent>);

impl Handler for Listener {
    fn on_event(&self, event: &Event) {
        if let Listener(Some(on_event)) = self {
            on_event(event);
        }
    }

    fn on_message(&self, _: core::Message, _: u64) {}
}

impl Client {
    /// A client of the broker of this URI, connected: `mqtt://`, `mqtts://` (TLS), `ws://`, `wss://`
    /// or `unix:/path`, with `user:password@`, port and path where they are needed. For everything
    /// else there is [`builder`](Self::builder); a client that is there already is connected (again)
    /// by its method [`start`](Self::start).
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), mqttka::Error> {
    /// use mqttka::Client;
    ///
    /// let client = Client::connect("mqtts://user:password@broker.example").await?;
    /// client.publish("sensors/kitchen", "21.5").await?;
    /// client.disconnect().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Builder::connect`].
    pub async fn connect(uri: impl AsRef<str>) -> Result<Self, Error> {
        Client::builder(uri).connect().await
    }

    /// The options of a client of the broker of this URI.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), mqttka::Error> {
    /// use std::time::Duration;
    /// use mqttka::Client;
    ///
    /// let client = Client::builder("mqtts://broker.example")
    ///     .user_name("ann")
    ///     .password("secret")
    ///     .keep_alive(Duration::from_secs(30))
    ///     .connect()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder(uri: impl AsRef<str>) -> Builder {
        Builder::new(uri)
    }

    /// A client of these options, which does not connect yet: [`start`](Self::start) or
    /// [`connect_nowait`](Self::connect_nowait) does. In between, streams can be opened that miss
    /// nothing.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), mqttka::Error> {
    /// use mqttka::Client;
    ///
    /// let client = Client::new(Client::builder("mqtt://broker.example").options()?)?;
    /// let mut events = client.events()?;
    /// client.start().await?;
    /// println!("{}", events.recv().await.unwrap()); // connection 1: connected to ...
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidOption`] names the option that is wrong; [`Error::Startup`] where the system
    /// gives no thread or descriptor; [`Error::Forked`].
    pub fn new(options: Options) -> Result<Self, Error> {
        Client::with_listener(options, None, None)
    }

    pub(crate) fn with_listener(
        options: Options,
        on_event: Option<OnEvent>,
        trace: Option<CurrentTrace>,
    ) -> Result<Self, Error> {
        let host = host(&options);
        let core = core::Client::with_streams(options, Listener(on_event))?;
        Ok(Client::of(core, host, trace))
    }

    fn of(core: core::Client, host: String, trace: Option<CurrentTrace>) -> Self {
        let ending = Mutex::new(None);
        let handle = Arc::new(Handle {
            host,
            trace,
            ending,
        });
        Client { core, handle }
    }

    /// A client whose broker, time and network are this one's, for a test: see [`testing`](crate::testing). It does not
    /// connect yet. A listener of the builder's ([`Builder::on_event`]) is not in its options: there is
    /// [`events`](Self::events).
    ///
    /// # Errors
    /// As [`new`](Self::new).
    #[cfg(feature = "testing")]
    #[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
    pub fn in_memory(memory: &mut crate::testing::Memory, options: Options) -> Result<Self, Error> {
        let host = host(&options);
        let core = memory.client(options, Listener(None), true)?;
        Ok(Client::of(core, host, None))
    }

    /// Makes an attempt to connect, at once where the client waits to try again, and tells how it
    /// ends. Where it fails, the client goes on trying by itself (unless
    /// [`reconnect`](Builder::reconnect) is off). Dropping the future ends all that. Where a
    /// [`disconnect`](Self::disconnect) is under way, it first waits for its end.
    ///
    /// # Errors
    /// [`Error::ConnectFailed`] within [`connect_timeout`](Builder::connect_timeout);
    /// [`Error::AlreadyConnected`]; [`Error::Closed`]; [`Error::EventsNotTaken`].
    #[doc(alias = "connect")]
    #[doc(alias = "reconnect")]
    pub async fn start(&self) -> Result<Connected, Error> {
        let ending = self.ending().clone();
        if let Some(ending) = ending {
            ending.await;
        }
        let connecting = self.core.connecting()?;
        let mut given_up = EndsWhenDropped(Some(self));
        let result = connecting.await;
        given_up.0 = None;
        Ok(result?)
    }

    /// Begins to connect and does not wait: [`events`](Self::events) and [`state`](Self::state) tell
    /// how it goes. What is published and subscribed waits for the connection, so that a program can
    /// start while offline. Needs no executor.
    ///
    /// # Errors
    /// [`Error::AlreadyConnected`]; [`Error::Closed`]; [`Error::EventsNotTaken`].
    pub fn connect_nowait(&self) -> Result<(), Error> {
        Ok(self.core.connect()?)
    }

    /// Sends what is queued and DISCONNECT, and waits for the end of the connection, at most half a
    /// keep-alive or 2 s. A client that waits to try again stops. It can be
    /// [started](Self::start) again.
    ///
    /// ```no_run
    /// # async fn example(client: mqttka::Client) -> Result<(), mqttka::Error> {
    /// use std::time::Duration;
    /// use mqttka::ReasonCode;
    ///
    /// // All that was published is acknowledged, or 5 s have passed.
    /// client.disconnect().drain_timeout(Duration::from_secs(5)).await?;
    ///
    /// client.start().await?;
    /// // The broker publishes the Will.
    /// client.disconnect().reason_code(ReasonCode::DisconnectWithWillMessage).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn disconnect(&self) -> Disconnect {
        Disconnect::new(self.clone())
    }

    /// Notes the end that [`start`](Self::start) waits for.
    pub(crate) fn ends(&self, ending: &Disconnecting) {
        *self.ending() = Some(ending.clone());
    }

    fn ending(&self) -> std::sync::MutexGuard<'_, Option<Disconnecting>> {
        let ending = self.handle.ending.lock();
        ending.unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes the client for good, and does not wait: what is queued and DISCONNECT go out within
    /// half a keep-alive or 2 s, for which also the end of the process waits. Streams end.
    pub fn close(&self) {
        self.core.close();
    }

    /// Closes the client for good and at once, without a word to the broker, which publishes the
    /// Will. Also after [`close`](Self::close).
    pub fn abort(&self) {
        self.core.abort();
    }

    /// A message to publish: to this topic, with this payload (bytes or text). `.await` sends it and
    /// tells the outcome; [`Publish`] has its options.
    ///
    /// ```no_run
    /// # async fn example(client: mqttka::Client) -> Result<(), mqttka::Error> {
    /// use mqttka::QoS;
    ///
    /// client.publish("sensors/kitchen", "21.5").await?;
    /// client.publish("sensors/raw", [0x17, 0x2a]).qos(QoS::ExactlyOnce).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn publish(&self, topic: impl IntoTopic, payload: impl IntoPayload) -> Publish {
        let publish = Publish::new(self.core.clone(), topic, payload);
        match self.handle.trace.and_then(|current| current()) {
            Some(context) => publish.trace_context(&context),
            None => publish,
        }
    }

    /// A request to publish, whose response `.await` gives: MQTT 5.0's request and response. Where the
    /// response goes and what marks it is the client's business; the first request subscribes for
    /// them. [`Request`](crate::Request) has its options.
    ///
    /// ```no_run
    /// # async fn example(client: mqttka::Client) -> Result<(), mqttka::Error> {
    /// let response = client.request("lights/kitchen/state", "").await?;
    /// println!("{}", response.text());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// It fails with [`Error::TimedOut`] where none comes in time, with [`Error::Refused`] where the
    /// broker says that nobody subscribes to the topic (at QoS 1 and 2) or refuses it or the
    /// subscription for responses, with [`Error::Disconnected`] where the client stops, and with
    /// [`Error::NotSupported`] in MQTT 3.1.1.
    pub fn request(&self, topic: impl IntoTopic, payload: impl IntoPayload) -> Request {
        Request::new(self.core.clone(), topic, payload)
    }

    /// The answer to a request that came, to publish: it goes to the request's response topic, with
    /// its correlation data, at its QoS.
    ///
    /// ```no_run
    /// # async fn example(client: mqttka::Client) -> Result<(), mqttka::Error> {
    /// let mut requests = client.subscribe("lights/+/state").await?;
    /// while let Some(request) = requests.recv().await? {
    ///     client.reply(&request, "on").await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// It fails with [`Error::InvalidArgument`] where the message is no request.
    pub fn reply(&self, request: &Message, payload: impl IntoPayload) -> Publish {
        let reply = request.as_core().reply_to(payload.into_payload());
        Publish::of(self.core.clone(), reply.map_err(Error::from))
    }

    /// Publishes at QoS 0, and does not wait for the outcome: short for
    /// `client.publish(topic, payload).nowait()`, which can have other options. Needs no executor.
    ///
    /// # Errors
    /// As [`Publish::nowait`].
    #[doc(alias = "try_publish")]
    pub fn publish_nowait(
        &self,
        topic: impl IntoTopic,
        payload: impl IntoPayload,
    ) -> Result<(), Error> {
        self.publish(topic, payload).nowait()
    }

    /// A subscription to one filter or several: a string, a [`Filter`](crate::Filter) with options,
    /// or an array of them. `.await` gives the stream of its messages when the broker has granted
    /// all of them; [`Subscribe`] has its options.
    ///
    /// ```no_run
    /// # async fn example(client: mqttka::Client) -> Result<(), mqttka::Error> {
    /// let mut messages = client.subscribe("sensors/#").await?;
    /// while let Some(message) = messages.recv().await? {
    ///     println!("{}: {}", message.topic, message.text());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn subscribe(&self, filters: impl IntoFilters) -> Subscribe {
        Subscribe::new(self.core.clone(), filters)
    }

    /// Ends what [`Subscribe::without_stream`] began. A [`Subscription`](crate::Subscription) is ended by
    /// its own [`unsubscribe`](crate::Subscription::unsubscribe), or by dropping it.
    pub fn unsubscribe(&self, filters: impl IntoFilters) -> Unsubscribe {
        Unsubscribe::new(self.core.clone(), filters)
    }

    /// All messages from now on, and those that no consumer has taken yet. It subscribes to nothing
    /// itself.
    ///
    /// ```no_run
    /// # async fn example(client: mqttka::Client) -> Result<(), mqttka::Error> {
    /// let mut messages = client.messages()?;
    /// client.subscribe(["sensors/#", "alarms/#"]).without_stream().await?;
    /// while let Some(message) = messages.recv().await? {
    ///     if message.matches("alarms/#")? {
    ///         println!("alarm: {}", message.text());
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Forked`].
    pub fn messages(&self) -> Result<Messages, Error> {
        Ok(Messages::new(self.core.messages(None)?))
    }

    /// Waits until the broker has read everything that was asked for before: publishes, subscribes and
    /// unsubscribes have left, and it answered a PINGREQ that followed them. That acknowledges
    /// nothing: QoS 1 and 2 have their own outcomes. Between connections it waits for the next, as
    /// what it follows does.
    ///
    /// ```no_run
    /// # async fn example(client: mqttka::Client) -> Result<(), mqttka::Error> {
    /// use std::time::Duration;
    ///
    /// for n in 0..1000 {
    ///     client.publish("samples", n.to_string()).nowait()?;
    /// }
    /// client.flush().timeout(Duration::from_secs(10)).await?;
    /// println!("the broker has read them all");
    /// # Ok(())
    /// # }
    /// ```
    pub fn flush(&self) -> Flush {
        Flush::new(self.core.clone())
    }

    /// As [`messages`](Self::messages), those that match this filter.
    ///
    /// # Errors
    /// [`Error::InvalidTopic`]; [`Error::Forked`].
    pub fn messages_matching(&self, filter: impl IntoTopicFilter) -> Result<Messages, Error> {
        let filter = filter.into_topic_filter()?;
        Ok(Messages::new(self.core.messages(Some(filter))?))
    }

    /// The lifecycle events from now on. Each call gives a stream of its own.
    ///
    /// # Errors
    /// [`Error::Forked`].
    #[doc(alias = "event_loop")]
    #[doc(alias = "poll")]
    pub fn events(&self) -> Result<Events, Error> {
        Ok(Events::new(self.core.events()?))
    }

    /// Where the client stands at this moment.
    pub fn state(&self) -> State {
        self.core.status().state
    }

    /// What is known at this moment: state, queues, counters, the peer's signs of life.
    ///
    /// ```no_run
    /// # fn example(client: mqttka::Client) {
    /// let status = client.status();
    /// println!("{}, {} bytes received", status.state, status.bytes_received);
    /// if let Some(liveness) = status.liveness {
    ///     println!("the last sign of life came {:?} ago", liveness.last_evidence_age);
    /// }
    /// # }
    /// ```
    pub fn status(&self) -> Status {
        self.core.status()
    }

    /// What is counted since the client was made: packets, bytes, ends, ping round trips, what waits.
    /// Cheap enough to be asked every second. [`Counters::metrics`](crate::Counters::metrics) names
    /// all of it as OpenTelemetry's conventions would; with the feature `opentelemetry` there is an
    /// exporter.
    ///
    /// ```no_run
    /// # fn example(client: mqttka::Client) {
    /// use mqttka::PacketType;
    ///
    /// let counters = client.counters();
    /// println!("{} publishes sent", counters.packets_sent.get(PacketType::Publish));
    /// for metric in counters.metrics() {
    ///     println!("{} {:?} {:?}", metric.name, metric.attributes, metric.value);
    /// }
    /// # }
    /// ```
    pub fn counters(&self) -> crate::Counters {
        self.core.counters()
    }

    /// What was negotiated for the present connection: all that the broker's CONNACK says, with the
    /// specification's defaults filled in. `None` while there is none.
    ///
    /// ```no_run
    /// # fn example(client: mqttka::Client) {
    /// if let Some(negotiated) = client.negotiated() {
    ///     println!("packets up to {} bytes", negotiated.maximum_packet_size);
    ///     println!("shared subscriptions: {}", negotiated.shared_subscription_available);
    /// }
    /// # }
    /// ```
    pub fn negotiated(&self) -> Option<Arc<Connected>> {
        self.core.negotiated()
    }
}

/// Ends the attempt that nobody waits for any more.
struct EndsWhenDropped<'a>(Option<&'a Client>);

impl Drop for EndsWhenDropped<'_> {
    fn drop(&mut self) {
        if let Some(client) = self.0
            && let Ok(ending) = client.core.disconnecting(crate::ReasonCode::Success)
        {
            client.ends(&ending);
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("host", &self.handle.host)
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
