//! What the application and the system know of the network, told to a client (rule L17).

use std::time::Duration;

use super::{Client, Options, fork};
use crate::error::Error;
use crate::proto::{Command, NetworkUpdate};

impl Client {
    /// Asks the broker for a sign of life now: sends PINGREQ early, and where nothing
    /// comes within `timeout`, the connection ends with
    /// [`DisconnectCause::KeepAliveTimeout`](crate::error::DisconnectCause). Any inbound byte and
    /// any acknowledged byte of ours is a sign of life. Without a connection it does nothing. Call
    /// it, for example, when the app comes to the foreground.
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l17).
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for a timeout that is not 1 ms to 1 day, [`Error::Closed`],
    /// [`Error::Forked`].
    pub fn probe_now(&self, timeout: Duration) -> Result<(), Error> {
        fork::check()?;
        Options::check_duration("probe_timeout", timeout)?;
        self.0.shared.inbox.hint(Command::Probe { timeout })
    }

    /// The system says that its network changed. Where the connection's local address
    /// is gone, it ends at once with
    /// [`DisconnectCause::NetworkLost`](crate::error::DisconnectCause); else the broker is probed
    /// with a timeout of min(K/2, 10 s), whatever the change. Without a connection it does nothing.
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l17).
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Forked`].
    pub fn network_changed(&self, update: impl Into<NetworkUpdate>) -> Result<(), Error> {
        fork::check()?;
        self.0.shared.hear_of_network(update.into())
    }

    /// Where the client waits to try again ([`State::Reconnecting`](crate::proto::State)), it tries
    /// now. Else it does nothing. At most four attempts a second begin in this way or by hints; one
    /// that is asked for sooner begins when its time has come.
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Forked`].
    pub fn reconnect_now(&self) -> Result<(), Error> {
        fork::check()?;
        self.0.shared.inbox.hint(Command::ReconnectNow)
    }

    /// The application is in the background now: its pings may be as rare as they are
    /// allowed to be.
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l17).
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Forked`].
    pub fn entered_background(&self) -> Result<(), Error> {
        fork::check()?;
        self.0.shared.inbox.hint(Command::EnteredBackground)
    }

    /// The application is in the foreground now: the broker has 2 s to show that it
    /// lives; where the client waits to try again, it tries now.
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l17).
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Forked`].
    pub fn entered_foreground(&self) -> Result<(), Error> {
        fork::check()?;
        self.0.shared.inbox.hint(Command::EnteredForeground)
    }
}
