//! SCRAM-SHA-256 (RFC 5802, RFC 7677) as an authenticator.

mod exchange;

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use data_encoding::BASE64;

use self::exchange::{Credentials, Final, First, MIN_ITERATIONS, Salted, Trouble};
use super::authenticator::{AuthenticationRequest, Authenticator};
use crate::error::Error;
use crate::proto::{AuthenticationStep, AuthenticatorError};
use crate::types::shown;

/// Random bytes of a nonce.
const NONCE: usize = 24;

/// What a broker may ask for, unless it is said otherwise: some tenths of a second.
const MAX_ITERATIONS: u32 = 1_000_000;

/// Proves by SCRAM-SHA-256 that the client knows a password, without telling it, and that the
/// broker knows it, too: where that does not prove it, the attempt fails, and the client stops. So it does
/// where the broker says an error of RFC 5802 that stays; after `no-resources`, `other-error` and those that
/// nobody knows it comes back as after any other failure. Without channel binding, so that it replaces no TLS.
///
/// User name and password are prepared by SASLprep (RFC 4013). The password is kept in memory, and
/// the salted one of the last exchange, so that a reconnection does not compute it anew.
///
/// ```
/// use std::sync::Arc;
/// use mqttka_core::client::{Options, ScramSha256};
///
/// let mut options = Options::from_uri("mqtts://broker.example")?;
/// options.authenticator = Some(Arc::new(ScramSha256::new("device-7", "pencil")?));
/// # Ok::<(), mqttka_core::client::Error>(())
/// ```
pub struct ScramSha256 {
    user: String,
    password: String,
    max_iterations: u32,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    progress: Option<(u64, Progress)>,
    last: Option<Salted>,
}

enum Progress {
    First(First),
    Final(Final),
    Verified,
}

impl ScramSha256 {
    /// With this user name and password, each at most 1,024 bytes long.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] where one of them is empty, too long, or has characters that
    /// SASLprep forbids.
    pub fn new(user: &str, password: &str) -> Result<Self, Error> {
        Ok(ScramSha256 {
            user: prepared("scram_user", user)?.into_owned(),
            password: prepared("scram_password", password)?.into_owned(),
            max_iterations: MAX_ITERATIONS,
            state: Mutex::default(),
        })
    }

    /// How many iterations the broker may ask for; where it asks for more, the attempt fails.
    /// 4,096, the fewest that the specification allows, to 100,000,000. Default 1,000,000.
    ///
    /// # Errors
    /// [`Error::InvalidOption`].
    pub fn max_iterations(mut self, max_iterations: u32) -> Result<Self, Error> {
        if !(MIN_ITERATIONS..=100_000_000).contains(&max_iterations) {
            return Err(Error::invalid_option(
                "scram_max_iterations",
                max_iterations,
                "4096 to 100000000",
            ));
        }
        self.max_iterations = max_iterations;
        Ok(self)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self, exchange: u64) -> Result<Option<Bytes>, AuthenticatorError> {
        let mut random = [0; NONCE];
        getrandom::fill(&mut random).map_err(|error| AuthenticatorError {
            message: format!("the system gives no randomness: {error}"),
            fatal: false,
        })?;
        let (first, message) = First::new(&self.user, BASE64.encode(&random));
        self.lock().progress = Some((exchange, Progress::First(first)));
        Ok(Some(message))
    }

    /// What goes to the broker next, for one that asks otherwise than as an [`Authenticator`], such as an
    /// authenticator of another language. Steps of one exchange have its number
    /// ([`AuthenticationRequest::exchange`]).
    ///
    /// # Errors
    /// Where the broker's message is wrong, does not prove that it knows the password, asks for too many
    /// iterations or too few, or comes out of turn.
    pub fn step(
        &self,
        exchange: u64,
        step: &AuthenticationStep,
    ) -> Result<Option<Bytes>, AuthenticatorError> {
        let mut state = self.lock();
        let progress = state.progress.take_if(|(of, _)| *of == exchange);
        let progress = progress.map(|(_, progress)| progress);
        let failed = |trouble: Trouble| AuthenticatorError {
            message: format!("SCRAM-SHA-256: the broker is refused: {trouble}"),
            fatal: trouble.is_fatal(),
        };
        let empty = &Bytes::new();
        match (step, progress) {
            (AuthenticationStep::Start { .. }, _) => {
                drop(state);
                self.start(exchange)
            }
            (AuthenticationStep::Continue { data }, Some(Progress::First(first))) => {
                let credentials = Credentials {
                    password: self.password.as_bytes(),
                    max_iterations: self.max_iterations,
                };
                let server = data.as_ref().unwrap_or(empty);
                let (last, message) = first
                    .answer(server, &credentials, &mut state.last)
                    .map_err(failed)?;
                state.progress = Some((exchange, Progress::Final(last)));
                Ok(Some(message))
            }
            // Some send it so, and then nothing with CONNACK.
            (AuthenticationStep::Continue { data }, Some(Progress::Final(last))) => {
                last.verify(data.as_ref().unwrap_or(empty))
                    .map_err(failed)?;
                state.progress = Some((exchange, Progress::Verified));
                Ok(None)
            }
            (AuthenticationStep::Finish { data }, Some(Progress::Final(last))) => {
                last.verify(data.as_ref().unwrap_or(empty))
                    .map_err(failed)?;
                Ok(None)
            }
            (AuthenticationStep::Finish { data: None }, Some(Progress::Verified)) => Ok(None),
            _ => Err(failed("its message comes out of turn".into())),
        }
    }
}

impl Authenticator for ScramSha256 {
    fn method(&self) -> &str {
        "SCRAM-SHA-256"
    }

    /// Each client has exchanges of its own.
    fn for_client(&self) -> Option<Arc<dyn Authenticator>> {
        Some(Arc::new(ScramSha256 {
            user: self.user.clone(),
            password: self.password.clone(),
            max_iterations: self.max_iterations,
            state: Mutex::default(),
        }))
    }

    fn authenticate(&self, request: AuthenticationRequest) {
        match self.step(request.exchange, &request.step) {
            Ok(data) => request.reply(data),
            Err(error) => request.fail(error.message, error.fatal),
        }
    }
}

impl fmt::Debug for ScramSha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScramSha256")
            .field("user", &shown::user_name(&self.user))
            .field("password", &"(hidden)")
            .finish_non_exhaustive()
    }
}

fn prepared<'a>(option: &'static str, text: &'a str) -> Result<Cow<'a, str>, Error> {
    const MAX: usize = 1024;
    let bound = "1 to 1024 bytes long, of characters that SASLprep (RFC 4013) allows";
    let invalid = |value: String| Error::invalid_option(option, value, bound);
    if text.is_empty() || text.len() > MAX {
        return Err(invalid(format!("{} bytes long", text.len())));
    }
    match stringprep::saslprep(text) {
        Ok(text) if !text.is_empty() && text.len() <= MAX => Ok(text),
        _ => Err(invalid("a text with others".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_passwords_are_prepared() {
        // A soft hyphen is nothing, a Roman numeral is its letters (RFC 4013, section 3).
        let scram = ScramSha256::new("I\u{ad}X", "\u{2168}").unwrap();
        assert_eq!((&*scram.user, &*scram.password), ("IX", "IX"));
        for text in ["", "\u{7}", "\u{627}1", "\u{ad}", &"x".repeat(1025)] {
            assert!(ScramSha256::new(text, "x").is_err(), "{text:?}");
            let error = ScramSha256::new("x", text).unwrap_err().to_string();
            assert!(error.starts_with("scram_password is "), "{error}");
        }
        let secret = format!("{:?}", ScramSha256::new("ann", "s3cret").unwrap());
        assert!(!secret.contains("s3cret"), "{secret}");
        assert!(scram.max_iterations(4095).is_err());
    }

    #[test]
    fn an_exchange_that_is_out_of_turn_is_refused() {
        let scram = ScramSha256::new("ann", "pencil").unwrap();
        let start = AuthenticationStep::Start {
            reauthenticate: false,
        };
        let first = scram.step(1, &start).unwrap().unwrap();
        assert!(first.starts_with(b"n,,n=ann,r="), "{first:?}");
        assert_ne!(scram.step(2, &start).unwrap().unwrap(), first, "a nonce");
        // Of the first exchange, which is over, and before the broker has proved anything.
        for (exchange, step) in [
            (1, AuthenticationStep::Continue { data: None }),
            (2, AuthenticationStep::Finish { data: None }),
        ] {
            let error = scram.step(exchange, &step).unwrap_err();
            assert!(
                error.fatal && error.message.contains("out of turn"),
                "{error:?}"
            );
        }
    }
}
