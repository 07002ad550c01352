//! What the message lane has to do.

use std::sync::Arc;

use super::completion::Completion;
use super::handler::MessageHandler;
use super::queue::Item;
use crate::proto::Outcome;

/// One piece of the message lane's work, in order.
pub(super) enum Job {
    /// A message came.
    Message(Item, Target),
    /// An operation ended.
    Completed(Completion, Outcome),
    /// What the application gave is dropped where application code runs.
    Drop(Arc<dyn MessageHandler>),
}

/// Who on the lane takes a message.
pub(super) enum Target {
    /// The client's handler.
    Handler,
    /// The handlers of subscriptions.
    Filters(Vec<Arc<dyn MessageHandler>>),
    /// One who acknowledges it himself: the number of a subscription and its handler, or the
    /// client's.
    Manual(u64, Option<Arc<dyn MessageHandler>>),
}
