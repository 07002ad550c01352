//! The client.

use std::sync::Arc;
use std::time::Duration;

use mqttka_core::client::{
    Authenticator as CoreAuthenticator, CertificateVerifier as CoreVerifier, Client, Completion,
    ConnectionProvider, Error, Options as CoreOptions, PublishOptions, RequestOptions,
    SubscriptionOptions,
};

use crate::authenticator::{Authenticator, AuthenticatorRequest};
use crate::listener::Ear;
use crate::provider::Provider;
use crate::settled::Open;
use crate::{
    AuthenticatorCallback, CertificateCallback, Connected, ConnectingHandle, Counters,
    DisconnectOptions, DisconnectingHandle, EventListener, HookError, Message, MessagesHandle,
    Metric, MqttkaError, NetworkUpdate, OperationHandle, Options, PacketTapCallback, Property,
    ProviderCallback, RequestHandle, RespondingHandle, SocketCallback, Status, SubscribingHandle,
    Subscription, hook, message, packet_tap, property,
};

/// An MQTT client. Destroying the last reference to it, its streams and its attempts closes it,
/// as `shut_down` does.
///
/// Every method may be called from any thread and from inside any listener, and none blocks. What ends
/// later has a handle, by which it may be waited for and cancelled: what is still queued is then
/// withdrawn, and what was sent keeps its outcome.
#[derive(Debug, uniffi::Object)]
pub struct ClientHandle(Client);

#[uniffi::export]
impl ClientHandle {
    /// Makes a client; it does not connect yet. The listener hears every lifecycle event, on a
    /// lane of the library's own. The hook gets each TCP socket before it connects, and the
    /// verifier judges certificates instead of the platform and of the options' authorities. The
    /// provider says before each attempt what it connects with, the authenticator proves who the
    /// client is, and the packet tap sees each packet.
    #[uniffi::constructor(default(
        listener = None,
        socket_hook = None,
        tls_verifier = None,
        provider = None,
        authenticator = None,
        packet_tap = None
    ))]
    pub fn new(
        options: Options,
        listener: Option<Arc<dyn EventListener>>,
        socket_hook: Option<Arc<dyn SocketCallback>>,
        tls_verifier: Option<Arc<dyn CertificateCallback>>,
        provider: Option<Arc<dyn ProviderCallback>>,
        authenticator: Option<Arc<dyn AuthenticatorCallback>>,
        packet_tap: Option<Arc<dyn PacketTapCallback>>,
    ) -> Result<Self, MqttkaError> {
        let mut options = CoreOptions::try_from(options)?;
        options.socket.hook = socket_hook.map(hook::socket_hook);
        options.tls.verifier = tls_verifier
            .map(|verifier| -> Arc<dyn CoreVerifier> { Arc::new(hook::Verifier(verifier)) });
        let asked = Open::default();
        options.provider = provider.map(|callback| -> Arc<dyn ConnectionProvider> {
            let asked = asked.clone();
            Arc::new(Provider { callback, asked })
        });
        let step = Open::default();
        if let Some(callback) = authenticator {
            options.authenticator = Some(authenticated(&options, callback, step.clone())?);
        }
        options.packet_tap = packet_tap.map(packet_tap::packet_tap);
        let ear = Ear {
            listener,
            asked,
            step,
        };
        let client = Client::with_streams(options, ear)?;
        Ok(ClientHandle(client))
    }

    /// Starts a connection attempt at once, also where the client waits to try again by itself; await
    /// its outcome with what this returns. The client goes on by itself afterwards.
    pub fn connect(&self) -> Result<ConnectingHandle, MqttkaError> {
        ConnectingHandle::new(&self.0)
    }

    /// Sends DISCONNECT after what is queued and closes, all within min(K/2, 2 s); await the end
    /// with what this returns. With a `drain_timeout`, it first waits for so long until everything
    /// that was queued is acknowledged; new operations are for the next connection, or refused where
    /// the client does not come back by itself.
    pub fn disconnect(
        &self,
        options: DisconnectOptions,
    ) -> Result<DisconnectingHandle, MqttkaError> {
        let options = options.try_into()?;
        Ok(DisconnectingHandle(self.0.disconnecting_with(&options)?))
    }

    /// What was negotiated for the present connection; none while there is none.
    pub fn negotiated(&self) -> Option<Connected> {
        self.0.negotiated().as_deref().map(Connected::from)
    }

    /// What is counted, at this moment.
    pub fn counters(&self) -> Counters {
        self.0.counters().into()
    }

    /// The same as OpenTelemetry's conventions would have it, for exporters.
    pub fn metrics(&self) -> Vec<Metric> {
        let metrics = self.0.counters().metrics().into_iter();
        metrics.filter_map(Metric::of).collect()
    }

    /// Publishes a message; its outcome is there when it was handed to the socket (QoS 0) or the broker
    /// has it (QoS 1 and 2), where the client comes back by itself also over several connections.
    /// With a `receipt`, QoS 0 waits until the broker has read it. After `timeout` (1 ms to 365 days)
    /// it is sent no more.
    #[uniffi::method(default(timeout = None, receipt = false))]
    pub fn publish(
        &self,
        message: Message,
        timeout: Option<Duration>,
        receipt: bool,
    ) -> Result<OperationHandle, MqttkaError> {
        let message = message.try_into()?;
        let options = publish_options(timeout, receipt);
        self.begin(|completion| self.0.publish_with(message, &options, completion))
    }

    /// Its outcome is there when the broker has read everything that was asked for before: publishes,
    /// subscribes and unsubscribes have left, and it answered a PINGREQ that followed them. That is no
    /// acknowledgement. After `timeout` (1 ms to 365 days) it fails with `TimedOut`; none: it waits
    /// for ever.
    #[uniffi::method(default(timeout = None))]
    pub fn flush(&self, timeout: Option<Duration>) -> Result<OperationHandle, MqttkaError> {
        self.begin(|completion| self.0.flush(timeout, completion))
    }

    /// Publishes a request, whose response is there within 30 s, unless `timeout` (1 ms to 365 days)
    /// says otherwise. Response Topic and Correlation Data are the library's; 5.0 only.
    #[uniffi::method(default(timeout = None))]
    pub fn request(
        &self,
        message: Message,
        timeout: Option<Duration>,
    ) -> Result<RequestHandle, MqttkaError> {
        let mut options = RequestOptions::default();
        if let Some(timeout) = timeout {
            options.timeout = timeout;
        }
        let requesting = self.0.request(message.try_into()?, &options)?;
        Ok(RequestHandle::new(requesting))
    }

    /// Subscribes to all filters with one SUBSCRIBE, and gives the requests that come, several at a time, to be answered;
    /// they are there with the broker's answer. It outlives connections. Cancelling that, and destroying the requests, ends
    /// the subscription with UNSUBSCRIBE. 5.0 only.
    #[uniffi::method(default(properties))]
    pub fn responding(
        &self,
        subscriptions: Vec<Subscription>,
        properties: Vec<Property>,
    ) -> Result<RespondingHandle, MqttkaError> {
        let subscriptions = message::subscriptions(subscriptions)?;
        let properties = property::to_core(properties)?;
        let (completion, delivery) = Completion::delivery();
        let requests = self.0.responding(subscriptions, properties, completion)?;
        Ok(RespondingHandle::new(delivery, requests))
    }

    /// Proves to the broker anew who the client is, while the connection goes on.
    pub fn reauthenticate(&self) -> Result<OperationHandle, MqttkaError> {
        self.begin(|completion| self.0.reauthenticate(completion))
    }

    /// Queues a message, and waits for nothing. After `timeout` it is sent no more.
    #[uniffi::method(default(timeout = None))]
    pub fn enqueue_publish(
        &self,
        message: Message,
        timeout: Option<Duration>,
    ) -> Result<(), MqttkaError> {
        let options = publish_options(timeout, false);
        let message = message.try_into()?;
        Ok(self.0.publish_with(message, &options, Completion::none())?)
    }

    /// Queues messages in order until one is refused, with one call from the foreign language
    /// instead of one each, and gives how many were queued. An error: the first was refused.
    #[uniffi::method(default(timeout = None))]
    pub fn enqueue_all(
        &self,
        messages: Vec<Message>,
        timeout: Option<Duration>,
    ) -> Result<u32, MqttkaError> {
        let mut queued = 0;
        for message in messages {
            match self.enqueue_publish(message, timeout) {
                Ok(()) => queued += 1,
                Err(error) if queued == 0 => return Err(error),
                Err(_) => break,
            }
        }
        Ok(queued)
    }

    /// Subscribes to all filters with one SUBSCRIBE. The outcome has one reason code per filter.
    #[uniffi::method(default(properties))]
    pub fn subscribe(
        &self,
        subscriptions: Vec<Subscription>,
        properties: Vec<Property>,
    ) -> Result<OperationHandle, MqttkaError> {
        let subscriptions = message::subscriptions(subscriptions)?;
        let properties = property::to_core(properties)?;
        self.begin(|completion| self.0.subscribe(subscriptions, properties, completion))
    }

    /// Unsubscribes from all filters with one UNSUBSCRIBE.
    #[uniffi::method(default(properties))]
    pub fn unsubscribe(
        &self,
        filters: Vec<String>,
        properties: Vec<Property>,
    ) -> Result<OperationHandle, MqttkaError> {
        let filters = filters
            .into_iter()
            .map(message::filter)
            .collect::<Result<_, _>>()?;
        let properties = property::to_core(properties)?;
        self.begin(|completion| self.0.unsubscribe(filters, properties, completion))
    }

    /// Opens a stream of the messages that match these filters, and subscribes to them with one
    /// SUBSCRIBE; the stream is there with the broker's answer, so that no retained message is lost.
    /// Cancelling that, and destroying the stream, ends the subscription with UNSUBSCRIBE.
    ///
    /// Where the client comes back by itself, the stream goes on, and is subscribed again where the
    /// broker lost the session. It ends when the client does not come back any more, unless it
    /// outlives connections. With `manual_acknowledgement`, the application acknowledges QoS 1 and 2
    /// messages by the stream's `acknowledgements`.
    #[uniffi::method(default(
        properties = [],
        outlives_connections = false,
        manual_acknowledgement = false
    ))]
    pub fn subscription(
        &self,
        subscriptions: Vec<Subscription>,
        properties: Vec<Property>,
        outlives_connections: bool,
        manual_acknowledgement: bool,
    ) -> Result<SubscribingHandle, MqttkaError> {
        let subscriptions = message::subscriptions(subscriptions)?;
        let properties = property::to_core(properties)?;
        let mut options = SubscriptionOptions::default();
        options.outlives_connections = outlives_connections;
        options.manual_acknowledgement = manual_acknowledgement;
        let (completion, delivery) = Completion::delivery();
        let messages = self
            .0
            .subscription(subscriptions, properties, options, completion)?;
        Ok(SubscribingHandle::new(delivery, messages))
    }

    /// A stream of the messages that match `filter`, or of all messages, from now on, and of those
    /// that wait for a consumer. It subscribes to nothing itself, and outlives connections. Where the
    /// client stops for good and nobody asked for that, it says so once, as a stream of a subscription
    /// does; asked again, it waits for the messages of later connections. With `manual_acknowledgement`,
    /// the application acknowledges QoS 1 and 2 messages by its `acknowledgements`.
    #[uniffi::method(default(filter = None, manual_acknowledgement = false))]
    pub fn messages(
        &self,
        filter: Option<String>,
        manual_acknowledgement: bool,
    ) -> Result<MessagesHandle, MqttkaError> {
        let filter = filter.map(message::filter).transpose()?;
        let mut options = SubscriptionOptions::default();
        options.manual_acknowledgement = manual_acknowledgement;
        let messages = self.0.messages_with(filter, options)?;
        Ok(MessagesHandle::new(messages, None))
    }

    /// Asks the broker for a sign of life now; where nothing comes within `timeout`, the
    /// connection ends. Without a connection it does nothing.
    pub fn probe_now(&self, timeout: Duration) -> Result<(), MqttkaError> {
        Ok(self.0.probe_now(timeout)?)
    }

    /// The system says that its network changed: a hint. Where the connection's local address is
    /// gone, it ends at once; else the broker is probed. Where the client waits to try again, it
    /// tries now, or waits for a network.
    pub fn network_changed(&self, update: NetworkUpdate) -> Result<(), MqttkaError> {
        let update = mqttka_core::client::NetworkUpdate::try_from(update)?;
        Ok(self.0.network_changed(update)?)
    }

    /// Where the client waits to try again, it tries now. Else it does nothing. At most four
    /// attempts a second begin in this way or by hints.
    pub fn reconnect_now(&self) -> Result<(), MqttkaError> {
        Ok(self.0.reconnect_now()?)
    }

    /// The application is in the background now: pings may be as rare as they are allowed to be.
    pub fn entered_background(&self) -> Result<(), MqttkaError> {
        Ok(self.0.entered_background()?)
    }

    /// The application is in the foreground now: the broker has 2 s to show that it lives; where
    /// the client waits to try again, it tries now.
    pub fn entered_foreground(&self) -> Result<(), MqttkaError> {
        Ok(self.0.entered_foreground()?)
    }

    /// What is known at this moment.
    pub fn status(&self) -> Status {
        self.0.status().into()
    }

    /// Closes the client for good, after a goodbye: what was queued is sent, then DISCONNECT, all
    /// within min(K/2, 2 s). The listener's `on_terminated` is the last call. It waits for nothing,
    /// and repeating it does nothing.
    pub fn shut_down(&self) {
        self.0.close();
    }

    /// Closes the client for good and at once, without a word to the broker, which publishes the
    /// Will. Else as `shut_down`, also after it.
    pub fn abort(&self) {
        self.0.abort();
    }
}

fn publish_options(timeout: Option<Duration>, receipt: bool) -> PublishOptions {
    let mut options = PublishOptions::default();
    options.timeout = timeout;
    options.receipt = receipt;
    options
}

/// The application's authenticator, where the options have none.
fn authenticated(
    options: &CoreOptions,
    callback: Arc<dyn AuthenticatorCallback>,
    open: Open<AuthenticatorRequest>,
) -> Result<Arc<dyn CoreAuthenticator>, MqttkaError> {
    if options.authenticator.is_some() {
        return Err(MqttkaError::InvalidOption {
            option: "authenticator".into(),
            value: "set".into(),
            bound: "absent, for scram is set".into(),
        });
    }
    let method = callback.method().map_err(|error| {
        let HookError::Refused { detail } = error;
        MqttkaError::InvalidArgument { detail }
    })?;
    Ok(Arc::new(Authenticator {
        method,
        callback,
        open,
    }))
}

impl ClientHandle {
    fn begin(
        &self,
        operation: impl FnOnce(Completion) -> Result<(), Error>,
    ) -> Result<OperationHandle, MqttkaError> {
        let (completion, delivery) = Completion::delivery();
        operation(completion)?;
        Ok(OperationHandle::new(delivery))
    }
}
