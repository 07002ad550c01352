//! What to connect with, asked of the application before each attempt.

use std::sync::Arc;
use std::time::Duration;

use mqttka_core::client::{
    ConnectionProvider, ConnectionRequest, Event as CoreEvent, EventKind, Pem, ProvidedConnection,
    Text, process_is_ending,
};

use crate::settled::{Asked, Open, Settled};
use crate::{HookError, MqttkaError, WebSocketHeader};

/// Says before each attempt what it connects with.
#[uniffi::export(foreign)]
pub trait ProviderCallback: Send + Sync {
    /// An attempt begins. Called on a thread of the library's own, one attempt at a time; the
    /// request may be answered later and from any thread. An error fails the attempt, and so does
    /// no answer until the attempt's deadline.
    fn provide(&self, request: Arc<ProviderRequest>) -> Result<(), HookError>;
}

/// What an attempt is made with; what is none is as the options say.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Provided {
    /// The User Name.
    #[uniffi(default = None)]
    pub user_name: Option<String>,
    /// The Password, up to 65,535 bytes.
    #[uniffi(default = None)]
    pub password: Option<Vec<u8>>,
    /// The server as a URI, in place of all servers of the options.
    #[uniffi(default = None)]
    pub uri: Option<String>,
    /// The further headers of the WebSocket's upgrade request.
    #[uniffi(default = None)]
    pub web_socket_headers: Option<Vec<WebSocketHeader>>,
    /// The client's certificate.
    #[uniffi(default = None)]
    pub client_certificate: Option<ClientCertificate>,
}

/// A client's certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ClientCertificate {
    /// The certificate and those that lead to its authority, in PEM.
    pub certificate: Vec<u8>,
    /// Its private key, in PEM.
    pub private_key: Vec<u8>,
}

/// One attempt's question. The first answer counts; destroying it without one fails the attempt.
#[derive(Debug, uniffi::Object)]
pub struct ProviderRequest {
    attempt_number: u32,
    time_left: Duration,
    request: Settled<ConnectionRequest>,
}

#[uniffi::export]
impl ProviderRequest {
    /// Counts attempts since the last connection that came about, from 1.
    pub fn attempt_number(&self) -> u32 {
        self.attempt_number
    }

    /// Until the attempt is given up, from the call of `provide` on.
    pub fn time_left(&self) -> Duration {
        self.time_left
    }

    /// Connect with this. What cannot be used fails the attempt.
    pub fn provide(&self, connection: Provided) {
        let Some(request) = self.request.take() else {
            return;
        };
        match connection.try_into() {
            Ok(connection) => request.provide(connection),
            Err(error) => request.fail(MqttkaError::to_string(&error), false),
        }
    }

    /// There is nothing to connect with: the attempt fails. `fatal`: nothing will be there later
    /// either, so that the client stops. Else it tries again with the usual delays.
    pub fn fail(&self, detail: String, fatal: bool) {
        if let Some(request) = self.request.take() {
            request.fail(detail, fatal);
        }
    }

    /// Waits until nobody wants an answer any more: there was one, or the attempt has ended.
    pub async fn settled(&self) {
        self.request.wait().await;
    }
}

impl ProviderRequest {
    fn new(request: ConnectionRequest) -> Self {
        ProviderRequest {
            attempt_number: request.attempt_number,
            time_left: request.time_left,
            request: Settled::not_yet(request),
        }
    }
}

impl Asked for ProviderRequest {
    fn is_over(&self, event: &CoreEvent) -> bool {
        self.attempt_number == event.attempt_number
            && matches!(event.kind, EventKind::ConnectFailed(_))
    }

    fn end(&self) {
        if let Some(request) = self.request.take() {
            request.fail("the attempt has ended", false);
        }
    }
}

pub(crate) struct Provider {
    pub(crate) callback: Arc<dyn ProviderCallback>,
    pub(crate) asked: Open<ProviderRequest>,
}

impl ConnectionProvider for Provider {
    fn provide(&self, request: ConnectionRequest) {
        // At the process's end the foreign language's runtime may be gone.
        if process_is_ending() {
            return;
        }
        let request = Arc::new(ProviderRequest::new(request));
        self.asked.next(&request);
        if let Err(HookError::Refused { detail }) = self.callback.provide(Arc::clone(&request)) {
            request.fail(detail, false);
        }
    }
}

impl TryFrom<Provided> for ProvidedConnection {
    type Error = MqttkaError;
    fn try_from(provided: Provided) -> Result<Self, MqttkaError> {
        let Provided {
            user_name,
            password,
            uri,
            web_socket_headers,
            client_certificate,
        } = provided;
        let mut connection = ProvidedConnection::default();
        connection.user_name = user_name.map(Text::try_from).transpose()?;
        connection.password = password.map(Into::into);
        connection.uri = uri;
        connection.web_socket_headers = web_socket_headers.map(|headers| {
            let headers = headers.into_iter();
            headers.map(|header| (header.name, header.value)).collect()
        });
        connection.client_certificate = client_certificate.map(|client| {
            let ClientCertificate {
                certificate,
                private_key,
            } = client;
            (
                Pem::Bytes(certificate.into()),
                Pem::Bytes(private_key.into()),
            )
        });
        Ok(connection)
    }
}
