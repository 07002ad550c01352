//! Enhanced authentication (section 4.12): what the machine asks the application, and what that
//! answers.

use std::fmt;

use bytes::Bytes;

#[cfg(feature = "client")]
use crate::error::Error;
use crate::types::{Instant, Properties, Property, Text};

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
    /// Reason String and user properties of the broker's packet; none where it sent none.
    pub properties: Properties,
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

impl AuthenticationStep {
    /// How many user properties an answer to it can have: a packet has
    /// [`Properties::MAX_COUNT`] properties at most, and an AUTH its method and its data. 0 where
    /// the answer leaves in no AUTH packet: to the start of a connection, of which CONNECT has the
    /// data, and its user properties are an option
    /// ([`Config::user_properties`](super::Config::user_properties)); and to the end of an exchange,
    /// as nothing is sent for it.
    pub const fn most_user_properties(&self) -> usize {
        match self {
            AuthenticationStep::Start {
                reauthenticate: true,
            }
            | AuthenticationStep::Continue { .. } => Properties::MAX_COUNT - 2,
            AuthenticationStep::Start { .. } | AuthenticationStep::Finish { .. } => 0,
        }
    }

    /// Whether an answer to it can have so many user properties.
    #[cfg(feature = "client")]
    pub(crate) fn check_user_properties(&self, count: usize) -> Result<(), Error> {
        let (option, most) = ("user_properties", self.most_user_properties());
        if count <= most {
            return Ok(());
        }
        Err(match most {
            0 => {
                let bound = "left out where the answer leaves in no AUTH packet";
                Error::invalid_option(option, "given", bound)
            }
            _ => {
                let bound = format!("at most {most}, beside method and data");
                Error::invalid_option(option, format_args!("{count} long"), bound)
            }
        })
    }
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
    /// What to send; `Err`: it gives up.
    pub result: Result<AuthenticationReply, AuthenticatorError>,
}

/// What the application says to the broker.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct AuthenticationReply {
    /// The Authentication Data, where there is some.
    pub data: Option<Bytes>,
    /// User properties, in their order (section 3.15.2.2.5). At most
    /// [`AuthenticationStep::most_user_properties`].
    pub user_properties: Vec<(Text, Text)>,
}

impl AuthenticationReply {
    /// As the packet has it.
    pub(super) fn into_properties(self, method: Text) -> Properties {
        let method = Property::AuthenticationMethod(method);
        let data = self.data.map(Property::AuthenticationData);
        let user = self.user_properties.into_iter();
        let user = user.map(|(name, value)| Property::UserProperty(name, value));
        [method].into_iter().chain(data).chain(user).collect()
    }
}

impl From<Option<Bytes>> for AuthenticationReply {
    fn from(data: Option<Bytes>) -> Self {
        let user_properties = Vec::new();
        AuthenticationReply {
            data,
            user_properties,
        }
    }
}

impl fmt::Debug for AuthenticationReply {
    /// Without the data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthenticationReply")
            .field("user_properties", &self.user_properties)
            .finish_non_exhaustive()
    }
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
