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
}

impl<F: Fn(Message, u64) + Send + Sync + 'static> MessageHandler for F {
    fn on_message(&self, message: Message, connection_number: u64) {
        self(message, connection_number);
    }
}
