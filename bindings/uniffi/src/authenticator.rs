//! Enhanced authentication, by the application.

use std::sync::Arc;
use std::time::Duration;

use mqttka_core::client::{
    AuthenticationRequest, AuthenticationStep as CoreStep, Authenticator as CoreAuthenticator,
    Bytes, Event as CoreEvent, EventKind, Properties, process_is_ending,
};

use crate::settled::{Asked, Open, Settled};
use crate::{HookError, MqttkaError, UserProperty, property};

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
    reason_string: Option<String>,
    properties: Properties,
    request: Settled<AuthenticationRequest>,
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

    /// The broker's words, where its AUTH or CONNACK has some.
    pub fn reason_string(&self) -> Option<String> {
        self.reason_string.clone()
    }

    /// The User Properties of the broker's AUTH or CONNACK, in its order; at most 10,000. None at
    /// `Start`.
    pub fn user_properties(&self) -> Vec<UserProperty> {
        property::user_properties(&self.properties)
    }

    /// Go on, with this data for the broker.
    pub fn reply(&self, data: Option<Vec<u8>>) {
        if let Some(request) = self.request.take() {
            request.reply(data.map(Bytes::from));
        }
    }

    /// As `reply`, with User Properties, which leave in our AUTH packet in this order; at most 9,998.
    /// To a `Start` of a connection and to a `Finish` there can be none, as no AUTH leaves. An error:
    /// nothing was answered, and the request still waits.
    pub fn reply_with(
        &self,
        data: Option<Vec<u8>>,
        user_properties: Vec<UserProperty>,
    ) -> Result<(), MqttkaError> {
        let pairs = property::pairs(user_properties)?;
        let mut checked = Ok(());
        self.request.is_open_and(|request| {
            checked = request.check_user_properties(pairs.len());
            true
        });
        checked?;
        if let Some(request) = self.request.take() {
            request.reply_with(data.map(Bytes::from), pairs)?;
        }
        Ok(())
    }

    /// Give up. `fatal`: trying again cannot help, so that the client stops.
    pub fn fail(&self, detail: String, fatal: bool) {
        if let Some(request) = self.request.take() {
            request.fail(detail, fatal);
        }
    }

    /// Waits until nobody wants an answer any more: there was one, or the attempt or the connection
    /// has ended.
    pub async fn settled(&self) {
        self.request.wait().await;
    }
}

impl AuthenticatorRequest {
    fn new(request: AuthenticationRequest) -> Self {
        AuthenticatorRequest {
            exchange: request.exchange,
            time_left: request.time_left,
            step: request.step.clone(),
            reason_string: request.reason_string.as_ref().map(|text| text.to_string()),
            properties: request.properties.clone(),
            request: Settled::not_yet(request),
        }
    }
}

impl Asked for AuthenticatorRequest {
    fn is_over(&self, event: &CoreEvent) -> bool {
        let ends = matches!(
            event.kind,
            EventKind::ConnectFailed(_) | EventKind::Disconnected(_)
        );
        ends && !self.request.is_open_and(|request| request.is_awaited())
    }

    fn end(&self) {
        if let Some(request) = self.request.take() {
            request.fail("the exchange is over", false);
        }
    }
}

pub(crate) struct Authenticator {
    pub(crate) method: String,
    pub(crate) callback: Arc<dyn AuthenticatorCallback>,
    pub(crate) open: Open<AuthenticatorRequest>,
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
        self.open.next(&request);
        if let Err(HookError::Refused { detail }) = self.callback.authenticate(Arc::clone(&request))
        {
            request.fail(detail, false);
        }
    }
}
