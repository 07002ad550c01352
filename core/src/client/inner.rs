//! What all handles of a client have in common: the client lives as long as one of them.

use std::sync::Arc;

use super::completion::Completion;
use super::fork;
use super::shared::Shared;
use crate::error::Error;
use crate::proto::{Command, Outcome};
use crate::types::{Properties, ReasonCode, TopicFilter, Version};

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) shared: Arc<Shared>,
    pub(super) version: Version,
    pub(super) keeps_publishes: bool,
}

impl Inner {
    /// Ends a subscription at the broker, as far as no other one of the client's needs its
    /// filters. `notice` is called when that is done, before the completion.
    pub(super) fn unsubscribe(
        &self,
        id: u64,
        filters: &[TopicFilter],
        completion: Completion,
        notice: impl FnOnce(&Outcome) + Send + 'static,
    ) -> Result<(), Error> {
        let filters = self.shared.lanes.router.only_of(id, filters);
        let completion = completion.noticed(notice);
        if filters.is_empty() {
            let outcome = Outcome::new(Ok(ReasonCode::Success), None);
            self.shared.lanes.complete(completion, outcome);
            return Ok(());
        }
        let command = Command::Unsubscribe {
            filters,
            properties: Properties::new(),
            token: completion.into_token(),
        };
        self.shared.inbox.push(command, false)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if fork::check().is_ok() {
            self.shared.inbox.push_close();
        }
    }
}
