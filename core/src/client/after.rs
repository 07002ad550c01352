//! What a change of the router leads to, when its lock is gone: the engine is told what was taken,
//! whoever waits is woken, and the application is warned.

use std::sync::Arc;

use super::failed::Failed;
use super::inbox::Inbox;
use super::queue::Stream;
use super::requests::Requests;
use super::table::HeldBack;
use crate::log::log;
use crate::types::Message;

#[derive(Default)]
pub(super) struct After {
    pub(super) connection_number: u64,
    /// So many of that connection's messages can be acknowledged.
    pub(super) acknowledgements: u32,
    /// Free now.
    pub(super) bytes: usize,
    pub(super) wake: Vec<Arc<Stream>>,
    /// For requests of the client's own.
    pub(super) answers: Vec<(Arc<Requests>, Message)>,
    /// Whose subscription the broker has no more.
    pub(super) lost: Vec<(Arc<Requests>, Failed)>,
    /// Nobody takes messages of their topics.
    pub(super) unclaimed: Vec<Message>,
    pub(super) held: Option<HeldBack>,
}

impl After {
    pub(super) fn tell(self, inbox: &Inbox) {
        if self.acknowledgements > 0 || self.bytes > 0 {
            inbox.push_release(self.connection_number, self.acknowledgements, self.bytes);
        }
        for stream in self.wake {
            stream.notify();
        }
        for (requests, response) in self.answers {
            requests.answered(response);
        }
        for (requests, error) in self.lost {
            // The next request asks for it again.
            requests.fail_all(&error);
        }
        for message in self.unclaimed {
            log!(
                Warn,
                "no stream or handler takes messages of the topic {}; they are acknowledged and \
                 dropped (said once per topic)",
                message.topic
            );
        }
        if let Some(held) = self.held {
            log!(
                Warn,
                "what takes {} has not taken or not acknowledged a message for {} s: {} messages \
                 ({} bytes) hold back the acknowledgements of all later ones",
                held.filter,
                held.since.as_secs(),
                held.messages,
                held.bytes
            );
        }
    }
}
