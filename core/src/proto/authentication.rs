//! Enhanced authentication (section 4.12): what the machine asks the application, and what that
//! answers.

use std::fmt;

use bytes::Bytes;

use crate::types::Instant;

/// What the application's authenticator is asked. The answer is a
/// [`Command::Authenticated`](super::Command::Authenticated) with the same numbers; a later
/// question makes an earlier one void.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticationQuestion {
    /// Counts the exchanges of the client, from 1: a connection has one, and each
    /// re-authentication.
    pub exchange: u64,
    /// Counts the questions of an exchange, from 1.
    pub number: u32,
    /// What is asked.
    pub step: AuthenticationStep,
    /// When the answer comes too late.
    pub deadline: Instant,
}

/// One step of an exchange, as the application's authenticator sees it.
#[derive(Clone, PartialEq, Eq)]
pub enum AuthenticationStep {
    /// An exchange begins; one before it, if it was not finished, is over. The answer is the
    /// Authentication Data of CONNECT, or of the AUTH packet that begins a re-authentication.
    Start {
        /// The connection goes on meanwhile.
        reauthenticate: bool,
    },
    /// The broker's AUTH packet, "continue authentication" (0x18), with its data. The answer is
    /// the data of ours.
    Continue {
        /// The broker's Authentication Data.
        data: Option<Bytes>,
    },
    /// The broker says that it is done (CONNACK, or AUTH with "success"). The answer says whether
    /// its last data is right; data of the answer is not sent.
    Finish {
        /// The broker's Authentication Data.
        data: Option<Bytes>,
    },
}

impl fmt::Debug for AuthenticationStep {
    /// Without the data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AuthenticationStep::Start {
                reauthenticate: false,
            } => "Start",
            AuthenticationStep::Start { .. } => "Start (again)",
            AuthenticationStep::Continue { .. } => "Continue",
            AuthenticationStep::Finish { .. } => "Finish",
        })
    }
}

/// The application's answer to an [`AuthenticationQuestion`].
#[derive(Clone, PartialEq, Eq)]
pub struct Authenticated {
    /// As in the question.
    pub exchange: u64,
    /// As in the question.
    pub number: u32,
    /// The data to send, where there is some; `Err`: it gives up.
    pub result: Result<Option<Bytes>, AuthenticatorError>,
}

impl fmt::Debug for Authenticated {
    /// Without the data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticated")
            .field("exchange", &self.exchange)
            .field("number", &self.number)
            .field("error", &self.result.as_ref().err())
            .finish()
    }
}

/// Why an application's authenticator gives up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticatorError {
    /// What went wrong, for people.
    pub message: String,
    /// Trying again cannot help.
    pub fatal: bool,
}
