//! Why a request has no response.

use thiserror::Error;

use crate::error::OperationError;
use crate::proto::Outcome;
use crate::types::{Properties, Text};

/// Why a request has no response; where the broker refused it, or the subscription to its response
/// topic, with what the broker's answer said.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{error}")]
#[non_exhaustive]
pub struct Unanswered {
    /// Why.
    pub error: OperationError,
    /// The broker's words, where it sent some.
    pub reason_string: Option<Text>,
    /// All properties of the broker's answer, user properties included; none where it did not answer.
    pub properties: Properties,
}

impl Unanswered {
    /// What ended it has this outcome.
    pub(super) fn told(error: OperationError, outcome: &Outcome) -> Self {
        Unanswered {
            error,
            reason_string: outcome.reason_string.clone(),
            properties: outcome.properties.clone(),
        }
    }
}

impl From<OperationError> for Unanswered {
    /// Without a word of the broker.
    fn from(error: OperationError) -> Self {
        Unanswered {
            error,
            reason_string: None,
            properties: Properties::new(),
        }
    }
}
