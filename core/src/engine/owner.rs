//! Who owns a client's outputs.

use std::task::{Context, Poll};

use crate::driver::Host;
use crate::transport::Overrides;

/// The driver's host, and what only an engine that can fail needs.
pub(crate) trait Owner<T>: Host<T> + Send {
    /// Ready where commands are queued; else the task is woken when one is.
    fn poll_commands(&mut self, cx: &mut Context<'_>) -> Poll<()>;

    /// What the newest attempt has in place of what the options say.
    fn overrides(&self) -> Overrides {
        Overrides::default()
    }

    /// The client is closed, and nothing follows.
    fn ended(&mut self);

    /// The engine cannot go on, for this reason. `tokens` are the operations without an outcome.
    fn failed(&mut self, reason: &str, tokens: Vec<T>);
}
