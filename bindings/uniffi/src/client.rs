//! The client.

use std::sync::Arc;
use std::time::Duration;

use mqttka_core::client::{
    Client, Completion, Delivery, Error, NetworkChange, ReasonCode,
    Subscription as CoreSubscription,
};

use crate::listener::Ear;
use crate::relay::relayed;
use crate::{
    ConnectingHandle, DisconnectingHandle, EventListener, Message, MessagesHandle, MqttkaError,
    Options, Outcome, Property, Status, Subscription, message, outcome, property,
};

/// An MQTT client. Destroying the last reference closes it, as `close` does.
///
/// Every method may be called from any thread and from inside any listener, and none blocks.
#[derive(Debug, uniffi::Object)]
pub struct ClientHandle(Client);

#[uniffi::export]
impl ClientHandle {
    /// Makes a client; it does not connect yet. The listener hears every lifecycle event, on a
    /// lane of the library's own.
    #[uniffi::constructor(default(listener = None))]
    pub fn new(
        options: Options,
        listener: Option<Arc<dyn EventListener>>,
    ) -> Result<Self, MqttkaError> {
        let client = Client::with_streams(options.try_into()?, Ear(listener))?;
        Ok(ClientHandle(client))
    }

    /// Starts one connection attempt at once; await its outcome with what this returns.
    pub fn connect(&self) -> Result<ConnectingHandle, MqttkaError> {
        Ok(ConnectingHandle(self.0.connecting()?))
    }

    /// Sends DISCONNECT after what is queued and closes, all within min(K/2, 2 s); await the end
    /// with what this returns. `reason_code` is for the broker.
    pub fn disconnect(&self, reason_code: ReasonCode) -> Result<DisconnectingHandle, MqttkaError> {
        Ok(DisconnectingHandle(self.0.disconnecting(reason_code)?))
    }

    /// Publishes a message, and waits until it was handed to the socket (QoS 0) or the broker has
    /// it (QoS 1 and 2). Giving up waiting changes nothing for the message.
    pub async fn publish(&self, message: Message) -> Result<Outcome, MqttkaError> {
        let message = message.try_into()?;
        let delivery = self.enqueue(|completion| self.0.publish(message, completion))?;
        outcome::result(relayed(delivery).await)
    }

    /// Queues a message, and waits for nothing.
    pub fn enqueue_publish(&self, message: Message) -> Result<(), MqttkaError> {
        Ok(self.0.publish(message.try_into()?, Completion::none())?)
    }

    /// Queues messages in order until one is refused, with one call from the foreign language
    /// instead of one each, and gives how many were queued. An error: the first was refused.
    pub fn enqueue_all(&self, messages: Vec<Message>) -> Result<u32, MqttkaError> {
        let mut queued = 0;
        for message in messages {
            match self.enqueue_publish(message) {
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
        let subscriptions = subscriptions
            .into_iter()
            .map(CoreSubscription::try_from)
            .collect::<Result<_, _>>()?;
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

    /// A stream of the messages that match `filter`, or of all messages, from now on: open it
    /// before subscribing. It subscribes to nothing itself.
    #[uniffi::method(default(filter = None))]
    pub fn messages(&self, filter: Option<String>) -> Result<MessagesHandle, MqttkaError> {
        let filter = filter.map(message::filter).transpose()?;
        Ok(MessagesHandle(self.0.messages(filter)?))
    }

    /// Asks the broker for a sign of life now; where nothing comes within `timeout`, the
    /// connection ends. Without a connection it does nothing.
    pub fn probe_now(&self, timeout: Duration) -> Result<(), MqttkaError> {
        Ok(self.0.probe_now(timeout)?)
    }

    /// The system says that its network changed. Where the connection's local address is gone, it
    /// ends at once; else the broker is probed. Without a connection it does nothing.
    pub fn network_changed(&self, change: NetworkChange) -> Result<(), MqttkaError> {
        Ok(self.0.network_changed(change)?)
    }

    /// What is known at this moment.
    pub fn status(&self) -> Status {
        self.0.status().into()
    }

    /// Closes the client at once and for good, without a word to the broker. The listener's
    /// `on_terminated` is the last call. Repeating it does nothing.
    pub fn shut_down(&self) {
        self.0.close();
    }
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
