//! How a client comes back by itself.

use std::time::Duration;

use mqttka_core::client::{
    Ended as CoreEnded, LostPublish, OperationError, Options as CoreOptions, QueuePolicy,
    ReasonCode, Reconnect, ReconnectStopped as CoreStopped, Reconnecting as CoreReconnecting,
    SubscriptionsLost as CoreSubscriptionsLost, TopicFilter,
};

use crate::{ConnectError, DisconnectCause, StopReason};

/// How a client comes back by itself, and what becomes of what waits meanwhile.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct ReconnectOptions {
    /// Whether it does. The other fields that are about attempts mean nothing where it does not.
    pub enabled: bool,
    /// The bound of the first delay; 10 ms to 1 day.
    pub first_delay: Duration,
    /// By how much the bound grows with each attempt; 1 to 100.
    pub factor: f64,
    /// The bound that no delay passes; 10 ms to 1 day.
    pub max_delay: Duration,
    /// How many attempts in a row may fail. None: any number.
    pub max_attempts: Option<u32>,
    /// How long the client tries. None: for ever.
    pub max_time: Option<Duration>,
    /// How long a connection must last before delays begin anew. None: 30 s, or one keep-alive
    /// where that is shorter.
    pub reset_after: Option<Duration>,
    /// Ends after which the client tries again although trying cannot help as a rule.
    pub retry_on: Vec<StopReason>,
    /// Go on with 3.1.1 where the broker does not speak 5.0.
    pub fallback_to_v311: bool,
    /// How often in a row the client follows a broker to another server; 0 to 100.
    pub max_redirects: u32,
    /// What happens where the outbound queue is full.
    pub queue_policy: QueuePolicy,
    /// What becomes of unacknowledged QoS 1 publishes whose session is lost.
    pub lost_qos1: LostPublish,
    /// The same for QoS 2.
    pub lost_qos2: LostPublish,
    /// An operation at which so many connections in a row ended leaves the queue; 0 to 1,000.
    pub poison_after: u32,
    /// Begin a clean session where the broker keeps what the client cannot take.
    pub clean_start_on_backlog: bool,
    /// Connect over a new network before the old connection is let go.
    pub make_before_break: bool,
}

impl ReconnectOptions {
    /// The core's.
    pub(crate) fn of(core: &CoreOptions) -> Self {
        let config = &core.config;
        let reconnect = config.reconnect.clone();
        let enabled = reconnect.is_some();
        let reconnect = reconnect.unwrap_or_default();
        ReconnectOptions {
            enabled,
            first_delay: reconnect.first_delay,
            factor: reconnect.factor,
            max_delay: reconnect.max_delay,
            max_attempts: reconnect.max_attempts,
            max_time: reconnect.max_time,
            reset_after: reconnect.reset_after,
            retry_on: reconnect.retry_on.into_iter().map(Into::into).collect(),
            fallback_to_v311: config.fallback_to_v311,
            max_redirects: config.max_redirects,
            queue_policy: config.queue_policy,
            lost_qos1: config.lost_qos1,
            lost_qos2: config.lost_qos2,
            poison_after: config.poison_after,
            clean_start_on_backlog: config.clean_start_on_backlog,
            make_before_break: config.make_before_break,
        }
    }

    /// Into the core's options.
    pub(crate) fn put(self, core: &mut CoreOptions) {
        let ReconnectOptions {
            enabled,
            first_delay,
            factor,
            max_delay,
            max_attempts,
            max_time,
            reset_after,
            retry_on,
            fallback_to_v311,
            max_redirects,
            queue_policy,
            lost_qos1,
            lost_qos2,
            poison_after,
            clean_start_on_backlog,
            make_before_break,
        } = self;
        let mut reconnect = Reconnect::default();
        reconnect.first_delay = first_delay;
        reconnect.factor = factor;
        reconnect.max_delay = max_delay;
        reconnect.max_attempts = max_attempts;
        reconnect.max_time = max_time;
        reconnect.reset_after = reset_after;
        reconnect.retry_on = retry_on.into_iter().filter_map(StopReason::core).collect();
        let config = &mut core.config;
        config.reconnect = enabled.then_some(reconnect);
        config.fallback_to_v311 = fallback_to_v311;
        config.max_redirects = max_redirects;
        config.queue_policy = queue_policy;
        config.lost_qos1 = lost_qos1;
        config.lost_qos2 = lost_qos2;
        config.poison_after = poison_after;
        config.clean_start_on_backlog = clean_start_on_backlog;
        config.make_before_break = make_before_break;
    }
}

/// How a connection or an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Ended {
    /// A connection ended for this.
    Disconnected {
        /// Why.
        cause: DisconnectCause,
        /// The same in words.
        detail: String,
    },
    /// An attempt failed for this.
    ConnectFailed {
        /// Why.
        error: ConnectError,
        /// The same in words.
        detail: String,
    },
}

/// What the client does next, after a connection or an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Reconnecting {
    /// The number of the attempt to come, counted since the last connection that came about, from 1.
    pub attempt_number: u32,
    /// After this time, unless the application or a hint asks for it sooner.
    pub delay: Duration,
    /// What ended.
    pub cause: Ended,
}

/// Why the client does not come back by itself.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ReconnectStopped {
    /// Why not.
    pub reason: StopReason,
    /// The same in words.
    pub detail: String,
    /// What ended last.
    pub cause: Ended,
}

/// A subscription that is no more.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct LostSubscription {
    /// Its topic filter.
    pub filter: String,
    /// The broker's reason, where it refused it.
    pub reason_code: Option<ReasonCode>,
    /// Why, in words.
    pub detail: String,
}

impl From<&CoreEnded> for Ended {
    fn from(ended: &CoreEnded) -> Self {
        match ended {
            CoreEnded::Disconnected(cause) => Ended::Disconnected {
                cause: cause.clone().into(),
                detail: cause.to_string(),
            },
            CoreEnded::ConnectFailed(error) => Ended::ConnectFailed {
                error: error.clone().into(),
                detail: error.to_string(),
            },
        }
    }
}

impl From<&CoreReconnecting> for Reconnecting {
    fn from(reconnecting: &CoreReconnecting) -> Self {
        Reconnecting {
            attempt_number: reconnecting.attempt_number,
            delay: reconnecting.delay,
            cause: (&reconnecting.cause).into(),
        }
    }
}

impl From<&CoreStopped> for ReconnectStopped {
    fn from(stopped: &CoreStopped) -> Self {
        ReconnectStopped {
            reason: stopped.reason.into(),
            detail: stopped.reason.to_string(),
            cause: (&stopped.cause).into(),
        }
    }
}

pub(crate) fn lost_subscriptions(lost: &CoreSubscriptionsLost) -> Vec<LostSubscription> {
    lost.filters.iter().map(LostSubscription::from).collect()
}

impl From<&(TopicFilter, OperationError)> for LostSubscription {
    fn from((filter, error): &(TopicFilter, OperationError)) -> Self {
        LostSubscription {
            filter: filter.to_string(),
            reason_code: match error {
                OperationError::Refused(code) | OperationError::NotSupportedByServer(code) => {
                    Some(*code)
                }
                _ => None,
            },
            detail: error.to_string(),
        }
    }
}
