//! Asks the application's connection provider: off the engine's thread, one call at a time, and
//! for the newest attempt only.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::exit;
use super::fork;
use super::inbox::Inbox;
#[cfg(feature = "tls")]
use super::options::LastTls;
use super::options::Options;
use super::provider::{ConnectionProvider, ConnectionRequest, ProvidedConnection};
use super::runner::{Quantum, Runner};
use super::shared::Shared;
use crate::clock;
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

/// The provider of one client. A call of it that does not return keeps one thread of the pool,
/// whatever the number of attempts that come and go meanwhile.
pub(super) struct Asking {
    this: Weak<Asking>,
    /// The name that logs have for the client.
    client: u64,
    options: Options,
    inbox: Arc<Inbox>,
    /// Calls the provider.
    runner: Runner,
    #[cfg(feature = "tls")]
    last_tls: Mutex<LastTls>,
    state: Mutex<State>,
}

struct State {
    /// `None` when the client has ended.
    provider: Option<Arc<dyn ConnectionProvider>>,
    /// The provider has not heard of it yet.
    waiting: Option<Question>,
    /// The attempt whose answer counts, until that is there.
    unanswered: Option<u64>,
    /// Of the newest attempt.
    overrides: Overrides,
    /// A thread runs this, or is about to.
    running: bool,
    ended: bool,
}

impl Asking {
    pub(super) fn new(
        provider: Arc<dyn ConnectionProvider>,
        options: Options,
        shared: &Shared,
        runner: Runner,
    ) -> Arc<Self> {
        Self::of(
            provider,
            options,
            Arc::clone(&shared.inbox),
            shared.number(),
            runner,
        )
    }

    fn of(
        provider: Arc<dyn ConnectionProvider>,
        options: Options,
        inbox: Arc<Inbox>,
        client: u64,
        runner: Runner,
    ) -> Arc<Self> {
        Arc::new_cyclic(|this| Asking {
            this: this.clone(),
            client,
            options,
            inbox,
            runner,
            #[cfg(feature = "tls")]
            last_tls: Mutex::default(),
            state: Mutex::new(State {
                provider: Some(provider),
                waiting: None,
                unanswered: None,
                overrides: Overrides::default(),
                running: false,
                ended: false,
            }),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest attempt asks; what earlier ones asked counts no more.
    pub(super) fn ask(&self, question: Question) {
        let mut state = self.lock();
        state.overrides = Overrides::default();
        state.unanswered = Some(question.connection_number);
        state.waiting = Some(question);
        self.run_soon(state);
    }

    /// What the newest attempt's answer has in place of what the options say.
    pub(super) fn overrides(&self) -> Overrides {
        self.lock().overrides.clone()
    }

    /// The client has ended: nobody is asked any more, and the provider is dropped.
    pub(super) fn end(&self) {
        let mut state = self.lock();
        (state.waiting, state.unanswered) = (None, None);
        state.overrides = Overrides::default();
        state.ended = true;
        self.run_soon(state);
    }

    fn run_soon(&self, mut state: MutexGuard<'_, State>) {
        if !std::mem::replace(&mut state.running, true)
            && let Some(this) = self.this.upgrade()
        {
            drop(state);
            // A thread was there before the first client was.
            self.runner.push(this);
        }
    }

    /// Calls the provider.
    fn put(&self, provider: &dyn ConnectionProvider, question: Question) {
        let Question {
            connection_number,
            attempt_number,
            deadline,
        } = question;
        let time_left = deadline.saturating_since(clock::now());
        if time_left.is_zero() || exit::process_is_ending() {
            return;
        }
        let client = self.client;
        log!(
            Debug,
            "client {client}: asks its connection provider for attempt {connection_number}"
        );
        let this = Weak::clone(&self.this);
        let request = ConnectionRequest::new(attempt_number, time_left, move |result| {
            if let Some(this) = this.upgrade() {
                this.answered(connection_number, result);
            }
        });
        let called = catch_unwind(AssertUnwindSafe(|| provider.provide(request)));
        if called.is_err() {
            // Where the request did not go with it.
            let message = "it panicked".to_owned();
            let fatal = false;
            self.answered(connection_number, Err(ProviderError { message, fatal }));
        }
    }

    fn is_unanswered(&self, connection_number: u64) -> bool {
        self.lock().unanswered == Some(connection_number)
    }

    /// The application has answered, on any thread.
    fn answered(&self, connection_number: u64, result: Result<ProvidedConnection, ProviderError>) {
        // In a forked child nobody asks, and the lock may be held by a thread that is not there.
        if fork::forked() || !self.is_unanswered(connection_number) {
            return;
        }
        // Files are read: not under the lock, which the engine needs.
        let result = result.and_then(|given| {
            self.made_ready(given).map_err(|error| ProviderError {
                message: error.to_string(),
                fatal: false,
            })
        });
        let client = self.client;
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
        let result = {
            let mut state = self.lock();
            if state.unanswered != Some(connection_number) {
                return;
            }
            state.unanswered = None;
            result.map(|(provided, overrides)| {
                state.overrides = overrides;
                provided
            })
        };
        // A client that is closed does not mind.
        let _ = self.inbox.hint(Command::Provided {
            connection_number,
            result,
        });
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

impl Quantum for Asking {
    fn run(&self) -> bool {
        let mut state = self.lock();
        if state.ended {
            let provider = state.provider.take();
            state.running = false;
            drop(state);
            drop(provider);
            return false;
        }
        let (Some(question), Some(provider)) = (state.waiting.take(), state.provider.clone())
        else {
            state.running = false;
            return false;
        };
        drop(state);
        self.put(&*provider, question);
        true
    }
}

impl fmt::Debug for Asking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asking")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
