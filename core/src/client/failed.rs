//! Why a request has no response, or a stream no subscription, and what the broker said of it.

use std::sync::Arc;

use thiserror::Error;

use crate::error::{OperationError, Words};
use crate::proto::{Outcome, SubscriptionsLost};
use crate::types::{Properties, Text};

/// Why a request has no response, or a stream no subscription (any more); where the broker refused it, with what
/// the broker's answer said: to the request itself, to the SUBSCRIBE, or to the SUBSCRIBE that the client
/// sends by itself when the broker has lost the session.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{error}{}", Words(reason_string))]
#[non_exhaustive]
pub struct Failed {
    /// Why.
    pub error: OperationError,
    /// The broker's words, where it sent some.
    pub reason_string: Option<Text>,
    /// All properties of the broker's answer, user properties included; none where it did not answer. As many
    /// requests and streams may end by one answer, they share them.
    pub properties: Arc<Properties>,
}

impl Failed {
    /// What ended it has this outcome.
    pub(super) fn told(error: OperationError, outcome: &Outcome) -> Self {
        Failed {
            error,
            reason_string: outcome.reason_string.clone(),
            properties: Arc::new(outcome.properties.clone()),
        }
    }

    /// It ended with subscriptions that the broker did not grant again; for each of them, what they share.
    pub(super) fn lost(
        lost: &SubscriptionsLost,
        properties: Properties,
    ) -> impl Fn(OperationError) -> Self {
        let properties = Arc::new(properties);
        let reason_string = lost.reason_string.clone();
        move |error| Failed {
            error,
            reason_string: reason_string.clone(),
            properties: Arc::clone(&properties),
        }
    }
}

impl From<OperationError> for Failed {
    /// Without a word of the broker.
    fn from(error: OperationError) -> Self {
        Failed {
            error,
            reason_string: None,
            properties: Arc::default(),
        }
    }
}
