use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use mqttka_core::client::Disconnecting;

use crate::{Client, Error, ReasonCode};

/// An end to come: [`Client::disconnect`] makes one, `.await` begins it and waits for it.
#[derive(Clone, Debug)]
#[must_use = "nothing ends before `.await`"]
pub struct Disconnect {
    client: Client,
    reason_code: ReasonCode,
    drain_timeout: Option<Duration>,
}

impl Disconnect {
    pub(crate) fn new(client: Client) -> Self {
        Disconnect {
            client,
            reason_code: ReasonCode::Success,
            drain_timeout: None,
        }
    }

    /// What the broker is told; MQTT 5.0 only. Default: [`ReasonCode::Success`].
    pub fn reason_code(mut self, reason_code: ReasonCode) -> Self {
        self.reason_code = reason_code;
        self
    }

    /// First wait, at most so long (up to 1 day), until everything that was queued is acknowledged.
    /// New operations are meanwhile for the next connection, or are refused with
    /// [`Error::NotConnected`] without [`reconnect`](crate::Builder::reconnect). Default: it waits
    /// for no acknowledgements.
    pub fn drain_timeout(mut self, drain_timeout: Duration) -> Self {
        self.drain_timeout = Some(drain_timeout);
        self
    }
}

impl IntoFuture for Disconnect {
    type Output = Result<(), Error>;
    type IntoFuture = Ending;

    /// Begins the end now; dropping what this gives does not recall it. It fails with
    /// [`Error::NotConnected`] where there is nothing to end, [`Error::InvalidOption`] for a reason
    /// code that is not a client's, or [`Error::Closed`].
    fn into_future(self) -> Ending {
        let core = &self.client.core;
        let ending = match self.drain_timeout {
            Some(timeout) => core.disconnecting_after(self.reason_code, timeout),
            None => core.disconnecting(self.reason_code),
        };
        if let Ok(ending) = &ending {
            self.client.ends(ending);
        }
        Ending(ending.map_err(Error::from))
    }
}

/// Waits for the end of a connection. Dropping it changes nothing for that.
#[derive(Debug)]
#[must_use = "without `.await` nobody hears of the end"]
pub struct Ending(Result<Disconnecting, Error>);

impl Future for Ending {
    type Output = Result<(), Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Ok(ending) => Pin::new(ending).poll(cx).map(Ok),
            Err(error) => Poll::Ready(Err(error.clone())),
        }
    }
}
