//! The messages of SCRAM-SHA-256 (RFC 5802, RFC 7677), from the client's side, without channel
//! binding. Of the crates there are, none bounds what the server asks for and shares the hashes
//! that TLS's private keys bring anyway; so the messages are here, and the cryptography is that of
//! RustCrypto.

use std::fmt;

use bytes::Bytes;
use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// No channel binding, no other identity.
const GS2_HEADER: &str = "n,,";

/// `c=`, of that header.
const CHANNEL: &str = "c=biws";

/// A longer salt or nonce is no use to anybody.
const MAX_LENGTH: usize = 1024;

type Key = [u8; 32];

/// Which salted password was computed last: a broker asks for the same each time.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Salted {
    salt: Vec<u8>,
    iterations: u32,
    password: Key,
}

/// The first message was sent.
pub(super) struct First {
    bare: String,
    nonce: String,
}

/// The proof was sent.
pub(super) struct Final {
    message: String,
    server_key: Key,
}

/// Who proves that, and how much may be asked of it.
pub(super) struct Credentials<'a> {
    pub(super) password: &'a [u8],
    pub(super) max_iterations: u32,
}

/// The fewest that RFC 7677 allows: fewer would be an attempt to have the password guessed.
pub(super) const MIN_ITERATIONS: u32 = 4096;

/// Why the exchange is over.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The broker's message is not as it should be.
    Wrong(String),
    /// The broker says what is the matter (`server-error-value` in RFC 5802).
    Says(String),
}

impl Trouble {
    /// Trying again cannot help: the broker would get it wrong again, or would say the same again. What it says and
    /// nobody knows is as `other-error`.
    pub(super) fn is_fatal(&self) -> bool {
        match self {
            Trouble::Wrong(_) => true,
            Trouble::Says(error) => matches!(
                &**error,
                "invalid-encoding"
                    | "extensions-not-supported"
                    | "invalid-proof"
                    | "channel-bindings-dont-match"
                    | "server-does-support-channel-binding"
                    | "channel-binding-not-supported"
                    | "unsupported-channel-binding-type"
                    | "unknown-user"
                    | "invalid-username-encoding"
            ),
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Wrong(text) => f.write_str(text),
            Trouble::Says(error) => write!(f, "it says {error:?}"),
        }
    }
}

impl From<&str> for Trouble {
    fn from(text: &str) -> Self {
        Trouble::Wrong(text.to_owned())
    }
}

/// What a field says is the matter.
fn says(error: &str) -> Trouble {
    Trouble::Says(error.chars().take(100).collect())
}

impl First {
    /// `user` is prepared already. `nonce` has no comma.
    pub(super) fn new(user: &str, nonce: String) -> (Self, Bytes) {
        let user = user.replace('=', "=3D").replace(',', "=2C");
        let bare = format!("n={user},r={nonce}");
        let message = format!("{GS2_HEADER}{bare}");
        (First { bare, nonce }, message.into())
    }

    /// The server's first message, answered with the proof.
    pub(super) fn answer(
        self,
        server: &[u8],
        credentials: &Credentials<'_>,
        last: &mut Option<Salted>,
    ) -> Result<(Final, Bytes), Trouble> {
        let server = std::str::from_utf8(server).map_err(|_| "its message is no text")?;
        let mut fields = server.split(',');
        let nonce = field(&mut fields, "r=")?;
        let salt = field(&mut fields, "s=")?;
        let iterations = field(&mut fields, "i=")?;
        // It has to be ours, and something of the broker's behind it. What follows the three is
        // for extensions that may be ignored.
        let valid = |b: u8| b.is_ascii_graphic();
        if nonce.len() > MAX_LENGTH
            || nonce.len() <= self.nonce.len()
            || !nonce.starts_with(&self.nonce)
            || !nonce.bytes().all(valid)
        {
            return Err("its nonce is not made of ours".into());
        }
        let salt = BASE64.decode(salt.as_bytes());
        let salt = salt.map_err(|_| "its salt is not Base64")?;
        if salt.is_empty() || salt.len() > MAX_LENGTH {
            let length = salt.len();
            return Err(Trouble::Wrong(format!("its salt has {length} bytes")));
        }
        let digits = iterations.bytes().all(|b| b.is_ascii_digit());
        let count = iterations.parse::<u32>().ok().filter(|_| digits);
        let iterations = match count {
            Some(count) if (MIN_ITERATIONS..=credentials.max_iterations).contains(&count) => count,
            _ => {
                let most = credentials.max_iterations;
                let iterations: String = iterations.chars().take(20).collect();
                return Err(Trouble::Wrong(format!(
                    "it asks for {iterations} iterations; {MIN_ITERATIONS} to {most} are allowed"
                )));
            }
        };
        let salted = salted(credentials.password, salt, iterations, last);
        let bare = format!("{CHANNEL},r={nonce}");
        let message = format!("{},{server},{bare}", self.bare);
        let client_key = mac(&salted, b"Client Key");
        let stored_key = Sha256::digest(client_key);
        let signature = mac(&stored_key, message.as_bytes());
        let mut proof = client_key;
        for (byte, other) in proof.iter_mut().zip(signature) {
            *byte ^= other;
        }
        let server_key = mac(&salted, b"Server Key");
        let answer = format!("{bare},p={}", BASE64.encode(&proof));
        let next = Final {
            message,
            server_key,
        };
        Ok((next, answer.into()))
    }
}

impl Final {
    /// The server's last message: whether it knows the password, too.
    pub(super) fn verify(self, server: &[u8]) -> Result<(), Trouble> {
        let server = std::str::from_utf8(server).map_err(|_| "its message is no text")?;
        let first = server.split(',').next().unwrap_or_default();
        if let Some(error) = first.strip_prefix("e=") {
            return Err(says(error));
        }
        let signature = first.strip_prefix("v=").unwrap_or_default();
        let signature = BASE64.decode(signature.as_bytes()).unwrap_or_default();
        let known = hmac(&self.server_key).chain_update(self.message.as_bytes());
        // In constant time.
        known
            .verify_slice(&signature)
            .map_err(|_| "it does not prove that it knows the password".into())
    }
}

/// The next field, which has to have this name. A mandatory extension (`m=`) is none, so that it
/// is refused, as it must be.
fn field<'a>(fields: &mut std::str::Split<'a, char>, name: &str) -> Result<&'a str, Trouble> {
    let field = fields.next().unwrap_or_default();
    if let Some(error) = field.strip_prefix("e=") {
        return Err(says(error));
    }
    field
        .strip_prefix(name)
        .ok_or_else(|| Trouble::Wrong(format!("its message has no {name:?} where it should")))
}

fn salted(password: &[u8], salt: Vec<u8>, iterations: u32, last: &mut Option<Salted>) -> Key {
    if let Some(last) = last
        && last.salt == salt
        && last.iterations == iterations
    {
        return last.password;
    }
    let password = pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password, &salt, iterations);
    *last = Some(Salted {
        salt,
        iterations,
        password,
    });
    password
}

fn hmac(key: &[u8]) -> Hmac<Sha256> {
    // A key may have any length: longer ones are hashed.
    let Ok(hmac) = Hmac::new_from_slice(key) else {
        unreachable!("HMAC takes keys of any length")
    };
    hmac
}

fn mac(key: &[u8], message: &[u8]) -> Key {
    let code = hmac(key).chain_update(message).finalize();
    code.into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: &str = "rOprNGfwEbeRWgbNEkqO";
    const SERVER_FIRST: &str = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                                s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    const SERVER_FINAL: &str = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

    fn answered(server: &str, max_iterations: u32) -> Result<(Final, Bytes), Trouble> {
        let (first, _) = First::new("user", NONCE.to_owned());
        let credentials = Credentials {
            password: b"pencil",
            max_iterations,
        };
        first.answer(server.as_bytes(), &credentials, &mut None)
    }

    /// The example of RFC 7677, section 3.
    #[test]
    fn the_example_of_the_specification() {
        let (_, message) = First::new("user", NONCE.to_owned());
        assert_eq!(message, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        let (last, message) = answered(SERVER_FIRST, 1_000_000).unwrap();
        assert_eq!(
            message,
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
             p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        assert_eq!(last.verify(SERVER_FINAL.as_bytes()), Ok(()));
    }

    #[test]
    fn names_are_escaped() {
        let (_, message) = First::new("a=b,c", "x".to_owned());
        assert_eq!(message, "n,,n=a=3Db=2Cc,r=x");
    }

    #[test]
    fn a_server_that_does_not_know_the_password_is_found_out() {
        for server in [
            "v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
            "v=",
            "v=!",
            "",
            "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
            "x=,v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
        ] {
            let (last, _) = answered(SERVER_FIRST, 1_000_000).unwrap();
            let error = last.verify(server.as_bytes()).unwrap_err();
            assert!(error.is_fatal());
            let error = error.to_string();
            assert!(error.contains("does not prove"), "{server}: {error}");
        }
        let (last, _) = answered(SERVER_FIRST, 1_000_000).unwrap();
        let error = last.verify(b"e=invalid-proof").unwrap_err();
        assert_eq!(error.to_string(), "it says \"invalid-proof\"");
        let (last, _) = answered(SERVER_FIRST, 1_000_000).unwrap();
        assert!(last.verify(&[0xff]).is_err());
    }

    #[test]
    fn what_is_wrong_with_the_first_message_is_named() {
        let salt = "s=W22ZaJ0SNY7soEsUEjb6gQ==";
        let nonce = "r=rOprNGfwEbeRWgbNEkqOxyz";
        let long = format!("{nonce}{}", "x".repeat(MAX_LENGTH));
        for (server, said) in [
            (String::new(), "no \"r=\""),
            ("e=unknown-user".to_owned(), "unknown-user"),
            (format!("m=ext,{nonce},{salt},i=4096"), "no \"r=\""),
            (format!("{nonce},i=4096"), "no \"s=\""),
            (format!("{nonce},{salt}"), "no \"i=\""),
            (format!("r={NONCE},{salt},i=4096"), "nonce"),
            (format!("r=other{NONCE},{salt},i=4096"), "nonce"),
            (format!("{nonce}\u{e4},{salt},i=4096"), "nonce"),
            (format!("{long},{salt},i=4096"), "nonce"),
            (format!("{nonce},s=,i=4096"), "salt"),
            (format!("{nonce},s=%,i=4096"), "salt"),
            (format!("{nonce},{salt},i=4095"), "4096 to 10000"),
            (format!("{nonce},{salt},i=10001"), "4096 to 10000"),
            (format!("{nonce},{salt},i=+5000"), "4096 to 10000"),
            (format!("{nonce},{salt},i=99999999999"), "4096 to 10000"),
            (format!("{nonce},{salt},i="), "4096 to 10000"),
        ] {
            let error = answered(&server, 10_000).err().expect("it is wrong");
            assert!(error.is_fatal(), "{server}");
            let error = error.to_string();
            assert!(error.contains(said), "{server}: {error:?}");
        }
        assert!(answered(&format!("{nonce},{salt},i=10000"), 10_000).is_ok());
        assert!(answered(&format!("{nonce},{salt},i=4096,x=extension"), 10_000).is_ok());
    }

    #[test]
    fn what_may_be_otherwise_another_time_is_tried_again() {
        for (error, fatal) in [
            ("no-resources", false),
            ("other-error", false),
            ("what-is-new", false),
            ("unknown-user", true),
            ("invalid-proof", true),
        ] {
            let server = format!("e={error}");
            let first = answered(&server, 10_000).err().expect("it is refused");
            assert_eq!(first.is_fatal(), fatal, "{error}");
            let (last, _) = answered(SERVER_FIRST, 1_000_000).unwrap();
            let last = last.verify(server.as_bytes()).unwrap_err();
            assert_eq!(last, first, "{error}");
        }
    }

    #[test]
    fn the_salted_password_is_computed_once_for_each_salt() {
        let mut last = None;
        let first = salted(b"pencil", vec![1], MIN_ITERATIONS, &mut last);
        let kept = last.clone();
        assert_eq!(salted(b"other", vec![1], MIN_ITERATIONS, &mut last), first);
        assert!(last == kept);
        let second = salted(b"pencil", vec![2], MIN_ITERATIONS, &mut last);
        let third = salted(b"pencil", vec![2], MIN_ITERATIONS + 1, &mut last);
        assert!(first != second && second != third);
    }
}
