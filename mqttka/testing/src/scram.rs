//! The server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding: written from the specification, and of
//! nothing that the client has, so that one finds the other's faults.

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::authentication::Next;

pub(crate) const METHOD: &str = "SCRAM-SHA-256";

/// The fewest that RFC 7677 allows: a test's password is no secret.
const ITERATIONS: u32 = 4096;

/// The same for all: what happens happens the same way each time.
const SALT: &[u8] = b"mqttka fake broker";

/// "n,,", in Base64, as `c=` has it.
const NO_BINDING: &str = "biws";

/// Who may come in, as a server keeps it: without the password.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    /// As it stands in the client's message, escaped.
    user: String,
    stored_key: [u8; 32],
    server_key: [u8; 32],
}

impl Account {
    pub(crate) fn new(user: &str, password: &str) -> Self {
        let salted = pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password.as_bytes(), SALT, ITERATIONS);
        Account {
            user: user.replace('=', "=3D").replace(',', "=2C"),
            stored_key: Sha256::digest(mac(&salted, b"Client Key")).into(),
            server_key: mac(&salted, b"Server Key"),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Exchange {
    account: Account,
    number: u64,
    state: State,
}

#[derive(Debug)]
enum State {
    Begins,
    /// The nonce of both, and what was said so far.
    Asked {
        nonce: String,
        said: String,
    },
    Over,
}

impl Exchange {
    pub(crate) fn new(account: Account, number: u64) -> Self {
        Exchange {
            account,
            number,
            state: State::Begins,
        }
    }

    pub(crate) fn step(&mut self, data: &[u8]) -> Next {
        let Ok(message) = std::str::from_utf8(data) else {
            return Next::Wrong("the client's message is no text");
        };
        match std::mem::replace(&mut self.state, State::Over) {
            State::Begins => self.first(message),
            State::Asked { nonce, said } => self.last(message, &nonce, &said),
            State::Over => Next::Wrong("the exchange was over"),
        }
    }

    /// `n,,n=USER,r=NONCE`
    fn first(&mut self, message: &str) -> Next {
        let Some(bare) = message.strip_prefix("n,,") else {
            return Next::Wrong("the client's first message does not begin with \"n,,\"");
        };
        let mut fields = bare.split(',');
        let user = fields.next().and_then(|it| it.strip_prefix("n="));
        let nonce = fields.next().and_then(|it| it.strip_prefix("r="));
        let (Some(user), Some(nonce)) = (user, nonce.filter(|it| !it.is_empty())) else {
            return Next::Wrong("the client's first message has no \"n=\" and \"r=\"");
        };
        if user != self.account.user {
            return Next::Wrong("another user than the one that is known");
        }
        let nonce = format!("{nonce}fake{}", self.number);
        let salt = BASE64.encode(SALT);
        let ask = format!("r={nonce},s={salt},i={ITERATIONS}");
        self.state = State::Asked {
            said: format!("{bare},{ask}"),
            nonce,
        };
        Next::Challenge(ask.into())
    }

    /// `c=biws,r=NONCE,p=PROOF`
    fn last(&mut self, message: &str, nonce: &str, said: &str) -> Next {
        let Some((bare, proof)) = message.rsplit_once(",p=") else {
            return Next::Wrong("the client's last message has no proof");
        };
        if bare != format!("c={NO_BINDING},r={nonce}") {
            return Next::Wrong("the client's last message has not the nonce that was given");
        }
        let said = format!("{said},{bare}");
        let proof: Option<[u8; 32]> = BASE64
            .decode(proof.as_bytes())
            .ok()
            .and_then(|it| it.try_into().ok());
        let Some(mut key) = proof else {
            return Next::Wrong("the client's proof is not 32 bytes in Base64");
        };
        let signature = mac(&self.account.stored_key, said.as_bytes());
        for (byte, other) in key.iter_mut().zip(signature) {
            *byte ^= other;
        }
        if Sha256::digest(key)[..] != self.account.stored_key {
            return Next::Wrong("the client does not know the password");
        }
        let ours = mac(&self.account.server_key, said.as_bytes());
        Next::Done(Some(format!("v={}", BASE64.encode(&ours)).into()))
    }
}

fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let Ok(hmac) = Hmac::<Sha256>::new_from_slice(key) else {
        unreachable!("HMAC takes keys of any length")
    };
    hmac.chain_update(message).finalize().into_bytes().into()
}
