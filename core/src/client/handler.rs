use crate::proto::Event;
use crate::types::Message;

/// What the application hears. Each method is called serially; the lifecycle lane
/// ([`on_event`](Self::on_event), [`on_terminated`](Self::on_terminated)) and the message lane
/// ([`on_message`](Self::on_message), completions) run beside each other, so that one stuck
/// method never delays the other lane (rule L19).
///
/// Methods may block as long as they like, and may call every method of the client. What a panic
/// in one leaves behind is the application's; the lane goes on.
pub trait Handler: Send + Sync + 'static {
    /// Something happened to the connection.
    fn on_event(&self, event: &Event);

    /// A message came, over the connection of this number. QoS 1 and 2 are acknowledged to the
    /// broker when this has returned.
    fn on_message(&self, message: Message, connection_number: u64);

    /// The client was closed, and this is the last call; the handler is dropped afterwards.
    fn on_terminated(&self) {}
}
