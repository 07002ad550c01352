//! Asks the application's authenticator: off the engine's thread, one call at a time, and for the
//! newest question only.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::Bytes;

use super::authenticator::{AuthenticationRequest, Authenticator};
use super::exit;
use super::fork;
use super::inbox::Inbox;
use super::runner::{Quantum, Runner};
use super::shared::Shared;
use crate::clock;
use crate::log::log;
use crate::proto::{Authenticated, AuthenticationQuestion, AuthenticatorError, Command};

/// The authenticator of one client. A call of it that does not return keeps one thread of the
/// pool, whatever the number of attempts that come and go meanwhile.
pub(super) struct Authenticating {
    this: Weak<Authenticating>,
    /// The name that logs have for the client.
    client: u64,
    inbox: Arc<Inbox>,
    /// Calls the authenticator.
    runner: Runner,
    state: Mutex<State>,
}

struct State {
    /// `None` when the client has ended.
    authenticator: Option<Arc<dyn Authenticator>>,
    /// The authenticator has not heard of it yet.
    waiting: Option<AuthenticationQuestion>,
    /// The exchange and the question whose answer counts, until that is there.
    unanswered: Option<(u64, u32)>,
    /// A thread runs this, or is about to.
    running: bool,
    ended: bool,
}

impl Authenticating {
    pub(super) fn new(
        authenticator: Arc<dyn Authenticator>,
        shared: &Shared,
        runner: Runner,
    ) -> Arc<Self> {
        Arc::new_cyclic(|this| Authenticating {
            this: this.clone(),
            client: shared.number(),
            inbox: Arc::clone(&shared.inbox),
            runner,
            state: Mutex::new(State {
                authenticator: Some(authenticator),
                waiting: None,
                unanswered: None,
                running: false,
                ended: false,
            }),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The machine asks; what it asked before counts no more.
    pub(super) fn ask(&self, question: AuthenticationQuestion) {
        let mut state = self.lock();
        state.unanswered = Some((question.exchange, question.number));
        state.waiting = Some(question);
        self.run_soon(state);
    }

    /// The attempt or the connection is over: what was asked for it counts no more.
    pub(super) fn forget(&self) {
        let mut state = self.lock();
        (state.waiting, state.unanswered) = (None, None);
    }

    /// The client has ended: nobody is asked any more, and the authenticator is dropped.
    pub(super) fn end(&self) {
        let mut state = self.lock();
        (state.waiting, state.unanswered) = (None, None);
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

    /// Calls the authenticator.
    fn put(&self, authenticator: &dyn Authenticator, question: AuthenticationQuestion) {
        let AuthenticationQuestion {
            exchange,
            number,
            step,
            deadline,
        } = question;
        let time_left = deadline.saturating_since(clock::now());
        if time_left.is_zero() || exit::process_is_ending() {
            return;
        }
        let client = self.client;
        log!(
            Debug,
            "client {client}: asks its authenticator, exchange {exchange}: {step:?}"
        );
        let (this, asks) = (Weak::clone(&self.this), Weak::clone(&self.this));
        let awaited = move || {
            let asked = asks.upgrade().filter(|_| !fork::forked());
            asked.is_some_and(|it| it.is_unanswered(exchange, number))
        };
        let answer = move |result| {
            if let Some(this) = this.upgrade() {
                this.answered(exchange, number, result);
            }
        };
        let request = AuthenticationRequest::new(exchange, time_left, step, awaited, answer);
        let called = catch_unwind(AssertUnwindSafe(|| authenticator.authenticate(request)));
        if called.is_err() {
            // Where the request did not go with it.
            let message = "it panicked".to_owned();
            let fatal = false;
            let error = AuthenticatorError { message, fatal };
            self.answered(exchange, number, Err(error));
        }
    }

    fn is_unanswered(&self, exchange: u64, number: u32) -> bool {
        self.lock().unanswered == Some((exchange, number))
    }

    /// The application has answered, on any thread.
    fn answered(
        &self,
        exchange: u64,
        number: u32,
        result: Result<Option<Bytes>, AuthenticatorError>,
    ) {
        // In a forked child nobody asks, and the lock may be held by a thread that is not there.
        if fork::forked() {
            return;
        }
        let awaited = {
            let mut state = self.lock();
            let awaited = Some((exchange, number));
            state.unanswered.take_if(|it| Some(*it) == awaited)
        };
        if awaited.is_none() {
            return;
        }
        let client = self.client;
        match &result {
            Ok(_) => log!(
                Debug,
                "client {client}: its authenticator has answered, exchange {exchange}"
            ),
            Err(error) => log!(
                Debug,
                "client {client}: its authenticator gives up, exchange {exchange}: {}",
                error.message
            ),
        }
        // A client that is closed does not mind.
        let _ = self
            .inbox
            .hint(Command::Authenticated(Box::new(Authenticated {
                exchange,
                number,
                result,
            })));
    }
}

impl Quantum for Authenticating {
    fn run(&self) -> bool {
        let mut state = self.lock();
        if state.ended {
            let authenticator = state.authenticator.take();
            state.running = false;
            drop(state);
            drop(authenticator);
            return false;
        }
        let (Some(question), Some(authenticator)) =
            (state.waiting.take(), state.authenticator.clone())
        else {
            state.running = false;
            return false;
        };
        drop(state);
        self.put(&*authenticator, question);
        true
    }
}

impl fmt::Debug for Authenticating {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticating")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}
