//! Asks the application's authenticator.

use std::sync::Arc;
use std::time::Duration;

use super::authenticator::{AuthenticationRequest, Authenticator};
use super::desk::{Desk, Slip, Subject};
use super::inbox::Inbox;
use super::runner::Runner;
use super::shared::Shared;
use crate::log::log;
use crate::proto::{
    Authenticated, AuthenticationQuestion, AuthenticationReply, AuthenticatorError, Command,
};
use crate::types::Instant;

/// The authenticator of one client.
pub(super) type Authenticating = Desk<Exchanges>;

/// The steps of a client's exchanges.
pub(super) struct Exchanges {
    /// The name that logs have for the client.
    client: u64,
    inbox: Arc<Inbox>,
}

impl Authenticating {
    pub(super) fn new(
        authenticator: Arc<dyn Authenticator>,
        shared: &Shared,
        runner: Runner,
    ) -> Arc<Self> {
        let exchanges = Exchanges {
            client: shared.number(),
            inbox: Arc::clone(&shared.inbox),
        };
        Desk::of(exchanges, authenticator, runner)
    }
}

impl Subject for Exchanges {
    type Whom = dyn Authenticator;
    type Question = AuthenticationQuestion;
    /// The exchange, and the question of it.
    type Key = (u64, u32);
    type Answer = Result<AuthenticationReply, AuthenticatorError>;
    type Kept = ();

    fn key(question: &AuthenticationQuestion) -> (u64, u32) {
        (question.exchange, question.number)
    }

    fn deadline(question: &AuthenticationQuestion) -> Instant {
        question.deadline
    }

    fn now(&self) -> Instant {
        self.inbox.time.now()
    }

    fn put(
        &self,
        authenticator: &dyn Authenticator,
        question: AuthenticationQuestion,
        time_left: Duration,
        slip: Slip<Self>,
    ) {
        let (client, exchange, step) = (self.client, question.exchange, &question.step);
        log!(
            Debug,
            "client {client}: asks its authenticator, exchange {exchange}: {step:?}"
        );
        let asks = slip.clone();
        let awaited = move || asks.is_awaited();
        let answer = move |result| slip.answer(result);
        let request = AuthenticationRequest::new(question, time_left, awaited, answer);
        authenticator.authenticate(request);
    }

    fn answered(desk: &Authenticating, key: (u64, u32), result: Self::Answer) {
        if !desk.settle(key, ()) {
            return;
        }
        let ((exchange, number), client) = (key, desk.subject.client);
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
        let answer = Authenticated {
            exchange,
            number,
            result,
        };
        // A client that is closed does not mind.
        let inbox = &desk.subject.inbox;
        let _ = inbox.hint(Command::Authenticated(Box::new(answer)));
    }

    fn panicked() -> Self::Answer {
        let message = "it panicked".to_owned();
        let fatal = false;
        Err(AuthenticatorError { message, fatal })
    }
}
