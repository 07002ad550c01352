//! Callables that the core asks in the middle of an attempt, on threads of the library.

use std::io;

use mqttka_core::client::{
    CertificateVerifier, RawSocket, SocketHook, TransportError, TransportErrorKind as Kind,
};
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::gate;
use crate::slot::Slot;

const ENDED: &str = "the client has ended";
const INTERPRETER_ENDED: &str = "the interpreter is ending";

/// Gets each TCP socket before it connects; what it raises is why not.
pub(crate) fn socket_hook(slot: Slot) -> SocketHook {
    SocketHook::new(move |socket| {
        let called = gate::attach(|py| ask_hook(py, &slot, socket));
        called.unwrap_or_else(|| Err(io::Error::other(INTERPRETER_ENDED)))
    })
}

fn ask_hook(py: Python<'_>, slot: &Slot, socket: RawSocket) -> io::Result<()> {
    let hook = slot.get(py).ok_or_else(|| io::Error::other(ENDED))?;
    match hook.call1(py, (socket,)) {
        Ok(_) => Ok(()),
        Err(raised) => Err(io_error(py, &raised)),
    }
}

/// An OSError with its number; of others the words.
fn io_error(py: Python<'_>, raised: &PyErr) -> io::Error {
    if raised.is_instance_of::<PyOSError>(py) {
        let number = raised.value(py).getattr("errno");
        if let Ok(number) = number.and_then(|it| it.extract::<i32>()) {
            return io::Error::from_raw_os_error(number);
        }
    }
    io::Error::other(raised.to_string())
}

/// What can be wrong with a certificate.
const KINDS: [Kind; 7] = [
    Kind::CertificateExpired,
    Kind::CertificateNotYetValid,
    Kind::UnknownIssuer,
    Kind::WrongHost,
    Kind::CertificateRevoked,
    Kind::CertificateInvalid,
    Kind::PinMismatch,
];

/// Judges certificates: True trusts, a `TransportErrorKind` says why not.
pub(crate) struct Verifier(pub(crate) Slot);

impl CertificateVerifier for Verifier {
    fn verify(&self, chain: &[&[u8]], server_name: &str) -> Result<(), String> {
        self.judge(chain, server_name)
            .map_err(|error| error.message)
    }

    fn judge(&self, chain: &[&[u8]], server_name: &str) -> Result<(), TransportError> {
        let asked = gate::attach(|py| ask_verifier(py, &self.0, chain, server_name));
        asked.unwrap_or_else(|| Err(invalid(INTERPRETER_ENDED)))
    }
}

fn invalid(why: impl Into<String>) -> TransportError {
    TransportError::of(Kind::CertificateInvalid, why)
}

fn ask_verifier(
    py: Python<'_>,
    slot: &Slot,
    chain: &[&[u8]],
    name: &str,
) -> Result<(), TransportError> {
    let verifier = slot.get(py).ok_or_else(|| invalid(ENDED))?;
    let said = |raised: PyErr| invalid(raised.to_string());
    let chain = PyList::new(py, chain.iter().map(|der| PyBytes::new(py, der))).map_err(said)?;
    let verdict = verifier.bind(py).call1((chain, name)).map_err(said)?;
    // A verifier that forgets to answer must not trust everybody.
    if verdict.extract::<bool>().is_ok_and(|trusted| trusted) {
        return Ok(());
    }
    let number = verdict.extract::<i32>().ok();
    let kind = KINDS.into_iter().find(|kind| Some(*kind as i32) == number);
    let not_true = || invalid(format!("tls_verifier returned {verdict}, not True"));
    let kind = kind.ok_or_else(not_true)?;
    let text = format!("tls_verifier says {}", kind.name());
    Err(TransportError::of(kind, text))
}
