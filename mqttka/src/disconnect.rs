use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use mqttka_core::client::{DisconnectOptions, Disconnecting};

use crate::outgoing::{seconds_u32, text};
use crate::{Client, Error, ReasonCode};

/// An end to come: [`Client::disconnect`] makes one, `.await` begins it and waits for it.
#[derive(Clone, Debug)]
#[must_use = "nothing ends before `.await`"]
pub struct Disconnect {
    client: Client,
    /// The first thing that is wrong stays.
    options: Result<DisconnectOptions, Error>,
}

impl Disconnect {
    pub(crate) fn new(client: Client) -> Self {
        Disconnect {
            client,
            options: Ok(DisconnectOptions::default()),
        }
    }

    fn change(mut self, change: impl FnOnce(&mut DisconnectOptions) -> Result<(), Error>) -> Self {
        if let Ok(options) = &mut self.options
            && let Err(error) = change(options)
        {
            self.options = Err(error);
        }
        self
    }

    /// What the broker is told; MQTT 5.0 only. Default: [`ReasonCode::Success`].
    pub fn reason_code(self, reason_code: ReasonCode) -> Self {
        self.change(|options| {
            options.reason_code = reason_code;
            Ok(())
        })
    }

    /// First wait, at most so long (up to 1 day), until everything that was queued is acknowledged.
    /// New operations are meanwhile for the next connection, or are refused with
    /// [`Error::NotConnected`] without [`reconnect`](crate::Builder::reconnect). Default: it waits
    /// for no acknowledgements.
    pub fn drain_timeout(self, drain_timeout: Duration) -> Self {
        self.change(|options| {
            options.drain_timeout = Some(drain_timeout);
            Ok(())
        })
    }

    /// How long the broker is to keep the session from now on, in whole seconds, up to
    /// 4,294,967,294 s; [`Duration::MAX`] is for ever, and zero ends it with the connection. It needs
    /// MQTT 5.0, and a [`session_expiry_interval`](crate::Builder::session_expiry_interval) above zero
    /// where it is above zero itself. Default: as it is.
    ///
    /// ```no_run
    /// # async fn example(client: mqttka::Client) -> Result<(), mqttka::Error> {
    /// use std::time::Duration;
    ///
    /// // The user logs out: nothing is to wait for this client any more.
    /// client.disconnect().session_expiry_interval(Duration::ZERO).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn session_expiry_interval(self, interval: Duration) -> Self {
        self.change(|options| {
            options.session_expiry_interval = Some(match interval {
                Duration::MAX => u32::MAX,
                interval => seconds_u32("session_expiry_interval", interval)?,
            });
            Ok(())
        })
    }

    /// The reason in words, for the broker's log; MQTT 5.0 only.
    pub fn reason_string(self, reason: impl AsRef<str>) -> Self {
        self.change(|options| {
            options.reason_string = Some(text("reason_string", reason)?);
            Ok(())
        })
    }

    /// A name and a value of the application's own; MQTT 5.0 only.
    pub fn user_property(self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.change(|options| {
            let name = text("the name of a user property", name)?;
            let value = text("the value of a user property", value)?;
            options.user_properties.push((name, value));
            Ok(())
        })
    }
}

impl IntoFuture for Disconnect {
    type Output = Result<(), Error>;
    type IntoFuture = Ending;

    /// Begins the end now; dropping what this gives does not recall it. It fails with
    /// [`Error::NotConnected`] where there is nothing to end, [`Error::InvalidOption`] for what a
    /// client's DISCONNECT cannot have, [`Error::NotSupported`] for what 3.1.1 cannot, or
    /// [`Error::Closed`].
    fn into_future(self) -> Ending {
        let core = &self.client.core;
        let ending = self
            .options
            .and_then(|options| Ok(core.disconnecting_with(&options)?));
        if let Ok(ending) = &ending {
            self.client.ends(ending);
        }
        Ending(ending)
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
