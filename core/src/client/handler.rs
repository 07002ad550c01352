use super::queue::Received;
use crate::proto::Event;
use crate::types::Message;

/// What the application hears. Each method is called serially; the lifecycle lane
/// ([`on_event`](Self::on_event), [`on_terminated`](Self::on_terminated)) and the message lane
/// ([`on_message`](Self::on_message), completions) run beside each other, so that one stuck
/// method never delays the other lane.
///
/// Methods may block as long as they like, and may call every method of the client. They run with
/// the signal mask of the thread that made the client. What a panic in one leaves behind is the
/// application's; the lane goes on.
pub trait Handler: Send + Sync + 'static {
    /// Something happened to the connection.
    fn on_event(&self, event: &Event);

    /// A message came that no stream and no handler of a filter takes, over the connection of this
    /// number. QoS 1 and 2 are acknowledged to the broker when this has returned.
    fn on_message(&self, message: Message, connection_number: u64);

    /// As [`on_message`](Self::on_message), where
    /// [`Options::manual_acknowledgement`](super::Options) is set: a QoS 1 or 2 message with its
    /// [`acknowledgement`](Received::acknowledgement), which is the handler's to give, now or later. By
    /// default it calls `on_message`, and acknowledges when that has returned. Called for those
    /// alone that want an acknowledgement; QoS 0 goes to `on_message`.
    fn on_received(&self, received: Received) {
        let Received {
            message,
            connection_number,
            acknowledgement,
        } = received;
        self.on_message(message, connection_number);
        if let Some(acknowledgement) = acknowledgement {
            acknowledgement.acknowledge();
        }
    }

    /// The client was closed, and this is the last call; the handler is dropped afterwards.
    fn on_terminated(&self) {}
}

/// Takes the messages of a subscription, on the client's message lane
/// ([`Client::subscribe_with`](super::Client::subscribe_with)). Every
/// `Fn(Message, u64) + Send + Sync` is one.
pub trait MessageHandler: Send + Sync + 'static {
    /// A message came, over the connection of this number. QoS 1 and 2 are acknowledged to the
    /// broker when this has returned, and others that take the message have taken it.
    fn on_message(&self, message: Message, connection_number: u64);

    /// As [`on_message`](Self::on_message), where the subscription acknowledges manually
    /// ([`SubscriptionOptions::manual_acknowledgement`](super::SubscriptionOptions)): a QoS 1 or 2
    /// message with its [`acknowledgement`](Received::acknowledgement), which is the handler's to
    /// give, now or later. By default it calls `on_message`, and acknowledges when that has
    /// returned. QoS 0 goes to `on_message`.
    fn on_received(&self, received: Received) {
        let Received {
            message,
            connection_number,
            acknowledgement,
        } = received;
        self.on_message(message, connection_number);
        if let Some(acknowledgement) = acknowledgement {
            acknowledgement.acknowledge();
        }
    }
}

impl<F: Fn(Message, u64) + Send + Sync + 'static> MessageHandler for F {
    fn on_message(&self, message: Message, connection_number: u64) {
        self(message, connection_number);
    }
}

/// Makes a function a [`MessageHandler`] that acknowledges itself: it is given what came with its
/// [`acknowledgement`](Received::acknowledgement), QoS 0 without.
#[derive(Clone, Debug)]
pub struct OnReceived<F>(pub F);

impl<F: Fn(Received) + Send + Sync + 'static> MessageHandler for OnReceived<F> {
    fn on_message(&self, message: Message, connection_number: u64) {
        (self.0)(Received {
            message,
            connection_number,
            acknowledgement: None,
        });
    }

    fn on_received(&self, received: Received) {
        (self.0)(received);
    }
}
