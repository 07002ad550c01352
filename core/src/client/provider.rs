//! What to connect with, asked for anew before each attempt.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use crate::proto::ProviderError;
use crate::transport::options::Pem;
use crate::types::{Text, shown};

/// An application's source of what each attempt connects with: a token that expires, for example.
/// It is asked on a thread of the library's own for messages, on which it may block, and never
/// twice at once: where an earlier call has not returned, the newest attempt's waits for that. The
/// attempt's deadline ([`Config::connect_timeout`](crate::proto::Config::connect_timeout)) runs
/// meanwhile, and ends the attempt in the stage
/// [`Stage::Provider`](crate::error::Stage::Provider); an answer that comes later is dropped.
///
/// It is dropped on such a thread, too, after the client has ended.
pub trait ConnectionProvider: Send + Sync + 'static {
    /// An attempt begins. Answer now or later, from any thread, with
    /// [`ConnectionRequest::provide`] or [`ConnectionRequest::fail`]; dropping the request fails
    /// the attempt, too.
    fn provide(&self, request: ConnectionRequest);
}

impl<F: Fn(ConnectionRequest) + Send + Sync + 'static> ConnectionProvider for F {
    fn provide(&self, request: ConnectionRequest) {
        self(request);
    }
}

/// What an attempt is made with; what is `None` is as the options say.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct ProvidedConnection {
    /// The User Name.
    pub user_name: Option<Text>,
    /// The Password; at most 65,535 bytes.
    pub password: Option<Bytes>,
    /// The server, as [`Options::from_uri`](super::Options::from_uri) reads it, in place of all
    /// servers of the options. Its user name and password count where those above are `None`.
    pub uri: Option<String>,
    /// The headers of the WebSocket upgrade, in place of those of the options.
    pub web_socket_headers: Option<Vec<(String, String)>>,
    /// The client's certificate chain and its key, in PEM, for servers that are reached by TLS.
    pub client_certificate: Option<(Pem, Pem)>,
}

impl fmt::Debug for ProvidedConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProvidedConnection")
            .field(
                "user_name",
                &self.user_name.as_deref().map(shown::user_name),
            )
            .field("password", &self.password.as_ref().map(|_| "(hidden)"))
            .finish_non_exhaustive()
    }
}

type Answer = Box<dyn FnOnce(Result<ProvidedConnection, ProviderError>) + Send>;

/// One attempt's question. It may be answered from any thread, once.
pub struct ConnectionRequest {
    /// The attempt's number ([`Event::attempt_number`](crate::proto::Event::attempt_number)).
    pub attempt_number: u32,
    /// Until the attempt is given up.
    pub time_left: Duration,
    answer: Option<Answer>,
}

impl ConnectionRequest {
    pub(super) fn new(
        attempt_number: u32,
        time_left: Duration,
        answer: impl FnOnce(Result<ProvidedConnection, ProviderError>) + Send + 'static,
    ) -> Self {
        ConnectionRequest {
            attempt_number,
            time_left,
            answer: Some(Box::new(answer)),
        }
    }

    /// Connect with this; files of a client certificate are read here and now. What cannot be used
    /// fails the attempt with [`ConnectError::Provider`](crate::error::ConnectError::Provider).
    pub fn provide(mut self, connection: ProvidedConnection) {
        self.answer(Ok(connection));
    }

    /// There is nothing to connect with: the attempt fails with
    /// [`ConnectError::Provider`](crate::error::ConnectError::Provider). `fatal`: nothing will be
    /// there later either, so that the client stops.
    pub fn fail(mut self, message: impl Into<String>, fatal: bool) {
        let message = message.into();
        self.answer(Err(ProviderError { message, fatal }));
    }

    fn answer(&mut self, result: Result<ProvidedConnection, ProviderError>) {
        if let Some(answer) = self.answer.take() {
            answer(result);
        }
    }
}

impl fmt::Debug for ConnectionRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionRequest")
            .field("attempt_number", &self.attempt_number)
            .field("time_left", &self.time_left)
            .finish_non_exhaustive()
    }
}

impl Drop for ConnectionRequest {
    fn drop(&mut self) {
        let message = if std::thread::panicking() {
            "it panicked"
        } else {
            "it dropped the request without an answer"
        };
        let message = message.to_owned();
        self.answer(Err(ProviderError {
            message,
            fatal: false,
        }));
    }
}
