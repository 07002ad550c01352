//! Streams of messages, pulled in batches.

use mqttka_core::client::Messages;

use crate::Message;
use crate::relay::relayed;

/// Messages of one filter. A batch counts as taken, and is acknowledged to the broker, when the
/// next one is asked for or this object is destroyed.
#[derive(Debug, uniffi::Object)]
pub struct MessagesHandle(pub(crate) Messages);

#[uniffi::export]
impl MessagesHandle {
    /// Waits for messages, and gives up to `max` (at least one) of those that are there. Empty:
    /// the client was closed, and nothing follows.
    pub async fn next_batch(&self, max: u32) -> Vec<Message> {
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        let batch = relayed(self.0.next_batch(max)).await;
        let received = |(message, number)| Message::received(message, number);
        batch.into_iter().map(received).collect()
    }
}
