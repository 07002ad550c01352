use mqttka_core::codec::EncodeError;
use mqttka_core::types::ReasonCode;

use crate::seen::{Seen, SeenKind};

/// Why the fake broker does not do what it was told to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No client of this identifier is connected; without one: none at all.
    #[error("{}", not_connected(.client_id.as_deref()))]
    NotConnected {
        /// The identifier that was asked for.
        client_id: Option<String>,
    },
    /// This reason code or property is none that the packet may have.
    #[error("{field}: {reason}")]
    InvalidArgument {
        /// What was given wrongly.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The system gave no socket or thread.
    #[error("the fake broker cannot listen: {0}")]
    Startup(String),
    /// The broker was stopped.
    #[error("the fake broker was stopped")]
    Stopped,
}

impl Error {
    pub(crate) fn invalid(field: &'static str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Error::InvalidArgument { field, reason }
    }

    pub(crate) fn reason_code(code: ReasonCode, error: &EncodeError) -> Self {
        Error::invalid("reason_code", format!("{code}: {error}"))
    }
}

fn not_connected(client_id: Option<&str>) -> String {
    match client_id {
        Some(id) => format!("client_id: no client '{id}' is connected"),
        None => "no client is connected".to_owned(),
    }
}

/// What was expected did not come in time. Its text says what came instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What was expected.
    pub kind: SeenKind,
    /// The filter, where one was given.
    pub filter: Option<String>,
    /// What came and was not expected so far, oldest first; the last 32 of it.
    pub instead: Vec<Seen>,
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "expected '{}'", self.kind.name())?;
        if let Some(filter) = &self.filter {
            write!(f, " of {filter}")?;
        }
        f.write_str(", which did not come in time; ")?;
        if self.instead.is_empty() {
            return f.write_str("nothing else came");
        }
        f.write_str("what came:")?;
        for seen in &self.instead {
            write!(f, "\n  {seen}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Missing {}
