use std::future::IntoFuture;
use std::time::Duration;

use mqttka_core::client as core;

use crate::Answer;

/// A flush to come: [`Client::flush`](crate::Client::flush) makes one, `.await` begins it and waits
/// for it.
#[derive(Clone, Debug)]
#[must_use = "nothing is asked before `.await`"]
pub struct Flush {
    client: core::Client,
    timeout: Option<Duration>,
}

impl Flush {
    pub(crate) fn new(client: core::Client) -> Self {
        Flush {
            client,
            timeout: None,
        }
    }

    /// How long it may take, 1 ms to 365 days; then it fails with
    /// [`Error::TimedOut`](crate::Error::TimedOut). Default: for ever.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl IntoFuture for Flush {
    type Output = Result<crate::Outcome, crate::Error>;
    type IntoFuture = Answer;

    /// Begins it now. It fails with [`Error::Disconnected`](crate::Error::Disconnected) where the
    /// connection ended after all before it was sent, and before the broker's answer;
    /// with [`Error::QueueFull`](crate::Error::QueueFull) where 1,024 wait beside a full queue.
    fn into_future(self) -> Answer {
        Answer::of(|completion| self.client.flush(self.timeout, completion))
    }
}
