//! Enhanced authentication (section 4.12): what proves to the broker who the client is, step by
//! step, and to the client who the broker is.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::completion::Completion;
use super::{Client, Options, fork};
use crate::error::Error;
use crate::proto::{
    AuthenticationQuestion, AuthenticationReply, AuthenticationStep, AuthenticatorError, Command,
    State,
};
use crate::types::{Properties, PropertyId, Text, Version};

/// An application's part in enhanced authentication (section 4.12), MQTT 5.0 only: each connection
/// begins with an exchange, which is done before the client is connected, and each
/// [`Client::reauthenticate`] is one. There is one exchange at a time.
///
/// It is asked on a thread of the library's own for messages, on which it may block, and never
/// twice at once: where an earlier call has not returned, the newest question waits for that. The
/// attempt's deadline ([`Config::connect_timeout`](crate::proto::Config::connect_timeout)) runs
/// meanwhile, and ends the attempt with
/// [`ConnectError::Authentication`](crate::error::ConnectError::Authentication); an answer that
/// comes later is dropped. It is dropped on such a thread, too, after the client has ended.
///
/// `ScramSha256` (feature `scram`) is one that is ready to use.
pub trait Authenticator: Send + Sync + 'static {
    /// The Authentication Method, 1 to 65,535 bytes of UTF-8. Asked once, when the client is made.
    fn method(&self) -> &str;

    /// Another one, for one client alone: asked once, when the client is made. `None`: this one
    /// serves all clients that it is given to. Two of them may then ask at once, and each counts
    /// its exchanges from 1; so whoever remembers something from step to step makes one here.
    fn for_client(&self) -> Option<Arc<dyn Authenticator>> {
        None
    }

    /// What to send, or whether what came is right. Answer now or later, from any thread, with
    /// [`AuthenticationRequest::reply`] or [`AuthenticationRequest::fail`]; dropping the request
    /// fails the exchange, too.
    fn authenticate(&self, request: AuthenticationRequest);
}

type Answer = Box<dyn FnOnce(Result<AuthenticationReply, AuthenticatorError>) + Send>;

/// One step of an exchange. It may be answered from any thread, once.
pub struct AuthenticationRequest {
    /// Counts the exchanges of the client, from 1: the steps of one have the same number. A step
    /// of a later one says that those before are over.
    pub exchange: u64,
    /// Until the answer comes too late.
    pub time_left: Duration,
    /// What is asked.
    pub step: AuthenticationStep,
    /// The broker's words, where its AUTH or CONNACK has some (sections 3.15.2.2.4 and 3.2.2.3.9).
    pub reason_string: Option<Text>,
    /// Reason String and user properties of the broker's AUTH or CONNACK; none at a
    /// [`Start`](AuthenticationStep::Start). As many as a packet may have, and no larger than the
    /// packet.
    pub properties: Properties,
    answer: Option<Answer>,
    awaited: Box<dyn Fn() -> bool + Send + Sync>,
}

impl AuthenticationRequest {
    pub(super) fn new(
        question: AuthenticationQuestion,
        time_left: Duration,
        awaited: impl Fn() -> bool + Send + Sync + 'static,
        answer: impl FnOnce(Result<AuthenticationReply, AuthenticatorError>) + Send + 'static,
    ) -> Self {
        let properties = question.properties;
        let reason_string = properties.get_text(PropertyId::ReasonString).cloned();
        AuthenticationRequest {
            exchange: question.exchange,
            time_left,
            step: question.step,
            reason_string,
            properties,
            answer: Some(Box::new(answer)),
            awaited: Box::new(awaited),
        }
    }

    /// Whether somebody waits for the answer: no longer where the attempt or the connection has
    /// ended, or its time is over.
    pub fn is_awaited(&self) -> bool {
        (self.awaited)()
    }

    /// Go on. `data`: what the broker gets, at most 65,535 bytes; to a
    /// [`Finish`](AuthenticationStep::Finish) it means that the broker's data is right, and is not
    /// sent.
    pub fn reply(mut self, data: Option<Bytes>) {
        self.answer(Ok(data.into()));
    }

    /// As [`reply`](Self::reply), with user properties, which leave in our AUTH packet in this order
    /// (section 3.15.2.2.5). Where that is larger than the broker takes, the exchange fails with
    /// [`AuthenticationError::TooLarge`](crate::error::AuthenticationError::TooLarge).
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for more than
    /// [`most_user_properties`](AuthenticationStep::most_user_properties), which is none where the
    /// answer leaves in no AUTH packet: to a [`Start`](AuthenticationStep::Start) of a connection,
    /// whose CONNECT has those of the options, and to a [`Finish`](AuthenticationStep::Finish). The
    /// exchange then fails as with [`fail`](Self::fail), for good;
    /// [`check_user_properties`](Self::check_user_properties) says so before.
    pub fn reply_with(
        mut self,
        data: Option<Bytes>,
        user_properties: Vec<(Text, Text)>,
    ) -> Result<(), Error> {
        if let Err(error) = self.check_user_properties(user_properties.len()) {
            self.fail(error.to_string(), true);
            return Err(error);
        }
        self.answer(Ok(AuthenticationReply {
            data,
            user_properties,
        }));
        Ok(())
    }

    /// Whether an answer can have so many user properties.
    ///
    /// # Errors
    /// As [`reply_with`](Self::reply_with). The request still waits for its answer.
    pub fn check_user_properties(&self, count: usize) -> Result<(), Error> {
        self.step.check_user_properties(count)
    }

    /// Give up: the attempt fails with
    /// [`ConnectError::Authentication`](crate::error::ConnectError::Authentication), and a
    /// re-authentication with
    /// [`OperationError::Authentication`](crate::error::OperationError::Authentication), which ends
    /// the connection unless it was its first step. `fatal`: trying again cannot help, so that the
    /// client stops ([`StopReason::Credentials`](crate::proto::StopReason::Credentials)).
    pub fn fail(mut self, message: impl Into<String>, fatal: bool) {
        let message = message.into();
        self.answer(Err(AuthenticatorError { message, fatal }));
    }

    fn answer(&mut self, result: Result<AuthenticationReply, AuthenticatorError>) {
        if let Some(answer) = self.answer.take() {
            answer(result);
        }
    }
}

impl fmt::Debug for AuthenticationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthenticationRequest")
            .field("exchange", &self.exchange)
            .field("time_left", &self.time_left)
            .field("step", &self.step)
            .field("properties", &self.properties)
            .finish_non_exhaustive()
    }
}

impl Drop for AuthenticationRequest {
    fn drop(&mut self) {
        let message = if std::thread::panicking() {
            "it panicked"
        } else {
            "it dropped the request without an answer"
        };
        let message = message.to_owned();
        let fatal = false;
        self.answer(Err(AuthenticatorError { message, fatal }));
    }
}

impl Client {
    /// Proves to the broker anew who the client is, with the client's authenticator, while the
    /// connection goes on (section 4.12.1): for example before a token expires. The outcome is
    /// `Success`; [`OperationError::Refused`](crate::error::OperationError::Refused) where the
    /// broker's DISCONNECT says why not;
    /// [`OperationError::Authentication`](crate::error::OperationError::Authentication) where this
    /// side gives up, or the broker has not answered within
    /// [`Config::connect_timeout`](crate::proto::Config::connect_timeout);
    /// [`OperationError::Disconnected`](crate::error::OperationError::Disconnected). A failure ends
    /// the connection, but where the authenticator has nothing to begin with. Several are done one
    /// after the other, and each has a place in the outbound queue until it has its outcome.
    ///
    /// # Errors
    /// [`Error::NotConnected`]; [`Error::InvalidArgument`] where the client has no authenticator;
    /// [`Error::QueueFull`]; [`Error::Closed`]; [`Error::Forked`]. The completion is then dropped
    /// without a call.
    pub fn reauthenticate(&self, completion: Completion) -> Result<(), Error> {
        fork::check()?;
        if !self.0.authenticates {
            let text = "the client has no authenticator";
            return Err(Error::InvalidArgument(text.to_owned()));
        }
        self.0.room_for(&completion)?;
        let inbox = &self.0.shared.inbox;
        match inbox.state() {
            State::Connected => {}
            State::Closed => return Err(Error::Closed),
            _ => return Err(Error::NotConnected),
        }
        let token = completion.into_token();
        inbox.push(Command::Reauthenticate { token }, false)
    }
}

/// The Authentication Method of these options.
pub(super) fn method(options: &Options) -> Result<Option<Text>, Error> {
    let Some(authenticator) = &options.authenticator else {
        return Ok(None);
    };
    let option = "authenticator";
    if options.config.protocol_version != Version::V5 {
        let bound = "left out in 3.1.1, which has no enhanced authentication";
        return Err(Error::invalid_option(option, "given", bound));
    }
    match Text::try_from(authenticator.method()) {
        Ok(method) if !method.is_empty() => Ok(Some(method)),
        _ => {
            let bound = "1 to 65535 bytes of UTF-8 without U+0000, as the method of authentication";
            Err(Error::invalid_option(
                option,
                "one with another method",
                bound,
            ))
        }
    }
}
