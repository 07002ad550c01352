//! Has the broker read it all?

use std::time::Duration;

use super::{Client, Completion, Options, fork};
use crate::error::Error;
use crate::proto::Command;

impl Client {
    /// Tells when the broker has read everything that was asked for before: publishes, subscribes
    /// and unsubscribes have left, and it answered a PINGREQ that followed them on the same
    /// connection. That is no acknowledgement: QoS 1 and 2 have their own outcomes, and what the
    /// broker made of QoS 0 nobody tells. At most one PINGREQ more goes with each write, whatever the
    /// number of flushes. It works with a Keep Alive of 0, too.
    ///
    /// Its outcome has the reason code Success. While the client is between connections it waits for
    /// the next one, as what it follows does. Where the connection ends after all of that was sent,
    /// and before the answer, the outcome is
    /// [`OperationError::Disconnected`](crate::error::OperationError::Disconnected): what had
    /// QoS 0 may be lost. `timeout`: 1 ms to 365 days, then the outcome is
    /// [`OperationError::TimedOut`](crate::error::OperationError::TimedOut); `None`: for ever.
    ///
    /// It counts as an operation in the outbound queue; beside a full one, 1,024 may wait.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for a timeout out of its bounds, [`Error::NotConnected`] where no
    /// connection is asked for and the client does not come back by itself, [`Error::QueueFull`],
    /// [`Error::Closed`], [`Error::Forked`].
    pub fn flush(&self, timeout: Option<Duration>, completion: Completion) -> Result<(), Error> {
        fork::check()?;
        if let Some(timeout) = timeout {
            Options::check_duration("flush_timeout", timeout)?;
        }
        self.0.room_for(&completion)?;
        let command = Command::Flush {
            timeout,
            token: completion.into_token(),
        };
        self.0.shared.inbox.push(command, self.0.comes_back)
    }
}
