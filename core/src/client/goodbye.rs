//! The end of a connection that the application asks for.

use std::time::Duration;

use super::{Client, Disconnecting, fork};
use crate::error::Error;
use crate::types::ReasonCode;

impl Client {
    /// Sends DISCONNECT after what is queued and closes, all within min(K/2, 2 s); the
    /// event is [`EventKind::Disconnected`](super::EventKind::Disconnected) with
    /// [`DisconnectCause::DisconnectRequested`](super::DisconnectCause::DisconnectRequested). While
    /// connecting, the attempt ends with
    /// [`ConnectError::DisconnectRequested`](super::ConnectError::DisconnectRequested).
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l16).
    ///
    /// `reason_code` is for the broker (section 3.14.2.1), [`ReasonCode::Success`] as a rule;
    /// 3.1.1 has none.
    ///
    /// # Errors
    /// [`Error::NotConnected`] where there is nothing to end; [`Error::InvalidOption`] for a
    /// reason code that a client's DISCONNECT cannot have; [`Error::Closed`]; [`Error::Forked`].
    pub fn disconnect(&self, reason_code: ReasonCode) -> Result<(), Error> {
        fork::check()?;
        let (_, ring) = self.0.disconnect(reason_code, None)?;
        self.0.shared.inbox.ring(ring);
        Ok(())
    }

    /// As [`disconnect`](Self::disconnect), but first waits until all that was queued before is
    /// acknowledged, at most `drain_timeout` (up to 1 day). New operations are meanwhile for the next
    /// connection, where the client comes back by itself; else they are refused.
    ///
    /// # Errors
    /// As [`disconnect`](Self::disconnect).
    pub fn disconnect_after(
        &self,
        reason_code: ReasonCode,
        drain_timeout: Duration,
    ) -> Result<(), Error> {
        fork::check()?;
        let (_, ring) = self.0.disconnect(reason_code, Some(drain_timeout))?;
        self.0.shared.inbox.ring(ring);
        Ok(())
    }

    /// As [`disconnect`](Self::disconnect), and tells when the connection or attempt has ended,
    /// whatever its end was.
    ///
    /// # Errors
    /// As [`disconnect`](Self::disconnect).
    pub fn disconnecting(&self, reason_code: ReasonCode) -> Result<Disconnecting, Error> {
        fork::check()?;
        self.0.disconnecting(reason_code, None)
    }

    /// As [`disconnect_after`](Self::disconnect_after), and tells when the connection or attempt
    /// has ended, whatever its end was.
    ///
    /// # Errors
    /// As [`disconnect`](Self::disconnect).
    pub fn disconnecting_after(
        &self,
        reason_code: ReasonCode,
        drain_timeout: Duration,
    ) -> Result<Disconnecting, Error> {
        fork::check()?;
        self.0.disconnecting(reason_code, Some(drain_timeout))
    }
}
