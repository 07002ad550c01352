//! The client.

use std::sync::Arc;
use std::time::Duration;

use mqttka_core::client::{
    CertificateVerifier as CoreVerifier, Client, Completion, ConnectionProvider, Delivery, Error,
    Options as CoreOptions, PublishOptions, ReasonCode, SubscriptionOptions, relayed,
};

use crate::listener::Ear;
use crate::provider::{Asked, Provider};
use crate::{
    CertificateCallback, ConnectingHandle, DisconnectingHandle, EventListener, Message,
    MessagesHandle, MqttkaError, NetworkUpdate, Options, Outcome, Property, ProviderCallback,
    SocketCallback, Status, Subscription, hook, message, outcome, property,
};

/// An MQTT client. Destroying the last reference to it, its streams and its attempts closes it,
/// as `shut_down` does.
///
/// Every method may be called from any thread and from inside any listener, and none blocks.
#[derive(Debug, uniffi::Object)]
pub struct ClientHandle(Client);

#[uniffi::export]
impl ClientHandle {
    /// Makes a client; it does not connect yet. The listener hears every lifecycle event, on a
    /// lane of the library's own. The hook gets each TCP socket before it connects, and the
    /// verifier judges certificates instead of the platform and of the options' authorities. The
    /// provider says before each attempt what it connects with.
    #[uniffi::constructor(default(
        listener = None,
        socket_hook = None,
        tls_verifier = None,
        provider = None
    ))]
    pub fn new(
        options: Options,
        listener: Option<Arc<dyn EventListener>>,
        socket_hook: Option<Arc<dyn SocketCallback>>,
        tls_verifier: Option<Arc<dyn CertificateCallback>>,
        provider: Option<Arc<dyn ProviderCallback>>,
    ) -> Result<Self, MqttkaError> {
        let mut options = CoreOptions::try_from(options)?;
        options.socket.hook = socket_hook.map(hook::socket_hook);
        options.tls.verifier = tls_verifier
            .map(|verifier| -> Arc<dyn CoreVerifier> { Arc::new(hook::Verifier(verifier)) });
        let asked = Asked::default();
        options.provider = provider.map(|callback| -> Arc<dyn ConnectionProvider> {
            let asked = asked.clone();
            Arc::new(Provider { callback, asked })
        });
        let client = Client::with_streams(options, Ear { listener, asked })?;
        Ok(ClientHandle(client))
    }

    /// Starts a connection attempt at once, also where the client waits to try again by itself; await
    /// its outcome with what this returns. The client goes on by itself afterwards.
    pub fn connect(&self) -> Result<ConnectingHandle, MqttkaError> {
        ConnectingHandle::new(&self.0)
    }

    /// Sends DISCONNECT after what is queued and closes, all within min(K/2, 2 s); await the end
    /// with what this returns. With a `drain_timeout` (up to 1 day), it first waits for so long
    /// until everything that was queued is acknowledged; new operations are for the next connection,
    /// or refused where the client does not come back by itself. `reason_code` is for the broker.
    #[uniffi::method(default(drain_timeout = None))]
    pub fn disconnect(
        &self,
        reason_code: ReasonCode,
        drain_timeout: Option<Duration>,
    ) -> Result<DisconnectingHandle, MqttkaError> {
        let disconnecting = match drain_timeout {
            None => self.0.disconnecting(reason_code)?,
            Some(drain_timeout) => self.0.disconnecting_after(reason_code, drain_timeout)?,
        };
        Ok(DisconnectingHandle(disconnecting))
    }

    /// Publishes a message, and waits until it was handed to the socket (QoS 0) or the broker has
    /// it (QoS 1 and 2), where the client comes back by itself also over several connections.
    /// Giving up waiting changes nothing for the message; after `timeout` (1 ms to 365 days) it is
    /// sent no more.
    #[uniffi::method(default(timeout = None))]
    pub async fn publish(
        &self,
        message: Message,
        timeout: Option<Duration>,
    ) -> Result<Outcome, MqttkaError> {
        let message = message.try_into()?;
        let options = publish_options(timeout);
        let delivery =
            self.enqueue(|completion| self.0.publish_with(message, &options, completion))?;
        outcome::result(relayed(delivery).await)
    }

    /// Queues a message, and waits for nothing. After `timeout` it is sent no more.
    #[uniffi::method(default(timeout = None))]
    pub fn enqueue_publish(
        &self,
        message: Message,
        timeout: Option<Duration>,
    ) -> Result<(), MqttkaError> {
        let options = publish_options(timeout);
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
    pub async fn subscribe(
        &self,
        subscriptions: Vec<Subscription>,
        properties: Vec<Property>,
    ) -> Result<Outcome, MqttkaError> {
        let subscriptions = message::subscriptions(subscriptions)?;
        let properties = property::to_core(properties)?;
        let delivery =
            self.enqueue(|completion| self.0.subscribe(subscriptions, properties, completion))?;
        outcome::result(relayed(delivery).await)
    }

    /// Unsubscribes from all filters with one UNSUBSCRIBE.
    #[uniffi::method(default(properties))]
    pub async fn unsubscribe(
        &self,
        filters: Vec<String>,
        properties: Vec<Property>,
    ) -> Result<Outcome, MqttkaError> {
        let filters = filters
            .into_iter()
            .map(message::filter)
            .collect::<Result<_, _>>()?;
        let properties = property::to_core(properties)?;
        let delivery =
            self.enqueue(|completion| self.0.unsubscribe(filters, properties, completion))?;
        outcome::result(relayed(delivery).await)
    }

    /// Opens a stream of the messages that match these filters, subscribes to them with one
    /// SUBSCRIBE, and waits for the broker's answer, so that no retained message is lost. Giving up
    /// waiting, and destroying the stream, ends the subscription with UNSUBSCRIBE.
    ///
    /// Where the client comes back by itself, the stream goes on, and is subscribed again where the
    /// broker lost the session. It ends when the client does not come back any more, unless it
    /// outlives connections.
    #[uniffi::method(default(properties = [], outlives_connections = false))]
    pub async fn subscription(
        &self,
        subscriptions: Vec<Subscription>,
        properties: Vec<Property>,
        outlives_connections: bool,
    ) -> Result<MessagesHandle, MqttkaError> {
        let subscriptions = message::subscriptions(subscriptions)?;
        let properties = property::to_core(properties)?;
        let mut options = SubscriptionOptions::default();
        options.outlives_connections = outlives_connections;
        let (completion, delivery) = Completion::delivery();
        let messages = self
            .0
            .subscription(subscriptions, properties, options, completion)?;
        let subscribed = outcome::result(relayed(delivery).await)?;
        Ok(MessagesHandle::new(messages, Some(subscribed)))
    }

    /// A stream of the messages that match `filter`, or of all messages, from now on, and of those
    /// that wait for a consumer. It subscribes to nothing itself, and outlives connections. Where the
    /// client stops for good and nobody asked for that, it says so once, as a stream of a subscription
    /// does; asked again, it waits for the messages of later connections.
    #[uniffi::method(default(filter = None))]
    pub fn messages(&self, filter: Option<String>) -> Result<MessagesHandle, MqttkaError> {
        let filter = filter.map(message::filter).transpose()?;
        Ok(MessagesHandle::new(self.0.messages(filter)?, None))
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

fn publish_options(timeout: Option<Duration>) -> PublishOptions {
    let mut options = PublishOptions::default();
    options.timeout = timeout;
    options
}

impl ClientHandle {
    fn enqueue(
        &self,
        operation: impl FnOnce(Completion) -> Result<(), Error>,
    ) -> Result<Delivery, Error> {
        let (completion, delivery) = Completion::delivery();
        operation(completion)?;
        Ok(delivery)
    }
}
