//! What the application or the system knows sooner than the client.

use std::time::Duration;

use crate::{Client, Error, NetworkUpdate};

impl Client {
    /// Where the client waits to try again, it tries now; else it does nothing. At most four
    /// attempts a second begin in this way.
    ///
    /// # Errors
    /// [`Error::Closed`]; [`Error::Forked`].
    pub fn reconnect_now(&self) -> Result<(), Error> {
        Ok(self.core.reconnect_now()?)
    }

    /// The system says that its network changed: a connection whose local address is gone ends at
    /// once, another is probed; a client that waits to try again tries now, except after
    /// [`NetworkChange::Lost`](crate::NetworkChange::Lost). On Linux the feature `network-monitor`
    /// does this by itself.
    ///
    /// ```no_run
    /// # fn example(client: mqttka::Client) -> Result<(), mqttka::Error> {
    /// use mqttka::{NetworkChange, NetworkUpdate};
    ///
    /// client.network_changed(NetworkChange::Changed)?;
    /// let mut update = NetworkUpdate::new(NetworkChange::Changed);
    /// update.metered = Some(true);
    /// client.network_changed(update)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Closed`]; [`Error::Forked`].
    pub fn network_changed(&self, update: impl Into<NetworkUpdate>) -> Result<(), Error> {
        Ok(self.core.network_changed(update)?)
    }

    /// Asks the broker for a sign of life now: where none comes within `timeout` (1 ms to 1 day), the
    /// connection ends. Without a connection it does nothing.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for another timeout; [`Error::Closed`]; [`Error::Forked`].
    pub fn probe_now(&self, timeout: Duration) -> Result<(), Error> {
        Ok(self.core.probe_now(timeout)?)
    }

    /// The application is in the background now: pings may be as rare as they are allowed to be.
    ///
    /// # Errors
    /// [`Error::Closed`]; [`Error::Forked`].
    pub fn entered_background(&self) -> Result<(), Error> {
        Ok(self.core.entered_background()?)
    }

    /// The application is in the foreground now: the broker has 2 s to show that it lives; where the
    /// client waits to try again, it tries now.
    ///
    /// # Errors
    /// [`Error::Closed`]; [`Error::Forked`].
    pub fn entered_foreground(&self) -> Result<(), Error> {
        Ok(self.core.entered_foreground()?)
    }
}
