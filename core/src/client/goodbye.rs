//! The end of a connection that the application asks for.

use std::time::Duration;

use super::inbox::Ring;
use super::inner::Inner;
use super::options::Options;
use super::shared::Shared;
use super::{Client, Disconnecting, fork};
use crate::error::Error;
use crate::proto::Farewell;
use crate::types::{Properties, Property, ReasonCode, Text, Version};

/// How a connection is to end, and what the broker is told of it (section 3.14).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DisconnectOptions {
    /// For the broker (section 3.14.2.1): one that a client may send; with
    /// [`ReasonCode::DisconnectWithWillMessage`] the broker publishes the Will. 3.1.1 has none.
    /// Default [`ReasonCode::Success`].
    pub reason_code: ReasonCode,
    /// First wait until all that was queued before is acknowledged, so long at most: 0 to 1 day.
    /// New operations are meanwhile for the next connection, where the client comes back by itself;
    /// else they are refused. Default `None`: it waits for no acknowledgements.
    pub drain_timeout: Option<Duration>,
    /// How long the broker is to keep the session from now on, in seconds; 4,294,967,295: for ever
    /// (section 3.14.2.2.2). 0 ends it with the connection. Needs MQTT 5.0, and an option
    /// [`session_expiry_interval`](crate::proto::Config::session_expiry_interval) above 0 where it is
    /// above 0. The next connection asks for what the option says again. Default `None`: as it is.
    pub session_expiry_interval: Option<u32>,
    /// The reason in words, for diagnostics (section 3.14.2.2.3); not sent in 3.1.1, nor where the
    /// packet would be larger than the broker takes. Default `None`.
    pub reason_string: Option<Text>,
    /// Names and values of the application's own (section 3.14.2.2.4), at most
    /// [`Properties::MAX_COUNT`]; not sent in 3.1.1, nor where the packet would be larger than the
    /// broker takes. Default: none.
    pub user_properties: Vec<(Text, Text)>,
}

impl Default for DisconnectOptions {
    fn default() -> Self {
        DisconnectOptions {
            reason_code: ReasonCode::Success,
            drain_timeout: None,
            session_expiry_interval: None,
            reason_string: None,
            user_properties: Vec::new(),
        }
    }
}

impl DisconnectOptions {
    /// All bounds, for this client.
    fn check(&self, inner: &Inner) -> Result<Farewell, Error> {
        if !client_may_disconnect_with(self.reason_code) {
            let bound = "one that a client's DISCONNECT can have";
            let code = self.reason_code;
            return Err(Error::invalid_option("reason_code", code, bound));
        }
        if let Some(drain_timeout) = self.drain_timeout {
            Options::check_duration("drain_timeout", drain_timeout)?;
        }
        if let Some(expiry) = self.session_expiry_interval {
            let what = "session_expiry_interval";
            if inner.version == Version::V311 {
                let needs = "MQTT 5.0";
                return Err(Error::NotSupported { what, needs });
            }
            // A protocol error, else (section 3.14.2.2.2).
            if expiry > 0 && inner.session_expiry_interval == 0 {
                let bound = "0 where the client's option session_expiry_interval is 0";
                return Err(Error::invalid_option(what, expiry, bound));
            }
        }
        let farewell = Farewell {
            reason_code: self.reason_code,
            drain_timeout: self.drain_timeout,
            properties: self.properties(),
        };
        match farewell.encode() {
            Ok(_) => Ok(farewell),
            Err(error) => Err(Error::InvalidArgument(error.to_string())),
        }
    }

    fn properties(&self) -> Properties {
        let expiry = self
            .session_expiry_interval
            .map(Property::SessionExpiryInterval);
        let reason = self.reason_string.clone().map(Property::ReasonString);
        let user = self.user_properties.iter().cloned();
        let user = user.map(|(name, value)| Property::UserProperty(name, value));
        expiry.into_iter().chain(reason).chain(user).collect()
    }

    fn plain(reason_code: ReasonCode, drain_timeout: Option<Duration>) -> Self {
        DisconnectOptions {
            reason_code,
            drain_timeout,
            ..DisconnectOptions::default()
        }
    }
}

impl Inner {
    /// Ends the connection or the attempt. The engine is still to be told.
    fn disconnect(&self, options: &DisconnectOptions) -> Result<(u64, Ring), Error> {
        let farewell = options.check(self)?;
        self.shared.inbox.disconnect(farewell)
    }
}

impl Client {
    /// Sends DISCONNECT after what is queued and closes, all within min(K/2, 2 s); the
    /// event is [`EventKind::Disconnected`](super::EventKind::Disconnected) with
    /// [`DisconnectCause::DisconnectRequested`](super::DisconnectCause::DisconnectRequested). While
    /// connecting, the attempt ends with
    /// [`ConnectError::DisconnectRequested`](super::ConnectError::DisconnectRequested). Where a wait
    /// for acknowledgements is under way (`drain_timeout`), it can only be cut short: what the broker
    /// is told is what the first call said.
    /// [More](https://github.com/mqttka/mqttka/blob/main/docs/liveness.md#l16).
    ///
    /// # Errors
    /// [`Error::NotConnected`] where there is nothing to end; [`Error::InvalidOption`] for a
    /// reason code that a client's DISCONNECT cannot have, a time out of its bounds, or a session
    /// expiry that the specification rules out; [`Error::NotSupported`] for a session expiry in
    /// 3.1.1; [`Error::InvalidArgument`] for more properties than a packet can have;
    /// [`Error::Closed`]; [`Error::Forked`].
    pub fn disconnect_with(&self, options: &DisconnectOptions) -> Result<(), Error> {
        fork::check()?;
        let (_, ring) = self.0.disconnect(options)?;
        self.0.shared.inbox.ring(ring);
        Ok(())
    }

    /// As [`disconnect_with`](Self::disconnect_with), and tells when the connection or attempt has
    /// ended, whatever its end was.
    ///
    /// # Errors
    /// As [`disconnect_with`](Self::disconnect_with).
    pub fn disconnecting_with(&self, options: &DisconnectOptions) -> Result<Disconnecting, Error> {
        fork::check()?;
        let Shared { lanes, inbox, .. } = &*self.0.shared;
        let start = || self.0.disconnect(options);
        let (disconnecting, ring) = lanes.transitions.disconnecting(start)?;
        inbox.ring(ring);
        Ok(disconnecting)
    }

    /// As [`disconnect_with`](Self::disconnect_with), with a reason code alone.
    ///
    /// # Errors
    /// As [`disconnect_with`](Self::disconnect_with).
    pub fn disconnect(&self, reason_code: ReasonCode) -> Result<(), Error> {
        self.disconnect_with(&DisconnectOptions::plain(reason_code, None))
    }

    /// As [`disconnect_with`](Self::disconnect_with), with a reason code and a time to wait for
    /// acknowledgements.
    ///
    /// # Errors
    /// As [`disconnect_with`](Self::disconnect_with).
    pub fn disconnect_after(
        &self,
        reason_code: ReasonCode,
        drain_timeout: Duration,
    ) -> Result<(), Error> {
        self.disconnect_with(&DisconnectOptions::plain(reason_code, Some(drain_timeout)))
    }

    /// As [`disconnecting_with`](Self::disconnecting_with), with a reason code alone.
    ///
    /// # Errors
    /// As [`disconnect_with`](Self::disconnect_with).
    pub fn disconnecting(&self, reason_code: ReasonCode) -> Result<Disconnecting, Error> {
        self.disconnecting_with(&DisconnectOptions::plain(reason_code, None))
    }

    /// As [`disconnecting_with`](Self::disconnecting_with), with a reason code and a time to wait
    /// for acknowledgements.
    ///
    /// # Errors
    /// As [`disconnect_with`](Self::disconnect_with).
    pub fn disconnecting_after(
        &self,
        reason_code: ReasonCode,
        drain_timeout: Duration,
    ) -> Result<Disconnecting, Error> {
        self.disconnecting_with(&DisconnectOptions::plain(reason_code, Some(drain_timeout)))
    }
}

/// The codes that section 3.14.2.1 allows a client to send.
fn client_may_disconnect_with(code: ReasonCode) -> bool {
    use ReasonCode as R;
    matches!(
        code,
        R::Success
            | R::DisconnectWithWillMessage
            | R::UnspecifiedError
            | R::MalformedPacket
            | R::ProtocolError
            | R::ImplementationSpecificError
            | R::TopicNameInvalid
            | R::ReceiveMaximumExceeded
            | R::TopicAliasInvalid
            | R::PacketTooLarge
            | R::MessageRateTooHigh
            | R::QuotaExceeded
            | R::AdministrativeAction
            | R::PayloadFormatInvalid
    )
}
