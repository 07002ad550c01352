//! What all handles of a client have in common: the client lives as long as one of them.

use std::sync::Arc;

use super::completion::Completion;
use super::fork;
use super::identifiers::Change;
use super::shared::Shared;
use crate::error::Error;
use crate::proto::{Command, Outcome, State};
use crate::types::{Properties, ReasonCode, TopicFilter, Version};

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) shared: Arc<Shared>,
    pub(super) version: Version,
    pub(super) comes_back: bool,
    pub(super) keeps_publishes: bool,
    /// What CONNECT asks for, in seconds.
    pub(super) session_expiry_interval: u32,
    /// There is an authenticator.
    pub(super) authenticates: bool,
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
        self.room_for(&completion)?;
        if self.shared.inbox.state() == State::Closed {
            return Err(Error::Closed);
        }
        let completion = completion.noticed(notice);
        if filters.is_empty() {
            let outcome = Outcome::new(Ok(ReasonCode::Success), None);
            return match self.shared.lanes.complete(completion, outcome) {
                true => Ok(()),
                false => Err(Error::Closed),
            };
        }
        self.send_unsubscribe(filters, Properties::new(), completion)
    }

    /// Sends an UNSUBSCRIBE for which there is room.
    pub(super) fn send_unsubscribe(
        &self,
        filters: Vec<TopicFilter>,
        properties: Properties,
        completion: Completion,
    ) -> Result<(), Error> {
        let change = self.shared.lanes.router.unsubscribing(&filters);
        let command = Command::Unsubscribe {
            filters,
            properties,
            token: following(completion, &change).into_token(),
        };
        self.change(change, command)
    }

    /// Sends what changes what the broker has.
    pub(super) fn change(
        &self,
        change: Option<Change>,
        command: Command<Completion>,
    ) -> Result<(), Error> {
        let result = self.shared.inbox.push(command, self.comes_back);
        if let (Err(_), Some(change)) = (&result, &change) {
            self.shared.lanes.router.unchanged(change);
        }
        result
    }
}

/// The completion, for an operation whose change is followed.
pub(super) fn following(completion: Completion, change: &Option<Change>) -> Completion {
    match change {
        Some(change) => completion.changing(change.clone()),
        None => completion,
    }
}

impl Inner {
    /// Whether the message lane, which may be stuck, can wait for one more completion. From now on
    /// that can be cancelled.
    #[inline]
    pub(super) fn room_for(&self, completion: &Completion) -> Result<(), Error> {
        match completion.is_none() {
            true => Ok(()),
            false => self.room_for_some(completion),
        }
    }

    fn room_for_some(&self, completion: &Completion) -> Result<(), Error> {
        let Shared { lanes, inbox, .. } = &*self.shared;
        if completion.take(inbox) {
            inbox.push_cancel();
        }
        if completion.is_call() && lanes.router.completions() >= inbox.max_messages() {
            return Err(Error::QueueFull);
        }
        Ok(())
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if fork::check().is_ok() {
            self.shared.inbox.push_close();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::task::{Wake, Waker};
    use std::time::Duration;

    use super::*;
    use crate::client::{Client, Event, Handler, Message, Options};

    struct Silent;

    impl Handler for Silent {
        fn on_event(&self, _: &Event) {}
        fn on_message(&self, _: Message, _: u64) {}
    }

    /// As an engine that cannot be woken: its clients are told by whoever wanted to wake it.
    struct Gone(Arc<Shared>);

    impl Wake for Gone {
        fn wake(self: Arc<Self>) {
            self.0.end(Vec::new());
        }
    }

    #[test]
    fn the_engine_is_woken_without_a_lock() {
        let mut options = Options::new("127.0.0.1");
        options.servers[0].port = Some(1);
        for connecting in [false, true] {
            let client = Client::new(options.clone(), Silent).unwrap();
            let gone = Gone(Arc::clone(&client.0.shared));
            let inbox = &client.0.shared.inbox;
            let engine = inbox.replace_engine(Waker::from(Arc::new(gone)));
            let (told, hears) = channel();
            let caller = client.clone();
            std::thread::spawn(move || {
                let connected = match connecting {
                    true => caller.connecting().map(drop),
                    false => caller.connect(),
                };
                told.send(connected).unwrap();
            });
            let connected = hears.recv_timeout(Duration::from_secs(60));
            assert_eq!(connected, Ok(Ok(())), "it waits for its own lock");
            assert_eq!(client.connect(), Err(Error::Closed));
            engine.wake();
        }
    }
}
