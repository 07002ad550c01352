//! Asks the application's connection provider.

use std::sync::Arc;
#[cfg(feature = "tls")]
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::desk::{Desk, Slip, Subject};
use super::inbox::Inbox;
#[cfg(feature = "tls")]
use super::options::LastTls;
use super::options::Options;
use super::provider::{ConnectionProvider, ConnectionRequest, ProvidedConnection};
use super::runner::Runner;
use super::shared::Shared;
use crate::error::Error;
use crate::log::log;
use crate::proto::{Command, Provided, ProviderError};
use crate::transport::Overrides;
use crate::types::Instant;

/// What an attempt asks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question {
    pub(super) connection_number: u64,
    pub(super) attempt_number: u32,
    /// When the attempt is given up.
    pub(super) deadline: Instant,
}

/// The provider of one client.
pub(super) type Asking = Desk<Attempts>;

/// What a client's attempts connect with.
pub(super) struct Attempts {
    /// The name that logs have for the client.
    client: u64,
    options: Options,
    inbox: Arc<Inbox>,
    #[cfg(feature = "tls")]
    last_tls: Mutex<LastTls>,
}

impl Asking {
    pub(super) fn new(
        provider: Arc<dyn ConnectionProvider>,
        options: Options,
        shared: &Shared,
        runner: Runner,
    ) -> Arc<Self> {
        let inbox = Arc::clone(&shared.inbox);
        Desk::of(
            Attempts::new(options, inbox, shared.number()),
            provider,
            runner,
        )
    }
}

impl Attempts {
    fn new(options: Options, inbox: Arc<Inbox>, client: u64) -> Self {
        Attempts {
            client,
            options,
            inbox,
            #[cfg(feature = "tls")]
            last_tls: Mutex::default(),
        }
    }

    fn made_ready(&self, given: ProvidedConnection) -> Result<(Provided, Overrides), Error> {
        #[cfg(feature = "tls")]
        let mut last_tls = self.last_tls.lock().unwrap_or_else(PoisonError::into_inner);
        self.options.provided(
            given,
            #[cfg(feature = "tls")]
            &mut last_tls,
        )
    }
}

impl Subject for Attempts {
    type Whom = dyn ConnectionProvider;
    type Question = Question;
    /// The attempt.
    type Key = u64;
    type Answer = Result<ProvidedConnection, ProviderError>;
    /// What the attempt has in place of what the options say.
    type Kept = Overrides;

    fn key(question: &Question) -> u64 {
        question.connection_number
    }

    fn deadline(question: &Question) -> Instant {
        question.deadline
    }

    fn now(&self) -> Instant {
        self.inbox.time.now()
    }

    fn put(
        &self,
        provider: &dyn ConnectionProvider,
        question: Question,
        time_left: Duration,
        slip: Slip<Self>,
    ) {
        let (client, connection_number) = (self.client, question.connection_number);
        log!(
            Debug,
            "client {client}: asks its connection provider for attempt {connection_number}"
        );
        let answer = move |result| slip.answer(result);
        let request = ConnectionRequest::new(question.attempt_number, time_left, answer);
        provider.provide(request);
    }

    fn answered(desk: &Asking, connection_number: u64, result: Self::Answer) {
        // Files are read: not for an answer that does not count, and not under the lock, which the
        // engine needs.
        if !desk.awaits(connection_number) {
            return;
        }
        let Attempts { client, inbox, .. } = &desk.subject;
        let result = result.and_then(|given| {
            let ready = desk.subject.made_ready(given);
            ready.map_err(|error| ProviderError {
                message: error.to_string(),
                fatal: false,
            })
        });
        match &result {
            Ok(_) => log!(
                Debug,
                "client {client}: its connection provider has answered for attempt \
                 {connection_number}"
            ),
            Err(error) => log!(
                Debug,
                "client {client}: its connection provider has nothing for attempt \
                 {connection_number}: {}",
                error.message
            ),
        }
        let (result, overrides) = match result {
            Ok((provided, overrides)) => (Ok(provided), overrides),
            Err(error) => (Err(error), Overrides::default()),
        };
        if desk.settle(connection_number, overrides) {
            // A client that is closed does not mind.
            let _ = inbox.hint(Command::Provided {
                connection_number,
                result,
            });
        }
    }

    fn panicked() -> Self::Answer {
        let message = "it panicked".to_owned();
        let fatal = false;
        Err(ProviderError { message, fatal })
    }
}

#[cfg(all(test, feature = "engine"))]
mod tests;
