//! Enhanced authentication, by the application.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use mqttka_core::client::{
    AuthenticationRequest, AuthenticationStep as CoreStep, Authenticator as CoreAuthenticator,
    Bytes, Event as CoreEvent, EventKind, process_is_ending, relayed,
};

use crate::HookError;

/// Proves to the broker who the client is, step by step, and checks who the broker is.
#[uniffi::export(foreign)]
pub trait AuthenticatorCallback: Send + Sync {
    /// The Authentication Method. Asked once, when the client is made.
    fn method(&self) -> Result<String, HookError>;

    /// A step is to be made. Called on a thread of the library's own, one step at a time; the request
    /// may be answered later and from any thread. An error fails the exchange.
    fn authenticate(&self, request: Arc<AuthenticatorRequest>) -> Result<(), HookError>;
}

/// One step of an exchange.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
pub enum AuthenticationStep {
    /// An exchange begins; one before it, if it was not finished, is over. The answer is the first
    /// data for the broker.
    Start {
        /// The connection goes on meanwhile.
        reauthenticate: bool,
    },
    /// The broker goes on. The answer is the next data for it.
    Continue {
        /// The broker's Authentication Data.
        data: Option<Vec<u8>>,
    },
    /// The broker says that it is done. The answer says whether its data is right; data of the answer
    /// is not sent.
    Finish {
        /// The broker's Authentication Data.
        data: Option<Vec<u8>>,
    },
}

/// One step's question. The first answer counts; destroying it without one fails the exchange.
#[derive(Debug, uniffi::Object)]
pub struct AuthenticatorRequest {
    exchange: u64,
    time_left: Duration,
    step: CoreStep,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// None: answered, or nobody wants an answer any more.
    request: Option<AuthenticationRequest>,
    waiting: Vec<Waker>,
}

#[uniffi::export]
impl AuthenticatorRequest {
    /// Counts the exchanges of the client, from 1: the steps of one have the same number.
    pub fn exchange(&self) -> u64 {
        self.exchange
    }

    /// Until the answer comes too late, from the call of `authenticate` on.
    pub fn time_left(&self) -> Duration {
        self.time_left
    }

    /// What is asked.
    pub fn step(&self) -> AuthenticationStep {
        let bytes = |data: &Option<Bytes>| data.as_ref().map(|data| data.to_vec());
        match &self.step {
            CoreStep::Start { reauthenticate } => AuthenticationStep::Start {
                reauthenticate: *reauthenticate,
            },
            CoreStep::Continue { data } => AuthenticationStep::Continue { data: bytes(data) },
            CoreStep::Finish { data } => AuthenticationStep::Finish { data: bytes(data) },
        }
    }

    /// Go on, with this data for the broker.
    pub fn reply(&self, data: Option<Vec<u8>>) {
        if let Some(request) = self.take() {
            request.reply(data.map(Bytes::from));
        }
    }

    /// Give up. `fatal`: trying again cannot help, so that the client stops.
    pub fn fail(&self, detail: String, fatal: bool) {
        if let Some(request) = self.take() {
            request.fail(detail, fatal);
        }
    }

    /// Waits until nobody wants an answer any more: there was one, or the attempt or the connection
    /// has ended.
    pub async fn settled(&self) {
        relayed(std::future::poll_fn(|context| {
            let mut state = self.lock();
            if state.request.is_none() {
                return Poll::Ready(());
            }
            state.waiting.push(context.waker().clone());
            Poll::Pending
        }))
        .await;
    }
}

impl AuthenticatorRequest {
    fn new(request: AuthenticationRequest) -> Self {
        AuthenticatorRequest {
            exchange: request.exchange,
            time_left: request.time_left,
            step: request.step.clone(),
            state: Mutex::new(State {
                request: Some(request),
                waiting: Vec::new(),
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<AuthenticationRequest> {
        let (request, waiting) = {
            let mut state = self.lock();
            (state.request.take(), std::mem::take(&mut state.waiting))
        };
        waiting.into_iter().for_each(Waker::wake);
        request
    }

    fn is_awaited(&self) -> bool {
        let state = self.lock();
        state.request.as_ref().is_some_and(|it| it.is_awaited())
    }
}

/// The question that is open, of a client.
#[derive(Clone, Debug, Default)]
pub(crate) struct OpenStep(Arc<Mutex<Option<Arc<AuthenticatorRequest>>>>);

impl OpenStep {
    fn replace(&self, request: Option<Arc<AuthenticatorRequest>>) {
        let before = std::mem::replace(&mut *self.lock(), request);
        if let Some(request) = before.and_then(|before| before.take()) {
            request.fail("the exchange is over", false);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<AuthenticatorRequest>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it was asked for may be over.
    pub(crate) fn after(&self, event: &CoreEvent) {
        if matches!(
            event.kind,
            EventKind::ConnectFailed(_) | EventKind::Disconnected(_)
        ) {
            let open = self.lock().clone();
            if open.is_some_and(|request| !request.is_awaited()) {
                self.replace(None);
            }
        }
    }

    /// The client was closed.
    pub(crate) fn close(&self) {
        self.replace(None);
    }
}

pub(crate) struct Authenticator {
    pub(crate) method: String,
    pub(crate) callback: Arc<dyn AuthenticatorCallback>,
    pub(crate) open: OpenStep,
}

impl CoreAuthenticator for Authenticator {
    fn method(&self) -> &str {
        &self.method
    }

    fn authenticate(&self, request: AuthenticationRequest) {
        // The foreign language's runtime may be gone.
        if process_is_ending() {
            return;
        }
        let request = Arc::new(AuthenticatorRequest::new(request));
        self.open.replace(Some(Arc::clone(&request)));
        if let Err(HookError::Refused { detail }) = self.callback.authenticate(Arc::clone(&request))
        {
            request.fail(detail, false);
        }
    }
}
